"""One job at a time on a cluster: a document that only one can create, and that its holder renews.

A job that was killed stops renewing: after a lease others take the lock over, and at once where they
can see that the process is gone. A job that was asleep for longer than its lease finds out before it
sends anything more; and what it has under way is refused by the server, for who takes over shuts the
door it writes through (opensearch_indexes.py), and claims `current` (opensearch_state.py). So clocks of
machines that write may differ: where they do by more than a lease, a job is ended that need not be.
"""

import contextlib
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from search.engines.opensearch_client import Cluster, Conflicting, NotThere, path_of
from search.errors import DuowenError, IndexBusy, IndexLocked

LEASE = 30.0  # seconds
_PAUSE = 0.25
_TRIES = 3


@contextmanager
def exclusive(cluster: Cluster, meta: str, wait: float) -> Iterator["Lock"]:
    """Hold the lock of an index for the block; raises IndexLocked, naming the holder.

    `wait` is how many seconds to go on trying.
    """
    lock = Lock(cluster, path_of(meta, "_doc", "lock"))
    until = time.monotonic() + wait
    while not lock.take():
        if time.monotonic() >= until:
            raise IndexLocked(
                f"Another job is writing to the index {cluster.settings.index} ({lock.holder});"
                f" try again when it has finished{', or wait for it longer' if wait else ''}."
            )
        time.sleep(_PAUSE)
    with lock.renewed():
        yield lock


class Lock:
    """The right to write, for as long as nobody else has taken it over. Safe in threads."""

    def __init__(self, cluster: Cluster, path: str) -> None:
        self._cluster = cluster
        self._path = path
        self._since = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self._guard = threading.Lock()
        self._fence: dict[str, str] = {}
        self._confirmed = 0.0, 0.0
        self._is_lost = False
        self.token = secrets.token_hex(8)
        """Tells this job from all others."""
        self.holder = "it has not said who it is"

    def take(self) -> bool:
        """Take the lock if it is free, or its holder is gone."""
        try:
            self._put({"op_type": "create"})
        except Conflicting:
            return self._take_over()
        return True

    def confirm(self, *, now: bool = False) -> None:
        """Raise IndexBusy where another job has taken over; ask where that may be, or `now`."""
        passed = max(_now()[0] - self._confirmed[0], _now()[1] - self._confirmed[1])
        if now or passed > LEASE:
            self._renew()
        if self._is_lost:
            raise IndexBusy(
                f"Another job has taken over the index {self._cluster.settings.index}, for nothing was"
                f" heard of this one for {LEASE:g} s; run this again."
            )

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Renew the lock during the block, and free it behind it."""
        ended = threading.Event()
        thread = threading.Thread(target=self._renew_until, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            with contextlib.suppress(DuowenError):  # else it ends with its lease
                self._free()

    def _take_over(self) -> bool:
        found = self._found()
        if not found:
            return False  # freed this moment: the next try may take it
        said = found["_source"]
        if said.get("token") == self.token:
            self._note(found)  # the answer to our own try was lost on its way
            return True
        self.holder = "pid {pid} on {host} since {since}: {command}".format_map(_Said(said))
        if not (_is_gone(said) or said.get("until", 0) < time.time()):
            return False
        try:
            self._put(_fence_of(found))
        except Conflicting:
            return False
        return True

    def _renew_until(self, ended: threading.Event) -> None:
        while not (self._is_lost or ended.wait(LEASE / 3)):
            with contextlib.suppress(DuowenError):  # the next time may be better
                self._renew()

    def _renew(self) -> None:
        with self._guard:
            for _ in range(_TRIES):
                if self._is_lost:
                    return
                with contextlib.suppress(Conflicting):
                    self._put(self._fence)
                    return
                self._look_whose()

    def _free(self) -> None:
        with self._guard:
            for _ in range(_TRIES):
                if self._is_lost:
                    return
                with contextlib.suppress(Conflicting, NotThere):
                    self._cluster.ask("DELETE", self._path, params=dict(self._fence))
                    return
                self._look_whose()

    def _look_whose(self) -> None:
        """Note whether the lock is lost: it is not where the answer to a renewal was."""
        found = self._found()
        if found.get("_source", {}).get("token") == self.token:
            self._note(found)
        else:
            self._is_lost = True

    def _found(self) -> dict[str, Any]:
        try:
            return self._cluster.ask("GET", self._path)
        except NotThere:
            return {}

    def _put(self, params: dict[str, str]) -> None:
        body = {
            "token": self.token,
            "until": time.time() + LEASE,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": self._since,
            "command": _command(),
        }
        began = _now()
        self._note(self._cluster.ask("PUT", self._path, body, dict(params)))
        self._confirmed = began

    def _note(self, answer: dict[str, Any]) -> None:
        self._fence = _fence_of(answer)


def _fence_of(answer: dict[str, Any]) -> dict[str, str]:
    """Return what lets a request through only where nobody has written since."""
    return {"if_seq_no": str(answer["_seq_no"]), "if_primary_term": str(answer["_primary_term"])}


def _now() -> tuple[float, float]:
    """Return what both clocks show: one of them stands still while a machine sleeps."""
    return time.monotonic(), time.time()


def _command() -> str:
    """Return which program and which of its commands this is; what else was said may be secret."""
    words = [word for word in sys.argv[1:2] if word.isalpha()]
    return " ".join([Path(sys.argv[0]).name, *words])


class _Said(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def _is_gone(said: dict[str, Any]) -> bool:
    """Say whether the holder was a process of this machine that has ended."""
    if os.name == "nt" or said.get("host") != socket.gethostname():
        return False
    try:
        os.kill(int(said["pid"]), 0)
    except ProcessLookupError:
        return True
    except (OSError, KeyError, TypeError, ValueError):
        return False
    return False
