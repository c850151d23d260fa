"""A chunk of text without white space or Han characters -> what a query wants of it.

Most chunks of an article are words seen before, and none of them is asked for: a chunk is analysed once
in the life of the process, weighed once for each list of leaves, and looked up after that.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from search.analysis.spelling import AMERICAN, IRREGULAR
from search.analysis.tokens import STEM_MARK, Token, Tokenizer
from search.query.edits import edits_within
from search.query.plan import Fuzzy, Prefix

Mark = tuple[int, int, int]
"""Start, end, and the number of what is lit there."""

_LONGEST_REMEMBERED = 40

# One English word, small or with one capital: its terms are the word and its stem, and both begin as it
# does, but for a few stems.
_SIMPLE = re.compile(r"[\"'(“‘]*([A-Za-z])[a-z]*[.,;:!?\"')”’]*")
_STRAYS = [(word, base) for word, base in (AMERICAN | IRREGULAR).items() if word[0] != base[0]]


class Marks(dict[str, tuple[Mark, ...]]):
    """A chunk -> the words in it that are lit by themselves; fills itself."""

    def __init__(
        self, words: Mapping[str, list[int]], forms: Sequence[tuple[int, Prefix | Fuzzy]]
    ) -> None:
        super().__init__()
        self._words = words
        self._forms = forms
        starts = (leaf.start if isinstance(leaf, Prefix) else leaf.form for _, leaf in forms)
        self._initials = _initials([*words, *starts])

    def __missing__(self, chunk: str) -> tuple[Mark, ...]:
        found: tuple[Mark, ...] = ()
        if _may_hold(chunk, self._initials):
            marks = (
                (token.start, token.end, number)
                for token in tokens_of(chunk)
                for number in self._numbers(token.term)
            )
            found = tuple(dict.fromkeys(marks))
        self[chunk] = found
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
        self._initials = _initials(self._wanted)

    def __missing__(self, chunk: str) -> tuple[Token, ...]:
        found: tuple[Token, ...] = ()
        if _may_hold(chunk, self._initials):
            found = tuple(token for token in tokens_of(chunk) if token.term in self._wanted)
        self[chunk] = found
        return found


class Taken(dict[str, int]):
    """A chunk -> how many positions it takes; fills itself."""

    def __missing__(self, chunk: str) -> int:
        taken = 1
        if not _SIMPLE.fullmatch(chunk):
            taken += max((token.position for token in tokens_of(chunk)), default=-1)
        self[chunk] = taken
        return taken


def tokens_of(chunk: str) -> Sequence[Token]:
    """Return the tokens of a chunk."""
    return _remembered(chunk) if len(chunk) <= _LONGEST_REMEMBERED else _analysed(chunk)


def _initials(terms: Iterable[str]) -> frozenset[str]:
    """Return the letters with which words begin that have one of these terms."""
    initials = {term.lstrip(STEM_MARK)[:1].lower() for term in terms}
    return frozenset(initials | {word[0] for word, base in _STRAYS if base[0] in initials})


def _may_hold(chunk: str, initials: frozenset[str]) -> bool:
    """Say no where a chunk is plainly one word with another initial; most are."""
    simple = _SIMPLE.fullmatch(chunk)
    return simple is None or simple[1].lower() in initials


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
