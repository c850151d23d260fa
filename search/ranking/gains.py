"""What a leaf adds to the score of each document that holds it: decoded once, and kept.

A gain is T / (k1 + T), times what the document gains by being new, before it is weighed. To get it, a
search reads counts, and for words with inflections each token, of every document that it looks at. Of
a leaf that is asked for again this is done for all of its documents, once; from then on a search takes
gains as they are.
"""

from collections.abc import Callable, Sequence

import numpy as np

from search.columnar.layout import Array
from search.columnar.pages import PAGE_BITS
from search.ranking import bits
from search.ranking.batch import Batch
from search.ranking.postings import DocumentList, PostingList
from search.ranking.view import View

_AT_ONCE = 4_096
"""Of so many documents counts and tokens are read at a time."""

_BYTES_A_DOCUMENT, _BYTES_A_PAGE = 11, 18

HIGHEST = 255
"""What stands for a gain of one among ceilings, which are kept in a byte."""

_UP = 1 + 1e-6
"""Bounds are kept in 32 bits: rounded, they must not become smaller than what they bound."""


class Gains:
    """The gains of one leaf: `values` for each document of `documents`, `pages` the greatest by page.

    `numbers` are its documents one by one; `ranked` is what `pages` says, the greatest first.
    """

    __slots__ = ("documents", "numbers", "pages", "ranked", "values")

    def __init__(
        self, documents: DocumentList, numbers: Array, values: Array, pages: Array
    ) -> None:
        self.documents = documents
        self.numbers = numbers.astype(np.uint16)
        self.values = values
        self.pages = pages
        self.ranked = np.sort(pages)[::-1]

    @property
    def nbytes(self) -> int:
        """The bytes of all but the list, which is not only theirs."""
        own = (self.numbers, self.values, self.pages, self.ranked)
        return sum(array.nbytes for array in own)

    def of(self, batch: Batch) -> Array:
        """Return the gain of each document of a batch, 0 where the leaf is not."""
        return batch.taken(self.values, self.documents)


def fit(documents: int, view: View) -> bool:
    """Say whether the gains of so many documents may be kept."""
    return view.has_room(_BYTES_A_DOCUMENT * documents + _BYTES_A_PAGE * view.page_count)


def of_list(
    postings: PostingList,
    frequencies: Callable[[Batch], Array],
    view: View,
    *,
    with_ceilings: bool,
) -> Gains:
    """Decode a leaf that is one posting list, by what gives T in a batch; its ceilings on the way."""
    documents = bits.documents_in(postings.bits)
    batches = _batches(documents, view)
    values = np.concatenate([frequencies(batch) for batch in batches])
    if with_ceilings and postings.ceilings is None:
        _bound(postings, batches, view)
    return _gains(postings, documents, values, view)


def bound(postings: PostingList, view: View) -> None:
    """Decode the ceilings of a list, which bound all that it is a part of."""
    if postings.ceilings is None and view.has_room(postings.size):
        _bound(postings, _batches(bits.documents_in(postings.bits), view), view)


def _bound(postings: PostingList, batches: Sequence[Batch], view: View) -> None:
    loose = np.concatenate([batch.frequencies(postings, None) for batch in batches])
    ceilings = np.ceil(_saturated(loose, view.profile.k1) * HIGHEST).astype(np.uint8)
    view.kept_with(ceilings.nbytes)
    postings.ceilings = ceilings


def of_found(
    candidates: Array,
    holds: Callable[[Batch], Array],
    frequencies: Callable[[Batch], Array],
    view: View,
) -> Gains:
    """Decode a leaf that must be looked for in a set of documents."""
    found, values = [], []
    looked_at = bits.documents_in(candidates)
    for batch in _batches(looked_at, view):
        flags = holds(batch)
        found.append(batch.documents[flags])
        values.append(frequencies(batch)[flags])
    documents = np.concatenate([looked_at[:0], *found])
    own = DocumentList(
        bits.of_documents(documents, view.count), documents.searchsorted(view.page_starts)
    )
    view.kept_with(own.nbytes)
    return _gains(own, documents, np.concatenate([np.zeros(0), *values]), view)


def _batches(documents: Array, view: View) -> list[Batch]:
    return [Batch(view, documents[at : at + _AT_ONCE]) for at in range(0, len(documents), _AT_ONCE)]


def _gains(own: DocumentList, documents: Array, frequencies: Array, view: View) -> Gains:
    values = _saturated(frequencies, view.profile.k1)
    if view.recency is not None:
        values *= view.recency.documents.take(documents)
    pages = np.zeros(view.page_count, np.float32)
    if len(documents):
        numbers = documents >> PAGE_BITS
        heads = np.flatnonzero(np.diff(numbers, prepend=-1))
        pages[numbers[heads]] = np.maximum.reduceat(values, heads) * _UP
    found = Gains(own, documents, values, pages)
    view.kept_with(found.nbytes)
    return found


def least(arrays: Sequence[Array]) -> Array:
    """Return the least of several arrays, element by element."""
    found = arrays[0]
    for other in arrays[1:]:
        found = np.minimum(found, other)
    return found


def _saturated(frequencies: Array, k1: float) -> Array:
    return frequencies / (frequencies + k1)
