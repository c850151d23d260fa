"""Many changes to one index: requests of bounded size, whose answers are read item by item."""

import json
from typing import Any, NamedTuple

from search.engines.opensearch_client import Cluster, Pauses, path_of
from search.errors import DuowenError, EngineError, EngineUnavailable

_MOST_ITEMS = 2_000
_GONE = 404


class _Item(NamedTuple):
    document: str
    line: bytes | None

    def written(self) -> bytes:
        action = json.dumps(
            {"index" if self.line is not None else "delete": {"_id": self.document}}
        )
        return action.encode("ascii") + b"\n" + (b"" if self.line is None else self.line + b"\n")


class Bulk:
    """Sends changes; what was not acknowledged is sent again, or is an error."""

    def __init__(self, cluster: Cluster, index: str) -> None:
        self._cluster = cluster
        self._path = path_of(index, "_bulk")
        self._waiting: list[_Item] = []
        self._bytes = 0
        self.changed = 0
        """How many documents were written, or were there and were removed."""

    def add(self, document: str, line: bytes | None) -> None:
        """Send a document, or remove it where there is no line, with this request or the next."""
        item = _Item(document, line)
        size = len(line or b"")
        full = self._bytes + size > self._cluster.settings.bulk_bytes
        if self._waiting and (full or len(self._waiting) >= _MOST_ITEMS):
            self.finish()
        self._waiting.append(item)
        self._bytes += size

    def finish(self) -> None:
        """Send what waits, and wait until all of it is acknowledged.

        Raises the error of the first item that was refused, or EngineUnavailable.
        """
        pauses = Pauses()
        while self._waiting:
            body = b"".join(item.written() for item in self._waiting)
            answer = self._cluster.ask("POST", self._path, body, patient=True)
            busy = self._refused(answer)
            if busy and not pauses.take(self._cluster.settings.patience):
                raise busy
        self._bytes = 0

    def _refused(self, answer: dict[str, Any]) -> DuowenError | None:
        """Keep the items for which it is to be tried again, and return why; raise for others."""
        items = answer.get("items", [])
        if len(items) != len(self._waiting):
            raise EngineError(
                f"The cluster answered for {len(items)} of {len(self._waiting)} changes;"
                f" run this again."
            )
        again: list[_Item] = []
        why: DuowenError | None = None
        for item, told in zip(self._waiting, items, strict=True):
            ((_, outcome),) = told.items()
            status = int(outcome["status"])
            if status < 300 or (status == _GONE and item.line is None):  # noqa: PLR2004
                self.changed += status != _GONE
                continue
            error = outcome.get("error") or {}
            reasons = [error.get("reason"), (error.get("caused_by") or {}).get("reason")]
            reason = "; ".join(filter(None, map(str, filter(None, reasons))))
            meaning = self._cluster.meaning(status, str(error.get("type", "")), reason)
            if not isinstance(meaning, EngineUnavailable):
                raise meaning
            again.append(item)
            why = meaning
        self._waiting = again
        return why
