"""Which characters are matched one by one (Han and its neighbours), and which make words."""

import re

HAN = (
    "\u3005\u3007"  # 々 and 〇
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uac00-\ud7af"  # Hangul
    "\U00020000-\U0003ffff"
)
"""Inside of a character class: scripts that do not part words by spaces, or not reliably."""

HAN_RUN = re.compile(f"[{HAN}]+")
_HAN_CHARACTER = re.compile(f"[{HAN}]")

_MARKS = "\u0300-\u036f\u200b-\u200d\u2060\ufeff"  # combining or invisible, inside a word
LETTER = f"(?:[^\\W\\d_{HAN}][{_MARKS}]*)"
"""One letter of a script that parts words, with the marks that belong to it."""


def has_han(text: str) -> bool:
    """Say whether any character of the text is matched one by one."""
    return not text.isascii() and _HAN_CHARACTER.search(text) is not None


def han_share(text: str) -> float:
    """Return the share of Han characters among all that are no white space, from 0 to 1."""
    if text.isascii():
        return 0.0
    visible = sum(map(len, text.split()))
    return sum(map(len, HAN_RUN.findall(text))) / visible if visible else 0.0
