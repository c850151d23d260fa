"""NEAR and BEFORE as a leaf: what stands at most so far from something else, in one field."""

import numpy as np

from search.columnar.layout import Array
from search.query.plan import Near
from search.ranking.batch import Batch
from search.ranking.leaves import Found, Standing, none_of, number_of
from search.ranking.phrases import elements, followed, starts
from search.ranking.view import View


class Neighbours(Found):
    """NEAR and BEFORE: there, or not there."""

    exact = False
    tight = False

    def __init__(self, view: View, leaf: Near) -> None:
        sides = [
            [(parts, phrase.width) for phrase in side if (parts := elements(phrase.pieces, view))]
            for side in (leaf.left, leaf.right)
        ]
        members = [
            np.bitwise_or.reduce([Standing(view, parts, None).members() for parts, _ in side])
            for side in sides
            if side
        ]
        super().__init__(view, members[0] & members[1] if all(sides) else none_of(view))
        self._leaf = leaf
        self._sides = sides
        self._field = number_of(leaf.field)

    def at_most(self, batch: Batch) -> Array:
        """Return one where all of them are."""
        return batch.flags(self._members).astype(float)

    def frequencies(self, batch: Batch) -> Array:
        """Return one where they are near."""
        return self.holds(batch).astype(float)

    def holds(self, batch: Batch) -> Array:
        """Flag those in which they are near, by their positions."""
        found = np.zeros(len(batch), bool)
        lefts, rights = [
            [(starts(parts, batch), width) for parts, width in side] for side in self._sides
        ]
        ways = [(lefts, rights)] if self._leaf.ordered else [(lefts, rights), (rights, lefts)]
        for before, after in ways:
            for keys, width in before:
                for others, _ in after:
                    found |= self._met(keys, width, others, batch)
        return found

    def _met(self, keys: Array, width: int, others: Array, batch: Batch) -> Array:
        leaf = self._leaf
        near = followed(keys, width, others, batch, leaf.distance, ordered=leaf.ordered)
        return batch.holding(near, self._field)
