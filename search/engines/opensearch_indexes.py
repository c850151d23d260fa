"""The indexes behind an alias: made, served, written to, and swept away when nobody needs them.

Each bears a mark in its mapping (`_meta`) that says for which alias duowen made it. What bears none is
somebody else's: it is never removed, written to or taken an alias from.

A job writes to an index through a door of its own: an alias that it opens when it begins to send. Who
takes over from a job that seems to be dead shuts its door, so that nothing more of it can arrive; and as
requests say that the door is an alias, they never make an index where one was deleted.
"""

import contextlib
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from search.engines.opensearch_client import Cluster, NotThere, Pauses, path_of
from search.engines.opensearch_mapping import MARK, index_body, meta_body
from search.errors import ConfigError, EngineError, IndexBusy, IndexCorrupt
from search.ranking.profile import RankingProfile

_ASKED = {
    "expand_wildcards": "all",
    "ignore_unavailable": "true",
    "filter_path": (
        "*.aliases,*.mappings._meta,*.settings.index.uuid"
        ",*.settings.index.verified_before_close,*.settings.index.blocks.write"
    ),
}


class There(NamedTuple):
    """An index of which the name is one of ours, or which the alias stands for.

    `holds_articles`: it is ours, and not the one of what is known.
    """

    is_ours: bool
    holds_articles: bool
    is_closed: bool
    is_blocked: bool
    aliases: frozenset[str]
    made: str


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

    def there(self) -> dict[str, There]:
        """Return name -> what is known of the indexes that are there, also of closed ones."""
        path = path_of(f"{self._alias},{self._alias}-*")
        listed = self._cluster.ask("GET", path, params=dict(_ASKED))
        return {
            name: self._described(name, told)
            for name, told in sorted(listed.items())
            if self._number(name)
            or name in (self._alias, f"{self._alias}-meta")
            or self._alias in told.get("aliases", {})
        }

    def _described(self, name: str, told: dict[str, Any]) -> There:
        settings = told.get("settings", {}).get("index", {})
        mark = told.get("mappings", {}).get("_meta", {}).get(MARK)
        mark = mark if isinstance(mark, dict) else {}
        is_ours = mark.get("index") == self._alias
        return There(
            is_ours=is_ours,
            holds_articles=is_ours and self._number(name) > 0,
            is_closed=settings.get("verified_before_close") == "true",
            is_blocked=settings.get("blocks", {}).get("write") == "true",
            aliases=frozenset(told.get("aliases", {})),
            made=str(mark.get("made", "")),
        )

    def refuse_foreign(self, names: Iterable[str] = ()) -> None:
        """Raise ConfigError where the names that we need are in use for something else."""
        foreign = [
            name
            for name, one in self.there().items()
            if not one.is_ours and (not names or name in names or self._alias in one.aliases)
        ]
        if foreign:
            raise ConfigError(
                f"The name {self._alias} is in use on the cluster by indexes that duowen did not make"
                f" ({', '.join(foreign[:3])}{', …' if len(foreign) > 3 else ''});"  # noqa: PLR2004
                f" choose another as index in the settings of opensearch."
            )

    def make_meta(self, name: str) -> None:
        """Make the small index of what is known, unless it is there."""
        self._make(name, meta_body(self._cluster.settings))

    def make_first(self) -> str:
        """Make the first index, unless it is there, and serve it."""
        self._make(self.first, index_body(self._cluster.settings, self._profile))
        self.serve(self.first)
        return self.first

    def make_next(self, before: str, door: str = "") -> str:
        """Make an empty index after that one and all others, with a door, and return its name."""
        numbers = [self._number(name) for name in (before, *self.there())]
        name = f"{self._alias}-{max(numbers) + 1:06}"
        body = index_body(self._cluster.settings, self._profile)
        if door:
            body["aliases"] = {_door(name, door): {}}
        if not self._make(name, body):
            raise IndexBusy(f"Another job has made the index {name} meanwhile; run this again.")
        return name

    def _make(self, name: str, body: dict[str, Any]) -> bool:
        """Make an index, and say whether this is what made it; raises ConfigError."""
        made = secrets.token_hex(8)
        body["mappings"]["_meta"] = {MARK: {"index": self._alias, "made": made}}
        params = {"wait_for_active_shards": "1"}
        try:
            self._cluster.ask("PUT", path_of(name), body, params, patient=True)
        except EngineError as error:
            if "already exists" not in str(error):
                raise
            self.refuse_foreign([name])
            found = self.there().get(name)
            return found is not None and found.made == made
        return True

    def serve(self, index: str, *, before: str = "", door: str = "") -> None:
        """Let the alias stand for this index alone, in one step; raises ConfigError.

        `before` is what it is known to have stood for, be that as we made it or not. With a door only
        if that is open: where it was shut, another job serves what it finds to count.
        """
        there = self.there()
        served = {name for name, one in there.items() if self._alias in one.aliases}
        if served == {index} and not door:
            return
        if not all(there[name].is_ours for name in served - {index, before}):
            self.refuse_foreign([self._alias])
        actions: list[dict[str, Any]] = []
        if door:
            actions.append(_removal(index, _door(index, door), must_exist=True))
        actions += [_removal(other, self._alias) for other in sorted(served - {index})]
        actions.append({"add": {"index": index, "alias": self._alias}})
        try:
            self._change_aliases(actions)
        except NotThere as error:
            if not door:
                raise self.deleted(index) from error

    def served(self) -> set[str]:
        """Return what the alias stands for."""
        return {name for name, one in self.there().items() if self._alias in one.aliases}

    def door(self, index: str, token: str) -> str:
        """Return by which name the job of that token writes to an index."""
        return _door(index, token)

    def open_door(self, index: str, token: str) -> None:
        """Let a job write to an index."""
        try:
            self._change_aliases([{"add": {"index": index, "alias": _door(index, token)}}])
        except NotThere as error:
            raise self.deleted(index) from error

    def shut_door(self, index: str, token: str) -> None:
        """Let that job write no more."""
        with contextlib.suppress(NotThere):
            self._change_aliases([_removal(index, _door(index, token), must_exist=True)])

    def shut_doors(self, there: Mapping[str, There]) -> None:
        """Let no job that came before write any more to these."""
        doors = [
            _removal(name, alias)
            for name, one in there.items()
            for alias in sorted(one.aliases)
            if one.is_ours and alias.startswith(_door(name, ""))
        ]
        if doors:
            with contextlib.suppress(NotThere):  # the index went meanwhile, and they with it
                self._change_aliases(doors)

    def _change_aliases(self, actions: list[dict[str, Any]]) -> None:
        self._cluster.ask("POST", "/_aliases", {"actions": actions}, patient=True)

    def settle(self, index: str) -> None:
        """Wait until all requests that were let in have done what they do: none is let in meanwhile."""
        self._cluster.ask("PUT", path_of(index, "_block", "write"), patient=True)
        self.unblock(index)

    def unblock(self, index: str) -> None:
        """Let writers in again."""
        settings = {"index.blocks.write": None}
        self._cluster.ask("PUT", path_of(index, "_settings"), settings, patient=True)

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
            raise self.deleted(index) from error
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

    def is_readable(self, index: str) -> bool:
        """Say whether it is open, and all its shards are there."""
        one = self.there().get(index)
        return one is not None and not one.is_closed and not self.missing_shards(index)

    def sweep(self, names: Iterable[str]) -> None:
        """Remove these indexes."""
        for name in names:
            with contextlib.suppress(NotThere):
                self._cluster.ask("DELETE", path_of(name), patient=True)

    def _number(self, name: str) -> int:
        found = re.fullmatch(rf"{re.escape(self._alias)}-(\d{{6,}})", name)
        return int(found[1]) if found else 0

    def deleted(self, index: str) -> IndexCorrupt:
        """Return the error for an index that is not there any more."""
        return IndexCorrupt(
            f"The index {index} was deleted on the cluster, and its articles with it;"
            f" begin a new one with duowen repair, and index your paths again."
        )

    def refuse_closed(self, index: str, there: Mapping[str, There] | None = None) -> None:
        """Raise IndexCorrupt where that index is closed: its articles are all there."""
        one = (self.there() if there is None else there).get(index)
        if one and one.is_closed:
            raise IndexCorrupt(f"The index {index} {closed(index)}.", file=index, kind="unreadable")


def closed(index: str) -> str:
    """Return what to say of an index that is closed, with the way out."""
    return f"is closed on the cluster; open it there: POST /{index}/_open"


def _door(index: str, token: str) -> str:
    return f"{index}-by-{token}"


def _removal(index: str, alias: str, *, must_exist: bool = False) -> dict[str, Any]:
    more = {"must_exist": True} if must_exist else {}
    return {"remove": {"index": index, "alias": alias, **more}}
