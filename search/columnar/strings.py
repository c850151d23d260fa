"""A sorted table of byte strings in two sections: all of them end to end, and where each begins."""

from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from search.columnar.layout import Array, Sections, SectionWriter


class Packed(NamedTuple):
    """Byte strings without an object for each: all of them end to end, and where each ends."""

    data: Array
    ends: Array

    def strings(self) -> list[bytes]:
        """Return them one by one."""
        data, ends = self.data.tobytes(), self.ends.tolist()
        return [data[start:end] for start, end in pairwise([0, *ends])]

    def taken(self, order: Array) -> "Packed":
        """Return those at these places, in this order."""
        stops = self.ends[order]
        sizes = stops - np.where(order, self.ends[order - 1], 0)
        ends = np.cumsum(sizes)
        data = np.empty(int(ends[-1]) if len(ends) else 0, np.uint8)
        for first in range(0, len(order), _TAKEN_AT_ONCE):
            own = slice(first, first + _TAKEN_AT_ONCE)
            places = np.repeat(stops[own] - ends[own], sizes[own])
            begin = int(ends[first] - sizes[first])
            places += np.arange(begin, begin + len(places))
            data[begin : begin + len(places)] = self.data[places]
        return Packed(data, ends)

    def between(self, first: int, last: int) -> "Packed":
        """Return those from `first` up to `last`."""
        start = int(self.ends[first - 1]) if first else 0
        stop = int(self.ends[last - 1]) if last else 0
        return Packed(self.data[start:stop], self.ends[first:last] - start)


def packed(strings: Sequence[bytes]) -> Packed:
    """Lay strings end to end."""
    sizes = np.fromiter(map(len, strings), np.int64, len(strings))
    return Packed(np.frombuffer(b"".join(strings), np.uint8), np.cumsum(sizes))


def packed_lines(lines: Sequence[str]) -> Packed:
    """Lay texts, none of which holds a line end, end to end in UTF-8."""
    data = np.frombuffer("".join(f"{line}\n" for line in lines).encode("utf-8"), np.uint8)
    is_end = data == _LINE_END
    ends = np.flatnonzero(is_end) - np.arange(len(lines))
    return Packed(data[~is_end], ends)


def put_strings(writer: SectionWriter, name: str, strings: Sequence[bytes]) -> None:
    """Write strings as the sections NAME.bytes and NAME.starts (one more than there are strings)."""
    put_packed(writer, name, [packed(strings)])


def put_packed(writer: SectionWriter, name: str, parts: Sequence[Packed]) -> None:
    """Write strings that are at hand in several parts, in the same way."""
    sizes = (np.diff(part.ends, prepend=0) for part in parts)
    put_pieces(writer, name, np.concatenate([_NONE, *sizes]), (part.data for part in parts))


def put_pieces(writer: SectionWriter, name: str, sizes: Array, pieces: Iterable[Array]) -> None:
    """Write strings of which only the sizes are at hand; their bytes come in pieces of any size."""
    starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.uint64)]).astype(np.uint64)
    small = starts.astype(np.uint32) if starts[-1] < 2**32 else starts
    writer.put(f"{name}.starts", small)
    writer.put_parts(f"{name}.bytes", np.uint8, pieces)


_TAKEN_AT_ONCE = 1 << 14
_NONE = np.zeros(0, np.int64)
_LINE_END = ord("\n")


class SortedStrings(Sequence[bytes]):
    """What can be asked of strings that are in order, however they are kept."""

    def find(self, string: bytes) -> int | None:
        """Return the place of the string, or None."""
        at = self._place(string)
        return at if at < len(self) and self[at] == string else None

    def range_of(self, start: bytes) -> tuple[int, int]:
        """Return the half-open range of the strings that begin so."""
        # The smallest string that no longer begins so; UTF-8 never holds the byte FF.
        return self._place(start), self._place(start + b"\xff")

    def equal_range(self, string: bytes) -> range:
        """Return the places of all strings equal to this one."""
        first = self._place(string)
        last = first
        while last < len(self) and self[last] == string:
            last += 1
        return range(first, last)

    @abstractmethod
    def _place(self, string: bytes) -> int:
        """Return the place of the first string that is not less."""


class Strings(SortedStrings):
    """The strings of a section; what `SortedStrings` answers asks for a sorted table."""

    def __init__(self, sections: Sections, name: str) -> None:
        section = sections.section(f"{name}.bytes")
        self._bytes = section.data
        self._check = section.check
        self._starts = sections.sparse(f"{name}.starts")
        self._count = len(self._starts) - 1

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> bytes:  # type: ignore[override]
        start, stop = self._starts[index], self._starts[index + 1]
        self._check(start, stop)
        return self._bytes[start:stop].tobytes()

    def text(self, index: int) -> str:
        """Return a string that is UTF-8 as text."""
        starts = self._starts
        start, stop = starts[index], starts[index + 1]
        self._check(start, stop)
        return str(self._bytes[start:stop], "utf-8")

    def texts(self, indexes: Iterable[int], *, read_before: bool = False) -> list[str]:
        """Return some strings that are UTF-8 as texts, a third of the time that one by one takes.

        `read_before` says that all of these were read, and so compared with their checksums.
        """
        if not read_before:
            return [self.text(index) for index in indexes]
        starts, data = self._starts.values, self._bytes
        return [str(data[starts[index] : starts[index + 1]], "utf-8") for index in indexes]

    def size(self, index: int) -> int:
        """Return how many bytes a string has."""
        size: int = self._starts[index + 1] - self._starts[index]
        return size

    def between(self, first: int, last: int) -> list[bytes]:
        """Return the strings from `first` up to `last`."""
        starts = self._starts.between(first, last + 1).tolist()
        begin = starts[0]
        self._check(begin, starts[-1])
        data = self._bytes[begin : starts[-1]].tobytes()
        ends = [start - begin for start in starts]
        return [data[start:end] for start, end in pairwise(ends)]

    def _place(self, string: bytes) -> int:
        return bisect_left(range(self._count), string, key=self.__getitem__)
