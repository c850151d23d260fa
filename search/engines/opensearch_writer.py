"""The one writer of an index on a cluster: changes are put aside, and sent when the job commits.

Into an index that nobody reads yet (a new one, or one without a generation) they are sent while the job
still reads, as soon as they are more than is kept in memory.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import IO

from search import files as our_files
from search.analysis.chinese import cutter_name
from search.article import Article
from search.engines.known_roots import KnownRoots
from search.engines.opensearch_bulk import Bulk
from search.engines.opensearch_client import Cluster, NotThere
from search.engines.opensearch_documents import DocumentMaker, document_id
from search.engines.opensearch_fields import refuse_foreign
from search.engines.opensearch_indexes import Indexes
from search.engines.opensearch_lock import Lock
from search.engines.opensearch_state import Current, Sending, State
from search.engines.port import Committed, Files, Refusal
from search.errors import ArticleError, EngineError, IndexBusy, IndexCorrupt, IndexMissing
from search.ranking.profile import RankingProfile
from search.schema import ANALYSIS_VERSION

_IN_MEMORY = 64_000_000  # bytes; more is sent, or goes to an unnamed file in the index folder


LONGEST_DOCUMENT = 90_000_000
"""Bytes; servers take requests of 100 MB, unless they are told otherwise."""


class OpenSearchWriter(KnownRoots):
    """Collects changes; nobody sees them on the cluster before `commit`."""

    def __init__(  # noqa: PLR0913  # each is a part of its own
        self,
        cluster: Cluster,
        state: State,
        before: Current,
        left: Sending | None,
        profile: RankingProfile,
        folder: Path,
        lock: Lock,
    ) -> None:
        super().__init__(before.roots)
        self._cluster = cluster
        self._lock = lock
        self._state = state
        self._before = before
        self.committed = Committed(before.generation, before.articles)
        self.refused: tuple[Refusal, ...] = ()
        self._profile = profile
        self._folder = folder
        self._maker = DocumentMaker(profile.weights)
        # Document -> where its line stands among those put aside; None: it is to be removed.
        self._changes: dict[str, tuple[int, int] | None] = {}
        self._aside: IO[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115  # closed by close
            _IN_MEMORY, dir=str(folder) if folder.is_dir() else None
        )
        self._end = 0
        self._indexes = Indexes(cluster, profile)
        self._bulk: Bulk | None = None  # since something was sent
        self._target = before.index
        self._layers = 0
        self._sending = left
        self._files: Files | None = None
        self._anew = False
        self._resumed = left is not None
        self._ended = False

    def put(self, article: Article) -> None:
        """Add the article, or replace the one with its id; the last put of an id wins.

        Raises ArticleError for an article that is longer than a request may be.
        """
        self._refuse_if_ended()
        if not isinstance(article, Article):
            raise TypeError(f"{article!r:.60} is no Article; make one by Article.from_mapping.")
        document = self._maker.document(article)
        if len(document.line) > LONGEST_DOCUMENT:
            raise ArticleError(
                f"Article {article.id:.80} is too long for a cluster; split it into several articles."
            )
        if self._is_unread and self._end + len(document.line) > self._most_put_aside:
            self._send()
        try:
            self._aside.seek(self._end)
            self._aside.write(document.line)
        except OSError as error:
            if error.errno in our_files.FULL:
                raise our_files.disk_full(self._folder, error) from error
            raise
        self._changes[document.id] = (self._end, len(document.line))
        self._end += len(document.line)
        self._layers = max(self._layers, document.layers)

    def remove(self, article_id: str) -> None:
        """Remove the article; nothing happens where there is none."""
        self._refuse_if_ended()
        self._changes[document_id(article_id)] = None

    def move(self, former_id: str, article: Article) -> None:
        """Give an article that is held another id, path or root: it is sent anew."""
        self.remove(former_id)
        self.put(article)

    def rebuild(self) -> None:
        """Let go of all that is held: the next generation is an index of its own."""
        self._refuse_if_ended()
        self._anew = True

    def remember(self, files: Files) -> None:
        """Keep what was seen of files, with the next generation."""
        self._files = files

    def commit(self) -> None:
        """Send all changes and make them the next generation; nothing is sent where nothing changed.

        Where a job fails that has sent something, the generation stays; what was sent of an incremental
        run, or of the first one, is found by the next one, which goes on from there, and an index that
        was to be new is dropped by it.
        """
        before = self._before
        roots = tuple(sorted(self._roots))
        touched = bool(self._changes or self._bulk)
        changed = self._anew or self._resumed or roots != tuple(sorted(before.roots))
        if not (touched or changed):
            return
        bulk = self._send()
        with self._unless_overtaken():
            bulk.finish()
        self.refused = tuple(bulk.refused)
        if not bulk.changed and not changed:  # what was to be removed was not there
            self._indexes.shut_door(self._target, self._lock.token)
            self._state.end_sending(self._sending)
            return
        with self._unless_overtaken():
            self._indexes.refresh(self._target)
        generation, token = before.top + 1, self._lock.token
        parts, files_of, reading = before.file_parts, before.files_of, before.reading
        if self._files is not None:
            parts = self._state.write_files(token, self._without_refused(self._files))
            files_of, reading = token, self._files.reading
        elif touched or self._anew or self._resumed:
            parts, reading = 0, ""  # nobody knows which files that concerns: all are read again
        after = replace(
            before,
            index=self._target,
            generation=generation,
            top=generation,
            cutter=cutter_name(),
            created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            token=token,
            analysis=ANALYSIS_VERSION if self._anew else before.analysis,
            layers=self._layers
            if self._anew
            else max(before.layers, self._layers, self._sending.layers if self._sending else 0),
            roots=roots,
            reading=reading,
            file_parts=parts,
            files_of=files_of,
            before=before.index if self._anew else before.before,
            articles=self._indexes.count(self._target),
        )
        self._state.advance(before, after)
        # From here on it counts: what is not done of the rest is done by the next job.
        self.committed = Committed(generation, after.articles)
        if self._anew:
            self._indexes.serve(self._target, before=before.index, door=token)
        else:
            self._indexes.shut_door(self._target, token)
        self._state.end_sending(self._sending)
        if self._files is not None:
            self._state.sweep_files(before)
        if self._anew and before.before:
            with suppress(IndexBusy):
                self._lock.confirm(now=True)
                self._indexes.sweep({before.before} - {after.before})
                self._state.forget_left(before.before)

    def _without_refused(self, files: Files) -> Files:
        """Return what was seen of files without those that are to be read again."""
        paths = {one.path for one in self.refused}
        states = {path: state for path, state in files.states.items() if path not in paths}
        return files._replace(states=states)

    @property
    def _is_unread(self) -> bool:
        return self._anew or not self._before.generation

    @property
    def _most_put_aside(self) -> int:
        """Return how many bytes are put aside before any is sent; once one was, each request is."""
        return _IN_MEMORY if self._bulk is None else self._cluster.settings.bulk_bytes

    def _send(self) -> Bulk:
        """Send what was put aside, and begin to put aside anew; the first time, say so before."""
        if self._bulk is None and self._anew:
            self._state.leave(self._before)
        elif self._bulk is None:
            refuse_foreign(self._cluster, self._target)
        noted = self._sending.layers if self._sending else 0
        if self._bulk is None or self._layers > noted:
            self._sending = self._state.begin_sending(
                max(noted, self._layers), self._lock.token, self._sending
            )
        if self._bulk is None:
            self._bulk = self._opened()
        with self._unless_overtaken():
            self._add_all(self._bulk)
        self._changes = {}
        self._end = 0
        return self._bulk

    def _opened(self) -> Bulk:
        """Open the door to what is written to, and only then see that the lock is still ours.

        Who takes over does so the other way round: what comes in by this door was let in before.
        """
        if self._anew:
            self._target = self._indexes.make_next(self._before.index, self._lock.token)
        else:
            self._indexes.open_door(self._target, self._lock.token)
        self._lock.confirm(now=True)
        door = self._indexes.door(self._target, self._lock.token)
        return Bulk(self._cluster, door, self._lock.confirm)

    @contextmanager
    def _unless_overtaken(self) -> Iterator[None]:
        """Tell of an index that is gone that it was deleted, or that another job is at work."""
        try:
            yield
        except (NotThere, IndexCorrupt) as error:
            self._lock.confirm(now=True)
            if isinstance(error, NotThere):
                raise self._indexes.deleted(self._target) from error
            raise

    def _add_all(self, bulk: Bulk) -> None:
        for document, place in self._changes.items():
            if place is None:
                bulk.add(document, None)
                continue
            start, length = place
            self._aside.seek(start)
            bulk.add(document, self._aside.read(length))

    def _refuse_if_ended(self) -> None:
        if self._ended:
            raise EngineError("This writer has ended, and its changes with it; open another one.")

    def close(self) -> None:
        """Let go of what was put aside."""
        self._ended = True
        self._aside.close()
        if self._bulk:
            self._bulk.abandon()


def opened(
    cluster: Cluster, state: State, profile: RankingProfile, folder: Path, lock: Lock
) -> OpenSearchWriter:
    """Return a writer, under the lock: what jobs left behind that were killed is seen, or gone.

    Raises IndexMissing, IndexCorrupt, ConfigError or IndexBusy.
    """
    current = state.claim()
    if current is None:
        raise IndexMissing(
            f"The index {state.alias} is no longer there; make one with: duowen index PATH"
        )
    lock.confirm()  # what follows would be in the way of who has taken over
    indexes = Indexes(cluster, profile)
    there = indexes.there()
    if current.index not in there:
        raise indexes.deleted(current.index)
    indexes.refuse_closed(current.index, there)
    indexes.shut_doors(there)
    left = _left(state, indexes, current, blocked=there[current.index].is_blocked)
    indexes.serve(current.index)
    keep = (current.index, current.before)
    unneeded = [name for name, one in there.items() if one.holds_articles and name not in keep]
    if unneeded:
        lock.confirm(now=True)
        indexes.sweep(unneeded)
    indexes.refresh(current.index)
    current = replace(current, articles=indexes.count(current.index))
    return OpenSearchWriter(cluster, state, current, left, profile, folder, lock)


def _left(state: State, indexes: Indexes, current: Current, *, blocked: bool) -> Sending | None:
    """Return what a job left that was broken off, when none of its requests is under way any more."""
    left = state.sending()
    if left is None:
        return None
    if left.token == current.token:  # it was broken off after its commit
        state.end_sending(left)
        return None
    state.sweep_files_of(left.token)
    if blocked and not left.blocks:  # by somebody else, who has reasons: nothing is under way there
        return left
    left = state.begin_sending(left.layers, left.token, left, blocks=True)
    indexes.settle(current.index)
    return state.begin_sending(left.layers, left.token, left)
