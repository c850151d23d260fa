"""What documents are filtered and sorted by (id, source, tags, url, path, date): terms and columns."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
from whoosh import columns

from search.codec.postings import Postings
from search.columnar.layout import Array
from search.schema import UNDATED

_YEAR_ONE = 62_135_596_800  # seconds from the first of January of the year 1 until 1970
_MICROSECONDS = 1_000_000
_SIGN = 1 << 63
_LARGEST = 2 * _SIGN - 1
_SHIFTS = range(0, 64, 8)


class FieldTerms(Protocol):
    """The terms of one field of one segment."""

    def between(self, start: bytes, stop: bytes) -> Iterator[bytes]:
        """Yield the terms from `start` up to and without `stop`, ascending."""
        ...

    def postings(self, term: bytes) -> Postings | None:
        """Return where a term stands, or None where it does not."""
        ...

    def filled(self) -> Array:
        """Return the documents that have any term, ascending."""
        ...


class Keywords:
    """Terms that are there or not; `gather` yields (term, document) pairs, when first asked."""

    def __init__(self, gather: Callable[[], Iterable[tuple[bytes, int]]]) -> None:
        self._gather = gather

    def between(self, start: bytes, stop: bytes) -> Iterator[bytes]:
        """Yield the terms from `start` up to and without `stop`."""
        yield from _between(self._terms, start, stop)

    def postings(self, term: bytes) -> Postings | None:
        """Return the documents of a term."""
        documents = self._documents.get(term)
        return None if documents is None else _once(np.unique(documents))

    def filled(self) -> Array:
        """Return the documents that have any term."""
        own = self._documents.values()
        return np.unique([document for documents in own for document in documents]).astype(np.intp)

    @cached_property
    def _documents(self) -> dict[bytes, list[int]]:
        documents: dict[bytes, list[int]] = {}
        for term, document in self._gather():
            if term:  # an empty field has no term
                documents.setdefault(term, []).append(document)
        return documents

    @cached_property
    def _terms(self) -> list[bytes]:
        return sorted(self._documents)


class Ids:
    """The ids, of which each is that of one document, not counting deleted ones; `find` looks it up."""

    def __init__(self, ids: Sequence[bytes], find: Callable[[str], int | None]) -> None:
        self._ids = ids
        self._find = find

    def between(self, start: bytes, stop: bytes) -> Iterator[bytes]:
        """Yield the ids from `start` up to and without `stop`."""
        yield from _between(sorted(set(self._ids)), start, stop)

    def postings(self, term: bytes) -> Postings | None:
        """Return the document with this id."""
        document = self._find(term.decode("utf-8", "surrogateescape"))
        return None if document is None else _once(np.array([document]))

    def filled(self) -> Array:
        """Return all documents."""
        return np.arange(len(self._ids))


class Moments:
    """Dates as Whoosh's DATETIME writes them: eight tiers of terms, each with fewer bits of the date.

    Documents lie in order of time, so every term is a range of them, and none has to be stored.
    """

    def __init__(self, dates: Array) -> None:
        self._undated = int(np.searchsorted(dates, UNDATED + 1))
        micros = (dates[self._undated :] + _YEAR_ONE) * _MICROSECONDS
        self._sortable = micros.astype(np.uint64) + np.uint64(_SIGN)
        self._tiers: dict[int, tuple[Array, Array]] = {}

    def between(self, start: bytes, stop: bytes) -> Iterator[bytes]:
        """Yield the terms, tier by tier, from `start` up to and without `stop`."""
        for shift in _SHIFTS:
            tier = bytes([shift])
            if tier >= start[:1] and tier <= stop[:1]:
                values, _ = self._tier(shift)
                first = _number(start[1:]) if tier == start[:1] else 0
                for value in values[np.searchsorted(values, np.uint64(first)) :].tolist():
                    term = tier + value.to_bytes(8, "big")
                    if term >= stop:
                        return
                    if term >= start:
                        yield term

    def postings(self, term: bytes) -> Postings | None:
        """Return the documents of a tier's date."""
        if len(term) != 1 + 8 or term[0] not in _SHIFTS:
            return None
        values, starts = self._tier(term[0])
        value = np.uint64(_number(term[1:]))
        at = int(np.searchsorted(values, value))
        if at == len(values) or values[at] != value:
            return None
        return _once(np.arange(self._undated + starts[at], self._undated + starts[at + 1]))

    def filled(self) -> Array:
        """Return the documents whose date is known."""
        return np.arange(self._undated, self._undated + len(self._sortable))

    def range_of(self, first: int, last: int) -> Array:
        """Return the documents from one sortable number up to and with another."""
        start = np.searchsorted(self._sortable, _unsigned(first))
        stop = np.searchsorted(self._sortable, _unsigned(last), "right")
        return np.arange(self._undated + start, self._undated + max(start, stop))

    def _tier(self, shift: int) -> tuple[Array, Array]:
        """Return the distinct values of a tier, ascending, and where the documents of each begin."""
        known = self._tiers.get(shift)
        if known is None:
            values, starts = np.unique(self._sortable >> np.uint64(shift), return_index=True)
            known = self._tiers[shift] = values, np.append(starts, len(self._sortable))
        return known


def _unsigned(number: int) -> "np.uint64":
    return np.uint64(min(max(number, 0), _LARGEST))


def _number(start: bytes) -> int:
    return int.from_bytes(start[:8].ljust(8, b"\0"), "big")


class Values(columns.ColumnReader):  # type: ignore[misc]  # Whoosh has no types
    """A column of bytes, read by a function of the document."""

    def __init__(self, value: Callable[[int], bytes], count: int) -> None:
        self._value = value
        self._doccount = count

    def __getitem__(self, docnum: int) -> bytes:
        return self._value(docnum)


class MomentColumn(columns.ColumnReader):  # type: ignore[misc]
    """The column of dates: microseconds since the year 1, `unknown` for no date."""

    def __init__(self, dates: Array, unknown: int) -> None:
        self._dates = memoryview(dates)  # type: ignore[arg-type]  # arrays are buffers
        self._unknown = unknown
        self._doccount = len(dates)
        self._sign = 1

    def __getitem__(self, docnum: int) -> int:
        date = self._dates[docnum]
        return self._unknown if date == UNDATED else (date + _YEAR_ONE) * _MICROSECONDS

    def sort_key(self, docnum: int) -> int:
        """Return what to sort by; who has no date comes last in either order."""
        value = self[docnum]
        return value if value == self._unknown else self._sign * value

    def set_reverse(self) -> None:
        """Sort the newest first."""
        self._sign = -1


def _between(terms: list[bytes], start: bytes, stop: bytes) -> list[bytes]:
    return terms[bisect_left(terms, start) : bisect_left(terms, stop)]


def _once(documents: Array) -> Postings:
    return Postings(documents.astype(np.int32), np.ones(len(documents), np.float32))
