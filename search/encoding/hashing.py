"""Keys of 128 bits -> their numbers: a hash table in arrays, asked for thousands of keys at once."""

import numpy as np

from search.columnar.layout import Array

KEY_BYTES = 16
_HALF = KEY_BYTES // 2
_MIX_LOW, _MIX_HIGH = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_FIRST_BITS = 16
_MOST_COPIED = 1 << 22
_SIZES = range(KEY_BYTES + 1)
_LOW_MASKS = np.array([(1 << 8 * min(size, _HALF)) - 1 for size in _SIZES], np.uint64)
_HIGH_MASKS = np.array([(1 << 8 * max(size - _HALF, 0)) - 1 for size in _SIZES], np.uint64)


def keys_at(data: Array, starts: Array, sizes: Array) -> tuple[Array, Array]:
    """Return what stands at these places of an array of bytes as keys, as two halves.

    Keys of places with more bytes than a key holds are 0, 0. KEY_BYTES must follow on the last start.
    """
    words = np.ndarray((len(data) - _HALF + 1,), "<u8", buffer=data, strides=(1,))
    if len(data) <= _MOST_COPIED:
        # Aligned, so that taking is quicker, and eight times as long as the data.
        words = words.copy()
    low = words.take(starts)
    high = words.take(starts + _HALF)
    kept = np.where(sizes > KEY_BYTES, 0, sizes)
    low &= _LOW_MASKS.take(kept)
    high &= _HIGH_MASKS.take(kept)
    return low, high


class KeyTable:
    """Numbers of keys, each key two words of 64 bits; the key 0, 0 has the number 0.

    Numbers are given by the caller, from 1. Open addressing: a key stands in the first free slot of
    those 0, 1, 3, 6, 10 ... after the one it hashes to, and at most half of the slots are taken. Keys
    with small numbers come to stand where they hash to, so let those be the frequent ones.
    """

    def __init__(self) -> None:
        self._bits = _FIRST_BITS
        self._slots = np.zeros(1 << self._bits, np.uint32)
        self._low = np.zeros(1 << self._bits, np.uint64)  # by number
        self._high = np.zeros(1 << self._bits, np.uint64)
        self._taken = 0

    def find(self, low: Array, high: Array) -> Array:
        """Return the number of each key, 0 where it is not in the table."""
        at = self._hashed(low, high)
        numbers = self._slots.take(at)
        wrong = np.flatnonzero(self._differ(numbers, low, high))
        waiting = wrong[numbers[wrong] != 0]
        numbers[wrong] = 0
        low, high, at = low[waiting], high[waiting], at[waiting]
        step = 0
        while len(waiting):
            step += 1
            at = (at + step) & (len(self._slots) - 1)
            found = self._slots.take(at)
            differ = self._differ(found, low, high)
            numbers[waiting] = np.where(differ, 0, found)
            more = np.flatnonzero(differ & (found != 0))
            waiting, at, low, high = waiting[more], at[more], low[more], high[more]
        return numbers

    def _differ(self, numbers: Array, low: Array, high: Array) -> Array:
        by_number = numbers.astype(np.intp)
        differ = self._low.take(by_number) != low
        differ |= self._high.take(by_number) != high
        return differ

    def add(self, low: Array, high: Array, numbers: Array) -> None:
        """Add keys that are all new and distinct, with their numbers in ascending order."""
        if not len(numbers):
            return
        largest = int(numbers[-1])
        if largest >= len(self._low):
            size = max(largest + 1, len(self._low) * 3 // 2)
            self._low, self._high = _grown(self._low, size), _grown(self._high, size)
        self._low[numbers], self._high[numbers] = low, high
        self._taken += len(numbers)
        if 2 * self._taken > len(self._slots):
            numbers = np.concatenate([np.sort(self._slots[self._slots != 0]), numbers])
            self._bits = (2 * self._taken).bit_length()
            self._slots = np.zeros(1 << self._bits, np.uint32)
        self._place(numbers[::-1].astype(np.uint32))

    def only(self, numbers: Array) -> "KeyTable":
        """Return a table of the keys with these numbers, ascending from 0, which are numbered anew."""
        table = KeyTable()
        held = np.flatnonzero(numbers < len(self._low))
        low, high = self._low[numbers[held]], self._high[numbers[held]]
        keyed = np.flatnonzero(low)
        table.add(low[keyed], high[keyed], held[keyed])
        return table

    def _place(self, numbers: Array) -> None:
        at = self._hashed(self._low[numbers], self._high[numbers])
        step = 0
        while len(numbers):
            step += 1
            free = self._slots[at] == 0
            self._slots[at[free]] = numbers[free]  # of several for one slot the last wins
            left = self._slots[at] != numbers
            numbers, at = numbers[left], (at[left] + step) & (len(self._slots) - 1)

    def _hashed(self, low: Array, high: Array) -> Array:
        mixed = high * _MIX_HIGH
        mixed ^= low
        mixed *= _MIX_LOW
        mixed >>= np.uint64(64 - self._bits)
        return mixed.view(np.int64)


def _grown(numbers: Array, size: int) -> Array:
    grown = np.zeros(size, numbers.dtype)
    grown[: len(numbers)] = numbers
    return grown
