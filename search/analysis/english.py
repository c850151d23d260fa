"""Words of the scripts that part words by spaces: whole forms and their parts.

What stands between two white spaces is cut into atoms, each of which takes one position. An atom has
one primary term, by which it is searched, and maybe further terms at the same place:

    ministers    ministers              China's, China’s   chinas  + china
    Erdoğan      erdogan                don't              dont
    1,000        1000                   we'll, she'd       we'll   + we     (not well, not shed)
    3.5          3.5                    O'Neill            oneill  + neill
    U.N., UN     un                     S.Korea, SKorea    skorea  + korea
    U.S., US     US      + us           AT&T, AT&T's       at&t    + att at t
    3M           3m      + 3 m          C++, C#, .NET      c++     + c

Atoms joined by a hyphen, or by letters touching digits, make a compound: each part keeps a position of
its own, and the whole (F-16, F16 -> f16; co-operate -> cooperate) stands with the first. Two numbers
have no whole: 5-8 is not 58.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from search.analysis.folding import fold_word
from search.analysis.scripts import LETTER, with_one_mark
from search.patterns import late

_S = r"(?:'[Ss](?!\w))?"
# Six groups at most, so that a line of thousands of them is not read again from each of its commas.
_NUMBER = r"\d{1,3}(?:,\d{3}){1,6}(?!\d|,\d)(?:\.\d+)*|\d+(?:\.\d+)*"
_ACRONYM = rf"{LETTER}(?:\.{LETTER})+(?!{LETTER}|\d)(?:\.(?!{LETTER}))?"
DIRECTIONS = "NSEW"
"""The letters that a name may begin with and be cut after: SKorea."""

_COUNTRY = "(?:AFRICA|KOREA|SUDAN|YEMEN)"
_ATOM = late(
    rf"(?P<acronym>(?<!\w){_ACRONYM}{_S})"
    rf"|(?P<direction>(?<!\w)[{DIRECTIONS}]\.?(?:[A-Z][a-z]{{3,}}|{_COUNTRY})(?!{LETTER}){_S})"
    rf"|(?P<joined>{LETTER}+(?:&{LETTER}+)+{_S})"
    rf"|(?P<symbol>(?<!\w){LETTER}{{1,10}}(?:\+\+(?!{LETTER})|\#(?!\w))"
    rf"|(?<!\w)\.[Nn][Ee][Tt](?!\w)|(?<![\w$£€¥])3M(?!\w){_S})"
    rf"|(?P<possessive>{LETTER}+(?:\.'[Ss](?!\w)|(?:'{LETTER}+)+))"
    rf"|(?P<word>{LETTER}+)"
    rf"|(?P<number>(?:{_NUMBER}){_S})"
)

CASE_AWARE = frozenset({"us", "it", "who", "aids"})
"""Acronyms that are everyday words when written small."""

_ATTACHED_UNIT = {
    "m": "million",
    "mn": "million",
    "b": "billion",
    "bn": "billion",
    "tn": "trillion",
    "trn": "trillion",
}
"""Letters that touch the number before them and mean a large one: $5m, 2tn."""

_CLITICS = frozenset({"s", "re", "ve", "ll", "d", "m"})
_CONFUSED = frozenset({"were", "well", "hell", "ill", "shell", "id", "shed", "wed"})
"""What is left of `we're` or `she'll` without its apostrophe, and is another word."""

LONGEST_WHOLE = 4
_SHORTEST_NAME = 3


class Atom(NamedTuple):
    """One word or part of a word: what it is searched by, its other terms, its span in the chunk."""

    primary: str
    others: tuple[str, ...]
    start: int
    end: int

    @property
    def base(self) -> str:
        """The term whose inflections a reader means: `china` for `China's`."""
        return (
            self.others[0] if self.others and self.primary == self.others[0] + "s" else self.primary
        )


class Compound(NamedTuple):
    """Neighbouring atoms that a hyphen, or letters touching digits, join; most have one atom only."""

    atoms: tuple[Atom, ...]
    whole: str | None
    """The form without joints, None for a lone atom."""


def compounds(folded: str) -> Iterator[Compound]:
    """Cut text that went through `folding.fold` and has no Han run in it into compounds."""
    group: list[Atom] = []
    for match in _ATOM.finditer(with_one_mark(folded)):
        atom = _atom(folded, match)
        if not atom.primary:  # made of marks only
            continue
        if group and folded[group[-1].end : atom.start] not in ("", "-"):
            yield _compound(group)
            group = []
        group.append(atom)
    if group:
        yield _compound(group)


def _atom(folded: str, match: re.Match[str]) -> Atom:
    start, end = match.span()
    primary, others = _READINGS[match.lastgroup or "word"](folded[start:end])
    return Atom(primary, others, start, end)


def _compound(group: list[Atom]) -> Compound:
    if len(group) == 1:
        return Compound(tuple(group), None)
    pairs = list(pairwise(group))
    units = [_unit(before, after) for before, after in pairs]
    whole = None
    if len(group) <= LONGEST_WHOLE and not any(map(_both_numbers, pairs)):
        whole = "".join(_NOT_IN_WHOLE.sub("", atom.primary.lower()) for atom in group)
    return Compound((group[0], *units), whole)


def _both_numbers(pair: tuple[Atom, Atom]) -> bool:
    return pair[0].primary[-1].isdigit() and pair[1].primary[0].isdigit()


def _unit(before: Atom, after: Atom) -> Atom:
    """Return the atom after another as `million` where it is the m of 5m."""
    unit = _ATTACHED_UNIT.get(after.primary)
    if unit and before.end == after.start and before.primary[-1].isdigit():
        return after._replace(primary=unit)
    return after


_Reading = tuple[str, tuple[str, ...]]


def _plain(text: str) -> str:
    # A few letters are taken apart into a space and a mark, or into several words.
    return "".join(fold_word(text).split())


def _word(text: str) -> _Reading:
    primary = _plain(text)
    if primary in CASE_AWARE and text.isupper():
        return primary.upper(), (primary,)
    return primary, ()


def _acronym(text: str) -> _Reading:
    plain = _plain(_without_s(text).replace(".", ""))
    return (plain.upper(), (plain,)) if plain in CASE_AWARE else (plain, ())


def _direction(text: str) -> _Reading:
    plain = _plain(_without_s(text).replace(".", ""))
    return plain, (plain[1:],)


def _joined(text: str) -> _Reading:
    primary = _plain(_without_s(text))
    parts = [part for part in primary.split("&") if part]
    return primary, ("".join(parts), *dict.fromkeys(parts))


def _symbol(text: str) -> _Reading:
    primary = _plain(_without_s(text))
    if primary == "3m":
        return primary, ("3", "m")
    return primary, (primary.strip("+#."),)


def _possessive(text: str) -> _Reading:
    head, _, tail = _plain(text).rpartition("'")
    head = head.rstrip(".")
    *before, last = head.split("'")
    joined = "".join((*before, last))
    if tail not in _CLITICS:
        return joined + tail, _name(tail)
    if joined in CASE_AWARE and tail == "s" and text[: len(joined)].isupper():
        return joined.upper(), (joined,)
    others = (joined, *(_name(last) if before else ()))
    whole = joined + tail
    return (f"{joined}'{tail}" if whole in _CONFUSED else whole), others


def _name(tail: str) -> tuple[str, ...]:
    """Return the Neill of O'Neill, but not the t of don't."""
    return (tail,) if len(tail) >= _SHORTEST_NAME else ()


def _number(text: str) -> _Reading:
    plain = _without_s(text)
    primary = _plain(plain.replace(",", ""))
    return primary, (f"{primary}s",) if plain is not text else ()


def _without_s(text: str) -> str:
    return text[:-2] if text.endswith(("'s", "'S")) else text


_NOT_IN_WHOLE = late(r"[^\w.+#]+")

_READINGS = {
    "acronym": _acronym,
    "direction": _direction,
    "joined": _joined,
    "symbol": _symbol,
    "possessive": _possessive,
    "word": _word,
    "number": _number,
}
