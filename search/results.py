"""What a search answers: structure first, renderings after.

Spans are pairs (start, end) of code points in the text beside them, ascending, never overlapping.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload

from search.article import Precision

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A verbatim slice of one field of an article, with the places that matched.

    `cut_start` and `cut_end` say that the slice begins or ends inside of a sentence.
    """

    field: str
    text: str
    spans: tuple[Span, ...] = ()
    cut_start: bool = False
    cut_end: bool = False

    @property
    def html(self) -> str:
        """The text escaped for a page, with <mark> around each span."""
        from search.marking import as_html

        return as_html(self.text, self.spans)


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found. `rank` counts from 1 over all pages; `score` is comparable within a search."""

    rank: int
    id: str
    score: float
    title: str
    title_spans: tuple[Span, ...]
    source: str
    published: datetime | None
    precision: Precision
    url: str
    path: str
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True)
class Results(Sequence[Hit]):
    """One page of hits. `total` counts all articles that match, not only those on the page."""

    query: str
    total: int
    took_ms: float
    generation: int
    warnings: tuple[str, ...]
    hits: tuple[Hit, ...]

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Hit, ...]: ...
    def __getitem__(self, index: int | slice) -> Hit | tuple[Hit, ...]:
        return self.hits[index]

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)
