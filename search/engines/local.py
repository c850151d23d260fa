"""The index in a folder on this machine: columnar segments, read by arrays."""

import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from search.analysis.tokens import WORD_MARK
from search.columnar import commit
from search.columnar.commit import Generation
from search.columnar.layout import Array
from search.engines.documents import StoredDocuments, deleted_flags
from search.engines.port import (
    DEFAULT_WRITER,
    EngineWriter,
    Files,
    Found,
    Held,
    Page,
    Statistics,
    Window,
    WriterOptions,
)
from search.errors import EngineError, IndexCorrupt, IndexTooNew, IndexTooOld
from search.parts import Texts
from search.query.plan import Plan
from search.ranking.leaves import norms_of
from search.ranking.profile import DEFAULT_PROFILE, RankingProfile
from search.ranking.searching import Ranked, Searching
from search.ranking.view import View
from search.schema import ANALYSIS_VERSION, UNDATED, keyword, source_matches

if TYPE_CHECKING:  # who only searches makes no article
    from search.article import Article

_T = TypeVar("_T")
_ATTEMPTS = 5
_MOST_COUNTED = 50_000
_BROKEN = (IndexError, KeyError, ValueError, OverflowError, zlib.error)
"""What arrays and texts raise when the bytes under them are not those that were written."""


class LocalEngine:
    """One generation of an index in a folder. Safe in threads; needs no lock for reading."""

    def __init__(self, location: Path, generation: Generation, profile: RankingProfile) -> None:
        self._location = location
        self._generation = generation
        self._profile = profile
        self._closed = False
        self._stored = [StoredDocuments.of(location, entry) for entry in generation.segments]
        self._deleted = [
            deleted_flags(location, entry) if entry.deletions else None
            for entry in generation.segments
        ]

    @classmethod
    def open(
        cls,
        location: Path,
        *,
        number: int | None = None,
        create: bool = False,
        older: bool = False,
        profile: RankingProfile = DEFAULT_PROFILE,
    ) -> "LocalEngine":
        """Open the current generation in the folder, or another one that is kept.

        `create` makes an empty one where there is none; `older` opens one that an older duowen cut, too,
        in which nothing may be searched, but whose articles can be put into a new one.
        """
        if create and not commit.exists(location):
            from search.engines.creating import create_empty  # who only searches needs none of it

            create_empty(location)
        if number is not None:
            return cls._opened(location, commit.read(location, number), profile, older=older)
        for attempt in range(_ATTEMPTS):
            current = commit.current(location).number
            try:
                read = commit.read(location, current)
                return cls._opened(location, read, profile, older=older)
            except IndexCorrupt:
                # A slow reader may find the files of an old generation swept away by new commits.
                overtaken = commit.current(location).number != current
                if attempt == _ATTEMPTS - 1 or not overtaken:
                    raise
        raise AssertionError("unreachable")

    @classmethod
    def _opened(
        cls, location: Path, generation: Generation, profile: RankingProfile, *, older: bool
    ) -> "LocalEngine":
        analysis = generation.facts.get("analysis", 0)
        if analysis > ANALYSIS_VERSION:
            raise IndexTooNew(
                f"The index in {location} was written by a newer duowen; upgrade duowen to read it.",
                file=commit.name_of(generation.number),
                kind="newer",
            )
        if analysis < ANALYSIS_VERSION and not older:
            raise IndexTooOld(
                f"The index in {location} was cut by an older duowen; run duowen index --rebuild.",
                file=commit.name_of(generation.number),
                kind="older",
            )
        return cls(location, generation, profile)

    def latest(self) -> "LocalEngine":
        """Return a new reader at the newest generation; this one stays as it is."""
        is_older = self._generation.facts.get("analysis", 0) < ANALYSIS_VERSION
        return type(self).open(self._location, older=is_older, profile=self._profile)

    def close(self) -> None:
        """Let go of files; a search under way in another thread may still end."""
        self._closed = True
        self._stored, self._deleted = [], []
        self.__dict__.pop("_searching", None)
        self.__dict__.pop("_word_counts", None)

    @property
    def generation(self) -> int:
        """The number of the commit that this reader sees."""
        return self._generation.number

    @property
    def article_count(self) -> int:
        """How many articles this reader sees."""
        return self._generation.articles

    def count_word(self, word: str) -> int:
        """Return how many articles hold this Chinese word at its own boundaries."""
        known = self._word_counts.get(word)
        if known is None:
            known = self._guarded(lambda: self._searching.count_group(WORD_MARK + word))
            if len(self._word_counts) < _MOST_COUNTED:
                self._word_counts[word] = known
        return known

    def search(self, plan: Plan, window: Window) -> Page:
        """Return the window of all articles that match the plan."""

        def answer() -> Page:
            total, ranked = self._searching.search(plan, window.limit, window.offset, window.sort)
            # What is not counted yet can be counted after the index was closed.
            counted = total if isinstance(total, int) else (lambda: self._intact(total))
            return Page(counted, self._found(ranked))

        return self._guarded(answer)

    def get(self, article_id: str) -> "Article | None":
        """Return the stored article."""

        def look_up() -> "Article | None":
            for stored, deleted in self._held_open():
                document = stored.find(article_id)
                if document is not None and (deleted is None or not deleted[document]):
                    return stored.article(document)
            return None

        return self._guarded(look_up)

    def matching(self, plan: Plan, ids: Collection[str]) -> list[str]:
        """Return which of these articles match the plan, in the order of the ids."""

        def look() -> list[str]:
            found: set[str] = set()
            missing = set(ids)
            segments = self._held_open()
            # What somebody asks about is mostly new, and so in the last segments.
            for number in range(len(segments) - 1, -1, -1):
                stored, deleted = segments[number]
                places = stored.find_all(missing)
                if deleted is not None:
                    places = {i: place for i, place in places.items() if not deleted[place]}
                if places:
                    missing.difference_update(places)
                    documents = np.array(sorted(places.values()), np.intp)
                    own = set(self._searching.matching(plan, number, documents).tolist())
                    found.update(i for i, place in places.items() if place in own)
            return [article_id for article_id in ids if article_id in found]

        return self._guarded(look)

    def files(self) -> Files:
        """Return what the last job saw of files."""
        name = self._generation.facts.get(commit.SEEN_FILES)
        if not name:
            return Files()
        from search.engines.seen_files import read_files  # who only searches needs none of it

        complete = self._generation.facts.get(commit.SEEN_ALL, True)
        found = self._guarded(lambda: read_files(self._location / name))
        return found._replace(complete=complete)

    def held(self) -> Mapping[str, Held]:
        """Return id -> what is known, for all articles."""
        from search.collector import no_collection  # who only searches needs none of it

        def all_held() -> dict[str, Held]:
            segments = self._held_open()
            with no_collection():
                return dict(chain.from_iterable(s.held(deleted) for s, deleted in segments))

        return self._guarded(all_held)

    def segments(self) -> list[tuple[StoredDocuments, Array | None]]:
        """Return the segments, each with a flag for every document that is deleted, None for none."""
        return self._guarded(self._held_open)

    def roots(self) -> tuple[str, ...]:
        """Return the paths that jobs have indexed."""
        return tuple(self._generation.facts["roots"])

    def statistics(self) -> Statistics:
        """Count what the index holds."""
        return self._guarded(self._statistics)

    @contextmanager
    def writer(self, options: WriterOptions = DEFAULT_WRITER) -> Iterator[EngineWriter]:
        """Open the one writer; the block commits as a whole, or not at all."""
        from search.engines.local_writer import LocalWriter  # who only searches needs none of it

        with LocalWriter.locked(self._location, self._profile, options) as writer:
            yield writer
            writer.commit()

    def _found(self, every: Sequence[Ranked]) -> tuple[Found, ...]:
        """Return what is found with its heads, which are read together, segment by segment."""
        documents: dict[int, list[int]] = {}
        for view, document, _ in every:
            documents.setdefault(view, []).append(document)
        heads = {view: iter(self._stored[view].heads(own)) for view, own in documents.items()}
        whole, texts = self._whole, self._texts
        found = [
            Found(next(heads[view]), score, partial(whole, view, one), partial(texts, view, one))
            for view, one, score in every
        ]
        return tuple(found)

    def _whole(self, view: int, document: int) -> "Article":
        return self._guarded(lambda: self._stored[view].article(document))

    def _texts(self, view: int, document: int) -> Texts:
        return self._guarded(lambda: self._stored[view].texts(document))

    def _statistics(self) -> Statistics:
        from search import files  # who only searches needs none of it

        sources: Counter[str] = Counter()
        dates: list[int] = []
        with_summary = 0
        for stored, document in self._alive():
            sources[stored.source(document)] += 1
            dates.append(int(stored.segment.dates[document]))
            with_summary += bool(stored.segment.lengths[document, 1])
        dated = sorted(date for date in dates if date != UNDATED)
        return Statistics(
            articles=len(dates),
            generation=self.generation,
            bytes=files.size_of_folder(self._location),
            sources=dict(sources.most_common()),
            with_summary=with_summary,
            undated=len(dates) - len(dated),
            oldest=_iso(dated[0]) if dated else None,
            newest=_iso(dated[-1]) if dated else None,
            analysis_version=self._generation.facts["analysis"],
            cutter=self._generation.facts["cutter"],
            roots=self.roots(),
        )

    def _alive(self) -> Iterator[tuple[StoredDocuments, int]]:
        for stored, deleted in self._held_open():
            for document in range(stored.segment.count):
                if deleted is None or not deleted[document]:
                    yield stored, document

    @cached_property
    def _word_counts(self) -> dict[str, int]:
        """What was counted: to cut a run asks for every word that may be in it."""
        return {}

    @cached_property
    def _searching(self) -> Searching:
        segments = self._held_open()
        documents = max(1, sum(stored.segment.count for stored, _ in segments))
        lengths = self._generation.facts["lengths"]
        count = max(1, self.article_count)
        norms = norms_of(self._profile, [length / count for length in lengths])
        views = [
            View(
                stored.segment,
                stored.ids,
                None if deleted is None else ~deleted,
                _by_source(stored),
                lambda tag, stored=stored: stored.tagged(keyword(tag)),  # type: ignore[misc]
                self._profile,
                norms,
                stored.segment.count / documents,
            )
            for stored, deleted in segments
        ]
        return Searching(views, self.article_count, self._profile)

    def _held_open(self) -> list[tuple[StoredDocuments, Array | None]]:
        """Return the segments: all, or an error where another thread lets go of them meanwhile."""
        stored, deleted = self._stored, self._deleted
        if self._closed:
            raise EngineError("This index was closed meanwhile; open it again.")
        return list(zip(stored, deleted, strict=True))

    def _guarded(self, action: Callable[[], _T]) -> _T:
        if self._closed:
            raise EngineError("This index was closed; open it again.")
        return self._intact(action)

    def _intact(self, action: Callable[[], _T]) -> _T:
        try:
            return action()
        except _BROKEN as error:
            if self._closed:
                raise EngineError("This index was closed meanwhile; open it again.") from error
            raise IndexCorrupt(
                f"The index in {self._location} is damaged ({type(error).__name__}: {error});"
                f" duowen check says what is, and duowen repair brings back what can be."
            ) from error


def _by_source(stored: StoredDocuments) -> Callable[[str], Array]:
    def documents(wanted: str) -> Array:
        matching = [n for n, name in enumerate(stored.sources) if source_matches(wanted, name)]
        return np.flatnonzero(np.isin(stored.source_numbers, matching))

    return documents


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat()
