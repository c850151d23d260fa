"""Whatever the text, its tokens are honest, and what was indexed is found by what was typed.

Hypothesis prints the failing text and how to replay it.
"""

import re
from collections.abc import Iterator
from itertools import pairwise, product
from operator import add

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from search.analysis import tokens as tokens_module
from search.analysis.folding import fold, fold_word
from search.analysis.scripts import HAN_RUN, has_han
from search.analysis.spelling import IRREGULAR, KEPT
from search.analysis.stemming import stem
from search.analysis.tokens import STEM_MARK, WORD_MARK, Token, Tokenizer, segments
from search.analysis.variants import SIMPLIFIED, VARIANTS
from search.query import nodes
from search.query.plan import Run
from search.query.planning import make_plan
from search.query.segmenting import cut
from search.query.terms import phrase_terms
from tests.unit.analysis.finding import holds, places, stands

FRAGMENTS = (
    *" -'’.&+#,$%/_\u00a0\u3000\n\t\x00\u00ad\u200b\u0301\u2011…｡、，。！", *"abSNmUK159é½²ßİǅﬁ卫星國際論壇軟々〇カｶﾞ한𠀀😀",
    "U.S.", "US", "us", "F-16", "AT&T", "C++", "C#", ".NET", "1,000", ",000", "3.5bn", "$5m", "3M", "we'll", "China's",
    "O’Neill", "SKorea", "N.Korea", "WHO's", "co-operate", "Erdoğan", "5G手机", "衛星发射", "हिन्दी", "شَمس", "'s", "--",
)  # fmt: skip
HAN_ALPHABET = "卫星中国国际论坛的一二广州惠衛國際論壇軟々カ한𠀀"

ANY_TEXT = st.text(st.characters(), max_size=60)
NEWS = st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join)
TEXTS = st.one_of(ANY_TEXT, NEWS)
HAN_TEXT = st.text(HAN_ALPHABET, min_size=1, max_size=14)
MIXED = st.lists(
    st.one_of(
        HAN_TEXT, st.sampled_from(("5G", " ", "，", "F-16", "x", "\n", "U.S.", "1,000", "’"))
    ),
    min_size=1,
    max_size=8,
).map("".join)
QUICK = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TOKENIZER = Tokenizer(chinese_words=False)
UNITS = {"million", "billion", "trillion"}


def squashed(text: str) -> str:
    """Return the letters and digits of a text as they are searched."""
    return "".join(mark for mark in fold_word(fold(text)).lower() if mark.isalnum())


def ways_to_read(text: str) -> Iterator[str]:
    """Yield the letters and digits of a text, each 's in it read or not."""
    first, *rest = map(squashed, re.split("'s", fold(text), flags=re.IGNORECASE))
    for kept in product(("s", ""), repeat=len(rest)):
        yield first + "".join(map(add, kept, rest))


@QUICK
@given(TEXTS, TEXTS)
@example("O`Neill", "é")
def test_fold_goes_character_by_character(text: str, other: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded
    assert fold(text + other) == folded + fold(other)


def test_fold_of_every_character_is_one_character_and_settled() -> None:
    every = "".join(map(chr, range(0x110000)))
    folded = fold(every)
    assert len(folded) == len(every)
    assert fold(folded) == folded


@QUICK
@given(TEXTS)
def test_a_folded_word_is_settled(text: str) -> None:
    once = fold_word(text)
    assert fold_word(once) == once


@QUICK
@given(TEXTS)
def test_segments_rebuild_the_text(text: str) -> None:
    folded = fold(text)
    found = list(segments(folded))
    assert "".join(folded[start:end] for start, end, _ in found) == folded
    assert [end for _, end, _ in found[:-1]] == [start for start, _, _ in found[1:]]
    for start, end, is_han in found:
        assert bool(HAN_RUN.fullmatch(folded[start:end])) == is_han == has_han(folded[start:end])
    assert all(before[2] != after[2] for before, after in pairwise(found))


@QUICK
@given(TEXTS, st.booleans())
def test_positions_and_spans_are_honest(text: str, chinese_words: bool) -> None:
    found = list(Tokenizer(chinese_words=chinese_words).tokens(text))
    assert len({(token.term, token.position) for token in found}) == len(found)
    positions = [token.position for token in found]
    assert positions == sorted(positions)
    assert sorted(set(positions)) == list(range(len(set(positions))))
    starts = [token.start for token in found]
    assert starts == sorted(starts)
    for token in found:
        assert 0 <= token.start < token.end <= len(text)
        assert token.term.strip(STEM_MARK + WORD_MARK)
        assert token.term.split() == [token.term]
    by_form = {token.position for token in found if not token.term.startswith(STEM_MARK)}
    assert by_form == set(positions)


@QUICK
@given(TEXTS)
def test_a_span_is_the_text_of_its_term(text: str) -> None:
    for term, _, start, end in Tokenizer().tokens(text):
        if has_han(term):
            assert fold(text[start:end]) == term.lstrip(WORD_MARK)
        elif not term.startswith(STEM_MARK) and term not in UNITS:
            assert any(squashed(term) in read for read in ways_to_read(text[start:end]))


@QUICK
@given(st.lists(st.from_regex(r"[a-zéåńA-Z]{1,12}", fullmatch=True), max_size=12))
def test_plain_words_are_tokens_in_order(words: list[str]) -> None:
    text = " ".join(words)
    found = list(TOKENIZER.tokens(text))
    for position, word in enumerate(words):
        here = [token for token in found if token.position == position]
        assert here[0].term.lower() == fold_word(word)
        assert {text[token.start : token.end] for token in here} == {word}
        assert STEM_MARK + stem(here[0].term) in {token.term for token in here}


@QUICK
@given(TEXTS, TEXTS)
def test_white_space_parts_texts_cleanly(left: str, right: str) -> None:
    first, second = list(TOKENIZER.tokens(left)), list(TOKENIZER.tokens(right))
    position = first[-1].position + 1 if first else 0
    offset = len(left) + 1
    moved = [Token(t, p + position, s + offset, e + offset) for t, p, s, e in second]
    assert list(TOKENIZER.tokens(f"{left} {right}")) == first + moved


@QUICK
@given(st.lists(TEXTS, max_size=6))
def test_a_memory_changes_nothing(texts: list[str]) -> None:
    remembering = Tokenizer(chinese_words=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens_module, "_LONGEST_REMEMBERED", -1)
        forgetful = Tokenizer(chinese_words=False)
        expected = [list(forgetful.tokens(text)) for text in (*texts, *texts)]
        assert not forgetful._remembered
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens_module, "_MOST_REMEMBERED", 2)
        assert [list(remembering.tokens(text)) for text in (*texts, *texts)] == expected
        assert len(remembering._remembered) <= 2
    assert [list(map(Token._make, remembering.rows(text))) for text in (*texts, *texts)] == expected


@QUICK
@given(TEXTS)
def test_without_a_dictionary_only_the_words_of_chinese_are_missing(text: str) -> None:
    everything = list(Tokenizer().tokens(text))
    rest = [token for token in everything if not token.term.startswith(WORD_MARK)]
    assert list(TOKENIZER.tokens(text)) == rest


@QUICK
@given(MIXED)
def test_every_han_substring_is_found_where_it_stands_and_nowhere_else(text: str) -> None:
    folded = fold(text)
    terms = places(text)
    position_at = {
        token.start: token.position
        for token in TOKENIZER.tokens(text)
        if len(token.term) == 1 and has_han(token.term)
    }
    runs = [match.span() for match in HAN_RUN.finditer(folded)]
    for first, last in runs:
        for start in range(first, last):
            for end in range(start + 1, min(start + 8, last) + 1):
                wanted = folded[start:end]
                expected = {position_at[m.start()] for m in re.finditer(f"(?={wanted})", folded)}
                assert position_at[start] in expected
                assert occurrences(wanted, terms) == expected


def occurrences(characters: str, terms: dict[str, set[int]]) -> set[int]:
    wanted = list(phrase_terms([Run(characters)]))
    return {
        first
        for first in terms.get(wanted[0], ())
        if all(first + step in terms.get(term, ()) for step, term in enumerate(wanted))
    }


@QUICK
@given(HAN_TEXT, HAN_TEXT)
def test_han_characters_match_only_side_by_side(text: str, query: str) -> None:
    wanted = list(phrase_terms([Run(fold(query))]))
    assert stands(wanted, places(text)) == (fold(query) in fold(text))


@QUICK
@given(
    st.lists(st.integers(0, len(VARIANTS) - 1), min_size=1, max_size=8),
    st.sampled_from(("", "5G", "，")),
)
def test_traditional_and_simplified_find_one_another(picked: list[int], beside: str) -> None:
    traditional = "".join(VARIANTS[number] for number in picked)
    simplified = "".join(SIMPLIFIED[number] for number in picked)
    for typed, written in ((traditional, simplified), (simplified, traditional)):
        wanted = list(phrase_terms([Run(fold(typed))]))
        assert stands(wanted, places(f"{beside}{written}{beside}"))


@QUICK
@given(TEXTS)
def test_every_chunk_of_a_text_finds_the_text(text: str) -> None:
    """The same code cuts documents and queries."""
    terms = places(text)
    for chunk in text.split():
        for node in (nodes.Text(chunk), nodes.Quoted(chunk)):
            root = make_plan(nodes.Parsed(node), lambda _word: 0, match="all").root
            assert root is None or holds(root, terms), node


@QUICK
@given(TEXTS, st.integers(0, 20), st.integers(1, 6))
def test_every_stretch_of_a_text_finds_the_text_as_a_phrase(
    text: str, first: int, length: int
) -> None:
    chunks = [chunk for chunk in text.split() if places(chunk)][first : first + length]
    assume(chunks)
    root = make_plan(nodes.Parsed(nodes.Quoted(" ".join(chunks))), lambda _word: 0).root
    assert root is not None
    assert holds(root, places(text))


@QUICK
@given(st.text(min_size=1, max_size=20).map(fold_word))
def test_a_stem_is_never_empty(word: str) -> None:
    assert bool(stem(word)) == bool(word)


@QUICK
@given(st.from_regex(r"[a-z]{1,6}[aeiou](nt|ck|st|rk|lk|mp|nd|ct)", fullmatch=True))
def test_regular_inflections_have_one_stem(word: str) -> None:
    family = [word, word + "s", word + "ed", word + "ing", word + "ings"]
    assume(not {*family} & {*KEPT, *IRREGULAR})
    assert {stem(form) for form in family} == {stem(word)}


@QUICK
@given(st.from_regex(r"[a-z]{2,8}[^aeiousxz\W\d_A-Z]", fullmatch=True).filter(str.isascii))
def test_a_regular_plural_has_the_stem_of_its_singular(word: str) -> None:
    plural = word[:-1] + "ies" if re.search("[^aeiou]y$", word) else word + "s"
    assume(not {word, plural} & {*KEPT, *IRREGULAR})
    assert stem(plural) == stem(word)


VOCABULARIES = st.dictionaries(st.text("卫星广州惠", min_size=1, max_size=4), st.integers(0, 50))


@QUICK
@given(st.text("卫星广州惠", min_size=1, max_size=12), VOCABULARIES)
def test_pieces_rebuild_the_run_and_are_words_or_longer_than_one(
    run: str, counts: dict[str, int]
) -> None:
    pieces = cut(run, lambda word: counts.get(word, 0))
    assert "".join(pieces) == run
    assert all(pieces)
    if len(run) > 1:
        assert all(len(piece) > 1 or counts.get(piece) for piece in pieces)


@QUICK
@given(st.text(HAN_ALPHABET, min_size=1, max_size=12))
def test_a_run_without_known_words_is_one_piece(run: str) -> None:
    assert cut(run, lambda _word: 0) == [run]
