"""Many changes to one index: requests of bounded size, a few at once, answered item by item."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from search.engines.opensearch_client import Cluster, Pauses, path_of
from search.engines.opensearch_meaning import IndexClosed, TooLarge, meaning
from search.engines.port import Refusal
from search.errors import DuowenError, EngineError, EngineUnavailable

_MOST_ITEMS = 2_000
_MOST_UNDER_WAY = 3
"""Requests, each of as many bytes as the settings allow: one is sent while others are worked on."""

_LAST_WAIT = 5.0  # seconds
_SENSELESS, _GONE = 400, 404


class _Item(NamedTuple):
    document: str
    line: bytes | None

    def written(self) -> bytes:
        action = json.dumps(
            {"index" if self.line is not None else "delete": {"_id": self.document}}
        )
        return action.encode("ascii") + b"\n" + (b"" if self.line is None else self.line + b"\n")


class Bulk:
    """Sends changes; what was not acknowledged is sent again, or is an error. For one thread.

    Two changes to a document arrive in the order in which they were added. `door` is an alias of the
    index; `confirm` is called before each request, and raises where nothing more is to be sent.
    """

    def __init__(
        self, cluster: Cluster, door: str, confirm: Callable[[], None] = lambda: None
    ) -> None:
        self._cluster = cluster
        self._door = door
        self._confirm = confirm
        self._waiting: list[_Item] = []
        self._documents: set[str] = set()
        self._bytes = 0
        self._under_way: list[_Request] = []
        self.changed = 0
        """How many documents were written, or were there and were removed, as far as is known."""
        self.refused: list[Refusal] = []
        """What the server does not take, ever."""

    def add(self, document: str, line: bytes | None) -> None:
        """Send a document, or remove it where there is no line, with this request or the next.

        Raises the error of the first item of any request that was refused, EngineUnavailable, or
        NotThere where the door is shut.
        """
        size = len(line or b"")
        full = self._bytes + size > self._cluster.settings.bulk_bytes
        again = document in self._documents
        if again or (self._waiting and (full or len(self._waiting) >= _MOST_ITEMS)):
            self._send()
        if any(document in request.documents for request in self._under_way):
            self._wait(0)
        self._waiting.append(_Item(document, line))
        self._documents.add(document)
        self._bytes += size

    def finish(self) -> None:
        """Send what waits, and wait until all of it is acknowledged; raises what `add` raises."""
        self._send()
        self._wait(0)

    def abandon(self) -> None:
        """Send nothing more; wait a little for what is under way, which is not tried again."""
        self._waiting, self._documents, self._bytes = [], set(), 0
        until = time.monotonic() + _LAST_WAIT
        for request in self._under_way:
            request.give_up()
        for request in self._under_way:
            request.join(max(0.0, until - time.monotonic()))

    def _send(self) -> None:
        if not self._waiting:
            return
        self._wait(_MOST_UNDER_WAY - 1)
        self._confirm()
        request = _Request(self._cluster, self._door, self._waiting, self._documents)
        self._waiting, self._documents, self._bytes = [], set(), 0
        self._under_way.append(request)
        request.start()

    def _wait(self, left: int) -> None:
        """Wait until so few requests are under way; after an error until none is."""
        failure: BaseException | None = None
        while len(self._under_way) > (0 if failure else left):
            request = self._under_way[0]
            request.join()
            self._under_way.pop(0)
            self.changed += request.changed
            self.refused += request.refused
            failure = failure or request.failure
        if failure:
            raise failure


class _Request(threading.Thread):
    """A request under way: a thread of its own, which ends with the process, whatever it does."""

    def __init__(
        self, cluster: Cluster, door: str, items: list[_Item], documents: set[str]
    ) -> None:
        super().__init__(daemon=True)
        self._cluster = cluster
        self._path = path_of(door, "_bulk")
        self._items = items
        self._given_up = False
        self.documents = documents
        self.changed = 0
        self.refused: list[Refusal] = []
        self.failure: BaseException | None = None

    def give_up(self) -> None:
        """Try nothing again: nobody waits for it."""
        self._given_up = True

    def run(self) -> None:
        try:
            self._sent()
        except BaseException as error:  # noqa: BLE001  # raised by who waits for it
            self.failure = error

    def _sent(self) -> None:
        waiting, pauses = [self._items], Pauses()
        while waiting and not self._given_up:
            self._items = waiting.pop()
            body = b"".join(item.written() for item in self._items)
            # Servers make an index where there is none, unless it is to be an alias.
            params = {"require_alias": "true"}
            try:
                answer = self._cluster.ask("POST", self._path, body, params, patient=True)
                busy = self._refused(answer)
            except TooLarge as error:
                waiting += self._halves(error)
                continue
            if self._items:
                waiting.append(self._items)
            if busy and not pauses.take(self._cluster.settings.patience):
                raise busy

    def _halves(self, error: TooLarge) -> list[list[_Item]]:
        """Return the items of a request that is too large as two; one alone will never be taken."""
        if len(self._items) > 1:
            middle = len(self._items) // 2
            return [self._items[middle:], self._items[:middle]]
        (item,) = self._items
        if item.line is None:
            raise error
        self._refuse(item, "is too long for this cluster; split it into several articles")
        return []

    def _refuse(self, item: _Item, why: str) -> None:
        said = json.loads(item.line or b"{}")
        sentence = f"Article {said.get('id')!s:.80} {why}."
        self.refused.append(Refusal(str(said.get("id")), str(said.get("path")), sentence))

    def _refused(self, answer: dict[str, Any]) -> DuowenError | None:
        """Keep the items for which it is to be tried again, and return why; raise for others."""
        items = answer.get("items", [])
        if len(items) != len(self._items):
            raise EngineError(
                f"The cluster answered for {len(items)} of {len(self._items)} changes;"
                f" run this again."
            )
        again: list[_Item] = []
        why: DuowenError | None = None
        for item, told in zip(self._items, items, strict=True):
            ((_, outcome),) = told.items()
            status = int(outcome["status"])
            error = outcome.get("error") or {}
            was_not_there = status == _GONE and item.line is None and not error
            if status < 300 or was_not_there:  # noqa: PLR2004
                self.changed += not was_not_there
                continue
            reasons = [error.get("reason"), (error.get("caused_by") or {}).get("reason")]
            reason = "; ".join(filter(None, map(str, filter(None, reasons))))
            said = meaning(self._cluster.settings, status, str(error.get("type", "")), reason)
            if status == _SENSELESS and item.line and not isinstance(said, IndexClosed):
                # The fields are as they were made: it is this article that does not go into them.
                self._refuse(item, f"is not taken by the cluster ({reason:.200}); mend its source")
                continue
            if not isinstance(said, EngineUnavailable | TooLarge):
                raise said
            again.append(item)
            why = why if isinstance(why, TooLarge) else said
        self._items = again
        if isinstance(why, TooLarge):
            raise why
        return why
