"""A plan and one segment -> the documents that match: sets first, then what sets cannot tell.

A set holds every document that may match. Where it may hold others as well (phrases must be looked
for, most of a long query must be summed up) `flags` tells, for the few documents that are asked about.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np

from search.columnar.layout import Array
from search.query.nodes import Everything, Published, SourceIs, TagIs
from search.query.plan import AllOf, AnyOf, Leaf, MostOf, NoneOf, PlanNode
from search.ranking import bits
from search.ranking.batch import Batch
from search.ranking.finding import find
from search.ranking.leaves import Found
from search.ranking.view import View
from search.schema import UNDATED

Weigh = Callable[[PlanNode], float]
"""What a child of MostOf weighs, over the whole index."""

_MOST_FOUND = 2_000
_ENOUGH = 1 - 1e-9
"""Sums of floats in another order differ in the last digits; a hair's breadth is let through."""

_LOOKED_AT_ONCE = 8_192


class Matcher:
    """Evaluates plans on one segment; what was found of a leaf is kept for the next plan."""

    def __init__(self, view: View, weigh: Weigh) -> None:
        self.view = view
        self._weigh = weigh

    def find(self, leaf: Leaf) -> Found:
        """Return where a leaf stands."""
        kept = self.view.kept.leaves
        known: Found | None = kept.get(leaf)
        if known is None:
            if len(kept) >= _MOST_FOUND:
                kept.clear()
            known = find(leaf, self.view)
            self.view.kept.leaves[leaf] = known  # which may be empty anew: the leaf is large, too
        return known

    def candidates(self, node: PlanNode) -> tuple[Array, bool]:
        """Return the set of live documents that may match, and whether all of them do."""
        members, exact = self._candidates(node)
        return (members if self.view.alive is None else members & self.view.alive), exact

    def flags(self, node: PlanNode, batch: Batch) -> Array:
        """Flag the documents of a batch that match."""
        handler = self._FLAGS.get(type(node))
        if handler is not None:
            return handler(self, node, batch)
        if type(node) in self._CANDIDATES:
            return batch.flags(self._candidates(node)[0])
        found = self.find(node)  # type: ignore[arg-type]  # a leaf
        return batch.flags(found.members()) if found.exact else found.holds(batch)

    def count(self, node: PlanNode) -> int:
        """Return how many live documents match."""
        members, exact = self.candidates(node)
        if exact:
            return bits.size(members)
        return sum(map(len, self._holding(node, bits.documents_in(members))))

    def matching(self, node: PlanNode, documents: Array) -> Array:
        """Return those of some documents (ascending) that are live and match."""
        members, exact = self.candidates(node)
        documents = documents[bits.flags(members, documents)]
        if exact or not len(documents):
            return documents
        return np.concatenate(list(self._holding(node, documents)))

    def span(self, node: Published) -> tuple[int, int]:
        """Return the first document of a time, and the first one after it."""
        dates = self.view.dates
        first = bisect_left(dates, UNDATED + 1 if node.since is None else _seconds(node.since))
        last = len(dates) if node.until is None else bisect_left(dates, _seconds(node.until))
        return first, last

    def _holding(self, node: PlanNode, documents: Array) -> Iterator[Array]:
        """Yield those of the documents that match, looked at some thousand at a time."""
        for at in range(0, len(documents), _LOOKED_AT_ONCE):
            batch = Batch(self.view, documents[at : at + _LOOKED_AT_ONCE])
            yield batch.documents[self.flags(node, batch)]

    def _candidates(self, node: PlanNode) -> tuple[Array, bool]:
        handler = self._CANDIDATES.get(type(node))
        if handler is not None:
            return handler(self, node)
        found = self.find(node)  # type: ignore[arg-type]  # a leaf
        exact = found.exact  # before its members, which another thread may make exact meanwhile
        return found.members(), exact

    def _all_of(self, node: AllOf) -> tuple[Array, bool]:
        members, exact = self._candidates(node.children[0])
        for child in node.children[1:]:
            own, own_exact = self._candidates(child)
            members = members & own
            exact = exact and own_exact
        return members, exact

    def _any_of(self, node: AnyOf) -> tuple[Array, bool]:
        members, exact = self._candidates(node.children[0])
        for child in node.children[1:]:
            own, own_exact = self._candidates(child)
            members = members | own
            exact = exact and own_exact
        return members, exact

    def _most_of(self, node: MostOf) -> tuple[Array, bool]:
        """Leave out the lightest children as long as those alone would not be enough."""
        weighed = sorted(((self._weigh(child), child) for child in node.children), key=_weight)
        enough = node.share * sum(weight for weight, _ in weighed) * _ENOUGH
        members = np.zeros(self.view.page_count, bits.WORD)
        light = 0.0
        for weight, child in weighed:
            light += weight
            if weight and light >= enough:
                members = members | self._candidates(child)[0]
        return members, False

    def _none_of(self, node: NoneOf) -> tuple[Array, bool]:
        members, exact = self._candidates(node.child)
        everything = self._everything(node)[0]
        return (everything & ~members, True) if exact else (everything, False)

    def _everything(self, _: PlanNode) -> tuple[Array, bool]:
        return bits.between(0, self.view.count, self.view.count), True

    def _published(self, node: Published) -> tuple[Array, bool]:
        return bits.between(*self.span(node), self.view.count), True

    def _source(self, node: SourceIs) -> tuple[Array, bool]:
        return self.view.by_source(node.name), True

    def _tag(self, node: TagIs) -> tuple[Array, bool]:
        return self.view.by_tag(node.name), True

    def _flag_all_of(self, node: AllOf, batch: Batch) -> Array:
        return np.logical_and.reduce([self.flags(child, batch) for child in node.children])

    def _flag_any_of(self, node: AnyOf, batch: Batch) -> Array:
        return np.logical_or.reduce([self.flags(child, batch) for child in node.children])

    def _flag_none_of(self, node: NoneOf, batch: Batch) -> Array:
        return ~self.flags(node.child, batch)

    def _flag_most_of(self, node: MostOf, batch: Batch) -> Array:
        held = np.zeros(len(batch))
        total = 0.0
        for child in node.children:
            weight = self._weigh(child)
            total += weight
            if weight:
                held += self.flags(child, batch) * weight
        flags: Array = (held > 0) & (held >= node.share * total * _ENOUGH)
        return flags

    _CANDIDATES: dict[type, Callable[..., tuple[Array, bool]]] = {  # noqa: RUF012
        AllOf: _all_of,
        AnyOf: _any_of,
        MostOf: _most_of,
        NoneOf: _none_of,
        Everything: _everything,
        Published: _published,
        SourceIs: _source,
        TagIs: _tag,
    }
    _FLAGS: dict[type, Callable[..., Array]] = {  # noqa: RUF012
        AllOf: _flag_all_of,
        AnyOf: _flag_any_of,
        MostOf: _flag_most_of,
        NoneOf: _flag_none_of,
    }


def _weight(entry: tuple[float, PlanNode]) -> float:
    return entry[0]


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp() // 1)
