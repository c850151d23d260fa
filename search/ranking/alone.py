"""One decoded word, alone or within a time: its best documents are read off, and nothing is looked up.

Its documents stand in order, so a time is a part of them; and the best of all are in those pages that
have the greatest gains, as each page's greatest is that of a document in it.
"""

from bisect import bisect_left
from typing import NamedTuple

import numpy as np

from search.columnar.layout import Array
from search.query.nodes import Published
from search.query.plan import AllOf, Leaf, PlanNode
from search.ranking import bits
from search.ranking.gains import Gains
from search.ranking.matching import Matcher
from search.ranking.pruning import ROUNDING, first_of

_FEW = 256
"""So many documents are weighed sooner than their pages are chosen."""

_MOST, _MOST_PAGES = 4_096, 64

_DOWN = 1 - 4e-6
"""The greatest gain of a page is kept in 32 bits, and rounded up."""


class Alone(NamedTuple):
    """The documents of one leaf, from the place `low` up to `high` among them: all that match."""

    gains: Gains
    low: int
    high: int

    @property
    def size(self) -> int:
        """How many documents match."""
        return self.high - self.low

    def best(self, weight: float, needed: int, floor: float) -> list[tuple[float, int]]:
        """Return the scores and numbers of the best ones, first ones first; none below `floor`."""
        gains, low, high = self
        if float(gains.ranked[0]) * weight < floor - ROUNDING:
            return []
        if high - low > _FEW and high - low == len(gains.numbers):
            values, documents = self._promising(weight, needed, floor)
        else:
            values, documents = gains.values[low:high], gains.numbers[low:high]
        return first_of(values * weight, documents, needed, floor)

    def _promising(self, weight: float, needed: int, floor: float) -> tuple[Array, Array]:
        """Return the gains, and the documents, in those pages that may hold the best."""
        gains = self.gains
        pages, ranked = gains.pages, gains.ranked
        worst = float(ranked[needed - 1]) * weight if needed <= len(ranked) else 0.0
        least = (max(worst * _DOWN, floor) - ROUNDING) / weight
        chosen = (pages >= least * _DOWN).nonzero()[0]
        if len(chosen) > _MOST_PAGES:
            return gains.values, gains.numbers
        own = gains.documents
        starts, sizes = own.before.take(chosen).tolist(), bits.sizes(own.bits.take(chosen)).tolist()
        parts = [slice(at, at + size) for at, size in zip(starts, sizes, strict=True)] or [slice(0)]
        values, numbers = gains.values, gains.numbers
        return (
            np.concatenate([values[part] for part in parts]),
            np.concatenate([numbers[part] for part in parts]),
        )


def alone(root: PlanNode, leaf: Leaf, matcher: Matcher) -> Alone | None:
    """Return where a leaf is all that a plan asks for, but for a time; None where it is not decoded."""
    time: Published | None = None
    if root is not leaf:
        if type(root) is not AllOf or len(root.children) != 2:  # noqa: PLR2004
            return None
        other = root.children[root.children[0] is leaf]
        if type(other) is not Published or leaf not in root.children:
            return None
        time = other
    found = matcher.find(leaf)
    gains = found.decoded
    if gains is None or not found.exact or matcher.view.alive is not None:
        return None
    if time is None:
        return Alone(gains, 0, len(gains.numbers))
    first, last = matcher.span(time)
    numbers = memoryview(gains.numbers)  # type: ignore[arg-type]  # arrays are buffers
    low = bisect_left(numbers, first)
    high = max(low, bisect_left(numbers, last, low))
    return Alone(gains, low, high) if high - low <= _MOST else None
