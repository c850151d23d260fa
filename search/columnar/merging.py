"""Postings of several segments -> the same postings with new document numbers, a range at a time.

The documents of the merged segment are those of the old ones, without the deleted, in a new order.
Tokens become keys again, are renumbered and sorted. All dictionaries are sorted alike, so a range of
the merged dictionary is one slice of each segment's arrays, and memory stays bounded by the range.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from search.columnar.inverting import MAX_GROUPS, Postings, invert, keys_of, unpacked
from search.columnar.layout import Array
from search.columnar.segment import Segment

GONE = -1
_TOKENS_AT_ONCE = 3_000_000


@dataclass(slots=True)
class Part:
    """Consecutive groups of the merged dictionary: names, labels of their forms, postings."""

    names: list[bytes]
    labels: list[list[str]]
    postings: Postings


@dataclass(slots=True)
class _Source:
    """A segment to be merged: the merged number of each of its groups, documents and forms."""

    segment: Segment
    groups: Array
    documents: Array
    forms: Array


def merged_postings(
    segments: Sequence[Segment], renumbered: Sequence[Array], field_starts: Array
) -> Iterator[Part]:
    """Yield the merged groups in order, but for those that no document holds any more.

    `renumbered[s]` gives the new number of each document of segment s, or GONE.
    """
    names = [list(segment.groups) for segment in segments]
    union = sorted(set().union(*names))
    rank = {name: place for place, name in enumerate(union)}
    groups = [np.array(list(map(rank.__getitem__, own)), np.int64) for own in names]
    del names, rank
    labels: list[list[str]] = [[] for _ in union]
    sources = [
        _Source(segment, own, documents, _renamed_forms(segment, own, labels))
        for segment, own, documents in zip(segments, groups, renumbered, strict=True)
    ]
    for first, last in _ranges(sources, len(union)):
        keys = [_keys(source, first, last) for source in sources]
        postings = invert(np.concatenate(keys), last - first, field_starts)
        del keys
        yield _without_empty(union[first:last], labels[first:last], postings)


def _renamed_forms(segment: Segment, groups: Array, labels: list[list[str]]) -> Array:
    """Return the merged number of each label of the segment; adds what is new to the labels."""
    starts = segment.label_starts.tolist()
    renamed = np.zeros(len(segment.labels), np.uint8)
    for group, merged in enumerate(groups.tolist()):
        own = labels[merged]
        for place in range(starts[group], starts[group + 1]):
            label = segment.labels[place].decode("utf-8")
            if label not in own:
                own.append(label)
            renamed[place] = min(own.index(label), 255)
    return renamed


def _ranges(sources: Sequence[_Source], count: int) -> Iterator[tuple[int, int]]:
    tokens = np.zeros(count, np.int64)
    for source in sources:
        segment = source.segment
        positions = np.diff(np.asarray(segment.position_starts).astype(np.int64))
        documents = np.diff(np.asarray(segment.starts).astype(np.int64))
        tokens[source.groups] += np.maximum(positions, documents)
    ends = np.cumsum(tokens)
    first = 0
    while first < count:
        before = ends[first - 1] if first else 0
        last = int(np.searchsorted(ends, before + _TOKENS_AT_ONCE, side="right"))
        last = min(max(last, first + 1), first + MAX_GROUPS, count)
        yield first, last
        first = last


def _keys(source: _Source, first: int, last: int) -> Array:
    """Return the keys of all tokens of a range of the merged dictionary, in one segment."""
    segment = source.segment
    low, high = np.searchsorted(source.groups, [first, last]).tolist()
    starts = np.asarray(segment.starts)[low : high + 1].astype(np.int64)
    part = segment.postings(low, high)
    frequency = np.diff(starts)
    counts = segment.token_counts(part)
    documents = source.documents[segment.documents_of(low, high).astype(np.intp)]
    documents = np.repeat(documents, counts)
    alive = documents != GONE
    group_of = np.repeat(np.repeat(np.arange(low, high), frequency), counts)[alive]
    positions = _positions(segment, low, high, part, counts)[alive]
    forms = _forms(source, low, high, frequency, counts)[alive]
    return keys_of(source.groups[group_of] - first, documents[alive], positions, forms)


def _positions(segment: Segment, low: int, high: int, part: slice, counts: Array) -> Array:
    starts = np.asarray(segment.position_starts)[low : high + 1].astype(np.int64)
    postings = np.asarray(segment.starts)[low : high + 1].astype(np.int64)
    has = np.repeat(starts[1:] > starts[:-1], postings[1:] - postings[:-1])
    by_token = np.repeat(has, counts)
    positions = np.zeros(len(by_token), np.int64)
    positions[by_token] = segment.positions_of(low, high)
    if not has.all():
        # Tokens that are only counted stand where the field begins that they are counted in.
        places = np.flatnonzero(~has)
        by_field = unpacked(segment.counts(places + part.start))
        documents = segment.documents_of(low, high)[places].astype(np.intp)
        begins = segment.field_starts[documents][:, : by_field.shape[1]]
        positions[~by_token] = np.repeat(begins.ravel(), by_field.ravel())
    return positions


def _forms(source: _Source, low: int, high: int, frequency: Array, counts: Array) -> Array:
    segment = source.segment
    starts = np.asarray(segment.form_starts)[low : high + 1].astype(np.int64)
    labels = segment.label_starts[low : high + 1].astype(np.int64)
    by_token = np.repeat(np.repeat(starts[1:] > starts[:-1], frequency), counts)
    forms = np.zeros(len(by_token), np.int64)
    forms[by_token] = segment.forms_of(low, high)
    labelled = np.repeat(np.repeat(np.diff(labels) > 0, frequency), counts)
    forms += np.repeat(np.repeat(labels[:-1], frequency), counts)
    forms[~labelled] = 0
    renamed = source.forms[forms] if len(source.forms) else np.zeros(len(forms), np.uint8)
    renamed[~labelled] = 0
    return renamed


def _without_empty(names: list[bytes], labels: list[list[str]], postings: Postings) -> Part:
    filled = np.diff(postings.group_starts) > 0
    if filled.all():
        return Part(names, labels, postings)
    kept = np.flatnonzero(filled).tolist()
    ends = np.append(filled, True)
    return Part(
        [names[place] for place in kept],
        [labels[place] for place in kept],
        Postings(
            postings.group_starts[ends],
            postings.documents,
            postings.counts,
            postings.position_starts[ends],
            postings.positions,
            postings.forms,
        ),
    )
