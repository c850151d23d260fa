"""What a run of the job tells, for people and for machines."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

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

    def __getitem__(self, name: str) -> int:
        """Return a count by its name, as in the JSON of a report."""
        if name not in self.__dataclass_fields__:
            raise KeyError(name)
        return int(getattr(self, name))

    @property
    def changed(self) -> bool:
        """Whether the run had anything to write."""
        return bool(self.added or self.updated or self.removed or self.moved)


class Step(NamedTuple):
    """What is done with one article; `path` is that of the file it is in, or was in."""

    id: str
    change: str
    path: str


@dataclass(frozen=True, slots=True)
class Report:
    """One run. `seconds` are wall time by phase; `generation` is the one after the run.

    `started` is in UTC. A dry run tells what would be done, in `changes` article by article; the number
    of the generation stays what it was. An interrupted run did what is counted and nothing else.
    `rebuilt` says that all articles were cut anew, or would be.
    `alerts` says how many were `fired` and `delivered`, and what `failed`, in sentences.
    """

    counts: Counts
    rejected: tuple[Rejected, ...]
    warnings: tuple[LayoutDrift, ...]
    generation_before: int
    generation: int
    articles: int
    seconds: Mapping[str, float] = field(default_factory=dict)
    started: str = ""
    dry_run: bool = False
    interrupted: bool = False
    rebuilt: bool = False
    changes: tuple[Step, ...] = ()
    alerts: Mapping[str, object] = field(default_factory=dict)

    def as_mapping(self) -> dict[str, object]:
        """Return what `index --report` prints as JSON; `changes` is in that of a dry run only."""
        changes = {"changes": [step._asdict() for step in self.changes]} if self.dry_run else {}
        return {
            "schema_version": SCHEMA_VERSION,
            "started": self.started,
            "dry_run": self.dry_run,
            "interrupted": self.interrupted,
            "rebuilt": self.rebuilt,
            "failed": None,
            "counts": asdict(self.counts),
            **changes,
            "rejected": [asdict(value) for value in self.rejected],
            "warnings": [asdict(value) for value in self.warnings],
            "generation_before": self.generation_before,
            "generation": self.generation,
            "articles": self.articles,
            "alerts": {"fired": 0, "delivered": 0, "failed": [], **self.alerts},
            "seconds": dict(self.seconds),
        }

    @property
    def failed_alerts(self) -> tuple[str, ...]:
        """A sentence for each alert that could not be delivered."""
        failed = self.alerts.get("failed", ())
        return tuple(map(str, failed)) if isinstance(failed, list | tuple) else ()

    def complaints(self, at_most: int, known: Collection[Rejected] = ()) -> Iterator[str]:
        """Yield sentences: on the first rejected, on the first doubtful, on alerts that failed.

        What was rejected for the same reason by the run before (`known`) is only counted.
        """
        rejected = [value for value in self.rejected if value not in known]
        for value in rejected[:at_most]:
            yield f"Rejected {_place(value)}: {value.reason}"
        if len(rejected) > at_most:
            more = len(rejected) - at_most
            yield f"And {more:,} more rejected, all in quarantine.jsonl of the index."
        if same := len(self.rejected) - len(rejected):
            yield f"Rejected as by the run before: {same:,}, all in quarantine.jsonl of the index."
        for drift in self.warnings[:at_most]:
            yield f"Doubtful {_place(drift)}: {drift.message}"
        if len(self.warnings) > at_most:
            more = len(self.warnings) - at_most
            yield f"And {more:,} more doubtful, all in the --report."
        yield from self.failed_alerts

    def summary(self, index: object) -> str:
        """Return the counts, and how large the index is now, in one line."""
        counted = [f"{count:,} {name}" for name, count in asdict(self.counts).items() if count]
        articles = f"{self.articles:,} article{'' if self.articles == 1 else 's'} in {index}"
        seconds = sum(self.seconds.values())
        if not (self.counts.changed or self.counts.rejected or self.rebuilt):
            counted.insert(0, "nothing to do")
        rebuilt = "rebuilt: " if self.rebuilt else ""
        told = f"{rebuilt}{', '.join(counted) or 'nothing'}; {articles} ({seconds:.1f} s)"
        if self.dry_run:
            return f"dry run, nothing was written: {told}"
        return f"interrupted, the next run goes on: {told}" if self.interrupted else told


def failure_mapping(
    sentence: str, code: int, started: str, *, dry_run: bool, interrupted: bool
) -> dict[str, object]:
    """Return what `index --report` prints of a run that failed: why, and its exit code."""
    return {
        "schema_version": SCHEMA_VERSION,
        "started": started,
        "dry_run": dry_run,
        "interrupted": interrupted,
        "failed": sentence,
        "exit_code": code,
    }


def _place(value: Rejected | LayoutDrift) -> str:
    return f"{value.path}:{value.line}" if value.line else value.path
