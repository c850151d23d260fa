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


class PostingList:
    """One group in one segment; made once, and kept by the view.

    `bits` is the set of its documents, `before` the place of the first posting of each page, among
    the postings of all groups.
    """

    def __init__(self, view: "View", group: int) -> None:
        self._view = view
        self.group = group
        segment = view.segment
        part = segment.postings(group)
        self.size = part.stop - part.start
        self._start = part.start
        self._pages = segment.pages(group)
        if self._pages is None:
            self._documents = segment.documents_of(group).astype(np.intp)
            self.bits = bits.of_documents(self._documents, view.count)
            self.before = part.start + self._documents.searchsorted(view.page_starts)
        else:
            ends = self._pages.ends
            starts = np.concatenate(([0], ends[:-1]))
            words = bits.BIT.take(segment.low_documents(group))
            self.bits = np.zeros(view.page_count, bits.WORD)
            self.bits[self._pages.numbers] = np.bitwise_or.reduceat(words, starts)
            self.before = np.zeros(view.page_count, np.int64)
            self.before[self._pages.numbers] = part.start + starts

    @cached_property
    def peaks(self) -> Array:
        """How large T can be, in each page."""
        view = self._view
        peaks = np.zeros(view.page_count)
        if self._pages is not None:
            peaks[self._pages.numbers] = TABLE[self._pages.impacts] * view.slack
            return peaks
        places = np.arange(self._start, self._start + self.size)
        per_token = view.per_token.take(self._documents, axis=0)
        frequencies = np.einsum("pf,pf->p", view.segment.field_counts(places), per_token)
        np.maximum.at(peaks, self._documents >> PAGE_BITS, frequencies)
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
    def _token_start(self) -> int:
        return self._view.segment.check_tokens(self.group)

    @cached_property
    def to_forms(self) -> int:
        """What must be added to the place of a token to get that of its form, where there are any."""
        return self._view.segment.check_forms(self.group) - self._token_start

    def token_ends(self, places: Array) -> Array:
        """Return where the tokens of postings end, among those of all groups."""
        return self._token_ends.take(places - self._start, mode="clip")

    @cached_property
    def _token_ends(self) -> Array:
        part = slice(self._start, self._start + self.size)
        return np.cumsum(self._view.segment.token_counts(part)) + self._token_start
