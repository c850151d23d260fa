"""A sorted table of byte strings in two sections: all of them end to end, and where each begins."""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from search.columnar.layout import Sections, SectionWriter


def put_strings(writer: SectionWriter, name: str, strings: Sequence[bytes]) -> None:
    """Write strings as the sections NAME.bytes and NAME.starts (one more than there are strings)."""
    starts = np.zeros(len(strings) + 1, np.uint64)
    np.cumsum([len(string) for string in strings], out=starts[1:])
    small = starts.astype(np.uint32) if starts[-1] < 2**32 else starts
    writer.put(f"{name}.starts", small)
    writer.put(f"{name}.bytes", np.frombuffer(b"".join(strings), np.uint8))


class Strings(Sequence[bytes]):
    """The strings of a section; `find` and `range_of` ask for a sorted table."""

    def __init__(self, sections: Sections, name: str) -> None:
        self._section = sections.section(f"{name}.bytes")
        self._bytes = self._section.data
        self._starts = sections.numbers(f"{name}.starts")
        self._count = len(self._starts) - 1

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> bytes:  # type: ignore[override]
        start, stop = self._starts[index], self._starts[index + 1]
        self._section.check(start, stop)
        return self._bytes[start:stop].tobytes()

    def find(self, string: bytes) -> int | None:
        """Return the place of the string, or None."""
        at = self._place(string)
        return at if at < self._count and self[at] == string else None

    def range_of(self, start: bytes) -> tuple[int, int]:
        """Return the half-open range of the strings that begin so."""
        first = self._place(start)
        # The smallest string that no longer begins so; UTF-8 never holds the byte FF.
        return first, self._place(start + b"\xff", first)

    def equal_range(self, string: bytes) -> range:
        """Return the places of all strings equal to this one."""
        first = self._place(string)
        last = first
        while last < self._count and self[last] == string:
            last += 1
        return range(first, last)

    def _place(self, string: bytes, low: int = 0) -> int:
        return bisect_left(range(self._count), string, low, key=self.__getitem__)
