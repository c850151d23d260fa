"""Which articles are still to be tried? alerts-pending.json, written before the commit that has them.

A batch names the generation before that commit. Numbers of generations only grow, so it is known later
whether the commit came about: the current one is above it then. Where the current one is not, the job
was killed before its commit, or the index was rolled back: the batch waits, for the index may be rolled
forward again, until the next job begins from there. That job sees for itself what changed.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from search.alerts import saved, state
from search.errors import IndexFault

FILE_NAME = "alerts-pending.json"
_WAY_OUT = "remove it: what was pending is not told then"


class Batch(NamedTuple):
    """The articles that one commit added or changed, and the names of the searches saved by then.

    `searches` is None where saved.json could not be read: then it is all that are saved later.
    """

    generation_before: int
    ids: tuple[str, ...]
    searches: tuple[str, ...] | None

    def is_for(self, name: str) -> bool:
        """Say whether the search was saved before these articles came."""
        return self.searches is None or name in self.searches


def add(folder: Path, ids: Iterable[str], generation_before: int, *, resumes: bool = False) -> None:
    """Note what a commit is about to add or change; nothing is written where no search is saved.

    To be called by whoever holds the lock of the index, before every commit, be it with no ids: then
    what the commit leaves behind for good is dropped. `resumes`: what a killed job has sent is there
    already, so that the next one does not see it change. Raises IndexFault, DiskFull.
    """
    changed = tuple(dict.fromkeys(ids))
    path = folder / FILE_NAME
    if not path.exists() and not (changed and (folder / saved.FILE_NAME).exists()):
        return
    with state.held(folder):
        before = read(folder)
        until = generation_before + resumes
        batches = [batch for batch in before if batch.generation_before < until]
        names = _names(folder)
        if changed and (names is None or names):
            batches.append(Batch(generation_before, changed, names))
        if batches != before:
            _write(folder, batches)


def read(folder: Path) -> list[Batch]:
    """Return what is pending; raises IndexCorrupt."""
    path = folder / FILE_NAME
    values = state.read(path, _WAY_OUT)
    if values is None:
        return []
    try:
        return [
            Batch(
                int(one["generation_before"]),
                tuple(map(str, one["ids"])),
                None if one["searches"] is None else tuple(map(str, one["searches"])),
            )
            for one in values["batches"]
        ]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise state.damaged(path, _WAY_OUT) from None


def done(folder: Path, batches: Iterable[Batch]) -> None:
    """Forget batches that were tried; another job may have added one meanwhile."""
    tried = set(batches)
    with state.held(folder):
        _write(folder, [batch for batch in read(folder) if batch not in tried])


def _names(folder: Path) -> tuple[str, ...] | None:
    """Return the names of the saved searches; a damaged file must not stop an index from growing."""
    try:
        return tuple(search.name for search in saved.read(folder))
    except IndexFault:
        return None


def _write(folder: Path, batches: list[Batch]) -> None:
    path = folder / FILE_NAME
    if batches:
        state.replace(path, {"batches": [batch._asdict() for batch in batches]})
    else:
        state.remove(path)
