"""THE WRITING PAGE: paths -> sources -> Article -> compare -> engine writer -> one commit."""

import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from search.article import Article, content_hash
from search.engines.port import SearchEngine
from search.errors import SourceError
from search.indexing.changes import Comparison, is_within
from search.indexing.progress import Progress
from search.indexing.report import Counts, Report
from search.sources.options import DEFAULT_OPTIONS, SourceOptions
from search.sources.reading import format_suffix, read
from search.sources.rejected import LayoutDrift, Rejected
from search.sources.source_file import STANDARD_INPUT, SourceFile
from search.sources.walking import walk

__all__ = ["JobOptions", "Progress", "Sources", "look", "look_again", "run"]

_TO_WRITE = ("added", "updated", "moved")
_NAMELESS = re.compile(rf"{STANDARD_INPUT}(?:#\d+)?")


@dataclass(frozen=True, slots=True)
class JobOptions:
    """What a run may be told; `progress` is called after each article, and before the commit."""

    sources: SourceOptions = DEFAULT_OPTIONS
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """What is to be indexed: the paths asked for, absolute, and the files found under them."""

    roots: tuple[str, ...]
    entries: Iterator[SourceFile | Rejected]


def look(paths: Iterable[str | Path], apart: Path | None = None) -> Sources:
    """Check that all paths can be read, before an index is touched; raises SourceError.

    `apart` is a folder to leave out, wherever it lies: the index does not index itself.
    """
    roots = _roots(paths)
    return Sources(roots, _without(apart, walk(roots)))


def look_again(paths: Iterable[str | Path], apart: Path | None = None) -> Sources:
    """Do the same with the paths of earlier runs, of which one that fails does not stop the others.

    It becomes a Rejected, and its articles are kept; but those of a file that was deleted go. Raises
    SourceError where nothing is left to be looked at.
    """
    roots = _roots(paths)
    found = {root: _failure(root) for root in roots if not _was_deleted(root)}
    readable = [root for root, failure in found.items() if failure is None]
    failures = {root: failure for root, failure in found.items() if failure is not None}
    if len(failures) == len(roots):
        raise failures[roots[0]]
    rejected = (Rejected(root, 0, str(failure)) for root, failure in failures.items())
    return Sources(roots, chain(rejected, _without(apart, walk(readable))))


def run(engine: SearchEngine, sources: Sources, options: JobOptions) -> Report:
    """Bring the index in line with the sources, in one commit.

    The engine's reader stays at the generation it had. An exception leaves the index as it was.
    """
    started = time.perf_counter()
    outcome = _Outcome(options)
    with engine.writer() as writer:
        with closing(engine.latest()) as before:  # under the lock: nobody commits from here on
            comparison, generation_before = Comparison(before.held(), _is_gone), before.generation
        for article in outcome.articles(sources.entries):
            verdict = comparison.judge(article)
            if isinstance(verdict, Rejected):
                outcome.rejected.append(verdict)
            elif verdict in _TO_WRITE:
                writer.put(article)
        roots = [root for root in sources.roots if root != STANDARD_INPUT]
        gone = comparison.removed(roots, outcome.unread, outcome.read)
        for article_id in gone:
            writer.remove(article_id)
        for root in roots:
            writer.know(root)
        outcome.tell("writing")
        read_at = time.perf_counter()
    with closing(engine.latest()) as after:
        return Report(
            counts=_counts(comparison, gone, outcome),
            rejected=tuple(outcome.rejected),
            warnings=tuple(outcome.warnings),
            generation_before=generation_before,
            generation=after.generation,
            articles=after.article_count,
            seconds={
                "reading": round(read_at - started, 3),
                "writing": round(time.perf_counter() - read_at, 3),
            },
        )


def forget(engine: SearchEngine, paths: Iterable[str | Path]) -> int:
    """Remove the articles in or under the paths, and forget the paths; return how many articles."""
    roots = _roots(paths)
    with engine.writer() as writer:
        with closing(engine.latest()) as before:
            gone = [i for i, known in before.held().items() if is_within(known.path, roots)]
            known = [root for root in before.roots() if is_within(root, roots)]
        for article_id in gone:
            writer.remove(article_id)
        for root in known:
            writer.forget(root)
    return len(gone)


def _roots(paths: Iterable[str | Path]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_absolute, paths)))


def _absolute(path: str | Path) -> str:
    text = str(path)
    return text if text == STANDARD_INPUT else os.path.abspath(os.path.expanduser(text))


def _without(
    folder: Path | None, entries: Iterable[SourceFile | Rejected]
) -> Iterator[SourceFile | Rejected]:
    apart = () if folder is None else (os.path.abspath(folder), os.path.realpath(folder))
    return (entry for entry in entries if not is_within(entry.path, apart))


def _failure(root: str) -> SourceError | None:
    try:
        walk([root])
    except SourceError as failure:
        return failure
    return None


def _was_deleted(root: str) -> bool:
    """Say whether a path that was indexed is a file whose folder is still there, without it."""
    return bool(format_suffix(root)) and _is_gone(root) and os.path.isdir(os.path.dirname(root))


def _counts(comparison: Comparison, gone: Sequence[str], outcome: "_Outcome") -> Counts:
    return Counts(
        added=comparison.counts["added"],
        updated=comparison.counts["updated"],
        removed=sum(1 for article_id in gone if not comparison.is_renamed(article_id)),
        moved=comparison.counts["moved"],
        unchanged=comparison.counts["unchanged"],
        rejected=len(outcome.rejected),
    )


def _is_gone(path: str) -> bool:
    """Say whether a file is surely not there; one that cannot be looked at may be."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _named(article: Article) -> Article:
    """Give an article from a pipe an id of its text, so that the next pipe does not overwrite it."""
    if article.path == STANDARD_INPUT and _NAMELESS.fullmatch(article.id):
        return replace(article, id=f"stdin#{content_hash(article)}")
    return article


class _Outcome:
    """What a run met: how many articles, what was no article, and the paths not read to the end."""

    def __init__(self, options: JobOptions) -> None:
        self._options = options
        self._count = 0
        self.rejected: list[Rejected] = []
        self.warnings: list[LayoutDrift] = []
        self.unread: set[str] = set()
        self.read: set[str] = set()

    def articles(self, entries: Iterable[SourceFile | Rejected]) -> Iterator[Article]:
        """Yield the articles of all files; keep the rest."""
        for entry in entries:
            self.read.add(entry.path)
            values = [entry] if isinstance(entry, Rejected) else read(entry, self._options.sources)
            for value in values:
                if isinstance(value, Article):
                    self._count += 1
                    yield _named(value)
                    self.tell("reading")
                elif isinstance(value, Rejected):
                    self.rejected.append(value)
                    self.unread.add(value.path)
                else:
                    self.warnings.append(value)

    def tell(self, phase: str) -> None:
        """Report how far the run is."""
        if self._options.progress:
            self._options.progress(phase, self._count)
