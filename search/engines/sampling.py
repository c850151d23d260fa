"""Records -> the dictionary they are compressed with: the passages that the most of them share."""

from collections.abc import Iterable

import numpy as np

from search.columnar.layout import Array

DICTIONARY_SIZE = 32_000  # what deflate can look back is little more
_GRAM, _PASSAGE = 5, 32
_RARE = 3
_MIX, _HASH_BITS = np.uint64(0x9E3779B97F4A7C15), 21
_HEAD, _SAMPLED = 1_500, 2_500_000


def dictionary_of(records: Iterable[bytes]) -> bytes:
    """Draw a dictionary from the records; the same one every time."""
    heads = [record[:_HEAD] for record in records]
    step = max(1, -(-sum(map(len, heads)) // _SAMPLED))
    text = np.frombuffer(b"".join(heads[::step]), np.uint8)
    if len(text) <= DICTIONARY_SIZE:
        return text.tobytes()
    return _drawn(text, DICTIONARY_SIZE // _PASSAGE)


def _drawn(text: Array, count: int) -> bytes:
    """Cut the text into so many stretches, and take of each the passage of the commonest grams.

    A gram that was taken once counts no more. What is worth the most comes last: nearest to the record.
    """
    grams = np.zeros(len(text) - _GRAM + 1, np.uint64)
    for place in range(_GRAM):
        grams <<= np.uint64(8)
        grams |= text[place : place + len(grams)]
    # Grams are told apart by a hash, which is as good for this and takes no sorting.
    grams *= _MIX
    grams >>= np.uint64(64 - _HASH_BITS)
    numbers = grams.astype(np.int64)
    often = np.bincount(numbers, minlength=1 << _HASH_BITS)
    worth = np.where(often >= _RARE, often, 0)
    width = _PASSAGE - _GRAM + 1
    stretch = len(text) // count
    drawn: list[tuple[int, bytes]] = []
    for start in range(0, len(text) - stretch + 1, stretch):
        own = numbers[start : start + stretch]
        sums = np.concatenate([[0], np.cumsum(worth[own])])
        totals = sums[width:] - sums[:-width]
        if len(totals):
            best = int(totals.argmax())
            worth[own[best : best + width]] = 0
            place = start + best
            drawn.append((int(totals[best]), text[place : place + _PASSAGE].tobytes()))
    drawn.sort()
    return b"".join(passage for _, passage in drawn)[-DICTIONARY_SIZE:]
