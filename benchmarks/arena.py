"""All peers at one corpus, each in its process, asked in turn so that noise hits all alike."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.corpora import Corpus
from benchmarks.figures import milliseconds
from benchmarks.machine import reason
from benchmarks.peers.port import Ask, Question
from benchmarks.processes import (
    PeerAbsent,
    PeerFailed,
    Worker,
    cpu_seconds,
    disk_bytes,
    sync,
    watched,
)

ByPeer = dict[str, dict[str, Any]]

BUILD_BUDGET = 30.0
"""Seconds after which a peer is not built once more."""


def say(text: str) -> None:
    """Tell on stderr how far it is."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


class Arena:
    """Peers by name; one that breaks down leaves, and the reason is kept in `gone`."""

    def __init__(
        self, corpus: Corpus, work: Path, names: Sequence[str], gone: dict[str, str]
    ) -> None:
        self.corpus = corpus
        self.names = [name for name in names if name not in gone]
        self.gone = gone
        self._work = work
        self._turn = 0
        self._workers: dict[str, Worker] = {}

    def folder(self, peer: str) -> Path:
        """Return where the peer keeps its index of this corpus."""
        return self._work / f"{peer}-{self.corpus.articles}"

    def build(self, rounds: int) -> ByPeer:
        """Build from the file, each time in a new process; slow peers only once."""
        seconds: dict[str, list[float]] = {name: [] for name in self.names}
        built: ByPeer = {name: {"peak_bytes": 0, "peak_own_bytes": 0} for name in self.names}
        for _ in range(rounds):
            for name in list(self.names):
                if sum(seconds[name]) < BUILD_BUDGET:
                    self._guarded(name, lambda n=name: self._build(n, seconds[n], built[n]))
        for name in self.names:
            best = median(seconds[name])
            size = disk_bytes(self.folder(name))
            built[name] |= {
                "seconds": [round(value, 3) for value in seconds[name]],
                "mb_per_s": round(self.corpus.text_bytes / best / 1e6, 3),
                "bytes": size,
                "bytes_per_text_byte": round(size / self.corpus.text_bytes, 4),
            }
            say(f"  built {name}: {built[name]['mb_per_s']} MB/s")
        return {name: built[name] for name in self.names}

    def _build(self, name: str, seconds: list[float], built: dict[str, Any]) -> None:
        shutil.rmtree(self.folder(name), ignore_errors=True)
        sync()
        with Worker(name, self.folder(name)) as worker:
            worker.call("versions")  # imports are not part of building
            before = cpu_seconds(worker.process.pid)
            with watched(worker.process.pid) as memory:
                reply = worker.call("build", articles=str(self.corpus.path))
            used = cpu_seconds(worker.process.pid) - before
        built["cpu_seconds"] = round(used, 2)
        seconds.append(reply["seconds"])
        built["peak_bytes"] = max(built["peak_bytes"], memory.resident)
        built["peak_own_bytes"] = max(built["peak_own_bytes"], memory.own)

    @contextmanager
    def opened(self, question: Question, rounds: int = 9) -> Iterator[ByPeer]:
        """Open all peers for the block; what is given is how long opening took."""
        with ExitStack() as stack:
            took: ByPeer = {}
            for name in list(self.names):
                worker = stack.enter_context(Worker(name, self.folder(name)))
                self._workers[name] = worker
                self._guarded(
                    name, lambda n=name: took.__setitem__(n, self._open(n, question, rounds))
                )
            try:
                yield took
            finally:
                self._workers.clear()

    def _open(self, name: str, question: Question, rounds: int) -> dict[str, Any]:
        self._workers[name].call("versions")
        reply = self._workers[name].call("open", question=question.as_mapping(), rounds=rounds)
        return {
            "first_ms": milliseconds(reply["seconds"][0]),
            "again_ms": milliseconds(median(reply["seconds"][1:])),
            "first_answer_ms": milliseconds(reply["to_answer"][0]),
            "again_answer_ms": milliseconds(median(reply["to_answer"][1:])),
        }

    def ask(
        self, questions: Sequence[Question], ask: Ask, names: Sequence[str] | None = None
    ) -> ByPeer:
        """Ask all peers the same, one peer after the other, another one first each time."""
        asked = [question.as_mapping() for question in questions]
        return self._each("ask", names, {"questions": asked, "ask": asdict(ask)})

    def add(self, records: Sequence[Any], question: Question) -> ByPeer:
        """Have all peers take in the same articles."""
        changes = {"records": list(records), "question": question.as_mapping()}
        return self._each("add", None, changes)

    def resident(self) -> dict[str, int]:
        """Return what each peer's process, with its children, has in memory now."""
        sizes = {}
        for name, worker in self._workers.items():
            with watched(worker.process.pid) as memory:
                pass
            sizes[name] = memory.resident
        return sizes

    def _each(self, do: str, names: Sequence[str] | None, request: Mapping[str, Any]) -> ByPeer:
        replies: ByPeer = {}
        self._turn += 1
        wanted = [name for name in self.names if names is None or name in names]
        turn = self._turn % max(1, len(wanted))
        for name in wanted[turn:] + wanted[:turn]:
            call = self._workers[name].call
            self._guarded(name, lambda n=name, c=call: replies.__setitem__(n, c(do, **request)))
        return replies

    def _guarded(self, name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except (PeerAbsent, PeerFailed) as error:
            self.names.remove(name)
            self.gone[name] = reason(error)
            say(f"  {name} is out: {error}")


def present(names: Sequence[str], work: Path, gone: dict[str, str]) -> dict[str, str]:
    """Return the versions of the peers that can be run here; the others are noted as gone."""
    found = {name: _probe(name, work / f"{name}-probe", gone) for name in names}
    return {name: versions for name, versions in found.items() if versions}


def _probe(name: str, folder: Path, gone: dict[str, str]) -> str:
    try:
        with Worker(name, folder) as worker:
            return str(worker.call("versions")["versions"])
    except (PeerAbsent, PeerFailed) as error:
        gone[name] = reason(error)
        say(f"  {name} is not here: {gone[name]}")
        return ""
