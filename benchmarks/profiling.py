"""What does the time go into? The profiles that docs/performance.md speaks of.

    python -m benchmarks.profiling [--articles 50000] [--built 20000] [--data DIR] [--work DIR]

Three tables, printed as Markdown; for Linux. A build on one core, in seconds of CPU by room, looked at
every four milliseconds. A query by its steps, in microseconds of a reader that was asked all of
it before, each step the least of the rounds, and its calls; operators of numpy (`a + b`, `a[b]`) are no
calls by name. And what a process of one search loads.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from types import FrameType
from typing import Any

from benchmarks import corpora, machine
from benchmarks.peers.duowen import Duowen
from benchmarks.peers.port import Ask, Question
from benchmarks.processes import CHECKOUT
from benchmarks.questions import KINDS, Drawer
from search import reindex, searcher
from search.engines.local import LocalEngine
from search.ranking.searching import Searching

SEED, QUESTIONS, ROUNDS = 20231124, 50, 7
STEPS: Sequence[tuple[str, Any, str]] = (
    ("planning", searcher, "make_plan"),
    ("searching", Searching, "search"),
    ("heads", LocalEngine, "_found"),
    ("hits", searcher, "_hits"),
)
_LEAST_SHOWN, _EVERY = 0.1, 0.004
_ROOM = re.compile(r"/search/(?:(\w+)/(\w+)\.py|(\w+)\.py)$")
_IMPORTED = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)")

Table = Sequence[Sequence[object]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profiling")
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--built", type=int, default=20_000)
    parser.add_argument("--data")
    parser.add_argument("--work", type=Path)
    asked = parser.parse_args()
    data = corpora.data_folder(asked.data)
    print(f"{machine.describe()}\n")
    with tempfile.TemporaryDirectory(dir=asked.work) as name:
        work = Path(name)
        corpus = corpora.real(data, asked.built, work)
        print(f"## A build of {asked.built:,} articles on one core, seconds\n")
        _print(_build(corpus.path, work / "built"))
        corpus = corpora.real(data, asked.articles, work)
        reindex([corpus.path], work / "index")
        drawer = Drawer(corpora.sample(corpus, 1_000), SEED)
        questions = {kind: drawer.draw(kind, QUESTIONS) for kind in KINDS}
        for snippets in (False, True):
            with_what = "with passages" if snippets else "without passages"
            print(f"\n## A query of {asked.articles:,} articles, {with_what}, microseconds\n")
            _print(_asking(work / "index", questions, Ask(snippets=snippets)))
        print("\n## A process of one search: what it loads, milliseconds of CPU\n")
        _print(_loading(work / "index", questions["en2"][0]))


def _print(table: Table) -> None:
    for number, row in enumerate(table):
        print(
            "| "
            + " | ".join(f"{one:,.1f}" if type(one) is float else str(one) for one in row)
            + " |"
        )
        if not number:
            print("| " + " | ".join("---" for _ in row) + " |")


def _build(articles: Path, folder: Path) -> Table:
    """Return what each room took, with the C that it called, and its dearest functions."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # a job on one core has no workers
    spent: dict[str, Counter[str]] = {}
    last = time.process_time()

    def look(_number: int, frame: FrameType | None) -> None:
        """Note where the time since the last look went: none comes while C is at work."""
        nonlocal last
        now = time.process_time()
        inner = frame
        while frame is not None and _ROOM.search(frame.f_code.co_filename) is None:
            frame = frame.f_back
        frame = frame or inner
        if frame is not None:
            own = spent.setdefault(_room(frame.f_code.co_filename), Counter())
            own[frame.f_code.co_name] += now - last  # type: ignore[assignment]  # seconds
        last = now

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        reindex([articles], folder)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        os.sched_setaffinity(0, cores)
    rows = [
        [room, float(sum(own.values())), ", ".join(f"{n} {t:.1f}" for n, t in own.most_common(3))]
        for room, own in spent.items()
    ]
    rows.sort(key=lambda row: -float(str(row[1])))
    shown = [row for row in rows if float(str(row[1])) >= _LEAST_SHOWN]
    whole = float(sum(float(str(row[1])) for row in rows))
    return [["room", "s", "of these"], ["all", whole, ""], *shown]


def _room(file: str) -> str:
    found = _ROOM.search(file)
    if found is None:
        return "libraries"
    return f"{found[1]}/{found[2]}" if found[1] else found[3]


def _asking(index: Path, questions: Mapping[str, Sequence[Question]], ask: Ask) -> Table:
    """Return the median over the questions of each kind of what each step takes."""
    peer = Duowen(index)
    peer.open()
    rows: list[list[object]] = []
    try:
        for kind, own in questions.items():
            least = [_least(peer, question, ask) for question in own]
            calls = [_calls(peer, question, ask) for question in own]
            steps = [median(one[name] for one in least) for name, *_ in STEPS]
            whole = median(one["all"] for one in least)
            counted = [median(one[name] for one in calls) for name in ("Python", "C", "numpy")]
            rows.append([kind, whole, *steps, *(int(count) for count in counted)])
    finally:
        peer.close()
    names = ["kind", "all", *(name for name, *_ in STEPS)]
    return [[*names, "calls of Python", "calls of C", "of these of numpy"], *rows]


def _least(peer: Duowen, question: Question, ask: Ask) -> dict[str, float]:
    """Return the least microseconds of each step."""
    least: dict[str, float] = {}
    for _ in range(ROUNDS):
        taken: Counter[str] = Counter()
        with _timed_steps(taken):
            started = time.perf_counter_ns()
            peer.search(question, ask)
            taken["all"] = time.perf_counter_ns() - started
        for name in ("all", *(name for name, *_ in STEPS)):
            least[name] = min(least.get(name, taken[name] / 1e3), taken[name] / 1e3)
    return least


@contextmanager
def _timed_steps(taken: Counter[str]) -> Iterator[None]:
    """Have the steps of a search add their nanoseconds."""
    before = [getattr(place, attribute) for _, place, attribute in STEPS]

    def timed(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:  # noqa: ANN401
            started = time.perf_counter_ns()
            answer = step(*given, **named)
            if name == "hits":  # they come one by one
                answer = list(answer)
            taken[name] += time.perf_counter_ns() - started
            return answer

        return called

    for (name, place, attribute), step in zip(STEPS, before, strict=True):
        setattr(place, attribute, timed(name, step))
    try:
        yield
    finally:
        for (_, place, attribute), step in zip(STEPS, before, strict=True):
            setattr(place, attribute, step)


def _calls(peer: Duowen, question: Question, ask: Ask) -> Counter[str]:
    """Count the calls of one query."""
    counted: Counter[str] = Counter()

    def note(_frame: object, event: str, called: object) -> None:
        if event == "call":
            counted["Python"] += 1
        elif event == "c_call":
            counted["C"] += 1
            owner = type(getattr(called, "__self__", None)).__module__
            module = getattr(called, "__module__", None) or owner
            counted["numpy"] += str(module).startswith("numpy") or owner.startswith("numpy")

    sys.setprofile(note)
    try:
        peer.search(question, ask)
    finally:
        sys.setprofile(None)
    return counted


def _loading(index: Path, question: Question) -> Table:
    """Return what modules took to load, themselves: the least of the rounds for each group."""
    program = "import sys; sys.argv[0] = 'duowen'; from cli import main; main()"
    line = ["--index", str(index), "search", question.line]
    command = [sys.executable, "-X", "importtime", "-c", program, *line]
    least: dict[str, float] = {}
    for _ in range(ROUNDS):
        before = os.times()
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        after = os.times()
        groups: Counter[str] = Counter()
        for microseconds, module in _IMPORTED.findall(done.stderr):
            first = module.partition(".")[0]
            group = first if first in ("numpy", "search", "cli", "click") else "Python's library"
            groups["ours" if group in ("search", "cli") else group] += int(microseconds)
        groups["the whole process"] = int(
            1e6 * sum(after[2:4]) - 1e6 * sum(before[2:4])  # of children: user and system
        )
        for name, taken in groups.items():
            least[name] = min(least.get(name, taken / 1e3), taken / 1e3)
    return [["what", "ms"], *([name, taken] for name, taken in sorted(least.items()))]


if __name__ == "__main__":
    main()
