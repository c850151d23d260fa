"""A job whose terminal is closed, or that is ended while it commits: it comes to its end."""

import json
import os
import pty
import signal
import time

import pytest

from search import open_index, signals
from search.columnar import commit
from tests.cli.desk import ended, write_many, write_page

COUNT = 6_000


@pytest.fixture
def hung_up(start, desk):
    """Run a job on a terminal that is closed as soon as it says that the job is reading."""

    def hung_up(*words):
        write_many(desk / "news.jsonl", COUNT, 10)
        ours, theirs = pty.openpty()
        process = start("index", "news.jsonl", *words, environment={"TERM": "xterm"}, stderr=theirs)
        os.close(theirs)
        shown = b""
        while b"reading: " not in shown:
            shown += os.read(ours, 10_000)
        return process, ours

    return hung_up


def test_a_job_goes_on_without_its_terminal(hung_up, desk):
    process, terminal = hung_up("--report", "report.json", "--metrics", "metrics.prom")
    os.close(terminal)
    assert ended(process).code == 0
    assert json.loads((desk / "report.json").read_text())["articles"] == COUNT
    assert (desk / "metrics.prom").exists()
    with open_index(desk / "index_data") as index:
        assert len(index) == COUNT


def test_what_a_hang_up_interrupts_is_committed_and_told(hung_up, desk):
    process, terminal = hung_up("--report", "report.json")
    os.close(terminal)
    process.send_signal(signal.SIGHUP)
    assert ended(process).code in (0, 143)  # 0 where it was faster than the signal
    report = json.loads((desk / "report.json").read_text())
    assert 0 < report["articles"] <= COUNT
    with open_index(desk / "index_data") as index:
        assert len(index) == report["articles"]


@pytest.fixture
def signalled(monkeypatch):
    """A signal comes while the commit is written, and the commit takes longer than the patience."""
    write = commit.write

    def slowly(folder, generation):
        if generation.number:  # that of an index just made is no commit of a job
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.2)
        write(folder, generation)

    monkeypatch.setattr(signals, "PATIENCE", 0.05)
    monkeypatch.setattr(commit, "write", slowly)


@pytest.mark.parametrize("options", [(), ("--quiet",)])
def test_a_signal_does_not_throw_away_a_commit_that_takes_long(run, desk, signalled, options):
    write_page(desk / "news/a.md")
    outcome = run("index", "news", "--report", "report.json", *options)
    assert outcome.code == 0  # all is done: it interrupted nothing
    report = json.loads((desk / "report.json").read_text())
    assert (report["articles"], report["interrupted"]) == (1, False)
    with open_index(desk / "index_data") as index:
        assert len(index) == 1


def test_nor_one_of_what_came_from_standard_input(run, desk, signalled):
    outcome = run("index", "-", stdin=b'{"id": "s", "title": "Piped"}')
    assert outcome.code == 0
    with open_index(desk / "index_data") as index:
        assert len(index) == 1
