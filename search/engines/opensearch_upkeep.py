"""Looking after an index on a cluster: the index of now, the one before a rebuild, and what is damaged.

A generation that can be gone back to is an index of its own there: that of now, and the one that a
rebuild left, or a rollback. What an incremental run changed is changed in place.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from search.engines.opensearch import OpenSearchEngine
from search.engines.opensearch_bulk import Bulk
from search.engines.opensearch_checking import Looking
from search.engines.opensearch_client import Cluster
from search.engines.opensearch_documents import document_id
from search.engines.opensearch_fields import refuse_foreign
from search.engines.opensearch_indexes import Indexes
from search.engines.opensearch_lock import Lock, exclusive
from search.engines.opensearch_settings import OpenSearchSettings
from search.engines.opensearch_state import Current, State
from search.engines.upkeep_port import Checkup, Damage, GenerationInfo, Repair
from search.errors import (
    EngineUnavailable,
    GenerationMissing,
    IndexCorrupt,
    IndexMissing,
    IndexTooOld,
)
from search.ranking.profile import DEFAULT_PROFILE
from search.schema import ANALYSIS_VERSION

_LOST = ("missing", "foreign")
"""What is wrong with an index of which nothing can be used."""


class _Place(NamedTuple):
    cluster: Cluster
    state: State
    indexes: Indexes

    def current(self) -> Current:
        """Return the generation that counts; raises IndexMissing."""
        current = self.state.read(older=True)
        if current is None:
            raise IndexMissing(
                f"There is no index {self.state.alias} on {', '.join(self.cluster.settings.hosts)};"
                f" make one with: duowen index PATH"
            )
        return current

    def claimed(self) -> Current:
        """Return the generation that counts, to be the next to write one; raises IndexMissing."""
        current = self.state.claim()
        if current is None:
            return self.current()
        self.indexes.shut_doors(self.indexes.there())
        return current

    def kept(self, current: Current) -> Mapping[int, Current]:
        """Return number -> generation of those whose index is there."""
        there = self.indexes.there()
        known = [current, *filter(None, [self.state.left(current.before)])]
        return {one.generation: one for one in sorted(known, key=_number) if one.index in there}


class OpenSearchUpkeep:
    """The index that the settings name, seen by who looks after it. It is reached anew by every call."""

    def __init__(self, settings: OpenSearchSettings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder

    def generations(self) -> list[GenerationInfo]:
        """Return the generation of now and, after a rebuild, the one before, by their numbers.

        One before that cannot be read is left out: `check` tells of it.
        """
        with self._reached() as place:
            current = place.current()
            return [
                _info(place, one, current)
                for one in place.kept(current).values()
                if one.index == current.index or place.indexes.is_readable(one.index)
            ]

    def open(self, number: int) -> OpenSearchEngine:
        """Open a generation for reading; raises GenerationMissing where it is not kept."""
        with ExitStack() as on_failure:
            cluster = Cluster(self._settings)
            on_failure.callback(cluster.close)
            place = self._place(cluster)
            chosen = _chosen(place.kept(place.current()), number, self._settings.index)
            on_failure.pop_all()
        return OpenSearchEngine(cluster, chosen, self._folder, DEFAULT_PROFILE)

    def rollback(self, number: int | None = None, wait: float = 0.0) -> GenerationInfo:
        """Let the alias stand for the index of another generation: of this number, or the one before.

        What was seen of files is forgotten: the next job reads every file.
        """
        with self._reached() as place:
            place.current()
            with exclusive(place.cluster, place.state.meta, wait):
                current = place.claimed()
                kept = place.kept(current)
                if number is None:
                    number = max((n for n in kept if n < current.generation), default=-1)
                chosen = _chosen(kept, number, self._settings.index)
                if chosen.index != current.index:
                    _refuse_unfit(place, chosen)
                    current = _gone_back(place, current, chosen)
                return _info(place, current, current)

    def check(self, *, deep: bool = False) -> Checkup:
        """Look whether indexes, shards, counts and the alias are as noted; `deep`: at every article."""
        with self._reached() as place:
            return _looking(place).checkup(deep=deep)

    def repair(self, wait: float = 0.0) -> Repair:
        """Make the current generation sound again, with as many articles as can be saved.

        Raises EngineUnavailable while shards are not there: a node that comes back brings them.
        """
        with self._reached() as place:
            place.current()
            with exclusive(place.cluster, place.state.meta, wait) as lock:
                place.indexes.refuse_closed(place.claimed().index)
                return self._repaired(place, lock, _looking(place).checkup(deep=True).damages)

    def _repaired(self, place: _Place, lock: Lock, damages: tuple[Damage, ...]) -> Repair:
        current = place.current()
        kept = place.kept(current)
        # What is wrong in a generation before stays so, unless it is gone: then it is forgotten.
        ours = [one for one in damages if current.generation in one.generations]
        if not ours and not any(damage.kind in _LOST for damage in damages):
            count = place.indexes.count(current.index)
            return Repair("nothing", current.generation, count, (), damages)
        for damage in ours:
            if damage.kind == "unreadable":
                raise EngineUnavailable(
                    f"{damage.detail} of {damage.file}; start the nodes that hold them or restore a"
                    f" snapshot, and run this again."
                )
        lost_ones = {n for one in damages if one.kind in _LOST for n in one.generations}
        others = [
            one
            for number, one in kept.items()
            if one.index != current.index and number not in lost_ones
        ]
        if current.generation not in lost_ones:
            lost = _mended(place, lock, current, damages, before=others[0].index if others else "")
            now = place.current()
            count = place.indexes.count(now.index)
            return Repair("mended", now.generation, count, lost, damages)
        harmed = {number for damage in damages for number in damage.generations}
        for one in others:
            if one.generation not in harmed and one.analysis == ANALYSIS_VERSION:
                now = _gone_back(place, current, one)
                count = place.indexes.count(now.index)
                return Repair("rolled back", now.generation, count, (), damages)
        now = _begun_anew(place, current)
        return Repair("begun anew", now.generation, 0, (current.index,), damages)

    @contextmanager
    def _reached(self) -> Iterator[_Place]:
        cluster = Cluster(self._settings)
        try:
            yield self._place(cluster)
        finally:
            cluster.close()

    def _place(self, cluster: Cluster) -> _Place:
        return _Place(cluster, State(cluster), Indexes(cluster, DEFAULT_PROFILE))


def _looking(place: _Place) -> Looking:
    return Looking(place.cluster, place.state, place.indexes)


def _number(one: Current) -> int:
    return one.generation


def _chosen(kept: Mapping[int, Current], number: int, name: str) -> Current:
    if number in kept:
        return kept[number]
    which = "no generation before this one" if number < 0 else f"no generation {number}"
    raise GenerationMissing(
        f"The index {name} keeps {which}: on a cluster only a rebuild leaves one;"
        f" choose one of these: {', '.join(map(str, kept)) or 'none'}."
    )


def _refuse_unfit(place: _Place, chosen: Current) -> None:
    if chosen.analysis < ANALYSIS_VERSION:
        raise IndexTooOld(
            f"The generation {chosen.generation} was cut by an older duowen; stay with this one, or go"
            f" back with that duowen."
        )
    place.indexes.refuse_closed(chosen.index)
    missing = place.indexes.missing_shards(chosen.index)
    if missing:
        raise IndexCorrupt(
            f"The generation {chosen.generation} cannot be read ({missing} shards of {chosen.index} are"
            f" not there); start the nodes that hold them.",
            file=chosen.index,
            kind="unreadable",
        )
    refuse_foreign(place.cluster, chosen.index)


def _gone_back(place: _Place, current: Current, chosen: Current) -> Current:
    """Make another kept generation the one that counts, and keep this one."""
    place.state.leave(current)
    after = _forgetful(replace(chosen, top=current.top, before=current.index))
    place.indexes.serve(after.index, before=current.index)
    place.state.advance(current, after)
    place.state.end_sending()
    place.state.sweep_files(current)
    return after


def _mended(
    place: _Place, lock: Lock, current: Current, damages: tuple[Damage, ...], *, before: str
) -> tuple[str, ...]:
    """Remove what makes no sense, and note what is there; return the ids of what was removed."""
    prefix = f"{current.index}/"
    ours = [damage for damage in damages if damage.file.startswith(prefix)]
    lost = tuple(damage.file.removeprefix(prefix) for damage in ours)
    place.indexes.open_door(current.index, lock.token)
    lock.confirm(now=True)
    bulk = Bulk(place.cluster, place.indexes.door(current.index, lock.token), lock.confirm)
    for article_id in lost:
        bulk.add(document_id(article_id), None)
    bulk.finish()
    place.indexes.shut_door(current.index, lock.token)
    place.indexes.refresh(current.index)
    place.indexes.serve(current.index)
    # What generation 0 holds is not all of it yet.
    number = current.top + 1 if current.generation else 0
    after = replace(
        _forgetful(current),
        before=before,
        generation=number,
        top=max(number, current.top),
        layers=max(current.layers, place.state.layers_sent()),
        articles=place.indexes.count(current.index),
    )
    place.state.advance(current, after)
    place.state.sweep_files(current)
    return lost


def _begun_anew(place: _Place, current: Current) -> Current:
    """Make an empty index in the place of one that was deleted; the paths are still known."""
    target = place.indexes.make_next(current.index)
    after = replace(
        _forgetful(current),
        index=target,
        generation=current.top + 1,
        top=current.top + 1,
        analysis=ANALYSIS_VERSION,
        layers=0,
        before="",
        articles=0,
    )
    place.indexes.serve(target, before=current.index)
    place.state.advance(current, after)
    place.state.end_sending()
    place.state.sweep_files(current)
    return after


def _forgetful(current: Current) -> Current:
    """Return a generation that knows of no file, so that all are read again."""
    return replace(current, token=secrets.token_hex(8), reading="", file_parts=0, files_of="")


def _info(place: _Place, one: Current, current: Current) -> GenerationInfo:
    return GenerationInfo(
        number=one.generation,
        articles=place.indexes.count(one.index) if one.generation else 0,
        created=one.created,
        bytes=place.indexes.bytes(one.index),
        current=one.index == current.index,
    )
