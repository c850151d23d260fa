"""The command line as its user meets it: in this process where that is enough, as a process where not."""

import gc
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import cli

TOP = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-c", "import cli; cli.process()")
SETTINGS = ("DUOWEN_INDEX", "DUOWEN_CONFIG", "NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING")
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Outcome(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The JSON object in the last line of stdout."""
        return json.loads(self.out.splitlines()[-1])

    @property
    def sentence(self):
        """The one line on stderr."""
        (line,) = self.err.splitlines()
        assert line.startswith("duowen: ")
        return line

    @property
    def complaint(self):
        """The one line on stderr, on an error: it ends with the way out."""
        assert self.out == ""
        assert any(mark in self.sentence.removeprefix("duowen: ") for mark in (";", ":"))
        return self.sentence


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder of one's own to work in, with nothing set."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(desk, monkeypatch, capsys):
    """Run the command line in this process: run("search", "卫星")."""

    def run(*words, stdin=b""):
        monkeypatch.setattr(sys, "argv", ["duowen", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        before = {number: signal.getsignal(number) for number in ENDING}
        capsys.readouterr()
        try:
            code = cli.run()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            gc.enable()  # this process goes on
        written = capsys.readouterr()
        return Outcome(code or 0, written.out, written.err)

    return run


@pytest.fixture
def start(desk):
    """Start the command line as a process of its own, with pipes; it is ended with the test."""
    started = []

    def start(*words, environment=(), **options):
        values = {"PYTHONPATH": str(TOP), **dict(environment)}
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        process = subprocess.Popen(
            [*PROGRAM, *map(str, words)],
            env={**os.environ, **values},
            # Whoever starts the tests in the background has SIGINT ignored, and that is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
            **{**pipes, **options},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with process:
            process.kill()


def ended(process, stdin=None):
    """Wait for a process to end."""
    out, err = process.communicate(stdin, timeout=120)
    return Outcome(process.returncode, (out or b"").decode("utf-8"), (err or b"").decode("utf-8"))


def write_many(path, count, words):
    """Write so many records of about so many words, as JSONL."""
    records = (
        {"id": str(n), "title": f"Bridge new {n}", "body": f"word{n} " * words}
        for n in range(count)
    )
    return write_lines(path, *records)


def write_lines(path, *records):
    """Write records as JSONL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return path


def write_page(path, title="Bridge opens", body="The new bridge has opened."):
    """Write an article as Markdown."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\ntitle: {title}\ndate: 2023-11-24\n---\n{body}\n", encoding="utf-8")
    return path


def checksums(folder):
    """Return what a folder holds, byte for byte."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def without_coverage():
    """The environment for a child that may write almost nothing: no bytecode, no coverage either."""
    own = {"PYTHONPATH": str(TOP), "PYTHONDONTWRITEBYTECODE": "1"}
    kept = {name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_START"}
    return {**kept, **own}
