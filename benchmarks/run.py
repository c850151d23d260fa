"""Measure duowen beside its peers: python -m benchmarks.run [--articles N] [--peers a,b] [--quick]

Exit codes: 0 measured, 1 measured but some answer was wrong, 2 wrong usage or no articles.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks import adding, asking, checking, corpora, finding, machine, plots, report, starting
from benchmarks.arena import Arena, present, say
from benchmarks.corpora import Corpus, NoData
from benchmarks.keeping import keep, new_folder
from benchmarks.peers.port import Ask, Question
from benchmarks.peers.registry import LARGEST, NAMES
from benchmarks.questions import KINDS, WORD_KINDS, Drawer
from benchmarks.targets import judge

SIZES = (1_000, 10_000, 50_000)
GENERATED = (10_000, 100_000, 1_000_000)
SAMPLE = 5_000


@dataclass(frozen=True, slots=True)
class Effort:
    """How often everything is done."""

    questions: int
    rounds: int
    builds: int
    known_items: int
    processes: int
    additions: int


FULL = Effort(questions=50, rounds=5, builds=3, known_items=150, processes=11, additions=5)
QUICK = Effort(questions=12, rounds=2, builds=1, known_items=20, processes=3, additions=2)


@dataclass(slots=True)
class Run:
    """One run: its settings, and its results, written again after every stage."""

    options: argparse.Namespace
    effort: Effort
    work: Path
    folder: Path
    results: dict[str, Any] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """Wrong answers so far."""
        faults: list[str] = self.results.setdefault("faults", [])
        return faults

    @property
    def gone(self) -> dict[str, str]:
        """Peers that are not here or broke down, and why."""
        gone: dict[str, str] = self.results.setdefault("gone", {})
        return gone

    def keep(self, name: str, value: object) -> None:
        """Add to the results and write them."""
        self.results[name] = value
        self.folder.mkdir(parents=True, exist_ok=True)
        keep(self.results, self.folder)

    def corpus(self, articles: int) -> Corpus:
        """Lay out a corpus of this size."""
        if self.options.generated:
            return corpora.synthetic(self.options.seed, articles, self.work)
        return corpora.real(corpora.data_folder(self.options.data), articles, self.work)

    def questions(self, corpus: Corpus, kinds: tuple[str, ...]) -> dict[str, list[Question]]:
        """Draw the questions from a corpus."""
        drawer = Drawer(corpora.sample(corpus, SAMPLE), self.options.seed)
        return {kind: drawer.draw(kind, self.effort.questions) for kind in kinds}


def main() -> None:
    """Measure, print and keep."""
    options = _options()
    effort = QUICK if options.quick else FULL
    with ExitStack() as stack:
        work = options.work or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="duowen-bench-")
        )
        run = Run(options, effort, Path(work), new_folder())
        run.work.mkdir(parents=True, exist_ok=True)
        try:
            _measure(run)
        except NoData as error:
            sys.stderr.write(f"benchmarks: {error}\n")
            sys.exit(2)
    run.results["about"]["load_at_end"] = machine.load()
    verdicts = judge(run.results)
    run.keep("targets", [verdict.as_mapping() for verdict in verdicts])
    text = report.page(run.results, verdicts)
    (run.folder / "README.md").write_text(text, encoding="utf-8")
    plots.draw(run.results, run.folder)
    print(text)
    say(f"kept in runs/{run.folder.name}")
    sys.exit(1 if run.faults else 0)


def _measure(run: Run) -> None:
    options = run.options
    run.keep("about", _about(run))
    run.keep("machine", machine.describe())
    corpus = run.corpus(options.articles)
    run.keep("corpus", corpus.as_mapping())
    names = list(dict.fromkeys(["duowen", *(options.peers or NAMES)]))
    run.keep("peers", present(names, run.work, run.gone))
    grown = _grow(run, corpus)
    _full(run, Arena(corpus, run.work, _fitting(run, corpus.articles), run.gone), grown)
    if options.million:
        _generate(run)
    _still_the_same(run)


def _grow(run: Run, corpus: Corpus) -> dict[str, list[Question]]:
    """Measure the smaller sizes; return their questions, to be asked of the whole corpus as well."""
    sizes = [] if run.options.quick else [size for size in SIZES if size < corpus.articles]
    asked: dict[str, list[Question]] = {}
    grown: dict[str, Any] = {}
    for size in sizes:
        smaller = run.corpus(size)
        asked = asked or run.questions(smaller, WORD_KINDS)
        arena = Arena(smaller, run.work, _fitting(run, size), run.gone)
        grown[str(size)] = asking.growth(arena, asked, run.effort.rounds, run.faults)
        run.keep("growth", grown)
    return asked


def _full(run: Run, arena: Arena, grown: dict[str, list[Question]]) -> None:
    effort, corpus = run.effort, arena.corpus
    asked = run.questions(corpus, KINDS)
    run.keep("drawn", {kind: len(questions) for kind, questions in asked.items()})
    words = {kind: asked[kind] for kind in WORD_KINDS}
    run.keep("build", arena.build(effort.builds))
    with arena.opened(asked["en1"][0]) as opened:
        run.keep("open", opened)
        noise = {"before": asking.noise(arena, asked["en2"])}
        latency: dict[str, Any] = {}
        modes = (("plain", asked, Ask()), ("snippets", asked, Ask(snippets=True)))
        for mode, questions, ask in (*modes, ("counted", words, Ask(count=True))):
            latency[mode] = asking.latency(arena, questions, ask, effort.rounds, run.faults)
            run.keep("latency", latency)
            say(f"  asked, {mode}")
        run.keep("noise", {**noise, "after": asking.noise(arena, asked["en2"])})
        run.keep("checks", checking.check(arena, asked, run.faults))
        if grown:
            taken = asking.latency(arena, grown, Ask(), effort.rounds, run.faults)["words"]
            last = {"corpus": corpus.as_mapping(), "open": opened, "words": taken}
            last["build"] = run.results["build"]
            run.keep("growth", {**run.results["growth"], str(corpus.articles): last})
        run.keep("memory_after", arena.resident())
        _known_items(run, arena)
        run.keep("start", _start(run, arena, asked))
        batch = corpora.sample(corpus, SAMPLE)
        run.keep("add", adding.add(arena, batch, effort.additions, run.options.seed, run.faults))


def _known_items(run: Run, arena: Arena) -> None:
    if run.options.generated:
        return
    most = run.effort.known_items if run.options.known_items is None else run.options.known_items
    items = corpora.known_items(corpora.data_folder(run.options.data), arena.corpus)
    chosen = finding.known_items(items, most, run.options.seed)
    run.keep("known_items", finding.find(arena, chosen))


def _start(run: Run, arena: Arena, asked: dict[str, list[Question]]) -> dict[str, Any]:
    if "duowen" not in arena.names:
        return {}
    tantivy = arena.folder("tantivy") if "tantivy" in arena.names else None
    chosen = {kind: asked[kind][0] for kind in ("en2", "mixed")}
    return starting.start(arena.folder("duowen"), tantivy, chosen, run.effort.processes, run.faults)


def _generate(run: Run) -> None:
    """Grow duowen alone to a million generated articles."""
    asked: dict[str, list[Question]] = {}
    grown: dict[str, Any] = {}
    for size in GENERATED:
        corpus = corpora.synthetic(run.options.seed, size, run.work)
        asked = asked or run.questions(corpus, WORD_KINDS)
        arena = Arena(corpus, run.work, ["duowen"], run.gone)
        grown[str(size)] = asking.growth(arena, asked, run.effort.rounds, run.faults)
        run.keep("generated", grown)
        corpus.path.unlink()


def _still_the_same(run: Run) -> None:
    """Figures of two different programs are no figures."""
    before = run.results["peers"].get("duowen")
    if before and present(["duowen"], run.work, run.gone).get("duowen") != before:
        run.faults.append("duowen's code was changed while it was measured")


def _fitting(run: Run, articles: int) -> list[str]:
    """Return the peers that are quick enough for this size, or were named."""
    names = []
    for name in run.results["peers"]:
        most = LARGEST.get(name, articles)
        if articles <= most or run.options.peers:
            names.append(name)
        else:
            reason = f"too slow for more than {most:,} articles; name it in --peers to insist"
            run.results.setdefault("left_out", {})[name] = reason
    return names


def _about(run: Run) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "date": datetime.now(timezone.utc).date().isoformat(),
        "command": machine.command(),
        "seed": run.options.seed,
        "questions": run.effort.questions,
        "rounds": run.effort.rounds,
        "quick": run.options.quick,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    add = parser.add_argument
    add("--articles", type=int, default=50_000, metavar="N", help="how many [50000]")
    add("--peers", type=_names, metavar="A,B", help=f"of {', '.join(NAMES)} [all that fit]")
    add("--seed", type=int, default=20231124, help="of questions and generated articles")
    add("--quick", action="store_true", help="few questions and rounds, no growth: to try it out")
    add("--data", metavar="DIR", help=f"the real set [${corpora.VARIABLE}, ../shared/data]")
    add("--generated", action="store_true", help="generated articles instead of the real set")
    add(
        "--million",
        action="store_true",
        help="grow duowen alone to a million generated articles too",
    )
    add("--known-items", type=int, metavar="N", help="known items of each kind, 0 for all [150]")
    add("--work", metavar="DIR", help="keep the indexes here [a folder that is removed]")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown: {', '.join(unknown)}; known: {', '.join(NAMES)}"
        )
    return names


if __name__ == "__main__":
    main()
