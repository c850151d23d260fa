"""Fold what readers do not tell apart, one character to one, so that offsets stay true."""

import unicodedata
from functools import cache

from search.analysis.variants import SIMPLIFIED, VARIANTS

_APOSTROPHES = "\u2018\u2019\u02bb\u02bc\u02be\u02bf\u201b\u2032\uff07\u00b4"
_HYPHENS = "\u2010\u2011\uff0d\ufe63\u00ad"  # dashes and minus signs part words, these join them
_WIDE = [*range(0xFF01, 0xFFEF), *range(0xF900, 0xFAFF), *range(0x2F00, 0x2FD6)]
_ENCLOSED = [
    *range(0x3038, 0x303B),
    *range(0x3192, 0x31A0),
    *range(0x3220, 0x3244),
    *range(0x3280, 0x32B1),
]

# Letters that no decomposition takes apart, and what they are typed as.
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "þ": "th", "ı": "i", "æ": "ae", "œ": "oe"}
)
_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10)])


@cache
def _folding_table() -> dict[int, int]:
    """Make it on first use: plain English needs none."""
    codes = (*_WIDE, *_ENCLOSED)
    plain = unicodedata.normalize("NFKC", "\n".join(map(chr, codes))).split("\n")
    plain[len(_WIDE) :] = [one.strip("()") for one in plain[len(_WIDE) :]]
    table: dict[int, int] = str.maketrans(VARIANTS, SIMPLIFIED)
    for code, one in zip(codes, plain, strict=True):
        if len(one) == 1 and code not in table:
            # A compatibility ideograph may decompose to a traditional character.
            table[code] = table.get(ord(one), ord(one))
    table |= dict.fromkeys(map(ord, _APOSTROPHES), ord("'"))
    table |= dict.fromkeys(map(ord, _HYPHENS), ord("-"))
    table[0xAD] = 0x200B  # a soft hyphen is inside a word, and not seen
    return table


def fold(text: str) -> str:
    """Return text of the same length: half width, simplified Han, straight apostrophes and hyphens.

    Case and accents are left to `fold_word`, because folding them can change the length.
    """
    return text if text.isascii() else text.translate(_folding_table())


def fold_word(word: str) -> str:
    """Return the word as it is searched: no case, no accents, nothing invisible; length may change."""
    if word.isascii():
        return word.lower()
    # Apart first: an accent may stand on a letter that the table turns into another.
    decomposed = unicodedata.normalize("NFKD", word.translate(_INVISIBLE).casefold())
    plain = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return plain.casefold().translate(_PLAIN_LETTERS)
