"""What can still be read of the segments of damaged generations: each article for itself."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from search.article import Article, content_hash
from search.columnar import commit
from search.columnar.commit import Current, Generation, SegmentEntry
from search.columnar.layout import Array, Sections, damaged
from search.columnar.segment import Segment
from search.engines.checking import read_through
from search.engines.consistency import BROKEN
from search.engines.documents import StoredDocuments, deleted_flags
from search.errors import IndexFault
from search.schema import ANALYSIS_VERSION

_TORN = (IndexFault, *BROKEN)


class Name(NamedTuple):
    """Which article it is, and where it was found."""

    id: str
    path: str
    root: str


class Remains:
    """What is left of all generations: of the current one, and of older ones what that has lost.

    `lost` is complete when all articles were taken: the ids of articles that are nowhere whole, and the
    names of the files of which it is not even known which articles they held.
    """

    def __init__(self, folder: Path, current: Current) -> None:
        self._folder = folder
        generations = _readable(folder, current.number)
        self._known = bool(generations) and generations[0].number == current.number
        """Whether one can read which segments are current."""
        self._parts = _parts(folder, generations, known=self._known)
        self.roots = tuple(generations[0].facts["roots"]) if generations else ()
        self._torn: set[str] = set() if self._known else {commit.name_of(current.number)}
        self._lost: set[str] = set()
        self._seen: set[str] = set()

    @property
    def lost(self) -> tuple[str, ...]:
        """The files, and then the articles, that could not be saved."""
        return (*sorted(self._torn), *sorted(self._lost))

    def articles(self) -> Iterator[Article]:
        """Yield every article that can be saved, once."""
        done: set[str] = set()
        for part in self._parts:
            if not part.is_current and not self._torn and not self._lost:
                break  # all that is current was whole
            try:
                segment = _TornSegment(self._folder, part.entry, part.analysis)
            except _TORN:
                self._torn |= {part.entry.file} if part.is_current else set()
                continue
            for document in segment.documents:
                name = segment.name(document)
                if name is None:
                    self._torn |= {part.entry.file} if part.is_current else set()
                elif name.id not in done and self._is_wanted(name, part, segment):
                    article = segment.article(document, name)
                    if article is not None:
                        done.add(name.id)
                        self._lost.discard(name.id)
                        yield article
                    elif part.is_current:
                        self._lost.add(name.id)
            self._seen.add(part.entry.file)

    def _is_wanted(self, name: Name, part: "_Part", segment: "_TornSegment") -> bool:
        """Say whether an article belongs to what is saved.

        Where it is not known whether it was removed on purpose, it does, unless its path was forgotten.
        That is so where nobody can read what is deleted, and of older generations where segments are
        gone, but not where a newer generation tells of the same segment.
        """
        if (part.is_current and segment.knows_deletions) or name.id in self._lost:
            return True
        told = not part.is_current and (not self._torn or part.entry.file in self._seen)
        return not told and (not name.root or name.root in self.roots)


class _TornSegment:
    """A segment of which some bytes are others than were written.

    Each article is read without comparing checksums; its hash proves it, and where that is flipped, the
    checksums do. What the hash does not cover, its id and path, is compared by checksums alone.
    """

    def __init__(self, folder: Path, entry: SegmentEntry, analysis: int) -> None:
        path = folder / entry.file
        read_through(path)
        self._analysis = str(analysis)
        own = Sections(path)
        if own.facts["documents"] != entry.documents:
            raise damaged(path, "inconsistent", "another one than its generation names")
        self._names = (_renamed(folder, entry) if entry.names else None) or own
        self._unchecked, self._checked = (
            StoredDocuments(
                _StoredOnly(path, checked=checked),
                None if self._names is own else Sections(self._names.path, checked=checked),
            )
            for checked in (False, True)
        )
        deleted = _deleted(folder, entry)
        self.knows_deletions = deleted is not None
        """Whether one can read which documents are deleted; else all seem to be there."""
        self.documents: list[int] = (
            list(range(entry.documents)) if deleted is None else np.flatnonzero(~deleted).tolist()
        )

    def name(self, document: int) -> Name | None:
        """Return which article a document is, None where that is flipped."""
        names = self._names
        try:
            path, root = (_number(names, f"documents.{table}", document) for table in _TABLES)
            return Name(
                _string(names, "ids", document),
                _string(names, "paths", path),
                _string(names, "roots", root),
            )
        except _TORN:
            return None

    def article(self, document: int, name: Name) -> Article | None:
        """Return the article as it was indexed, None where it cannot be had."""
        with contextlib.suppress(*_TORN):
            article = replace(self._unchecked.article(document), **name._asdict())
            digest = bytes.fromhex(content_hash(article, self._analysis))
            if digest == self._unchecked.content_hash(document):
                return article
        with contextlib.suppress(*_TORN):
            return replace(self._checked.article(document), **name._asdict())
        return None


_TABLES = ("paths", "roots")


class _StoredOnly(Segment):
    """A segment of which only the stored articles are read, whatever became of its postings."""

    def __init__(self, path: Path, *, checked: bool) -> None:
        self.sections = Sections(path, checked=checked)
        self.count = self.sections.facts["documents"]


def _renamed(folder: Path, entry: SegmentEntry) -> Sections | None:
    """Return what the documents are called now; where that is torn, what they were called at first."""
    with contextlib.suppress(*_TORN):
        names = Sections(folder / entry.names)
        return names if names.facts["segment"] == entry.file else None
    return None


def _number(sections: Sections, name: str, place: int) -> int:
    """Return a number of a column; raises IndexCorrupt where its own bytes are flipped."""
    column = sections.unchecked(name)
    sections.section(name).check(place * column.itemsize, (place + 1) * column.itemsize)
    return int(column[place])


def _string(sections: Sections, name: str, place: int) -> str:
    """Return a text of a table; raises IndexCorrupt where its own bytes are flipped."""
    start, stop = (_number(sections, f"{name}.starts", at) for at in (place, place + 1))
    section = sections.section(f"{name}.bytes")
    section.check(start, stop)
    return str(section.data[start:stop], "utf-8")


class _Part(NamedTuple):
    """A segment to look at; `is_current` where it may hold what is held nowhere else."""

    entry: SegmentEntry
    analysis: int
    is_current: bool


def _readable(folder: Path, first: int) -> list[Generation]:
    """Return the generations whose own files are whole: this one first, then the newest."""
    found = []
    for number in sorted(commit.numbers(folder), key=lambda n: (n != first, -n)):
        with contextlib.suppress(*_TORN):
            generation = commit.read(folder, number)
            if all(isinstance(generation.facts[fact], kind) for fact, kind in _FACTS):
                found.append(generation)
    return found


_FACTS = (("analysis", int), ("roots", list))


def _parts(folder: Path, generations: Sequence[Generation], *, known: bool) -> list[_Part]:
    """Return all segments, in the order in which they count.

    Where it is not `known` which are current, all may be: also those that no generation names, and the
    later one was written, the more it counts.
    """
    parts = [
        _Part(entry, generation.facts["analysis"], is_current=not known or number == 0)
        for number, generation in enumerate(generations)
        for entry in sorted(generation.segments, key=lambda entry: _written(folder / entry.file))
    ]
    if known:
        distinct: dict[SegmentEntry, _Part] = {}
        for part in parts:
            distinct.setdefault(part.entry, part)
        return list(distinct.values())
    newest = {part.entry.file: part for part in reversed(parts)}
    for path in folder.glob("segment-*.seg"):
        if path.name not in newest:
            newest[path.name] = _Part(_entry_of(path), ANALYSIS_VERSION, is_current=True)
    return sorted(newest.values(), key=lambda part: _written(folder / part.entry.file))


def _entry_of(path: Path) -> SegmentEntry:
    """Return an entry for a segment that no generation names, with what else there is of it."""
    try:
        documents = Sections(path).facts["documents"]
    except _TORN:
        return SegmentEntry(path.name, 0)
    stem = path.stem.partition("-")[2]
    deletions = sorted(path.parent.glob(f"deleted-{stem}-*.bits"), key=_written)
    return SegmentEntry(path.name, documents, deletions=deletions[0].name if deletions else "")


def _written(path: Path) -> int:
    """Return what sorts files by the time of writing, the last one first."""
    try:
        return -path.stat().st_mtime_ns
    except OSError:
        return 0


def _deleted(folder: Path, entry: SegmentEntry) -> Array | None:
    """Return which documents are deleted, None where that cannot be read."""
    with contextlib.suppress(*_TORN):
        return deleted_flags(folder, entry)
    return None
