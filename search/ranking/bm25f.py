"""The score of a document.

    score(d) = recency(d) * sum over leaves l of  share(l) * idf(l) * T(l, d) / (k1 + T(l, d))

    T(l, d)  = sum over fields f of  weight[f] * frequency[f, d] / (1 - b + b * length[f, d] / mean[f])

Frequencies are weighed and normalised by field, then added, and only then saturated: S. Robertson,
H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), section 3.6. An occurrence
that is not the exact form, or not at the boundaries of a word, counts less by a share of its own; all
words that a prefix or a fuzzy word stands for are counted together.

share is 1; `side_by_side` for the preferred phrases, which are leaves here too; `names` for words in
letters where the query has Chinese as well (`weighing.shares`). idf is `weighing.rarity` of
`weighing.document_count`; mean lengths and counts are those of the articles that are left. Scores are
rounded to DECIMALS, and ties go to the newer article.
"""

from collections.abc import Sequence

import numpy as np

from search.columnar.layout import Array
from search.ranking.batch import Batch
from search.ranking.leaves import Found
from search.ranking.profile import RankingProfile
from search.ranking.view import View
from search.schema import UNDATED

DECIMALS = 6

_FEW = 256
"""Of so few documents all tokens are read at once; of more, each leaf reads what it needs."""

_SAFE = 1 + 1e-9
"""Sums of bounds in another order than those of scores differ in the last digits."""


class Recency:
    """What scores in one segment are multiplied by, for each document and at most in each page.

    1 + share * 2 ^ (-age / half_life),  age in days before the newest document of the index; 1 where
    no date is known
    """

    def __init__(self, view: View, newest: int, profile: RankingProfile) -> None:
        dates = view.segment.dates
        days = np.maximum(newest - dates, 0) / 86_400.0
        gains = profile.recency * np.exp2(-days / profile.half_life)
        gains[dates == UNDATED] = 0.0
        self.documents = 1.0 + gains
        self.pages = np.maximum.reduceat(self.documents, view.page_starts)


class Scorer:
    """Scores the documents of one segment. Weights are idf times share."""

    def __init__(
        self, leaves: Sequence[tuple[Found, float]], recency: Recency | None, k1: float
    ) -> None:
        self._leaves = [found for found, _ in leaves]
        self.is_one_leaf = len(leaves) == 1
        self.is_tight = all(found.tight for found in self._leaves)
        self._weights = np.array([weight for _, weight in leaves])
        self._recency = recency
        self._k1 = k1
        self._lists = dict.fromkeys(own for found in self._leaves for own in found.lists)
        self._formed = list(dict.fromkeys(own for found in self._leaves for own in found.formed))
        tokens = [own for found in self._leaves for own in found.tokens]
        self._tokens = list(dict.fromkeys((*self._formed, *tokens)))

    def scores(self, batch: Batch) -> Array:
        """Return the exact scores of the documents of a batch."""
        batch.read(self._lists)
        if len(batch) <= _FEW:
            batch.load(self._tokens)
            batch.load_forms(self._formed)
        return self._summed([found.frequencies(batch) for found in self._leaves], batch).round(
            DECIMALS
        )

    def bounds(self, batch: Batch) -> Array:
        """Return for each document of a batch a score that its own cannot exceed."""
        batch.read(self._lists)
        return self._summed([found.at_most(batch) for found in self._leaves], batch) * _SAFE

    def page_bounds(self) -> Array:
        """Return for each page a score that those of its documents cannot exceed."""
        saturated = np.array([found.peaks() for found in self._leaves], float)
        saturated /= saturated + self._k1
        total: Array = self._weights @ saturated
        if self._recency is not None:
            total *= self._recency.pages
        return total * _SAFE

    def _summed(self, frequencies: Sequence[Array], batch: Batch) -> Array:
        saturated = np.array(frequencies, float)
        saturated /= saturated + self._k1
        total: Array = self._weights @ saturated
        if self._recency is not None:
            total *= self._recency.documents.take(batch.documents)
        return total
