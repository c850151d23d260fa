"""Marks belong to the letter before them."""

import unicodedata

import pytest

from search.analysis.english import compounds
from search.analysis.scripts import MARKS, has_han, with_one_mark

BLOCKS = (range(0x300, 0x1E00), range(0x20D0, 0x2100), range(0xFE00, 0xFE30))
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


def ranges(written):
    """Take a character class apart."""
    at = 0
    while at < len(written):
        is_range = written[at + 1 : at + 2] == "-"
        yield from map(chr, range(ord(written[at]), ord(written[at + 2 * is_range]) + 1))
        at += 3 if is_range else 1


def test_the_written_marks_are_those_of_unicode():
    known = {chr(code) for block in BLOCKS for code in block}
    marks = {char for char in known if unicodedata.category(char).startswith("M")}
    written = set(ranges(MARKS)) - set(INVISIBLE)
    assert written == marks if unicodedata.unidata_version == "14.0.0" else written & marks


def test_every_mark_stays_in_its_word():
    for mark in ranges(MARKS):
        assert with_one_mark(f"a{mark}b") == "a\u0300b"
        (compound,) = compounds(f"a{mark}b")
        assert [(atom.start, atom.end) for atom in compound.atoms] == [(0, 3)], hex(ord(mark))


@pytest.mark.parametrize("text", ["国", "カ", "ｶ", "가", "〺", "㈱", "⼀", "a 〇"])
def test_han_is_seen_folded_or_not(text):
    assert has_han(text)


@pytest.mark.parametrize("text", ["", "plain", "café", "，", "Ω"])
def test_no_han_is_seen_elsewhere(text):
    assert not has_han(text)
