"""A plain search is answered without click, and as click would have it answered."""

import os

import pytest

import cli
from search.commands import plain, program
from tests.cli.desk import write_page

PLAIN = [
    ["search", "bridge"],
    ["bridge"],
    ["新桥 bridge"],
    ["search", "新桥", "bridge"],
    ["search", "bridge", "--json"],
    ["bridge", "--json", "new"],
    ["serch", "bridge"],  # did you mean
    ["search", "search"],
    ["nothing", "of", "the", "kind"],
    ["search", '"unclosed'],
    ["--index", "index_data", "bridge"],
    ["--index=index_data", "search", "bridge"],
    ["search", "bridge", "--index", "index_data"],
    ["bridge", "--index=nowhere"],
    ["search", "source:nobody", "bridge"],
    ["search", "\udcff bridge"],
]
OF_CLICK = [
    [],
    ["search"],
    [""],
    ["search", ""],
    ["stats"],
    ["show", "bridge.md"],
    ["index", "bridge.md"],
    ["--help"],
    ["search", "bridge", "-h"],
    ["search", "bridge", "-old"],
    ["search", "bridge", "-n", "3"],
    ["search", "bridge", "--", "--json"],
    ["search", "--json=yes", "bridge"],
    ["--json", "bridge"],
    ["bridge", "--index"],
    ["bridge", "--index="],
    ["bridge", "--index", "--json"],
    ["bridge", "--index", "a", "--index", "b"],
    ["bridge", "--indexes", "a"],
    ["bridge", "--no-snippets"],
]


@pytest.fixture
def news(run, desk):
    write_page(desk / "bridge.md", "Bridge opens", "The new bridge has opened. 新桥开通。")
    assert run("index", "bridge.md").code == 0
    return desk


@pytest.mark.parametrize("words", PLAIN, ids=repr)
def test_it_is_what_click_would_answer(news, run, monkeypatch, words):
    own = run(*words)
    monkeypatch.setattr(plain, "answered", lambda _: None)
    by_click = run(*words)
    assert own.code == by_click.code
    assert own.err == by_click.err
    if "--json" in words:
        assert {**own.json, "took_ms": 0} == {**by_click.json, "took_ms": 0}
    else:
        assert own.out.splitlines()[:-1] == by_click.out.splitlines()[:-1]


@pytest.mark.parametrize("words", PLAIN, ids=repr)
def test_it_is_answered_without_click(news, run, monkeypatch, words):
    monkeypatch.setattr(cli, "_run_by_click", lambda: pytest.fail("click was asked"))
    assert run(*words).code in (0, 1, 4)


@pytest.mark.parametrize("words", OF_CLICK, ids=repr)
def test_everything_else_is_left_to_click(news, monkeypatch, capsys, words):
    monkeypatch.setattr(plain, "tell_results", lambda *_, **__: pytest.fail("it was answered"))
    assert plain.answered(words) is None
    assert capsys.readouterr() == ("", "")


def test_a_shell_that_asks_how_words_may_end_is_answered_by_click(news, monkeypatch):
    monkeypatch.setenv("_DUOWEN_COMPLETE", "bash_source")
    assert plain.answered(["bridge"]) is None


def test_commands_are_known_by_the_same_names():
    names = program.duowen.list_commands(program.click.Context(program.duowen))
    assert tuple(names) == plain.COMMANDS


def test_damage_is_told_in_the_same_words(news, run, monkeypatch):
    (segment,) = (news / "index_data").glob("segment-*.seg")
    os.truncate(segment, 100)
    own = run("search", "bridge")
    assert own.code == 4
    assert own.complaint
    monkeypatch.setattr(plain, "answered", lambda _: None)
    assert run("search", "bridge") == own
