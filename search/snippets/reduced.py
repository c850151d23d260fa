"""A text -> bytes, one for each character, in which a word is found whatever it is dressed in.

No search is as quick as that for bytes. Letters are small and without accents, white space is a blank,
and what joins parts of words (hyphens, apostrophes, marks that are not seen) is in JOINTS.
"""

import codecs
import unicodedata
from collections.abc import Iterable

from search.analysis.folding import fold, fold_word
from search.analysis.scripts import HAN_RUN
from search.marking import character_width, rows
from search.patterns import late

# The letters of Western Europe: no codec is quicker. These bytes are controls in it that no text needs:
_CODEC = "latin-1"
HIDDEN, SEVERAL, HAN, WIDE, FOREIGN = b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"
"""What is of no width; a letter that is typed as several; a Han character, or one that is folded to it;
what is two columns wide and no Han; a letter or digit that is not typed with a to z or 0 to 9.
"""

JOINTS = b"-.&'," + HIDDEN
"""What may stand inside of a word, so that its letters are not side by side."""

_LETTER = late(r"[^\W_]")
_PLAIN = late("[a-z0-9]")
_OTHER = b"\x07"


def reduced_character(character: str) -> bytes:
    """Return the byte for one character."""
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
        byte = reduced_character(chr(code))
        if len(self) < _MOST_REMEMBERED:
            self[code] = byte
        return byte


_MOST_REMEMBERED = 20_000
_WIDE_SPACE = "\u3000"
_EARLY = 100
"""Text with Han is known by its first characters, mostly."""

# Where no character is that may be typed with a to z or 0 to 9: rows with few are in both.
_UNTYPED_ROWS = bytes(
    [0x00, 0x20, 0x30, 0x31, *range(0x34, 0xA0), *range(0xAC, 0xD7), 0xF9, 0xFA, 0xFF]
)
_TYPED = late("[\xaa-\xff\u2070-\u209f\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
_BYTES = _Bytes()


def _reduce(error: UnicodeError) -> tuple[bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    part = error.object[error.start : error.end]
    return b"".join(map(_BYTES.__getitem__, map(ord, part))), error.end


_ERRORS = "search.snippets.reduced"
codecs.register_error(_ERRORS, _reduce)

_TABLE = (
    b"\7\7\7\7\7\7\7\7\7     \7\7\7\7\7\7\7\7\7\7\7\7\7\7    "
    + bytes(range(0x20, 0x7F)).lower()
    + b"\x07"
    b"\x07\x81\x07\x07\x07\x20\x07\x07\x07\x07\x07\x07\x07\x8d\x07\x20\x90\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x9d\x07\x07"
    b"\x20\x07\x07\x07\x07\x07\x07\x07\x07\x07a\x07\x07'\x07\x07\x07\x0723'\x9d\x07\x07\x071o\x07\x8d\x8d\x8d\x07"
    b"aaaaaa\x8dceeeeiiiidnooooo\x07ouuuuy\x8d\x8d"
    b"aaaaaa\x8dceeeeiiiidnooooo\x07ouuuuy\x8dy"
)
"""A byte of the codec -> what `reduced_character` says of the character, and a blank for HAN."""

_USUAL = (("’", "'"), ("“", "\x07"), ("”", "\x07"), ("—", "\x07"), ("–", "\x07"), ("‘", "'"))
"""What news is full of and the codec lacks, and what stands for it: to ask for each would take long."""
_CONTROLS = (HIDDEN + SEVERAL + HAN + WIDE + FOREIGN).decode(_CODEC)


def _encoded(text: str) -> bytes:
    """Return a text in bytes, for the table; what the codec lacks comes as its reduced character."""
    for sign, typed in _USUAL:
        text = text.replace(sign, typed)
    for control in _CONTROLS:
        text = text.replace(control, "\x07")
    return text.encode(_CODEC, _ERRORS)


class Reading:
    """A text, with what is known of it; what is dear is found out when it is asked for.

    `low` may be given of a text without Han.
    """

    __slots__ = ("_bare", "_low", "first_han", "is_ascii", "is_even", "last_han", "text")

    def __init__(self, text: str, low: bytes | None = None) -> None:
        self.text = text
        self.is_ascii = text.isascii()
        self.first_han = self.last_han = -1
        """Between these are all Han characters of the text; negative where there is none."""
        self.is_even = True
        """Whether each character takes one column; never so where there is Han."""
        self._low = low
        self._bare: bytes | None = None
        if not self.is_ascii and low is None:
            early = HAN_RUN.search(text, 0, _EARLY)
            if early:
                self.first_han, self.last_han = early.start(), len(text) - 1
                self.is_even = False
            else:
                encoded = _encoded(text)
                self.first_han = encoded.find(HAN)
                if self.first_han >= 0:
                    self.last_han = encoded.rfind(HAN)
                    self.is_even = False
                elif WIDE in encoded or HIDDEN in encoded or _WIDE_SPACE in text:
                    self.is_even = False
                self._low = encoded.translate(_TABLE)

    def part(self, start: int, end: int) -> "Reading":
        """Return a part of a text without Han, cut where there is white space."""
        low = None if self._low is None else self._low[start:end]
        return Reading(self.text[start:end], low)

    @property
    def has_han(self) -> bool:
        """Whether the text holds Han characters."""
        return self.first_han >= 0

    @property
    def low(self) -> bytes:
        """The reduced text, with blanks for Han characters, for these part words as well."""
        if self._low is None:
            text = self.text
            encoded = text.encode() if self.is_ascii else _encoded(text)
            self._low = encoded.translate(_TABLE)
        return self._low

    @property
    def bare(self) -> bytes:
        """The reduced text, the letters of each word side by side."""
        if self._bare is None:
            self._bare = self.low.translate(None, JOINTS)
        return self._bare

    def may_hold(self, strings: Iterable[bytes]) -> bool:
        """Say no where text with Han plainly holds no word with one of these in it."""
        text = self.text
        # Quicker than to reduce it, and as good where all that is typed is ASCII.
        letters = text.encode("ascii", "ignore").translate(_TABLE, JOINTS)
        for string in strings:
            if string in letters:
                return True
        # US's-led is searched as usled as well.
        return "s-" in text or "S-" in text or _may_be_typed(text)


def _may_be_typed(text: str) -> bool:
    """Say whether a text may hold a word of a to z or 0 to 9 that is written with other characters."""
    return bool(rows(text).translate(None, _UNTYPED_ROWS) or _TYPED.search(text))
