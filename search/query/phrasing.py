"""A text as typed -> the phrases that it means, and the runs that the vocabulary is to cut.

No index is needed for it, so words are read once and then remembered.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from search.analysis.english import Compound, compounds
from search.analysis.folding import fold
from search.analysis.stemming import stem
from search.analysis.tokens import segments
from search.patterns import late
from search.query.plan import AnyOf, Leaf, Phrase, Piece, PlanNode, Run, Word

_NUMBER = r"[$€£¥]?\d+(?:[.,]\d+)*"  # compiled when needed
_LONGEST_UNIT = 2
"""Characters that a number takes with it: 月, 亿元."""

_LIST_MARK = late(
    r"(?<!\d)[,;|/]+|[,;|/]+(?!\d)"
    r"|(?<=[^\W\d_])[、—–]+(?=[^\W\d_])"
)
"""Between words these part them, as a blank does; between digits they do not (9/11, 1,000).

A dash parts letters only: COVID–19 is one word.
"""

_MOST_REMEMBERED = 8_192
_LONGEST_REMEMBERED = 40


class Reading(NamedTuple):
    """What a piece of a chunk means, where no vocabulary is needed to say it."""

    parts: tuple[PlanNode, ...]
    lit: tuple[Leaf, ...]


def readings(text: str, field: str | None) -> tuple[str | Reading, ...]:
    """Read a chunk as typed: what it means, and its Han runs, which are to be cut into words."""
    read = _known_readings if len(text) <= _LONGEST_REMEMBERED else _readings
    return read(text, field)


def _readings(text: str, field: str | None) -> tuple[str | Reading, ...]:
    if text.isascii() and text.isalpha() and text.islower():  # most are, and need no cutting
        word = Phrase((Word(text, stem(text)),), field)
        return (Reading((word,), (word,)),)
    return tuple(
        piece if kind == "han" else _READERS[kind](piece, field)
        for piece, kind in _parted(fold(text))
    )


_known_readings = lru_cache(_MOST_REMEMBERED)(_readings)


def _words(piece: str, field: str | None) -> Reading:
    parts: list[PlanNode] = []
    lit: list[Leaf] = []
    for word in _LIST_MARK.split(piece):
        if ways := alternatives(word, field, exact=False):
            lit += ways
            parts.append(any_of(ways))
    return Reading(tuple(parts), tuple(lit))


def _number(piece: str, field: str | None) -> Reading:
    """Plan a number and the characters that touch it, as one phrase: 9月15日, 100亿."""
    phrases = tuple(alternatives(piece, field, exact=False))
    return Reading(phrases, phrases)


_READERS: dict[str, Callable[[str, str | None], Reading]] = {"words": _words, "number": _number}


def _parted(folded: str) -> Iterator[tuple[str, str]]:
    """Part a chunk into (piece, kind): Han runs, words, and numbers with the characters they touch.

    A number belongs to the characters beside it: all of them where they are one or two (9月15日), else
    the first one behind it (2023年 of a longer run, which is a piece of its own as well).
    """
    cuts = [(folded[start:end], is_han) for start, end, is_han in segments(folded)]
    at = 0
    while at < len(cuts):
        last = _end_of_number(cuts, at)
        if last > at:
            following = cuts[last][0][:1] if last < len(cuts) and cuts[last][1] else ""
            touching = "" if cuts[last - 1][1] else following
            yield "".join(piece for piece, _ in cuts[at:last]) + touching, "number"
            at = last
        else:
            yield cuts[at][0], "han" if cuts[at][1] else "words"
            at += 1


def _end_of_number(cuts: list[tuple[str, bool]], at: int) -> int:
    """Return where numbers and the few characters between them end, or `at` where none begin."""
    last = at
    while last < len(cuts) and _is_number_or_unit(*cuts[last]):
        last += 1
    numbers = sum(not is_han for _, is_han in cuts[at:last])
    touches_han = len(cuts) > 1 and (last - at > 1 or (last < len(cuts) and cuts[last][1]))
    return last if numbers and touches_han else at


def _is_number_or_unit(piece: str, is_han: bool) -> bool:  # noqa: FBT001
    return len(piece) <= _LONGEST_UNIT if is_han else re.fullmatch(_NUMBER, piece) is not None


def alternatives(text: str, field: str | None, *, exact: bool) -> list[Phrase]:
    """Return the ways to find a text as one phrase: by its parts and, if it is one compound, whole."""
    pieces: list[Piece] = []
    found: list[Compound] = []
    for chunk in text.split():
        for part in _known_parts(chunk) if len(chunk) <= _LONGEST_REMEMBERED else _parts(chunk):
            if isinstance(part, Run):
                pieces.append(part)
            else:
                found.append(part)
                pieces += _words_of(part, exact=exact)
    phrases = [Phrase(tuple(pieces), field)] if pieces else []
    if len(found) == 1 and len(pieces) == len(found[0].atoms) and (whole := found[0].whole):
        phrases.insert(0, Phrase((Word(whole, None if exact else stem(whole)),), field))
    return phrases


def _parts(chunk: str) -> tuple[Run | Compound, ...]:
    """Cut text without white space into Han runs and compounds."""
    parts: list[Run | Compound] = []
    folded = fold(chunk)
    for start, end, is_han in segments(folded):
        piece = folded[start:end]
        parts += (Run(piece),) if is_han else compounds(piece)
    return tuple(parts)


_known_parts = lru_cache(_MOST_REMEMBERED)(_parts)


def _words_of(compound: Compound, *, exact: bool) -> Iterator[Word]:
    for atom in compound.atoms:
        # An acronym told apart by its capitals has no inflections.
        loose = not exact and not atom.primary.isupper()
        yield Word(atom.primary, stem(atom.base) if loose else None)


def any_of(children: Iterable[PlanNode]) -> PlanNode:
    """Join by OR, each child once; there must be one."""
    unique = tuple(dict.fromkeys(children))
    return unique[0] if len(unique) == 1 else AnyOf(unique)
