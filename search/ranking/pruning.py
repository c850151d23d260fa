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
from search.ranking.view import View

_ROUNDING = 2 * 10.0**-DECIMALS
_GROWTH = 8
"""Each time that not enough was left out, so many times as many pages or documents are taken."""

_FIRST_PAGES, _MOST_PAGES = 24, 192
_SOME_DOCUMENTS, _MOST_DOCUMENTS = 256, 4_096
"""So many are taken at a time. Arrays that outgrow the caches cost more for each document."""


class Steps(NamedTuple):
    """How many documents are taken without a look at pages, and how many are scored first."""

    whole: int
    first: int


TIGHT = Steps(256, 64)
LOOSE = Steps(2_048, 64)
"""Of several leaves, the greatest frequencies in a page are seldom those of one document."""

HARD = Steps(65_536, 1_024)
"""Phrases are rarer than their words, which say little of where they stand."""


class Best:
    """The best `needed` documents of one segment, first ones first; no score below `floor` is wanted.

    `matches` flags the documents that match; it is None where all candidates do.
    """

    def __init__(
        self,
        view: View,
        scorer: Scorer,
        matches: Callable[[Batch], Array] | None,
        needed: int,
        floor: float,
    ) -> None:
        self._view = view
        self._scorer = scorer
        self._matches = matches
        self._steps = LOOSE
        if scorer.is_one_leaf:
            self._steps = TIGHT if scorer.is_tight else HARD
        self._needed = needed
        self._floor = floor
        self.documents = np.zeros(0, np.intp)
        self.scores = np.zeros(0)

    def search(self, candidates: Array, count: int) -> None:
        """Find the best of a set of documents, of which there are `count`."""
        if count <= self._steps.whole and not self._floor:
            self._weigh(Batch(self._view, bits.documents_in(candidates)))
            return
        bounds = self._scorer.page_bounds()
        bounds[candidates == 0] = -1.0
        # Where the worst of the best is known, from another segment, few bounds are high enough.
        first = _MOST_PAGES if self._floor else _FIRST_PAGES
        for pages in self._promising(bounds, first, _MOST_PAGES):
            self._weigh(Batch(self._view, bits.documents_in(candidates, pages)))

    def _weigh(self, batch: Batch) -> None:
        first = self._steps.first
        if len(batch) <= (first if self._floor else 2 * first):
            self._score(batch)
            return
        bounds = self._scorer.bounds(batch)
        if self._floor:
            first = max(first, _SOME_DOCUMENTS)
        for slots in self._promising(bounds, first, _MOST_DOCUMENTS):
            self._score(batch.narrowed(slots))

    def _promising(self, bounds: Array, first: int, most: int) -> Iterator[Array]:
        """Yield places of bounds that are high enough, the highest first, until none is left."""
        taken = max(first, 2 * self._needed)
        while True:
            places = (bounds >= self._floor - _ROUNDING).nonzero()[0]
            if not len(places):
                return
            if len(places) > taken:
                highest = bounds.take(places).argpartition(len(places) - taken)[-taken:]
                places = places.take(highest)
                places.sort()
            yield places
            bounds[places] = -1.0
            taken = max(taken, min(taken * _GROWTH, most))

    def _score(self, batch: Batch) -> None:
        scores, documents = self._scorer.scores(batch), batch.documents
        if self._floor or self._matches is not None:
            wanted = scores >= self._floor
            if self._matches is not None:
                wanted &= self._matches(batch)
            scores, documents = scores[wanted], documents[wanted]
        if len(self.scores):
            scores = np.concatenate((self.scores, scores))
            documents = np.concatenate((self.documents, documents))
        # Among equal scores the later document is the newer one, or has the smaller id.
        order = np.lexsort((-documents, -scores))[: self._needed]
        self.documents, self.scores = documents.take(order), scores.take(order)
        if len(order) == self._needed:
            self._floor = max(self._floor, float(self.scores[-1]))
