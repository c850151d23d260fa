"""Whole outputs. ESC stands for the character that begins an escape."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from search.article import Article
from search.engines.port import Statistics
from search.render import (
    Freshness,
    article_mapping,
    article_text,
    as_json,
    date_text,
    freshness,
    results_mapping,
    results_text,
    staleness_sentence,
    statistics_mapping,
    statistics_text,
)  # fmt: skip
from search.results import Hit, Results, Snippet

WHEN = datetime(2023, 11, 24, 2, 11, 55, tzinfo=timezone.utc)
HIT = Hit(
    11, "a1", 3.14159265, "朝鲜 spy\nsatellite", ((3, 6), (7, 16)), "Reuters", WHEN, "minute", "https://x/1", "/n/a1.md",
    (
        Snippet("summary", "发射衛星，", ((2, 4),), cut_start=True),
        Snippet("body", "a spy <b>satellite\x1b[2J\x1b", ((2, 5), (9, 18)), cut_end=True),
    ),
)  # fmt: skip
BARE = Hit(12, "a\x1b2", 0.0, " ", (), "", None, "day", "", "", ())
RESULTS = Results("spy 衛星", 1_234, 12.6, 7, ("“x” was left out.",), (HIT, BARE))

PLAIN = """\
朝鲜 spy satellite
  Reuters · 2023-11-24T02:11Z · a1
  …发射衛星，
  a spy <b>satellite\ufffd[2J\ufffd…

a\ufffd2
  no date · a\ufffd2

11-12 of 1,234 articles (13 ms)
"""
COLOURED = """\
ESC[1m朝鲜 ESC[1;31mspyESC[0mESC[1m ESC[1;31msatelliteESC[0mESC[1mESC[0m
ESC[2m  Reuters · 2023-11-24T02:11Z · a1ESC[0m
  …发射ESC[1;31m衛星ESC[0m，
  a ESC[1;31mspyESC[0m <b>ESC[1;31msatelliteESC[0m\ufffd[2J\ufffd…

ESC[1ma\ufffd2ESC[0m
ESC[2m  no date · a\ufffd2ESC[0m

ESC[2m11-12 of 1,234 articles (13 ms)ESC[0m
"""
ARTICLE = Article(
    id="a1", title="Spy\tsatellite", source="Reuters", summary="朝鲜发射卫星。", body="One.\r\n\r\nTwo\x1b.\tThree\rFour",
    caption="A rocket", published=WHEN, precision="day", url="https://x/1", path="/n/a1.md", tags=("asia", "space"),
)  # fmt: skip
STATISTICS = Statistics(
    articles=1_234, generation=7, bytes=12_345_678, sources={"Reuters": 1_200, "": 33, "x\x1b": 1}, with_summary=30,
    undated=2, oldest="2006-10-20", newest=None, analysis_version=1, cutter="jieba", roots=("/news", "/more"),
)  # fmt: skip


def test_results_as_plain_text():
    assert printed(results_text(RESULTS, colour=False)) == PLAIN


def test_results_in_colour():
    assert printed(results_text(RESULTS, colour=True)) == COLOURED.replace("ESC", "\x1b")


@pytest.mark.parametrize(
    ("results", "line"),
    [
        (Results("x\x1b\ny", 0, 1.0, 1, (), ()), "No article found for “x\ufffd y”."),
        (Results("x", 5, 1.0, 1, (), ()), "5 articles found, none on this page."),
        (Results("x", 1, 0.4, 1, (), (BARE,)), "12-12 of 1 article (0 ms)"),
    ],
)
def test_last_line_of_results(results, line):
    assert list(results_text(results, colour=False))[-1] == line


def test_results_as_a_mapping():
    mapping = results_mapping(RESULTS)
    assert mapping == json.loads(as_json(mapping))
    assert mapping == {
        "schema_version": 1,
        "query": "spy 衛星",
        "total": 1_234,
        "took_ms": 12.6,
        "generation": 7,
        "warnings": ["“x” was left out."],
        "hits": [
            {
                "rank": 11,
                "id": "a1",
                "score": 3.141593,
                "title": "朝鲜 spy\nsatellite",
                "title_spans": [[3, 6], [7, 16]],
                "source": "Reuters",
                "published": "2023-11-24T02:11Z",
                "url": "https://x/1",
                "path": "/n/a1.md",
                "snippets": [
                    {
                        "field": "summary",
                        "text": "发射衛星，",
                        "spans": [[2, 4]],
                        "html": "发射<mark>衛星</mark>，",
                    },
                    {
                        "field": "body",
                        "text": "a spy <b>satellite\x1b[2J\x1b",
                        "spans": [[2, 5], [9, 18]],
                        "html": "a <mark>spy</mark> &lt;b&gt;<mark>satellite</mark>\ufffd[2J\ufffd",
                    },
                ],
            },
            {
                "rank": 12,
                "id": "a\x1b2",
                "score": 0.0,
                "title": " ",
                "title_spans": [],
                "source": "",
                "published": None,
                "url": "",
                "path": "",
                "snippets": [],
            },
        ],
    }


def test_an_article_as_text():
    assert printed(article_text(ARTICLE, colour=False)) == (
        "Spy satellite\nReuters\n2023-11-24\nasia, space\nhttps://x/1\n/n/a1.md\n"
        "\n朝鲜发射卫星。\n\nA rocket\n\nOne.\n\nTwo\ufffd.    Three\ufffdFour\n"
    )


def test_an_article_in_colour():
    lines = list(article_text(ARTICLE, colour=True))
    assert lines[:2] == ["\x1b[1mSpy satellite\x1b[0m", "\x1b[2mReuters\x1b[0m"]
    assert lines[6:9] == ["", "朝鲜发射卫星。", ""]


def test_an_article_without_a_title_shows_its_id():
    assert list(article_text(Article("a1", title="  ", body="x"), colour=False)) == ["a1", "", "x"]


def test_an_article_as_a_mapping():
    assert article_mapping(ARTICLE) == {
        "schema_version": 1,
        "id": "a1",
        "title": "Spy\tsatellite",
        "source": "Reuters",
        "summary": "朝鲜发射卫星。",
        "body": "One.\r\n\r\nTwo\x1b.\tThree\rFour",
        "caption": "A rocket",
        "published": "2023-11-24",
        "precision": "day",
        "url": "https://x/1",
        "path": "/n/a1.md",
        "root": "",
        "tags": ["asia", "space"],
    }


RUN_AT = datetime(2023, 11, 24, 2, 11, 55, tzinfo=timezone.utc)
FRESH = Freshness(RUN_AT, 93_600.0, True, 86_400.0)


@pytest.mark.parametrize(
    ("ago", "max_age", "stale"),
    [(None, None, None), (10, None, None), (None, 60, True), (10, 60, False), (100, 60, True)],
)
def test_the_last_run_is_fresh_or_stale(ago, max_age, stale):
    at = None if ago is None else datetime.now(timezone.utc) - timedelta(seconds=ago)
    found = freshness(at, max_age)
    assert found.stale is stale
    assert (found.age is None) == (ago is None)


def test_a_run_that_a_clock_has_a_little_ahead_is_fresh():
    found = freshness(datetime.now(timezone.utc) + timedelta(seconds=90), 60)
    assert (found.age, found.stale) == (0.0, False)


def test_a_run_in_the_future_is_stale_and_told():
    """A clock was wrong: when the last good run was, nobody knows."""
    found = freshness(datetime.now(timezone.utc) + timedelta(days=2), 60)
    assert found.age < 0
    assert found.stale
    assert staleness_sentence(found) == (
        "The last good run is in the future; set the clock, and run duowen index."
    )
    assert "Z (in the future)\n" in printed(statistics_text(STATISTICS, found, colour=False))
    assert not freshness(found.last_run, None).stale


def test_staleness_is_told_with_the_way_out():
    assert staleness_sentence(FRESH) == (
        "The last good run ended 26h ago, longer than 24h; run duowen index to see why."
    )
    never = Freshness(None, None, True, 60)
    assert staleness_sentence(never) == "No good run of a job is known; run duowen index."


def test_statistics_as_text():
    assert printed(statistics_text(STATISTICS, FRESH, colour=False)) == (
        "articles        1,234\n"
        "with a summary  30\n"
        "without a date  2\n"
        "oldest          2006-10-20\n"
        "newest          -\n"
        "on disk         12.3 MB\n"
        "generation      7\n"
        "Chinese cut by  jieba\n"
        "last good run   2023-11-24T02:11:55Z (26h ago)\n"
        "paths           /news, /more\n"
        "sources\n"
        "      1,200  Reuters\n"
        "         33  (none)\n"
        "          1  x\ufffd\n"
    )


def test_statistics_in_colour():
    lines = list(statistics_text(STATISTICS, FRESH, colour=True))
    assert lines[0] == "\x1b[2marticles        \x1b[0m1,234"
    assert lines[10] == "\x1b[2msources\x1b[0m"


def test_statistics_as_a_mapping():
    mapping = statistics_mapping(STATISTICS, FRESH)
    assert json.loads(as_json(mapping)) == {
        "schema_version": 1,
        "articles": 1_234,
        "generation": 7,
        "bytes": 12_345_678,
        "sources": {"Reuters": 1_200, "": 33, "x\x1b": 1},
        "with_summary": 30,
        "undated": 2,
        "oldest": "2006-10-20",
        "newest": None,
        "analysis_version": 1,
        "cutter": "jieba",
        "roots": ["/news", "/more"],
        "last_run": "2023-11-24T02:11:55Z",
        "age_seconds": 93_600.0,
        "stale": True,
    }


@pytest.mark.parametrize(
    ("precision", "text"),
    [
        ("second", "2023-11-24T02:11:55Z"),
        ("minute", "2023-11-24T02:11Z"),
        ("day", "2023-11-24"),
        ("month", "2023-11"),
        ("year", "2023"),
    ],
)
def test_dates_show_what_is_known(precision, text):
    assert date_text(WHEN, precision) == text
    assert date_text(None, precision) is None


def test_years_have_four_digits():
    assert date_text(datetime(987, 1, 2, tzinfo=timezone.utc), "day") == "0987-01-02"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"标题": "卫星 é 😀"}, '{"标题": "卫星 é 😀"}'),
        ("\x1b\x00\n\x7f\x9b", '"\\u001b\\u0000\\n\\u007f\\u009b"'),
        ("\u202e\u2066\u200f\u2028\ufff9", '"\\u202e\\u2066\\u200f\\u2028\\ufff9"'),
        ("\ud800", '"\\ud800"'),
    ],
)
def test_json(value, text):
    assert as_json(value) == text
    assert json.loads(text) == value


def test_json_indented():
    assert as_json({"a": [1]}, indent=2) == '{\n  "a": [\n    1\n  ]\n}'


def printed(lines):
    return "".join(f"{line}\n" for line in lines)
