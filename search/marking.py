"""Text with spans -> marked text for a page or a terminal. Escape first, mark after.

Characters that would steer a terminal, or turn the direction of text, are shown as U+FFFD: they came
from an article, and an article must not be able to move the cursor, forge a mark or hide a word.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate

from search.patterns import late

Span = tuple[int, int]

_STEERING = late(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff]"
)
_SPACE = late(r"\s+")
# Letters of Europe, dashes, quotes, signs of money: one column each, and looked up no further.
_NOT_PLAIN = late("[^\x00-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]")


def harmless(text: str) -> str:
    """Return text of the same length in which every steering character is U+FFFD."""
    if text.isprintable():  # what steers is not
        return text
    return _STEERING.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Return harmless text with every stretch of white space made one space."""
    return harmless(_SPACE.sub(" ", text))


def as_html(text: str, spans: Iterable[Span]) -> str:
    """Escape text for a page and put <mark> around the spans.

    Without the marks and the escapes it is the harmless text again.
    """
    text = harmless(text)
    if "&" in text or "<" in text or ">" in text or '"' in text or "'" in text:
        return marked(text, spans, _escaped, "<mark>", "</mark>")
    return marked(text, spans, str, "<mark>", "</mark>")


def _escaped(text: str) -> str:
    """Do what html.escape does, which takes long to import."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#x27;")


def marked(
    text: str, spans: Iterable[Span], escape: Callable[[str], str], opening: str, closing: str
) -> str:
    """Escape all parts of the text and put the marks around those in the spans."""
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += (escape(text[at:start]), opening, escape(text[start:end]), closing)
        at = end
    parts.append(escape(text[at:]))
    return "".join(parts)


def display_width(text: str) -> int:
    """Return how many columns of a terminal the text takes: Han two, combining marks none."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character_width(mark) - 1 for mark in _NOT_PLAIN.findall(text))


def columns(text: str) -> Sequence[int]:
    """Return the column at which each character begins, and last the width of the whole text."""
    if is_western(text):
        return range(len(text) + 1)
    return list(accumulate(widths(text), initial=0))


def widths(text: str) -> bytes:
    """Return how many columns each character takes."""
    row_of_each = rows(text)
    if row_of_each.translate(None, _REGULAR_ROWS) or _IRREGULAR.search(text):
        return bytes(map(_WIDTHS.__getitem__, text))
    return row_of_each.translate(_WIDTH_OF_ROW)


def rows(text: str) -> bytes:
    """Return the upper half of the code of each character, or of its two surrogates."""
    return text.encode("utf-16-le", "surrogatepass")[1::2]


def is_western(text: str) -> bool:
    """Say whether the text holds only characters of Western Europe, each of which takes one column."""
    try:
        text.encode("cp1252")  # no search is as quick
    except UnicodeEncodeError:
        return False
    return True


def character_width(character: str) -> int:
    """Return how many columns one character takes."""
    return _WIDTHS[character]


class _Widths(dict[str, int]):
    """A character -> its columns; fills itself, for no table in Python is looked up as quickly."""

    def __missing__(self, character: str) -> int:
        if character != "\xad" and unicodedata.category(character) in ("Mn", "Me", "Cf"):
            width = 0
        else:
            width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if len(self) < _MOST_REMEMBERED:
            self[character] = width
        return width


# Latin letters, quotes and dashes take one column, Han and full-width signs two, but for a few.
_FIRST_WIDE_ROW = 0x30
_WIDTH_OF_ROW = bytes(1 + (row >= _FIRST_WIDE_ROW) for row in range(256))
# Whole rows and single characters are told apart: `re` takes milliseconds over a class of thousands.
_REGULAR_ROWS = bytes([0x00, 0x01, 0x02, 0x20, 0x30, *range(0x4E, 0xA0), 0xFF])
_IRREGULAR = late(
    "[\u2000-\u200f\u2028-\u202f\u205f-\u20ff\u302a-\u302f\u303f-\u3040\u3097-\u309a\uff00\uff61-\uffff]"
)

_MOST_REMEMBERED = 20_000
_WIDTHS = _Widths()
