"""One job at a time on a cluster: a document that only one can create, and that its holder renews.

A job that was killed stops renewing: after a lease others take the lock over, and at once where they
can see that the process is gone. Clocks of machines that write should agree to some seconds; where they
do not, or where a job was asleep for longer than its lease, the sequence number of `current` still keeps
two jobs from committing (opensearch_state.py).
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
from typing import Any

from search.engines.opensearch_client import Cluster, Conflicting, NotThere, path_of
from search.errors import DuowenError, IndexLocked

LEASE = 30.0  # seconds
_PAUSE = 0.25


@contextmanager
def exclusive(cluster: Cluster, meta: str, wait: float) -> Iterator[None]:
    """Hold the lock of an index for the block; raises IndexLocked, naming the holder.

    `wait` is how many seconds to go on trying.
    """
    lock = _Lock(cluster, path_of(meta, "_doc", "lock"))
    until = time.monotonic() + wait
    while not lock.take():
        if time.monotonic() >= until:
            raise IndexLocked(
                f"Another job is writing to the index {cluster.settings.index} ({lock.holder});"
                f" try again when it has finished{', or wait for it longer' if wait else ''}."
            )
        time.sleep(_PAUSE)
    with lock.renewed():
        yield


class _Lock:
    def __init__(self, cluster: Cluster, path: str) -> None:
        self._cluster = cluster
        self._path = path
        self._token = secrets.token_hex(8)
        self.holder = "it has not said who it is"

    def take(self) -> bool:
        """Take the lock if it is free, or its holder is gone."""
        try:
            self._put({"op_type": "create"})
        except Conflicting:
            return self._take_over()
        return True

    def _take_over(self) -> bool:
        try:
            found = self._cluster.ask("GET", self._path)
        except NotThere:
            return False  # freed this moment: the next try may take it
        said = found["_source"]
        if said.get("token") == self._token:
            return True  # the answer to our own try was lost on its way
        self.holder = "pid {pid} on {host} since {since}: {command}".format_map(_Said(said))
        if not (_is_gone(said) or said.get("until", 0) < time.time()):
            return False
        fence = {
            "if_seq_no": str(found["_seq_no"]),
            "if_primary_term": str(found["_primary_term"]),
        }
        try:
            self._put(fence)
        except Conflicting:
            return False
        return True

    def _put(self, params: dict[str, str]) -> None:
        body = {
            "token": self._token,
            "until": time.time() + LEASE,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "command": " ".join(sys.argv)[:500],
        }
        self._cluster.ask("PUT", self._path, body, params)

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Renew the lock during the block, and free it behind it."""
        ended = threading.Event()
        thread = threading.Thread(target=self._renew, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            with contextlib.suppress(DuowenError):  # else it ends with its lease
                if self._is_ours():
                    self._cluster.ask("DELETE", self._path)

    def _renew(self, ended: threading.Event) -> None:
        while not ended.wait(LEASE / 3):
            with contextlib.suppress(DuowenError):  # the next time may be better
                if not self._is_ours():
                    return
                self._put({})

    def _is_ours(self) -> bool:
        try:
            found = self._cluster.ask("GET", self._path)
        except NotThere:
            return False
        return bool(found["_source"].get("token") == self._token)


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
