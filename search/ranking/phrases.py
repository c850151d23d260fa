"""Positions -> where phrases, runs of characters and neighbours stand. All by arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.analysis.stemming import stem
from search.columnar.layout import Array
from search.query.plan import Near, Piece, Run, Word
from search.ranking.expanding import form_flags, sizes
from search.ranking.view import View

_POSITION_BITS = 21


@dataclass(slots=True)
class Occurrences:
    """Documents and first positions of the occurrences, in the order of both."""

    documents: Array
    starts: Array


@dataclass(slots=True)
class _Element:
    """Something at a fixed distance from the start of a phrase: postings, and which tokens of them."""

    groups: range
    forms: tuple[int, ...] | None
    offset: int


def occurrences(pieces: Sequence[Piece], view: View, among: Array | None = None) -> Occurrences:
    """Return where all pieces stand at consecutive positions, in the documents flagged `among`."""
    elements = _elements(pieces, view)
    if not elements:
        return Occurrences(np.zeros(0, np.intp), np.zeros(0, np.int64))
    elements.sort(key=lambda element: _postings_count(element, view))
    candidates = np.ones(view.count, bool) if among is None else among
    for element in elements:
        candidates = candidates & _flags(element, view)
    if not candidates.any():
        return Occurrences(np.zeros(0, np.intp), np.zeros(0, np.int64))
    keys: Array | None = None
    for element in elements:
        own = _keys(element, view, candidates)
        keys = own if keys is None else keys[_contained(keys, own)]
        if not len(keys):
            break
    assert keys is not None
    return Occurrences((keys >> _POSITION_BITS).astype(np.intp), keys & ((1 << _POSITION_BITS) - 1))


def near(node: Near, view: View) -> Occurrences:
    """Return the left or right occurrences that are near one of the other side, in the same field."""
    lefts = [(occurrences(phrase.pieces, view), phrase.width) for phrase in node.left]
    rights = [(occurrences(phrase.pieces, view), phrase.width) for phrase in node.right]
    found: list[Occurrences] = []
    for left, left_width in lefts:
        for right, right_width in rights:
            found.append(_followed(left, left_width, right, node, view))
            if not node.ordered:
                found.append(_followed(right, right_width, left, node, view))
    return Occurrences(
        np.concatenate([own.documents for own in found]),
        np.concatenate([own.starts for own in found]),
    )


def _followed(
    before: Occurrences, width: int, after: Occurrences, node: Near, view: View
) -> Occurrences:
    """Return those of `before` that one of `after` follows within the distance, in the same field."""
    documents, starts = before.documents, before.starts
    ends = starts + width - 1
    field_ends = _field_ends(documents, starts, view)
    first = ends + 1 if node.ordered else starts
    last = np.minimum(ends + node.distance, field_ends)
    keys = (after.documents.astype(np.int64) << _POSITION_BITS) | after.starts
    base = documents.astype(np.int64) << _POSITION_BITS
    low = np.searchsorted(keys, base + first)
    high = np.searchsorted(keys, base + last, side="right")
    found = high > low
    return Occurrences(documents[found], starts[found])


def _field_ends(documents: Array, starts: Array, view: View) -> Array:
    """Return the last position of the field in which each occurrence lies."""
    field_starts = view.segment.field_starts
    ends = np.zeros(len(starts), np.int64)
    for number in range(field_starts.shape[1] - 1):
        inside = starts >= field_starts[documents, number]
        ends[inside] = field_starts[documents[inside], number + 1] - 2
    return ends


def _elements(pieces: Sequence[Piece], view: View) -> list[_Element]:
    """Return what to look for, or nothing where the dictionary lacks a part."""
    elements: list[_Element] = []
    offset = 0
    for piece in pieces:
        own = _word(piece, view, offset) if isinstance(piece, Word) else _run(piece, view, offset)
        if not own:
            return []
        elements += own
        offset += piece.width
    return elements


def _word(piece: Word, view: View, offset: int) -> list[_Element]:
    segment = view.segment
    group = segment.group(stem(piece.form) if piece.stem is None else piece.stem)
    if group is None:
        return []
    if piece.stem is not None:
        return [_Element(range(group, group + 1), None, offset)]
    forms = tuple(form for own, form in segment.exact(piece.form) if own == group)
    if not forms:
        return []
    only = forms if segment.has_forms(group) else None
    return [_Element(range(group, group + 1), only, offset)]


def _run(piece: Run, view: View, offset: int) -> list[_Element]:
    segment = view.segment
    characters = piece.characters
    if len(characters) == 1:
        # A character alone is in all pairs that begin with it, and in the group of run ends.
        groups = range(*segment.groups.range_of(characters.encode("utf-8", "replace")))
        return [_Element(groups, None, offset)] if groups else []
    elements = []
    for at in range(len(characters) - 1):
        group = segment.group(characters[at : at + 2])
        if group is None:
            return []
        elements.append(_Element(range(group, group + 1), None, offset + at))
    return elements


def _slice(element: _Element, view: View) -> slice:
    return view.segment.postings(element.groups.start, element.groups.stop)


def _postings_count(element: _Element, view: View) -> int:
    part = _slice(element, view)
    return int(part.stop - part.start)


def _flags(element: _Element, view: View) -> Array:
    flags = np.zeros(view.count, bool)
    flags[view.segment.documents_of(element.groups.start, element.groups.stop)] = True
    return flags


def _keys(element: _Element, view: View, candidates: Array) -> Array:
    """Return sorted keys (document, position of the start) of the tokens in candidate documents."""
    segment = view.segment
    documents = segment.documents_of(element.groups.start, element.groups.stop)
    wanted = np.flatnonzero(candidates[documents])
    ends = segment.token_ends(element.groups.start, element.groups.stop)
    counts = sizes(ends, wanted)
    tokens = np.repeat(ends[wanted] - np.cumsum(counts), counts) + np.arange(int(counts.sum()))
    owners = np.repeat(documents[wanted].astype(np.int64), counts)
    if element.forms is not None:
        group_forms = segment.forms_at(element.groups.start, tokens)
        kept = form_flags(element.forms)[group_forms]
        tokens, owners = tokens[kept], owners[kept]
    places = segment.positions_at(element.groups.start, tokens, element.groups.stop)
    positions = places.astype(np.int64) - element.offset
    inside = positions >= 0
    keys: Array = (owners[inside] << _POSITION_BITS) | positions[inside]
    if len(element.groups) > 1:
        keys.sort()
    return keys


def _contained(keys: Array, others: Array) -> Array:
    """Flag the keys that are among the others; both sorted."""
    at = np.searchsorted(others, keys)
    at[at == len(others)] = 0
    flags: Array = others[at] == keys if len(others) else np.zeros(len(keys), bool)
    return flags
