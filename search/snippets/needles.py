"""A wanted term -> strings, one of which stands in every text that holds it.

Looked for in text without capitals, accents and joints (see reduced.py), so that any inflection and
any spelling is found by a search for bytes; what was found is analysed, and may be something else.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from search.analysis.spelling import AMERICAN, IRREGULAR, american
from search.analysis.stemming import stem
from search.analysis.tokens import STEM_MARK
from search.patterns import late
from search.snippets.reduced import FOREIGN, HIDDEN, JOINTS, SEVERAL, WIDE, Reading

_JOINTS_IN_TERMS = late("[^a-z0-9+#]+")

# Endings that a stem has, and what it may have ended in before its spelling became American.
_ENDINGS = (
    ("z", "s"), ("ization", "isation"), ("izational", "isational"), ("izer", "iser"), ("yzer", "yser"),
    ("center", "centr"), ("liter", "litr"), ("meter", "metr"),
)  # fmt: skip
_UNITS = ("million", "billion", "trillion")
_UNIT = late(b"[0-9][mbt]")
"""What stands for one of these behind a number: 5m, 2tn."""

_LOST = late(b"'s-")
"""Letters that a whole may be without: US's-led."""

_ODD = late(b"[%b]" % (SEVERAL + WIDE))
_ODD_OR_FOREIGN = late(b"[%b]" % (SEVERAL + WIDE + FOREIGN + HIDDEN))
_DIRECTIONS = b"nsew"
_BLANK = 0x20

_LIGATURE = late(
    "an(?=em|esth)|arch(?=eo)|c(?=esarean)|gyn(?=ec)|h(?=em)|leuk(?=em)|f(?=et)|p(?=ed)|rrh(?=ea)"
)

_OR = late("o(?=r)")
_VOWEL = late("[aeiouy]")

_SHORTEST_ANYWHERE = 4
"""Shorter strings stand in too many other words: they are looked for where words begin."""


class Needles:
    """All that is looked for on behalf of some terms, and of word forms that begin with `starts`."""

    def __init__(self, terms: Iterable[str], starts: Iterable[str] = ()) -> None:
        terms, starts = tuple(terms), tuple(starts)
        written = (*starts, *(form for term in terms for form in _forms(term)))
        strings = {_string(form) for form in written}
        self._foreign = b"" in strings
        strings.discard(b"")
        self.strings = tuple(_shortest(strings))
        self._needles = [_Needle(string) for string in self.strings]
        self._odd_bytes = SEVERAL + WIDE + (FOREIGN + HIDDEN if self._foreign else b"")
        self._odd = _ODD_OR_FOREIGN if self._foreign else _ODD
        self._units = any(unit in (term, term[1:]) for unit in _UNITS for term in terms) or any(
            unit.startswith(starts) for unit in _UNITS
        )

    def count(self, reading: Reading) -> int:
        """Return how many places may hold something wanted, at most; for text without Han."""
        bare = reading.bare
        found = sum(map(bare.count, self.strings))
        if not reading.is_ascii:
            found += len(self._odd.findall(reading.low))
        return found + len(_UNIT.findall(bare)) if self._units else found

    def chunks(self, reading: Reading) -> dict[int, int]:
        """Return where chunks begin and end that may hold something wanted; Han parts them as well."""
        chunks: dict[int, int] = {}
        low, bare = reading.low, reading.bare
        for needle in self._needles:
            needle.add_chunks(chunks, low, bare)
        # Most texts hold nothing odd, and no pattern says so as quickly as this.
        if not reading.is_ascii and any(map(low.__contains__, self._odd_bytes)):
            _add_chunks(chunks, low, self._odd)
        if self._units:
            _add_chunks(chunks, low, _UNIT)
        if b"'s-" in low:
            _add_chunks(chunks, low, _LOST)
        return chunks

    def may_be_beside_han(self, reading: Reading) -> bool:
        """Say no where text with Han plainly holds nothing that is wanted."""
        return self._foreign or self._units or reading.may_hold(self.strings)


def _add_chunks(chunks: dict[int, int], low: bytes, pattern: re.Pattern[bytes]) -> None:
    at = 0
    while match := pattern.search(low, at):
        start, end = low.rfind(b" ", 0, match.start()) + 1, low.find(b" ", match.start())
        at = chunks[start] = end if end >= 0 else len(low)


class _Needle:
    """A string to look for. To compile a pattern takes longer than most searches, so few need one."""

    def __init__(self, string: bytes) -> None:
        self.string = string
        self._anywhere = len(string) >= _SHORTEST_ANYWHERE or not string[:1].isalpha()

    def add_chunks(self, chunks: dict[int, int], low: bytes, bare: bytes) -> None:
        """Add where chunks begin and end that may hold the string, with joints in it or without.

        It is looked for in the text without joints, and where it was found, a few bytes on, in `low`.
        """
        string, find, missing = self.string, low.find, 0
        at_bare = bare.find(string)
        while at_bare >= 0:
            # Joints only add up: what has none in it stands no nearer than the last one said.
            at = find(string, at_bare + missing)
            if at < 0:  # one of those before has joints in it
                _add_chunks(chunks, low, self._apart)
                return
            missing = at - at_bare
            at_bare = bare.find(string, at_bare + 1)
            if not at or low[at - 1] == _BLANK:
                start = at
            elif self._anywhere or _begins(low, at):
                start = low.rfind(b" ", 0, at) + 1
            else:
                continue
            end = find(b" ", at)
            chunks[start] = end if end >= 0 else len(low)

    @cached_property
    def _apart(self) -> re.Pattern[bytes]:
        joints = b"[%b]*" % re.escape(JOINTS)
        parts = (re.escape(self.string[at : at + 1]) for at in range(len(self.string)))
        return re.compile(joints.join(parts))


def _begins(low: bytes, at: int) -> bool:
    """Say whether a word may begin here: letters touch it in SKorea only, but numbers everywhere."""
    before = low[at - 1 : at]
    if not at or not before.isalpha():
        return True
    return before in _DIRECTIONS and not low[at - 2 : at - 1].isalpha()


def _shortest(strings: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the strings of which none other is the beginning."""
    kept: list[bytes] = []
    for string in sorted(strings, key=len):
        if not string.startswith(tuple(kept)):
            kept.append(string)
            yield string


def _string(written: str) -> bytes:
    """Return what to look for instead of a form; nothing where it is not written with a to z."""
    if written.startswith("."):  # no other word does
        return b"net"
    return _JOINTS_IN_TERMS.sub("", written.lower()).encode() if written.isascii() else b""


def _forms(term: str) -> Iterator[str]:
    """Yield what the words with a term begin with."""
    if not term.startswith(STEM_MARK):
        yield term
        return
    stemmed = term[len(STEM_MARK) :]
    yield from _BRITISH_OR_IRREGULAR.get(stemmed, ())
    yield from _beginnings(stemmed)
    for ending, other in _ENDINGS:
        if stemmed.endswith(ending):
            yield from _beginnings(stemmed[: -len(ending)] + other)


def _beginnings(stemmed: str) -> Iterator[str]:
    """Yield what words begin with that lose their inflections to become this."""
    yield from _older(stemmed)
    if stemmed.endswith("y"):
        yield from _older(stemmed[:-1] + "ie")
    elif stemmed.endswith("e") and _VOWEL.search(stemmed[:-1]):
        yield from _older(stemmed[:-1] + "ing")


def _older(beginning: str) -> Iterator[str]:
    """Yield the beginning up to where British words may go another way: colo(u)r, h(a)emorrhage."""
    for place in _OR.finditer(beginning):
        shared = beginning[: place.end()]
        if american(shared + "ur") != shared + "ur":
            beginning = shared
            break
    for place in _LIGATURE.finditer(beginning):
        yield beginning[: place.end()] + "ae"
        yield beginning[: place.end()] + "oe"
    yield beginning


def _british_or_irregular() -> dict[str, list[str]]:
    forms: dict[str, list[str]] = defaultdict(list)
    for word in IRREGULAR:
        forms[stem(word)].append(word)
    for before, after in AMERICAN.items():
        forms[after] += _beginnings(before)
    return dict(forms)


_BRITISH_OR_IRREGULAR = _british_or_irregular()
