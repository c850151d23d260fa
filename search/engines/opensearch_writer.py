"""The one writer of an index on a cluster: changes are put aside, and sent when the job commits.

Into an index that nobody reads yet (a new one, or one without a generation) they are sent while the job
still reads, as soon as they are more than is kept in memory.
"""

import secrets
import tempfile
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import IO

from search import files as our_files
from search.analysis.chinese import cutter_name
from search.article import Article
from search.engines.opensearch_bulk import Bulk
from search.engines.opensearch_client import Cluster
from search.engines.opensearch_documents import DocumentMaker, document_id
from search.engines.opensearch_fields import refuse_foreign
from search.engines.opensearch_indexes import Indexes
from search.engines.opensearch_state import Current, State
from search.engines.port import Committed, Files, Refusal
from search.errors import ArticleError, EngineError, IndexMissing
from search.ranking.profile import RankingProfile
from search.schema import ANALYSIS_VERSION

_IN_MEMORY = 64_000_000  # bytes; more is sent, or goes to an unnamed file in the index folder


LONGEST_DOCUMENT = 90_000_000
"""Bytes; servers take requests of 100 MB, unless they are told otherwise."""


class OpenSearchWriter:
    """Collects changes; nobody sees them on the cluster before `commit`."""

    def __init__(
        self, cluster: Cluster, state: State, before: Current, profile: RankingProfile, folder: Path
    ) -> None:
        self._cluster = cluster
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
        self._layers = 0
        self._layers_sent = state.layers_sent()
        self._roots = list(before.roots)
        self._files: Files | None = None
        self._anew = False
        self._resumed = self._layers_sent >= 0
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

    def know(self, root: str) -> None:
        """Remember a path that was indexed."""
        if root not in self._roots:
            self._roots.append(root)

    def forget(self, root: str) -> None:
        """Forget a path that was indexed."""
        self._roots = [known for known in self._roots if known != root]

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
        bulk.finish()
        self.refused = tuple(bulk.refused)
        if not bulk.changed and not changed:  # what was to be removed was not there
            self._state.end_sending()
            return
        indexes, target = self._indexes, bulk.index
        indexes.refresh(target)
        generation = before.top + 1
        parts, files_of, reading = before.file_parts, before.files_of, before.reading
        if self._files is not None:
            parts = self._state.write_files(generation, self._without_refused(self._files))
            files_of, reading = generation, self._files.reading
        elif touched or self._anew:  # nobody knows which files that concerns: all are read again
            parts, reading = 0, ""
        after = replace(
            before,
            index=target,
            generation=generation,
            top=generation,
            cutter=cutter_name(),
            created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            token=secrets.token_hex(8),
            analysis=ANALYSIS_VERSION if self._anew else before.analysis,
            layers=self._layers
            if self._anew
            else max(before.layers, self._layers, self._layers_sent),
            roots=roots,
            reading=reading,
            file_parts=parts,
            files_of=files_of,
            before=before.index if self._anew else before.before,
            articles=indexes.count(target),
        )
        if self._anew:
            indexes.serve(target)
        self._state.advance(before, after)
        self.committed = Committed(generation, after.articles)
        self._state.end_sending()
        if self._files is not None:
            self._state.sweep_files(before)
        indexes.sweep(keep=(after.index, after.before))
        if self._anew:
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
        if self._bulk is None or self._layers > self._layers_sent:
            self._layers_sent = max(self._layers_sent, self._layers)
            self._state.begin_sending(self._layers_sent)
        if self._bulk is None:
            here = self._before.index
            if not self._anew:
                refuse_foreign(self._cluster, here)
            target = self._indexes.make_next(here) if self._anew else here
            self._bulk = Bulk(self._cluster, target)
        for document, place in self._changes.items():
            if place is None:
                self._bulk.add(document, None)
                continue
            start, length = place
            self._aside.seek(start)
            self._bulk.add(document, self._aside.read(length))
        self._changes = {}
        self._end = 0
        return self._bulk

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
    cluster: Cluster, state: State, profile: RankingProfile, folder: Path
) -> OpenSearchWriter:
    """Return a writer, under the lock: what jobs left behind that were killed is seen, or gone."""
    current = state.read(older=True)
    if current is None:
        raise IndexMissing(
            f"The index {state.alias} is no longer there; make one with: duowen index PATH"
        )
    indexes = Indexes(cluster, profile)
    indexes.serve(current.index)
    indexes.sweep(keep=(current.index, current.before))
    indexes.refresh(current.index)
    current = replace(current, articles=indexes.count(current.index))
    return OpenSearchWriter(cluster, state, current, profile, folder)
