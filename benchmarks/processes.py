"""The other side of the workers: starts them, talks to them, watches their memory."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
_PAUSE = 0.05
_PROC = Path("/proc")


class PeerFailed(Exception):
    """A peer broke down; its own traceback is in the message."""


class PeerAbsent(Exception):
    """A peer cannot be run here; the message says why."""


class Worker:
    """A peer in another process."""

    def __init__(self, peer: str, folder: Path) -> None:
        self.peer = peer
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", peer, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=CHECKOUT,
            text=True,
            encoding="utf-8",
        )

    def call(self, do: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Send a command, wait for the answer."""
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise PeerFailed("no pipe")
        with contextlib.suppress(BrokenPipeError):
            stdin.write(json.dumps({"do": do, **request}) + "\n")
            stdin.flush()
        line = stdout.readline()
        if not line:
            raise PeerFailed(f"{self.peer} died ({self.process.wait()}) at {do}")
        reply: dict[str, Any] = json.loads(line)
        if "missing" in reply:
            raise PeerAbsent(reply["missing"])
        if "failed" in reply:
            raise PeerFailed(f"{self.peer} at {do}: {reply['failed']}")
        return reply

    def __enter__(self) -> "Worker":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        self.process.wait(timeout=120)


@dataclass(slots=True)
class Memory:
    """The most that a process and its children had at once, in bytes.

    `resident` counts pages of mapped files too, and shared pages once for each process; `own` leaves
    out the files: it is what cannot be taken away without swapping.
    """

    resident: int = 0
    own: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def look(self, process: int) -> None:
        """Take one look."""
        seen = [_memory(member) for member in _family(process)]
        self.resident = max(self.resident, sum(resident for resident, _ in seen))
        self.own = max(self.own, sum(own for _, own in seen))


@contextlib.contextmanager
def watched(process: int) -> Iterator[Memory]:
    """Watch the memory of a process and its children while the block runs."""
    memory = Memory()

    def watch() -> None:
        while not memory._ended.wait(_PAUSE):  # noqa: SLF001
            memory.look(process)

    thread = threading.Thread(target=watch, daemon=True)
    memory.look(process)
    thread.start()
    try:
        yield memory
    finally:
        memory._ended.set()  # noqa: SLF001
        thread.join()
        memory.look(process)


def cpu_seconds(process: int) -> float:
    """Return the processor time that a process and its children, dead ones too, have had so far."""
    ticks = 0
    for member in _family(process):
        with contextlib.suppress(OSError):
            # After the name, which may hold anything: fields 14 to 17 of proc(5).
            after_name = (_PROC / str(member) / "stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(value) for value in after_name[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def disk_bytes(folder: Path) -> int:
    """Return the size of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _family(process: int) -> Iterator[int]:
    yield process
    for children in _PROC.glob(f"{process}/task/*/children"):
        with contextlib.suppress(OSError):
            for child in children.read_text().split():
                yield from _family(int(child))


def _memory(process: int) -> tuple[int, int]:
    values = {"VmRSS": 0, "RssAnon": 0}
    with contextlib.suppress(OSError):
        for line in (_PROC / str(process) / "status").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name in values:
                values[name] = int(rest.split()[0]) * 1024
    return values["VmRSS"], values["RssAnon"]


def sync() -> None:
    """Let what others wrote reach the disk first."""
    os.sync()
