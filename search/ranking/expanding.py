"""Which words a prefix or a fuzzy word stands for, and in which documents; and tokens by their form."""

from collections.abc import Iterable

import numpy as np

from search.columnar.inverting import FIELDS, unpacked
from search.columnar.layout import Array
from search.query.edits import edits_within
from search.query.plan import Fuzzy, Prefix
from search.ranking.view import View


def expanded_documents(leaf: Prefix | Fuzzy, view: View, field: int | None) -> Array:
    """Return the documents with any of the words that a prefix or a fuzzy word stands for."""
    flags = np.zeros(view.count, bool)
    for group, forms in _expanded(leaf, view).items():
        found = _with_forms(view, group, forms, field)
        flags[found] = True
    return np.flatnonzero(flags)


def _expanded(leaf: Prefix | Fuzzy, view: View) -> dict[int, set[int]]:
    """Return the groups and, within them, the forms that a prefix or a fuzzy word stands for."""
    terms = view.segment.terms
    wanted: dict[int, set[int]] = {}
    if isinstance(leaf, Prefix):
        places: Iterable[int] = range(*terms.range_of(leaf.start.encode("utf-8", "replace")))
    else:
        first, last = terms.range_of(leaf.form[:1].encode("utf-8", "replace"))
        places = [
            place
            for place in range(first, last)
            if edits_within(terms[place].decode("utf-8"), leaf.form, leaf.distance)
        ]
    for place in places:
        wanted.setdefault(view.segment.term_groups[place], set()).add(
            view.segment.term_forms[place]
        )
    return wanted


def _with_forms(view: View, group: int, forms: set[int], field: int | None) -> Array:
    segment = view.segment
    part = segment.postings(group)
    documents = segment.documents_of(group)
    whole = not segment.has_forms(group)
    if whole and field is None:
        return documents
    if whole:
        counts = unpacked(segment.counts(np.arange(part.start, part.stop)))
    else:
        counts = form_counts(view, group, np.arange(len(documents)), forms)
    return documents[(counts if field is None else counts[:, [field]]).any(axis=1)]


def form_flags(forms: Iterable[int]) -> Array:
    """Return 256 flags, set for these forms: to look a form up is quicker than to search for it."""
    flags = np.zeros(256, bool)
    flags[list(forms)] = True
    return flags


def form_counts(view: View, group: int, own: Array, forms: Iterable[int]) -> Array:
    """Return (postings x fields) how often these forms stand in some postings of a group."""
    segment = view.segment
    ends = segment.token_ends(group, group + 1)
    counts = sizes(ends, own)
    posting = np.repeat(np.arange(len(own)), counts)
    tokens = np.repeat(ends[own] - np.cumsum(counts), counts) + np.arange(len(posting))
    wanted = form_flags(forms)[segment.forms_at(group, tokens)]
    positions = segment.positions_at(group, tokens[wanted])
    documents = segment.documents_of(group)[own][posting[wanted]]
    fields = field_of(view, documents.astype(np.intp), positions)
    flat = np.bincount(posting[wanted] * FIELDS + fields, minlength=len(own) * FIELDS)
    return flat.reshape(len(own), FIELDS)


def sizes(ends: Array, places: Array) -> Array:
    """Return how many tokens the postings at these places have, from where all of them end."""
    before = np.where(places > 0, ends[np.maximum(places - 1, 0)], 0)
    return ends[places] - before


def field_of(view: View, documents: Array, positions: Array) -> Array:
    """Return the number of the field in which each position of a document lies."""
    starts = view.segment.field_starts
    fields = np.zeros(len(positions), np.intp)
    for number in range(1, FIELDS):
        fields += positions >= starts[documents, number]
    return fields
