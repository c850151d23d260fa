"""Postings -> a Whoosh matcher: it walks along arrays, and finds positions when they are asked for."""

from bisect import bisect_left
from collections.abc import Iterator
from math import inf
from typing import Any

from whoosh.matching import LeafMatcher, ReadTooFar
from whoosh.query import QueryError

from search.codec.postings import Postings
from search.columnar.layout import Array


class ColumnarMatcher(LeafMatcher):  # type: ignore[misc]  # Whoosh has no types
    """Walks along the documents of a term that are not deleted.

    What it gives out are Python's own numbers: Whoosh negates documents, which wraps in an unsigned
    array.
    """

    def __init__(
        self,
        postings: Postings,
        chosen: Array,
        format_: Any,  # noqa: ANN401
        term: tuple[str, bytes],
        scorer: Any = None,  # noqa: ANN401
    ) -> None:
        self.format = format_
        self.scorer = scorer
        self._term = term
        self._postings = postings
        # Items of a memoryview come out as Python's numbers.
        self._ids = memoryview(postings.documents[chosen])  # type: ignore[arg-type]
        self._weights = memoryview(postings.frequencies[chosen])  # type: ignore[arg-type]
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
        """Move on by one document; there are no blocks, so none begins."""
        if not self.is_active():
            raise ReadTooFar
        self._at += 1
        return False

    def skip_to(self, id: int) -> bool:  # noqa: A002  # Whoosh's name
        """Move to the first document that is not below `id`."""
        if not self.is_active():
            raise ReadTooFar
        self._at = bisect_left(self._ids, id, self._at)
        return False

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

    def supports_block_quality(self) -> bool:
        """Say that nothing is skipped by score: with boosts and filters Whoosh skips wrong ones."""
        return False

    def max_quality(self) -> float:
        """Return a bound that leaves nothing out."""
        return inf

    def _positions(self) -> list[int]:
        self._require_positions()
        return self._postings.positions(self.id())

    def _require_positions(self) -> None:
        if self._postings.locate is None:
            raise QueryError(
                f"The term {self._term[1].decode()!r} has no positions;"
                f" in phrases and spans use the pairs of its characters."
            )
