"""A Plan as a query of OpenSearch: who comes first.

The server knows BM25, and adds: the score is close to BM25F (search/ranking/bm25f.py), not the same.

    a word, one or two characters    BM25 over the terms of all fields, in which those of the title are
                                     repeated by their weight: lengths are not held back field by field
    its exact form, a Chinese word   scored beside it with a rarity of their own
    a phrase, words of one field     BM25 of the best field, with k1 by its weight, and a share of others
    a prefix, a fuzzy word, NEAR     the rarity alone, however often they are there
    recency                          the same
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from search.analysis.tokens import WORD_MARK
from search.engines.opensearch_documents import as_date, short
from search.engines.opensearch_queries import (
    NOTHING,
    Compiler,
    Known,
    Query,
    single_term,
    term_query,
)
from search.query.plan import Fuzzy, Leaf, Near, Phrase, Plan, Prefix, Run
from search.query.weighing import shares
from search.ranking.profile import RankingProfile
from search.schema import FIELDS

_OTHER_FIELDS = 0.2
_MOST_LEAVES = 60
"""Of a query of more words each counts by its rarity alone: the server allows 1,024 clauses."""


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
    score = scorer.leaf if len(leaves) <= _MOST_LEAVES else scorer.rarity_alone
    scoring = [query for leaf, share in leaves for query in score(leaf, share)]
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
        self._known = known
        self._profile = profile

    def leaf(self, leaf: Leaf, share: float) -> Iterator[Query]:
        """Yield what scores for a leaf; scores add up."""
        if isinstance(leaf, Prefix | Fuzzy):
            yield from self._constant(leaf, share * self._once())
        elif isinstance(leaf, Near):
            yield from self._constant(leaf, share / (1 + self._profile.k1))
        else:
            yield from self._phrase(leaf, share)

    def rarity_alone(self, leaf: Leaf, share: float) -> Iterator[Query]:
        """Yield what scores for a leaf that is one of very many."""
        if isinstance(leaf, Phrase) and leaf.field is None and (term := single_term(leaf)):
            yield _boosted(term_query("terms", term), share)

    def _once(self) -> float:
        """Return what one occurrence in a summary counts for."""
        weight = self._profile.weights["summary"]
        return weight / (self._profile.k1 + weight)

    def _constant(self, leaf: Leaf, share: float) -> Iterator[Query]:
        boost = share * self._known.rarity(leaf)
        if boost > 0:
            yield {"constant_score": {"filter": self._compiler.node(leaf), "boost": boost}}

    def _phrase(self, phrase: Phrase, share: float) -> Iterator[Query]:
        profile = self._profile
        piece = phrase.pieces[0]
        closer, part = "", 0.0
        if len(phrase.pieces) == 1:
            if isinstance(piece, Run):
                closer, part = WORD_MARK + piece.characters, profile.at_boundaries
            elif piece.stem is not None:
                closer, part = short(piece.form), profile.exact
        loose = share * (1 - part)
        term = single_term(phrase)
        if phrase.field is None:
            if closer and part:
                yield _boosted(term_query("terms", closer), share * part)
            if term and loose:
                yield _boosted(term_query("terms", term), loose)
            elif loose:
                # The rarities of all parts are added up where one of them is meant.
                yield self._best_field(lambda name: self._in_field(phrase, name, loose))
        else:
            yield self._in_field(phrase, phrase.field, loose or share)
            if part and not isinstance(piece, Run):
                exact = Phrase((piece._replace(stem=None),), phrase.field)
                yield self._in_field(exact, phrase.field, share * part)

    def _in_field(self, phrase: Phrase, name: str, share: float) -> Query:
        boost = share / max(1, phrase.width - 1)
        return {"bool": {"must": [self._compiler.in_field(phrase, name)], "boost": boost}}

    def _best_field(self, make: Callable[[str], Query]) -> Query:
        names = [field.name for field in FIELDS if self._profile.weights[field.name]]
        return {
            "dis_max": {"queries": [make(name) for name in names], "tie_breaker": _OTHER_FIELDS}
        }


def _boosted(query: Query, boost: float) -> Query:
    field: str
    value: Mapping[str, Any]
    ((field, value),) = query["term"].items()
    return {"term": {field: {**value, "boost": boost}}}
