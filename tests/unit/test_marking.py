import re
import unicodedata

import pytest

from search.marking import (
    as_html,
    character_width,
    columns,
    display_width,
    harmless,
    is_western,
    marked,
    one_line,
    widths,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("oil", 3),
        ("卫星", 4),
        ("F-16战机", 8),
        ("５Ｇ", 4),
        ("「引号」", 8),
        ("“引号”", 6),
        ("e\u0301", 1),
        ("naïve — €5…", 11),
        ("한국", 4),
        ("カタカナ", 8),
        ("ｶﾀｶﾅ", 4),
        ("\u200b\u200d\ufe0f\ufeff", 0),
        ("सत", 2),
        ("😀", 2),
        ("a\xadb", 3),
        ("Привет", 6),
        ("𠀀", 2),
    ],
)
def test_display_width(text, width):
    assert display_width(text) == width
    assert sum(map(character_width, text)) == width
    assert columns(text)[len(text)] == width


def test_characters_that_are_not_looked_up_take_one_column():
    for code in range(0x20, 0x3000):
        character = chr(code)
        if is_western(character) and not unicodedata.category(character).startswith("C"):
            assert character_width(character) == 1, hex(code)
        assert display_width(character) == columns(character)[1], hex(code)


def test_widths_are_those_of_the_characters():
    for code in (
        *range(0x3400),
        *range(0x4D00, 0x4F00),
        *range(0x9F00, 0xA100),
        *range(0xF800, 0x10400),
    ):
        assert list(widths(chr(code))) == [character_width(chr(code))], hex(code)
    assert list(widths("a卫\u0301，“ｱ")) == [1, 2, 0, 2, 1, 1]


def test_columns_of_plain_text_are_made_without_looking_at_it():
    assert columns("oil — “rose”") == range(13)
    assert list(columns("a卫b")) == [0, 1, 3, 4]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 卫星\n\ttext", "plain 卫星\n\ttext"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("a\x9b31m", "a\ufffd31m"),
        ("a\x00b\x08c\x7fd\r", "a\ufffdb\ufffdc\ufffdd\ufffd"),
        ("a\u202eb\u2066c\u200fd", "a\ufffdb\ufffdc\ufffdd"),
        ("a\ud800b", "a\ufffdb"),
        ("a\u2028b\ufff9c", "a\ufffdb\ufffdc"),
    ],
)
def test_harmless(text, shown):
    assert harmless(text) == shown


def test_one_line():
    assert one_line("a \n\n b\u3000c\r\nd\x1b") == "a b c d\ufffd"


@pytest.mark.parametrize(
    ("text", "spans", "html"),
    [
        ("oil rose", [(0, 3)], "<mark>oil</mark> rose"),
        ("朝鲜卫星", [(0, 2), (2, 4)], "<mark>朝鲜</mark><mark>卫星</mark>"),
        ("<mark>oil</mark>", [(6, 9)], "&lt;mark&gt;<mark>oil</mark>&lt;/mark&gt;"),
        ('AT&T\'s "oil"', [(0, 4)], "<mark>AT&amp;T</mark>&#x27;s &quot;oil&quot;"),
        ("<b\x1bx", [(0, 3)], "<mark>&lt;b\ufffd</mark>x"),
        ("nothing", [], "nothing"),
        ("", [], ""),
    ],
)
def test_html(text, spans, html):
    assert as_html(text, spans) == html


def test_marks_are_put_after_escaping():
    assert marked("a[b", [(1, 2)], lambda part: re.sub(r"\[", "(", part), "[", "]") == "a[(]b"
