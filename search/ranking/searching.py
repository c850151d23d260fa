"""A plan and all segments -> the window that was asked for, and the count of all that match."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from search.columnar.layout import Array
from search.query.plan import Fuzzy, Phrase, Plan, PlanNode, Prefix, Run, Word
from search.query.weighing import Countable, document_count, rarity, scoring_leaves
from search.ranking.bm25f import Scored, Scorer
from search.ranking.leaves import find, norms_of
from search.ranking.matching import Matcher
from search.ranking.profile import RankingProfile
from search.ranking.view import View
from search.schema import UNDATED

Order = Literal["relevance", "newest", "oldest"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A document found: number of the view, number in it, score (0 when sorted by date)."""

    view: int
    document: int
    score: float


class Searching:
    """All views of one generation. Made once for each generation; safe in threads."""

    def __init__(
        self, views: Sequence[View], means: Sequence[float], total: int, profile: RankingProfile
    ) -> None:
        self._views = views
        self._total = total
        self._profile = profile
        self._norms = norms_of(profile, means)
        self._newest = max(map(_newest, views), default=UNDATED)

    def count(self, countable: Countable) -> int:
        """Return how many documents hold something that the dictionary knows."""
        return sum(self._count_in(view, countable) for view in self._views)

    def count_group(self, name: str) -> int:
        """Return how many documents hold a group of the dictionary."""
        return sum(_live_count(view, name) for view in self._views)

    def search(self, plan: Plan, limit: int, offset: int, order: Order) -> tuple[int, list[Ranked]]:
        """Return the count of all that match, and the window."""
        if plan.root is None:
            return 0, []
        needed = limit + offset
        scored = order == "relevance" and needed > 0
        leaves = self._scored(plan) if scored else []
        preferred = self._preferred(plan) if scored else []
        total = 0
        entries: list[tuple[float, int, int, int]] = []
        floor = 0.0
        for number in range(len(self._views) - 1, -1, -1):
            matcher = Matcher(self._views[number], self._profile, self._weigh)
            documents = matcher.view.live(matcher.documents(plan.root))
            total += len(documents)
            if not needed or not len(documents):
                continue
            if order == "relevance":
                entries += self._best(matcher, documents, leaves, preferred, needed, floor, number)
                if len(entries) >= needed:
                    floor = sorted((entry[0] for entry in entries), reverse=True)[needed - 1]
            else:
                entries += self._by_date(matcher.view, documents, order, needed, number)
        return total, self._window(entries, order, offset, needed)

    def _best(  # noqa: PLR0913
        self,
        matcher: Matcher,
        documents: Array,
        leaves: Sequence[Scored],
        preferred: Sequence[tuple[Phrase, float]],
        needed: int,
        floor: float,
        number: int,
    ) -> list[tuple[float, int, int, int]]:
        view = matcher.view
        scorer = Scorer(
            view,
            leaves,
            preferred,
            matcher.find,
            self._norms,
            self._profile,
            self._recency(view),
        )
        chosen, scores = scorer.best(documents, needed, floor)
        if len(chosen) > needed:
            # Among equal scores the later document is the newer one, or has the smaller id.
            best = np.lexsort((-chosen, -scores))[:needed]
            chosen, scores = chosen[best], scores[best]
        dates = view.segment.dates
        return [
            (float(score), int(dates[document]), number, int(document))
            for score, document in zip(scores.tolist(), chosen.tolist(), strict=True)
        ]

    @staticmethod
    def _by_date(
        view: View, documents: Array, order: Order, needed: int, number: int
    ) -> list[tuple[float, int, int, int]]:
        dates = view.segment.dates
        undated = int(np.searchsorted(documents, np.searchsorted(dates, UNDATED + 1)))
        if order == "newest":
            chosen = documents[::-1][:needed]
        else:
            chosen = np.concatenate(
                [_oldest(documents[undated:], dates), documents[:undated][::-1]]
            )
            chosen = chosen[:needed]
        return [(0.0, int(dates[document]), number, document) for document in chosen.tolist()]

    def _window(
        self, entries: list[tuple[float, int, int, int]], order: Order, offset: int, needed: int
    ) -> list[Ranked]:
        sign = 1 if order == "oldest" else -1

        def key(entry: tuple[float, int, int, int]) -> tuple[float, bool, int, bytes]:
            score, date, number, document = entry
            return -score, date == UNDATED, sign * date, self.id_of(number, document)

        entries.sort(key=key)
        return [Ranked(number, doc, score) for score, _, number, doc in entries[offset:needed]]

    def id_of(self, number: int, document: int) -> bytes:
        """Return the id of a document, which parts those with equal score and date."""
        return self._views[number].ids[document]

    def _scored(self, plan: Plan) -> list[Scored]:
        assert plan.root is not None
        weighed = [Scored(leaf, self._weigh(leaf)) for leaf in scoring_leaves(plan.root)]
        return [scored for scored in weighed if scored.weight]

    def _preferred(self, plan: Plan) -> list[tuple[Phrase, float]]:
        share = self._profile.side_by_side
        weighed = [(phrase, share * self._weigh(phrase)) for phrase in plan.preferred]
        return [(phrase, weight) for phrase, weight in weighed if weight]

    def _weigh(self, node: PlanNode) -> float:
        return rarity(self._total, document_count(node, self.count))

    def _recency(self, view: View) -> Array | None:
        profile = self._profile
        if not profile.recency or self._newest == UNDATED:
            return None
        return view.recency(self._newest, profile.recency, profile.half_life)

    def _count_in(self, view: View, countable: Countable) -> int:
        if isinstance(countable, Prefix | Fuzzy):
            return len(view.live(find(countable, view, self._profile).documents))
        if isinstance(countable, Run) and len(countable.characters) == 1:
            return len(view.live(find(Phrase((countable,)), view, self._profile).documents))
        name = countable.stem if isinstance(countable, Word) else countable.characters
        return _live_count(view, name or "")


def _newest(view: View) -> int:
    dates = view.segment.dates if view.alive is None else view.segment.dates[view.alive]
    return int(dates[-1]) if len(dates) else UNDATED


def _live_count(view: View, name: str) -> int:
    segment = view.segment
    group = segment.group(name)
    if group is None:
        return 0
    if view.alive is None:
        return segment.frequency(group)
    return int(view.alive[segment.documents_of(group)].sum())


def _oldest(documents: Array, dates: Array) -> Array:
    """Return dated documents oldest first, those of one moment by id (which is stored backwards)."""
    own = dates[documents]
    return documents[np.lexsort((-documents, own))]
