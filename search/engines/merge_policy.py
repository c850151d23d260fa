"""Which segments of an index are to be merged next."""

from collections.abc import Sequence

from search.columnar.commit import SegmentEntry
from search.columnar.inverting import MAX_DOCUMENTS

FANOUT = 8
"""So many segments of about one size become one."""

MOST_DELETED = 0.3
_SMALL = 16  # documents: all segments that are smaller are of about one size


def chosen_for_merging(entries: Sequence[SegmentEntry]) -> list[SegmentEntry]:
    """Return the segments to merge next, or nothing.

    Segments of about one size are merged when there are FANOUT of them, so each article is rewritten
    only as often as the index grows by that factor; batches of one job at once; and a segment that
    deletions have hollowed out is rewritten alone.
    """
    hollow = [e for e in entries if e.deleted > MOST_DELETED * e.documents]
    if hollow:
        return hollow[:1]
    by_size = sorted(entries, key=left)
    for start in range(len(by_size)):
        tier = [e for e in by_size[start:] if left(e) <= FANOUT * max(left(by_size[start]), _SMALL)]
        fitting = _fitting(tier)
        if len(fitting) >= FANOUT:
            return fitting
    return []


def left(entry: SegmentEntry) -> int:
    """Return how many documents of a segment are not deleted."""
    return entry.documents - entry.deleted


def _fitting(tier: Sequence[SegmentEntry]) -> list[SegmentEntry]:
    """Return as many of the segments, smallest first, as fit into one."""
    fitting: list[SegmentEntry] = []
    documents = 0
    for entry in tier:
        documents += left(entry)
        if documents > MAX_DOCUMENTS:
            break
        fitting.append(entry)
    return fitting
