"""A run of characters -> where it stands in a text, in whichever variants it is written."""

import re
from collections.abc import Iterator
from functools import lru_cache

from search.analysis.folding import fold
from search.analysis.variants import VARIANTS

_COMPATIBLE = (range(0x2E80, 0x3400), range(0xF900, 0xFB00), range(0xFF00, 0xFFF0))
"""Where characters are that only look different; other variants are in a table."""


class SoughtRun:
    """Folded characters, looked for in text as it is written: to fold the text would take longer."""

    def __init__(self, characters: str) -> None:
        self._length = len(characters)
        self._pattern = re.compile("".join(map(_any_variant, characters)))
        self._overlaps = any(
            characters.startswith(characters[at:]) for at in range(1, len(characters))
        )

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield all spans of the run in the text, in order."""
        if not self._overlaps:
            return (match.span() for match in self._pattern.finditer(text))
        return self._overlapping(text)

    def _overlapping(self, text: str) -> Iterator[tuple[int, int]]:
        match = self._pattern.search(text)
        while match:
            yield match.span()
            match = self._pattern.search(text, match.start() + 1)


def _any_variant(character: str) -> str:
    """Return a pattern for all characters that are folded to this one."""
    variants, folded = _variants()
    found = [character]
    at = folded.find(character)
    while at >= 0:
        found.append(variants[at])
        at = folded.find(character, at + 1)
    return f"[{re.escape(''.join(found))}]" if len(found) > 1 else re.escape(character)


@lru_cache(maxsize=1)
def _variants() -> tuple[str, str]:
    variants = VARIANTS + "".join(chr(code) for codes in _COMPATIBLE for code in codes)
    return variants, fold(variants)
