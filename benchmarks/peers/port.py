"""What every peer promises, and the values that pass between a peer and its measurer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

Record = Mapping[str, Any]
"""An article as the corpus has it: id, title, source, date, summary (Chinese), body (English)."""

Weights = tuple[float, float, float]
"""How much a word counts in title, summary and body; 0 leaves the field out."""

DUOWEN_WEIGHTS: Weights = (3.0, 1.6, 1.0)

SNIPPET_LENGTH = 150
"""Characters of a passage, where a peer lets us choose; tantivy's default."""

HALF_LIFE = 30 * 86_400
"""Seconds after which an article counts for half, where a peer can rank by recency."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask. `line` is how duowen's user types it; peers get the parts.

    `english` are plain words, `chinese` runs of Han characters that each peer cuts itself; all are
    required. `phrase`: the words are side by side. `since` and `until` are days (both included), in UTC.
    `known` is the article that the words were taken from: it has to be among the answers.
    """

    kind: str
    line: str
    english: tuple[str, ...] = ()
    chinese: tuple[str, ...] = ()
    phrase: bool = False
    source: str = ""
    since: str = ""
    until: str = ""
    sort: str = "relevance"
    known: str = ""

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> "Question":
        """Read back what as_mapping gave, after a journey through JSON."""
        lists = {name: tuple(mapping[name]) for name in ("english", "chinese")}
        return cls(**{**mapping, **lists})

    def as_mapping(self) -> dict[str, Any]:
        """Return a value for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Ask:
    """How to answer. `count`: also say exactly how many articles match. `match`: all, any or auto."""

    limit: int = 10
    snippets: bool = False
    count: bool = False
    match: str = "all"
    weights: Weights = DUOWEN_WEIGHTS


@dataclass(frozen=True, slots=True)
class Answer:
    """The ids, best first; `total` is None where it was not asked for.

    `shown` counts the characters of titles and snippets that were made, so that the work can be seen
    to be done. `seconds` is set by a peer that measures itself, because it lives in another process.
    """

    ids: Sequence[str]
    shown: int
    total: int | None = None
    seconds: float | None = None


class PeerMissing(Exception):
    """The peer is not installed here; the message says how to get it."""


class Peer(Protocol):
    """An engine that keeps its index in a folder."""

    def __init__(self, folder: Path) -> None: ...

    def versions(self) -> str:
        """Name the versions of all that takes part. Raises PeerMissing or ImportError."""
        ...

    def build(self, articles: Path) -> None:
        """Index a JSONL file, durably."""
        ...

    def open(self) -> None:
        """Open the index for searching."""
        ...

    def search(self, question: Question, ask: Ask) -> Answer:
        """Answer; the title of every hit is fetched, and its snippets of both languages if asked."""
        ...

    def add(self, records: Sequence[Record]) -> None:
        """Add or replace articles, durably; the next search sees them."""
        ...

    def close(self) -> None:
        """Let go of the files, as a careful program does."""
        ...
