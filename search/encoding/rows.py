"""Pieces of text -> what their tokens are: the analysis, done once a piece and kept as numbers."""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from search.analysis.english import CASE_AWARE, DIRECTIONS, LONGEST_WHOLE, compounds
from search.analysis.stemming import stem
from search.columnar.layout import Array
from search.encoding.dictionary import Dictionary

Part = tuple[Array, Array, Array, Array]
"""Groups, documents, positions and forms of some tokens."""


class Rows:
    """A row for each piece: how many positions it takes, and its entries (group, form, place).

    The first entry stands at the first position of the piece, and the others lie apart. A piece
    without tokens takes no position, as row 0 does.
    """

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self._widths = array("I", [0])
        self._groups = array("I", [0])
        self._forms = array("B", [0])
        self._more_counts = array("I", [0])
        self._more_starts = array("I", [0])
        self._more_groups = array("I")
        self._more_forms = array("B")
        self._more_places = array("I")

    def __len__(self) -> int:
        return len(self._widths)

    def add_formless(self, group: int, count: int) -> range:
        """Add a row of one position for each of so many groups without forms, from `group` on.

        Returns their numbers.
        """
        first = len(self)
        self._extend(np.arange(group, group + count, dtype=np.uint32).tobytes(), bytes(count))
        return range(first, len(self))

    def add(self, pieces: Iterable[str]) -> range:
        """Add a row for each folded text, in which no Han character is, and return their numbers."""
        first = len(self)
        enter = self._dictionary.enter
        groups: list[int] = []
        forms: list[int] = []
        others = []
        for piece in pieces:
            if piece.isalnum() and _is_plain(piece):
                word = piece.lower()
                group, form = enter(stem(word), word)
            elif _NUMBER.fullmatch(piece):
                word = piece.replace(",", "").lstrip("$")
                group, form = enter(word, word)
            else:
                entries, width = self._entered(piece)
                others.append((first + len(groups), width, entries[1:]))
                group, form, _ = entries[0] if entries else (0, 0, 0)
            groups.append(group)
            forms.append(form)
        self._extend(array("I", groups).tobytes(), bytes(forms))
        for row, width, more in others:
            self._widths[row] = width
            self._more_counts[row] = len(more)
            self._more_starts[row] = len(self._more_groups)
            for group, form, place in more:
                self._more_groups.append(group)
                self._more_forms.append(form)
                self._more_places.append(place)
        return range(first, len(self))

    def _entered(self, piece: str) -> tuple[list[tuple[int, int, int]], int]:
        """Return the entries of a piece, and how many positions it takes."""
        atoms: Iterable[Sequence[str]]
        if "-" in piece and _is_hyphenated(piece):
            atoms = _hyphenated(piece.lower())
        elif piece[-2:] in _S and piece[:-2].isalpha() and _is_plain(piece[:-2]):
            word = piece[:-2].lower()
            atoms = [(f"{word}s", word)]
        else:
            atoms = _terms(piece)
        enter = self._dictionary.enter
        entries: list[tuple[int, int, int]] = []
        width = 0
        for width, terms in enumerate(atoms, 1):
            if len(terms) == 1:  # most of the parts of what is hyphenated
                entries.append((*enter(stem(terms[0]), terms[0]), width - 1))
                continue
            by_stem: dict[str, list[str]] = {}
            for term in dict.fromkeys(terms):
                by_stem.setdefault(stem(term), []).append(term)
            for group, own in by_stem.items():
                entries.append((*enter(group, " ".join(own)), width - 1))
        return entries, width

    def _extend(self, groups: bytes, forms: bytes) -> None:
        """Add rows of one position and of one entry each."""
        count = len(forms)
        self._widths.extend(array("I", [1]) * count)
        self._groups.frombytes(groups)
        self._forms.frombytes(forms)
        self._more_counts.extend(array("I", [0]) * count)
        self._more_starts.extend(array("I", [0]) * count)

    def widths(self, rows: Array) -> Array:
        """Return how many positions each row takes."""
        return _view(self._widths, np.uint32).take(rows)

    def tokens(self, rows: Array, documents: Array, positions: Array) -> Iterator[Part]:
        """Yield the tokens of pieces, given where they stand."""
        counts = _view(self._more_counts, np.uint32).take(rows)
        with_more = np.flatnonzero(counts)
        if len(with_more):
            places = documents[with_more], positions[with_more]
            yield self._more(rows[with_more], counts[with_more], *places)
        some = self.widths(rows) != 0
        if not some.all():
            rows, documents, positions = rows[some], documents[some], positions[some]
        groups = _view(self._groups, np.uint32).take(rows)
        yield groups, documents, positions, _view(self._forms, np.uint8).take(rows)

    def _more(self, rows: Array, counts: Array, documents: Array, positions: Array) -> Part:
        """Return the tokens of all entries but the first."""
        starts = _view(self._more_starts, np.uint32).take(rows)
        ends = np.cumsum(counts, dtype=np.int64)
        entries = np.repeat(starts - (ends - counts), counts)
        entries += np.arange(len(entries))
        places = np.repeat(positions, counts)
        places += _view(self._more_places, np.uint32).take(entries)
        return (
            _view(self._more_groups, np.uint32).take(entries),
            np.repeat(documents, counts),
            places,
            _view(self._more_forms, np.uint8).take(entries),
        )


_S = ("'s", "'S")
_NUMBER = re.compile(r"\$?(?:\d{1,3}(?:,\d{3}){1,6}|\d+)(?:\.\d+)*", re.ASCII)
"""What is one atom and stays as it is, but for commas."""


def _terms(piece: str) -> Iterator[Sequence[str]]:
    """Yield the terms at each position of a piece."""
    for compound in compounds(piece):
        first, *rest = compound.atoms
        yield (first.primary, *first.others, *((compound.whole,) if compound.whole else ()))
        for atom in rest:
            yield (atom.primary, *atom.others)


def _is_plain(piece: str) -> bool:
    """Say whether letters or digits are of ASCII and are cut into themselves, in small letters."""
    if not piece.isascii():
        return False
    if piece.isalpha():
        if piece.islower() or piece.istitle():
            return True
        return piece[0] not in DIRECTIONS and piece.lower() not in CASE_AWARE
    return piece.isdigit()


def _is_hyphenated(piece: str) -> bool:
    """Say whether a piece is plain words of letters with hyphens between them."""
    return all(part.isalpha() and _is_plain(part) for part in piece.split("-"))


def _hyphenated(words: str) -> list[list[str]]:
    """Return the terms at each position of small words with hyphens between them."""
    atoms = [[word] for word in words.split("-")]
    if len(atoms) <= LONGEST_WHOLE:
        atoms[0].append(words.replace("-", ""))
    return atoms


def _view(numbers: "array[int]", kind: type) -> Array:
    """Return an array over the numbers; they cannot grow as long as it lives."""
    return np.frombuffer(numbers, kind) if numbers else np.zeros(0, kind)
