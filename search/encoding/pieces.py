"""Texts -> pieces, each of which is analysed by itself; by array operations, a few a text of any length.

A piece is what stands between characters that take part in no word: white space, and punctuation
where it joins nothing. `word."` is the piece `word`, `U.S.-led` one piece, `either/or` two. A piece
is known by a key: its characters, as many as sixteen bytes hold. Each Han character is a piece of its
own, known by itself and the Han character after it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

from search.analysis.folding import fold
from search.analysis.scripts import HAN_RUN, MARKS
from search.columnar.layout import Array
from search.encoding.dictionary import pair_keys
from search.encoding.hashing import KEY_BYTES, keys_at

_NOTHING, _HAN, _LETTER, _DIGIT, _THREE, _OTHER = range(6)
_DOT, _APOSTROPHE, _HYPHEN, _COMMA, _DOLLAR = range(6, 11)
"""Kinds of characters; those from _DOT on are told by their neighbours."""

_KINDS = 11
_ASCII = 128
_OTHER_BYTE, _HAN_BYTE = 0xFE, 0xFF
_TABLED = 0x30000
"""Code points that have an entry in the tables; those above are Han up to U+3FFFF, and as they are."""

_LAST_HAN = 0x3FFFF


@dataclass(slots=True)
class Pieces:
    """The pieces of some texts, in their order: words, and Han characters.

    `ends[t]` is how many pieces stand before the end of text t. `words` are the numbers of those that
    are words, None where all are, and `low` and `high` the halves of their keys; a word without one has
    the key 0, 0, its number among the words in `keyless` and its text in `keyless_texts`. `han` are the
    numbers of the others, and `pairs` their keys. `runs` are the Han runs, each with a line end, and
    `run_ends` counts them as `ends` does.
    """

    ends: Array
    words: Array | None
    low: Array
    high: Array
    keyless: Array
    keyless_texts: list[str]
    han: Array
    pairs: Array
    runs: str
    run_ends: Array


def ascii_pieces(texts: Sequence[str]) -> Pieces:
    """Cut texts of ASCII."""
    data = _joined(texts).encode("ascii")
    inside = _inside(data.translate(_kind_of_byte()))
    bounds = _bounds(inside)
    starts, sizes = bounds[::2], bounds[1::2] - bounds[::2]
    low, high = keys_at(np.frombuffer(data, np.uint8), starts, sizes)
    keyless = np.flatnonzero(sizes > KEY_BYTES)
    spans = zip(starts[keyless].tolist(), sizes[keyless].tolist(), strict=True)
    named = [data[start : start + size].decode("ascii") for start, size in spans]
    ends = np.searchsorted(starts, _text_ends(texts))
    return Pieces(ends, None, low, high, keyless, named, _NONE, _NO_KEYS, "", np.zeros_like(ends))


def pieces(texts: Sequence[str]) -> Pieces:
    """Cut texts of any characters."""
    points = np.frombuffer(_joined(texts).encode("utf-32-le"), np.uint32)
    folded, as_bytes = _tables()
    if points.max() < _TABLED:
        points, data = folded[points], as_bytes[points]
    else:
        tabled = np.minimum(points, _TABLED)
        far = np.where(points <= _LAST_HAN, _HAN_BYTE, _OTHER_BYTE)
        data = np.where(points < _TABLED, as_bytes[tabled], far).astype(np.uint8)
        points = np.where(points < _TABLED, folded[tabled], points)
    inside = _inside(data.tobytes().translate(_kind_of_byte()))
    is_han = data == _HAN_BYTE
    bounds = _bounds(inside)
    starts, sizes = bounds[::2], bounds[1::2] - bounds[::2]
    begins = is_han.copy()
    begins[starts] = True
    all_starts = np.flatnonzero(begins)
    is_other = is_han[all_starts]
    words, han = np.flatnonzero(~is_other), np.flatnonzero(is_other)
    at = all_starts[han]
    pairs = pair_keys(points[at], np.where(is_han[at + 1], points[at + 1], 0))
    low, high = keys_at(data, starts, sizes)
    others = np.searchsorted(starts, np.flatnonzero(data == _OTHER_BYTE), "right") - 1
    keyless = np.union1d(others, np.flatnonzero(sizes > KEY_BYTES))
    low[keyless] = high[keyless] = 0
    named: list[str] = []
    if len(keyless):
        text = points.tobytes().decode("utf-32-le")
        spans = zip(starts[keyless].tolist(), sizes[keyless].tolist(), strict=True)
        named = [text[start : start + size] for start, size in spans]
    text_ends = _text_ends(texts)
    ends = np.searchsorted(all_starts, text_ends)
    runs, run_ends = _runs(points, is_han, text_ends)
    return Pieces(ends, words, low, high, keyless, named, han, pairs, runs, run_ends)


_NONE, _NO_KEYS = np.zeros(0, np.int64), np.zeros(0, np.uint64)


def _joined(texts: Sequence[str]) -> str:
    # As many line ends at the end as are read beyond the last piece.
    return "\n" + "\n".join(texts) + "\n" * KEY_BYTES


def _text_ends(texts: Sequence[str]) -> Array:
    return np.cumsum([len(text) + 1 for text in texts])


def _inside(kinds: bytes) -> Array:
    """Return of each character whether it belongs to a piece that is no Han character."""
    kind = np.frombuffer(kinds, np.uint8)
    inside = kind > _HAN
    marks = np.flatnonzero(kind >= _DOT)
    inside[marks] = _joins()[kind[marks - 1], kind[marks], kind[marks + 1]]
    return inside


def _bounds(inside: Array) -> Array:
    """Return where pieces begin and end by turns."""
    return np.flatnonzero(inside[1:] != inside[:-1]) + 1


def _runs(points: Array, is_han: Array, text_ends: Array) -> tuple[str, Array]:
    after = np.flatnonzero(is_han[:-1] & ~is_han[1:]) + 1
    copied = points.copy()
    copied[after] = ord("\n")
    wanted = is_han.copy()
    wanted[after] = True
    runs = copied[wanted].tobytes().decode("utf-32-le")
    return runs, np.searchsorted(after, text_ends, "right")


@cache
def _kind_of_byte() -> bytes:
    kinds = dict.fromkeys(b"&+#_", _OTHER) | dict.fromkeys(b"0123456789", _DIGIT)
    kinds |= {code: _LETTER for code in range(_ASCII) if chr(code).isalpha()}
    marks = ((b".", _DOT), (b"'", _APOSTROPHE), (b"-", _HYPHEN), (b",", _COMMA), (b"$", _DOLLAR))
    kinds |= {sign[0]: kind for sign, kind in marks}
    kinds |= {ord("3"): _THREE, _OTHER_BYTE: _OTHER, _HAN_BYTE: _HAN}
    return bytes(kinds.get(code, _NOTHING) for code in range(256))


@cache
def _joins() -> Array:
    """Return, by the kinds before, at and after a mark, whether the mark may take part in a word.

    The sign of a currency matters before 3M only.
    """
    word = {_LETTER, _DIGIT, _THREE, _OTHER}
    number = {_DIGIT, _THREE, _OTHER}
    anything = set(range(_KINDS))
    before_and_after = [
        (_DOT, anything, word | {_APOSTROPHE, _HYPHEN}),
        (_DOT, word, {_DOT}),  # S.A..NET
        (_APOSTROPHE, word | {_DOT}, {_LETTER, _OTHER}),
        (_HYPHEN, word | {_DOT}, word | {_DOT}),
        (_COMMA, number, number),
        (_DOLLAR, anything, {_THREE}),
    ]
    joins = np.zeros((_KINDS, _KINDS, _KINDS), bool)
    for mark, before, after in before_and_after:
        for sides in product(before, after):
            joins[sides[0], mark, sides[1]] = True
    return joins


@cache
def _tables() -> tuple[Array, Array]:
    """Return what each code point is folded to, and the byte that stands for it."""
    every = np.arange(_TABLED, dtype=np.uint32).tobytes().decode("utf-32-le", "surrogatepass")
    text = fold(every)
    folded = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    as_bytes = np.zeros(_TABLED + 1, np.uint8)
    as_bytes[:_TABLED] = np.where(folded < _ASCII, folded, 0)
    as_bytes[[match.start() for match in _PART_OF_WORDS.finditer(text)]] = _OTHER_BYTE
    as_bytes[[match.start() for match in _CURRENCY.finditer(text)]] = ord("$")
    for match in HAN_RUN.finditer(text):
        as_bytes[match.start() : match.end()] = _HAN_BYTE
    return np.append(folded, np.uint32(0)), as_bytes


_PART_OF_WORDS = re.compile(rf"(?![\x00-\x7f])[\w{MARKS}]")
_CURRENCY = re.compile("[£€¥]")
