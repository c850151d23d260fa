"""The terminal of a job is closed: what it reads is committed, and its files are written."""

import json
import os
import pty
import signal

import pytest

from search import open_index
from tests.cli.desk import ended, write_many

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
