"""Which files of an index are damaged, and how: everything that a kept generation needs is looked at.

Nothing is written and no lock is taken. Files of an index never change, so one that was found sound
stays so; and when a job commits meanwhile, the look is repeated, so that a file which it swept away is
no damage.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from search.columnar import commit
from search.columnar.commit import Current, Generation, SegmentEntry
from search.columnar.layout import Sections, damaged, unreadable
from search.columnar.segment import Segment
from search.engines.consistency import BROKEN, contradictions, contradictions_of_names
from search.engines.documents import StoredDocuments, deleted_flags
from search.engines.upkeep_port import Checkup, Damage
from search.errors import IndexFault, IndexMissing, Kind
from search.schema import ANALYSIS_VERSION, FIELDS

_ATTEMPTS = 20
_AT_ONCE = 1 << 20

Trouble = tuple[Kind, str]
"""What is wrong with a file, and what more can be said of it."""


def check(folder: Path, *, deep: bool = False) -> Checkup:
    """Look at all files of all kept generations; raises IndexMissing where there is no index."""
    sound: dict[object, int] = {}
    for attempt in range(_ATTEMPTS):
        before = state(folder)
        checkup = _Look(folder, sound, deep=deep).checkup()
        if not checkup.damages or attempt == _ATTEMPTS - 1 or state(folder) == before:
            break
    return checkup


def troubles_of(folder: Path, generation: Generation) -> list[Damage]:
    """Look at one generation alone, not deep."""
    look = _Look(folder, {}, deep=False)
    look.look_at(generation)
    return look.damages()


def state(folder: Path) -> tuple[bytes, list[int]]:
    """Return what changes with every commit, rollback and sweep."""
    try:
        current = (folder / commit.CURRENT).read_bytes()
    except OSError:
        current = b""
    return current, commit.numbers(folder)


class _Look:
    """One look at everything. `sound` remembers the sizes of the files that need no second one."""

    def __init__(self, folder: Path, sound: dict[object, int], *, deep: bool) -> None:
        self._folder = folder
        self._sound = sound
        self._deep = deep
        self._sizes: dict[str, int] = {}
        self._found: dict[tuple[str, Kind, str], set[int]] = {}

    def checkup(self) -> Checkup:
        current = self._current()
        numbers = commit.numbers(self._folder)
        kept = {n for n in numbers if current is None or n <= current.top}
        wanted = sorted(kept | ({current.number} if current else set()))
        if current is None:
            self._note_size(commit.CURRENT)
            for key in self._found:
                self._found[key] = set(wanted)
        read = [generation for n in wanted if (generation := self._read(n))]
        for generation in read:
            self.look_at(generation)
        return Checkup(
            generation=current.number if current else None,
            generations=tuple(wanted),
            damages=tuple(self.damages()),
            leftovers=tuple(self._leftovers(read, wanted)),
            files=len(self._sizes),
            bytes=sum(self._sizes.values()),
            deep=self._deep,
        )

    def damages(self) -> list[Damage]:
        """Return what was found, in the order in which it was."""
        return [
            Damage(file, kind, detail, tuple(sorted(numbers)))
            for (file, kind, detail), numbers in self._found.items()
        ]

    def look_at(self, generation: Generation) -> None:
        """Look at what a generation says, and at all its files."""
        for kind, detail in _troubles_of_facts(generation):
            self._note(commit.name_of(generation.number), kind, detail, generation.number)
        for entry in generation.segments:
            self._look(generation, entry.file, (entry.file, entry.documents), self._segment, entry)
            if entry.deletions:
                self._look(generation, entry.deletions, entry, self._deletions, entry)
            if entry.names:
                self._look(generation, entry.names, (entry, "names"), self._names, entry)
        if seen := generation.facts.get(commit.SEEN_FILES):
            self._look(generation, seen, seen, self._columns, self._folder / seen)
        if self._deep and not any(generation.number in numbers for numbers in self._found.values()):
            try:
                for detail in _contradictions_among(self._folder, generation):
                    self._note(
                        commit.name_of(generation.number), "inconsistent", detail, generation.number
                    )
            except IndexFault as fault:  # swept away since it was found sound
                self._note_fault(fault, generation.number)

    def _current(self) -> Current | None:
        self._note_size(commit.CURRENT)
        try:
            return commit.current(self._folder)
        except IndexMissing:
            raise
        except IndexFault as fault:
            self._note_fault(fault)
            return None

    def _read(self, number: int) -> Generation | None:
        self._note_size(commit.name_of(number))
        try:
            return commit.read(self._folder, number)
        except IndexFault as fault:
            self._note_fault(fault, number)
            return None

    def _look(
        self,
        generation: Generation,
        file: str,
        key: object,
        look: Callable[..., Iterator[Trouble]],
        subject: object,
    ) -> None:
        """Look at a file, unless that was done for another generation."""
        if key in self._sound:
            self._sizes[file] = self._sound[key]
            return
        known = [found for found in self._found if found[0] == file and self._deep]
        size = self._note_size(file)
        before = len(self._found)
        try:
            for kind, detail in [] if known else look(subject, generation):
                self._note(file, kind, detail, generation.number)
        except IndexFault as fault:
            self._note_fault(fault, generation.number)
        except BROKEN as error:
            detail = f"{type(error).__name__}: {error}"
            self._note(file, "inconsistent", detail, generation.number)
        for found in known:
            self._found[found].add(generation.number)
        if not known and len(self._found) == before:
            self._sound[key] = size

    def _segment(self, entry: SegmentEntry, generation: Generation) -> Iterator[Trouble]:
        path = self._folder / entry.file
        yield from self._columns(path, generation)
        if Sections(path).facts["documents"] != entry.documents:
            raise damaged(path, "inconsistent", "another one than its generation names")
        if self._deep and not any(found[0] == entry.file for found in self._found):
            for detail in contradictions(Segment(path), generation.facts["analysis"]):
                yield "inconsistent", detail

    def _deletions(self, entry: SegmentEntry, generation: Generation) -> Iterator[Trouble]:
        path = self._folder / entry.deletions
        yield from self._columns(path, generation)
        packed = Sections(path).array("deleted")
        if len(packed) != -(-entry.documents // 8):
            yield "inconsistent", "it is of another number of documents than its generation names"
        elif int(np.unpackbits(packed).sum()) != entry.deleted:
            yield "inconsistent", "it deletes another number of documents than its generation names"

    def _names(self, entry: SegmentEntry, generation: Generation) -> Iterator[Trouble]:
        path = self._folder / entry.names
        yield from self._columns(path, generation)
        names = Sections(path)
        if names.facts["segment"] != entry.file:
            yield "inconsistent", "it is of another segment than its generation names"
        elif self._deep and not any(found[0] == entry.names for found in self._found):
            for detail in contradictions_of_names(names, deleted_flags(self._folder, entry)):
                yield "inconsistent", detail

    def _columns(self, path: Path, _: Generation) -> Iterator[Trouble]:
        sections = Sections(path)
        if self._deep:
            read_through(path)
            for name in sections.flipped():
                yield "flipped", f"its section {name} is flipped"
            if sections.any_between_flipped():
                yield "flipped", "bytes between its sections are flipped"

    def _leftovers(self, read: Sequence[Generation], wanted: Sequence[int]) -> list[str]:
        """Return the files that nobody needs, as far as that can be told."""
        needed = {name for generation in read for name in generation.files()}
        needed.update(map(commit.name_of, wanted))
        unneeded = {path.name for path in commit.own_files(self._folder)} - needed
        if len(read) < len(wanted):  # a generation that cannot be read may need any of them
            unneeded = {name for name in unneeded if name.startswith(("generation-", "."))}
        return sorted(unneeded)

    def _note_size(self, file: str) -> int:
        try:
            size = (self._folder / file).stat().st_size
        except OSError:
            return 0
        self._sizes[file] = size
        return size

    def _note_fault(self, fault: IndexFault, *numbers: int) -> None:
        self._note(fault.file, fault.kind or "unreadable", fault.detail, *numbers)

    def _note(self, file: str, kind: Kind, detail: str, *numbers: int) -> None:
        self._found.setdefault((file, kind, detail), set()).update(numbers)


def read_through(path: Path) -> None:
    """Read a file whole: where the disk fails, this tells so; a memory map would end the process."""
    try:
        with path.open("rb", buffering=0) as file:
            while file.read(_AT_ONCE):
                pass
    except OSError as error:
        raise unreadable(path, error) from error


def _troubles_of_facts(generation: Generation) -> Iterator[Trouble]:
    facts = generation.facts
    try:
        analysis, roots, lengths = facts["analysis"], facts["roots"], facts["lengths"]
        whole = (
            isinstance(facts["cutter"], str)
            and all(isinstance(root, str) for root in roots)
            and len(lengths) == len(FIELDS)
            and all(0 <= entry.deleted <= entry.documents for entry in generation.segments)
            and bool(analysis > 0)
        )
    except (KeyError, TypeError):
        whole = False
    if not whole:
        yield "inconsistent", "intact, but not as this version of duowen writes it"
    elif analysis != ANALYSIS_VERSION:
        kind: Kind = "newer" if analysis > ANALYSIS_VERSION else "older"
        yield kind, f"its texts were cut by version {analysis} of the analysis"


def _contradictions_among(folder: Path, generation: Generation) -> Iterator[str]:
    """Say what the segments of a generation, each of them sound, do not agree about."""
    opened = [
        (StoredDocuments.of(folder, entry), deleted_flags(folder, entry))
        for entry in generation.segments
    ]
    # Every segment tells its ids in their order, so that two that are equal come after each other.
    merged = heapq.merge(*(stored.ids_in_order(gone) for stored, gone in opened))
    doubled = next((first for first, second in pairwise(merged) if first == second), None)
    if doubled is not None:
        yield f"the article {doubled.decode('utf-8', 'replace')!r} is in it twice"
    lengths = np.zeros(len(FIELDS), np.int64)
    for stored, gone in opened:
        lengths += stored.segment.lengths[~gone].sum(axis=0, dtype=np.int64)
    if lengths.tolist() != list(generation.facts["lengths"]):
        yield "its lengths are not those of its articles"
