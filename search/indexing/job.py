"""THE WRITING PAGE: paths -> sources -> Article -> compare -> engine writer -> one commit."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from search.article import Article
from search.engines.port import EngineWriter, SearchEngine
from search.indexing.changes import Comparison
from search.indexing.report import Counts, Report
from search.sources.options import DEFAULT_OPTIONS, SourceOptions
from search.sources.reading import read
from search.sources.rejected import LayoutDrift, Rejected
from search.sources.source_file import STANDARD_INPUT, SourceFile
from search.sources.walking import walk

Progress = Callable[[int], None]
"""Called with the number of articles read so far."""


@dataclass(frozen=True, slots=True)
class JobOptions:
    """What a run may be told; `progress` is called after each article."""

    sources: SourceOptions = DEFAULT_OPTIONS
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """What is to be indexed: the paths asked for, absolute, and the files found under them."""

    roots: tuple[str, ...]
    entries: Iterator[SourceFile | Rejected]


def look(paths: Iterable[str | Path]) -> Sources:
    """Check that all paths can be read, before an index is touched; raises SourceError."""
    roots = tuple(dict.fromkeys(map(_absolute, paths)))
    entries = walk(roots)
    first = next(entries, None)
    return Sources(roots, chain(() if first is None else (first,), entries))


def run(engine: SearchEngine, sources: Sources, options: JobOptions) -> Report:
    """Bring the index in line with the sources, in one commit.

    The engine's reader stays at the generation it had. An exception leaves the index as it was.
    """
    started = time.perf_counter()
    roots, entries = sources.roots, sources.entries
    folders = [root for root in roots if root != STANDARD_INPUT]
    comparison = Comparison(engine.held(), os.path.exists)
    outcome = _Outcome()
    with engine.writer() as writer:
        for article in outcome.articles(entries, options):
            _apply(writer, comparison, article, outcome)
        gone = comparison.removed(folders, outcome.unreadable())
        for article_id in gone:
            writer.remove(article_id)
        for root in folders:
            writer.know(root)
        read_at = time.perf_counter()
    after = engine.latest()
    try:
        return Report(
            counts=_counts(comparison, gone, outcome),
            rejected=tuple(outcome.rejected),
            warnings=tuple(outcome.warnings),
            generation_before=engine.generation,
            generation=after.generation,
            articles=after.article_count,
            seconds={
                "reading": round(read_at - started, 3),
                "writing": round(time.perf_counter() - read_at, 3),
            },
        )
    finally:
        after.close()


def _absolute(path: str | Path) -> str:
    text = str(path)
    return text if text == STANDARD_INPUT else os.path.abspath(os.path.expanduser(text))


def _counts(comparison: Comparison, gone: Sequence[str], outcome: "_Outcome") -> Counts:
    return Counts(
        added=comparison.counts["added"],
        updated=comparison.counts["updated"],
        removed=sum(1 for article_id in gone if not comparison.is_renamed(article_id)),
        moved=comparison.counts["moved"],
        unchanged=comparison.counts["unchanged"],
        rejected=len(outcome.rejected),
    )


def _apply(
    writer: EngineWriter, comparison: Comparison, article: Article, outcome: "_Outcome"
) -> None:
    verdict = comparison.judge(article)
    if isinstance(verdict, Rejected):
        outcome.rejected.append(verdict)
    elif verdict in ("added", "updated", "moved"):
        writer.put(article)


class _Outcome:
    """What a run met that was no article."""

    def __init__(self) -> None:
        self.rejected: list[Rejected] = []
        self.warnings: list[LayoutDrift] = []

    def articles(
        self, entries: Iterable[SourceFile | Rejected], options: JobOptions
    ) -> Iterator[Article]:
        """Yield the articles of all files; keep the rest."""
        count = 0
        for entry in entries:
            values = [entry] if isinstance(entry, Rejected) else read(entry, options.sources)
            for value in values:
                if isinstance(value, Article):
                    count += 1
                    yield value
                    if options.progress:
                        options.progress(count)
                elif isinstance(value, Rejected):
                    self.rejected.append(value)
                else:
                    self.warnings.append(value)

    def unreadable(self) -> Iterator[str]:
        """Yield the paths of which something could not be read."""
        yield from {value.path for value in self.rejected}
