"""A Plan as a query of OpenSearch: which articles match. opensearch_scoring.py says who comes first."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from search.analysis.tokens import WORD_MARK
from search.engines.opensearch_cutting import short, short_stem
from search.engines.opensearch_documents import as_date
from search.engines.opensearch_mapping import CHARACTERS, STEMS, WORDS, forms, stems
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
    PlanNode,
    Prefix,
    Word,
)
from search.schema import FIELDS, keyword, source_matches

Query = dict[str, Any]

NOTHING: Query = {"match_none": {}}
_PAIR = 2
_MOST_CLAUSES = 300  # of one phrase, or joint; the server allows 1,024 in a whole query
_WHOLE = 10_000_000
"""Weights of MostOf are parts of so much: the server adds them as floats, which hold such numbers."""


class Weights(Protocol):
    """What makes things comparable, whatever field the server looks at."""

    def rarity(self, node: PlanNode) -> float:
        """Return the weight of a node of the plan (search/query/weighing.py)."""
        ...

    def correction(self, node: PlanNode, term: "Term") -> float:
        """Return what the server's score of a term is to be multiplied by; 0 where it is nowhere.

        The server weighs each term by its rarity in its field: the rarity of the node is meant.
        """
        ...


class Term(NamedTuple):
    """A term of one of the fields with the terms of all texts."""

    field: str
    text: str

    def query(self, boost: float = 1.0) -> Query:
        """Return the query for it."""
        return term_query(self.field, self.text, boost)


class Known(NamedTuple):
    """What a compiler must know of an index: its sources, how many layers it uses, and weights."""

    sources: Callable[[], Sequence[str]]
    layers: int
    weights: "Weights"
    times_k1: bool = False
    """Whether the server multiplies BM25 by k1 + 1, as OpenSearch did before version 3."""


class Place(NamedTuple):
    """What stands at one position: a term, in the layers of forms or of stems; `lone`: in one only."""

    term: str
    fields: Callable[[str, int], str]
    lone: bool


class Compiler:
    """Makes queries that match the articles of a plan, and score nothing."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def node(self, node: PlanNode) -> Query:
        """Return the query for a node of a plan."""
        return self._HANDLERS[type(node)](self, node)

    def phrase(self, phrase: Phrase) -> Query:
        """Return the query for a phrase, in its field or in any."""
        if phrase.field is None and (term := single_term(phrase)):
            return term.query()
        return self._over_fields(phrase.field, lambda name: self.in_field(phrase, name))

    def in_field(self, phrase: Phrase, name: str) -> Query:
        """Return the query for a phrase in one text field."""
        places = self._bounded(list(_places(phrase.pieces, to_the_end=False)))
        if len(places) == 1:
            return any_query([term_query(f, places[0].term) for f in self._fields(places[0], name)])
        if all(place.lone and place.fields is forms for place in places):
            words = " ".join(place.term for place in places)
            return {"match_phrase": {forms(name): {"query": words}}}
        return self._spans(places, name)

    def _fields(self, place: Place, name: str) -> list[str]:
        layers = 0 if place.lone else self._known.layers
        return [place.fields(name, layer) for layer in range(layers + 1)]

    def _spans(self, places: Sequence[Place], name: str) -> Query:
        """Return the query for terms at neighbouring positions, as one that others can be made of."""
        clauses = [self._span(place, name) for place in places]
        if len(clauses) == 1:
            return clauses[0]
        return {"span_near": {"clauses": clauses, "slop": 0, "in_order": True}}

    def _bounded(self, places: list[Place]) -> list[Place]:
        """Return the places: of very long phrases the main terms alone, or the server would refuse."""
        if len(places) * (self._known.layers + 1) * len(FIELDS) <= _MOST_CLAUSES:
            return places
        return [place._replace(lone=True) for place in places]

    def _span(self, place: Place, name: str) -> Query:
        home = forms(name)
        clauses: list[Query] = []
        for field in self._fields(place, name):
            span: Query = {"span_term": {field: place.term}}
            masked = {"span_field_masking": {"query": span, "field": home}}
            clauses.append(span if field == home else masked)
        return clauses[0] if len(clauses) == 1 else {"span_or": {"clauses": clauses}}

    def _over_fields(self, field: str | None, make: Callable[[str], Query]) -> Query:
        names = [field] if field else [text_field.name for text_field in FIELDS]
        return any_query([make(name) for name in names])

    def _words(self, field: str | None, make: Callable[[str], Query]) -> Query:
        """Return the query for words as written, in the field of all terms or in those of one text."""
        if field is None:
            return make(WORDS)
        layers = range(self._known.layers + 1)
        return any_query([make(forms(field, layer)) for layer in layers])

    def prefix(self, node: Prefix) -> Query:
        """Return the query for words that begin so."""
        return self._words(node.field, lambda name: {"prefix": {name: {"value": node.start}}})

    def fuzzy(self, node: Fuzzy) -> Query:
        """Return the query for words like this one."""
        how = {
            "value": node.form,
            "fuzziness": node.distance,
            "prefix_length": 1,
            "transpositions": False,
            "rewrite": "constant_score",  # all words, not only the best of them
        }
        return self._words(node.field, lambda name: {"fuzzy": {name: how}})

    def near(self, node: Near) -> Query:
        """Return the query for two phrases near one another.

        Each pair is asked for by itself: among spans of several lengths the server misses some.
        """

        def make(name: str) -> Query:
            return any_query(
                [
                    {
                        "span_near": {
                            "clauses": [self._side(left, name), self._side(right, name)],
                            "slop": node.distance - 1,
                            "in_order": node.ordered,
                        }
                    }
                    for left in node.left
                    for right in node.right
                ]
            )

        return self._over_fields(node.field, make)

    def _side(self, phrase: Phrase, name: str) -> Query:
        return self._spans(self._bounded(list(_places(phrase.pieces, to_the_end=True))), name)

    def _all_of(self, node: AllOf) -> Query:
        wanted = [self.node(child) for child in node.children if not isinstance(child, NoneOf)]
        barred = [self.node(child.child) for child in node.children if isinstance(child, NoneOf)]
        return {"bool": {"filter": wanted, "must_not": barred}}

    def _any_of(self, node: AnyOf) -> Query:
        return any_query([self.node(child) for child in node.children])

    def _none_of(self, node: NoneOf) -> Query:
        return {"bool": {"must_not": [self.node(node.child)]}}

    def _most_of(self, node: MostOf) -> Query:
        weights = [self._known.weights.rarity(child) for child in node.children]
        total = sum(weights)
        if total <= 0:
            return NOTHING
        weighed = [
            (self.node(child), round(weight / total * _WHOLE))
            for child, weight in zip(node.children, weights, strict=True)
            if weight
        ]
        needed = node.share * sum(weight for _, weight in weighed)
        return {
            "function_score": {
                "query": (
                    any_query([query for query, _ in weighed])
                    if len(weighed) <= _MOST_CLAUSES
                    else {"match_all": {}}
                ),
                "functions": [{"filter": query, "weight": weight} for query, weight in weighed],
                "score_mode": "sum",
                "boost_mode": "replace",
                # Rounded weights in another order differ in the last digits.
                "min_score": int(needed) - len(weighed),
            }
        }

    def _everything(self, _: Everything) -> Query:
        return {"match_all": {}}

    def _published(self, node: Published) -> Query:
        bounds = {
            name: as_date(moment)
            for name, moment in (("gte", node.since), ("lt", node.until))
            if moment
        }
        return {"range": {"published": bounds}} if bounds else {"exists": {"field": "published"}}

    def _source(self, node: SourceIs) -> Query:
        names = [name for name in self._known.sources() if source_matches(node.name, name)]
        return {"terms": {"source": names}} if names else NOTHING

    def _tag(self, node: TagIs) -> Query:
        return term_query("tags", keyword(node.name))

    _HANDLERS: dict[type, Callable[..., Query]] = {  # noqa: RUF012
        Phrase: phrase,
        Prefix: prefix,
        Fuzzy: fuzzy,
        Near: near,
        AllOf: _all_of,
        AnyOf: _any_of,
        MostOf: _most_of,
        NoneOf: _none_of,
        Everything: _everything,
        Published: _published,
        SourceIs: _source,
        TagIs: _tag,
    }


def single_term(phrase: Phrase) -> Term | None:
    """Return the one term that decides about a phrase in any field, None where it takes several."""
    if len(phrase.pieces) > 1:
        return None
    piece = phrase.pieces[0]
    if isinstance(piece, Word):
        return word_term(piece)
    return Term(CHARACTERS, piece.characters) if len(piece.characters) <= _PAIR else None


def word_term(word: Word) -> Term:
    """Return the term for a word: its form or, where any inflection will do, its stem."""
    if word.stem is None:
        return Term(WORDS, short(word.form))
    return Term(STEMS, short_stem(word.stem))


def chinese_word(characters: str) -> Term:
    """Return the term for characters that are a word at its own boundaries."""
    return Term(WORDS, WORD_MARK + characters)


def _places(pieces: Sequence[Piece], *, to_the_end: bool) -> Iterable[Place]:
    """Yield one place for each position that the pieces take, as search.query.terms does."""
    for index, piece in enumerate(pieces):
        if isinstance(piece, Word):
            if piece.stem is None:
                yield Place(short(piece.form), forms, lone=False)
            else:
                yield Place(short_stem(piece.stem), stems, lone=False)
            continue
        characters = piece.characters
        for at in range(len(characters) - 1):
            yield Place(characters[at : at + _PAIR], forms, lone=True)
        if to_the_end or len(characters) == 1 or index < len(pieces) - 1:
            yield Place(characters[-1], stems, lone=True)


def term_query(field: str, term: str, boost: float = 1.0) -> Query:
    """Return the query for one term of one field."""
    return {"term": {field: {"value": term, "boost": boost}}}


def any_query(queries: Sequence[Query]) -> Query:
    """Join queries by OR."""
    if len(queries) == 1:
        return queries[0]
    return {"bool": {"should": list(queries), "minimum_should_match": 1}}
