"""The door for who looks after an index: its generations, going back, checking, repairing, its history.

Apart, because who only searches needs none of it.
"""

import os
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from search.engines.registry import EngineChoice, open_upkeep
from search.engines.upkeep_port import Checkup, Damage, GenerationInfo, Repair
from search.indexing import history as lines
from search.indexing.difference import Difference, difference

__all__ = [
    "Checkup", "Damage", "Difference", "GenerationInfo", "Repair", "check", "diff", "generations",
    "history", "last_run", "repair", "rollback", "titles",
]  # fmt: skip

IndexPath = str | os.PathLike[str]


def generations(index: IndexPath, *, engine: EngineChoice = "local") -> list[GenerationInfo]:
    """Return the generations that are kept, in the order of their numbers.

    Raises IndexMissing, IndexTooNew or IndexCorrupt; Unsupported for an engine that keeps none.
    """
    return open_upkeep(engine, _folder(index)).generations()


def rollback(
    index: IndexPath,
    number: int | None = None,
    *,
    engine: EngineChoice = "local",
    wait: float = 0.0,
) -> GenerationInfo:
    """Make a kept generation the current one: the one with this number, or the one before; return it.

    Only what is read changes, in one step: one can go forward again in the same way, as long as the
    later one is kept. `wait` is how many seconds to wait for a job that writes. Raises IndexBusy,
    DiskFull, GenerationMissing, and IndexCorrupt where that generation is damaged; nothing has
    changed then.
    """
    upkeep = open_upkeep(engine, _folder(index))
    before = {one.number: one.current for one in upkeep.generations()}
    now = upkeep.rollback(number, wait)
    if not before.get(now.number):
        former = next((one for one, current in before.items() if current), None)
        record = {"action": "rollback", "generation_before": former, "generation": now.number}
        _note(_folder(index), {**record, "articles": now.articles})
    return now


def diff(index: IndexPath, older: int, newer: int, *, engine: EngineChoice = "local") -> Difference:
    """Compare two kept generations: the articles added, changed, moved and removed.

    Raises GenerationMissing, IndexMissing or IndexCorrupt.
    """
    upkeep = open_upkeep(engine, _folder(index))
    with closing(upkeep.open(older)) as former, closing(upkeep.open(newer)) as later:
        return difference(former, later)


def titles(
    index: IndexPath, number: int, ids: Iterable[str], *, engine: EngineChoice = "local"
) -> dict[str, str]:
    """Return id -> title of these articles, as a kept generation holds them.

    Raises GenerationMissing, IndexMissing or IndexCorrupt.
    """
    with closing(open_upkeep(engine, _folder(index)).open(number)) as opened:
        found = ((article_id, opened.get(article_id)) for article_id in ids)
        return {article_id: article.title for article_id, article in found if article}


def check(index: IndexPath, *, deep: bool = False, engine: EngineChoice = "local") -> Checkup:
    """Look for damage in all kept generations: at every file, or, with `deep`, at every byte.

    Saved searches and alerts are looked at, too: no generation needs them. Nothing is written, and a job
    may write meanwhile. Damage is no error. Raises IndexMissing.
    """
    found = open_upkeep(engine, _folder(index)).check(deep=deep)
    from search.alerts import checking  # loads what understands queries

    sizes, damages = checking.check(_folder(index))
    return found._replace(
        damages=(*found.damages, *damages),
        files=found.files + len(sizes),
        bytes=found.bytes + sum(sizes),
    )


def repair(index: IndexPath, *, engine: EngineChoice = "local", wait: float = 0.0) -> Repair:
    """Make the current generation sound again.

    Where it is damaged, the newest sound generation becomes the current one; where there is none, all
    articles that can still be read are indexed anew from the text that is stored of them. What could not
    be saved is named; index the paths again to read it anew. Other generations that are damaged are not
    kept any longer. Raises IndexMissing, IndexBusy, IndexTooNew or IndexTooOld.
    """
    done = open_upkeep(engine, _folder(index)).repair(wait)
    if done.action != "nothing":
        record = {"action": "repair", "result": done.action, "generation": done.generation}
        _note(_folder(index), {**record, "articles": done.articles, "lost": len(done.lost)})
    return done


def history(index: IndexPath) -> list[dict[str, Any]]:
    """Return what happened to the index, oldest first: runs, rollbacks, repairs."""
    return lines.read(_folder(index))


def last_run(index: IndexPath) -> datetime | None:
    """Return when the last good run of a job ended, in UTC; None where there was none yet."""
    return lines.last_run(_folder(index))


def _note(folder: Path, record: dict[str, object]) -> None:
    try:
        lines.append(folder, record)
    except OSError:
        return  # what was done is done, and counts more than that it is noted


def _folder(index: IndexPath) -> Path:
    return Path(os.path.expanduser(index))
