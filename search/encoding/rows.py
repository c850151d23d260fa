"""Pieces of text -> what their tokens are: the analysis, done once a piece and kept as numbers."""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from search.analysis.english import CASE_AWARE, DIRECTIONS, LONGEST_WHOLE, compounds
from search.analysis.stemming import stem
from search.columnar.layout import Array
from search.encoding.dictionary import Dictionary, renumbered
from search.encoding.hashing import KEY_BYTES

Part = tuple[Array, Array, Array]
"""Forms, documents and positions of some tokens."""


class Irregular(NamedTuple):
    """Which of some pieces are not one token at one position, and their numbers among those rows."""

    places: Array
    numbers: Array


class Rows:
    """A row for each piece: the form of its first token, and, for few, a number of what is irregular.

    Of these it is known how many positions they take, and what their further tokens are (form, place).
    The first token stands at the first position of the piece, and the others lie apart. A piece
    without tokens takes no position, as row 0 does.
    """

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self._forms = array("I", [0])
        self._irregular = array("I", [1])
        self._widths = array("I", [1, 0])
        self._more_ends = array("I", [0, 0])
        self._more_forms = array("I")
        self._more_places = array("I")

    def __len__(self) -> int:
        return len(self._forms)

    def add_keys(self, low: Array, high: Array) -> range:
        """Add a row for each of some distinct keys of pieces of ASCII; return their numbers."""
        rows = self._extended(len(low))
        halves = np.stack([low, high], axis=1)
        labels, is_plain = _plain_labels(halves)
        plain = np.flatnonzero(is_plain)
        forms = self._dictionary.forms_of_keys(labels[plain, 0], labels[plain, 1])
        np.frombuffer(self._forms, np.uint32)[rows.start + plain] = forms
        others = np.flatnonzero(~is_plain)
        names = halves[others].view("S16").ravel().tolist()
        self._analyse((others + rows.start).tolist(), [name.decode("ascii") for name in names])
        return rows

    def add(self, pieces: Sequence[str]) -> range:
        """Add a row for each folded text, in which no Han character is, and return their numbers."""
        rows = self._extended(len(pieces))
        self._analyse(rows, pieces)
        return rows

    def _extended(self, count: int) -> range:
        """Add so many rows of which nothing is known yet."""
        first = len(self)
        nothing = bytes(count * self._forms.itemsize)
        self._forms.frombytes(nothing)
        self._irregular.frombytes(nothing)
        return range(first, len(self))

    def _analyse(self, rows: Sequence[int], pieces: Sequence[str]) -> None:
        """Put into rows what the pieces are."""
        labels: list[str] = []
        firsts = []
        others = []
        for row, piece in zip(rows, pieces, strict=True):
            firsts.append(len(labels))
            if _NUMBER.fullmatch(piece):
                labels.append(piece.replace(",", "").lstrip("$"))
                continue
            own, places, width = _entries(piece)
            labels += own
            if len(own) != 1 or width != 1:
                others.append((row, firsts[-1], places, width))
        forms = array("I", self._dictionary.forms_of(labels).tobytes())
        forms.append(0)  # where the last pieces have no tokens
        for row, first in zip(rows, firsts, strict=True):
            self._forms[row] = forms[first]
        for row, first, places, width in others:
            self._irregular[row] = len(self._widths)
            self._widths.append(width)
            self._more_forms += forms[first + 1 : first + len(places)]
            self._more_places.extend(places[1:])
            self._more_ends.append(len(self._more_forms))

    def keep(self, new_forms: Array) -> Array:
        """Forget pieces with a form that is forgotten; return how each row is numbered anew.

        For a form or a row that is forgotten that is 0.
        """
        forms = new_forms[np.frombuffer(self._forms, np.uint32)]
        numbers = np.frombuffer(self._irregular, np.uint32)
        widths, ends = np.array(self._widths), np.array(self._more_ends, np.int64)
        more_forms = new_forms[np.frombuffer(self._more_forms, np.uint32)]
        gone = np.append(0, np.cumsum(more_forms == 0))[ends]
        is_whole = np.diff(gone, prepend=0) == 0
        kept = ((forms > 0) | (widths[numbers] == 0)) & is_whole[numbers]
        kept[0] = True
        rows = np.flatnonzero(kept)
        # In the order of their numbers, of which 0 says that nothing is irregular.
        irregular = np.unique(np.append(0, numbers[rows]))
        counts = np.diff(ends, prepend=0)
        is_left = np.zeros(len(widths), bool)
        is_left[irregular] = True
        is_left = np.repeat(is_left, counts)
        self._forms = array("I", forms[rows].tobytes())
        self._irregular = array("I", renumbered(irregular, len(widths))[numbers[rows]].tobytes())
        self._widths = array("I", widths[irregular].tobytes())
        self._more_ends = array("I", np.cumsum(counts[irregular]).astype(np.uint32).tobytes())
        self._more_places = array(
            "I", np.frombuffer(self._more_places, np.uint32)[is_left].tobytes()
        )
        self._more_forms = array("I", more_forms[is_left].tobytes())
        return renumbered(rows, len(kept))

    def irregular(self, rows: Array) -> Irregular:
        """Return which of the pieces of these rows are not one token at one position."""
        numbers = np.frombuffer(self._irregular, np.uint32).take(rows)
        places = np.flatnonzero(numbers)
        return Irregular(places, numbers[places])

    def widths(self, irregular: Irregular) -> Array:
        """Return how many positions each of the irregular pieces takes."""
        return np.frombuffer(self._widths, np.uint32).take(irregular.numbers)

    def tokens(
        self, rows: Array, irregular: Irregular, documents: Array, positions: Array
    ) -> Iterator[Part]:
        """Yield the tokens of pieces, given where they stand."""
        forms = np.frombuffer(self._forms, np.uint32).take(rows).view(np.int32)
        places, numbers = irregular
        if len(places):
            yield self._more(numbers, documents[places], positions[places])
            without = places[self.widths(irregular) == 0]
            if len(without):
                some = np.ones(len(rows), bool)
                some[without] = False
                forms, documents, positions = forms[some], documents[some], positions[some]
        yield forms, documents, positions

    def _more(self, numbers: Array, documents: Array, positions: Array) -> Part:
        """Return the tokens of irregular pieces but for their first."""
        all_ends = np.frombuffer(self._more_ends, np.uint32)
        starts = all_ends.take(numbers - 1).astype(np.int64)
        counts = all_ends.take(numbers) - starts
        entries = np.repeat(starts - (np.cumsum(counts) - counts), counts)
        entries += np.arange(len(entries))
        if not len(entries):
            return NO_TOKENS
        places = np.repeat(positions, counts)
        places += np.frombuffer(self._more_places, np.uint32).take(entries)
        forms = np.frombuffer(self._more_forms, np.int32).take(entries)
        return forms, np.repeat(documents, counts), places


NO_TOKENS: Part = (np.zeros(0, np.int32), np.zeros(0, np.uint32), np.zeros(0, np.uint32))


def _plain_labels(halves: Array) -> tuple[Array, Array]:
    """Return pieces, given as their keys, in small letters, and flag those that this is all about.

    These are the ones that are cut into themselves: letters only, or digits only.
    """
    data = halves.view(np.uint8).reshape(-1, KEY_BYTES)
    small = data | np.uint8(_SMALL)
    is_letter = (small >= ord("a")) & (small <= ord("z"))
    is_digit = (data >= ord("0")) & (data <= ord("9"))
    size = np.count_nonzero(data, axis=1)
    words = np.count_nonzero(is_letter, axis=1) == size
    numbers = np.count_nonzero(is_digit, axis=1) == size
    labels = np.where(is_letter, small, data).view(np.uint64)
    later_capitals = (is_letter & (data < ord("a")))[:, 1:].any(axis=1)
    special = np.isin(data[:, 0], _DIRECTIONS) | (
        np.isin(labels[:, 0], _CASE_AWARE) & (labels[:, 1] == 0)
    )
    return labels, (words & ~(later_capitals & special)) | numbers


_SMALL = 0x20
_DIRECTIONS = np.frombuffer(DIRECTIONS.encode("ascii"), np.uint8)
_CASE_AWARE = np.array(sorted(CASE_AWARE), "S8").view(np.uint64)


def _entries(piece: str) -> tuple[list[str], list[int], int]:
    """Return the labels of the tokens of a piece, their positions, and how many it takes."""
    if piece.isalpha() and _is_plain(piece):
        return [piece.lower()], [0], 1
    atoms: Iterable[Sequence[str]]
    if "-" in piece and _is_hyphenated(piece):
        atoms = _hyphenated(piece.lower())
    elif piece[-2:] in _S and piece[:-2].isalpha() and _is_plain(piece[:-2]):
        word = piece[:-2].lower()
        atoms = [(f"{word}s", word)]
    else:
        atoms = _terms(piece)
    labels: list[str] = []
    places: list[int] = []
    width = 0
    for width, terms in enumerate(atoms, 1):
        if len(terms) == 1:  # most of the parts of what is hyphenated
            labels.append(terms[0])
            places.append(width - 1)
            continue
        by_stem: dict[str, list[str]] = {}
        for term in dict.fromkeys(terms):
            by_stem.setdefault(stem(term), []).append(term)
        for own in by_stem.values():
            labels.append(" ".join(own))
            places.append(width - 1)
    return labels, places, width


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
