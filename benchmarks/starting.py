"""How long does a whole process take, from nothing to the last line printed?

The page cache is warm: files were read a moment ago. Nobody's Python is warm.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figures import milliseconds
from benchmarks.machine import reason
from benchmarks.peers.port import Question
from benchmarks.processes import CHECKOUT

_DUOWEN = "import sys; sys.argv[0] = 'duowen'; from cli import process; process()"
"""What the installed command does."""

_SCRIPT = "benchmarks.tantivy_script"


def start(
    duowen: Path, tantivy: Path | None, asked: dict[str, Question], rounds: int, faults: list[str]
) -> dict[str, Any]:
    """Return the medians of whole processes, taken in turns."""
    python = [sys.executable]
    commands = {
        "python": [*python, "-c", "pass"],
        "import_click": [*python, "-c", "import click"],
        "duowen_help": [*python, "-c", _DUOWEN, "--help"],
    }
    for kind, question in asked.items():
        line = ["--index", str(duowen), "search", question.line]
        commands[f"duowen_search_{kind}"] = [*python, "-c", _DUOWEN, *line]
        if tantivy is not None:
            script = [*python, "-m", _SCRIPT, str(tantivy), question.line]
            commands[f"tantivy_search_{kind}"] = script
    return _figures(commands, rounds, faults)


def _figures(commands: dict[str, list[str]], rounds: int, faults: list[str]) -> dict[str, Any]:
    """Run all in turns; what fails once has no figure."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name in list(seconds):
            taken = _run(name, commands[name], faults)
            if taken is None:
                del seconds[name]
            elif number:
                seconds[name].append(taken)
    return {
        name: {"ms": milliseconds(median(times)), "each_ms": [milliseconds(t) for t in times]}
        for name, times in seconds.items()
    }


def _run(name: str, command: list[str], faults: list[str]) -> float | None:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    # What is installed has its bytecode; to compile the checkout each time is no part of a start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, check=False)
    taken = time.perf_counter() - started
    if done.returncode or (not done.stdout and "search" in name):
        said = reason(done.stderr.decode(errors="replace"))
        faults.append(f"{name} ended with {done.returncode}: {said}")
        return None
    return taken
