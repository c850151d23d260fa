"""Which documents can be among the best? Only they are scored, and the others never read.

What can match is known as a set of documents (bits.py). Of a large set, those pages are opened first
that may hold the best scores, by the greatest weighed frequency of each leaf in each page; of the
documents in them, those are scored first that may be best by their counts. What cannot reach the
worst of the best so far is left out: block-max pruning, as in A. Mallia, T. Suel, N. Tonellotto,
Faster Learned Sparse Retrieval with Block-Max Pruning (SIGIR 2024).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from search.columnar.layout import Array
from search.ranking import bits
from search.ranking.batch import Batch
from search.ranking.bm25f import DECIMALS, Scorer
from search.ranking.postings import DocumentList
from search.ranking.view import View

ROUNDING = 2 * 10.0**-DECIMALS
_GROWTH = 8
"""Each time that not enough was left out, so many times as many pages or documents are taken."""

_FIRST_PAGES, _MOST_PAGES = 24, 192
_SORTED_WHOLE = 48
"""So many more than are needed are sorted as they are."""

_SIDE_BY_SIDE = 8

_SOME_DOCUMENTS, _MOST_DOCUMENTS = 256, 4_096
"""So many are taken at a time. Arrays that outgrow the caches cost more for each document."""


class Steps(NamedTuple):
    """How many documents are taken without a look at pages, and how many are scored first."""

    whole: int
    first: int


TIGHT = Steps(256, 64)
LOOSE = Steps(2_048, 64)
"""Of several leaves, the greatest frequencies in a page are seldom those of one document."""

KNOWN = Steps(16_384, 64)
"""Of leaves that are decoded, a document is summed up sooner than its page is chosen."""

HARD = Steps(65_536, 1_024)
"""Phrases are rarer than their words, which say little of where they stand."""


class Best:
    """The best `needed` documents of one segment, first ones first; no score below `floor` is wanted.

    `matches` flags the documents that match; it is None where all candidates do. `holders` are lists
    that hold all candidates.
    """

    def __init__(  # noqa: PLR0913
        self,
        view: View,
        scorer: Scorer,
        matches: Callable[[Batch], Array] | None,
        needed: int,
        floor: float,
        holders: frozenset[DocumentList],
    ) -> None:
        self._view = view
        self._holders = holders
        self._scorer = scorer
        self._matches = matches
        self._steps = KNOWN if scorer.has_known else LOOSE
        if scorer.is_one_leaf:
            self._steps = TIGHT if scorer.is_tight else HARD
        self._needed = needed
        self._floor = floor
        self.found: list[tuple[float, int]] = []

    def search(self, candidates: Array, count: int) -> None:
        """Find the best of a set of documents, of which there are `count`."""
        if count <= self._steps.whole and not self._floor:
            self._weigh(bits.documents_in(candidates))
            return
        bounds = self._scorer.page_bounds()
        bounds[candidates == 0] = -1.0
        # Where the worst of the best is known, from another segment, few bounds are high enough.
        first = _MOST_PAGES if self._floor else _FIRST_PAGES
        for pages in self._promising(bounds, first, _MOST_PAGES):
            self._weigh(bits.documents_in(candidates, pages))

    def _weigh(self, documents: Array) -> None:
        batch = Batch(self._view, documents, self._holders)
        known = self._scorer.known(batch)
        if self._scorer.is_known:
            self._score(batch, known)
            return
        first = self._steps.first
        if len(batch) <= (first if self._floor else 2 * first):
            self._score(batch, known)
            return
        bounds = self._scorer.bounds(batch, known)
        if known is not None and self._matches is None:
            worst = _worst(known, self._needed)
            self._floor = max(self._floor, worst - ROUNDING)
        if self._floor:
            first = max(first, _SOME_DOCUMENTS)
        for slots in self._promising(bounds, first, _MOST_DOCUMENTS):
            self._score(batch.narrowed(slots), None if known is None else known.take(slots))

    def _promising(self, bounds: Array, first: int, most: int) -> Iterator[Array]:
        """Yield places of bounds that are high enough, the highest first, until none is left."""
        taken = max(first, 2 * self._needed)
        while True:
            places = (bounds >= self._floor - ROUNDING).nonzero()[0]
            missing = len(places) - taken
            if missing == -taken:
                return
            if missing > 0:
                highest = bounds.take(places).argpartition(missing)[missing:]
                places = places.take(highest)
                places.sort()
            yield places
            bounds[places] = -1.0
            taken = max(taken, min(taken * _GROWTH, most))

    def _score(self, batch: Batch, known: Array | None) -> None:
        scores, documents = self._scorer.scores(batch, known), batch.documents
        if self._matches is not None:
            wanted = self._matches(batch)
            scores, documents = scores[wanted], documents[wanted]
        needed = self._needed
        own = first_of(scores, documents, needed, self._floor)
        self.found = sorted([*self.found, *own], reverse=True)[:needed] if self.found else own
        if len(self.found) == needed:
            self._floor = max(self._floor, self.found[-1][0])


def first_of(scores: Array, documents: Array, needed: int, floor: float) -> list[tuple[float, int]]:
    """Return the `needed` best documents with their scores; those below `floor` may be left out."""
    if len(scores) > _SORTED_WHOLE + needed:
        worst = max(_worst(scores, needed), floor)
        wanted = (scores >= worst - ROUNDING).nonzero()[0]
        scores, documents = scores.take(wanted), documents.take(wanted)
    # Among equal scores the later document is the newer one, or has the smaller id.
    own = zip(scores.round(DECIMALS).tolist(), documents.tolist(), strict=True)
    return sorted(own, reverse=True)[:needed]


def _worst(scores: Array, needed: int) -> float:
    """Return the least of the `needed` greatest scores, or a little less; 0 where there are fewer."""
    if len(scores) > _SIDE_BY_SIDE * _SIDE_BY_SIDE * needed:
        # Of neighbours only the greatest: those are as many different documents, and fewer to sort.
        blocks = len(scores) // _SIDE_BY_SIDE
        scores = scores[: blocks * _SIDE_BY_SIDE].reshape(_SIDE_BY_SIDE, blocks).max(axis=0)
    missing = len(scores) - needed
    return float(np.partition(scores, missing)[missing]) if missing >= 0 else 0.0
