"""A plan and one segment -> the documents that match: intersections and flags, the rarest part first."""

from collections.abc import Callable
from datetime import datetime

import numpy as np

from search.columnar.layout import Array
from search.query.nodes import Everything, Published, SourceIs, TagIs
from search.query.plan import AllOf, AnyOf, Leaf, MostOf, NoneOf, Phrase, PlanNode, Run, Word
from search.ranking.leaves import Found, find
from search.ranking.profile import RankingProfile
from search.ranking.view import View
from search.schema import UNDATED

Weigh = Callable[[PlanNode], float]
"""What a child of MostOf weighs, over the whole index."""


class Matcher:
    """Evaluates one plan on one segment; finds every leaf once."""

    def __init__(self, view: View, profile: RankingProfile, weigh: Weigh) -> None:
        self.view = view
        self._profile = profile
        self._weigh = weigh
        self._found: dict[Leaf, Found] = {}

    def find(self, leaf: Leaf) -> Found:
        """Return where a leaf stands."""
        known = self._found.get(leaf)
        if known is None:
            known = self._found[leaf] = find(leaf, self.view, self._profile)
        return known

    def documents(self, node: PlanNode) -> Array:
        """Return the documents that match, ascending, deleted ones included."""
        handler = self._DOCUMENTS.get(type(node))
        return self.find(node).documents if handler is None else handler(self, node)  # type: ignore[arg-type]

    def among(self, node: PlanNode, documents: Array) -> Array:
        """Flag those of the documents, ascending, that match."""
        handler = self._AMONG.get(type(node))
        if handler is not None:
            return handler(self, node, documents)
        return contained(documents, self.documents(node), self.view.count)

    def _all_of(self, node: AllOf) -> Array:
        ordered = sorted(node.children, key=self._cost)
        documents = self.documents(ordered[0])
        for child in ordered[1:]:
            if not len(documents):
                break
            documents = documents[self.among(child, documents)]
        return documents

    def _any_of(self, node: AnyOf) -> Array:
        flags = np.zeros(self.view.count, bool)
        for child in node.children:
            flags[self.documents(child)] = True
        return np.flatnonzero(flags)

    def _most_of(self, node: MostOf) -> Array:
        held = np.zeros(self.view.count)
        weights = [self._weigh(child) for child in node.children]
        for child, weight in zip(node.children, weights, strict=True):
            if weight:
                held[self.documents(child)] += weight
        total = sum(weights)
        return np.flatnonzero(enough_flags(held, node.share, total)) if total else _none()

    def _none_of(self, node: NoneOf) -> Array:
        flags = np.ones(self.view.count, bool)
        flags[self.documents(node.child)] = False
        return np.flatnonzero(flags)

    def _everything(self, _: Everything) -> Array:
        return np.arange(self.view.count)

    def _published(self, node: Published) -> Array:
        return np.arange(*self._date_range(node))

    def _source(self, node: SourceIs) -> Array:
        return self.view.by_source(node.name).astype(np.intp)

    def _tag(self, node: TagIs) -> Array:
        return self.view.by_tag(node.name).astype(np.intp)

    def _date_range(self, node: Published) -> tuple[int, int]:
        dates = self.view.segment.dates
        since = UNDATED + 1 if node.since is None else _seconds(node.since)
        first = int(np.searchsorted(dates, since))
        last = (
            len(dates) if node.until is None else int(np.searchsorted(dates, _seconds(node.until)))
        )
        return first, max(first, last)

    def _among_all_of(self, node: AllOf, documents: Array) -> Array:
        flags = np.ones(len(documents), bool)
        for child in node.children:
            flags &= self.among(child, documents)
        return flags

    def _among_any_of(self, node: AnyOf, documents: Array) -> Array:
        flags = np.zeros(len(documents), bool)
        for child in node.children:
            flags |= self.among(child, documents)
        return flags

    def _among_none_of(self, node: NoneOf, documents: Array) -> Array:
        return ~self.among(node.child, documents)

    def _among_published(self, node: Published, documents: Array) -> Array:
        first, last = self._date_range(node)
        flags: Array = (documents >= first) & (documents < last)
        return flags

    def _cost(self, node: PlanNode) -> float:
        """Return about how many documents a part holds: what is rare is evaluated first."""
        if isinstance(node, AllOf):
            return min(map(self._cost, node.children))
        if isinstance(node, AnyOf | MostOf):
            return sum(map(self._cost, node.children))
        if isinstance(node, Published):
            first, last = self._date_range(node)
            return last - first
        if isinstance(node, NoneOf | Everything):
            return float("inf")
        if isinstance(node, Phrase):
            return self._phrase_cost(node)
        return self.view.count / 2

    def _phrase_cost(self, node: Phrase) -> float:
        segment = self.view.segment
        cost = float(self.view.count)
        for piece in node.pieces:
            name = piece.characters[:2] if isinstance(piece, Run) else piece.stem
            if isinstance(piece, Word) and name is None:
                name = piece.form
            group = segment.group(name) if name else None
            if group is not None:
                cost = min(cost, segment.frequency(group))
        return cost

    _DOCUMENTS: dict[type, Callable[..., Array]] = {  # noqa: RUF012
        AllOf: _all_of,
        AnyOf: _any_of,
        MostOf: _most_of,
        NoneOf: _none_of,
        Everything: _everything,
        Published: _published,
        SourceIs: _source,
        TagIs: _tag,
    }
    _AMONG: dict[type, Callable[..., Array]] = {  # noqa: RUF012
        AllOf: _among_all_of,
        AnyOf: _among_any_of,
        NoneOf: _among_none_of,
        Published: _among_published,
    }


def enough_flags(held: Array, share: float, total: float) -> Array:
    """Flag the documents that hold the share of a MostOf that they need.

    Sums of floats in another order differ in the last digits; a hair's breadth is let through.
    """
    flags: Array = (held > 0) & (held >= share * total * (1 - 1e-9))
    return flags


def contained(documents: Array, others: Array, count: int) -> Array:
    """Flag the documents that are among the others; both ascending."""
    if len(documents) * 16 < len(others):
        at = np.searchsorted(others, documents)
        at[at == len(others)] = 0
        return others[at] == documents if len(others) else np.zeros(len(documents), bool)
    flags = np.zeros(count, bool)
    flags[others] = True
    chosen: Array = flags[documents]
    return chosen


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp() // 1)


def _none() -> Array:
    return np.zeros(0, np.intp)
