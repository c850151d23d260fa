"""Byte strings that begin like those before them: only what is new of each is kept.

NAME.heads     u8: in the high half how many bytes a string has in common with the one before
               it, at most 15; in the low half how many follow, 15 for those with 15 and more
NAME.large     u32, ascending: which strings these are
NAME.excess    u32 or u64: how many more than 15 bytes each of them has
NAME.bytes     what is not shared of all strings, end to end
NAME.anchors   u32 or u64: where every 32nd string begins in there, which shares nothing; and
               where the last one ends
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from search.columnar.cuts import narrow
from search.columnar.layout import Array, Sections, SectionWriter
from search.columnar.strings import Packed, SortedStrings

_BLOCK_BITS = 5
_BLOCK = 1 << _BLOCK_BITS
_HALF, _MOST = 4, 15
_AT_ONCE = 1 << 15


def put_front_coded(writer: SectionWriter, name: str, parts: Sequence[Packed]) -> None:
    """Write strings that are at hand in several parts."""
    data = np.concatenate([np.zeros(0, np.uint8), *(part.data for part in parts)])
    sizes = [np.diff(part.ends, prepend=0) for part in parts]
    whole = np.concatenate([np.zeros(0, np.int64), *sizes])
    starts = np.cumsum(whole) - whole
    shared = _shared(data, starts, whole)
    new = whole - shared
    ends = np.cumsum(new)
    large = np.flatnonzero(new >= _MOST)
    heads = np.minimum(new, _MOST).astype(np.uint8)
    heads |= shared << np.uint8(_HALF)
    writer.put(f"{name}.heads", heads)
    writer.put(f"{name}.large", large.astype(np.uint32))
    writer.put(f"{name}.excess", narrow(new[large] - _MOST))
    writer.put(f"{name}.bytes", _without(data, starts, shared))
    anchors = np.append((ends - new)[::_BLOCK], ends[-1:] if len(ends) else [0])
    writer.put(f"{name}.anchors", narrow(anchors))


def _shared(data: Array, starts: Array, sizes: Array) -> Array:
    """Return how many bytes each string has in common with the one before it."""
    shared = np.zeros(len(sizes), np.uint8)
    windows = sliding_window_view(np.append(data, np.zeros(_MOST, np.uint8)), _MOST)
    for first in range(0, len(sizes), _AT_ONCE):  # each time from the beginning of a block
        rows = windows[starts[first : first + _AT_ONCE]]
        differ = np.ones((len(rows) - 1, _MOST + 1), bool)
        np.not_equal(rows[1:], rows[:-1], out=differ[:, :_MOST])
        shared[first + 1 : first + len(rows)] = differ.argmax(axis=1)
    common = np.minimum(sizes[1:], sizes[:-1])
    np.minimum(shared[1:], common, out=shared[1:], casting="unsafe")
    shared[::_BLOCK] = 0
    return shared


def _without(data: Array, starts: Array, shared: Array) -> Array:
    """Return the bytes that are not shared."""
    some = shared.nonzero()[0]
    steps = np.zeros(len(data) + 1, np.int8)
    steps[starts[some]] = 1
    steps[starts[some] + shared[some]] -= 1
    return data[np.cumsum(steps[:-1], dtype=np.int8) == 0]


class FrontCoded(SortedStrings):
    """The strings of a section, which are in order."""

    def __init__(self, sections: Sections, name: str) -> None:
        self._sections = sections
        self._name = name
        section = sections.section(f"{name}.bytes")
        self._bytes = section.data
        self._check = section.check
        self._heads = sections.sparse(f"{name}.heads")
        self._anchors = sections.sparse(f"{name}.anchors")
        self._count = len(self._heads)
        self._last: tuple[int, list[bytes]] = -1, []

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> bytes:  # type: ignore[override]
        block = self._block(index >> _BLOCK_BITS)
        return block[index & (_BLOCK - 1)]

    def between(self, first: int, last: int) -> list[bytes]:
        """Return the strings from `first` up to `last`."""
        if last <= first:
            return []
        block = first >> _BLOCK_BITS
        begin = block << _BLOCK_BITS
        return self._decoded(block, -(-last >> _BLOCK_BITS))[first - begin : last - begin]

    def fit(self) -> bool:
        """Say whether all of it fits together."""
        heads, large = self._heads.between(0, self._count), np.asarray(self._large)
        shared, sizes = heads >> _HALF, (heads & _MOST).astype(np.int64)
        if not (
            np.array_equal(np.flatnonzero(sizes == _MOST), large)
            and len(self._excess) == len(large)
            and len(self._anchors) == -(-self._count >> _BLOCK_BITS) + 1
            and not shared[::_BLOCK].any()
        ):
            return False
        sizes[large] += np.asarray(self._excess).astype(np.int64)
        ends = np.append(0, np.cumsum(sizes))
        starts = np.append(ends[:-1:_BLOCK], ends[-1])
        return (
            np.array_equal(self._anchors.between(0, len(self._anchors)), starts)
            and int(ends[-1]) == len(self._bytes)
            and bool((shared[1:] <= (shared + sizes)[:-1]).all())
        )

    def _place(self, string: bytes) -> int:
        blocks = range(len(self._anchors) - 1)
        block = bisect_left(blocks, string, key=self._first)
        if not block:
            return 0
        return (block - 1 << _BLOCK_BITS) + bisect_left(self._block(block - 1), string)

    def _first(self, block: int) -> bytes:
        """Return the first string of a block, which shares nothing."""
        start, size = self._anchors[block], self._heads[block << _BLOCK_BITS]
        if size == _MOST:
            return self._block(block)[0]
        self._check(start, start + size)
        return self._bytes[start : start + size].tobytes()

    def _block(self, block: int) -> list[bytes]:
        """Return the strings of a block; those of the last one are kept, for who asks one by one."""
        number, strings = self._last
        if number != block:
            strings = self._decoded(block, block + 1)
            self._last = block, strings
        return strings

    def _decoded(self, first: int, last: int) -> list[bytes]:
        """Return the strings of the blocks from `first` up to `last`."""
        begin = first << _BLOCK_BITS
        heads = self._heads.between(begin, min(last << _BLOCK_BITS, self._count))
        start, stop = self._anchors[first], self._anchors[last]
        self._check(start, stop)
        data = self._bytes[start:stop].tobytes()
        sizes = (heads & _MOST).astype(np.int64)
        large = (sizes == _MOST).nonzero()[0]
        if len(large):
            at = bisect_left(self._large, begin)
            sizes[large] += np.asarray(self._excess[at : at + len(large)]).astype(np.int64)
        ends = sizes.cumsum().tolist()
        shared = (heads >> _HALF).tolist()
        string = b""
        return [
            string := string[:common] + data[begin:end]
            for common, (begin, end) in zip(shared, pairwise([0, *ends]), strict=True)
        ]

    @cached_property
    def _large(self) -> memoryview:
        return self._sections.numbers(f"{self._name}.large")

    @cached_property
    def _excess(self) -> memoryview:
        return self._sections.numbers(f"{self._name}.excess")
