"""The door for saved searches and alerts; apart, because who only searches needs none of it."""

import os
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from search import searcher
from search.alerts import firing
from search.alerts import pending as waiting
from search.alerts import saved as keeping
from search.alerts.firing import AlertsOutcome
from search.alerts.saved import SavedSearch, Saving
from search.alerts.target import Target
from search.alerts.targets import targets_of
from search.engines.port import SearchEngine
from search.engines.registry import EngineChoice, open_engine
from search.query.planning import MatchMode
from search.results import Results

__all__ = [
    "AlertsOutcome", "SavedSearch", "Saving", "Target", "Tried", "fire", "pending", "remove", "save",
    "saved", "targets_of", "try_saved",
]  # fmt: skip

IndexPath = str | os.PathLike[str]


class Tried(NamedTuple):
    """A saved search, and what it finds in the whole index now."""

    search: SavedSearch
    results: Results


def save(  # noqa: PLR0913  # each is a thing to ask for
    index: IndexPath,
    name: str,
    query: str,
    *,
    match: MatchMode = "auto",
    replace: bool = False,
    engine: EngineChoice = "local",
) -> Saving:
    """Save a search under a name; it is tried on the articles that later jobs add or change.

    Raises QueryError for a name that is none or is taken (unless `replace`), and for a query in which
    nothing is left to search for; IndexMissing; IndexCorrupt where saved.json is damaged.
    """
    folder = _folder(index)
    open_engine(engine, folder).close()  # there is no job for a folder that holds no index
    folder.mkdir(parents=True, exist_ok=True)  # that of a cluster may be new on this machine
    return keeping.add(folder, name, query, match, replace=replace)


def saved(index: IndexPath) -> list[SavedSearch]:
    """Return the saved searches in the order of their names; raises IndexMissing, IndexCorrupt."""
    return keeping.read(_folder(index))


def remove(index: IndexPath, name: str) -> SavedSearch:
    """Forget a saved search, and return it; raises QueryError where there is none of that name."""
    return keeping.remove(_folder(index), name)


def try_saved(
    index: IndexPath,
    name: str | None = None,
    *,
    limit: int = 10,
    now: datetime | None = None,
    engine: EngineChoice = "local",
) -> list[Tried]:
    """Search for a saved search, or for all of them, in the whole index, newest first; fires nothing.

    Raises QueryError where there is none of that name, and what opening an index raises.
    """
    folder = _folder(index)
    searches = keeping.read(folder) if name is None else [keeping.find(folder, name)]
    with closing(open_engine(engine, folder)) as opened:
        return [
            Tried(one, searcher.search(opened, one.query, _request(one, limit, now)))
            for one in searches
        ]


def pending(
    index: IndexPath, ids: Iterable[str], generation_before: int, *, resumes: bool = False
) -> None:
    """Note what a commit is about to add or change; for jobs, under the lock, before every commit.

    `generation_before` is the number of the generation that is current now; `resumes`: the engine goes
    on with what a killed job has sent, and what that noted stays. Raises IndexFault.
    """
    waiting.add(_folder(index), ids, generation_before, resumes=resumes)


def fire(
    engine: SearchEngine,
    index: IndexPath,
    targets: Sequence[Target],
    *,
    now: datetime | None = None,
) -> AlertsOutcome:
    """Try the saved searches on what is pending, and tell the targets; for jobs, after the commit.

    To be called by runs that change nothing, too: they finish what a killed one left. `engine` must see
    the newest generation. What fails is in the outcome, and is tried again by the next run.
    """
    return firing.fire(engine, _folder(index), targets, now)


def _folder(index: IndexPath) -> Path:
    return Path(os.path.expanduser(index))


def _request(search: SavedSearch, limit: int, now: datetime | None) -> searcher.Request:
    return searcher.Request(limit=limit, sort="newest", match=search.match, now=now)
