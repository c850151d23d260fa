"""Where one leaf of a plan stands in one segment, and how often, field by field."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from search.analysis.stemming import stem
from search.analysis.tokens import WORD_MARK
from search.columnar.impacts import TABLE, Norms
from search.columnar.inverting import FIELDS, unpacked
from search.columnar.layout import Array
from search.query.plan import Leaf, Near, Phrase, Run, Word
from search.ranking.expanding import expanded_documents, field_of, form_counts
from search.ranking.phrases import Occurrences, near, occurrences
from search.ranking.profile import RankingProfile
from search.ranking.view import View
from search.schema import FIELDS as TEXT_FIELDS

FIELD_NUMBERS = {text_field.name: number for number, text_field in enumerate(TEXT_FIELDS)}
_NO_DOCUMENTS = np.zeros(0, np.intp)


@dataclass(slots=True)
class Found:
    """The documents of a leaf in one segment, ascending, deleted ones included."""

    documents: Array

    def bounds(self, slack: float) -> Array | None:  # noqa: ARG002  # for those that have any
        """Return an upper bound of T for each document, None where T itself is as cheap."""
        return None

    def frequencies(self, places: Array, per_token: Array) -> Array:  # noqa: ARG002  # no counts
        """Return T of the documents at these places; `per_token` has a row for each of them."""
        return np.ones(len(places))


@dataclass(slots=True)
class Counted(Found):
    """A leaf whose occurrences were counted on the way: `counts` is (documents x fields)."""

    counts: Array

    def frequencies(self, places: Array, per_token: Array) -> Array:
        """Return the weighed sums of the counts."""
        return np.einsum("pf,pf->p", self.counts[places], per_token)


@dataclass(slots=True)
class Group(Found):
    """A leaf that is one posting list: a word with its inflections, or a pair of characters.

    `closer` counts those occurrences that are closer to what was typed: the exact form, the word at
    its own boundaries; the others count less by the share `loss`.
    """

    view: View
    group: int
    part: slice
    selected: Array | None
    field: int | None
    loss: float
    forms: tuple[int, ...] | None
    word: int | None

    def bounds(self, slack: float) -> Array | None:
        """Return T as if all occurrences were the exact form, read off the impact bytes."""
        pages = self.view.segment.pages(self.group)
        if pages is None:
            return None
        impacts = np.repeat(pages.impacts, np.diff(pages.ends, prepend=0))
        if self.selected is not None:
            impacts = impacts[self.selected]
        return TABLE[impacts] * slack

    def frequencies(self, places: Array, per_token: Array) -> Array:
        """Return the weighed sums of the counts, the looser occurrences reduced."""
        own = places if self.selected is None else self.selected[places]
        counts = unpacked(self.view.segment.counts(own + self.part.start))
        total = self._weighed(counts, per_token)
        if not self.loss:
            return total
        closer = self._closer(own, counts, per_token)
        return total * (1 - self.loss) + closer * self.loss

    def _weighed(self, counts: Array, per_token: Array) -> Array:
        if self.field is not None:
            return counts[:, self.field] * per_token[:, self.field]
        return np.einsum("pf,pf->p", counts, per_token)

    def _closer(self, own: Array, counts: Array, per_token: Array) -> Array:
        if self.word is not None:
            documents = self.view.segment.documents_of(self.group)[own]
            return self._weighed(_counts_among(self.view, self.word, documents), per_token)
        if self.forms is None:
            return np.zeros(len(own))
        if not self.view.segment.has_forms(self.group):
            return self._weighed(counts, per_token) if self.forms else np.zeros(len(own))
        return self._weighed(form_counts(self.view, self.group, own, self.forms), per_token)


@dataclass(slots=True)
class Character(Found):
    """One Han character: it counts once wherever it stands, and as often as it is a word by itself."""

    view: View
    word: int | None
    field: int | None
    loss: float

    def frequencies(self, places: Array, per_token: Array) -> Array:
        """Return the share for being there, and the weighed counts of the word."""
        there = np.full(len(places), 1 - self.loss)
        if self.word is None:
            return there
        counts = _counts_among(self.view, self.word, self.documents[places])
        if self.field is not None:
            return there + self.loss * counts[:, self.field] * per_token[:, self.field]
        return there + self.loss * np.einsum("pf,pf->p", counts, per_token)


def find(leaf: Leaf, view: View, profile: RankingProfile) -> Found:
    """Return where a leaf stands in a segment."""
    if isinstance(leaf, Near):
        return _near(leaf, view)
    if isinstance(leaf, Phrase):
        if len(leaf.pieces) == 1:
            return _single(leaf, view, profile)
        return _counted(occurrences(leaf.pieces, view), view, leaf.field)
    return Found(expanded_documents(leaf, view, _number(leaf.field)))


def _single(leaf: Phrase, view: View, profile: RankingProfile) -> Found:
    piece = leaf.pieces[0]
    if isinstance(piece, Run) and len(piece.characters) == 2:  # noqa: PLR2004
        word = view.segment.group(WORD_MARK + piece.characters)
        return _group(leaf, view, piece.characters, profile.at_boundaries, None, word)
    if isinstance(piece, Word) and piece.stem is not None:
        exact = view.segment.exact(piece.form)
        forms = tuple(form for _, form in exact)
        return _group(leaf, view, piece.stem, profile.exact, forms or None, None)
    if isinstance(piece, Word) and _only_form(piece, view):
        return _group(leaf, view, stem(piece.form), 0.0, None, None)
    if isinstance(piece, Run) and len(piece.characters) == 1:
        return _character(piece, view, leaf.field, profile.at_boundaries)
    found = _counted(occurrences(leaf.pieces, view), view, leaf.field)
    if isinstance(piece, Run):
        return _with_words(found, piece, view, leaf.field, profile.at_boundaries)
    return found


def _only_form(piece: Word, view: View) -> bool:
    group = view.segment.group(stem(piece.form))
    return (
        group is not None
        and not view.segment.has_forms(group)
        and bool(view.segment.exact(piece.form))
    )


def _group(  # noqa: PLR0913
    leaf: Phrase,
    view: View,
    name: str,
    loss: float,
    forms: tuple[int, ...] | None,
    word: int | None,
) -> Found:
    group = view.segment.group(name)
    if group is None:
        return Found(_NO_DOCUMENTS)
    part = view.segment.postings(group)
    documents = view.segment.documents_of(group).astype(np.intp)
    field = _number(leaf.field)
    selected = None
    if field is not None:
        counts = unpacked(view.segment.counts(np.arange(part.start, part.stop)))
        selected = np.flatnonzero(counts[:, field])
        documents = documents[selected]
    return Group(documents, view, group, part, selected, field, loss, forms, word)


def _counted(found: Occurrences, view: View, field: str | None) -> Found:
    fields = field_of(view, found.documents, found.starts)
    documents = found.documents
    if field is not None:
        inside = fields == FIELD_NUMBERS[field]
        documents, fields = documents[inside], fields[inside]
    distinct, inverse = np.unique(documents, return_inverse=True)
    flat = np.bincount(inverse * FIELDS + fields, minlength=len(distinct) * FIELDS)
    return Counted(distinct.astype(np.intp), flat.reshape(len(distinct), FIELDS))


def _with_words(found: Found, run: Run, view: View, field: str | None, loss: float) -> Found:
    """Reduce the occurrences of a run that are not the word at its own boundaries."""
    group = view.segment.group(WORD_MARK + run.characters)
    assert isinstance(found, Counted)
    closer = np.zeros_like(found.counts)
    if group is not None and len(found.documents):
        closer = _counts_among(view, group, found.documents).astype(np.int64)
        if field is not None:
            others = [number for number in range(FIELDS) if number != FIELD_NUMBERS[field]]
            closer[:, others] = 0
    return Counted(found.documents, found.counts * (1 - loss) + closer * loss)


def _counts_among(view: View, group: int, documents: Array) -> Array:
    """Return (documents x fields) how often a group stands in documents that it may not stand in."""
    segment = view.segment
    part = segment.postings(group)
    own = segment.documents_of(group)
    at = np.minimum(np.searchsorted(own, documents.astype(own.dtype)), len(own) - 1)
    counts = unpacked(segment.counts(at + part.start))
    counts[own[at] != documents] = 0
    return counts


def _character(run: Run, view: View, field: str | None, loss: float) -> Found:
    """Return where a character stands: in every pair that begins with it, and where it ends a run."""
    segment = view.segment
    first, last = segment.groups.range_of(run.characters.encode("utf-8", "replace"))
    part = segment.postings(first, last)
    documents = segment.documents_of(first, last)
    number = _number(field)
    if number is not None:
        counts = unpacked(segment.counts(np.arange(part.start, part.stop)))
        documents = documents[counts[:, number] > 0]
    flags = np.zeros(view.count, bool)
    flags[documents] = True
    word = segment.group(WORD_MARK + run.characters)
    return Character(np.flatnonzero(flags), view, word, number, loss)


def preferred(phrase: Phrase, view: View, among: Array, profile: RankingProfile) -> Found:
    """Return where a phrase stands among some documents, ascending."""
    flags = np.zeros(view.count, bool)
    flags[among] = True
    found = _counted(occurrences(phrase.pieces, view, flags), view, phrase.field)
    piece = phrase.pieces[0]
    if len(phrase.pieces) == 1 and isinstance(piece, Run):
        return _with_words(found, piece, view, phrase.field, profile.at_boundaries)
    return found


def _near(leaf: Near, view: View) -> Found:
    documents = near(leaf, view)
    if leaf.field is not None:
        field = FIELD_NUMBERS[leaf.field]
        starts = view.segment.field_starts
        inside = (documents.starts >= starts[documents.documents, field]) & (
            documents.starts < starts[documents.documents, field + 1] - 1
        )
        return Found(np.unique(documents.documents[inside]).astype(np.intp))
    return Found(np.unique(documents.documents).astype(np.intp))


def _number(field: str | None) -> int | None:
    return FIELD_NUMBERS[field] if field else None


def norms_of(profile: RankingProfile, means: Iterable[float]) -> Norms:
    """Return what frequencies are weighed with under a profile."""
    weights = tuple(profile.weights.get(text_field.name, 1.0) for text_field in TEXT_FIELDS)
    return Norms(weights, tuple(float(mean) for mean in means), profile.b)
