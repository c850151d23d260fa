"""Documents of groups, as Elias and Fano do it: eight low bits of each, those above in unary.

NAME.groups     u32, ascending: which groups these are
NAME.documents  u32 or u64, one more: how many documents those before each of them have
NAME.low        u8: the lowest eight bits of each document
NAME.high       bits, the first one in the highest bit of a byte: a one for each document, and before
                it as many zeros as the bits above grow; for each group as many zeros as they can grow
"""

from bisect import bisect_left
from pathlib import Path

import numpy as np

from search.columnar.cuts import narrow
from search.columnar.layout import Array, Sections, SectionWriter
from search.columnar.spooling import Spool

_LOW_BITS = 8


def _steps(count: int) -> int:
    """Return by how much the bits above the lowest can grow, below a number of documents."""
    return max(count - 1, 0) >> _LOW_BITS


class EliasFanoWriter:
    """Takes the documents, all below `count`, of some of consecutive groups."""

    def __init__(self, scratch: Path, count: int) -> None:
        self._steps = _steps(count)
        self._low = Spool(scratch, np.uint8)
        self._high = Spool(scratch, np.uint8)
        self._groups: list[Array] = []
        self._sizes: list[Array] = []
        self._odd = np.zeros(0, bool)

    def add(self, groups: Array, sizes: Array, documents: Array) -> None:
        """Add groups of these numbers and sizes, and their documents one after the other."""
        steps_before = np.repeat(np.arange(len(sizes)) * self._steps, sizes)
        flags = np.zeros(len(documents) + len(sizes) * self._steps, bool)
        flags[np.arange(len(documents)) + steps_before + (documents >> _LOW_BITS)] = True
        flags = np.concatenate([self._odd, flags])
        whole = len(flags) & ~7
        self._odd = flags[whole:].copy()
        self._high.add(np.packbits(flags[:whole]))
        self._low.add(documents & 0xFF)
        self._groups.append(groups)
        self._sizes.append(sizes)

    def put(self, writer: SectionWriter, name: str) -> None:
        """Write all sections."""
        self._high.add(np.packbits(self._odd))
        self._high.put(writer, f"{name}.high")
        self._low.put(writer, f"{name}.low")
        groups, sizes = (
            np.concatenate([np.zeros(0, np.int64), *parts]) for parts in (self._groups, self._sizes)
        )
        writer.put(f"{name}.groups", groups.astype(np.uint32))
        writer.put(f"{name}.documents", narrow(np.append(0, np.cumsum(sizes))))


class EliasFano:
    """The documents of these groups, which go by their places among them."""

    def __init__(self, sections: Sections, name: str, count: int) -> None:
        self._steps = _steps(count)
        self._groups = sections.numbers(f"{name}.groups")
        self._documents = sections.numbers(f"{name}.documents")
        self._low = sections.unchecked(f"{name}.low")
        self._high = sections.unchecked(f"{name}.high")
        self._sections = sections.section(f"{name}.low"), sections.section(f"{name}.high")

    def place(self, group: int) -> int:
        """Return how many of these groups come before a group."""
        return bisect_left(self._groups, group)

    def within(self, group: int, last: int) -> Array:
        """Return which of the groups from `group` up to `last` are among these, counted from it."""
        return np.array(self._groups[self.place(group) : self.place(last)], np.int64) - group

    def before(self, place: int) -> int:
        """Return how many documents the groups before this place have."""
        documents: int = self._documents[place]
        return documents

    def between(self, first: int, last: int) -> Array:
        """Return the documents of consecutive ones of these groups, ascending in each, as u16."""
        start, stop = self._documents[first], self._documents[last]
        bit, end = start + first * self._steps, stop + last * self._steps
        of_low, of_high = self._sections
        of_low.check(start, stop)
        of_high.check(bit >> 3, (end + 7) >> 3)
        flags = np.unpackbits(self._high[bit >> 3 : (end + 7) >> 3]).view(bool)
        documents = flags[bit & 7 : (bit & 7) + end - bit].nonzero()[0]
        documents -= np.arange(len(documents))
        if last > first + 1:
            ends = np.array(self._documents[first + 1 : last + 1], np.int64) - start
            groups = np.searchsorted(ends, np.arange(stop - start), "right")
            documents -= groups * self._steps
        documents <<= _LOW_BITS
        documents |= self._low[start:stop]
        return documents.astype(np.uint16)
