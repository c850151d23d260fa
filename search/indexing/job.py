"""THE WRITING PAGE: paths -> sources -> Article -> compare -> engine writer -> one commit.

Files that are as they were when they were read are not opened (known_files.py); what was read is
compared with what the index holds (changes.py); and nobody empties an index by mistake (brake.py).
"""

import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path

from search.article import Article, content_hash
from search.collector import no_collection
from search.engines.port import (
    DEFAULT_WRITER,
    EngineWriter,
    FileState,
    Held,
    Refusal,
    WriterOptions,
)
from search.errors import ArticleError
from search.indexing import brake
from search.indexing.changes import Change, Comparison
from search.indexing.known_files import KnownFiles, reading_of, state_of
from search.indexing.looking import Absence, Sources, absolute, look, look_again, within
from search.indexing.progress import Progress
from search.indexing.rehearsal import Kept, Snapshot, nowhere
from search.indexing.report import Counts, Report, Step
from search.schema import ANALYSIS_VERSION
from search.sources.options import DEFAULT_OPTIONS, SourceOptions
from search.sources.reading import read
from search.sources.rejected import LayoutDrift, Rejected
from search.sources.source_file import STANDARD_INPUT, SourceFile

__all__ = ["JobOptions", "Progress", "Sources", "absolute", "forget", "look", "look_again", "run"]

_NAMELESS = re.compile(rf"{STANDARD_INPUT}(?:#\d+)?")
_FILES_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class JobOptions:
    """What a run may be told.

    `progress` is called after each article, and before the commit. `stopping` is asked between articles
    and between files: once it says yes, what was done so far is committed; but never while standard
    input is read. `before_commit` gets the ids of what was added or updated, and the generation before.
    """

    sources: SourceOptions = DEFAULT_OPTIONS
    progress: Progress | None = None
    writer: WriterOptions = DEFAULT_WRITER
    dry_run: bool = False
    rebuild: bool = False
    force_prune: bool = False
    reread: bool = False
    stopping: Callable[[], bool] | None = None
    before_commit: Callable[[Sequence[str], int], None] | None = None


def run(engine: Kept, sources: Sources, options: JobOptions) -> Report:
    """Bring the index in line with the sources, in one commit.

    The engine's reader stays at the generation it had. An exception leaves the index as it was. Raises
    PruneRefused where suspiciously much would be removed, and IndexBusy while another job writes.
    """
    task = _Run(sources, options)
    opened = nowhere() if options.dry_run else engine.writer(options.writer)
    with suppress(_Abandoned), opened as writer:
        with closing(engine.latest()) as before:  # under the lock: nobody commits from here on
            task.bring_in_line(before, writer)
        task.enter("writing")
    if options.dry_run:
        return task.report(task.generation_before, task.articles)
    task.take_back(writer.refused)
    return task.report(*writer.committed)  # others may have committed since


def forget(engine: Kept, paths: Iterable[str | Path], options: WriterOptions) -> int:
    """Remove the articles in or under the paths, and forget the paths; return how many articles."""
    is_meant = within(absolute(paths))
    with engine.writer(options) as writer:
        with closing(engine.latest()) as before:
            gone = [i for i, known in before.held().items() if is_meant(known.path)]
            known = [root for root in before.roots() if is_meant(root)]
            seen = before.files()
        for article_id in gone:
            writer.remove(article_id)
        for root in known:
            writer.forget(root)
        left = {path: state for path, state in seen.states.items() if not is_meant(path)}
        writer.remember(seen._replace(states=left))
    return len(gone)


class _Abandoned(Exception):
    """The run was stopped, and what it did is of no use in part."""


class _Run:
    """One run, and what it met."""

    def __init__(self, sources: Sources, options: JobOptions) -> None:
        self._sources = sources
        self._roots = [root for root in sources.roots if root != STANDARD_INPUT]
        self._options = options
        # Who waits for standard input cannot be asked; so a signal is to end the run at once.
        self._stopping = None if STANDARD_INPUT in sources.roots else options.stopping
        self._phase, self._since = "looking", time.perf_counter()
        self._started = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self._seconds: dict[str, float] = {}
        self._interrupted = False
        self._count = 0
        self._comparison = Comparison({}, lambda _: False)
        self._counts: Mapping[Change, int] = {}
        self._removed = 0
        self._rejected: list[Rejected] = []
        self._warnings: list[LayoutDrift] = []
        self._steps: list[Step] = []
        self._changed: list[str] = []
        self._unread: set[str] = set()
        self.generation_before = 0
        self.articles = 0

    def bring_in_line(self, before: Snapshot, writer: EngineWriter) -> None:
        """Hand all changes to the writer."""
        options, self.generation_before = self._options, before.generation
        self.articles = before.article_count
        with no_collection():
            entries = self._found()
        if self._interrupted:
            return
        absence = Absence(entries, self._roots, before.roots())
        self._unread.update(entry.path for entry in entries if isinstance(entry, Rejected))
        known = KnownFiles(
            before.files(),
            reading_of(options.sources),
            before.article_count,
            reread=options.reread or options.rebuild,
        )
        unchanged = known.unchanged(entries)
        self.enter("reading")
        if (
            known.is_complete
            and not options.rebuild
            and len(unchanged) + len(self._unread) == len(entries)
            and not known.any_gone(absence, self._roots, self._unread)
        ):
            self._rejected += (entry for entry in entries if isinstance(entry, Rejected))
            self._count = sum(unchanged.values())
            self._counts = {"unchanged": self._count}
        else:
            self._compare(before, writer, absence, known, unchanged)
        for root in self._roots:
            writer.know(root)
        if options.before_commit and not options.dry_run:
            options.before_commit(self._changed, self.generation_before)

    def take_back(self, refused: Sequence[Refusal]) -> None:
        """Note which articles the engine would not write, when it was about to."""
        self._rejected += (Rejected(one.path, 0, one.reason) for one in refused)
        for one in refused:
            self._comparison.count_out(one.id)

    def enter(self, phase: str) -> None:
        """Note that another phase begins, and how long the one before took."""
        now = time.perf_counter()
        self._seconds[self._phase] = round(now - self._since, 3)
        self._phase, self._since = phase, now
        if phase == "writing":
            self._tell()

    def report(self, generation: int, articles: int) -> Report:
        """Return what the run tells, with the generation after it."""
        self.enter("")
        counted = self._counts.get
        return Report(
            counts=Counts(
                added=counted("added", 0),
                updated=counted("updated", 0),
                removed=self._removed,
                moved=counted("moved", 0),
                unchanged=counted("unchanged", 0),
                rejected=len(self._rejected),
            ),
            rejected=tuple(self._rejected),
            warnings=tuple(self._warnings),
            generation_before=self.generation_before,
            generation=generation,
            articles=articles,
            seconds=dict(self._seconds),
            started=self._started,
            dry_run=self._options.dry_run,
            interrupted=self._interrupted,
            rebuilt=self._options.rebuild and not self._interrupted,
            changes=tuple(self._steps),
        )

    def _found(self) -> list[SourceFile | Rejected]:
        """Return all there is to look at, or nothing where the run is stopped meanwhile."""
        entries: list[SourceFile | Rejected] = []
        while not self._is_stopping():
            some = list(islice(self._sources.entries, _FILES_AT_ONCE))
            if not some:
                return entries
            entries += some
        return []

    def _compare(
        self,
        before: Snapshot,
        writer: EngineWriter,
        absence: Absence,
        known: KnownFiles,
        unchanged: Mapping[str, int],
    ) -> None:
        options = self._options
        held = before.held()
        analysis = before.statistics().analysis_version if options.rebuild else ANALYSIS_VERSION
        ours = {i: one for i, one in held.items() if before.generation or one.root in self._roots}
        comparison = Comparison(ours, absence.is_gone, unchanged, analysis)
        self._comparison = comparison
        self._counts = comparison.counts
        if options.rebuild:
            writer.rebuild()
        opened: dict[str, FileState | None] = {}
        for entry in absence.entries:
            if self._is_stopping():
                break
            if isinstance(entry, Rejected):
                self._rejected.append(entry)
            elif comparison.pass_over(entry.path):
                self._count += comparison.articles_in[entry.path]
            else:
                opened[entry.path] = self._read(entry, comparison, writer)
        gone = self._gone(before, held, comparison, absence.there)
        if options.rebuild:
            self._carry_over(before, writer, comparison, {*held} - {*gone})
        else:
            for article_id in gone:
                writer.remove(article_id)
        writer.remember(known.after(comparison.articles_in, opened))
        self.articles = sum(comparison.articles_in.values())

    def _gone(
        self,
        before: Snapshot,
        held: Mapping[str, Held],
        comparison: Comparison,
        there: Collection[str],
    ) -> list[str]:
        """Return the ids that are to be removed; none where not all was read."""
        if self._interrupted:
            return []
        if not before.generation:  # what a job sent that came to no end, also of other paths
            return [one for one in held if comparison.is_left(one)]
        gone = comparison.removed(self._roots, self._unread, there)
        if not self._options.force_prune:
            brake.check(held, gone, {*before.roots(), *self._roots})
        self._removed = len(gone)
        if self._options.dry_run:
            self._steps += (Step(one, "removed", held[one].path) for one in gone)
        return gone

    def _read(
        self, file: SourceFile, comparison: Comparison, writer: EngineWriter
    ) -> FileState | None:
        """Read one file; return its state if it was read to the end, and nothing was wrong with it."""
        read_at = time.time_ns()
        articles = 0
        is_clean = True
        with closing(read(file, self._options.sources)) as values:
            for value in values:
                if isinstance(value, Article):
                    is_clean &= self._take(_named(value), comparison, writer)
                    articles += 1
                    self._count += 1
                    self._tell()
                elif isinstance(value, Rejected):
                    self._rejected.append(value)
                    self._unread.add(value.path)
                    is_clean = False
                else:
                    self._warnings.append(value)
                if self._is_stopping() and (
                    self._options.rebuild or not comparison.is_renumbered(file.path)
                ):
                    return None
        return state_of(file, articles, read_at) if is_clean else None

    def _take(self, article: Article, comparison: Comparison, writer: EngineWriter) -> bool:
        """Hand an article on where that changes anything; say whether it is one of its own."""
        verdict = comparison.judge(article)
        if isinstance(verdict, Rejected):
            self._rejected.append(verdict)
            return False
        if verdict == "duplicate":
            return False
        if verdict in ("added", "updated") or self._options.rebuild:
            try:
                writer.put(article)
            except ArticleError as error:  # longer than an index can hold: no reason to stop
                comparison.take_back(article, verdict)
                self._rejected.append(Rejected(article.path, 0, str(error)))
                return False
        elif verdict == "moved":
            writer.move(comparison.former_of(article.id), article)
        # What is held although there is no generation was sent by a job that came to no end: nobody was
        # told of it.
        if verdict in ("added", "updated") or not self.generation_before:
            self._changed.append(article.id)
        if self._options.dry_run and verdict != "unchanged":
            self._steps.append(Step(article.id, verdict, article.path))
        return True

    def _carry_over(
        self, before: Snapshot, writer: EngineWriter, comparison: Comparison, ids: Iterable[str]
    ) -> None:
        """Put what was not read from the text that is stored: of other paths, or of unread files."""
        for article_id in ids:
            if self._is_stopping():
                break
            if comparison.is_left(article_id):
                article = before.get(article_id)
                if article is not None:
                    writer.put(article)
        if self._interrupted:
            self._counts, self._removed, self._changed = {}, 0, []
            raise _Abandoned

    def _is_stopping(self) -> bool:
        if self._stopping and not self._interrupted:
            self._interrupted = self._stopping()
        return self._interrupted

    def _tell(self) -> None:
        if self._options.progress:
            self._options.progress(self._phase, self._count)


def _named(article: Article) -> Article:
    """Give an article from a pipe an id of its text, so that the next pipe does not overwrite it."""
    if article.path == STANDARD_INPUT and _NAMELESS.fullmatch(article.id):
        return replace(article, id=f"stdin#{content_hash(article)}")
    return article
