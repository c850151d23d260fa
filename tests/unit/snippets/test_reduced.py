import re
import sys
import unicodedata

import pytest

from search.analysis.folding import fold, fold_word
from search.snippets.reduced import (
    _TABLE,
    FOREIGN,
    HAN,
    HIDDEN,
    SEVERAL,
    WIDE,
    Reading,
    reduced_character,
)

CODES = [code for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]


def test_the_table_says_what_is_said_of_each_character():
    for code in range(256):
        byte = bytes((code,))
        if byte == HAN:
            assert _TABLE[code] == ord(" ")
        elif byte in (HIDDEN, SEVERAL, WIDE, FOREIGN):
            assert _TABLE[code] == code
        else:
            assert _TABLE[code] == reduced_character(byte.decode("latin-1"))[0], hex(code)


@pytest.mark.parametrize(
    ("text", "low"),
    [
        ("Oil\tROSE,\xa0\n“Café’s”", b"oil rose,  \x07cafe's\x07"),
        ("Erdoğan", b"erdogan"),
        ("e\u0301", b"e" + HIDDEN),
        ("straße ﬁne ½", b"stra" + SEVERAL + b"e " + SEVERAL + b"ne " + SEVERAL),
        ("нет", FOREIGN * 3),
        ("🙂", WIDE),
        ("5G手机，ok", b"5g  " + WIDE + b"ok"),
        ("co\xadop", b"co'op"),
    ],
)
def test_reduced_text(text, low):
    reading = Reading(text)
    assert reading.low == low
    assert len(low) == len(text)


def test_a_text_is_reduced_as_its_characters_are():
    for codes in (range(0x100), range(0x2000, 0x2100), CODES[0x100:0x3100], CODES[0x1F000:0x20100]):
        text = "".join(map(chr, codes))
        reduced = b"".join(map(reduced_character, text)).replace(HAN, b" ")
        assert Reading(text).low == reduced


def test_what_is_known_of_a_text():
    late = "x" * 200 + "卫 a 星."
    assert [(r.has_han, r.is_even) for r in map(Reading, ("oil", "é ğ —", "🙂", "卫星", late))] == [
        (False, True), (False, True), (False, False), (True, False), (True, False),
    ]  # fmt: skip
    assert (Reading(late).first_han, Reading(late).last_han) == (200, 204)


def test_nothing_typed_is_overlooked_beside_han():
    """Whatever is searched by a letter from a to z or a digit may be in a text, or is ASCII."""
    for code in CODES[128:]:
        typed = re.search("[a-z0-9]", fold_word(fold(chr(code))))
        if typed and unicodedata.category(chr(code))[0] in "LN":
            assert Reading("卫" + chr(code)).may_hold([typed[0].encode()]), hex(code)
    assert not Reading("卫星，iPhone。").may_hold([b"oil"])
    assert Reading("卫星，i-Phone。").may_hold([b"oil", b"iphon"])
