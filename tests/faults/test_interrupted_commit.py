"""A job that fails at any step of its commit leaves the old index or the new one, and nothing in its way."""

import errno
import os
import subprocess
import sys
from itertools import count

import pytest

from tests.cli.desk import without_coverage, write_lines, write_many, write_page

STEPS = ("fsync", "replace", "rename", "truncate", "ftruncate", "write")


class Failing:
    """Lets the system calls that make a commit pass, until the one with the given number."""

    def __init__(self, monkeypatch, number, failure):
        self.calls = 0
        for name in STEPS:
            monkeypatch.setattr(os, name, self._counted(getattr(os, name), number, failure))

    def _counted(self, call, number, failure):
        def counted(*arguments, **options):
            self.calls += 1
            if self.calls == number:
                raise failure
            return call(*arguments, **options)

        return counted


@pytest.mark.parametrize(
    ("failure", "code"),
    [(OSError(errno.ENOSPC, "No space left on device"), 1), (KeyboardInterrupt(), 130)],
    ids=["disk full", "interrupt"],
)
def test_a_failure_at_any_step_of_a_commit(run, desk, monkeypatch, failure, code):
    write_lines(desk / "a.jsonl", {"id": "1", "title": "Bridge old"}, {"id": "2", "title": "Ferry"})
    write_page(desk / "b.md", "Tram")
    for number in count(1):
        index = desk / f"index-{number}"
        run("index", "a.jsonl", "--index", index)
        write_lines(desk / "a.jsonl", {"id": "1", "title": "Bridge new"})
        with monkeypatch.context() as patch:
            failing = Failing(patch, number, failure)
            outcome = run("index", "a.jsonl", "b.md", "--index", index)
        assert "Traceback" not in outcome.err
        titles = {
            hit["title"]
            for hit in run("bridge OR ferry OR tram", "--json", "--index", index).json["hits"]
        }
        old, new = {"Bridge old", "Ferry"}, {"Bridge new", "Tram"}
        assert titles in ((old, new) if failing.calls >= number else (new,)), number
        if failing.calls < number:
            assert outcome.code == 0
            break
        assert outcome.code in (code, 0), (
            number,
            outcome,
        )  # 0: after the commit, in the tidying up
        if outcome.code == code:
            assert "still there" in outcome.err or "No space left" in outcome.err
        again = run("index", "a.jsonl", "b.md", "--index", index)
        assert again.code == 0, (number, again)
        assert run("bridge", "--json", "--index", index).json["hits"][0]["title"] == "Bridge new"
        write_lines(
            desk / "a.jsonl", {"id": "1", "title": "Bridge old"}, {"id": "2", "title": "Ferry"}
        )
    assert number > 3


@pytest.mark.parametrize("blocks", [0, 1, 2, 4, 8, 16, 32, 64, 128])
def test_a_file_that_may_not_grow_further(run, desk, blocks):
    """What a full disk does to a write, done by the system: no file may be longer than so many blocks."""
    write_lines(desk / "a.jsonl", {"id": "1", "title": "Bridge old"})
    run("index", "a.jsonl")
    write_many(desk / "a.jsonl", 60, 40)
    command = (
        f"ulimit -f {blocks}; exec {sys.executable} -c 'import cli; cli.process()' index a.jsonl"
    )
    done = subprocess.run(
        ["sh", "-c", command], env=without_coverage(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    hits = run("bridge", "--json", "-n", "100").json["hits"]
    if done.returncode == 0:
        assert len(hits) == 60
        return
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("duowen: The disk of index_data is full (File too large)")
    assert [hit["title"] for hit in hits] == ["Bridge old"]
    assert run("index", "a.jsonl").code == 0
