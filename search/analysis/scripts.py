"""Which characters are matched one by one (Han and its neighbours), and which make words."""

from collections.abc import Iterator
from functools import cache

from search.patterns import late

HAN = (
    "\u3005\u3007"  # 々 and 〇
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uac00-\ud7af"  # Hangul
    "\U00020000-\U0003ffff"
)
"""Inside of a character class: scripts that do not part words by spaces, or not reliably."""

HAN_RUN = late(f"[{HAN}]+")
_FOLDED_TO_HAN = late(
    "[\u2f00-\u2fd5\uff66-\uff9f"  # radicals, and kana of half width
    "\u3038-\u303a\u3192-\u319f\u3220-\u3243\u3280-\u32b0]"  # numerals, and enclosed characters
)

# Combining marks and variation selectors, those of Unicode 14: whatever Python knows of later ones, the
# same text must be cut the same way. Written out, because asking for 7,000 characters takes its time.
_MARKS = """
300-36f 483-489 591-5bd 5bf 5c1-5c2 5c4-5c5 5c7 610-61a 64b-65f 670 6d6-6dc 6df-6e4 6e7-6e8
6ea-6ed 711 730-74a 7a6-7b0 7eb-7f3 7fd 816-819 81b-823 825-827 829-82d 859-85b 898-89f 8ca-8e1
8e3-903 93a-93c 93e-94f 951-957 962-963 981-983 9bc 9be-9c4 9c7-9c8 9cb-9cd 9d7 9e2-9e3 9fe
a01-a03 a3c a3e-a42 a47-a48 a4b-a4d a51 a70-a71 a75 a81-a83 abc abe-ac5 ac7-ac9 acb-acd ae2-ae3
afa-aff b01-b03 b3c b3e-b44 b47-b48 b4b-b4d b55-b57 b62-b63 b82 bbe-bc2 bc6-bc8 bca-bcd bd7
c00-c04 c3c c3e-c44 c46-c48 c4a-c4d c55-c56 c62-c63 c81-c83 cbc cbe-cc4 cc6-cc8 cca-ccd cd5-cd6
ce2-ce3 d00-d03 d3b-d3c d3e-d44 d46-d48 d4a-d4d d57 d62-d63 d81-d83 dca dcf-dd4 dd6 dd8-ddf
df2-df3 e31 e34-e3a e47-e4e eb1 eb4-ebc ec8-ecd f18-f19 f35 f37 f39 f3e-f3f f71-f84 f86-f87
f8d-f97 f99-fbc fc6 102b-103e 1056-1059 105e-1060 1062-1064 1067-106d 1071-1074 1082-108d 108f
109a-109d 135d-135f 1712-1715 1732-1734 1752-1753 1772-1773 17b4-17d3 17dd 180b-180d 180f
1885-1886 18a9 1920-192b 1930-193b 1a17-1a1b 1a55-1a5e 1a60-1a7c 1a7f 1ab0-1ace 1b00-1b04
1b34-1b44 1b6b-1b73 1b80-1b82 1ba1-1bad 1be6-1bf3 1c24-1c37 1cd0-1cd2 1cd4-1ce8 1ced 1cf4
1cf7-1cf9 1dc0-1dff 20d0-20f0 fe00-fe0f fe20-fe2f
"""
_INVISIBLE = "\u200b-\u200d\u2060\ufeff"


def _mark_ranges() -> Iterator[tuple[int, int]]:
    for written in _MARKS.split():
        first, _, last = written.partition("-")
        yield int(first, 16), int(last or first, 16)


MARKS = "".join(f"{chr(first)}-{chr(last)}" for first, last in _mark_ranges()) + _INVISIBLE
"""Inside of a character class: marks that belong to the letter before them, and what is not seen."""

LETTER = "(?:[^\\W\\d_]\u0300*)"
"""One letter, where no Han run is left, with what `with_one_mark` made of its marks."""


def with_one_mark(text: str) -> str:
    """Return text of the same length in which all MARKS are U+0300.

    A class of all of them takes `re` long to compile, and a pattern of words has a dozen of it.
    """
    return text if text.isascii() else text.translate(_one_mark())


@cache
def _one_mark() -> dict[int, str]:
    marks = (code for first, last in _mark_ranges() for code in range(first, last + 1))
    return dict.fromkeys((*marks, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF), "\u0300")


def has_han(text: str) -> bool:
    """Say whether any character of the text, folded or not yet, is matched one by one."""
    if text.isascii():
        return False
    found = HAN_RUN.search(text) or _FOLDED_TO_HAN.search(text)
    return found is not None


def han_share(text: str) -> float:
    """Return the share of Han characters among all that are no white space, from 0 to 1."""
    if text.isascii():
        return 0.0
    visible = sum(map(len, text.split()))
    return sum(map(len, HAN_RUN.findall(text))) / visible if visible else 0.0
