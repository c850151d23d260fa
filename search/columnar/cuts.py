"""What cuts an array into parts: their sizes, a byte each, and now and then where one begins.

NAME.sizes       u8: how large each part is; 255 for those of 255 and more
NAME.large       u32, ascending: which parts these are
NAME.excess      u32 or u64: by how much each of them is larger than 255
NAME.anchors     u32 or u64: where every 32nd part begins, the first one at 0

Where few groups have a part, these are named instead, and each of their parts has its start:

NAME.groups      u32, ascending: which groups these are
NAME.starts      u32 or u64, one more: where the part of each of them begins
"""

from bisect import bisect_left
from functools import cached_property

import numpy as np

from search.columnar.layout import Array, Sections, SectionWriter

_BLOCK_BITS = 5
_LARGE = 255
_MOST_KEPT = 4_096


def narrow(numbers: Array) -> Array:
    """Return numbers from 0 on in 32 bits where all of them fit, in 64 where not."""
    return numbers.astype(np.uint32 if numbers.max(initial=0) < 2**32 else np.uint64)


def put_cuts(writer: SectionWriter, name: str, sizes: Array) -> None:
    """Write what cuts an array into parts of these sizes."""
    starts = np.zeros(len(sizes) + 1, np.uint64)
    np.cumsum(sizes, out=starts[1:])
    large = np.flatnonzero(sizes >= _LARGE)
    writer.put(f"{name}.sizes", np.minimum(sizes, _LARGE).astype(np.uint8))
    writer.put(f"{name}.large", large.astype(np.uint32))
    writer.put(f"{name}.excess", narrow(sizes[large] - _LARGE))
    writer.put(f"{name}.anchors", narrow(starts[:: 1 << _BLOCK_BITS]))


class Cuts:
    """Where parts begin, and behind the last of them where it ends; what is read is checked then."""

    def __init__(self, sections: Sections, name: str) -> None:
        self._sections = sections
        self._name = name
        self._section = sections.section(f"{name}.sizes")
        self._anchors = sections.sparse(f"{name}.anchors")
        self._kept: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._section.data) + 1

    def __getitem__(self, at: int) -> int:
        """Return where a part begins."""
        known = self._kept.get(at)
        if known is not None:
            return known
        block = at >> _BLOCK_BITS
        start = self._anchors[block]
        first = block << _BLOCK_BITS
        if at > first:
            self._section.check(first, at)
            sizes = self._section.data[first:at].tobytes()
            start += sum(sizes)
            if _LARGE in sizes:
                large = self._large
                start += sum(self._excess[bisect_left(large, first) : bisect_left(large, at)])
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[at] = start
        return start

    def between(self, first: int, last: int) -> Array:
        """Return the starts from `first` up to `last`."""
        begin = first >> _BLOCK_BITS << _BLOCK_BITS
        starts = np.zeros(max(last - begin, 1), np.int64)
        starts[0] = self._anchors[begin >> _BLOCK_BITS]
        starts[1:] = self.sizes(begin, last - 1)
        return np.cumsum(starts, out=starts)[first - begin : last - begin]

    def sizes(self, first: int, last: int) -> Array:
        """Return how large the parts from `first` up to `last` are."""
        if last <= first:
            return np.zeros(0, np.int64)
        self._section.check(first, last)
        sizes = np.frombuffer(self._section.data[first:last], np.uint8).astype(np.int64)
        low, high = bisect_left(self._large, first), bisect_left(self._large, last)
        if high > low:
            large, excess = np.asarray(self._large[low:high]), np.asarray(self._excess[low:high])
            sizes[large.astype(np.int64) - first] += excess.astype(np.int64)
        return sizes

    def fit(self, length: int) -> bool:
        """Say whether all of it fits together, and cuts something of that length."""
        count = len(self._section.data)
        sizes = np.frombuffer(self._section.data, np.uint8)
        large = np.asarray(self._large)
        if not (
            np.array_equal(np.flatnonzero(sizes == _LARGE), large)
            and len(self._excess) == len(large)
            and len(self._anchors) == (count >> _BLOCK_BITS) + 1
        ):
            return False
        starts = np.zeros(count + 1, np.int64)
        np.cumsum(self.sizes(0, count), out=starts[1:])
        anchors = self._anchors.between(0, len(self._anchors))
        return int(starts[-1]) == length and np.array_equal(starts[:: 1 << _BLOCK_BITS], anchors)

    @cached_property
    def _large(self) -> memoryview:
        return self._sections.numbers(f"{self._name}.large")

    @cached_property
    def _excess(self) -> memoryview:
        return self._sections.numbers(f"{self._name}.excess")


def put_few_cuts(writer: SectionWriter, name: str, sizes: Array) -> None:
    """Write what cuts an array into parts of these sizes, most of which are 0."""
    groups = sizes.nonzero()[0]
    writer.put(f"{name}.groups", groups.astype(np.uint32))
    writer.put(f"{name}.starts", narrow(np.append(0, np.cumsum(sizes[groups]))))


class FewCuts:
    """Where the parts of groups begin of which few have any."""

    def __init__(self, sections: Sections, name: str) -> None:
        self._groups = sections.numbers(f"{name}.groups")
        self._starts = sections.numbers(f"{name}.starts")

    def __getitem__(self, group: int) -> int:
        """Return where the part of a group begins, or would begin."""
        start: int = self._starts[bisect_left(self._groups, group)]
        return start

    def sizes(self, first: int, last: int) -> Array:
        """Return how large the parts of the groups from `first` up to `last` are."""
        low, high = bisect_left(self._groups, first), bisect_left(self._groups, last)
        sizes = np.zeros(last - first, np.int64)
        own = np.asarray(self._groups[low:high]).astype(np.int64)
        sizes[own - first] = np.diff(np.array(self._starts[low : high + 1], np.int64))
        return sizes

    def fit(self, count: int) -> bool:
        """Say whether all of it fits together, for a number of groups."""
        groups, starts = np.asarray(self._groups), np.asarray(self._starts)
        return (
            len(starts) == len(groups) + 1
            and int(starts[0]) == 0
            and bool((groups < count).all())
            and bool((groups[1:] > groups[:-1]).all())
            and bool((starts[1:] > starts[:-1]).all())
        )
