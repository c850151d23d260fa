"""The reading page: what a request asks, and what happens when it finds nothing."""

from datetime import datetime, timezone

import pytest

from search.article import Article
from search.errors import QueryError
from search.library import open_index

NOW = datetime(2024, 5, 15, tzinfo=timezone.utc)


@pytest.fixture
def index(tmp_path):
    with open_index(tmp_path, create=True) as opened:
        with opened.writer() as writer:
            writer.put(
                Article(
                    id="word",
                    summary="去年的收成很好",
                    published=datetime(2020, 1, 1, tzinfo=timezone.utc),
                )
            )
            writer.put(
                Article(
                    id="today",
                    summary="今年的收成",
                    published=datetime(2024, 5, 1, tzinfo=timezone.utc),
                )
            )
        yield opened


def test_a_word_that_is_a_date_filters(index):
    results = index.search("今年", now=NOW)
    assert [hit.id for hit in results] == ["today"]
    assert not results.warnings


def test_a_date_that_no_article_has_is_searched_as_a_word(index):
    results = index.search("去年", now=NOW)
    assert [hit.id for hit in results] == ["word"]
    assert "searched as a word" in results.warnings[0]


@pytest.mark.parametrize("typed", ["去年（的）收成很好", "去年 收成", "(去年 OR nothing) 收成"])
def test_dates_in_a_sentence_are_words_where_nothing_is_found(index, typed):
    results = index.search(typed, now=NOW)
    assert [hit.id for hit in results][:1] == ["word"]
    assert "searched as a word" in results.warnings[0]


def test_a_date_beside_words_stays_a_date_where_something_is_found(index):
    results = index.search("今年 收成", now=NOW)
    assert [hit.id for hit in results] == ["today"]
    assert not results.warnings


def test_a_date_field_stays_a_date(index):
    assert index.search("date:去年", now=NOW).total == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": -1},
        {"offset": -1},
        {"sort": "best"},
        {"match": "some"},
        {"since": "soon"},
        {"width": 0},
    ],
)
def test_arguments_that_mean_nothing_are_refused_in_one_sentence(index, wrong):
    with pytest.raises(QueryError) as caught:
        index.search("收成", **wrong)
    assert str(caught.value).endswith(".")


def test_sources_since_and_until_narrow_the_answer(index):
    assert index.search("收成", since="2024").total == 1
    assert index.search("收成", until="2020").total == 1
    assert index.search("收成", source="nobody").total == 0
    assert index.search("收成", source=["nobody", ""]).total == 0
