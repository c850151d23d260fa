"""A job with workers that is ended in any way leaves the old index, no process and, in the end, no file."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from search.article import Article
from search.library import open_index
from tests.cli.desk import checksums, ended, without_coverage, write_lines, write_many, write_page

PROGRAM = (
    "import cli; from search import signals; from search.engines import crew, local_writer;"
    "signals.PATIENCE = 2; local_writer.BATCH_ARTICLES = 20; crew.cores = lambda: 2; cli.process()"
)
pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="no /proc to find processes in")


def children(process):
    """Return the processes that a process started."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return list(map(int, found))


def is_running(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone(processes):
    """Wait until none of the processes runs any more; they have long to end."""
    for _ in range(600):
        if not any(map(is_running, processes)):
            return True
        time.sleep(0.05)
    return False


def start(*before, words=("bridge.md", "pipe.jsonl"), ignored=None):
    def prepare():
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if ignored:
            signal.signal(ignored, signal.SIG_IGN)

    return subprocess.Popen(
        [*before, sys.executable, "-c", PROGRAM, "index", *words],
        env=without_coverage(),
        preexec_fn=prepare,  # noqa: PLW1509
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture
def job(run, desk):
    """A job in its midst: it reads a named pipe, and its workers have batches to sort."""
    write_page(desk / "bridge.md", "Bridge opens")
    assert run("index", "bridge.md").code == 0
    before = checksums(desk / "index_data")
    write_page(desk / "bridge.md", "Bridge closes")
    os.mkfifo(desk / "pipe.jsonl")
    process = start()
    line = json.dumps({"title": "Tram", "body": "Trams run again. " * 200}) + "\n"
    with open(desk / "pipe.jsonl", "w", encoding="utf-8") as pipe:
        pipe.write(line * 200)  # more than the pipe holds, so most of it was read
        pipe.flush()
        workers = children(process.pid)
        assert len(workers) == 2
        yield SimpleNamespace(process=process, pipe=pipe, workers=workers, before=before)
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_the_job(run, job, number, code):
    """What was read is committed, and the next run goes on."""
    job.process.send_signal(number)
    with suppress(BrokenPipeError):
        job.pipe.write('{"title": "Ferry", "body": "Ferries run again."}\n' * 2000)
        job.pipe.flush()
    outcome = ended(job.process)
    assert outcome.code == code
    at_once, in_the_end = outcome.err.splitlines()
    assert at_once.startswith("duowen: Stopping once what was read is committed; a second signal")
    assert in_the_end.startswith("duowen: interrupted, the next run goes on: ")
    assert run("bridge", "--json").json["hits"][0]["title"] == "Bridge closes"
    assert run("trams", "--json").json["total"] > 0
    assert not list(Path("index_data").glob(".scratch-*"))
    assert gone(job.workers)


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Terminated")],
)
def test_a_signal_to_a_job_that_hangs_on_a_file(desk, job, number, code, word):
    """It has its time to heed the signal, and ends."""
    time.sleep(0.5)  # by then it has read what is in the pipe
    job.process.send_signal(number)
    outcome = ended(job.process)
    assert outcome.code == code
    if "interrupted, the next" not in outcome.err:  # else it had not read all of it
        ending = outcome.err.splitlines()[-1]
        assert ending == f"duowen: {word}; what was indexed before is still there."
        assert checksums(desk / "index_data") == job.before
    assert gone(job.workers)


def test_a_job_that_was_killed(run, job):
    job.process.kill()
    assert ended(job.process).code == -signal.SIGKILL
    assert gone(job.workers)
    assert run("bridge", "--json").json["hits"][0]["title"] == "Bridge opens"
    assert run("index", "bridge.md").code == 0
    assert not list(Path("index_data").glob(".scratch-*"))


def test_a_worker_that_was_killed(desk, job):
    for worker in job.workers:
        os.kill(worker, signal.SIGKILL)
    job.pipe.close()
    outcome = ended(job.process)
    assert outcome.code == 1
    assert outcome.sentence == (
        "duowen: A worker process of this job was killed by signal 9; nothing was changed,"
        " so run it again."
    )
    after = checksums(desk / "index_data")
    assert b"killed by signal 9" in after.pop("history.jsonl")
    assert after == {name: data for name, data in job.before.items() if name in after}
    assert not list(Path("index_data").glob(".scratch-*"))


@pytest.mark.parametrize("blocks", [16, 64, 128, 256, 1024])
def test_a_disk_that_is_full_before_the_end(run, desk, blocks):
    """No file may be longer than so many blocks; whoever writes it first, worker or job, says so."""
    write_lines(desk / "a.jsonl", {"id": "1", "title": "Bridge old"})
    run("index", "a.jsonl")
    write_many(desk / "a.jsonl", 90, 400)
    process = start("sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", words=["a.jsonl"])
    outcome = ended(process)
    hits = run("bridge", "--json", "-n", "100").json["hits"]
    if outcome.code == 0:
        assert len(hits) == 90
        return
    assert outcome.sentence.startswith("duowen: The disk of index_data is full (File too large)")
    assert [hit["title"] for hit in hits] == ["Bridge old"]
    assert run("index", "a.jsonl").code == 0


def test_a_hangup_that_is_ignored_from_the_start(desk):
    """As under nohup: a job that was left alone is not ended by a logout."""
    write_page(desk / "bridge.md", "Bridge opens")
    os.mkfifo(desk / "pipe.jsonl")
    process = start(ignored=signal.SIGHUP)
    with open(desk / "pipe.jsonl", "w", encoding="utf-8") as pipe:  # so it runs, and waits for more
        process.send_signal(signal.SIGHUP)
        pipe.write(json.dumps({"title": "Tram", "body": "Trams run again."}) + "\n")
    assert ended(process).code == 0


def test_a_second_signal_disturbs_no_clean_up(desk, job):
    for _ in range(5):
        job.process.send_signal(signal.SIGTERM)
        time.sleep(0.005)
    assert ended(job.process).code == 143
    assert gone(job.workers)
    assert not list((desk / "index_data").glob(".scratch-*"))


def test_a_program_that_is_no_python_and_never_answers(desk, monkeypatch, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexec sleep 1000\n")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    monkeypatch.setattr("search.engines.crew.cores", lambda: 2)
    monkeypatch.setattr("search.engines.crew._START_SECONDS", 0.2)
    monkeypatch.setattr("search.engines.local_writer.BATCH_ARTICLES", 2)
    index = open_index(desk / "index_data", create=True)
    with index.writer() as writer:
        for number in range(9):
            writer.put(Article(id=str(number), body="word"))
    assert index.search("word").total == 9
    assert not children(os.getpid())
