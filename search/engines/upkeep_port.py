"""What an engine promises to who looks after an index: generations, checking, repairing.

An engine that keeps no generations raises errors.Unsupported when it is asked for this.
"""

from typing import Literal, NamedTuple, Protocol

from search.engines.port import SearchEngine
from search.errors import Kind


class GenerationInfo(NamedTuple):
    """A generation that is kept. `created` is a time in UTC (ISO 8601), empty where nobody noted it.

    `bytes` are those of all files that it needs, which others may need too.
    """

    number: int
    articles: int
    created: str
    bytes: int
    current: bool


class Damage(NamedTuple):
    """What is wrong with a file of the index, and which generations need it."""

    file: str
    kind: Kind
    detail: str
    generations: tuple[int, ...]


class Checkup(NamedTuple):
    """What a check found in all generations that are kept.

    `generation` is the current one, None where that cannot be told; `leftovers` are files that no
    generation needs, which the next job removes; `files` and `bytes` say how much was looked at, where
    `on_cluster` indexes are counted as files.
    """

    generation: int | None
    generations: tuple[int, ...]
    damages: tuple[Damage, ...]
    leftovers: tuple[str, ...]
    files: int
    bytes: int
    deep: bool
    on_cluster: bool = False

    @property
    def sound(self) -> bool:
        """Whether the current generation is known and without damage."""
        return self.generation is not None and not any(
            self.generation in damage.generations for damage in self.damages
        )


class Repair(NamedTuple):
    """What a repair did, which generation is current now, and how many articles that holds.

    `lost` are the ids of articles that could not be saved, and the names of files where not even ids
    could be read; `damages` is what was found before. "dropped" were other generations that are damaged,
    while the current one is sound; "mended" is one where it is, without what was damaged; "begun anew"
    is an empty one that knows the paths.
    """

    action: Literal["nothing", "dropped", "rolled back", "rebuilt", "mended", "begun anew"]
    generation: int
    articles: int
    lost: tuple[str, ...]
    damages: tuple[Damage, ...]


class Upkeep(Protocol):
    """The index at a place, seen by who looks after it."""

    def generations(self) -> list[GenerationInfo]:
        """Return the generations that are kept, in the order of their numbers."""
        ...

    def open(self, number: int) -> SearchEngine:
        """Open a generation for reading; raises GenerationMissing where it is not kept."""
        ...

    def rollback(self, number: int | None = None, wait: float = 0.0) -> GenerationInfo:
        """Make a kept generation the current one: the one with this number, or the one before.

        `wait` is how many seconds to wait for another writer. Raises GenerationMissing, IndexBusy,
        DiskFull, and IndexCorrupt where the generation is damaged; nothing has changed then.
        """
        ...

    def check(self, *, deep: bool = False) -> Checkup:
        """Look at all files of all kept generations; `deep`: at every byte, and what it says.

        Nothing is written, and nobody is kept from writing. Raises IndexMissing.
        """
        ...

    def repair(self, wait: float = 0.0) -> Repair:
        """Make the current generation sound again, with as many articles as can be saved.

        Other generations that are damaged are not kept any longer.
        Raises IndexMissing, IndexBusy, IndexTooNew or IndexTooOld.
        """
        ...
