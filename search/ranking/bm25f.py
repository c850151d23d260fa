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
from itertools import chain

import numpy as np

from search.columnar.layout import Array
from search.ranking.batch import Batch
from search.ranking.gains import Gains
from search.ranking.leaves import Found
from search.ranking.postings import PostingList
from search.ranking.profile import RankingProfile
from search.ranking.view import View
from search.schema import UNDATED

DECIMALS = 6

_FEW = 256
"""Of so few documents all tokens are read at once; of more, each leaf reads what it needs."""

_SAFE = 1e-7
"""Sums of bounds differ from those of scores in the last digits of 32 bits: so much for each leaf."""


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
    """Scores the documents of one segment. Weights are idf times share.

    What leaves add that are decoded (gains.py) is `known` without reading anything; the others are
    bounded first, and then read for the few documents that can be among the best.
    """

    def __init__(
        self, leaves: Sequence[tuple[Found, float]], recency: Recency | None, k1: float
    ) -> None:
        self._recency = recency
        self._k1 = k1
        self._known: list[tuple[Gains, float]] = []
        self._open: list[tuple[Found, float]] = []
        for found, weight in leaves:
            gains = found.gains()
            if gains is None:
                self._open.append((found, weight))
            else:
                self._known.append((gains, weight))
        self._safe = 1.0 + _SAFE * (len(leaves) + 2)
        self.is_known = not self._open
        self.has_known = bool(self._known)
        self.is_one_leaf = len(leaves) == 1
        self.is_tight = all(found.tight for found, _ in self._open)
        self._lists: tuple[PostingList, ...] = ()
        self._counted: tuple[PostingList, ...] = ()
        self._tokens: tuple[PostingList, ...] = ()
        self._formed: tuple[PostingList, ...] = ()
        if self._open:
            self._see_what_is_needed([found for found, _ in self._open])

    def _see_what_is_needed(self, leaves: Sequence[Found]) -> None:
        self._lists = _each_once([found.lists for found in leaves])
        self._counted = _each_once([found.counted for found in leaves])
        self._formed = _each_once([found.formed for found in leaves])
        self._tokens = _each_once([self._formed, *(found.tokens for found in leaves)])

    def known(self, batch: Batch) -> Array | None:
        """Return what the decoded leaves add in each document of a batch: its score is no less."""
        known = self._known
        if not known:
            return None
        if len(known) == 1:
            gains, weight = known[0]
            return gains.of(batch) * weight
        batch.locate([gains.documents for gains, _ in known])
        return _total([(gains.of(batch), weight) for gains, weight in known], None)

    def scores(self, batch: Batch, known: Array | None) -> Array:
        """Return the scores of the documents of a batch, not rounded yet."""
        if not self._open:
            assert known is not None
            return known
        if self._counted:
            batch.read(self._counted)
        if len(batch) <= _FEW:
            batch.load(self._tokens)
            if self._formed:
                batch.load_forms(self._formed)
        parts = []
        for found, weight in self._open:
            frequencies = found.frequencies(batch)
            parts.append((frequencies / (frequencies + self._k1), weight))
        return self._all(parts, known, batch)

    def bounds(self, batch: Batch, known: Array | None) -> Array:
        """Return for each document of a batch a score that its own cannot exceed."""
        if not self._known and not self.is_one_leaf:
            batch.read(self._lists)
        parts = [(found.gain_at_most(batch), weight) for found, weight in self._open]
        return self._all(parts, known, batch) * self._safe

    def page_bounds(self) -> Array:
        """Return for each page a score that those of its documents cannot exceed."""
        safe = self._safe
        total = None
        if self._open:
            total = _total(
                [(found.page_gains(), weight * safe) for found, weight in self._open], None
            )
            if self._recency is not None:
                total = total * self._recency.pages
        return _total([(gains.pages, weight * safe) for gains, weight in self._known], total)

    def _all(
        self, parts: Sequence[tuple[Array, float]], known: Array | None, batch: Batch
    ) -> Array:
        """Return what the open leaves add, with recency, and what is known besides."""
        total = _total(parts, None)
        if self._recency is not None:
            total = batch.aged(total, self._recency.documents)
        return total if known is None else total + known


def _total(parts: Sequence[tuple[Array, float]], first: Array | None) -> Array:
    """Return the weighed sum of several gains, and of what was summed up before."""
    total = first
    for gains, weight in parts:
        own = gains * weight
        total = own if total is None else total + own
    assert total is not None
    return total


def _each_once(groups: Sequence[tuple[PostingList, ...]]) -> tuple[PostingList, ...]:
    own = [group for group in groups if group]
    if len(own) <= 1:  # as mostly, and each leaf names its own once
        return own[0] if own else ()
    return tuple(dict.fromkeys(chain.from_iterable(own)))
