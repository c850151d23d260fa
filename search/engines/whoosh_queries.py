"""A Plan as a tree of Whoosh queries."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from whoosh import matching
from whoosh import query as whoosh_query

from search.analysis.tokens import WORD_MARK
from search.query.nodes import Everything, Published, SourceIs, TagIs
from search.query.plan import (
    AllOf,
    AnyOf,
    Fuzzy,
    MostOf,
    Near,
    NoneOf,
    Phrase,
    Piece,
    Plan,
    PlanNode,
    Prefix,
    Run,
    Word,
)
from search.query.terms import phrase_terms
from search.query.weighing import Countable, document_count, rarity
from search.ranking.profile import RankingProfile
from search.schema import keyword, source_matches

Query = Any  # Whoosh has no types


def compile_plan(plan: Plan, profile: RankingProfile, sources: Iterable[str]) -> Query:
    """Return the Whoosh query for the plan; `sources` are the names of all sources in the index."""
    if plan.root is None:
        return whoosh_query.NullQuery
    compiler = _Compiler(profile, tuple(sources))
    required = compiler.node(plan.root)
    if not plan.preferred:
        return required
    bonus = whoosh_query.Or(
        [compiler.phrase(phrase, profile.side_by_side) for phrase in plan.preferred]
    )
    return whoosh_query.AndMaybe(required, bonus)


class _Compiler:
    def __init__(self, profile: RankingProfile, sources: tuple[str, ...]) -> None:
        self._profile = profile
        self._sources = sources

    def node(self, node: PlanNode) -> Query:
        return self._HANDLERS[type(node)](self, node)

    def phrase(self, phrase: Phrase, boost: float = 1.0) -> Query:
        return self._over_fields(phrase.field, lambda name: self._in_field(phrase, name, boost))

    def _over_fields(self, field: str | None, make: Callable[[str], list[Query]]) -> Query:
        names = [field] if field else list(self._profile.weights)
        queries = [query for name in names for query in make(name)]
        return queries[0] if len(queries) == 1 else whoosh_query.Or(queries)

    def _in_field(self, phrase: Phrase, name: str, boost: float) -> list[Query]:
        profile = self._profile
        weight = boost * profile.weights.get(name, 1.0)
        terms = list(phrase_terms(phrase.pieces))
        if len(terms) > 1:
            queries = [whoosh_query.Phrase(name, terms, slop=1, boost=weight)]
        else:
            queries = [whoosh_query.Term(name, terms[0], boost=weight)]
        if len(phrase.pieces) == 1:
            queries += [
                whoosh_query.Term(name, term, boost=weight * share)
                for term, share in self._closer_terms(phrase.pieces[0])
            ]
        return queries

    def _closer_terms(self, piece: Piece) -> Iterator[tuple[str, float]]:
        """Yield what is closer to what was typed than the term that decides the match."""
        if isinstance(piece, Run):
            yield WORD_MARK + piece.characters, self._profile.at_boundaries
        elif piece.stem is not None:
            yield piece.form, self._profile.exact

    def _prefix(self, node: Prefix) -> Query:
        return self._over_fields(
            node.field, lambda name: [whoosh_query.Prefix(name, node.start, constantscore=True)]
        )

    def _fuzzy(self, node: Fuzzy) -> Query:
        return self._over_fields(
            node.field,
            lambda name: [
                whoosh_query.FuzzyTerm(name, node.form, maxdist=node.distance, prefixlength=1)
            ],
        )

    def _near(self, node: Near) -> Query:
        def make(name: str) -> list[Query]:
            sides = [
                _SpanOr([self._spans(phrase, name) for phrase in side])
                for side in (node.left, node.right)
            ]
            near = _SpanNear(sides, slop=node.distance, ordered=node.ordered, mindist=0)
            return [near]

        return self._over_fields(node.field, make)

    @staticmethod
    def _spans(phrase: Phrase, name: str) -> Query:
        terms = list(phrase_terms(phrase.pieces, to_the_end=True))
        if len(terms) > 1:
            return whoosh_query.Phrase(name, terms, slop=1)
        return whoosh_query.Term(name, terms[0])

    def _all_of(self, node: AllOf) -> Query:
        wanted = [self.node(child) for child in node.children if not isinstance(child, NoneOf)]
        barred = [self.node(child.child) for child in node.children if isinstance(child, NoneOf)]
        query = whoosh_query.And(wanted) if wanted else whoosh_query.Every()
        # Whoosh's own AndNot lets documents through that its Not keeps back.
        return whoosh_query.And([query, *map(whoosh_query.Not, barred)]) if barred else query

    def _any_of(self, node: AnyOf) -> Query:
        return whoosh_query.Or([self.node(child) for child in node.children])

    def _most_of(self, node: MostOf) -> Query:
        return Most(node, [self.node(child) for child in node.children], self.countable)

    def countable(self, countable: Countable) -> Query:
        """Return the query for what the weights of MostOf are made of."""
        if isinstance(countable, Word | Run):
            return self.phrase(Phrase((countable,)))
        return self.node(countable)

    def _none_of(self, node: NoneOf) -> Query:
        return whoosh_query.And([whoosh_query.Every(), whoosh_query.Not(self.node(node.child))])

    def _everything(self, _: Everything) -> Query:
        return whoosh_query.Every()

    def _published(self, node: Published) -> Query:
        bounds = [moment and moment.replace(microsecond=0) for moment in (node.since, node.until)]
        dates = whoosh_query.DateRange("published", *bounds, endexcl=True)
        return whoosh_query.ConstantScoreQuery(dates, 0.0)

    def _source(self, node: SourceIs) -> Query:
        keys = sorted({keyword(name) for name in self._sources if source_matches(node.name, name)})
        return _filter([whoosh_query.Term("source", key) for key in keys])

    def _tag(self, node: TagIs) -> Query:
        return _filter([whoosh_query.Term("tags", keyword(node.name))])

    _HANDLERS: dict[type, Callable[..., Query]] = {  # noqa: RUF012
        Phrase: phrase,
        Prefix: _prefix,
        Fuzzy: _fuzzy,
        Near: _near,
        AllOf: _all_of,
        AnyOf: _any_of,
        MostOf: _most_of,
        NoneOf: _none_of,
        Everything: _everything,
        Published: _published,
        SourceIs: _source,
        TagIs: _tag,
    }


def _filter(terms: list[Query]) -> Query:
    if not terms:
        return whoosh_query.NullQuery
    return whoosh_query.ConstantScoreQuery(whoosh_query.Or(terms), 0.0)


class Estimated:
    """Whoosh's span queries cannot estimate their sizes: two lack the method, one is broken."""

    @staticmethod
    def estimate_size(reader: Any) -> int:  # noqa: ANN401
        """Return an upper bound of the matches."""
        return int(reader.doc_count())

    estimate_min_size = estimate_size


class _SpanNear(Estimated, whoosh_query.SpanNear2):  # type: ignore[misc]
    pass


class _SpanOr(Estimated, whoosh_query.SpanOr):  # type: ignore[misc]
    pass


class Most(whoosh_query.Query):  # type: ignore[misc]
    """Whoosh's form of plan.MostOf: documents that hold most of the weight of the subqueries."""

    def __init__(
        self, node: MostOf, subqueries: list[Query], countable: Callable[[Countable], Query]
    ) -> None:
        self.node = node
        self.subqueries = subqueries
        self.countable = countable
        self.boost = 1.0

    def estimate_size(self, reader: Any) -> int:  # noqa: ANN401
        """Return an upper bound of the matches."""
        return int(reader.doc_count())

    def normalize(self) -> "Most":
        """Return the same query: there is nothing to flatten."""
        return self

    def matcher(self, searcher: Any, context: Any = None) -> Any:  # noqa: ANN401
        """Return a matcher over the documents of this segment, in order, with summed scores."""
        weights = self._weights(searcher.get_parent())
        needed = self.node.share * sum(weights)
        held: dict[int, float] = {}
        scores: dict[int, float] = {}
        for subquery, weight in zip(self.subqueries, weights, strict=True):
            matcher = subquery.matcher(searcher, context)
            while weight and matcher.is_active():
                document = matcher.id()
                held[document] = held.get(document, 0.0) + weight
                scores[document] = scores.get(document, 0.0) + matcher.score()
                matcher.next()
        # Sums of floats in another order differ in the last digits; a hair's breadth is let through.
        ids = sorted(doc for doc, weight in held.items() if weight >= needed * (1 - 1e-9))
        if not ids:
            return matching.NullMatcher()
        return matching.ListMatcher(ids, [scores[document] for document in ids])

    def _weights(self, searcher: Any) -> list[float]:  # noqa: ANN401
        def count(countable: Countable) -> int:
            return sum(1 for _ in searcher.docs_for_query(self.countable(countable)))

        total = searcher.doc_count()
        return [rarity(total, document_count(child, count)) for child in self.node.children]
