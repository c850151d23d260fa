"""Small numbers -> four bits each, without losing the few large ones; any of them read by its place.

PLANE            u8, two numbers a byte, the earlier one in the low half; 15: see below
PLANE.places     u32 or u64, ascending: the places of the numbers that need more
PLANE.values     u16, and these numbers
"""

from pathlib import Path

import numpy as np

from search.columnar.layout import Array, Sections, SectionWriter
from search.columnar.spooling import Spool

_MORE = 15
"""What stands in the plane for a number that needs more than four bits."""

_HALF = 4

_HALVES = np.array([number for byte in range(256) for number in (byte & _MORE, byte >> _HALF)])
"""Twice a byte, and one more for the later of the two numbers in it -> the number."""


class NibbleWriter:
    """Takes numbers below 65,536 in any number of parts; a file keeps the plane until the end."""

    def __init__(self, scratch: Path) -> None:
        self._plane = Spool(scratch, np.uint8)
        self._places = Spool(scratch, np.uint64)
        self._values = Spool(scratch, np.uint16)
        self._count = 0
        self._odd = np.zeros(0, np.uint8)

    def add(self, numbers: Array) -> None:
        """Add the next numbers."""
        large = np.flatnonzero(numbers >= _MORE)
        small = np.minimum(numbers, _MORE).astype(np.uint8)
        self._places.add(large + self._count)
        self._values.add(numbers[large])
        self._count += len(numbers)
        if len(self._odd):
            small = np.concatenate([self._odd, small])
        even = len(small) & ~1
        self._odd = small[even:].copy()
        self._plane.add(small[0:even:2] | (small[1:even:2] << _HALF))

    def put(self, writer: SectionWriter, name: str) -> None:
        """Write the three sections."""
        self._plane.add(self._odd)
        self._plane.put(writer, name)
        self._places.put_narrow(writer, f"{name}.places")
        self._values.put(writer, f"{name}.values")


class Nibbles:
    """The numbers of three sections; each part is checked when it is first read."""

    def __init__(self, sections: Sections, name: str) -> None:
        self._section = sections.section(name)
        self._plane = sections.unchecked(name)
        self._places = sections.array(f"{name}.places")
        self._values = sections.array(f"{name}.values")

    def between(self, start: int, stop: int) -> Array:
        """Return the numbers of consecutive places, as u16."""
        self.check(start, stop)
        pairs = self._plane[start >> 1 : (stop + 1) >> 1]
        numbers = np.empty(2 * len(pairs), np.uint16)
        np.bitwise_and(pairs, _MORE, out=numbers[0::2], casting="unsafe")
        np.right_shift(pairs, _HALF, out=numbers[1::2], casting="unsafe")
        numbers = numbers[start & 1 : (start & 1) + stop - start]
        first, last = np.searchsorted(self._places, [start, stop])
        if last > first:
            numbers[self._places[first:last].astype(np.int64) - start] = self._values[first:last]
        return numbers

    def at(self, places: Array) -> Array:
        """Return the numbers at some places, of which `check` has seen the range, as i64."""
        halves = self._plane.take(places >> 1).astype(np.intp)
        halves <<= 1
        halves |= places & 1
        numbers = _HALVES.take(halves)
        large = (numbers == _MORE).nonzero()[0]
        if len(large):
            found = self._places.searchsorted(places[large].astype(self._places.dtype))
            numbers[large] = self._values[found]
        return numbers

    def check(self, start: int, stop: int) -> None:
        """Compare the bytes that hold these places with their checksums; raises IndexCorrupt."""
        self._section.check(start >> 1, (stop + 1) >> 1)
