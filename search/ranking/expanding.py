"""Which words a prefix or a fuzzy word stands for, and in which documents; and tokens by their form."""

from collections.abc import Iterable, Iterator

import numpy as np

from search.columnar.inverting import FIELD_COUNT
from search.columnar.layout import Array
from search.query.edits import edits_within
from search.query.plan import Fuzzy, Prefix
from search.ranking.view import View

_FEW = 1_000
"""So few are added one by one, and not to a sum of all documents."""

_AT_ONCE = 65_536
"""So many postings are weighed at a time."""


def expanded(leaf: Prefix | Fuzzy, view: View, field: int | None) -> tuple[Array, Array]:
    """Return the documents with any of the words that a prefix or a fuzzy word stands for, ascending,
    and T in each, of all these words together.
    """  # noqa: D205
    flags = np.zeros(view.count, bool)
    frequencies = np.zeros(view.count)
    for documents, counts in _counted(leaf, view):
        weights = view.per_token.take(documents)
        if field is not None:
            weights *= np.arange(FIELD_COUNT) == field
        flags[documents[(counts if field is None else counts[:, [field]]).any(axis=1)]] = True
        weighed = np.einsum("pf,pf->p", counts, weights)
        if len(documents) < _FEW:
            np.add.at(frequencies, documents, weighed)
        else:
            frequencies += np.bincount(documents, weighed, view.count)
    found = np.flatnonzero(flags)
    return found, frequencies.take(found)


def _counted(leaf: Prefix | Fuzzy, view: View) -> Iterator[tuple[Array, Array]]:
    """Yield documents, and (documents x fields) how often some of the words stand in each."""
    segment = view.segment
    whole: list[Array] = []
    places: list[Array] = []
    size = 0
    for group, forms in _expanded(leaf, view).items():
        documents = segment.documents_of(group).astype(np.intp)
        if segment.has_forms(group):
            yield documents, form_counts(view, group, np.arange(len(documents)), forms)
            continue
        part = segment.postings(group)
        whole.append(documents)
        places.append(np.arange(part.start, part.stop))
        size += len(documents)
        if size >= _AT_ONCE:
            yield np.concatenate(whole), segment.field_counts(np.concatenate(places))
            whole, places, size = [], [], 0
    if whole:
        yield np.concatenate(whole), segment.field_counts(np.concatenate(places))


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
    fields = segment.field_of(documents.astype(np.intp), positions)
    flat = np.bincount(posting[wanted] * FIELD_COUNT + fields, minlength=len(own) * FIELD_COUNT)
    return flat.reshape(len(own), FIELD_COUNT)


def sizes(ends: Array, places: Array) -> Array:
    """Return how many tokens the postings at these places have, from where all of them end."""
    before = np.where(places > 0, ends[np.maximum(places - 1, 0)], 0)
    return ends[places] - before
