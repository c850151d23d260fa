"""A chunk of text without white space or Han characters -> what a query wants of it.

Most chunks of an article are words seen before, and none of them is asked for: a chunk is analysed once
in the life of the process, weighed once for each list of leaves, and looked up after that.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

from search.analysis.tokens import STEM_MARK, Token, Tokenizer
from search.query.plan import Fuzzy, Prefix

Mark = tuple[int, int, int]
"""Start, end, and the number of what is lit there."""

_LONGEST_REMEMBERED = 40
_MOST_REMEMBERED = 20_000

_Known = TypeVar("_Known")


class Marks(dict[str, tuple[Mark, ...]]):
    """A chunk -> the words in it that are lit by themselves; fills itself."""

    def __init__(
        self, words: Mapping[str, list[int]], forms: Iterable[tuple[int, Prefix | Fuzzy]]
    ) -> None:
        super().__init__()
        self._words = words
        self._wanted = frozenset(words)
        self._forms = tuple(forms)

    def __missing__(self, chunk: str) -> tuple[Mark, ...]:
        terms, _ = analysed(chunk)
        forms = [
            (term, number)
            for number, leaf in self._forms
            for term in terms
            if form_matches(term, leaf)
        ]
        found: tuple[Mark, ...] = ()
        if forms or not self._wanted.isdisjoint(terms):
            found = self._marks(chunk, forms)
        _remember(self, chunk, found)
        return found

    def _marks(self, chunk: str, forms: list[tuple[str, int]]) -> tuple[Mark, ...]:
        numbers = {term: list(of_word) for term, of_word in self._words.items()}
        for term, number in forms:
            numbers.setdefault(term, []).append(number)
        marks = [
            (token.start, token.end, number)
            for token in _tokens(chunk)
            for number in numbers.get(token.term, ())
        ]
        return tuple(dict.fromkeys(marks))


class Tokens(dict[str, tuple[int, tuple[Token, ...]]]):
    """A chunk -> how many positions it takes, and its tokens with a wanted term; fills itself."""

    def __init__(self, wanted: Iterable[str]) -> None:
        super().__init__()
        self._wanted = frozenset(wanted)

    def __missing__(self, chunk: str) -> tuple[int, tuple[Token, ...]]:
        terms, taken = analysed(chunk)
        tokens: tuple[Token, ...] = ()
        if not self._wanted.isdisjoint(terms):
            tokens = tuple(token for token in _tokens(chunk) if token.term in self._wanted)
        _remember(self, chunk, (taken, tokens))
        return taken, tokens


def analysed(chunk: str) -> tuple[frozenset[str], int]:
    """Return the terms of a chunk and how many positions it takes."""
    return _remembered(chunk) if len(chunk) <= _LONGEST_REMEMBERED else _analysed(chunk)


def form_matches(term: str, leaf: Prefix | Fuzzy) -> bool:
    """Say whether a term is a word form that the leaf asks for."""
    if term.startswith(STEM_MARK):
        return False
    if isinstance(leaf, Prefix):
        return term.startswith(leaf.start)
    return term[0] == leaf.form[0] and edits_within(term, leaf.form, leaf.distance)


def edits_within(left: str, right: str, limit: int) -> bool:
    """Say whether at most `limit` insertions, deletions and replacements turn one into the other."""
    if abs(len(left) - len(right)) > limit:
        return False
    row = list(range(len(right) + 1))
    for at, character in enumerate(left, 1):
        previous, row[0] = row[0], at
        for to, other in enumerate(right, 1):
            cost = previous + (character != other)
            previous, row[to] = row[to], min(cost, row[to] + 1, row[to - 1] + 1)
        if min(row) > limit:
            return False
    return row[-1] <= limit


def _analysed(chunk: str) -> tuple[frozenset[str], int]:
    tokens = _tokens(chunk)
    taken = 1 + max((token.position for token in tokens), default=-1)
    return frozenset(token.term for token in tokens), taken


_remembered = lru_cache(maxsize=1 << 15)(_analysed)


def _tokens(chunk: str) -> list[Token]:
    return list(Tokenizer(chinese_words=False).tokens(chunk))


def _remember(memory: dict[str, _Known], chunk: str, known: _Known) -> None:
    if len(chunk) <= _LONGEST_REMEMBERED and len(memory) < _MOST_REMEMBERED:
        memory[chunk] = known
