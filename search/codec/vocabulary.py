"""The terms of the text fields of one segment, sorted by their bytes, and in which fields each stands.

Terms are not stored as such: exact forms, stems (`~`), Han characters and pairs, and words (`=`) are
four sorted sequences over the dictionary. No form begins with a mark, so they follow each other; only
Han and the forms of rare scripts are interleaved.
"""

import threading
from collections.abc import Iterator
from functools import cached_property
from heapq import merge
from itertools import chain, groupby

import numpy as np

from search.analysis.scripts import has_han
from search.analysis.tokens import STEM_MARK, WORD_MARK
from search.codec.postings import Standing, tokens_of
from search.columnar.front_coding import FrontCoded
from search.columnar.inverting import FIELD_COUNT, unpacked
from search.columnar.layout import Array
from search.columnar.segment import Segment

_STEM, _WORD = STEM_MARK.encode(), WORD_MARK.encode()
END = b"\xff"
"""Above every term: UTF-8 never holds this byte."""
_BLOCK = 4096
"""So many groups are looked at together, when it is first asked in which fields one of them stands."""


class Vocabulary:
    """Safe in threads."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._blocks: dict[int, Array] = {}
        self._forms: dict[int, Array] = {}
        self._lock = threading.Lock()

    def find(self, term: bytes) -> Standing | None:
        """Return by what a term is found, or None."""
        try:
            text = term.decode("utf-8")
        except UnicodeDecodeError:
            return None
        if text.startswith(STEM_MARK):
            return self._group(text[1:], labelled=True)
        if text.startswith(WORD_MARK):
            return self._group(text, labelled=False, placed=False)
        if has_han(text):
            return self._characters(text)
        return self._exact(self._segment.exact(text))

    def between(self, start: bytes, stop: bytes, number: int | None) -> Iterator[bytes]:
        """Yield the terms from `start` up to and without `stop`, ascending.

        Those of a field, by its number; of all fields where it is None.
        """
        exact, has_mark = self._exact_between, (_WORD, _STEM)
        return chain(
            exact(start, min(stop, has_mark[0]), number),
            self._words_between(start, stop, number),
            exact(max(start, has_mark[0]), min(stop, has_mark[1]), number),
            self._stems_between(start, stop, number),
            merge(
                exact(max(start, has_mark[1]), stop, number),
                self._characters_between(start, stop, number),
            ),
        )

    def _group(self, name: str, *, labelled: bool, placed: bool = True) -> Standing | None:
        group = self._segment.group(name)
        if group is None or self._is_labelled[group] != labelled:
            return None
        return Standing(range(group, group + 1), placed=placed)

    def _characters(self, text: str) -> Standing | None:
        if len(text) > 1:
            return self._group(text, labelled=False)
        groups = range(*self._segment.groups.range_of(text.encode("utf-8")))
        return Standing(groups) if groups else None

    def _exact(self, forms: list[tuple[int, int]]) -> Standing | None:
        if not forms:
            return None
        group = forms[0][0]  # all forms of a term have its stem in common
        only = tuple(form for _, form in forms) if self._segment.has_forms(group) else None
        return Standing(range(group, group + 1), only)

    def _exact_between(self, start: bytes, stop: bytes, number: int | None) -> Iterator[bytes]:
        segment = self._segment
        terms = segment.terms
        for term, same in groupby(_places(terms, start, stop), terms.__getitem__):
            forms = [(segment.term_groups[place], segment.term_forms[place]) for place in same]
            if number is None or any(self._form_stands(*form, number) for form in forms):
                yield term

    def _words_between(self, start: bytes, stop: bytes, number: int | None) -> Iterator[bytes]:
        groups = self._segment.groups
        for group in _places(groups, max(start, _WORD), min(stop, _WORD + END)):
            if self._stands(group, number):
                yield groups[group]

    def _stems_between(self, start: bytes, stop: bytes, number: int | None) -> Iterator[bytes]:
        groups = self._segment.groups
        first, last = max(start, _STEM), min(stop, _STEM + END)
        if first >= last:
            return
        within = _places(groups, first[1:], last[1:])
        for group in _within(self._labelled, within):
            if self._stands(group, number):
                yield _STEM + groups[group]

    def _characters_between(self, start: bytes, stop: bytes, number: int | None) -> Iterator[bytes]:
        """Yield pairs and, before the first that begins with it, each character by itself."""
        groups = self._segment.groups
        within = _places(groups, start, stop)
        pairs = ((groups[group], group) for group in _within(self._unlabelled, within))
        for character, same in groupby(pairs, lambda pair: _first_of(pair[0])):
            if start <= character and any(
                self._stands(group, number) for group in range(*groups.range_of(character))
            ):
                yield character
            for name, group in same:
                if name > character and self._stands(group, number):
                    yield name

    @cached_property
    def _is_labelled(self) -> Array:
        return self._segment.label_starts.sizes(0, len(self._segment.groups)) > 0

    @cached_property
    def _labelled(self) -> Array:
        return np.flatnonzero(self._is_labelled)

    @cached_property
    def _unlabelled(self) -> Array:
        flags = ~self._is_labelled
        flags[slice(*self._segment.groups.range_of(_WORD))] = False
        return np.flatnonzero(flags)

    def _stands(self, group: int, number: int | None) -> bool:
        return number is None or bool(self._fields(group)[number])

    def _form_stands(self, group: int, form: int, number: int) -> bool:
        fields = self._fields(group)
        if not fields[number] or fields.sum() == 1 or not self._segment.has_forms(group):
            return bool(fields[number])
        return bool(self._fields_of_forms(group)[form, number])

    def _fields(self, group: int) -> Array:
        """Return a flag for each field: whether the group stands there."""
        block, place = divmod(group, _BLOCK)
        with self._lock:
            known = self._blocks.get(block)
            if known is None:
                known = self._blocks[block] = self._fields_of_block(block)
        flags: Array = known[place]
        return flags

    def _fields_of_block(self, block: int) -> Array:
        segment = self._segment
        first, last = block * _BLOCK, min(len(segment.groups), (block + 1) * _BLOCK)
        part = segment.postings(first, last)
        counts = unpacked(segment.counts(np.arange(part.start, part.stop)))
        postings, fields = np.nonzero(counts)
        starts = segment.starts.between(first, last) - part.start
        flags = np.zeros((last - first, FIELD_COUNT), bool)
        flags[np.searchsorted(starts, postings, "right") - 1, fields] = True
        return flags

    def _fields_of_forms(self, group: int) -> Array:
        """Return (forms x fields) flags: whether any token of the form stands there."""
        with self._lock:
            known = self._forms.get(group)
            if known is None:
                segment = self._segment
                tokens = tokens_of(segment, range(group, group + 1))
                starts = segment.label_starts
                known = np.zeros((int(starts[group + 1] - starts[group]), FIELD_COUNT), bool)
                fields = segment.field_of(tokens.documents, tokens.positions)
                known[segment.forms_of(group), fields] = True
                self._forms[group] = known
        return known


def _places(strings: FrontCoded, start: bytes, stop: bytes) -> range:
    """Return the places of the strings from `start` up to and without `stop`."""
    first = strings.range_of(start)[0]
    return range(first, max(first, strings.range_of(stop)[0]))


def _within(groups: Array, places: range) -> memoryview:
    """Return those of some groups, ascending, that lie in a range."""
    first, last = np.searchsorted(groups, (places.start, places.stop))
    return memoryview(groups)[first:last]  # type: ignore[arg-type]  # its items are Python's numbers


def _first_of(pair: bytes) -> bytes:
    return pair.decode("utf-8")[:1].encode("utf-8")
