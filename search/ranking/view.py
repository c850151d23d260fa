"""A segment as searches see it: its postings, which documents are left, what they count."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from search.columnar.impacts import Norms
from search.columnar.layout import Array
from search.columnar.pages import PAGE, PAGE_BITS
from search.columnar.segment import Rows, Segment
from search.query.plan import Leaf
from search.ranking import bits
from search.ranking.postings import PostingList
from search.ranking.profile import RankingProfile
from search.schema import UNDATED

if TYPE_CHECKING:
    from search.ranking.bm25f import Recency

_MOST_KEPT = 96_000_000
"""Bytes of posting lists, and of what was decoded of them, that all views keep for the next search."""

_FOR_GAINS = 0.9
"""The share of it up to which gains are decoded: they are never kept in place of lists."""

_MOST_FILTERS = 256


class Kept:
    """What was made for earlier searches: the lists of groups, and leaves, which hold on to lists."""

    def __init__(self) -> None:
        self.lists: dict[int, PostingList] = {}
        self.characters: dict[str, Any] = {}
        self.leaves: dict[Leaf, Any] = {}
        self.bytes = 0


class View:
    """`alive` flags the documents that are not deleted, None where all are. `by_source` and `by_tag`
    give the documents of a source or tag, ascending. Arrays are made when first needed, and kept;
    `share` says which part of all that may be kept is this segment's. `recency`, where there is any, is
    known of all segments together, and set before anything is scored.
    """  # noqa: D205

    def __init__(  # noqa: PLR0913
        self,
        segment: Segment,
        ids: Sequence[bytes],
        alive: Array | None,
        by_source: Callable[[str], Array],
        by_tag: Callable[[str], Array],
        profile: RankingProfile,
        norms: Norms,
        share: float = 1.0,
    ) -> None:
        self.segment = segment
        self.ids = ids
        self.count = segment.count
        self.page_count = -(-segment.count // PAGE)
        self.alive = None if alive is None else bits.of_flags(alive)
        self.profile = profile
        self.slack = norms.slack(segment.norms)
        self._norms = norms
        self._by_source = by_source
        self._by_tag = by_tag
        self.recency: Recency | None = None
        self.kept = Kept()
        self._most_kept = _MOST_KEPT * share
        self._filters: dict[tuple[str, str], Array] = {}

    def postings(self, name: str) -> PostingList | None:
        """Return the postings of the group of this name, None where no document has it."""
        group = self.segment.group(name)
        if group is None:
            return None
        known = self.kept.lists.get(group)
        if known is None:
            known = PostingList(self, group)
            self.kept_with(known.nbytes).lists[group] = known
        return known

    def kept_with(self, size: int) -> Kept:
        """Return where something of so many bytes is kept: all else is forgotten if it is too much."""
        if self.kept.bytes + size > self._most_kept:
            self.kept = Kept()
        self.kept.bytes += size
        return self.kept

    def has_room(self, size: int) -> bool:
        """Say whether gains of so many bytes may be kept as well."""
        return self.kept.bytes + size <= _FOR_GAINS * self._most_kept

    def live_count(self, name: str) -> int:
        """Return how many documents that are not deleted hold the group of this name."""
        if self.alive is None:
            group = self.segment.group(name)
            return 0 if group is None else self.segment.frequency(group)
        postings = self.postings(name)
        return 0 if postings is None else postings.live_count

    def by_source(self, name: str) -> Array:
        """Return the set of documents of a source."""
        return self._filtered(("source", name), lambda: self._by_source(name))

    def by_tag(self, name: str) -> Array:
        """Return the set of documents with a tag."""
        return self._filtered(("tag", name), lambda: self._by_tag(name))

    def _filtered(self, key: tuple[str, str], find: Callable[[], Array]) -> Array:
        known = self._filters.get(key)
        if known is None:
            if len(self._filters) >= _MOST_FILTERS:
                self._filters.clear()
            known = self._filters[key] = bits.of_documents(find(), self.count)
        return known

    @property
    def newest(self) -> int:
        """The date of the newest document that is left, or UNDATED."""
        dates = self.segment.dates
        if self.alive is not None:
            dates = dates[bits.documents_in(self.alive)]
        return int(dates[-1]) if len(dates) else UNDATED

    @cached_property
    def dates(self) -> memoryview:
        """The dates of all documents, ascending, one by one: to look for two of them is quickest so."""
        return memoryview(self.segment.dates)  # type: ignore[arg-type]  # arrays are buffers

    @cached_property
    def page_starts(self) -> Array:
        """The first document of each page."""
        return np.arange(self.page_count) << PAGE_BITS

    @cached_property
    def per_token(self) -> Rows:
        """(documents x fields) what one token counts."""
        return Rows(self.segment.lengths, self._norms.per_token)
