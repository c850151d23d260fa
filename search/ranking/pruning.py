"""Which documents can be among the best? Only they are scored, and the others never read.

What can match is known as a set of documents (bits.py). Of a large set, those pages are opened first
that may hold the best scores, by the greatest weighed frequency of each leaf in each page; of the
documents in them, those are scored first that may be best by their counts. What cannot reach the
worst of the best so far is left out: block-max pruning, as in A. Mallia, T. Suel, N. Tonellotto,
Faster Learned Sparse Retrieval with Block-Max Pruning (SIGIR 2024).
"""

from collections.abc import Callable, Iterator

import numpy as np

from search.columnar.layout import Array
from search.ranking import bits
from search.ranking.batch import Batch
from search.ranking.bm25f import DECIMALS, Scorer
from search.ranking.view import View

_ROUNDING = 2 * 10.0**-DECIMALS
_GROWTH = 8
"""Each time that not enough was left out, so many times as many pages or documents are taken."""

_FEWEST_PAGES, _MOST_PAGES = 24, 192
_FEWEST_DOCUMENTS, _SOME_DOCUMENTS, _MOST_DOCUMENTS = 64, 256, 1_024
"""So many are taken at a time. Arrays that outgrow the caches cost more for each document."""

_WHOLE_SETS = 256
"""So many documents are taken without a look at pages."""

_LOOKED_FOR, _LOOSE_SETS = 384, 2_048
"""So many are scored without a look at bounds, or taken without one at pages, where bounds say little:
phrases are rarer than their words, and the greatest frequencies in a page seldom one document's."""


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
        self._needed = needed
        self._floor = floor
        self.documents = np.zeros(0, np.intp)
        self.scores = np.zeros(0)

    def search(self, candidates: Array, leaves: int) -> None:
        """Find the best of a set of documents."""
        count = bits.size(candidates)
        tight = leaves == 1 and self._matches is None
        if count <= (_WHOLE_SETS if tight else _LOOSE_SETS):
            if count:
                self._weigh(Batch(self._view, bits.documents_in(candidates)))
            return
        bounds = self._scorer.page_bounds()
        bounds[candidates == 0] = -1.0
        for pages in self._promising(bounds, _FEWEST_PAGES, _MOST_PAGES):
            self._weigh(Batch(self._view, bits.documents_in(candidates, pages)))

    def _weigh(self, batch: Batch) -> None:
        few = _FEWEST_DOCUMENTS if self._matches is None else _LOOKED_FOR
        enough = len(self.scores) == self._needed
        if len(batch) <= (few if enough else 2 * few):
            self._score(batch)
            return
        bounds = self._scorer.bounds(batch)
        # Where the worst of the best is known, few bounds are high enough.
        for slots in self._promising(bounds, _SOME_DOCUMENTS if enough else few, _MOST_DOCUMENTS):
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
        scores = self._scorer.scores(batch)
        wanted = scores >= self._floor
        if self._matches is not None:
            wanted &= self._matches(batch)
        if not wanted.any():
            return
        scores = np.concatenate((self.scores, scores[wanted]))
        documents = np.concatenate((self.documents, batch.documents[wanted]))
        # Among equal scores the later document is the newer one, or has the smaller id.
        order = np.lexsort((-documents, -scores))[: self._needed]
        self.documents, self.scores = documents.take(order), scores.take(order)
        if len(order) == self._needed:
            self._floor = max(self._floor, float(self.scores[-1]))
