"""Questions to one index: windows of any depth, walks over all documents, many counts at once."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from search.engines.opensearch_client import Cluster, Pauses, path_of
from search.engines.opensearch_fields import refuse_foreign
from search.engines.opensearch_meaning import IndexNotThere, Refused, failure_of, meaning
from search.engines.port import Window
from search.errors import DuowenError, EngineError, EngineUnavailable, IndexCorrupt

Json = dict[str, Any]

_DEEPEST = 10_000  # what the server lets one reach by counting from the first
_WALKED = 5_000
_MANY = 1_000  # articles in one answer
_AT_ONCE = 1_000  # searches in one request


class Asker:
    """Asks one index of a cluster, for one reader."""

    def __init__(self, cluster: Cluster, index: str) -> None:
        self._cluster = cluster
        self._index = index
        # The same reader asks the same copies, so that pages are slices of one order.
        self._preference = secrets.token_hex(4)
        self._closed = False

    def close(self) -> None:
        """Ask nothing any more."""
        self._closed = True

    def ask(
        self,
        method: str,
        *path: str,
        body: object = None,
        params: Mapping[str, str] | None = None,
    ) -> Json:
        """Return the answer to a request about the index.

        Raises what Cluster.ask raises, and IndexCorrupt where the index was deleted or made otherwise.
        """
        if self._closed:
            raise EngineError("This index was closed; open it again.")
        try:
            return self._cluster.ask(method, path_of(self._index, *path), body, params)
        except (IndexNotThere, Refused) as error:
            raise self._explained(error) from error

    def _explained(self, error: DuowenError) -> DuowenError:
        """Return the error, or what is behind it: an index that somebody deleted, or made otherwise."""
        if isinstance(error, IndexNotThere):
            return IndexCorrupt(str(error), file=self._index, kind="missing")
        if isinstance(error, Refused):
            try:
                refuse_foreign(self._cluster, self._index)
            except (EngineError, IndexCorrupt) as reason:
                return reason
        return error

    def search(self, body: Json, params: Mapping[str, str] | None = None) -> Json:
        """Return the answer of all shards to a search; that of some of them would be wrong."""
        always = {"allow_partial_search_results": "false", "preference": self._preference}
        return self.ask("POST", "_search", body=body, params={**always, **(params or {})})

    def window(self, body: Json, window: Window) -> tuple[int, list[Json]]:
        """Return the count of all hits, and those of the window, however far down it lies."""
        until = window.offset + window.limit
        params = {"search_type": "dfs_query_then_fetch"} if "_score" in body["sort"][0] else {}
        if until <= _DEEPEST and window.limit <= _MANY:
            answer = self.search({**body, "from": window.offset, "size": window.limit}, params)
            return total_of(answer), answer["hits"]["hits"]
        hits: list[Json] = []
        total, seen, after = 0, 0, None
        while seen < until:
            skipping = seen < window.offset
            size = min(window.offset - seen, _DEEPEST) if skipping else min(until - seen, _MANY)
            asked = {**body, "size": size, **({"search_after": after} if after else {})}
            answer = self.search({**asked, "_source": False} if skipping else asked, params)
            page = answer["hits"]["hits"]
            total = total or total_of(answer)
            hits += [] if skipping else page
            seen += len(page)
            if len(page) < size:
                break
            after = page[-1]["sort"]
        return total, hits

    def walk(self, fields: Sequence[str]) -> Iterator[Json]:
        """Yield these fields of all documents, by the order of their keys."""
        body: Json = {"size": _WALKED, "sort": [{"key": "asc"}], "_source": list(fields)}
        while True:
            hits = self.search(body)["hits"]["hits"]
            yield from (hit["_source"] for hit in hits)
            if len(hits) < _WALKED:
                return
            body = {**body, "search_after": hits[-1]["sort"]}

    def matching(self, query: Json, documents: Sequence[str]) -> set[str]:
        """Return which of these documents match the query."""
        found: set[str] = set()
        for at in range(0, len(documents), _DEEPEST):
            some = {"ids": {"values": documents[at : at + _DEEPEST]}}
            asked = {"query": {"bool": {"filter": [query, some]}}, "_source": False}
            answer = self.search({**asked, "size": _DEEPEST})
            found.update(hit["_id"] for hit in answer["hits"]["hits"])
        return found

    def many(self, bodies: Sequence[Json]) -> list[Json]:
        """Return the answers to several searches, all asked for at once."""
        answers: list[Json] = []
        for at in range(0, len(bodies), _AT_ONCE):
            answers += self._many(bodies[at : at + _AT_ONCE])
        return answers

    def _many(self, bodies: Sequence[Json]) -> list[Json]:
        always = {"preference": self._preference, "allow_partial_search_results": False}
        head = json.dumps(always)
        lines = [line for body in bodies for line in (head, json.dumps(body))]
        asked = ("\n".join(lines) + "\n").encode("utf-8")
        pauses = Pauses()
        while True:
            answers = list(self.ask("POST", "_msearch", body=asked)["responses"])
            failures = [each for each in map(self._failure, answers) if each]
            failure = failures[0] if failures else None
            if failure is None:
                return answers
            busy = isinstance(failure, EngineUnavailable)
            if not (busy and pauses.take(self._cluster.patience_of_readers)):
                raise self._explained(failure)

    def _failure(self, answer: Json) -> DuowenError | None:
        """Return what went wrong with one of many searches, of which each fails by itself."""
        if "error" in answer:
            return failure_of(self._cluster.settings, int(answer["status"]), answer)
        if answer["_shards"]["failed"]:
            return meaning(self._cluster.settings, 503, "", "not all shards answered")
        return None


def total_of(answer: Json) -> int:
    """Return how many articles match, as an answer to a search tells."""
    return int(answer["hits"]["total"]["value"])
