"""`duowen watch`: the job in a loop that survives what happens to a round."""

import json
import signal
import threading
import time

import pytest

from search.commands import watch as module
from search.engines.registry import open_engine
from tests.cli.desk import ended, write_page


class Enough(Exception):
    """The test has seen enough rounds."""


@pytest.fixture
def between(monkeypatch):
    """Call something between two rounds, each time the next one of these; then stop watching."""

    def between(*calls):
        rest = iter(calls)
        slept = []

        def sleep(seconds):
            slept.append(seconds)
            call = next(rest, None)
            if call is None:
                raise KeyboardInterrupt
            call()

        monkeypatch.setattr(module.time, "sleep", sleep)
        return slept

    return between


@pytest.fixture
def news(desk):
    for number in range(5):
        write_page(desk / f"news/{number}.md", f"Bridge {number}")
    return desk


def test_the_first_round_is_at_once_and_others_follow(run, news, between):
    slept = between(lambda: write_page(news / "news/new.md", "New"))
    outcome = run("watch", "news")
    assert outcome.code == 130
    first, second, *_, last = outcome.err.splitlines()
    assert first.startswith("duowen: 5 added; ")
    assert second.startswith("duowen: 1 added, 5 unchanged; ")
    assert last == "duowen: Interrupted; what was indexed before is still there."
    assert all(0 < seconds <= 900 for seconds in slept)


def test_a_round_that_fails_is_told_and_the_next_one_is_tried(run, news, between):
    def vanish():
        (news / "news").rename(news / "unmounted")

    def come_back():
        (news / "unmounted").rename(news / "news")

    between(vanish, come_back)
    outcome = run("watch", "news", "--every", "1h")
    assert outcome.code == 130
    lines = outcome.err.splitlines()
    assert lines[1].endswith(
        "/news' does not exist, and what is indexed of it stays; check the path, and whether its disk"
        " is mounted."
    )
    assert lines[2].startswith("duowen: That round failed; the next one begins in ")
    assert lines[3].startswith("duowen: nothing to do, 5 unchanged; ")


@pytest.mark.parametrize("is_mount_point", [True, False])
def test_an_index_that_is_gone_is_not_begun_anew(run, news, between, is_mount_point):
    """Its disk is not mounted."""

    def vanish():
        (news / "index_data").rename(news / "unmounted")
        if is_mount_point:
            (news / "index_data").mkdir()

    def come_back():
        assert not is_mount_point or not any((news / "index_data").iterdir())
        if is_mount_point:
            (news / "index_data").rmdir()
        (news / "unmounted").rename(news / "index_data")

    between(vanish, come_back)
    outcome = run("watch", "news", "--every", "1h", "--metrics", "m.prom")
    assert outcome.code == 130
    lines = outcome.err.splitlines()
    assert lines[1] == (
        f"duowen: The index in {news}/index_data is gone; check whether its disk is mounted, or make it"
        " anew with duowen index PATH."
    )
    assert lines[2].startswith("duowen: That round failed; ")
    assert lines[3].startswith("duowen: nothing to do, 5 unchanged; ")


def test_a_mistake_of_ours_does_not_end_it(run, news, between, monkeypatch):
    from search import reindexing

    def broken(*_, **__):
        monkeypatch.undo()
        between()
        raise ZeroDivisionError

    between(lambda: None)
    monkeypatch.setattr(reindexing, "reindex", broken)
    before = signal.getsignal(signal.SIGTERM)
    outcome = run("watch", str(news / "news"), "--index", str(news / "index_data"))
    assert signal.getsignal(signal.SIGTERM) == before
    assert "ZeroDivisionError" in outcome.err
    assert "That round failed" in outcome.err


def test_a_busy_index_is_tried_again(run, news, between):
    run("index", "news")
    held = open_engine("local", news / "index_data").writer()
    held.__enter__()
    between(lambda: held.__exit__(None, None, None))
    outcome = run("watch", "news", "--metrics", "m.prom")
    lines = outcome.err.splitlines()
    assert "Another job is writing" in lines[0]
    assert lines[2].startswith("duowen: nothing to do, 5 unchanged; ")


def test_reports_are_those_of_the_last_round(run, news, between):
    between(lambda: write_page(news / "news/new.md", "New"))
    run("watch", "news", "--report", "r.json", "-q")
    assert json.loads((news / "r.json").read_text())["counts"]["added"] == 1


def test_it_does_not_drift():
    rest = module._until_next
    assert rest(100.0, 60.0, 100.0) == 60.0
    assert rest(100.0, 60.0, 107.5) == 52.5
    assert rest(100.0, 60.0, 160.0) == 60.0
    assert rest(100.0, 60.0, 290.0) == 50.0  # missed beats are left out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["-"], "standard input"),
        (["news", "--every", "0"], "at least"),
        (["news", "--alerts", "pigeon:loft"], "pigeon"),
        (["news", "--rebuild"], "No such option"),
        (["news", "--report", "nowhere/r.json"], "--report"),
    ],
)
def test_wrong_usage_ends_it_at_once(run, news, words, why):
    outcome = run("watch", *words)
    assert outcome.code == 2
    assert why in outcome.err


def test_a_signal_that_comes_when_a_round_is_done_ends_it_all_the_same(
    run, news, between, late_signal
):
    between(lambda: None)
    late_signal(signal.SIGTERM)
    outcome = run("watch", "news")
    assert outcome.code == 143
    assert outcome.sentence.startswith("duowen: 5 added; ")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_between_two_rounds(start, news, number, code):
    process = start("watch", "news", "--every", "1h")
    process.stderr.readline()  # the first round is over
    process.send_signal(number)
    outcome = ended(process)
    assert outcome.code == code
    last = outcome.err.splitlines()[-1]
    assert last.endswith("; what was indexed before is still there.")


def test_a_closed_report_ends_it(start, news):
    process = start("watch", "news", "--every", "1s", "--report", "-")
    closing = threading.Timer(0, process.stdout.close)
    process.stdout.readline()
    closing.start()
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert process.returncode == 0
