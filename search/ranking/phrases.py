"""Pieces at consecutive positions, and neighbours: where they stand among the documents of a batch."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from search.analysis.stemming import stem
from search.columnar.inverting import unpacked
from search.columnar.layout import Array
from search.query.plan import Piece, Run, Word
from search.ranking import bits
from search.ranking.batch import POSITION_BITS, Batch
from search.ranking.expanding import form_flags, sizes
from search.ranking.postings import PostingList
from search.ranking.view import View

_FEW = 128
"""In so few documents the tokens of all elements are read at once; in more, the rarest ones first."""
_POSITION = (1 << POSITION_BITS) - 1


class CharacterList:
    """A Han character alone: it stands in all pairs that begin with it, and in the group of run ends."""

    def __init__(self, view: View, first: int, last: int) -> None:
        self._view = view
        self.first, self.last = first, last
        self.documents = view.segment.documents_of(first, last)
        self.size = len(self.documents)
        self.bits = bits.of_documents(self.documents, view.count)

    def keys(self, batch: Batch) -> Array:
        """Return the keys of the character in the documents of the batch, ascending."""
        segment, groups = self._view.segment, (self.first, self.last)
        slots = np.full(self._view.count, -1, np.int32)
        slots[batch.documents] = np.arange(len(batch))
        owners = slots.take(self.documents)
        wanted = np.flatnonzero(owners >= 0)
        ends = segment.token_ends(*groups)
        counts = sizes(ends, wanted)
        tokens = np.repeat(ends[wanted] - np.cumsum(counts), counts) + np.arange(int(counts.sum()))
        positions = segment.positions_at(self.first, tokens, self.last)
        keys = np.repeat(owners[wanted].astype(np.int64) << POSITION_BITS, counts) | positions
        keys.sort()
        return keys


def character_list(character: str, view: View) -> CharacterList | None:
    """Return the postings of a Han character alone, None where no document has it."""
    known: CharacterList | None = view.kept.characters.get(character)
    if known is None:
        first, last = view.segment.groups.range_of(character.encode("utf-8", "replace"))
        if last == first:
            return None
        known = CharacterList(view, first, last)
        size = known.documents.nbytes + known.bits.nbytes
        view.kept_with(size).characters[character] = known
    return known


def holding(character: str, view: View, field: int | None) -> Array:
    """Return the set of documents with a character: those of every pair that begins with it."""
    postings = character_list(character, view)
    if postings is None:
        return np.zeros(view.page_count, bits.WORD)
    if field is None:
        return postings.bits
    part = view.segment.postings(postings.first, postings.last)
    counts = unpacked(view.segment.counts(np.arange(part.start, part.stop)))
    return bits.of_documents(postings.documents[counts[:, field] > 0], view.count)


class Element(NamedTuple):
    """Something at a fixed distance from the start of a phrase: postings, and which forms of them."""

    postings: PostingList | CharacterList
    forms: Array | None
    offset: int

    def starts(self, batch: Batch) -> Array:
        """Return the keys at which a phrase with this element can begin, whatever its form.

        Nearer to the start of its document than its distance, it yields the key of no document, or of
        another one.
        """
        keys = self._keys(batch)
        return keys - self.offset if self.offset else keys

    def first_starts(self, batch: Batch) -> Array:
        """Return those of them that lie in the documents of their tokens."""
        keys = self._keys(batch)
        return keys[keys & _POSITION >= self.offset] - self.offset if self.offset else keys

    def _keys(self, batch: Batch) -> Array:
        if isinstance(self.postings, CharacterList):
            return self.postings.keys(batch)
        return batch.keys(self.postings)

    def as_typed(self, keys: Array, batch: Batch) -> Array:
        """Return those of the keys at which a phrase begins that has the right form here."""
        if self.forms is None or isinstance(self.postings, CharacterList) or not len(keys):
            return keys
        places = batch.keys(self.postings).searchsorted(keys + self.offset)
        return keys[self.forms.take(batch.forms_at(self.postings, places))]


def elements(pieces: Sequence[Piece], view: View) -> list[Element]:
    """Return what to look for, the rarest first, or nothing where the dictionary lacks a part."""
    found: list[Element] = []
    offset = 0
    for piece in pieces:
        own = _word(piece, view, offset) if isinstance(piece, Word) else _run(piece, view, offset)
        if not own:
            return []
        found += own
        offset += piece.width
    return sorted(found, key=lambda element: element.postings.size)


def lists(found: Iterable[Element]) -> tuple[PostingList, ...]:
    """Return the postings of elements, each once, of those that are one group."""
    own = (element.postings for element in found)
    return tuple(dict.fromkeys(postings for postings in own if isinstance(postings, PostingList)))


def starts(found: Sequence[Element], batch: Batch) -> Array:
    """Return the keys at which a phrase begins in the documents of a batch, ascending."""
    if len(batch) <= _FEW:
        batch.load(lists(found))
    keys = _standing(found[0].first_starts(batch), found[1:], batch)
    return found[0].as_typed(keys, batch)


def _standing(keys: Array, rest: Sequence[Element], batch: Batch) -> Array:
    """Return those of the keys at which the rest of a phrase stands as well."""
    for number, element in enumerate(rest):
        if not len(keys):
            return keys
        if number and len(batch) > _FEW:
            slots = np.unique(keys >> POSITION_BITS)
            if 2 * len(slots) < len(batch):
                shifts = (slots - np.arange(len(slots))) << POSITION_BITS
                moved = keys - shifts.take(slots.searchsorted(keys >> POSITION_BITS))
                left = _standing(moved, rest[number:], batch.narrowed(slots))
                return left + shifts.take(left >> POSITION_BITS)
        keys = element.as_typed(keys[_contained(keys, element.starts(batch))], batch)
    return keys


def _contained(keys: Array, others: Array) -> Array:
    """Flag the keys that are among the others; both sorted."""
    if not len(others):
        return np.zeros(len(keys), bool)
    flags: Array = others.take(others.searchsorted(keys), mode="clip") == keys
    return flags


def followed(  # noqa: PLR0913
    before: Array, width: int, after: Array, batch: Batch, distance: int, *, ordered: bool
) -> Array:
    """Return the keys `before`, of something so wide, that one `after` follows in the same field."""
    ends = before + (width - 1)
    first = ends + 1 if ordered else before
    last = np.minimum(ends + distance, batch.field_ends(before))
    return before[after.searchsorted(last, side="right") > after.searchsorted(first)]


def _word(piece: Word, view: View, offset: int) -> list[Element]:
    postings = view.postings(stem(piece.form) if piece.stem is None else piece.stem)
    if postings is None:
        return []
    if piece.stem is not None:
        return [Element(postings, None, offset)]
    forms = [form for own, form in view.segment.exact(piece.form) if own == postings.group]
    if not forms:
        return []
    return [Element(postings, form_flags(forms) if postings.has_forms else None, offset)]


def _run(piece: Run, view: View, offset: int) -> list[Element]:
    characters = piece.characters
    if len(characters) == 1:
        character = character_list(characters, view)
        return [Element(character, None, offset)] if character else []
    found = []
    for at in range(len(characters) - 1):
        postings = view.postings(characters[at : at + 2])
        if postings is None:
            return []
        found.append(Element(postings, None, offset + at))
    return found
