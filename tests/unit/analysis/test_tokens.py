"""Texts beside all of their tokens; words of a million characters; the memory."""

import pytest

from search.analysis import tokens as tokens_module
from search.analysis.tokens import Token, Tokenizer, segments


def shown(text: str, *, chinese_words: bool = False) -> str:
    """Show the terms of a text, one position after the other."""
    by_position: dict[int, list[str]] = {}
    for token in Tokenizer(chinese_words=chinese_words).tokens(text):
        by_position.setdefault(token.position, []).append(token.term)
    return " | ".join(" ".join(terms) for terms in by_position.values())


TOKENS = [
    ("", ""),
    ("… — ( ) _ '", ""),
    ("The ministers", "the ~the | ministers ~minister"),
    ("U.S. US us", "US us ~US ~us | US us ~US ~us | us ~us"),
    ("It’s IT", "its it ~its ~it | IT it ~IT ~it"),
    ("F-16s", "f ~f f16s ~f16 | 16 ~16 | s ~s"),
    ("U.S.-led", "US us ~US ~us usled ~usl | led ~led"),
    ("AT&T's", "at&t att at t ~at&t ~att ~at ~t"),
    ("C++11", "c++ c ~c++ ~c c++11 ~c++11 | 11 ~11"),
    ("we'll don't", "we'll we ~we'll ~we | dont ~dont"),
    ("O'Neill's", "oneills oneill neill ~oneil ~neill"),
    ("$3.5bn 1,000,", "3.5 ~3.5 3.5bn ~3.5bn | billion ~billion | 1000 ~1000"),
    ("3M $3m", "3m 3 m ~3m ~3 ~m | 3 ~3 3m ~3m | million ~million"),
    ("5-8 2023-11-24", "5 ~5 | 8 ~8 | 2023 ~2023 | 11 ~11 | 24 ~24"),
    ("SKorea SINGAPORE", "skorea korea ~skorea ~korea | singapore ~singapor"),
    ("a-b-c-d-e", "a ~a | b ~b | c ~c | d ~d | e ~e"),
    ("ad-s", "ad ~ad ads | s ~s"),
    ("卫星", "卫 卫星 | 星"),
    ("5G手機", "5 ~5 5g ~5g | g ~g | 手 手机 | 机"),
    ("ͺ ﷰ", "صلے ~صلے"),
]


@pytest.mark.parametrize(("text", "expected"), TOKENS)
def test_tokens(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_chinese_words_stand_beside_their_characters() -> None:
    text = "朝鲜发射衛星"
    assert (
        shown(text, chinese_words=True)
        == "朝 朝鲜 =朝鲜 | 鲜 鲜发 | 发 发射 =发射 =发射卫星 | 射 射卫 | 卫 卫星 =卫星 | 星"
    )


def test_spans_and_positions_go_through_the_text() -> None:
    text = "\tKim’s  衛星F16。\n"
    assert list(Tokenizer(chinese_words=False).tokens(text)) == [
        Token("kims", 0, 1, 6),
        Token("kim", 0, 1, 6),
        Token("~kim", 0, 1, 6),
        Token("卫", 1, 8, 9),
        Token("卫星", 1, 8, 10),
        Token("星", 2, 9, 10),
        Token("f", 3, 10, 11),
        Token("~f", 3, 10, 11),
        Token("f16", 3, 10, 13),
        Token("~f16", 3, 10, 13),
        Token("16", 4, 11, 13),
        Token("~16", 4, 11, 13),
    ]


def test_segments_part_scripts() -> None:
    text = "5G手机x卫"
    found = [(text[start:end], is_han) for start, end, is_han in segments(text)]
    assert found == [("5G", False), ("手机", True), ("x", False), ("卫", True)]
    assert list(segments("")) == []


MILLION = 1_000_000

# Each of these, or one like it, once took time by the square of its length: that is days.
ENDLESS = [
    ("a" * MILLION, 1),
    ("e" * MILLION, 1),
    ("y" * MILLION, 1),
    ("é" * MILLION, 1),
    ("z" + "z" * MILLION + "ing", 1),
    ("9" * MILLION, 1),
    ("a" + "\u0301" * MILLION, 1),
    ("a\u00ad" * (MILLION // 2), 1),
    ("हि" * (MILLION // 2), 1),
    ("a." * (MILLION // 2), 1),
    ("a&" * (MILLION // 2), 1),
    ("a'" * (MILLION // 2), 1),
    ("1." * (MILLION // 2), 1),
    ("1,000" + ".1" * (MILLION // 2) + ",5", 2),
    ("a's" * (MILLION // 3), 1),
    ("our" * (MILLION // 3), 1),
    ("." * MILLION, 0),
    ("#" * MILLION, 0),
    ("1" + ",000" * 20_000 + ",00", 20_002),
    ("a-" * 20_000, 20_000),
    ("a1" * 20_000, 40_000),
    ("卫" * 20_000, 20_000),
    ("卫a" * 20_000, 40_000),
]


@pytest.mark.parametrize(("chunk", "positions"), ENDLESS, ids=[chunk[:6] for chunk, _ in ENDLESS])
def test_a_chunk_without_end_is_cut_like_any_other(chunk: str, positions: int) -> None:
    found = list(Tokenizer(chinese_words=False).tokens(f"x {chunk} x"))
    assert found[-1].position == positions + 1
    assert max(token.end for token in found[:-2]) <= len(chunk) + 2


def test_short_chunks_are_remembered_and_long_ones_are_not() -> None:
    tokenizer = Tokenizer(chinese_words=False)
    long = "x" * (tokens_module._LONGEST_REMEMBERED + 1)
    first = list(tokenizer.tokens(f"short {long} short"))
    assert set(tokenizer._remembered) == {"short"}
    assert list(tokenizer.tokens(f"short {long} short")) == first


def test_the_memory_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(tokens_module, "_MOST_REMEMBERED", 3)
    tokenizer = Tokenizer(chinese_words=False)
    terms = [token.term for token in tokenizer.tokens("a b c d e a b") if "~" not in token.term]
    assert terms == list("abcdeab")
    assert len(tokenizer._remembered) <= 3


def test_rows_are_the_tokens() -> None:
    text = "Kim’s F-16 衛星"
    tokenizer = Tokenizer(chinese_words=False)
    assert [Token(*row) for row in tokenizer.rows(text)] == list(tokenizer.tokens(text))
    assert all(isinstance(token, Token) for token in tokenizer.tokens(text))
