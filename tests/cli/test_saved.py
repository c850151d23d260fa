"""`duowen saved`, and `duowen index --alerts`."""

import json
import sys
from xml.etree import ElementTree as ET

import pytest

from tests.cli.desk import write_page


@pytest.fixture
def news(run, desk):
    write_page(desk / "news/bridge.md", "Bridge opens", "The bridge has opened. 新桥开通。")
    assert run("index", "news").code == 0
    return desk


def test_what_is_added_is_listed(run, news):
    outcome = run("saved", "add", "bridges", "新桥", "OR", "bridge")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.sentence == "duowen: Saved bridges: 新桥 OR bridge"
    assert run("saved", "add", "all", "bridge tram", "--match", "all").code == 0
    assert run("saved", "list").out == "all  bridge tram  (match all)\nbridges  新桥 OR bridge\n"
    listed = run("saved", "list", "--json").json["saved"]
    assert [(one["name"], one["query"], one["match"]) for one in listed] == [
        ("all", "bridge tram", "all"),
        ("bridges", "新桥 OR bridge", "auto"),
    ]


def test_words_with_a_hyphen_belong_to_the_query(run, news):
    assert run("saved", "add", "trade", "trade", "-china", "--match", "any").code == 0
    (one,) = run("saved", "list", "--json").json["saved"]
    assert (one["query"], one["match"]) == ("trade -china", "any")


def test_a_name_is_not_taken_twice_unless_it_is_meant(run, news):
    run("saved", "add", "bridges", "bridge")
    outcome = run("saved", "add", "bridges", "tram")
    assert outcome.code == 2
    assert "bridges" in outcome.complaint
    assert run("saved", "add", "--replace", "bridges", "tram").code == 0
    assert run("saved", "list").out == "bridges  tram\n"


def test_what_a_query_means_is_told_when_it_is_saved(run, news):
    outcome = run("saved", "add", "bad", "bridge date:never")
    assert outcome.code == 0
    assert len(outcome.err.splitlines()) == 2
    assert "never" in outcome.err.splitlines()[0]


def test_it_is_removed(run, news):
    run("saved", "add", "bridges", "bridge")
    assert run("saved", "remove", "bridges").sentence == "duowen: Removed bridges: bridge"
    outcome = run("saved", "list")
    assert (outcome.code, outcome.out) == (0, "")
    assert "duowen saved add" in outcome.sentence
    assert run("saved", "list", "--json").json["saved"] == []
    assert run("saved", "remove", "bridges").code == 2


def test_it_is_run(run, news):
    run("saved", "add", "bridges", "bridge")
    run("saved", "add", "trams", "tram")
    outcome = run("saved", "run", "bridges")
    assert outcome.code == 0
    assert outcome.out.splitlines()[:2] == ["== bridges: bridge", "Bridge opens"]
    assert "== trams: tram\nNo article found" in run("saved", "run").out
    answer = run("saved", "run", "--json").json["saved"]
    assert [(one["name"], one["results"]["total"]) for one in answer] == [
        ("bridges", 1),
        ("trams", 0),
    ]
    assert run("saved", "run", "bridge").code == 2


def test_where_there_is_no_index(run, desk):
    for words in (["list"], ["add", "a", "b"], ["remove", "a"], ["run"]):
        outcome = run("saved", *words)
        assert outcome.code == 4
        assert "no index" in outcome.complaint


def test_an_alert_comes_once_for_each_new_article(run, news):
    run("saved", "add", "bridges", "bridge")
    write_page(news / "news/second.md", "A second bridge", "It is a bridge.")
    write_page(news / "news/tram.md", "Tram stops", "No tram.")
    outcome = run("index", "--alerts", "jsonl:alerts.jsonl", "--report", "-")
    assert outcome.json["alerts"] == {"fired": 1, "delivered": 1, "failed": []}
    (line,) = (news / "alerts.jsonl").read_text().splitlines()
    assert json.loads(line)["id"] == "second.md"
    run("index", "--alerts", "jsonl:alerts.jsonl")
    assert len((news / "alerts.jsonl").read_text().splitlines()) == 1


def test_targets_of_the_settings_are_beside_the_settings(run, news, monkeypatch):
    (news / "duowen.yaml").write_text("index: index_data\nalerts: [atom:feeds]\n")
    run("saved", "add", "bridges", "bridge")
    write_page(news / "news/second.md", "A second bridge", "It is a bridge.")
    (news / "elsewhere").mkdir()
    monkeypatch.chdir(news / "elsewhere")
    assert run("index", "--config", "../duowen.yaml").code == 0
    feed = ET.parse(news / "feeds/bridges.atom").getroot()
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 1


def test_a_target_that_is_none_is_told_before_any_work(run, news):
    write_page(news / "news/second.md", "A second bridge", "It is a bridge.")
    outcome = run("index", "--alerts", "pigeon:loft", "--alerts", "atom:")
    assert outcome.code == 2
    assert "pigeon" in outcome.complaint
    assert "atom" in outcome.complaint
    assert run("second").code == 1


def test_a_target_that_fails_is_told_and_the_index_is_in_line(run, news):
    run("saved", "add", "bridges", "bridge")
    write_page(news / "news/second.md", "A second bridge", "It is a bridge.")
    outcome = run("index", "--alerts", f"command:{sys.executable} -c 'import sys; sys.exit(7)'")
    assert "ended with 7" in outcome.err
    assert run("second").code == 0
