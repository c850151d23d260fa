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


class PostingList:
    """One group in one segment; made once, and kept by the view.

    `bits` is the set of its documents; `start` is the place of its first posting among those of all
    groups, and `before` how many of its own come before each page.
    """

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
            self.bits = bits.of_documents(documents, view.count)
            before = documents.searchsorted(view.page_starts)
        else:
            ends = self._pages.ends
            starts = np.concatenate(([0], ends[:-1]))
            self.bits = np.zeros(view.page_count, bits.WORD)
            self.bits[self._pages.numbers] = self._pages.words
            before = np.zeros(view.page_count, np.int64)
            before[self._pages.numbers] = starts
        self.before = before.astype(np.uint16)

    @cached_property
    def peaks(self) -> Array:
        """How large T can be, in each page."""
        view = self._view
        peaks = np.zeros(view.page_count, np.float32)
        if self._pages is not None:
            bounds = _TABLE.take(self._pages.impacts) * view.slack
            peaks[self._pages.numbers] = np.minimum(bounds, UNBOUNDED)
            return peaks
        places = np.arange(self.start, self.start + self.size)
        documents = view.segment.documents_of(self.group).astype(np.intp)
        per_token = view.per_token.take(documents, axis=0)
        frequencies = np.einsum("pf,pf->p", view.segment.field_counts(places), per_token)
        bounds = np.minimum(frequencies * _UP, UNBOUNDED)
        np.maximum.at(peaks, documents >> PAGE_BITS, bounds)
        return peaks

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
    def token_ends(self) -> Array:
        """Where the tokens of each posting end, counted from the first token of the group."""
        counts = self._view.segment.token_counts(slice(self.start, self.start + self.size))
        return np.cumsum(counts, dtype=np.uint32)
