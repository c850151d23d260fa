"""The one writer of a local index: changes -> segments and deletions -> one commit."""

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from search import files
from search.analysis.chinese import cutter_name
from search.article import Article
from search.columnar import commit
from search.columnar.commit import Generation, SegmentEntry
from search.columnar.layout import Array
from search.columnar.segment import Segment
from search.encoding.encoder import characters_of
from search.engines import building
from search.engines.bulk import Bulk
from search.engines.crew import Crew
from search.engines.document_columns import write_deletions
from search.engines.documents import StoredDocuments, deleted_flags
from search.engines.known_roots import KnownRoots
from search.engines.limits import refuse_too_long
from search.engines.lock import Lock, exclusive
from search.engines.merge_policy import chosen_for_merging, left
from search.engines.moving import Move, Moves, without, write_names
from search.engines.port import DEFAULT_WRITER, Committed, Files, WriterOptions
from search.engines.seen_files import put_files
from search.errors import EngineError, IndexBusy, IndexFault
from search.ranking.profile import RankingProfile
from search.schema import ANALYSIS_VERSION, FIELDS

BATCH_ARTICLES, BATCH_CHARACTERS = 1_500, 6_000_000
_FEW = 100  # articles: a dictionary drawn from fewer suits no others


class LocalWriter(KnownRoots):
    """Collects changes; batches become segments at once, and part of the index by `commit`."""

    def __init__(
        self,
        location: Path,
        profile: RankingProfile,
        lock: Lock,
        options: WriterOptions,
        before: Generation | None = None,
    ) -> None:
        self._location = location
        self._keep = options.keep
        self._lock = lock
        self._profile = profile
        self._before = before or commit.read_current(location)
        super().__init__(self._before.facts["roots"])
        self.committed = Committed(self._before.number, self._before.articles)
        self.refused = ()  # it refuses at once, or never
        self._held = self._before.segments
        self._anew = False
        self._files: Files | None = None
        self._waiting: dict[str, Article] = {}
        self._characters = 0
        # Ids removed or replaced, by the segment written after them.
        self._gone: list[set[str]] = []
        self._removed: set[str] = set()
        self._moves = Moves(self._open_held)
        self._written: list[SegmentEntry] = []
        self._segments: dict[str, Segment] = {}
        self._crew: Crew | None = None
        self._bulk: Bulk | None = None
        self._made: list[Path] = []
        self._ended = False

    @classmethod
    @contextmanager
    def locked(
        cls, location: Path, profile: RankingProfile, options: WriterOptions = DEFAULT_WRITER
    ) -> "Iterator[LocalWriter]":
        """Open the writer under the lock; what an unfinished block wrote is removed again."""
        with exclusive(location, options.wait) as lock:
            commit.sweep(location, commit.read_current(location), options.keep)
            with cls.holding(location, profile, lock, options) as writer:
                yield writer

    @classmethod
    @contextmanager
    def holding(
        cls,
        location: Path,
        profile: RankingProfile,
        lock: Lock,
        options: WriterOptions,
        before: Generation | None = None,
    ) -> "Iterator[LocalWriter]":
        """Do so where the lock is held; `before` stands in for a current generation that is damaged."""
        with files.full_disk_told(location):
            writer = cls(location, profile, lock, options, before)
            try:
                with closing(writer):
                    yield writer
            except BaseException:
                # The failure may have come after the commit: what that needs must stay.
                needed: set[str] = set()
                with contextlib.suppress(IndexFault):
                    needed.update(commit.read_current(location).files())
                for path in writer._made:
                    if path.name not in needed:
                        path.unlink(missing_ok=True)
                raise

    def put(self, article: Article) -> None:
        """Add the article, or replace the one with its id; the last put of an id wins.

        Raises ArticleError for an article that is longer than an index can hold, EngineError after the
        writer has ended.
        """
        self._refuse_if_ended()
        if not isinstance(article, Article):
            raise TypeError(f"{article!r:.60} is no Article; make one by Article.from_mapping.")
        refuse_too_long(article)
        if len(self._waiting) >= BATCH_ARTICLES or self._characters >= BATCH_CHARACTERS:
            self._flush()
        self._moves.cancel(article.id)
        self._removed.add(article.id)
        self._waiting[article.id] = article
        self._characters += characters_of(article)

    def remove(self, article_id: str) -> None:
        """Remove the article; nothing happens where there is none."""
        self._refuse_if_ended()
        self._moves.cancel(article_id)
        self._waiting.pop(article_id, None)
        if self._bulk:
            self._bulk.discard(article_id)
        self._removed.add(article_id)

    def move(self, former_id: str, article: Article) -> None:
        """Give an article that is held another id, path or root; nothing is analysed.

        It is put instead where it is not the same text, or was put or moved by this writer before.
        """
        self._refuse_if_ended()
        changed = former_id in self._removed or any(former_id in ids for ids in self._gone)
        found = None if changed else self._moves.find(former_id, article)
        self.remove(former_id)
        if found is None:
            self.put(article)
        else:
            self.remove(article.id)
            self._moves.add(*found)

    def rebuild(self) -> None:
        """Let go of all that is held: the next generation is what is put from now on, cut anew.

        What was seen of files is let go of as well, since it says which articles are held. Raises
        EngineError where something was put or removed already.
        """
        self._refuse_if_ended()
        if self._removed or self._written:
            raise EngineError("Some changes were made already; call rebuild before all others.")
        self._held = ()
        self._anew = True
        self._files = Files()

    def remember(self, files: Files) -> None:
        """Keep what was seen of files, instead of what was kept before, with the next generation."""
        self._refuse_if_ended()
        self._files = files

    def commit(self) -> None:
        """Make all changes the next generation; nothing is written where nothing changed."""
        if self._moves:
            for article in self._moves.impossible(self._removed.union(*self._gone)):
                self.put(article)
        self._write_rest()
        entries = self._without_gone()
        roots = sorted(self._roots)
        unchanged = tuple(entries) == self._before.segments and not self._anew
        if unchanged and roots == self._before.facts["roots"]:
            return
        entries = self._merged([entry for entry in entries if entry.deleted < entry.documents])
        facts = {
            "analysis": ANALYSIS_VERSION,
            "cutter": cutter_name(),
            "roots": roots,
            "lengths": self._lengths(entries),
            **self._facts_of_files(unchanged=unchanged),
            "created": commit.now(),
        }
        number = commit.current(self._location).top + 1
        generation = Generation(number, tuple(entries), facts)
        self._refuse_if_overtaken()
        commit.write(self._location, generation)
        self.committed = Committed(number, generation.articles)
        commit.sweep(self._location, generation, self._keep)

    def _refuse_if_overtaken(self) -> None:
        """Stop before another job's commit is lost: its lock file may have been removed under us."""
        newest = commit.current(self._location).number
        if newest != self._before.number or not self._lock.is_ours:
            raise IndexBusy(
                f"Another job wrote to {self._location} meanwhile, because the lock file was removed;"
                f" leave that file alone and run this again."
            )

    def _flush(self) -> None:
        """Hand a batch to the workers."""
        articles = list(self._waiting.values())
        if self._bulk and not self._bulk.has_room_for(len(articles)):
            self._finish_bulk()
            self._removed.update(self._waiting)  # from the segment that is finished now, too
        self._crew = self._crew or Crew()
        self._bulk = self._bulk or Bulk(self._location, self._profile, self._crew)
        self._bulk.add(articles)
        self._waiting.clear()
        self._characters = 0

    def _finish_bulk(self) -> None:
        """Write the segment that the workers were busy with."""
        if self._bulk:
            self._note(self._bulk.finish())
            self._bulk.close()
            self._bulk = None

    def _write_rest(self) -> None:
        """Write what was put and is in no segment yet: a few articles at once, more by the workers."""
        if self._bulk and self._waiting:
            self._flush()
        self._finish_bulk()
        if self._waiting:
            articles = list(self._waiting.values())
            known = self._known_dictionary()
            entry = building.build(self._location, articles, self._profile, known)
            self._waiting.clear()
            self._note(entry)
        elif self._removed:
            self._note(None)

    def _note(self, entry: SegmentEntry | None) -> None:
        """Note a segment, and which ids changed up to it."""
        if entry:
            self._made.append(self._location / entry.file)
        self._written.append(entry or SegmentEntry("", 0))
        self._gone.append(self._removed)
        self._removed = set()

    def _refuse_if_ended(self) -> None:
        if self._ended:
            raise EngineError("This writer has ended, and its changes with it; open another one.")

    def close(self) -> None:
        """End the workers, and remove what they put aside; after a commit there is nothing left."""
        self._ended = True
        if self._crew:
            self._crew.close()
        if self._bulk:
            self._bulk.close()

    def _without_gone(self) -> list[SegmentEntry]:
        """Return each segment, those held before first, without the ids that changed after it."""
        later: set[str] = set()
        written = []
        for entry, ids in zip(reversed(self._written), reversed(self._gone), strict=True):
            if entry.documents:
                written.append(self._changed(entry, later, []))
            later |= ids
        held = (
            self._changed(entry, later, self._moves.of(number))
            for number, entry in enumerate(self._held)
        )
        return [*held, *reversed(written)]

    def _segment(self, entry: SegmentEntry) -> Segment:
        """Return a segment, opened once."""
        known = self._segments.get(entry.file)
        if known is None:
            known = self._segments[entry.file] = Segment(self._location / entry.file)
        return known

    def _stored(self, entry: SegmentEntry) -> StoredDocuments:
        return StoredDocuments.of(self._location, entry, self._segment(entry))

    def _open_held(self) -> list[tuple[StoredDocuments, Array]]:
        return [(self._stored(entry), deleted_flags(self._location, entry)) for entry in self._held]

    def _known_dictionary(self) -> bytes | None:
        """Return a dictionary for texts that suits the articles which are here already."""
        largest = max(self._held, key=left, default=None)
        if largest is None or left(largest) < _FEW:
            return None
        stored = self._stored(largest)
        return stored.dictionaries[stored.dictionary_of[largest.documents - 1]]

    def _changed(self, entry: SegmentEntry, ids: set[str], moves: list[Move]) -> SegmentEntry:
        """Return the entry with those ids among its deletions, but for the documents that moved."""
        if not ids:
            return entry
        stored = self._stored(entry)
        flags = without(deleted_flags(self._location, entry), stored, ids, moves)
        if moves:
            path = write_names(self._location, entry, stored, flags, moves)
            self._made.append(path)
            entry = entry._replace(names=path.name)
        deleted = int(flags.sum())
        if deleted == entry.deleted:
            return entry
        path = write_deletions(self._location, entry, flags)
        self._made.append(path)
        return entry._replace(deleted=deleted, deletions=path.name)

    def _merged(self, entries: list[SegmentEntry]) -> list[SegmentEntry]:
        """Merge what the policy asks for, until it asks for nothing more."""
        while chosen := chosen_for_merging(entries):
            rest = [entry for entry in entries if entry not in chosen]
            stored = list(map(self._stored, chosen))
            deleted = [deleted_flags(self._location, e) if e.deletions else None for e in chosen]
            try:
                merged = building.merge(self._location, stored, deleted, self._profile)
            except OSError as error:
                if error.errno not in files.FULL:
                    raise
                return entries  # merging is for speed, and can wait until there is room
            self._made.append(self._location / merged.file)
            entries = [*rest, merged]
        return entries

    def _facts_of_files(self, *, unchanged: bool) -> dict[str, object]:
        """Return the facts of what was seen of files, which are as before where nobody says more."""
        known = self._before.facts.get(commit.SEEN_FILES, "")
        if self._files is None:
            complete = unchanged and self._before.facts.get(commit.SEEN_ALL, True)
            return {commit.SEEN_FILES: known, commit.SEEN_ALL: complete}
        name = put_files(self._location, self._files, known)
        self._made += [self._location / name] if name not in ("", known) else []
        return {commit.SEEN_FILES: name, commit.SEEN_ALL: self._files.complete}

    def _lengths(self, entries: Sequence[SegmentEntry]) -> list[int]:
        """Return the positions of all articles that are left, by field."""
        total = np.zeros(len(FIELDS), np.int64)
        for entry in entries:
            lengths = self._segment(entry).lengths
            total += lengths[~deleted_flags(self._location, entry)].sum(axis=0, dtype=np.int64)
        return [int(length) for length in total]
