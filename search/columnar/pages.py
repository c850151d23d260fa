"""Postings of frequent groups in pages of 64 documents: which pages, how many, how much at most.

A group with PAGED documents or more says in which pages it stands, by a bit for each; of each of these
pages which documents, by their places in the page or by a bit for each; and the greatest impact that a
posting of the group has there, so a search can tell which pages may hold the best documents without
reading any other.
"""

from bisect import bisect_left
from pathlib import Path
from typing import NamedTuple

import numpy as np

from search.columnar.cuts import Cuts
from search.columnar.elias_fano import EliasFano, EliasFanoWriter
from search.columnar.impacts import to_bytes
from search.columnar.layout import Array, Sections, SectionWriter
from search.columnar.packing import Nibbles, NibbleWriter
from search.columnar.spooling import Spool

PAGE_BITS = 6
PAGE = 1 << PAGE_BITS
PAGED = 512
"""With fewer documents, a group is read whole sooner than its pages are weighed."""

SOME = 64
"""With fewer documents, a group keeps two bytes of each; with more, about one."""

FULL = 8
"""What stands for the size of a page with more documents, of which a bit for each takes less."""

_MOST_KEPT = 256

_WORD = np.dtype("<u8")
_BIT = np.zeros(256, _WORD)
_BIT[:PAGE] = _WORD.type(1) << np.arange(PAGE, dtype=_WORD)
_ONES = np.array([number.bit_count() for number in range(256)], np.uint8)
_BYTES = np.arange(_WORD.itemsize)


class Pages(NamedTuple):
    """The pages in which a group stands: parallel arrays.

    `numbers` (ascending): page n holds the documents from 64 n on; `impacts`: the byte of the greatest
    weighted frequency in it (`impacts.TABLE`); `ends`: where its postings end within the group's;
    `words`: the set of its documents, the first one in the lowest of 64 bits.
    """

    numbers: Array
    impacts: Array
    ends: Array
    words: Array

    def documents(self) -> Array:
        """Return all documents, ascending, as u16."""
        places = np.unpackbits(self.words.view(np.uint8), bitorder="little").view(bool).nonzero()[0]
        documents = self.numbers.take(places >> PAGE_BITS) << np.uint16(PAGE_BITS)
        documents |= (places & (PAGE - 1)).astype(np.uint16)
        return documents


class DocumentsWriter:
    """Takes the documents of consecutive groups, below `count`, and how much each posting can count."""

    def __init__(self, scratch: Path, count: int) -> None:
        self._page_count = _pages_of(count)
        self._whole = Spool(scratch, np.uint16)
        self._some = EliasFanoWriter(scratch, count)
        self._low = Spool(scratch, np.uint8)
        self._standing = Spool(scratch, np.uint8)
        self._sizes = NibbleWriter(scratch)
        self._impacts = Spool(scratch, np.uint8)
        self._paged: list[Array] = []
        self._starts = [np.zeros(1, np.int64)]
        self._page_starts = [np.zeros(1, np.int64)]
        self._low_starts = [np.zeros(1, np.int64)]
        self._groups = 0

    def add(self, starts: Array, documents: Array, frequencies: Array) -> None:
        """Add groups: `starts` (groups + 1) cuts the other two by group."""
        sizes = np.diff(starts)
        some, paged = _kinds(sizes)
        in_some, in_pages = np.repeat(some, sizes), np.repeat(paged, sizes)
        self._whole.add(documents[~(in_some | in_pages)])
        self._some.add(some.nonzero()[0] + self._groups, sizes[some], documents[in_some])
        if paged.any():
            self._add_pages(sizes[paged], documents[in_pages], frequencies[in_pages])
            self._paged.append(paged.nonzero()[0] + self._groups)
        self._groups += len(sizes)

    def _add_pages(self, sizes: Array, documents: Array, frequencies: Array) -> None:
        numbers = documents >> PAGE_BITS
        ends = np.cumsum(sizes)
        first = np.empty(len(numbers), bool)
        np.not_equal(numbers[1:], numbers[:-1], out=first[1:])
        first[ends[:-1]] = True
        first[0] = True
        heads = np.flatnonzero(first)
        per_page = np.diff(heads, append=len(numbers))
        page_ends = np.searchsorted(heads, ends)
        standing = np.zeros((len(sizes), self._page_count), bool)
        standing[
            np.repeat(np.arange(len(sizes)), np.diff(page_ends, prepend=0)), numbers[heads]
        ] = True
        self._standing.add(np.packbits(standing, axis=1).ravel())
        self._sizes.add(np.minimum(per_page - 1, FULL))
        self._impacts.add(to_bytes(np.maximum.reduceat(frequencies, heads)))
        widths = np.minimum(per_page, FULL)
        self._low.add(_places(documents & (PAGE - 1), per_page, widths))
        self._starts.append(ends + self._starts[-1][-1])
        self._page_starts.append(page_ends + self._page_starts[-1][-1])
        self._low_starts.append(np.cumsum(widths)[page_ends - 1] + self._low_starts[-1][-1])

    def put(self, writer: SectionWriter) -> None:
        """Write all sections of documents and pages."""
        self._whole.put(writer, "postings.documents")
        self._some.put(writer, "some")
        self._low.put(writer, "pages.documents")
        self._standing.put(writer, "pages.standing")
        self._sizes.put(writer, "pages.sizes")
        self._impacts.put(writer, "pages.impacts")
        paged = np.concatenate(self._paged) if self._paged else np.zeros(0, np.int64)
        writer.put("pages.groups", paged.astype(np.uint32))
        writer.put("pages.postings", np.concatenate(self._starts).astype(np.uint64))
        writer.put("pages.starts", np.concatenate(self._page_starts).astype(np.uint64))
        writer.put("pages.document_starts", np.concatenate(self._low_starts).astype(np.uint64))


def _places(low: Array, sizes: Array, widths: Array) -> Array:
    """Return the bytes of pages of these sizes, one for each place in a page, or a word for them all."""
    full = sizes > FULL
    in_full = np.repeat(full, sizes)
    places = np.empty(int(widths.sum()), np.uint8)
    of_full = np.repeat(full, widths)
    places[~of_full] = low[~in_full]
    if full.any():
        heads = np.cumsum(sizes[full]) - sizes[full]
        words = np.bitwise_or.reduceat(_BIT.take(low[in_full]), heads)
        places[of_full] = words.view(np.uint8)
    return places


def _kinds(sizes: Array) -> tuple[Array, Array]:
    """Flag the groups with some documents, and those with so many that they have pages."""
    paged = sizes >= PAGED
    return (sizes >= SOME) & ~paged, paged


def _pages_of(documents: int) -> int:
    return -(-documents >> PAGE_BITS)


class DocumentsReader:
    """The documents of each group, paged or not; a segment has `count` of them."""

    def __init__(self, sections: Sections, starts: Cuts, count: int) -> None:
        self._sections = sections
        self._starts = starts
        self._row = -(-_pages_of(count) // 8)
        self._whole = sections.unchecked("postings.documents")
        self._some = EliasFano(sections, "some", count)
        self._groups = sections.numbers("pages.groups")
        self._postings = sections.numbers("pages.postings")
        self._page_starts = sections.numbers("pages.starts")
        self._low_starts = sections.numbers("pages.document_starts")
        self._sizes = Nibbles(sections, "pages.sizes")
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
        standing = self._checked("pages.standing", place * self._row, (place + 1) * self._row)
        impacts = self._checked("pages.impacts", start, stop)
        places = self._checked(
            "pages.documents", self._low_starts[place], self._low_starts[place + 1]
        )
        sizes = self._sizes.between(start, stop).astype(np.int64)
        full = (sizes == FULL).nonzero()[0]
        sizes += 1
        widths = np.minimum(sizes, FULL)
        begins = widths.cumsum()
        begins -= widths
        words = np.bitwise_or.reduceat(_BIT.take(places), begins)
        if len(full):
            rows = places.take(begins.take(full)[:, None] + _BYTES)
            words[full] = rows.view(_WORD).ravel()
            sizes[full] = _ONES.take(rows).sum(axis=1)
        numbers = np.unpackbits(standing).view(bool).nonzero()[0].astype(np.uint16)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        pages = self._kept[group] = Pages(numbers, impacts, sizes.cumsum(dtype=np.uint32), words)
        return pages

    def of(self, group: int, last: int) -> Array:
        """Return the documents of the groups from `group` up to `last`, as u16."""
        if last == group + 1:
            if self._is_paged(group, self._place(group)):
                return self._in_pages(group, last)
            place = self._some.place(group)
            if self._some.place(last) > place:
                return self._some.between(place, place + 1)
            return self._whole_between(group, self._starts[last] - self._starts[group])
        sizes = self._starts.sizes(group, last)
        flags = np.zeros((2, last - group), bool)
        flags[0, self._some.within(group, last)] = True
        flags[
            1, np.array(self._groups[self._place(group) : self._place(last)], np.int64) - group
        ] = True
        some, paged = np.repeat(flags, sizes, axis=1)
        documents = np.empty(len(some), np.uint16)
        whole = ~(some | paged)
        documents[whole] = self._whole_between(group, int(whole.sum()))
        documents[some] = self._some.between(self._some.place(group), self._some.place(last))
        documents[paged] = self._in_pages(group, last)
        return documents

    def _in_pages(self, group: int, last: int) -> Array:
        """Return the documents of those groups from `group` up to `last` that have pages."""
        parts = [np.zeros(0, np.uint16)]
        for own in self._groups[self._place(group) : self._place(last)]:
            pages = self.pages(own)
            assert pages is not None
            parts.append(pages.documents())
        return np.concatenate(parts)

    def _place(self, group: int) -> int:
        """Return how many paged groups come before this one."""
        return bisect_left(self._groups, group)

    def _is_paged(self, group: int, place: int) -> bool:
        return place < len(self._groups) and self._groups[place] == group

    def _whole_between(self, group: int, size: int) -> Array:
        """Return so many documents of groups with few of them, from this group on."""
        start = self._starts[group] - self._postings[self._place(group)]
        start -= self._some.before(self._some.place(group))
        self._sections.section("postings.documents").check(2 * start, 2 * (start + size))
        return self._whole[start : start + size]

    def _checked(self, name: str, start: int, stop: int) -> Array:
        array = self._sections.unchecked(name)
        width = array.itemsize
        self._sections.section(name).check(start * width, stop * width)
        return array[start:stop]
