"""Words of the scripts that part words by spaces: whole forms and their parts.

What stands between two white spaces is cut into atoms, each of which takes one position. An atom has
one primary term, by which it is searched, and maybe further terms at the same place:

    ministers    ministers              China's, China’s   chinas  + china
    Erdoğan      erdogan                don't              dont
    1,000        1000                   O'Neill            oneill  + neill
    3.5          3.5                    S.Korea, SKorea    skorea  + korea
    U.N., UN     un                     AT&T               at&t    + att at t
    U.S., US     US      + us           C++, C#, .NET      c++     + c

Atoms joined by a hyphen, or by letters touching digits, make a compound: each part keeps a position of
its own, and the whole (F-16, F16 -> f16; co-operate -> cooperate) stands with the first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from search.analysis.folding import fold_word
from search.analysis.scripts import LETTER

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)*(?![\d,])|\d+(?:\.\d+)*"
_ACRONYM = rf"{LETTER}(?:\.{LETTER})+(?!{LETTER}|\d)(?:\.(?!{LETTER}))?"
_ATOM = re.compile(
    rf"(?P<acronym>(?<!\w){_ACRONYM})"
    rf"|(?P<direction>(?<!\w)[NSEW]\.?[A-Z]{LETTER}{{3,}})"
    rf"|(?P<joined>{LETTER}+(?:&{LETTER}+)+)"
    rf"|(?P<symbol>(?<!\w){LETTER}{{1,10}}(?:\+\+|\#)(?!\w)|(?<!\w)\.[Nn][Ee][Tt](?!\w))"
    rf"|(?P<possessive>{LETTER}+(?:'{LETTER}+)+)"
    rf"|(?P<word>{LETTER}+)"
    rf"|(?P<number>{_NUMBER})"
    rf"|(?P<digits>\d+)"
)

_CASE_AWARE = frozenset({"us", "it", "who", "aids"})
"""Acronyms that are everyday words when written small."""

_ATTACHED_UNIT = {"m": "mn", "bn": "bn", "b": "bn", "tn": "tn", "trn": "trn", "mn": "mn"}
"""Letters that touch the number before them and mean a large one: $5m, 3.5bn."""

_CLITICS = frozenset({"s", "re", "ve", "ll", "d", "m"})
_LONGEST_WHOLE = 4
_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Atom:
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


@dataclass(frozen=True, slots=True)
class Compound:
    """Neighbouring atoms that a hyphen, or letters touching digits, join; most have one atom only."""

    atoms: tuple[Atom, ...]
    whole: str | None
    """The form without joints, None for a lone atom."""


def compounds(folded: str) -> Iterator[Compound]:
    """Cut text that went through `folding.fold`, has no white space and no Han run, into compounds."""
    group: list[Atom] = []
    for match in _ATOM.finditer(folded):
        if group and not _touches(folded, group[-1], match):
            yield _compound(folded, group)
            group = []
        group.append(_atom(match, after_number=bool(group) and group[-1].primary[-1:].isdigit()))
    if group:
        yield _compound(folded, group)


def _touches(folded: str, before: Atom, match: re.Match[str]) -> bool:
    return folded[before.end : match.start()] in ("", "-")


def _compound(folded: str, group: list[Atom]) -> Compound:
    atoms = tuple(atom for atom in group if atom.primary)
    if not 1 < len(atoms) <= _LONGEST_WHOLE:
        return Compound(atoms, None)
    raw = "".join(folded[atom.start : atom.end] for atom in atoms)
    whole = "".join(mark for mark in fold_word(raw) if mark.isalnum() or mark == ".")
    return Compound(atoms, whole)


def _atom(match: re.Match[str], *, after_number: bool) -> Atom:
    kind = match.lastgroup or "word"
    text = match.group()
    primary, others = _READINGS[kind](text)
    if kind == "word":
        if after_number:
            primary = _ATTACHED_UNIT.get(primary, primary)
        elif primary in _CASE_AWARE and text.isupper():
            primary, others = primary.upper(), (primary,)
    return Atom(primary, others, match.start(), match.end())


_Reading = tuple[str, tuple[str, ...]]


def _acronym(text: str) -> _Reading:
    plain = fold_word(text.replace(".", ""))
    return (plain.upper(), (plain,)) if plain in _CASE_AWARE else (plain, ())


def _direction(text: str) -> _Reading:
    plain = fold_word(text.replace(".", ""))
    return plain, (plain[1:],)


def _joined(text: str) -> _Reading:
    primary = fold_word(text)
    parts = primary.split("&")
    return primary, ("".join(parts), *dict.fromkeys(parts))


def _symbol(text: str) -> _Reading:
    primary = fold_word(text)
    return primary, (primary.strip("+#."),)


def _possessive(text: str) -> _Reading:
    head, _, tail = fold_word(text).rpartition("'")
    head = head.replace("'", "")
    if tail in _CLITICS:
        return head + tail, (head,)
    return head + tail, (tail,) if len(tail) >= _SHORTEST_NAME else ()


def _word(text: str) -> _Reading:
    return fold_word(text), ()


def _number(text: str) -> _Reading:
    return fold_word(text.replace(",", "")), ()


_READINGS = {
    "acronym": _acronym,
    "direction": _direction,
    "joined": _joined,
    "symbol": _symbol,
    "possessive": _possessive,
    "word": _word,
    "number": _number,
    "digits": _number,
}
