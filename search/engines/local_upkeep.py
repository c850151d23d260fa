"""Looking after a local index: which generations there are, going back to one, checking, repairing."""

import contextlib
from pathlib import Path

from search import files
from search.columnar import commit
from search.columnar.commit import Current, Generation
from search.engines.checking import check, troubles_of
from search.engines.local import LocalEngine
from search.engines.lock import exclusive
from search.engines.upkeep_port import Checkup, GenerationInfo, Repair
from search.errors import GenerationMissing, IndexCorrupt, IndexFault


class LocalUpkeep:
    """The index in a folder, seen by who looks after it. It is opened anew by every call."""

    def __init__(self, location: Path) -> None:
        self._location = location

    def generations(self) -> list[GenerationInfo]:
        """Return the generations that are kept, in the order of their numbers.

        One that cannot be read is left out: `check` tells of it.
        """
        current = commit.current(self._location)
        found = []
        for number in commit.kept(self._location):
            with contextlib.suppress(IndexFault):  # swept meanwhile, or damaged
                found.append(self._info(commit.read(self._location, number), current))
        return found

    def open(self, number: int) -> LocalEngine:
        """Open a generation for reading; raises GenerationMissing where it is not kept."""
        self._refuse_missing(number)
        try:
            return LocalEngine.open(self._location, number=number)
        except IndexCorrupt:
            self._refuse_missing(number)  # a job may have swept it away meanwhile
            raise

    def rollback(self, number: int | None = None, wait: float = 0.0) -> GenerationInfo:
        """Make a kept generation the current one: the one with this number, or the one before."""
        commit.current(self._location)  # where there is no index, no lock is made either
        with exclusive(self._location, wait):
            current = commit.current(self._location)
            wanted = self._before(current) if number is None else number
            self._refuse_missing(wanted)
            generation = commit.read(self._location, wanted)
            self._refuse_damaged(generation)
            if wanted != current.number:
                current = Current(wanted, current.top)
                with files.full_disk_told(self._location):
                    commit.make_current(self._location, current)
            return self._info(generation, current)

    def check(self, *, deep: bool = False) -> Checkup:
        """Look at all files of all kept generations; `deep`: at every byte, and what it says."""
        return check(self._location, deep=deep)

    def repair(self, wait: float = 0.0) -> Repair:
        """Make the current generation sound again, with as many articles as can be saved."""
        from search.engines.salvage import repair  # loads what writes

        return repair(self._location, wait)

    def _before(self, current: Current) -> int:
        earlier = [n for n in commit.kept(self._location) if n < current.number]
        if not earlier:
            raise GenerationMissing(
                f"The index in {self._location} keeps no generation before {current.number},"
                f" which is the current one; {self._those_kept()}."
            )
        return earlier[-1]

    def _refuse_missing(self, number: int) -> None:
        if number not in commit.kept(self._location):
            raise GenerationMissing(
                f"The index in {self._location} keeps no generation {number}; {self._those_kept()}."
            )

    def _those_kept(self) -> str:
        return f"choose one of these: {', '.join(map(str, commit.kept(self._location)))}"

    def _refuse_damaged(self, generation: Generation) -> None:
        for damage in troubles_of(self._location, generation):
            raise IndexCorrupt(
                f"The generation {generation.number} cannot be read ({damage.file}:"
                f" {damage.detail or damage.kind}); {self._those_kept()}.",
                file=damage.file,
                kind=damage.kind,
                detail=damage.detail,
            )
        LocalEngine.open(self._location, number=generation.number).close()

    def _info(self, generation: Generation, current: Current) -> GenerationInfo:
        size = 0
        for name in set(generation.files()):
            with contextlib.suppress(OSError):
                size += (self._location / name).stat().st_size
        return GenerationInfo(
            number=generation.number,
            articles=generation.articles,
            created=generation.facts.get("created", ""),
            bytes=size,
            current=generation.number == current.number,
        )
