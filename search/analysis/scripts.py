"""Which characters are matched one by one (Han and its neighbours), and which make words."""

import re
from unicodedata import category

HAN = (
    "\u3005\u3007"  # 々 and 〇
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uac00-\ud7af"  # Hangul
    "\U00020000-\U0003ffff"
)
"""Inside of a character class: scripts that do not part words by spaces, or not reliably."""

HAN_RUN = re.compile(f"[{HAN}]+")
_FOLDED_TO_HAN = (
    "\u2f00-\u2fd5\uff66-\uff9f"  # radicals, and kana of half width
    "\u3038-\u303a\u3192-\u319f\u3220-\u3243\u3280-\u32b0"  # numerals, and enclosed characters
)
_HAN_CHARACTER = re.compile(f"[{HAN}{_FOLDED_TO_HAN}]")


def _mark_ranges() -> str:
    """Return combining marks and variation selectors, as in a character class."""
    blocks = (range(0x300, 0x1E00), range(0x20D0, 0x2100), range(0xFE00, 0xFE30))
    characters = " ".join("".join(map(chr, block)) for block in blocks)
    kept = "".join(one if category(one).startswith("M") else " " for one in characters)
    return "".join(f"{marks[0]}-{marks[-1]}" for marks in kept.split())


_INVISIBLE = "\u200b-\u200d\u2060\ufeff"
MARKS = _mark_ranges() + _INVISIBLE
"""Inside of a character class: marks that belong to the letter before them, and what is not seen."""

LETTER = f"(?:[^\\W\\d_][{MARKS}]*)"
"""One letter, where no Han run is left, with the marks that belong to it and what is not seen."""


def has_han(text: str) -> bool:
    """Say whether any character of the text, folded or not yet, is matched one by one."""
    return not text.isascii() and _HAN_CHARACTER.search(text) is not None


def han_share(text: str) -> float:
    """Return the share of Han characters among all that are no white space, from 0 to 1."""
    if text.isascii():
        return 0.0
    visible = sum(map(len, text.split()))
    return sum(map(len, HAN_RUN.findall(text))) / visible if visible else 0.0
