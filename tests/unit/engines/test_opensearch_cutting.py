"""Texts cut into strings, chunk by chunk, hold the terms that their tokens are, one by one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines import opensearch_cutting
from search.engines.opensearch_cutting import Cutter
from tests.doubles.terms import terms_of

PARTS = [
    "AT&T", "U.S.", "U.N.", "US", "us", "SKorea", "S.Korea", "F-16s", "3M", "$3M", "£5m", ".NET", "C++",
    "O'Neill's", "we'll", "x" * 300, "Y" * 121, "㈠&㈡", "卫星發射", "国", "ｶﾅ", "한국", "5G", "1,000.5",
    "Ünïcode’s", "a\u0301", "\u200b", "\ufeff", ".", "..", "'", "’s", "-", "–", "+", "#", "&", "_", ",", "“",
    "”", "…", '"', "(", ")", "[", "?", "￥", "S", "N.", "p.m.", "a.b", "Minister", "satellites", "ǅ", "ß",
    "Aids", "Who", "\x1c", "\x85", "\u3000", "\n", " ", " ", " ", "￠", "𠀀", "々", "İ",
]  # fmt: skip
STRANGE = st.one_of(
    st.lists(st.sampled_from(PARTS), max_size=12).map("".join),
    st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=4)), max_size=12).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
)


def check(cutter, text):
    cut, wanted = cutter.cut(text), terms_of(text)
    assert cut.words == " ".join(wanted.words)
    assert cut.stems == " ".join(wanted.stems)
    assert cut.characters == " ".join(wanted.characters)
    assert cut.layers(of_stems=False) == [" ".join(layer) for layer in wanted.form_layers]
    assert cut.layers(of_stems=True) == [" ".join(layer) for layer in wanted.stem_layers]


@settings(max_examples=400, deadline=None)
@given(st.lists(STRANGE, min_size=1, max_size=4))
def test_the_terms_of_any_text_are_those_of_its_tokens(texts):
    cutter = Cutter()
    for text in (*texts, texts[0]):  # again, as it is remembered
        check(cutter, text)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("sign", [*"\"(),:;!?[]{}“”….'-", "..", ".'s"])
def test_signs_around_a_word_change_nothing_that_they_do_not_change_in_its_tokens(part, sign):
    cutter = Cutter()
    for text in (sign + part, part + sign, sign + part + sign, part + sign + part):
        check(cutter, text)


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(opensearch_cutting, "_MOST_REMEMBERED", 2)
    cutter = Cutter()
    for _ in range(2):
        check(cutter, "one two three, four; 五 six")
