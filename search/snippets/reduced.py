"""A text -> bytes, one for each character, in which a word is found whatever it is dressed in.

No search is as quick as that for bytes. Letters are small and without accents, white space is a blank,
and what joins parts of words (hyphens, apostrophes, marks that are not seen) is in JOINTS.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable

from search.analysis.folding import fold, fold_word
from search.analysis.scripts import HAN as HAN_CHARACTERS
from search.analysis.scripts import HAN_RUN
from search.marking import character_width

_CODEC = (
    "cp1252"  # the letters and the quotes of Western Europe; these bytes stand for nothing in it:
)
HIDDEN, SEVERAL, HAN, WIDE, FOREIGN = b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"
"""What is of no width; a letter that is typed as several; a Han character, or one that is folded to it;
what is two columns wide and no Han; a letter or digit that is not typed with a to z or 0 to 9.
"""

JOINTS = b"-.&'," + HIDDEN
"""What may stand inside of a word, so that its letters are not side by side."""

_LETTER = re.compile(r"[^\W_]")
_PLAIN = re.compile("[a-z0-9]")
_OTHER = b"\x07"


def _byte(character: str) -> bytes:
    folded, width = fold(character), character_width(character)
    if character.isspace():
        return b" "
    if HAN_RUN.match(folded):
        return HAN
    if width != 1:
        return WIDE if width else HIDDEN
    mark = unicodedata.category(character)[0] == "M"
    if _LETTER.match(folded) or (mark and not unicodedata.combining(character)):
        return _letter(fold_word(folded))
    if mark or folded in "'\u200b":
        return b"'"
    return folded.encode() if folded.isascii() and folded.isprintable() else _OTHER


def _letter(typed: str) -> bytes:
    if _PLAIN.fullmatch(typed):
        return typed.encode()
    return SEVERAL if _PLAIN.search(typed) else FOREIGN


class _Bytes(dict[int, bytes]):
    """A character that the codec lacks -> its byte; fills itself."""

    def __missing__(self, code: int) -> bytes:
        byte = _byte(chr(code))
        if len(self) < _MOST_REMEMBERED:
            self[code] = byte
        return byte


_MOST_REMEMBERED = 20_000
_EARLY = 100
"""Text with Han is known by its first characters, mostly."""

# Letters, digits and marks of other scripts, and those that only look different, may be anywhere else.
_ODD = re.compile(
    f"[^\x00-\x7f{HAN_CHARACTERS}\u2012-\u2026\u2030-\u2031\u2039-\u203b\u3001-\u3004\u3007-\u3020"
    "\uff01-\uff0c\uff0e-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65·«»°×]"
)
_BYTES = _Bytes()


def _reduce(error: UnicodeError) -> tuple[bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    part = error.object[error.start : error.end]
    return b"".join(map(_BYTES.__getitem__, map(ord, part))), error.end


_ERRORS = "search.snippets.reduced"
codecs.register_error(_ERRORS, _reduce)

_KEPT = frozenset(HIDDEN + SEVERAL + HAN + WIDE + FOREIGN)
_TABLE = bytes(
    code if code in _KEPT else _byte(bytes((code,)).decode(_CODEC))[0] for code in range(256)
)


def reduced(text: str) -> bytes:
    """Return a byte for each character of the text."""
    encoded = text.encode() if text.isascii() else text.encode(_CODEC, _ERRORS)
    return encoded.translate(_TABLE)


class Reading:
    """A text, with what is known of it; what is dear is found out when it is asked for."""

    __slots__ = ("_bare", "_low", "has_han", "is_ascii", "is_even", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.is_ascii = text.isascii()
        self.has_han = False
        """Whether it holds Han characters."""
        self.is_even = True
        """Whether each of its characters takes one column; never so where there is Han."""
        self._low: bytes | None = None
        self._bare: bytes | None = None
        if not self.is_ascii:
            if HAN_RUN.search(text, 0, _EARLY):
                self.has_han = True
            else:
                self._low = reduced(text)
                self.has_han = HAN in self._low
            # Without Han it was reduced already.
            self.is_even = not (self.has_han or WIDE in self.low or HIDDEN in self.low)

    @property
    def low(self) -> bytes:
        """The reduced text."""
        if self._low is None:
            self._low = reduced(self.text)
        return self._low

    @property
    def bare(self) -> bytes:
        """The reduced text, the letters of each word side by side."""
        if self._bare is None:
            self._bare = self.low.translate(None, JOINTS)
        return self._bare

    def may_hold(self, strings: Iterable[bytes]) -> bool:
        """Say no where text with Han plainly holds no word with one of these in it."""
        if _ODD.search(self.text):
            return True
        # Quicker than to reduce it, and as good where there are no odd letters.
        letters = self.text.encode("ascii", "ignore").translate(_TABLE, JOINTS)
        return any(string in letters for string in strings)
