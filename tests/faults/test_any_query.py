"""Any text at all is a query: it is answered, or its arguments are refused, and nothing is raised."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.results import Results

PIECES = (
    '"', "“", "”", "(", ")", "（", "）", "-", "NOT ", " OR ", " AND ", "|", "NEAR/3", "NEAR/", "*", "~", ":", "：",
    "title:", "summary:", "body:", "source:", "tag:", "date:", "since:", "until:", "date:2023-11-20..2023-11-24",
    "上周", "2023年11月", "7d", "the", "satellite", "卫星", "廣州", "朝", "U.S.", "C++", "AT&T", "１２", "🛰", "é",
    "e\u0301", "\u202e", "\x00", "\x1b[31m", "\n", "\t", "\u3000", " ", " ", " ", "\ud800", "\udcff", "0", "99999999999",
    "date:0000", "date:9999-99-99", "since:99999999999y", "\\", "'", "/", ".", "..", "a" * 300, "的" * 300, "(" * 50,
)  # fmt: skip


def random_text(chance):
    if chance.random() < 0.2:
        return "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randrange(12)))
    return "".join(chance.choice(PIECES) for _ in range(chance.randrange(1, 9)))


def test_ten_thousand_random_queries_are_answered(corpus_index):
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for number in range(10_000):
        query = random_text(chance)
        try:
            results = corpus_index.search(
                query,
                limit=1,
                snippets=number % 2 == 0,
                match=chance.choice(("auto", "all", "any")),
            )
        except Exception as error:  # noqa: BLE001
            pytest.fail(f"seed {seed}, query {query!r}: {error!r}")
        assert isinstance(results, Results), (seed, query)
        assert results.query == query, seed
        assert len(results) == min(results.total, 1), (seed, query)


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_answered_the_same_twice(corpus_index, text):
    first, second = (corpus_index.search(text, limit=3, sort="newest") for _ in range(2))
    assert (first.total, first.warnings, first.hits) == (second.total, second.warnings, second.hits)


@given(st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_text_may_be_asked_for_as_an_id(corpus_index, text):
    article = corpus_index.get(text)
    assert article is None or article.id == text


def test_a_very_long_query_is_answered(corpus_index):
    for query in (
        "satellite " * 5000,
        "卫星" * 5000,
        '"' * 5000,
        "(" * 5000,
        "-" * 5000,
        "a*" * 3000,
    ):
        assert isinstance(corpus_index.search(query, limit=1), Results)
