"""Tokens -> postings: one sort, then differences.

A token is one 64-bit key, so that sorting numbers sorts tokens:

    bits 63-44 group (its rank in the sorted dictionary, or in the part of it at hand)
    bits 43-28 document
    bits 27-8  position
    bits  7-0  form

The lower 44 bits are its place.
"""

from typing import NamedTuple

import numpy as np

from search.columnar.layout import Array

GROUP_SHIFT, DOCUMENT_SHIFT, POSITION_SHIFT = 44, 28, 8
MAX_GROUPS, MAX_DOCUMENTS, MAX_POSITION = 1 << 20, 1 << 16, (1 << 20) - 1
PLACE = np.uint64((1 << GROUP_SHIFT) - 1)
FIELD_COUNT = 4
COUNT_BITS = 16
MAX_COUNT = (1 << COUNT_BITS) - 1
_TOKENS_AT_ONCE = 1 << 18


class Postings(NamedTuple):
    """Postings of consecutive groups, in the order of groups and, within one, of documents.

    `group_starts` (groups + 1) cuts the arrays by posting; `position_starts` (groups + 1) cuts the
    tokens. `counts` packs the tokens of a posting in each of the four fields, 16 bits each.
    """

    group_starts: Array
    documents: Array
    counts: Array
    position_starts: Array
    positions: Array
    forms: Array


def places_of(documents: Array, positions: Array, forms: Array) -> Array:
    """Pack where tokens stand, and as which form."""
    places = documents.astype(np.uint64)
    places <<= np.uint64(DOCUMENT_SHIFT - POSITION_SHIFT)
    places |= positions.astype(np.uint64)
    places <<= np.uint64(POSITION_SHIFT)
    places |= forms.astype(np.uint64)
    return places


def keys_of(groups: Array, places: Array) -> Array:
    """Put the groups of tokens above their places."""
    keys = groups.astype(np.uint64)
    keys <<= np.uint64(GROUP_SHIFT)
    keys |= places
    return keys


def invert(keys: Array, group_count: int, field_starts: Array) -> Postings:
    """Take sorted keys apart.

    `field_starts` (documents x 4) says at which position each field of a document begins.
    """
    keys, starts = _without_excess(keys)
    heads = keys[starts] >> np.uint64(DOCUMENT_SHIFT)
    documents = (heads & np.uint64(MAX_DOCUMENTS - 1)).astype(np.uint16)
    groups = (heads >> np.uint64(GROUP_SHIFT - DOCUMENT_SHIFT)).astype(np.int64)
    group_starts = np.searchsorted(groups, np.arange(group_count + 1))
    position_starts = np.append(starts, len(keys))[group_starts]
    positions, ones = _positions_and_fields(keys, field_starts)
    counts = np.add.reduceat(ones, starts) if len(starts) else np.zeros(0, np.uint64)
    return Postings(
        group_starts, documents, counts, position_starts, positions, keys.astype(np.uint8)
    )


def _without_excess(keys: Array) -> tuple[Array, Array]:
    """Return the keys, and where each posting begins.

    Of a posting with more tokens than its counts can hold the last ones are left out: they could only
    be told from those before by a phrase that stands nowhere else in the document.
    """
    first = np.empty(len(keys), bool)
    first[:1] = True
    # Keys that differ in a bit above the position belong to different postings.
    np.greater_equal(keys[1:] ^ keys[:-1], np.uint64(1 << DOCUMENT_SHIFT), out=first[1:])
    starts = np.flatnonzero(first)
    sizes = np.diff(starts, append=len(keys))
    if not len(sizes) or sizes.max() <= MAX_COUNT:
        return keys, starts
    place = np.arange(len(keys)) - np.repeat(starts, sizes)
    return _without_excess(keys[place < MAX_COUNT])


def _positions_and_fields(keys: Array, field_starts: Array) -> tuple[Array, Array]:
    """Return the position of each token, and a one at the place of its field in packed counts."""
    positions = np.empty(len(keys), np.uint32)
    ones = np.empty(len(keys), np.uint64)
    begins = [np.ascontiguousarray(field_starts[:, n], np.uint32) for n in range(1, FIELD_COUNT)]
    for start in range(0, len(keys), _TOKENS_AT_ONCE):
        piece = slice(start, start + _TOKENS_AT_ONCE)
        own = (keys[piece] >> np.uint64(POSITION_SHIFT)).astype(np.uint32)
        own &= np.uint32(MAX_POSITION)
        documents = (keys[piece] >> np.uint64(DOCUMENT_SHIFT)).astype(np.uint16)
        shift = np.zeros(len(own), np.uint64)
        for begin in begins:
            shift += own >= begin[documents]
        shift *= np.uint64(COUNT_BITS)
        positions[piece] = own
        np.left_shift(np.uint64(1), shift, out=ones[piece])
    return positions, ones


def unpacked(counts: Array) -> Array:
    """Return (n x 4) counts by field."""
    shifts = np.arange(FIELD_COUNT, dtype=np.uint64) * np.uint64(COUNT_BITS)
    return ((counts[:, None] >> shifts) & np.uint64((1 << COUNT_BITS) - 1)).astype(np.uint32)
