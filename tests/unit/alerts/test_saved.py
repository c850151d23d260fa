"""Saved searches: their names, their queries, and the file that keeps them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from search import alerting
from search.errors import IndexCorrupt, IndexMissing, IndexTooNew, QueryError
from tests.unit.alerts.desk import article

TOP = Path(__file__).parents[3]


def test_a_search_is_saved_listed_and_removed(local):
    saving = local.save("卫星", '卫星 OR "test satellite"')
    assert saving.warnings == ()
    assert saving.search.name == "卫星"
    assert saving.search.match == "auto"
    local.save("a.b-c_1", "trade", match="any")
    assert [one.name for one in alerting.saved(local.folder)] == ["a.b-c_1", "卫星"]
    assert alerting.remove(local.folder, "卫星").query == '卫星 OR "test satellite"'
    assert [one.name for one in alerting.saved(local.folder)] == ["a.b-c_1"]
    kept = json.loads((local.folder / "saved.json").read_bytes())
    assert kept["schema_version"] == 1
    assert set(kept["saved"][0]) == {"name", "query", "match", "created"}


@pytest.mark.parametrize(
    "name",
    [
        "", " ", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", "-rf", ".hidden", "a b", "a\0b", "a\nb",
        "x" * 65, "𠀀" * 64, "CON", "nul.txt", "a.", "a:b", "<b>", "\u202eevil", "é\u200b", "\ud800",
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_a_file_is_refused(local, name):
    with pytest.raises(QueryError, match="use letters, digits") as caught:
        local.save(name, "trade")
    assert str(caught.value).isprintable()
    assert alerting.saved(local.folder) == []


@pytest.mark.parametrize("name", ["x" * 64, "Ärger", "новости", "अर्थव्यवस्था", "2024.q1", "卫" * 64])
def test_letters_of_any_script_make_a_name(local, name):
    assert local.save(name, "trade").search.name == name


def test_two_ways_to_write_a_letter_are_one_name(local):
    local.save("cafe\u0301", "coffee")
    assert alerting.remove(local.folder, "caf\u00e9").query == "coffee"


def test_a_name_that_is_taken_is_refused_unless_it_is_to_be_replaced(local):
    local.save("trade", "trade")
    with pytest.raises(QueryError, match="already"):
        local.save("trade", "tariffs")
    with pytest.raises(QueryError, match="“trade” already"):
        local.save("Trade", "tariffs", replace=True)  # one file on some systems
    local.save("trade", "tariffs", replace=True)
    assert [one.query for one in alerting.saved(local.folder)] == ["tariffs"]


@pytest.mark.parametrize("query", ["", "  ", "...", '""', "-", "()"])
def test_an_empty_query_is_refused(local, query):
    with pytest.raises(QueryError):
        local.save("empty", query)
    assert not (local.folder / "saved.json").exists()


@pytest.mark.parametrize(
    "wrong", [{"match": "most"}, {"query": 7}, {"query": "\ud800"}, {"query": "a" * 10_001}]
)
def test_what_is_no_query_is_refused(local, wrong):
    with pytest.raises(QueryError):
        local.save("wrong", **{"query": "trade", **wrong})


def test_what_was_not_understood_is_told(local):
    assert "parenthesis" in local.save("open", "(trade").warnings[0]


def test_an_unknown_name_is_told_with_a_close_one(local):
    local.save("satellites", "satellite")
    with pytest.raises(QueryError, match="did you mean “satellites”"):
        alerting.remove(local.folder, "satelites")
    with pytest.raises(QueryError, match="duowen saved list"):
        alerting.try_saved(local.folder, "x")


def test_there_must_be_an_index(tmp_path):
    with pytest.raises(IndexMissing):
        alerting.save(tmp_path, "trade", "trade")
    for ask in (alerting.saved, lambda folder: alerting.remove(folder, "trade")):
        with pytest.raises(IndexMissing):
            ask(tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"schema_version": 1}', '{"schema_version": 1, "saved": [{}]}',
        '{"schema_version": 1, "saved": 7}', '{"schema_version": "x", "saved": []}', "[" * 10_000,
        '{"schema_version": 1, "saved": [{"name": "../x", "query": "q", "match": "auto", "created": ""}]}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_told_in_one_sentence_and_kept(local, text):
    path = local.folder / "saved.json"
    path.write_text(text)
    for ask in (
        lambda: local.save("trade", "trade"),
        lambda: alerting.saved(local.folder),
        lambda: alerting.remove(local.folder, "trade"),
        lambda: alerting.try_saved(local.folder),
    ):
        with pytest.raises(IndexCorrupt, match=r"saved\.json is damaged; mend it") as caught:
            ask()
        assert caught.value.exit_code == 4
    assert path.read_text() == text


def test_a_file_of_a_newer_version_is_told(local):
    (local.folder / "saved.json").write_text('{"schema_version": 2}')
    with pytest.raises(IndexTooNew):
        alerting.saved(local.folder)


def test_a_saved_search_is_tried_on_the_whole_index(desk):
    desk.save("trade", "trade -china")
    desk.run(article("a", "trade with Japan"), article("b", "trade with China"))
    [tried] = alerting.try_saved(desk.folder, "trade", engine=desk.engine)
    assert [hit.id for hit in tried.results] == ["a"]
    before = desk.contents()
    assert len(alerting.try_saved(desk.folder, engine=desk.engine)) == 1
    assert desk.contents() == before


def test_processes_that_save_at_the_same_time_lose_nothing(local):
    script = (
        "import sys; from search import alerting\n"
        "for n in range(5): alerting.save(sys.argv[1], f'{sys.argv[2]}{n}', 'trade')"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script, str(local.folder), letter], cwd=TOP)
        for letter in "abc"
    ]
    assert [one.wait() for one in started] == [0, 0, 0]
    assert len(alerting.saved(local.folder)) == 15
