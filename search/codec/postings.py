"""Where the terms of text stand in one segment: documents, how often, and at which positions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from search.columnar.inverting import unpacked
from search.columnar.layout import Array
from search.columnar.segment import Segment

APART = 100_000
"""Positions between the fields of an article in `text`: no phrase, however loose, crosses them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """By what a term is found: groups, maybe only some forms of the first; not all have positions."""

    groups: range
    forms: tuple[int, ...] | None = None
    placed: bool = True


@dataclass(slots=True)
class Tokens:
    """Tokens in the order of documents and positions: parallel arrays."""

    documents: Array
    positions: Array

    def among(self, chosen: Array) -> "Tokens":
        """Return those that are flagged, or at these places."""
        return Tokens(self.documents[chosen], self.positions[chosen])


@dataclass
class Postings:
    """The documents of a term, ascending, deleted ones included, and how often it stands in each.

    `locate` finds the tokens when a position is first asked for; None: they have no positions.
    """

    documents: Array
    frequencies: Array
    locate: Callable[[], Tokens] | None = field(default=None, repr=False)

    def positions(self, document: int) -> list[int]:
        """Return the positions in one of the documents."""
        starts, positions = self._positions
        at = int(np.searchsorted(self.documents, document))
        return positions[starts[at] : starts[at + 1]].tolist()

    @cached_property
    def _positions(self) -> tuple[Array, Array]:
        """Where the positions of each document begin, and one more; the positions of all."""
        assert self.locate is not None
        tokens = self.locate()
        starts = np.searchsorted(tokens.documents, self.documents)
        return np.append(starts, len(tokens.documents)), tokens.positions.astype(np.int32)


def documents_of(segment: Segment, groups: range) -> Array:
    """Return the documents of all postings of some groups, one group after the other."""
    return segment.documents_of(groups.start, groups.stop).astype(np.int64)


def find(segment: Segment, standing: Standing, number: int | None) -> Postings:
    """Return the postings of a term in a field, by its number; in all of them where it is None."""
    if standing.forms is None:
        part = segment.postings(standing.groups.start, standing.groups.stop)
        counts = unpacked(segment.counts(np.arange(part.start, part.stop)))
        frequencies = counts.sum(axis=1) if number is None else counts[:, number]
        documents = documents_of(segment, standing.groups)
    else:
        documents = located(segment, standing, number).documents
        frequencies = np.ones(len(documents), np.int64)
    documents, frequencies = _summed(documents, frequencies)
    locate = (lambda: located(segment, standing, number)) if standing.placed else None
    return Postings(documents, frequencies, locate)


def located(segment: Segment, standing: Standing, number: int | None) -> Tokens:
    """Return the tokens of a term in a field, positions counted from where the field begins.

    Where `number` is None: of all fields, `APART` positions between them.
    """
    tokens = tokens_of(segment, standing.groups)
    if standing.forms is not None:
        wanted = np.isin(segment.forms_of(standing.groups.start), standing.forms)
        tokens = tokens.among(wanted)
    fields = segment.field_of(tokens.documents, tokens.positions)
    if number is not None:
        inside = fields == number
        tokens, fields = tokens.among(inside), fields[inside]
    starts = segment.field_starts[tokens.documents, fields]
    positions = tokens.positions - starts
    if number is None:
        positions += fields * APART
    if len(standing.groups) > 1:
        order = np.lexsort((positions, tokens.documents))
        return Tokens(tokens.documents[order], positions[order])
    return Tokens(tokens.documents, positions)


def tokens_of(segment: Segment, groups: range) -> Tokens:
    """Return the tokens of some groups, one group after the other, positions as they are stored."""
    part = segment.postings(groups.start, groups.stop)
    documents = np.repeat(documents_of(segment, groups), segment.token_counts(part))
    positions = segment.positions_of(groups.start, groups.stop).astype(np.int64)
    return Tokens(documents, positions)


def _summed(documents: Array, frequencies: Array) -> tuple[Array, Array]:
    """Return each document once, ascending, with the sum of its frequencies, those without left out."""
    kept = frequencies > 0
    distinct, inverse = np.unique(documents[kept], return_inverse=True)
    sums = np.bincount(inverse, weights=frequencies[kept], minlength=len(distinct))
    return distinct.astype(np.int32), sums.astype(np.float32)
