"""The door for moving an index to another engine: migrate."""

import os
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import NamedTuple

from search.engines.port import Files, Held, SearchEngine, WriterOptions
from search.engines.registry import EngineChoice, open_engine
from search.errors import EngineError, PruneRefused
from search.indexing import history
from search.indexing.progress import Progress

IndexPath = str | os.PathLike[str]


class Migration(NamedTuple):
    """What was sent and removed, and how many articles the new index holds, at which generation."""

    sent: int
    removed: int
    articles: int
    generation: int
    seconds: float


def migrate(  # noqa: PLR0913  # each is a thing to ask for
    index: IndexPath,
    to: EngineChoice,
    *,
    target: IndexPath | None = None,
    engine: EngineChoice = "local",
    progress: Progress | None = None,
    prune: bool = False,
    wait: float = 0.0,
) -> Migration:
    """Bring an index of another engine in line with this one, from stored articles; no source is read.

    `target` is the folder of the new index, the same where none is named: for a cluster it holds what
    jobs put aside. What the new index holds already is not sent again, so what was broken off goes on.
    At the end the hashes, paths and files of all are compared. The old index stays as it is.

    Raises IndexMissing, IndexBusy, and EngineError where they differ at the end; PruneRefused where the
    new index holds articles that the old one has not (they are removed with `prune`).
    """
    started = time.perf_counter()
    here = Path(os.path.expanduser(index))
    there = here if target is None else Path(os.path.expanduser(target))
    with ExitStack() as stack:
        old = stack.enter_context(closing(open_engine(engine, here)))
        new = stack.enter_context(closing(open_engine(to, there, create=True)))
        wanted, seen = old.held(), old.files()
        if not seen.complete:  # only the old engine knows that somebody else has written since
            seen = Files()
        sent, removed = _brought_in_line(
            old, new, wanted, seen, progress, WriterOptions(wait), prune=prune
        )
        after = stack.enter_context(closing(new.latest()))
        _compare(wanted, after.held())
        seconds = round(time.perf_counter() - started, 3)
        done = Migration(sent, removed, after.article_count, after.generation, seconds)
        with suppress(OSError):  # it is done: that is what counts
            history.append(there, {"action": "migrate", "outcome": "done", **done._asdict()})
        return done


def _brought_in_line(  # noqa: PLR0913  # all of it is one step
    old: SearchEngine,
    new: SearchEngine,
    wanted: Mapping[str, Held],
    seen: Files,
    progress: Progress | None,
    options: WriterOptions,
    *,
    prune: bool,
) -> tuple[int, int]:
    with new.writer(options) as writer:
        with closing(new.latest()) as before:  # under the lock: nobody commits from here on
            held, roots, is_used = before.held(), before.roots(), bool(before.generation)
        missing = [i for i, known in wanted.items() if held.get(i) != known]
        surplus = [i for i in held if i not in wanted]
        if surplus and is_used and not prune:
            raise PruneRefused(
                f"The new index holds {len(surplus):,} articles that the old one has not, as if it were"
                f" in use already; see which of the two is newer, and remove them with --prune."
            )
        for count, article_id in enumerate(missing, 1):
            article = old.get(article_id)
            if article is None:
                raise EngineError(
                    f"The article {article_id} is gone from the index that is read; run this again."
                )
            writer.put(article)
            if progress:
                progress("reading", count)
        for article_id in surplus:
            writer.remove(article_id)
        for root in old.roots():
            writer.know(root)
        for root in roots:
            if root not in old.roots():
                writer.forget(root)
        writer.remember(seen)
        if progress:
            progress("writing", len(missing))
    return len(missing), len(surplus)


def _compare(wanted: Mapping[str, Held], found: Mapping[str, Held]) -> None:
    differing = sum(found.get(article_id) != known for article_id, known in wanted.items())
    surplus = sum(article_id not in wanted for article_id in found)
    if differing or surplus:
        raise EngineError(
            f"The new index is not the same: {differing} articles are missing or different,"
            f" {surplus} are too many; see that nobody else writes to it, and run this again."
        )
