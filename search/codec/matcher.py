"""Postings -> a Whoosh matcher: it walks along arrays, and finds positions when they are asked for."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

import numpy as np
from whoosh.matching import LeafMatcher, ReadTooFar
from whoosh.query import QueryError

from search.codec.postings import Postings
from search.columnar.layout import Array

_BLOCK = 128
"""Postings that are skipped together, when none of them can reach the score that is needed."""


class ColumnarMatcher(LeafMatcher):  # type: ignore[misc]  # Whoosh has no types
    """Walks along the documents of a term that are not deleted.

    What it gives out are Python's own numbers: Whoosh negates documents, which wraps in an unsigned
    array. `lengths` are those of all documents of the segment in this field, None where it has none.
    """

    def __init__(  # noqa: PLR0913  # what Whoosh knows of a term
        self,
        postings: Postings,
        chosen: Array,
        lengths: Array | None,
        format_: Any,  # noqa: ANN401
        term: tuple[str, bytes],
        scorer: Any = None,  # noqa: ANN401
    ) -> None:
        self.format = format_
        self.scorer = scorer
        self._term = term
        self._postings = postings
        self._documents = postings.documents[chosen]
        self._frequencies = postings.frequencies[chosen]
        self._lengths = lengths
        # Items of a memoryview come out as Python's numbers.
        self._ids = memoryview(np.ascontiguousarray(self._documents))  # type: ignore[arg-type]
        self._weights = memoryview(np.ascontiguousarray(self._frequencies, np.float64))  # type: ignore[arg-type]
        self._bounds: tuple[list[float], list[int]] | None = None
        self._at = 0

    def copy(self) -> "ColumnarMatcher":
        """Return a matcher at the same place, which moves by itself."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def is_active(self) -> bool:
        """Say whether there is a current document."""
        return self._at < len(self._ids)

    def reset(self) -> None:
        """Go back to the first document."""
        self._at = 0

    def id(self) -> int:
        """Return the current document."""
        return self._ids[self._at]

    def all_ids(self) -> Iterator[int]:
        """Yield all documents from the current one on."""
        return iter(self._ids[self._at :])

    def next(self) -> bool:
        """Move on by one document; say whether another block begins."""
        if not self.is_active():
            raise ReadTooFar
        self._at += 1
        return self._at % _BLOCK == 0

    def skip_to(self, id: int) -> bool:  # noqa: A002  # Whoosh's name
        """Move to the first document that is not below `id`; say whether it is in another block."""
        if not self.is_active():
            raise ReadTooFar
        before = self._at
        self._at = bisect_left(self._ids, id, before)
        return self._at // _BLOCK != before // _BLOCK

    def weight(self) -> float:
        """Return how often the term stands in the current document."""
        return self._weights[self._at]

    def supports(self, astype: str) -> bool:
        """Say whether `value_as` knows this kind."""
        if astype.startswith("position") and self._postings.locate is None:
            return False
        return bool(super().supports(astype))

    def value(self) -> bytes:
        """Return the current posting as Whoosh's format encodes it."""
        if self.format.supports("positions"):
            return self.format.encode(self._positions())
        if self.format.fixed_value_size():
            return int(self.weight()).to_bytes(4, "big")
        return b""

    def value_as(self, astype: str) -> Any:  # noqa: ANN401
        """Return the weight, frequency, positions or position_boosts of the current posting."""
        if astype == "positions":
            return self._positions()
        if astype == "position_boosts":
            return [(position, 1) for position in self._positions()]
        if astype in ("weight", "frequency"):
            return self.weight() if astype == "weight" else int(self.weight())
        return super().value_as(astype)

    def spans(self) -> Any:  # noqa: ANN401
        """Return the current positions as Whoosh's spans."""
        self._require_positions()
        return super().spans()

    def items_as(self, astype: str) -> Iterator[tuple[int, Any]]:
        """Yield (document, value) from the current document on, and move along."""
        while self.is_active():
            yield self.id(), self.value_as(astype)
            self.next()

    def skip_to_quality(self, minquality: float) -> int:
        """Move to the first block that may hold a better score; return how many were skipped."""
        skipped = 0
        while self.is_active() and self.block_quality() <= minquality:
            self._at = (self._at // _BLOCK + 1) * _BLOCK
            skipped += 1
        return skipped

    def block_min_id(self) -> int:
        """Return the first document of the current block."""
        return self._ids[self._at // _BLOCK * _BLOCK]

    def block_max_id(self) -> int:
        """Return the last document of the current block."""
        return self._ids[min((self._at // _BLOCK + 1) * _BLOCK, len(self._ids)) - 1]

    def block_max_weight(self) -> float:
        """Return the largest weight in the current block."""
        return self._block_bounds()[0][self._at // _BLOCK]

    def block_min_length(self) -> int:
        """Return the shortest field in the current block."""
        return self._block_bounds()[1][self._at // _BLOCK]

    def block_max_length(self) -> int:
        """Return the longest field of all the term's documents: a bound, for no block is that exact."""
        return 1 if self._lengths is None else int(self._lengths[self._documents].max())

    def _block_bounds(self) -> tuple[list[float], list[int]]:
        if self._bounds is None:
            starts = np.arange(0, len(self._documents), _BLOCK)
            lengths = (
                np.ones(len(self._documents), np.int64)
                if self._lengths is None
                else self._lengths[self._documents]
            )
            self._bounds = (
                np.maximum.reduceat(self._frequencies, starts).tolist(),
                np.minimum.reduceat(lengths, starts).tolist(),
            )
        return self._bounds

    def _positions(self) -> list[int]:
        self._require_positions()
        return self._postings.positions(self.id())

    def _require_positions(self) -> None:
        if self._postings.locate is None:
            raise QueryError(
                f"The term {self._term[1].decode()!r} has no positions;"
                f" in phrases and spans use the pairs of its characters."
            )
