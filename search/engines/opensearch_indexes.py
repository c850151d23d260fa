"""The indexes behind an alias: made, served, refreshed, and swept away when nobody needs them."""

import contextlib
import re
from collections.abc import Collection
from typing import Any

from search.engines.opensearch_client import Cluster, NotThere, Pauses, path_of
from search.engines.opensearch_mapping import index_body, meta_body
from search.errors import EngineError, IndexCorrupt
from search.ranking.profile import RankingProfile


class Indexes:
    """NAME-000001 and those after it, of which the alias NAME serves one."""

    def __init__(self, cluster: Cluster, profile: RankingProfile) -> None:
        self._cluster = cluster
        self._profile = profile
        self._alias = cluster.settings.index

    @property
    def first(self) -> str:
        """The name of the first one."""
        return f"{self._alias}-{1:06}"

    def make_meta(self, name: str) -> None:
        """Make the small index of what is known, unless it is there."""
        self._make(name, meta_body(self._cluster.settings))

    def make_first(self) -> str:
        """Make the first index, unless it is there, and serve it."""
        self._make(self.first, index_body(self._cluster.settings, self._profile))
        self.serve(self.first)
        return self.first

    def make_next(self, before: str) -> str:
        """Make an empty index after that one and all others, and return its name."""
        numbers = [self._number(name) for name in (before, *self.all())]
        name = f"{self._alias}-{max(numbers) + 1:06}"
        self._make(name, index_body(self._cluster.settings, self._profile))
        return name

    def _make(self, name: str, body: dict[str, Any]) -> None:
        params = {"wait_for_active_shards": "1"}
        try:
            self._cluster.ask("PUT", path_of(name), body, params, patient=True)
        except EngineError as error:
            if "already exists" not in str(error):
                raise

    def serve(self, index: str) -> None:
        """Let the alias stand for this index alone, in one step."""
        served = self.served()
        if served == {index}:
            return
        actions: list[dict[str, Any]] = [
            {"remove": {"index": other, "alias": self._alias}} for other in sorted(served - {index})
        ]
        actions.append({"add": {"index": index, "alias": self._alias}})
        try:
            self._cluster.ask("POST", "/_aliases", {"actions": actions}, patient=True)
        except NotThere as error:
            raise self._deleted(index) from error

    def served(self) -> set[str]:
        """Return what the alias stands for."""
        try:
            return set(self._cluster.ask("GET", path_of("_alias", self._alias)))
        except NotThere:
            return set()

    def refresh(self, index: str) -> None:
        """Let searches see what was written."""
        pauses = Pauses()
        while failed := self._refresh(index):
            if not pauses.take(self._cluster.settings.patience):
                raise EngineError(
                    f"The cluster could not refresh {failed} shards of {index};"
                    f" see to its health and run this again."
                )

    def _refresh(self, index: str) -> int:
        """Refresh, and return how many shards could not be."""
        try:
            answer = self._cluster.ask("POST", path_of(index, "_refresh"), patient=True)
        except NotThere as error:
            raise self._deleted(index) from error
        return int(answer.get("_shards", {}).get("failed", 0))

    def count(self, index: str) -> int:
        """Return how many articles searches see there; -1 where not all shards could be asked."""
        answer = self._cluster.ask("GET", path_of(index, "_count"))
        return -1 if answer["_shards"]["failed"] else int(answer["count"])

    def bytes(self, index: str) -> int:
        """Return how large it is, with all its copies."""
        total = self._cluster.ask("GET", path_of(index, "_stats", "store"))["_all"]["total"]
        return int(total["store"]["size_in_bytes"]) if total else 0  # no shard is there

    def missing_shards(self, index: str) -> int:
        """Return of how many shards no copy is there."""
        health = self._cluster.ask(
            "GET", path_of("_cluster", "health", index), params={"level": "shards"}
        )
        shards = health["indices"].get(index, {}).get("shards", {})
        return sum(not shard["primary_active"] for shard in shards.values())

    def sweep(self, keep: Collection[str]) -> None:
        """Remove the indexes that no generation needs."""
        for name in self.all():
            if name not in keep:
                with contextlib.suppress(NotThere):
                    self._cluster.ask("DELETE", path_of(name), patient=True)

    def all(self) -> list[str]:
        """Return the names of those that are there, in their order."""
        listed = self._cluster.ask("GET", path_of(f"{self._alias}-*", "_settings", "index.uuid"))
        return sorted(name for name in listed if self._number(name))

    def _number(self, name: str) -> int:
        found = re.fullmatch(rf"{re.escape(self._alias)}-(\d{{6,}})", name)
        return int(found[1]) if found else 0

    def _deleted(self, index: str) -> IndexCorrupt:
        return IndexCorrupt(
            f"The index {index} was deleted on the cluster, and its articles with it;"
            f" begin a new one with duowen repair, and index your paths again."
        )
