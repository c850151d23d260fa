"""Runs of Han characters -> the words in them, as numbers of forms."""

from array import array
from collections.abc import Callable

import numpy as np

from search.analysis import chinese
from search.analysis.tokens import WORD_MARK
from search.columnar.layout import Array
from search.encoding.dictionary import Dictionary, renumbered
from search.encoding.hashing import KEY_BYTES, KeyTable, keys_at

_LINE_END = 0xFFFFFFFF
_FIRST_WORD = 2
"""Number 0 is none, and number 1 the end of a line."""

_UNIT = 2
"""Bytes of UTF-16: a key holds eight characters, and almost every word has less."""


class Words:
    """Cuts runs and remembers the words; loads the dictionary of Chinese with the first run."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self._cut: Callable[[str], list[str]] | None = None
        self._keys = KeyTable()
        self._keyless: dict[str, int] = {}
        self._forms = array("I", [0, _LINE_END])
        line_end = np.array([ord("\n")], np.uint64)
        self._keys.add(line_end, np.zeros_like(line_end), np.array([1]))

    def find(self, runs: str) -> tuple[Array, Array]:
        """Return the forms of all words of some runs, and how many words stand before each run ends.

        A line end follows on each run.
        """
        self._cut = self._cut or chinese.word_lists()
        words = self._cut(runs)
        text = "\0".join(("", *words, "\0" * KEY_BYTES))
        units = np.frombuffer(text.encode("utf-16-le"), np.uint16)
        bounds = np.flatnonzero(units == 0)[: len(words) + 1] * _UNIT
        starts, sizes = bounds[:-1] + _UNIT, np.diff(bounds) - _UNIT
        low, high = keys_at(units.view(np.uint8), starts, sizes)
        rows = self._keys.find(low, high)
        missing = np.flatnonzero((rows == 0) & (low != 0))
        if len(missing):
            place_of = {words[place]: place for place in missing.tolist()}
            places = np.array(list(place_of.values()))
            numbers = np.arange(len(self._forms), len(self._forms) + len(places))
            self._add(list(place_of))
            self._keys.add(low[places], high[places], numbers)
            rows[missing] = self._keys.find(low[missing], high[missing])
        for place in np.flatnonzero(low == 0).tolist():
            word = words[place]
            if word not in self._keyless:
                self._keyless[word] = len(self._forms)
                self._add([word])
            rows[place] = self._keyless[word]
        forms = np.frombuffer(self._forms, np.uint32).take(rows)
        is_word = forms != _LINE_END
        ends = np.flatnonzero(~is_word)
        return forms[is_word].view(np.int32), ends - np.arange(len(ends))

    def keep(self, new_forms: Array) -> None:
        """Forget the words of forms that are forgotten, whose new number is 0."""
        forms = new_forms[np.frombuffer(self._forms, np.uint32)[_FIRST_WORD:]]
        words = np.append([0, 1], np.flatnonzero(forms) + _FIRST_WORD)
        new = renumbered(words, len(self._forms)).tolist()
        self._keys = self._keys.only(words)
        self._keyless = {word: new[old] for word, old in self._keyless.items() if new[old]}
        self._forms = array("I", [0, _LINE_END])
        self._forms.frombytes(forms[forms > 0].tobytes())

    def _add(self, words: list[str]) -> None:
        first = self._dictionary.add_formless([WORD_MARK + word for word in words])
        self._forms.extend(range(first, first + len(words)))
