"""What a run of the job tells, for people and for machines."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from search.sources.rejected import LayoutDrift, Rejected

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Counts:
    """Articles by what happened to them. `moved` ones are unchanged, in another file."""

    added: int = 0
    updated: int = 0
    removed: int = 0
    moved: int = 0
    unchanged: int = 0
    rejected: int = 0

    @property
    def changed(self) -> bool:
        """Whether the run had anything to write."""
        return bool(self.added or self.updated or self.removed or self.moved)


@dataclass(frozen=True, slots=True)
class Report:
    """One run. `seconds` are wall time by phase; `generation` is the one after the run."""

    counts: Counts
    rejected: tuple[Rejected, ...]
    warnings: tuple[LayoutDrift, ...]
    generation_before: int
    generation: int
    articles: int
    seconds: Mapping[str, float] = field(default_factory=dict)

    def as_mapping(self) -> dict[str, object]:
        """Return what `index --report` prints as JSON."""
        return {
            "schema_version": SCHEMA_VERSION,
            "counts": asdict(self.counts),
            "rejected": [asdict(value) for value in self.rejected],
            "warnings": [asdict(value) for value in self.warnings],
            "generation_before": self.generation_before,
            "generation": self.generation,
            "articles": self.articles,
            "seconds": dict(self.seconds),
        }
