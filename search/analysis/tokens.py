"""Text -> tokens, for documents.

White space parts text into chunks; a short chunk is analysed once and then remembered, because a
handful of distinct chunks makes up most of English (measured: 34 MB of text a second against 1.8 for a
chain of filters). Chinese sentences are one long chunk each, and not remembered.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from search.analysis import chinese
from search.analysis.english import Compound, compounds
from search.analysis.folding import fold
from search.analysis.scripts import HAN_RUN
from search.analysis.stemming import stem
from search.patterns import late

STEM_MARK = "~"
WORD_MARK = "="

_CHUNK = late(r"\S+")
_LONGEST_REMEMBERED = 40
_MOST_REMEMBERED = 400_000


class Token(NamedTuple):
    """A term at a position; `start` and `end` are its span in the original text, in code points."""

    term: str
    position: int
    start: int
    end: int


Row = tuple[str, int, int, int]
"""A token without names for its parts: far quicker to make, for those who only take it apart."""

_named = partial(tuple.__new__, Token)

_Analysed = tuple[tuple[Row, ...], int]
"""Tokens relative to their chunk, and how many positions the chunk takes."""


class Tokenizer:
    """Cuts documents into tokens and remembers what it has cut. Not for sharing between threads.

    Without `chinese_words` no dictionary is loaded, and the terms that begin with = are missing.
    """

    def __init__(self, *, chinese_words: bool = True) -> None:
        self._chinese_words = chinese_words
        self._remembered: dict[str, _Analysed] = {}

    def tokens(self, text: str) -> Iterator[Token]:
        """Yield the tokens of the text in the order of their positions, exact forms before stems."""
        return map(_named, self.rows(text))

    def rows(self, text: str) -> Iterator[Row]:
        """Yield what `tokens` yields, as plain tuples."""
        remembered = self._remembered
        position = 0
        for match in _CHUNK.finditer(text):
            chunk = match.group()
            rows, width = remembered.get(chunk) or self._analyse(chunk)
            offset = match.start()
            for term, place, start, end in rows:
                yield term, position + place, offset + start, offset + end
            position += width

    def _analyse(self, chunk: str) -> _Analysed:
        analysed = _analyse(chunk, chinese_words=self._chinese_words)
        if len(chunk) <= _LONGEST_REMEMBERED:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[chunk] = analysed
        return analysed


def _analyse(chunk: str, *, chinese_words: bool) -> _Analysed:
    """Return the tokens of a text without white space, and how many positions it takes."""
    tokens: list[Row] = []
    position = 0
    for start, end, is_han in segments(folded := fold(chunk)):
        piece = folded[start:end]
        if is_han:
            words = chinese.words(piece) if chinese_words else []
            tokens += _han_tokens(piece, words, position, start)
            position += end - start
        else:
            for compound in compounds(piece):
                tokens += compound_tokens(compound, position, start)
                position += len(compound.atoms)
    return tuple(tokens), position


def segments(folded: str) -> Iterator[tuple[int, int, bool]]:
    """Part folded text into (start, end, whether it is a Han run); the segments rebuild the text."""
    at = 0
    if not folded.isascii():
        for match in HAN_RUN.finditer(folded):
            if match.start() > at:
                yield at, match.start(), False
            yield match.start(), match.end(), True
            at = match.end()
    if at < len(folded):
        yield at, len(folded), False


def compound_tokens(compound: Compound, position: int, offset: int) -> Iterator[Row]:
    """Yield the tokens of a compound that stands at this position and this offset."""
    atoms = compound.atoms
    for place, atom in enumerate(atoms, position):
        start, end = offset + atom.start, offset + atom.end
        terms = _with_stems((atom.primary, *atom.others))
        for term in terms:
            yield term, place, start, end
        if place == position and compound.whole:
            end = offset + atoms[-1].end
            for term in _with_stems((compound.whole,)):
                if term not in terms:
                    yield term, place, start, end


def _with_stems(forms: tuple[str, ...]) -> dict[str, None]:
    return dict.fromkeys((*forms, *(STEM_MARK + stem(form) for form in forms)))


def _han_tokens(run: str, words: list[chinese.Word], position: int, offset: int) -> Iterator[Row]:
    ends: dict[int, list[int]] = {}
    for start, end in words:
        ends.setdefault(start, []).append(end)
    last = len(run) - 1
    for at, character in enumerate(run):
        place, start = position + at, offset + at
        yield character, place, start, start + 1
        if at < last:
            yield run[at : at + 2], place, start, start + 2
        for end in ends.get(at, ()):
            yield WORD_MARK + run[at:end], place, start, offset + end
