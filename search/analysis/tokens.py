"""Text -> tokens, for documents.

White space parts text into chunks; a short chunk is analysed once and then remembered, because a
handful of distinct chunks makes up most of English (measured: 34 MB of text a second against 1.8 for a
chain of filters). Chinese sentences are one long chunk each, and not remembered.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from search.analysis import chinese
from search.analysis.english import Compound, compounds
from search.analysis.folding import fold
from search.analysis.scripts import HAN_RUN
from search.analysis.stemming import stem

STEM_MARK = "~"
WORD_MARK = "="

_CHUNK = re.compile(r"\S+")
_LONGEST_REMEMBERED = 40
_MOST_REMEMBERED = 400_000


class Token(NamedTuple):
    """A term at a position; `start` and `end` are its span in the original text, in code points."""

    term: str
    position: int
    start: int
    end: int


_Analysed = tuple[tuple[Token, ...], int]
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
        remembered = self._remembered
        position = 0
        for match in _CHUNK.finditer(text):
            chunk = match.group()
            analysed = remembered.get(chunk) or self._analyse(chunk)
            offset = match.start()
            for term, place, start, end in analysed[0]:
                yield Token(term, position + place, offset + start, offset + end)
            position += analysed[1]

    def _analyse(self, chunk: str) -> _Analysed:
        analysed = _analyse(chunk, chinese_words=self._chinese_words)
        if len(chunk) <= _LONGEST_REMEMBERED:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[chunk] = analysed
        return analysed


def _analyse(chunk: str, *, chinese_words: bool) -> _Analysed:
    """Return the tokens of a text without white space, and how many positions it takes."""
    tokens: list[Token] = []
    position = 0
    for start, end, is_han in segments(folded := fold(chunk)):
        piece = folded[start:end]
        if is_han:
            words = chinese.words(piece) if chinese_words else []
            tokens += _han_tokens(piece, words, position, start)
            position += end - start
        else:
            for compound in compounds(piece):
                tokens += _compound_tokens(compound, position, start)
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


def _compound_tokens(compound: Compound, position: int, offset: int) -> Iterator[Token]:
    atoms = compound.atoms
    for place, atom in enumerate(atoms, position):
        start, end = offset + atom.start, offset + atom.end
        terms = dict.fromkeys((atom.primary, *atom.others))
        for term in terms:
            yield Token(term, place, start, end)
        for stemmed in dict.fromkeys(map(stem, terms)):
            yield Token(STEM_MARK + stemmed, place, start, end)
        if place == position and compound.whole:
            span = offset + atoms[0].start, offset + atoms[-1].end
            yield Token(compound.whole, place, *span)
            yield Token(STEM_MARK + stem(compound.whole), place, *span)


def _han_tokens(run: str, words: list[chinese.Word], position: int, offset: int) -> Iterator[Token]:
    ends: dict[int, list[int]] = {}
    for start, end in words:
        ends.setdefault(start, []).append(end)
    last = len(run) - 1
    for at, character in enumerate(run):
        place, start = position + at, offset + at
        yield Token(character, place, start, start + 1)
        if at < last:
            yield Token(run[at : at + 2], place, start, start + 2)
        for end in ends.get(at, ()):
            yield Token(WORD_MARK + run[at:end], place, start, offset + end)
