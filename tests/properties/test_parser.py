"""Any text parses, the same way each time, into a flat and bounded tree.

Hypothesis prints the failing text and how to replay it.
"""

import sys
from collections.abc import Iterator
from datetime import datetime, timezone

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.query.nodes import (
    And,
    Everything,
    Near,
    Node,
    Not,
    Or,
    Parsed,
    Published,
    Quoted,
    Scoped,
    Text,
)
from search.query.parser import MAX_DEPTH, MAX_PARTS, _parsed, parse
from search.query.periods import parse_bound, period
from search.query.plain import plain_phrase, plain_words
from search.query.remarks import MAX_WARNINGS

NOW = datetime(2023, 11, 24, 10, 30, tzinfo=timezone.utc)

FRAGMENTS = (
    *"()（）\"“”„「」『』«»‘’'-－—!！+＋|｜&*＊~～:：/. \u3000\u00a0\n\x00\ud800😀ab卫星",
    " AND ", " OR ", " NOT ", " ＯＲ ", " NEAR/5 ", " BEFORE/2 ", " NEAR ", "NEAR/0 ", "||", "&&", "~2",
    "title:", "标题：", "source:", "tag:", "date:", "since:", "until:", "titel:", "foo:", "site:", "before:", "http://x", "12:30",
    "2023-11", "2023年11月", "上周", "昨天", "..", "24", "7d", "last week", "F-16", "China’s", " x ", " y ",
)  # fmt: skip

ANY_TEXT = st.text(st.characters(), max_size=60)
OPERATORS = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join)
QUICK = settings(max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, And | Or):
        return node.children
    if isinstance(node, Not | Scoped):
        return (node.child,)
    return (node.left, node.right) if isinstance(node, Near) else ()


def nodes(root: Node | None) -> Iterator[tuple[Node, Node | None, int]]:
    """Yield each node with its parent and its depth."""
    waiting: list[tuple[Node, Node | None, int]] = [(root, None, 1)] if root else []
    while waiting:
        node, parent, depth = waiting.pop()
        yield node, parent, depth
        waiting.extend((child, node, depth + 1) for child in children(node))


def assert_sound(typed: str) -> None:
    parsed = parse(typed, now=NOW)
    assert parsed == parse(typed, now=NOW)
    assert len(parsed.warnings) <= MAX_WARNINGS
    assert len(parsed.hints) <= MAX_WARNINGS
    for warning in (*parsed.warnings, *parsed.hints):
        assert warning.isprintable()
        assert warning.endswith(".")
    for node, parent, depth in nodes(parsed.root):
        assert depth <= 4 * MAX_DEPTH + 6
        assert_normal(node, parent)


def assert_normal(node: Node, parent: Node | None) -> None:
    if isinstance(node, And | Or):
        assert len(node.children) > 1
        assert type(node) is not type(parent)
    if isinstance(node, And):
        assert not all(isinstance(child, Not) for child in node.children)
        others = [child for child in node.children if not isinstance(child, Not)]
        assert others == [Everything()] or Everything() not in others
    if isinstance(node, Not):
        assert isinstance(parent, And)
        assert not isinstance(node.child, Not)
    if isinstance(node, Text | Quoted):
        assert node.text.strip() == node.text != ""
        node.text.encode()  # no lone surrogates


@QUICK
@given(ANY_TEXT)
def test_any_characters_parse(typed: str) -> None:
    assert_sound(typed)


@QUICK
@given(OPERATORS)
def test_any_mix_of_operators_parses(typed: str) -> None:
    assert_sound(typed)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FRAGMENTS), st.sampled_from(FRAGMENTS), st.sampled_from(FRAGMENTS))
def test_trees_of_long_repetitions_are_bounded(first: str, second: str, third: str) -> None:
    """A node for each part, and at most a few around it, however long the text."""
    parsed = parse((first + second + third) * 2_000, now=NOW)
    found = list(nodes(parsed.root))
    assert len(found) <= 6 * MAX_PARTS + 10
    assert max((depth for *_, depth in found), default=0) <= 4 * MAX_DEPTH + 6


@QUICK
@given(st.lists(st.from_regex(r"[a-z0-9卫星朝鲜]{1,6}", fullmatch=True), min_size=1, max_size=8))
def test_plain_words_are_kept_in_order(words: list[str]) -> None:
    root = parse(" ".join(words), now=NOW).root
    kept = [root] if len(words) == 1 else list(children(root)) if root else []
    assert kept == [Text(word) for word in words]


PLAIN_FRAGMENTS = (
    *"ab Z9-'. 卫年ＯＲé²٣", "AND", "OR", "NOT", "NEAR", "BEFORE", "ＡＮＤ", "上周", "2023年", "2013-05-01", "NEAR/5", "oil", "  "
)  # fmt: skip


@QUICK
@given(ANY_TEXT | OPERATORS | st.lists(st.sampled_from(PLAIN_FRAGMENTS), max_size=9).map("".join))
def test_plain_words_are_read_as_everything_is(typed: str) -> None:
    assert_quickly_read(typed)
    assert_quickly_read(f'"{typed}"')


def test_each_character_is_read_as_everything_is() -> None:
    most_of_han = range(0x4E01, 0x9FFF), range(0xAC01, 0xD7A0), range(0x20001, sys.maxunicode)
    for code in range(sys.maxunicode + 1):
        if not any(code in alike for alike in most_of_han):
            assert_quickly_read(f"a{chr(code)}")
            assert_quickly_read(f"{chr(code)}R")
            assert_quickly_read(f'"a{chr(code)}"')


def assert_quickly_read(typed: str) -> None:
    """The short way gives what the long way does, where it gives anything."""
    if words := plain_words(typed):
        read = _parsed(typed, NOW)
        assert read == parse(typed, now=NOW)
        assert (read.root,) == words if len(words) == 1 else read.root == And(words)
        assert not read.warnings
        assert not read.hints
    if phrase := plain_phrase(typed):
        assert _parsed(typed, NOW) == parse(typed, now=NOW) == Parsed(phrase)


@QUICK
@given(
    OPERATORS
    | st.lists(st.sampled_from(["去年", "x", "OR", "-", "(", ")", " "]), max_size=12).map("".join)
)
def test_otherwise_is_the_tree_with_its_dates_as_words(typed: str) -> None:
    """Where a word was taken for a date, the other tree has the word in its place, and no more."""
    parsed = parse(typed, now=NOW)
    if parsed.otherwise is None:
        return
    assert parsed.otherwise != parsed.root
    read, words = (list(nodes(root)) for root in (parsed.root, parsed.otherwise))
    changed = [
        pair for pair in zip(read, words, strict=True) if type(pair[0][0]) is not type(pair[1][0])
    ]
    assert changed
    for (date, *_), (word, *_) in changed:
        assert isinstance(date, Published)
        assert isinstance(word, Text)
        assert (date.since, date.until) == period(word.text, NOW)


@QUICK
@given(st.lists(st.from_regex(r"-?[A-Za-z0-9]|[a-z]{4,6}", fullmatch=True), min_size=1, max_size=8))
def test_a_hyphen_before_one_letter_or_digit_is_none(words: list[str]) -> None:
    typed = " ".join(words)
    assert parse(typed, now=NOW) == parse(typed.replace("-", ""), now=NOW)


@QUICK
@given(st.text(st.characters(exclude_categories=["C", "Z", "P", "S"]), min_size=1, max_size=20))
def test_words_in_quotes_are_kept_as_typed(typed: str) -> None:
    assert parse(f'"{typed}"', now=NOW).root == Quoted(typed)


@QUICK
@given(
    st.one_of(ANY_TEXT, st.text("0123456789年月日-/.:TZ+dwmy 上周昨天ja", max_size=24)),
    st.datetimes(timezones=st.just(timezone.utc)),
)
def test_any_text_is_a_period_or_none(typed: str, now: datetime) -> None:
    since, until = period(typed, now) or (None, None)
    assert since is None or until is None or since < until
    lower, upper = (parse_bound(typed, now, upper=upper) for upper in (False, True))
    assert (lower is None) == (upper is None)
    assert lower is None or upper is None or lower <= upper
