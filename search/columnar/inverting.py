"""Tokens -> postings: one sort, then differences.

A token is one 64-bit key, so that sorting numbers sorts tokens:

    bits 63-44 group (its rank in the sorted dictionary, or in the part of it at hand)
    bits 43-28 document
    bits 27-8  position
    bits  7-0  form
"""

from dataclasses import dataclass

import numpy as np

from search.columnar.layout import Array

GROUP_SHIFT, DOCUMENT_SHIFT, POSITION_SHIFT = 44, 28, 8
MAX_GROUPS, MAX_DOCUMENTS, MAX_POSITION = 1 << 20, 1 << 16, (1 << 20) - 1
FIELDS = 4
_COUNT_BITS = 16
MAX_COUNT = (1 << _COUNT_BITS) - 1


@dataclass(frozen=True, slots=True)
class Postings:
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


def keys_of(groups: Array, documents: Array, positions: Array, forms: Array) -> Array:
    """Pack tokens into keys."""
    keys = groups.astype(np.uint64)
    keys <<= np.uint64(GROUP_SHIFT - DOCUMENT_SHIFT)
    keys |= documents.astype(np.uint64)
    keys <<= np.uint64(DOCUMENT_SHIFT - POSITION_SHIFT)
    keys |= positions.astype(np.uint64)
    keys <<= np.uint64(POSITION_SHIFT)
    keys |= forms.astype(np.uint64)
    return keys


def invert(keys: Array, group_count: int, field_starts: Array) -> Postings:
    """Sort the keys in place and take them apart.

    `field_starts` (documents x 4) says at which position each field of a document begins.
    """
    keys.sort()
    keys, in_posting, starts = _without_excess(keys)
    heads = in_posting[starts]
    documents = (heads & np.uint64(MAX_DOCUMENTS - 1)).astype(np.uint16)
    groups = (heads >> np.uint64(GROUP_SHIFT - DOCUMENT_SHIFT)).astype(np.int64)
    positions = ((keys >> np.uint64(POSITION_SHIFT)) & np.uint64(MAX_POSITION)).astype(np.uint32)
    group_starts = np.searchsorted(groups, np.arange(group_count + 1))
    return Postings(
        group_starts,
        documents,
        _field_counts(in_posting, positions, starts, field_starts),
        np.append(starts, len(keys))[group_starts],
        positions,
        keys.astype(np.uint8),
    )


def _without_excess(keys: Array) -> tuple[Array, Array, Array]:
    """Return the keys, the posting of each, and where each posting begins.

    Of a posting with more tokens than its counts can hold the last ones are left out: they could only
    be told from those before by a phrase that stands nowhere else in the document.
    """
    in_posting = keys >> np.uint64(DOCUMENT_SHIFT)
    first = np.empty(len(keys), bool)
    first[:1] = True
    np.not_equal(in_posting[1:], in_posting[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    sizes = np.diff(starts, append=len(keys))
    if not len(sizes) or sizes.max() <= MAX_COUNT:
        return keys, in_posting, starts
    place = np.arange(len(keys)) - np.repeat(starts, sizes)
    return _without_excess(keys[place < MAX_COUNT])


def _field_counts(in_posting: Array, positions: Array, starts: Array, field_starts: Array) -> Array:
    if not len(starts):
        return np.zeros(0, np.uint64)
    documents = (in_posting & np.uint64(MAX_DOCUMENTS - 1)).astype(np.intp)
    field = np.zeros(len(positions), np.uint64)
    for number in range(1, FIELDS):
        field += positions >= field_starts[documents, number]
    one = np.uint64(1) << (field * np.uint64(_COUNT_BITS))
    return np.add.reduceat(one, starts)


def unpacked(counts: Array) -> Array:
    """Return (n x 4) counts by field."""
    shifts = np.arange(FIELDS, dtype=np.uint64) * np.uint64(_COUNT_BITS)
    return ((counts[:, None] >> shifts) & np.uint64((1 << _COUNT_BITS) - 1)).astype(np.uint32)
