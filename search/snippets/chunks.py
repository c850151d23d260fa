"""A chunk of text without white space or Han characters -> what a query wants of it.

A chunk is analysed once in the life of the process, weighed once for each list of leaves, and looked up
after that.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from search.analysis.tokens import STEM_MARK, Token, Tokenizer
from search.patterns import late
from search.query.edits import edits_within
from search.query.plan import Fuzzy, Prefix

Mark = tuple[int, int, int]
"""Start, end, and the number of what is lit there."""

_LONGEST_REMEMBERED = 40
_MOST_REMEMBERED = 100_000

# One English word, small or with one capital: it takes one position.
_SIMPLE = late(r"[\"'(“‘]*[A-Za-z][a-z]*[.,;:!?\"')”’]*")


class Marks(dict[str, tuple[Mark, ...]]):
    """A chunk -> the words in it that are lit by themselves; fills itself."""

    def __init__(
        self, words: Mapping[str, list[int]], forms: Sequence[tuple[int, Prefix | Fuzzy]]
    ) -> None:
        super().__init__()
        self._words = words
        self._forms = forms

    def __missing__(self, chunk: str) -> tuple[Mark, ...]:
        marks = (
            (token.start, token.end, number)
            for token in tokens_of(chunk)
            for number in self._numbers(token.term)
        )
        found = self[chunk] = tuple(dict.fromkeys(marks))
        return found

    def _numbers(self, term: str) -> list[int]:
        numbers = self._words.get(term, [])
        if self._forms:
            forms = [number for number, leaf in self._forms if form_matches(term, leaf)]
            return [*numbers, *forms]
        return numbers


class Tokens(dict[str, tuple[Token, ...]]):
    """A chunk -> its tokens with a wanted term; fills itself."""

    def __init__(self, wanted: Iterable[str]) -> None:
        super().__init__()
        self._wanted = frozenset(wanted)

    def __missing__(self, chunk: str) -> tuple[Token, ...]:
        found = tuple(token for token in tokens_of(chunk) if token.term in self._wanted)
        self[chunk] = found
        return found


class Taken(dict[str, int]):
    """A chunk -> how many positions it takes; fills itself."""

    def __missing__(self, chunk: str) -> int:
        taken = 1
        if not _SIMPLE.fullmatch(chunk):
            taken += max((token.position for token in tokens_of(chunk)), default=-1)
        if len(chunk) <= _LONGEST_REMEMBERED and len(self) < _MOST_REMEMBERED:
            self[chunk] = taken
        return taken


def tokens_of(chunk: str) -> Sequence[Token]:
    """Return the tokens of a chunk."""
    return _remembered(chunk) if len(chunk) <= _LONGEST_REMEMBERED else _analysed(chunk)


def form_matches(term: str, leaf: Prefix | Fuzzy) -> bool:
    """Say whether a term is a word form that the leaf asks for."""
    if term.startswith(STEM_MARK):
        return False
    if isinstance(leaf, Prefix):
        return term.startswith(leaf.start)
    return term[0] == leaf.form[0] and edits_within(term, leaf.form, leaf.distance)


def _analysed(chunk: str) -> Sequence[Token]:
    return tuple(Tokenizer(chinese_words=False).tokens(chunk))


_remembered = lru_cache(maxsize=1 << 14)(_analysed)
