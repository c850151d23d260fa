"""Postings of frequent groups in pages of 64 documents: which pages, how many, how much at most.

A group with PAGED documents or more keeps, of each document, only its place in its page, and of each
page the greatest impact that a posting of the group has there; so a search can tell which pages
may hold the best documents without reading any other.
"""

from bisect import bisect_left
from pathlib import Path
from typing import NamedTuple

import numpy as np

from search.columnar.cuts import Cuts
from search.columnar.impacts import to_bytes
from search.columnar.layout import Array, Sections, SectionWriter
from search.columnar.spooling import Spool

PAGE_BITS = 6
PAGE = 1 << PAGE_BITS
PAGED = 512
"""With fewer documents, a group is read whole sooner than its pages are weighed."""

_MOST_KEPT = 256


class Pages(NamedTuple):
    """The pages in which a group stands: parallel arrays.

    `numbers` (ascending): page n holds the documents from 64 n on; `impacts`: the byte of the greatest
    weighted frequency in it (`impacts.TABLE`); `ends`: where its postings end within the group's.
    """

    numbers: Array
    impacts: Array
    ends: Array


class DocumentsWriter:
    """Takes the documents of consecutive groups, and how much each posting can count."""

    def __init__(self, scratch: Path) -> None:
        self._whole = Spool(scratch, np.uint16)
        self._low = Spool(scratch, np.uint8)
        self._numbers = Spool(scratch, np.uint16)
        self._sizes = Spool(scratch, np.uint8)
        self._impacts = Spool(scratch, np.uint8)
        self._paged: list[Array] = []
        self._starts = [np.zeros(1, np.int64)]
        self._page_starts = [np.zeros(1, np.int64)]
        self._groups = 0

    def add(self, starts: Array, documents: Array, frequencies: Array) -> None:
        """Add groups: `starts` (groups + 1) cuts the other two by group."""
        sizes = np.diff(starts)
        paged = np.flatnonzero(sizes >= PAGED)
        in_pages = np.repeat(sizes >= PAGED, sizes)
        self._whole.add(documents[~in_pages])
        if len(paged):
            self._add_pages(sizes[paged], documents[in_pages], frequencies[in_pages])
            self._paged.append(paged + self._groups)
        self._groups += len(sizes)

    def _add_pages(self, sizes: Array, documents: Array, frequencies: Array) -> None:
        numbers = documents.astype(np.int64) >> PAGE_BITS
        ends = np.cumsum(sizes)
        first = np.empty(len(numbers), bool)
        np.not_equal(numbers[1:], numbers[:-1], out=first[1:])
        first[ends[:-1]] = True
        first[0] = True
        heads = np.flatnonzero(first)
        self._low.add(documents & (PAGE - 1))
        self._numbers.add(numbers[heads])
        self._sizes.add(np.diff(heads, append=len(numbers)) - 1)
        self._impacts.add(to_bytes(np.maximum.reduceat(frequencies, heads)))
        self._starts.append(ends + self._starts[-1][-1])
        self._page_starts.append(np.searchsorted(heads, ends) + self._page_starts[-1][-1])

    def put(self, writer: SectionWriter) -> None:
        """Write all sections of documents and pages."""
        self._whole.put(writer, "postings.documents")
        self._low.put(writer, "pages.documents")
        self._numbers.put(writer, "pages.numbers")
        self._sizes.put(writer, "pages.sizes")
        self._impacts.put(writer, "pages.impacts")
        paged = np.concatenate(self._paged) if self._paged else np.zeros(0, np.int64)
        writer.put("pages.groups", paged.astype(np.uint32))
        writer.put("pages.postings", np.concatenate(self._starts).astype(np.uint64))
        writer.put("pages.starts", np.concatenate(self._page_starts).astype(np.uint64))


class DocumentsReader:
    """The documents of each group, paged or not."""

    def __init__(self, sections: Sections, starts: Cuts) -> None:
        self._sections = sections
        self._starts = starts
        self._whole = sections.unchecked("postings.documents")
        self._low = sections.unchecked("pages.documents")
        self._groups = sections.numbers("pages.groups")
        self._postings = sections.numbers("pages.postings")
        self._page_starts = sections.numbers("pages.starts")
        self._kept: dict[int, Pages] = {}

    def pages(self, group: int) -> Pages | None:
        """Return the pages of a group, None for one that is not frequent."""
        known = self._kept.get(group)
        if known is not None:
            return known
        place = self._place(group)
        if not self._is_paged(group, place):
            return None
        start, stop = self._page_starts[place], self._page_starts[place + 1]
        numbers = self._checked("pages.numbers", start, stop)
        sizes = self._checked("pages.sizes", start, stop)
        impacts = self._checked("pages.impacts", start, stop)
        pages = Pages(
            numbers, impacts, np.cumsum(sizes, dtype=np.int64) + np.arange(1, len(sizes) + 1)
        )
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[group] = pages
        return pages

    def low(self, group: int) -> Array:
        """Return the place in its page of each document of a paged group."""
        place = self._place(group)
        return self._low_between(self._postings[place], self._postings[place + 1])

    def of(self, group: int, last: int) -> Array:
        """Return the documents of the groups from `group` up to `last`, as u16."""
        place = self._place(group)
        if last == group + 1 and not self._is_paged(group, place):
            start = self._starts[group] - self._postings[place]
            return self._whole_between(start, start + self._starts[last] - self._starts[group])
        parts = []
        while group < last:
            if self._is_paged(group, place):
                parts.append(self._unpacked(group))
                group, place = group + 1, place + 1
                continue
            stop = min(last, self._groups[place]) if place < len(self._groups) else last
            before = self._postings[place]
            parts.append(
                self._whole_between(self._starts[group] - before, self._starts[stop] - before)
            )
            group = stop
        return np.concatenate(parts) if parts else np.zeros(0, np.uint16)

    def _unpacked(self, group: int) -> Array:
        pages = self.pages(group)
        assert pages is not None
        sizes = np.diff(pages.ends, prepend=0)
        documents = np.repeat(pages.numbers << np.uint16(PAGE_BITS), sizes)
        documents |= self.low(group)
        return documents

    def _place(self, group: int) -> int:
        """Return how many paged groups come before this one."""
        return bisect_left(self._groups, group)

    def _is_paged(self, group: int, place: int) -> bool:
        return place < len(self._groups) and self._groups[place] == group

    def _whole_between(self, start: int, stop: int) -> Array:
        self._sections.section("postings.documents").check(2 * start, 2 * stop)
        return self._whole[start:stop]

    def _low_between(self, start: int, stop: int) -> Array:
        self._sections.section("pages.documents").check(start, stop)
        return self._low[start:stop]

    def _checked(self, name: str, start: int, stop: int) -> Array:
        array = self._sections.unchecked(name)
        width = array.itemsize
        self._sections.section(name).check(start * width, stop * width)
        return array[start:stop]
