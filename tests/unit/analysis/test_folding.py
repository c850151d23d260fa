"""What is folded, beside what comes of it."""

import pytest

from search.analysis.folding import fold, fold_word
from search.analysis.scripts import han_share, has_han
from search.analysis.variants import SIMPLIFIED, VARIANTS

FOLDED = [
    ("", ""),
    ("plain `text`", "plain `text`"),
    ("ＡＢＣ１２３＋＆", "ABC123+&"),
    ("China’s ‘n’ Hawaiʻi", "China's 'n' Hawai'i"),
    ("F‑16 F‐16 F－16", "F-16 F-16 F-16"),
    ("a–b—c−d", "a–b—c−d"),
    ("co\u00adop", "co\u200bop"),
    ("衛星國際論壇軟體", "卫星国际论坛软体"),
    ("ｶﾒﾗ", "カメラ"),
    ("㎏…ﬁ", "㎏…ﬁ"),  # would change the length
    ("\uf900", "岂"),  # a compatibility ideograph of a traditional character
    ("㈠㊀㊥㊗〸", "一一中祝十"),
    ("é \u00a0\u3000", "é \u00a0\u3000"),
    ("𠀀😀", "𠀀😀"),
]

WORDS = [
    ("Minister", "minister"),
    ("ERDOĞAN", "erdogan"),
    ("Erdog\u0306an", "erdogan"),
    ("İstanbul", "istanbul"),
    ("ΟΔΟΣ", "οδοσ"),
    ("Straße", "strasse"),
    ("Ǿrsted", "orsted"),
    ("ŁÓDŹ", "lodz"),
    ("ﬁnance", "finance"),
    ("co\u200bop\u2060er\ufeffate", "cooperate"),
    ("Ö\ufe0f", "o"),
    ("й", "и"),
]


@pytest.mark.parametrize(("text", "expected"), FOLDED)
def test_fold(text: str, expected: str) -> None:
    assert fold(text) == expected
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(("word", "expected"), WORDS)
def test_fold_word(word: str, expected: str) -> None:
    assert fold_word(word) == expected


def test_variants_go_one_to_one_to_characters_that_stay() -> None:
    assert len(VARIANTS) == len(SIMPLIFIED) == len(set(VARIANTS))
    assert fold(VARIANTS) == fold(SIMPLIFIED)
    assert fold(SIMPLIFIED) == SIMPLIFIED
    assert all(has_han(character) for character in VARIANTS + SIMPLIFIED)


@pytest.mark.parametrize(
    ("text", "share"),
    [("", 0.0), (" \n", 0.0), ("abc", 0.0), ("卫星", 1.0), ("卫 a", 0.5), ("é", 0.0)],
)
def test_share_of_han_characters(text: str, share: float) -> None:
    assert han_share(text) == share
    assert has_han(text) == (share > 0)


def test_a_character_is_known_for_han_before_it_is_folded() -> None:
    for character in map(chr, range(0x110000)):
        assert has_han(character) == has_han(fold(character)), hex(ord(character))


def test_no_character_becomes_han_only_as_a_word() -> None:
    """It would be a term of a word to the index, and of a run to the query."""
    for character in filter(str.isalnum, map(chr, range(0x110000))):
        if not has_han(character):
            assert not has_han(fold_word(fold(character))), hex(ord(character))
