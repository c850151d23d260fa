"""Tokens of several sources -> their postings with new document numbers, a range of groups at a time.

A source holds tokens in the order of its own sorted dictionary: a segment, or a batch on its way into
one. All dictionaries are sorted alike, so a range of the merged dictionary is one slice of each source,
and memory stays bounded by the range. Tokens become keys again, are renumbered and sorted.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress, count
from operator import itemgetter
from typing import NamedTuple, Protocol

import numpy as np

from search.columnar.dictionary import Groups
from search.columnar.inverting import (
    DOCUMENT_SHIFT,
    Postings,
    invert,
    keys_of,
    places_of,
    unpacked,
)
from search.columnar.layout import Array
from search.columnar.segment import Segment
from search.columnar.strings import packed

GONE = -1
_TOKENS_AT_ONCE = 700_000
_FORM = np.uint64(255)

Slice = tuple[int, int]
"""Consecutive groups of a source: the first, and the one behind the last."""


class Source(Protocol):
    """Tokens in the order of groups, documents and positions, and their dictionary."""

    def token_ends(self) -> Array:
        """Return, for each group, how many tokens it and those before have; at least one each."""
        ...

    def names(self, first: int, last: int) -> list[bytes]:
        """Return the names of the groups from `first` up to `last`."""
        ...

    def labels(self, first: int, last: int) -> tuple[list[bytes], Array]:
        """Return the labels of the forms of these groups, and how many of them each group has."""
        ...

    def tokens(self, first: int, last: int) -> tuple[Array, Array]:
        """Return the places of all tokens of these groups, and how many of them each group has."""
        ...


@dataclass(slots=True)
class Part:
    """Consecutive groups of a segment in the making."""

    groups: Groups
    postings: Postings


def merged_postings(
    sources: Sequence[Source], renumbered: Sequence[Array], field_starts: Array
) -> Iterator[Part]:
    """Yield the merged groups in order, but for those that no document holds any more.

    `renumbered[s]` gives the new number of each document of source s, or GONE.
    """
    for slices in ranges(sources):
        yield merged_range(sources, slices, renumbered, field_starts)


def ranges(sources: Sequence[Source]) -> Iterator[list[Slice]]:
    """Cut the merged dictionary into ranges of about as many tokens; yield the slice of each source.

    A range has fewer than MAX_GROUPS groups, because every group has a token.
    """
    step = max(1, _TOKENS_AT_ONCE // (4 * max(1, len(sources))))
    marks = [_marks(source, step) for source in sources]
    cuts: list[bytes] = []
    tokens = 0
    for name, more in sorted((mark.name, mark.tokens) for own in marks for mark in own):
        tokens += more
        if tokens >= _TOKENS_AT_ONCE and name not in cuts[-1:]:
            cuts.append(name)
            tokens = 0
    slices_of = [_slices(*own, cuts) for own in zip(sources, marks, strict=True)]
    for slices in zip(*slices_of, strict=True):
        if any(last > first for first, last in slices):
            yield list(slices)


class _Mark(NamedTuple):
    """A group of a source, and how many tokens lie between the mark before and the end of this."""

    name: bytes
    place: int
    tokens: int


def _marks(source: Source, step: int) -> list[_Mark]:
    """Return groups that lie so many tokens apart."""
    ends = source.token_ends()
    total = int(ends[-1]) if len(ends) else 0
    marks = []
    before = 0
    for place in np.unique(np.searchsorted(ends, np.arange(step, total, step))).tolist():
        end = int(ends[place])
        marks.append(_Mark(source.names(place, place + 1)[0], place, end - before))
        before = end
    return marks


def _slices(source: Source, marks: Sequence[_Mark], cuts: Sequence[bytes]) -> list[Slice]:
    """Return the slices of a source that the cuts make; a name that is a cut ends its slice.

    Only the names between two marks are read.
    """
    places = [0, *(mark.place for mark in marks), len(source.token_ends())]
    inner = []
    for cut in cuts:
        behind = cut + b"\0"
        stretch = bisect_left(marks, behind, key=itemgetter(0))
        first, last = places[stretch : stretch + 2]
        inner.append(first + bisect_left(source.names(first, last), behind))
    return list(zip([0, *inner], [*inner, places[-1]], strict=True))


def merged_range(
    sources: Sequence[Source],
    slices: Sequence[Slice],
    renumbered: Sequence[Array],
    field_starts: Array,
) -> Part:
    """Merge one slice of each source."""
    names = [source.names(*own) for source, own in zip(sources, slices, strict=True)]
    union = sorted(set().union(*names))
    rank = dict(zip(union, count(), strict=False))
    labels: list[list[bytes]] = [_NO_LABELS] * len(union)
    keys = []
    for source, own, names_here, numbers in zip(sources, slices, names, renumbered, strict=True):
        if names_here:
            ranks = np.fromiter(map(rank.__getitem__, names_here), np.int64, len(names_here))
            renamed = _renamed_forms(*source.labels(*own), ranks, labels)
            keys.append(_keys(*source.tokens(*own), ranks, renamed, numbers))
    merged = np.concatenate(keys)
    del keys
    merged.sort(kind="stable")  # what is sorted in pieces is merged, not sorted anew
    postings = invert(merged, len(union), field_starts)
    return _without_empty(union, labels, postings)


def _renamed_forms(
    own_labels: list[bytes], counts: Array, ranks: Array, labels: list[list[bytes]]
) -> Array:
    """Return (groups x forms) the merged number of each form; adds what is new to the labels."""
    renamed = np.zeros((len(ranks), max(1, min(256, int(counts.max(initial=0))))), np.uint8)
    starts = np.cumsum(counts) - counts
    singles = np.flatnonzero(counts == 1)
    others = np.flatnonzero(counts > 1).tolist()
    here = map(own_labels.__getitem__, starts[singles].tolist())
    for group, merged, label in zip(singles.tolist(), ranks[singles].tolist(), here, strict=True):
        known = labels[merged]
        if not known:
            labels[merged] = [label]
        elif known[0] != label:  # few are so
            others.append(group)
    for group in others:
        merged, start = int(ranks[group]), int(starts[group])
        own = own_labels[start : start + int(counts[group])]
        known = labels[merged]
        if not known:
            known = labels[merged] = own
        if known[: len(own)] == own:
            renamed[group, : len(own)] = _IDENTITY[: len(own)]
            continue
        for number, label in enumerate(own):
            if label not in known:
                known.append(label)
            renamed[group, min(number, 255)] = min(known.index(label), 255)
    return renamed


_NO_LABELS: list[bytes] = []
_IDENTITY = np.arange(256, dtype=np.uint8)


def _keys(places: Array, counts: Array, ranks: Array, renamed: Array, numbers: Array) -> Array:
    """Return the keys of tokens in the merged numbers of groups, documents and forms."""
    group_of = np.repeat(np.arange(len(ranks)), counts)
    old = (places >> np.uint64(DOCUMENT_SHIFT)).astype(np.intp)
    documents = numbers[old]
    if numbers.min(initial=0) == GONE:
        alive = documents != GONE
        group_of, documents, places = group_of[alive], documents[alive], places[alive]
    forms = renamed[group_of, (places & _FORM).astype(np.intp)]
    moved = places & np.uint64((1 << DOCUMENT_SHIFT) - 256)
    moved |= documents.astype(np.uint64) << np.uint64(DOCUMENT_SHIFT)
    moved |= forms
    return keys_of(ranks[group_of], moved)


def _without_empty(names: list[bytes], labels: list[list[bytes]], postings: Postings) -> Part:
    filled = np.diff(postings.group_starts) > 0
    if not filled.all():
        kept = filled.tolist()
        names, labels = list(compress(names, kept)), list(compress(labels, kept))
    groups = Groups(
        packed(names),
        packed(list(chain.from_iterable(labels))),
        np.fromiter(map(len, labels), np.int64, len(labels)),
    )
    if filled.all():
        return Part(groups, postings)
    ends = np.append(filled, True)
    return Part(
        groups,
        Postings(
            postings.group_starts[ends],
            postings.documents,
            postings.counts,
            postings.position_starts[ends],
            postings.positions,
            postings.forms,
        ),
    )


class SegmentSource:
    """The tokens of a segment."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment

    def token_ends(self) -> Array:
        """Return how many tokens the groups have, or, where they are only counted, documents."""
        count = len(self._segment.groups)
        positions = self._segment.position_starts.sizes(0, count)
        documents = self._segment.starts.sizes(0, count)
        return np.cumsum(np.maximum(positions, documents))

    def names(self, first: int, last: int) -> list[bytes]:
        """Return names of groups."""
        return self._segment.groups.between(first, last)

    def labels(self, first: int, last: int) -> tuple[list[bytes], Array]:
        """Return labels of forms, and how many each group has."""
        starts = self._segment.label_starts.between(first, last + 1)
        return self._segment.labels.between(int(starts[0]), int(starts[-1])), np.diff(starts)

    def tokens(self, first: int, last: int) -> tuple[Array, Array]:
        """Return places of tokens, and how many each group has."""
        segment = self._segment
        part = segment.postings(first, last)
        counts = segment.token_counts(part)
        postings = segment.starts.between(first, last + 1) - part.start
        token_ends = np.concatenate([[0], np.cumsum(counts)])
        by_group = np.diff(token_ends[postings])
        documents = segment.documents_of(first, last)
        positions = self._positions(first, last, documents, counts)
        forms = self._forms(first, last, by_group)
        return places_of(np.repeat(documents, counts), positions, forms), by_group

    def _positions(self, first: int, last: int, documents: Array, counts: Array) -> Array:
        segment = self._segment
        starts = segment.position_starts.between(first, last + 1)
        postings = segment.starts.between(first, last + 1)
        has = np.repeat(starts[1:] > starts[:-1], np.diff(postings))
        if has.all():
            return segment.positions_of(first, last)
        by_token = np.repeat(has, counts)
        positions = np.zeros(len(by_token), np.int64)
        positions[by_token] = segment.positions_of(first, last)
        # Tokens that are only counted stand where the field begins that they are counted in.
        places = np.flatnonzero(~has)
        by_field = unpacked(segment.counts(places + postings[0]))
        begins = segment.field_starts[documents[places].astype(np.intp)][:, : by_field.shape[1]]
        positions[~by_token] = np.repeat(begins.ravel(), by_field.ravel())
        return positions

    def _forms(self, first: int, last: int, counts: Array) -> Array:
        by_token = np.repeat(self._segment.form_starts.sizes(first, last) > 0, counts)
        forms = np.zeros(len(by_token), np.uint8)
        forms[by_token] = self._segment.forms_of(first, last)
        return forms
