"""Signals to a job: the first one has it commit what it has, the second one ends it at once."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from search import open_index, reindex
from search.indexing import history

TOP = Path(__file__).parents[2]
COUNT = 6_000

PROGRAM = """
import sys
import time
from search import reindex, signals

def progress(phase, count):
    if phase == "reading" and count == 3_000:
        print("half", flush=True)
        sys.stdin.readline()
        while not stop.code:  # on a busy machine a signal may be slower than what was sent behind it
            time.sleep(0.01)
        if sys.argv[3] == "twice":
            print("still there", flush=True)
            sys.stdin.readline()

signals.handle()
try:
    with signals.deferred() as stop:
        report = reindex([sys.argv[1]], sys.argv[2], progress=progress, stopping=stop)
    print(report.counts.added, report.interrupted, flush=True)
    sys.exit(stop.code)
except KeyboardInterrupt:
    sys.exit(130)
except signals.Terminated:
    sys.exit(143)
"""


@pytest.fixture
def places(tmp_path):
    """A table of many articles, more than one batch, and an index of one other."""
    lines = (json.dumps({"id": f"n{n}", "title": f"New bridge {n}"}) + "\n" for n in range(COUNT))
    (tmp_path / "news").mkdir()
    (tmp_path / "news/old.md").write_text("# Old tunnel\n")
    reindex([tmp_path / "news"], tmp_path / "index")
    (tmp_path / "news/a.jsonl").write_text("".join(lines))
    return tmp_path / "news", tmp_path / "index"


@pytest.fixture
def start(places):
    """Start the job as a process, and wait until it has read half."""
    started = []

    def start(how="once"):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *map(str, places), how],
            env={**os.environ, "PYTHONPATH": str(TOP)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Whoever starts the tests in the background has SIGINT ignored, and that is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        started.append(process)
        assert process.stdout.readline() == "half\n"
        return process

    yield start
    for process in started:
        with process:
            process.kill()


def go_on(process):
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_a_signal_has_it_commit_and_the_next_run_goes_on(start, places, number, code):
    news, index = places
    process = start()
    process.send_signal(number)
    go_on(process)
    out, _ = process.communicate(timeout=120)
    assert (process.returncode, out) == (code, "3000 True\n")
    assert history.read(index)[-1]["outcome"] == "interrupted"
    with open_index(index) as opened:
        assert opened.search("bridge").total == 3_000
        assert opened.search("tunnel").total == 1
    report = reindex([news], index)
    assert (report.counts.added, report.counts.unchanged) == (3_000, 3_001)
    with open_index(index) as opened:
        assert opened.search("bridge").total == COUNT


def test_a_second_signal_ends_it_with_nothing_changed(start, places):
    news, index = places
    process = start("twice")
    process.send_signal(signal.SIGTERM)
    go_on(process)
    assert process.stdout.readline() == "still there\n"
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=120)
    assert (process.returncode, out) == (143, "")
    with open_index(index) as opened:
        assert opened.search("bridge").total == 0
    assert reindex([news], index).counts.added == COUNT
