"""What is wrong with an index on a cluster? Found by questions; nothing is written.

The files of a damage are names of indexes, `NAME-000001/ID` for an article, or the alias.
"""

from collections.abc import Iterator

from search.article import content_hash
from search.engines.opensearch_asking import Asker
from search.engines.opensearch_client import Cluster
from search.engines.opensearch_documents import article_of, document_id
from search.engines.opensearch_fields import foreign_fields
from search.engines.opensearch_indexes import Indexes, closed
from search.engines.opensearch_state import Current, State
from search.engines.upkeep_port import Checkup, Damage
from search.errors import IndexCorrupt, IndexMissing, IndexTooNew, IndexTooOld, Kind

_TRIES = 3
_KINDS: dict[type[Exception], Kind] = {
    IndexCorrupt: "inconsistent", IndexTooNew: "newer", IndexTooOld: "older"
}  # fmt: skip


class Looking:
    """Looks at all generations that are kept on a cluster."""

    def __init__(self, cluster: Cluster, state: State, indexes: Indexes) -> None:
        self._cluster = cluster
        self._state = state
        self._indexes = indexes

    def checkup(self, *, deep: bool) -> Checkup:
        """Return what is damaged, and what is left over; again where a job committed meanwhile.

        Raises IndexMissing, EngineUnavailable or EngineError.
        """
        for _ in range(_TRIES):
            try:
                current = self._state.read(older=True)
                if current is None:
                    raise IndexMissing(
                        f"There is no index {self._state.alias}; make one with: duowen index PATH"
                    )
                found = self._looked(current, deep=deep)
                after = self._state.read(older=True)
            except (IndexCorrupt, IndexTooNew, IndexTooOld) as error:
                damage = Damage(self._state.meta, _KINDS[type(error)], str(error), ())
                return Checkup(None, (), (damage,), (), 1, 0, deep, on_cluster=True)
            if after is not None and after.token == current.token:
                break
        return found

    def _looked(self, current: Current, *, deep: bool) -> Checkup:
        found = self._indexes.there()
        left = self._state.left(current.before)
        kept = sorted(filter(None, [left, current]), key=lambda one: one.generation)
        known = [one.index for one in kept]
        there = [name for name, one in found.items() if one.holds_articles or name in known]
        is_open = {name for name in there if not found[name].is_closed}
        unfinished = self._state.was_sending()
        damages: list[Damage] = []
        for one in kept:
            if one.index not in there:
                damages.append(_damage(one.index, "missing", "it was deleted on the cluster", one))
                continue
            if one.index not in is_open:
                damages.append(_damage(one.index, "unreadable", closed(one.index), one))
                continue
            counted = not (unfinished and one is current)
            damages += self._harm(one, counted=counted, deep=deep)
        served = self._indexes.served()
        # A job that was killed before its last step: the next one takes it.
        is_late = unfinished and served == {current.before}
        if served != {current.index} and current.index in there and not is_late:
            named = ", ".join(sorted(served)) or "nothing"
            detail = f"the alias stands for {named}, not for {current.index}"
            damages.append(_damage(self._state.alias, "inconsistent", detail, current))
        leftovers = [name for name in there if name not in known]
        if unfinished:
            leftovers.append(f"{self._state.meta}/sending")
        return Checkup(
            generation=current.generation,
            generations=tuple(one.generation for one in kept if one.index in there),
            damages=tuple(damages),
            leftovers=tuple(leftovers),
            files=1 + sum(name in there for name in known),
            bytes=sum(self._indexes.bytes(name) for name in known if name in is_open),
            deep=deep,
            on_cluster=True,
        )

    def _harm(self, one: Current, *, counted: bool, deep: bool) -> Iterator[Damage]:
        missing = self._indexes.missing_shards(one.index)
        if missing:
            detail = f"{missing} shard{'s are' if missing > 1 else ' is'} not there"
            yield _damage(one.index, "unreadable", detail, one)
            return
        if foreign_fields(self._cluster, one.index):
            yield _damage(one.index, "foreign", "its fields are not as duowen made them", one)
            return
        count = self._indexes.count(one.index)
        if counted and -1 not in (count, one.articles) and count != one.articles:
            detail = f"it holds {count:,} articles, and {one.articles:,} were written"
            yield _damage(one.index, "inconsistent", detail, one)
        if deep:
            yield from self._wrong_articles(one)

    def _wrong_articles(self, one: Current) -> Iterator[Damage]:
        asker = Asker(self._cluster, one.index)
        for stored in asker.walk(("id", "key", "hash", "article")):
            article_id = str(stored.get("id"))
            try:
                article = article_of(stored)
                is_whole = (
                    content_hash(article, str(one.analysis)) == stored["hash"]
                    and article.id == article_id
                    and document_id(article_id) == stored["key"]
                )
            except (KeyError, TypeError, ValueError):
                is_whole = False
            if not is_whole:
                detail = "its text is not the one that was written"
                yield _damage(f"{one.index}/{article_id}", "flipped", detail, one)


def _damage(name: str, kind: Kind, detail: str, one: Current) -> Damage:
    return Damage(name, kind, detail, (one.generation,))
