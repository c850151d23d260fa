"""A Plan as a query of OpenSearch: who comes first.

The server knows BM25, and adds: the score is close to BM25F (search/ranking/bm25f.py), not the same.

    a word, one or two characters    BM25 over the terms of all texts, in which those of the title are
                                     repeated by their weight: lengths are not held back field by field.
                                     What is exactly so, and what is so loosely, is not mixed: the better
                                     of the two counts
    a phrase, prefix, fuzzy word     as one occurrence in the best of the fields that hold it
    NEAR, recency, rarity            the same
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from search.engines.opensearch_documents import as_date
from search.engines.opensearch_mapping import k1_of
from search.engines.opensearch_queries import (
    NOTHING,
    Compiler,
    Known,
    Query,
    Term,
    chinese_word,
    single_term,
    word_term,
)
from search.query.plan import Fuzzy, Leaf, Near, Phrase, Piece, Plan, Prefix, Run
from search.query.weighing import shares
from search.ranking.profile import RankingProfile

_MOST_LEAVES, _MOST_TERMS = 60, 300
"""Of a query of more words each counts by one term alone, and the rarest only: the server allows 1,024
clauses."""


def matching_query(plan: Plan, known: Known) -> Query:
    """Return the query for what matches the plan, without scores."""
    if plan.root is None:
        return NOTHING
    return {"bool": {"filter": [Compiler(known).node(plan.root)]}}


def ranking_query(
    plan: Plan, known: Known, profile: RankingProfile, newest: datetime | None
) -> Query:
    """Return the query for what matches the plan, scored; `newest` is the latest date of any article."""
    if plan.root is None:
        return NOTHING
    compiler = Compiler(known)
    leaves = [
        (leaf, share)
        for leaf, share in shares(plan, profile.names, profile.side_by_side)
        if share > 0
    ]
    scorer = _Scorer(compiler, known, profile)
    leaves.sort(key=lambda scored: -known.weights.rarity(scored[0]))
    score = scorer.leaf if len(leaves) <= _MOST_LEAVES else scorer.term_alone
    scoring = [query for leaf, share in leaves[:_MOST_TERMS] for query in score(leaf, share)]
    query: Query = {"bool": {"filter": [compiler.node(plan.root)], "should": scoring}}
    if newest is None or not profile.recency or not scoring:
        return query
    seconds = max(1, round(profile.half_life * 86_400))
    decay = {"origin": as_date(newest), "scale": f"{seconds}s", "decay": 0.5}
    return {
        "function_score": {
            "query": query,
            "functions": [
                {"weight": 1},
                {
                    "filter": {"exists": {"field": "published"}},
                    "exp": {"published": decay},
                    "weight": profile.recency,
                },
            ],
            "score_mode": "sum",
            "boost_mode": "multiply",
        }
    }


class _Scorer:
    def __init__(self, compiler: Compiler, known: Known, profile: RankingProfile) -> None:
        self._compiler = compiler
        self._weights = known.weights
        self._times_k1 = known.times_k1
        self._profile = profile

    def leaf(self, leaf: Leaf, share: float) -> Iterator[Query]:
        """Yield what scores for a leaf; scores add up."""
        if isinstance(leaf, Near):
            yield from self._constant(leaf, share * self._saturated(1.0))
        elif isinstance(leaf, Phrase) and len(leaf.pieces) == 1:
            yield from _best(self._piece(leaf, leaf.pieces[0], share))
        else:
            yield from _best(self._likely(leaf, share))

    def term_alone(self, leaf: Leaf, share: float) -> Iterator[Query]:
        """Yield what scores for a leaf that is one of very many."""
        if isinstance(leaf, Phrase) and leaf.field is None and (term := single_term(leaf)):
            yield from self._term(leaf, term, share)

    def _piece(self, phrase: Phrase, piece: Piece, share: float) -> Iterator[Query]:
        """Yield the ways in which one piece counts, of which the best does."""
        if phrase.field is not None:
            yield from self._in_field(phrase, phrase.field, piece, share)
            return
        term = single_term(phrase)
        if term:
            yield from self._term(phrase, term, share)
        if isinstance(piece, Run):
            yield from self._term(phrase, chinese_word(piece.characters), share)
            if not term:
                loose = self._saturated(1 - self._profile.at_boundaries) / self._saturated(1.0)
                yield from self._likely(phrase, share * loose)
        elif piece.stem is not None:
            yield from self._term(phrase, word_term(piece._replace(stem=None)), share)

    def _term(self, leaf: Leaf, term: Term, share: float) -> Iterator[Query]:
        boost = self._plain(share, term.field) * self._weights.correction(leaf, term)
        if boost > 0:
            yield term.query(boost)

    def _in_field(self, phrase: Phrase, name: str, piece: Piece, share: float) -> Iterator[Query]:
        """Yield what scores for a piece of one field, in which the server knows its rarity."""
        if isinstance(piece, Run) or piece.stem is None:
            yield from self._likely(phrase, share)
            return
        for exact, part in ((False, 1 - self._profile.exact), (True, self._profile.exact)):
            word = piece._replace(stem=None) if exact else piece
            query = self._compiler.in_field(Phrase((word,), name), name)
            if part:
                yield {"bool": {"must": [query], "boost": self._plain(share * part, name)}}

    def _likely(self, leaf: Prefix | Fuzzy | Phrase, share: float) -> Iterator[Query]:
        """Yield what scores for something that most likely is there once."""
        weights = self._profile.weights
        for name in [leaf.field] if leaf.field else [name for name in weights if weights[name]]:
            once = share * self._saturated(weights[name])
            yield from self._constant(leaf._replace(field=name), once)

    def _constant(self, leaf: Leaf, share: float) -> Iterator[Query]:
        boost = share * self._weights.rarity(leaf)
        if boost > 0:
            yield {"constant_score": {"filter": self._compiler.node(leaf), "boost": boost}}

    def _plain(self, share: float, field: str) -> float:
        """Return the boost that gives such a share, whatever the server multiplies by."""
        return share / (1 + k1_of(self._profile, field)) if self._times_k1 else share

    def _saturated(self, often: float) -> float:
        return often / (often + self._profile.k1)


def _best(queries: Iterable[Query]) -> Iterator[Query]:
    """Yield what scores as the best of these."""
    known = list(queries)
    if len(known) > 1:
        yield {"dis_max": {"queries": known}}
    else:
        yield from known
