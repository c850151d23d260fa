"""What does a job cost that finds nothing new, and how soon can 100 new articles be found?

    python -m benchmarks.unchanged [--articles 50000] [--rounds 7] [--work FOLDER]

One article is one file here. Beside the job that has nothing to do, `os.scandir` and one `stat` for each
file are timed over the same folder: less than that nobody can do who looks at every file. Prints JSON;
ends with 1 where an answer was wrong.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import machine
from benchmarks.corpora import generate
from benchmarks.figures import milliseconds
from search import open_index, reindex

SEED = 20231124
BATCH = 100
PER_FOLDER = 500
WRITTEN_AT = 1_700_000_000


def main() -> int:
    """Measure in turns, so that what else the machine does falls on all alike."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unchanged")
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--work", type=Path)
    asked = parser.parse_args()
    faults: list[str] = []
    with tempfile.TemporaryDirectory(dir=asked.work) as work:
        figures = _measure(Path(work), asked.articles, asked.rounds, faults)
    told = {"machine": machine.describe(), "articles": asked.articles, **figures, "faults": faults}
    print(json.dumps(told, indent=2))
    return 1 if faults else 0


def _measure(work: Path, articles: int, rounds: int, faults: list[str]) -> dict[str, Any]:
    news, index = work / "news", work / "index"
    for number, record in enumerate(generate(SEED, articles)):
        _write(news / f"{number // PER_FOLDER:04}" / f"{number:06}.md", record)
    first = _timed(lambda: reindex([news], index))
    times: dict[str, list[float]] = {"looking": [], "unchanged": [], "added": []}
    for number in range(rounds):
        times["looking"].append(_timed(lambda: _look(news)))
        times["unchanged"].append(_timed(lambda: _expect(news, index, 0, faults)))
        marker = f"zq{chr(ord('a') + number % 26)}{number}x"
        records = generate(SEED + 1 + number, BATCH)
        for place, record in enumerate(records):
            body = f"{record['body']}\n\n{marker}"
            _write(news / f"new-{number}" / f"{place:03}.md", {**record, "body": body})
        times["added"].append(_timed(partial(_expect, news, index, BATCH, faults, marker)))
    ratios = [job / look for job, look in zip(times["unchanged"], times["looking"], strict=True)]
    return {
        "first_ms": milliseconds(first),
        **{f"{name}_ms": milliseconds(median(taken)) for name, taken in times.items()},
        **{f"{name}_each_ms": [milliseconds(one) for one in each] for name, each in times.items()},
        "unchanged_by_looking": round(median(ratios), 2),
    }


def _expect(news: Path, index: Path, added: int, faults: list[str], marker: str = "") -> None:
    report = reindex([news], index)
    if report.counts.added != added or report.counts.removed or report.counts.updated:
        faults.append(f"{added} were to be added: {report.summary('the index')}")
    if marker:
        with open_index(index) as opened:
            total = opened.search(marker).total
        if total != added:
            faults.append(f"{total} of {added} new articles were found")


def _look(folder: Path) -> None:
    """List all folders and look at each file: the least that must be done."""
    pending = [str(folder)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    pending.append(entry.path)
                else:
                    entry.stat()


def _write(path: Path, record: Any) -> None:  # noqa: ANN401
    """Write an article as a file that seems to have been there for long."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = json.dumps({key: value for key, value in record.items() if key not in ("id", "body")})
    path.write_text(f"---\n{head}\n---\n{record['body']}\n", encoding="utf-8")
    os.utime(path, (WRITTEN_AT, WRITTEN_AT))


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
