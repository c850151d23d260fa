"""A segment as one search sees it: its arrays, which documents are left, what they count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from search.columnar.impacts import Norms
from search.columnar.layout import Array
from search.columnar.segment import Segment


@dataclass(slots=True)
class View:
    """`alive` flags the documents that are not deleted, None where all are. `by_source` and `by_tag`
    give the documents of a source or tag, ascending. Arrays are made when first needed, and kept.
    """  # noqa: D205

    segment: Segment
    ids: Sequence[bytes]
    alive: Array | None
    by_source: Callable[[str], Array]
    by_tag: Callable[[str], Array]
    _per_token: Array | None = None
    _per_token_norms: Norms | None = None
    _recency: dict[tuple[int, float, float], Array] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Documents in the segment, deleted ones included."""
        return self.segment.count

    def live(self, documents: Array) -> Array:
        """Return those of the documents that are not deleted."""
        return documents if self.alive is None else documents[self.alive[documents]]

    def per_token(self, norms: Norms) -> Array:
        """Return (documents x fields) what one token counts."""
        if self._per_token is None or self._per_token_norms != norms:
            self._per_token = norms.per_token(self.segment.lengths)
            self._per_token_norms = norms
        return self._per_token

    def recency(self, newest: int, share: float, half_life: float) -> Array:
        """Return for each document what its score is multiplied by.

        1 + share * 2 ^ (-age / half_life),  age in days before the newest document of the index
        """
        key = newest, share, half_life
        known = self._recency.get(key)
        if known is None:
            days = np.maximum(newest - self.segment.dates, 0) / 86_400.0
            known = self._recency[key] = 1.0 + share * np.exp2(-days / half_life)
        return known
