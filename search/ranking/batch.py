"""Some documents of a segment, and what was read of them so far: each posting and token is read once."""

from collections.abc import Iterable, Sequence

import numpy as np

from search.columnar.inverting import FIELD_COUNT
from search.columnar.layout import Array
from search.columnar.pages import PAGE_BITS
from search.ranking import bits
from search.ranking.postings import DocumentList, PostingList
from search.ranking.view import View

POSITION_BITS = 21
_FIELD_BITS = FIELD_COUNT.bit_length() - 1
_ONE = bits.WORD.type(1)
_NO_LISTS: frozenset[DocumentList] = frozenset()
_FEW = 4
"""Of a batch with so many times more documents than tokens asked for, only theirs are looked at."""


class Batch:
    """Documents, ascending. A *slot* is the place of a document in the batch.

    A *key* is a token's slot and, in the lower POSITION_BITS, its position. What several lists are
    needed of is read at once, by `read` and `load`: a call for each would cost as much again.
    `holders` are lists that are known to hold all of the documents.
    """

    def __init__(
        self, view: View, documents: Array, holders: frozenset[DocumentList] = _NO_LISTS
    ) -> None:
        self.view = view
        self.documents = documents
        self._holders = holders
        self._recency: Array | None = None
        self.standing: dict[object, Array] = {}
        self._pages = documents >> PAGE_BITS
        self._bit = bits.BIT.take(documents & bits.LOW)
        self._per_token: Array | None = None
        self._marks: Array | None = None
        self._firsts: Array | None = None
        self._places: dict[DocumentList, Array] = {}
        self._held: dict[DocumentList, Array | None] = {}
        self._counts: dict[PostingList, Array] = {}
        self._frequencies: dict[PostingList, Array] = {}
        self._tokens: dict[PostingList, Array] = {}
        self._keys: dict[PostingList, Array] = {}
        self._forms: dict[PostingList, Array] = {}

    def __len__(self) -> int:
        return len(self.documents)

    @property
    def per_token(self) -> Array:
        """(documents x fields) what one token counts."""
        if self._per_token is None:
            self._per_token = self.view.per_token.take(self.documents)
        return self._per_token

    def aged(self, scores: Array, recency: Array) -> Array:
        """Return scores times what each document gains by being new."""
        if self._recency is None:
            self._recency = recency.take(self.documents)
        return scores * self._recency

    def narrowed(self, slots: Array) -> "Batch":
        """Return the batch of some of the documents; what was counted of them is kept."""
        narrow = Batch(self.view, self.documents.take(slots), self._holders)
        if self._recency is not None:
            narrow._recency = self._recency.take(slots)
        for own, places in self._places.items():
            narrow._places[own] = places.take(slots)
            held = self._held[own]
            narrow._held[own] = None if held is None else held.take(slots)
        for postings, counts in self._counts.items():
            narrow._counts[postings] = counts.take(slots, axis=0)
            narrow._frequencies[postings] = self._frequencies[postings].take(slots)
        return narrow

    def flags(self, members: Array) -> Array:
        """Flag the documents that are in a set."""
        words = members.take(self._pages)
        words &= self._bit
        return words.astype(bool)

    def locate(self, lists: Iterable[DocumentList]) -> None:
        """Find where the documents stand in several lists, and which of them do."""
        missing = [own for own in lists if own not in self._places]
        if not missing:
            return
        words = _side_by_side([own.bits.take(self._pages) for own in missing])
        before = _side_by_side([own.before.take(self._pages) for own in missing])
        found = np.add(before, bits.sizes(words & (self._bit - _ONE)), dtype=np.intp)
        held: Sequence[Array | None] = [None] * len(missing)
        if not self._holders.issuperset(missing):
            words &= self._bit
            are_held = words.astype(bool)
            if not are_held.all():
                held = list(are_held)
        for number, own in enumerate(missing):
            self._places[own] = found[number]
            self._held[own] = held[number]

    def taken(self, values: Array, own: DocumentList) -> Array:
        """Return what belongs to each document, of what a list has for each of its own; else 0."""
        if own not in self._places:
            self.locate((own,))
        held = self._held[own]
        if held is None:
            return values.take(self._places[own])
        found: Array = values.take(self._places[own], mode="clip") * held
        return found

    def counts(self, postings: PostingList) -> Array:
        """Return (documents x fields) how often a group stands in each."""
        if postings not in self._counts:
            self.read((postings,))
        return self._counts[postings]

    def frequencies(self, postings: PostingList, field: int | None) -> Array:
        """Return T of a group in each document, as if all its tokens counted in full."""
        if field is not None:
            return self.counts(postings)[:, field] * self.per_token[:, field]
        if postings not in self._frequencies:
            self.read((postings,))
        return self._frequencies[postings]

    def read(self, lists: Iterable[PostingList]) -> None:
        """Read how often several groups stand in the documents."""
        missing = [own for own in lists if own not in self._counts]
        if not missing:
            return
        self.locate(missing)
        # Each list counts its own postings; what is read of all lies behind its start.
        places = np.array([self._places[own] for own in missing])
        places += np.array([own.start for own in missing])[:, None]
        counts = self.view.segment.field_counts(places)
        for number, own in enumerate(missing):
            held = self._held[own]
            if held is not None:
                counts[number] *= held[:, None]
        frequencies = np.einsum("ldf,df->ld", counts, self.per_token)
        for number, own in enumerate(missing):
            self._counts[own] = counts[number]
            self._frequencies[own] = frequencies[number]

    def load(self, lists: Iterable[PostingList]) -> None:
        """Read the tokens of several groups in the documents."""
        missing = [own for own in lists if own not in self._keys]
        if not missing:
            return
        self.locate(missing)
        first, last = self._token_bounds(missing)
        sizes = last - first
        stops = sizes.cumsum()
        tokens = (last - stops).repeat(sizes)
        tokens += np.arange(len(tokens))
        slots = self._first_keys()
        keys = slots if len(missing) == 1 else np.concatenate([slots] * len(missing))
        keys = keys.repeat(sizes)
        keys |= self.view.segment.positions_among(tokens)
        first_key = 0
        for own, last_key in zip(
            missing, stops[len(slots) - 1 :: len(slots)].tolist(), strict=True
        ):
            self._keys[own] = keys[first_key:last_key]
            self._tokens[own] = tokens[first_key:last_key]
            first_key = last_key

    def _token_bounds(self, lists: Sequence[PostingList]) -> tuple[Array, Array]:
        """Return where the tokens of each document begin and end, of one list after the other."""
        bounds = np.array([own.token_bounds[self._places[own]] for own in lists], np.intp)
        bounds += np.array([own.token_start for own in lists])[:, None, None]
        for number, own in enumerate(lists):
            held = self._held[own]
            if held is not None:
                bounds[number, ~held, 0] = bounds[number, ~held, 1]
        flat = bounds.reshape(-1, 2)
        return flat[:, 0], flat[:, 1]

    def keys(self, postings: PostingList) -> Array:
        """Return the keys of all tokens of a group in these documents, ascending."""
        known = self._keys.get(postings)
        if known is None:
            self.load((postings,))
            known = self._keys[postings]
        return known

    def forms(self, postings: PostingList) -> Array:
        """Return the form of each of these tokens, of a group that has forms."""
        if postings not in self._forms:
            self.load_forms((postings,))
        return self._forms[postings]

    def forms_at(self, postings: PostingList, places: Array) -> Array:
        """Return the form of some of these tokens, by their places among the keys."""
        tokens = self._tokens[postings].take(places)
        return self.view.segment.forms_among(tokens + postings.to_forms)

    def load_forms(self, lists: Sequence[PostingList]) -> None:
        """Read the forms of the tokens of several groups, which all have forms."""
        if not lists:
            return
        self.load(lists)
        forms = self.view.segment.forms_among(
            np.concatenate([self._tokens[own] + own.to_forms for own in lists])
        )
        first = 0
        for own in lists:
            last = first + len(self._tokens[own])
            self._forms[own] = forms[first:last]
            first = last

    def weighed(self, keys: Array, field: int | None) -> Array:
        """Return what some tokens count in each document, only those in a field, if given."""
        if not len(keys):
            return np.zeros(len(self.documents))
        cells = self.cells(keys)
        weights = self.per_token.ravel().take(cells)
        if field is not None:
            weights *= cells % FIELD_COUNT == field
        return np.bincount(cells >> _FIELD_BITS, weights, len(self.documents))

    def holding(self, keys: Array, field: int | None) -> Array:
        """Flag the documents of some tokens, only of those in a field, if given."""
        if field is None:
            slots = keys >> POSITION_BITS
        else:
            cells = self.cells(keys)
            slots = cells[cells % FIELD_COUNT == field] >> _FIELD_BITS
        flags = np.zeros(len(self.documents), bool)
        flags[slots] = True
        return flags

    def cells(self, keys: Array) -> Array:
        """Return for each token FIELD_COUNT times its slot, and the number of the field it stands in."""
        if self._marks is None:
            if _FEW * len(keys) < len(self.documents):
                slots = keys >> POSITION_BITS
                starts = self.view.segment.field_starts_of(self.documents.take(slots))
                positions = keys & ((1 << POSITION_BITS) - 1)
                fields = (positions[:, None] >= starts[:, 1:FIELD_COUNT]).sum(axis=1)
                return slots * FIELD_COUNT + fields
            self._marks = self._field_keys(0)
        cells: Array = self._marks.searchsorted(keys, side="right") - 1
        return cells

    def field_ends(self, keys: Array) -> Array:
        """Return for each token the key of the last position of its field."""
        return self._field_keys(1).take(self.cells(keys)) - 2

    def _field_keys(self, first: int) -> Array:
        starts = self.view.segment.field_starts_of(self.documents)
        return (starts[:, first : first + FIELD_COUNT] + self._first_keys()[:, None]).ravel()

    def _first_keys(self) -> Array:
        if self._firsts is None:
            self._firsts = np.arange(len(self.documents)) << POSITION_BITS
        return self._firsts


def _side_by_side(arrays: Sequence[Array]) -> Array:
    """Return arrays of one length as the rows of one."""
    return arrays[0][None] if len(arrays) == 1 else np.array(arrays)
