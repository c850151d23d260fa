"""The postings of one group as searches read them: as a set, by document, and their bounds by page."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from search.columnar.impacts import TABLE
from search.columnar.layout import Array
from search.columnar.pages import PAGE_BITS
from search.ranking import bits

if TYPE_CHECKING:
    from search.ranking.view import View


_UP = 1 + 1e-6
"""Bounds are kept in 32 bits: rounded, they must not become smaller than what they bound."""

UNBOUNDED = 1e38
"""What stands for a T without a bound: as good as infinite, but a number, in 32 bits as well."""

_TABLE = np.minimum(TABLE * _UP, UNBOUNDED)


class DocumentList:
    """Documents as a set, `bits`, and how many of them come before each page."""

    bits: Array
    before: Array

    def __init__(self, members: Array, before: Array) -> None:
        self.bits = members
        self.before = before.astype(np.uint16)

    @property
    def nbytes(self) -> int:
        """The bytes of both."""
        return self.bits.nbytes + self.before.nbytes


class PostingList(DocumentList):
    """One group in one segment; made once, and kept by the view.

    `start` is the place of its first posting among those of all groups. `ceilings`, where they were
    decoded (gains.py), bound T / (k1 + T) in each document, for whatever the group is a part of.
    """

    ceilings: Array | None = None

    def __init__(self, view: "View", group: int) -> None:
        self._view = view
        self.group = group
        segment = view.segment
        part = segment.postings(group)
        self.size = part.stop - part.start
        self.start = part.start
        self._pages = segment.pages(group)
        if self._pages is None:
            documents = segment.documents_of(group)
            members = bits.of_documents(documents, view.count)
            before = documents.searchsorted(view.page_starts)
        else:
            ends = self._pages.ends
            starts = np.concatenate(([0], ends[:-1]))
            members = np.zeros(view.page_count, bits.WORD)
            members[self._pages.numbers] = self._pages.words
            before = np.zeros(view.page_count, np.int64)
            before[self._pages.numbers] = starts
        super().__init__(members, before)

    @cached_property
    def peaks(self) -> Array:
        """How large T can be, in each page."""
        view = self._view
        peaks = np.zeros(view.page_count, np.float32)
        view.kept_with(peaks.nbytes)
        if self._pages is not None:
            bounds = _TABLE.take(self._pages.impacts) * view.slack
            peaks[self._pages.numbers] = np.minimum(bounds, UNBOUNDED)
            return peaks
        places = np.arange(self.start, self.start + self.size)
        documents = view.segment.documents_of(self.group).astype(np.intp)
        per_token = view.per_token.take(documents)
        frequencies = np.einsum("pf,pf->p", view.segment.field_counts(places), per_token)
        bounds = np.minimum(frequencies * _UP, UNBOUNDED)
        np.maximum.at(peaks, documents >> PAGE_BITS, bounds)
        return peaks

    @cached_property
    def page_ceilings(self) -> Array:
        """How large T / (k1 + T) can be, in each page."""
        ceilings = self.peaks / (self.peaks + np.float32(self._view.profile.k1))
        ceilings *= _UP
        self._view.kept_with(ceilings.nbytes)
        return ceilings

    @cached_property
    def live_count(self) -> int:
        """In how many documents that are not deleted the group stands."""
        alive = self._view.alive
        return self.size if alive is None else bits.size(self.bits & alive)

    @cached_property
    def has_forms(self) -> bool:
        """Whether the tokens of the group tell which form they are."""
        return self._view.segment.has_forms(self.group)

    @cached_property
    def token_start(self) -> int:
        """The place of the first token of the group, among those of all groups."""
        return self._view.segment.check_tokens(self.group)

    @cached_property
    def to_forms(self) -> int:
        """What must be added to the place of a token to get that of its form, where there are any."""
        return self._view.segment.check_forms(self.group) - self.token_start

    @cached_property
    def token_bounds(self) -> Array:
        """(postings + 1 x 2) where the tokens of each posting begin and end, counted from the group's
        first; the last row is nobody's.
        """  # noqa: D205
        counts = self._view.segment.token_counts(slice(self.start, self.start + self.size))
        bounds = np.zeros(self.size + 2, np.uint32)
        np.cumsum(counts, out=bounds[1:-1])
        self._view.kept_with(bounds.nbytes)
        # Each end is the next one's beginning: both columns are read from one array.
        return np.lib.stride_tricks.sliding_window_view(bounds, 2)
