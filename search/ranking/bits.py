"""Sets of documents: a word of 64 bits for each page of 64 documents.

All of both, any of both, all but those: one operation on some hundred words, however many documents.
"""

import numpy as np

from search.columnar.layout import Array
from search.columnar.pages import PAGE, PAGE_BITS

WORD = np.dtype("<u8")
_ALL = (1 << PAGE) - 1
LOW = PAGE - 1

BIT: Array = WORD.type(1) << np.arange(PAGE, dtype=WORD)
"""Place in a page -> the word with this bit alone."""

BELOW: Array = BIT - WORD.type(1)
"""Place in a page -> the word with all bits before it."""

_FULL = 2

_ONES = np.array([number.bit_count() for number in range(256)], np.uint8)


def of_documents(documents: Array, count: int) -> Array:
    """Return the set of some documents of a segment that has `count` of them."""
    flags = np.zeros(_words(count) << PAGE_BITS, bool)
    flags[documents] = True
    return of_flags(flags)


def of_flags(flags: Array) -> Array:
    """Return the set of the documents that are flagged."""
    packed = np.zeros(_words(len(flags)) * WORD.itemsize, np.uint8)
    used = np.packbits(flags, bitorder="little")
    packed[: len(used)] = used
    return packed.view(WORD)


def between(first: int, last: int, count: int) -> Array:
    """Return the set of the documents from `first` up to `last`."""
    members = np.zeros(_words(count), WORD)
    if first < last:
        begin, end = first >> PAGE_BITS, last >> PAGE_BITS
        members[begin:end] = _ALL
        if last & LOW:
            members[end] = BELOW[last & LOW]
        if first & LOW:
            members[begin] &= ~BELOW[first & LOW]
    return members


def documents_in(bits: Array, pages: Array | None = None) -> Array:
    """Return the documents of a set, ascending; only those in some pages (ascending), if given."""
    if pages is None:
        pages = bits.nonzero()[0]
        if _FULL * len(pages) > len(bits):  # then to choose pages takes longer than to see all
            every: Array = (
                np.unpackbits(bits.view(np.uint8), bitorder="little").view(bool).nonzero()[0]
            )
            return every
    cells = (
        np.unpackbits(bits.take(pages).view(np.uint8), bitorder="little").view(bool).nonzero()[0]
    )
    shifts = (pages - np.arange(len(pages))) << PAGE_BITS
    return cells + shifts.take(cells >> PAGE_BITS)


def flags(bits: Array, documents: Array) -> Array:
    """Flag those of some documents that are in a set."""
    words = bits.take(documents >> PAGE_BITS) & BIT.take(documents & LOW)
    return words.astype(bool)


def sizes(words: Array) -> Array:
    """Return how many bits each word has."""
    counts: Array = _ONES[words[..., None].view(np.uint8)].sum(axis=-1, dtype=np.uint8)
    return counts


if hasattr(np, "bitwise_count"):  # from numpy 2 on
    sizes = np.bitwise_count  # type: ignore[assignment]


def size(bits: Array) -> int:
    """Return how many documents a set has."""
    return int(np.add.reduce(sizes(bits)))


def _words(count: int) -> int:
    return (count + LOW) >> PAGE_BITS
