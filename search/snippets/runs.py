"""A run of characters -> where it stands in a text, in whichever variants it is written."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from math import prod

from search.analysis.folding import fold
from search.analysis.variants import VARIANTS

_COMPATIBLE = (range(0x2E80, 0x3400), range(0xF900, 0xFB00), range(0xFF00, 0xFFF0))
"""Where characters are that only look different; other variants are in a table."""


_MOST_SPELLINGS = 8


class SoughtRun:
    """Folded characters, looked for in text as it is written: to fold the text would take longer."""

    def __init__(self, characters: str) -> None:
        variants = [_variants_of(character) for character in characters]
        self._length = len(characters)
        self._spellings: list[str] | None = None
        self._pattern: re.Pattern[str] | None = None
        if prod(map(len, variants)) <= _MOST_SPELLINGS:
            self._spellings = list(map("".join, product(*variants)))
        else:
            self._pattern = re.compile("".join(f"[{re.escape(found)}]" for found in variants))

    def places(self, text: str) -> list[tuple[int, int]]:
        """Return all spans of the run in the text."""
        length = self._length
        return [(at, at + length) for at in self._starts(text)]

    def _starts(self, text: str) -> Iterator[int]:
        for spelling in self._spellings or ():
            at = text.find(spelling)
            while at >= 0:
                yield at
                at = text.find(spelling, at + 1)
        if self._pattern is not None:
            match = self._pattern.search(text)
            while match:
                yield match.start()
                match = self._pattern.search(text, match.start() + 1)


@lru_cache(maxsize=1 << 12)
def _variants_of(character: str) -> str:
    """Return all characters that are folded to this one."""
    variants, folded = _variants()
    found = [character]
    at = folded.find(character)
    while at >= 0:
        found.append(variants[at])
        at = folded.find(character, at + 1)
    return "".join(dict.fromkeys(found))


@lru_cache(maxsize=1)
def _variants() -> tuple[str, str]:
    variants = VARIANTS + "".join(chr(code) for codes in _COMPATIBLE for code in codes)
    return variants, fold(variants)
