"""Results: a page of hits that is a sequence, and snippets that know their rendering."""

import pickle
from dataclasses import FrozenInstanceError, replace
from datetime import datetime, timezone

import pytest

from search.results import Hit, Results, Snippet

WHEN = datetime(2023, 11, 24, tzinfo=timezone.utc)


def hit(rank):
    return Hit(rank, f"id{rank}", 1.0, "title", ((0, 5),), "AFP", WHEN, "day", "", "", ())


@pytest.fixture
def results():
    return Results("query", 7, 1.5, 3, ("warning",), (hit(1), hit(2), hit(3)))


def test_results_are_the_sequence_of_their_hits(results):
    assert len(results) == 3
    assert [one.rank for one in results] == [1, 2, 3]
    assert results[0] == hit(1)
    assert results[-1] == hit(3)
    assert results[1:] == (hit(2), hit(3))
    assert hit(2) in results
    assert results.index(hit(3)) == 2
    with pytest.raises(IndexError):
        results[3]


def test_an_empty_page_is_false_although_articles_match():
    page = Results("query", 7, 1.5, 3, (), ())
    assert not page
    assert page.total == 7


def test_results_cannot_be_changed(results):
    with pytest.raises(FrozenInstanceError):
        results.total = 8
    with pytest.raises(AttributeError):
        results[0].title = "other"


def test_a_total_is_counted_once_and_only_if_it_is_read():
    counted = []
    page = Results("query", lambda: counted.append(1) or 7, 1.5, 3, (), ())
    assert not counted
    assert (page.total, page.total) == (7, 7)
    assert counted == [1]
    assert page == Results("query", 7, 1.5, 3, (), ())
    assert replace(page, took_ms=2.0).total == 7


def test_results_can_be_sent_to_another_process(results):
    lazy = replace(results)
    object.__setattr__(lazy, "total", lambda: 7)
    assert pickle.loads(pickle.dumps(lazy)) == results


@pytest.mark.parametrize(
    ("text", "spans", "html"),
    [
        ("A spy satellite", ((2, 5), (6, 15)), "A <mark>spy</mark> <mark>satellite</mark>"),
        ("朝鲜卫星", ((2, 4),), "朝鲜<mark>卫星</mark>"),
        ('<b> & "c"', ((4, 5),), "&lt;b&gt; <mark>&amp;</mark> &quot;c&quot;"),
        ("no match", (), "no match"),
        ("bell\x07", ((0, 5),), "<mark>bell\ufffd</mark>"),
        ("🛰卫", ((1, 2),), "🛰<mark>卫</mark>"),
    ],
)  # fmt: skip
def test_html_is_escaped_before_it_is_marked(text, spans, html):
    assert Snippet("body", text, spans).html == html
