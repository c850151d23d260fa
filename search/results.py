"""What a search answers: structure first, renderings after.

Spans are pairs (start, end) of code points in the text beside them, ascending, never overlapping.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import NamedTuple, overload

from search.parts import Precision

Span = tuple[int, int]


class Snippet(NamedTuple):
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


class Hit(NamedTuple):
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


@dataclass(frozen=True, init=False)
class Results(Sequence[Hit]):
    """One page of hits. `total` counts all articles that match, not only those on the page."""

    query: str
    total: int
    took_ms: float
    generation: int
    warnings: tuple[str, ...]
    hits: tuple[Hit, ...]

    def __init__(  # noqa: PLR0913
        self,
        query: str,
        total: int | Callable[[], int],
        took_ms: float,
        generation: int,
        warnings: tuple[str, ...],
        hits: tuple[Hit, ...],
    ) -> None:
        """`total` may be what counts: it is called when the total is first read."""
        vars(self).update(
            query=query,
            total=total,
            took_ms=took_ms,
            generation=generation,
            warnings=warnings,
            hits=hits,
        )

    def __reduce__(self) -> tuple[type["Results"], tuple[object, ...]]:
        return type(self), tuple(getattr(self, own.name) for own in fields(self))

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


class _Total:
    """A count of matches that is made when it is first read. Threads may count at the same time."""

    def __get__(self, results: Results, _: type[Results]) -> int:
        total: int | Callable[[], int] = vars(results)["total"]
        if not isinstance(total, int):
            total = vars(results)["total"] = total()
        return total

    def __set__(self, results: Results, total: int | Callable[[], int]) -> None:
        vars(results)["total"] = total


Results.total = _Total()  # type: ignore[assignment]  # read as an int, as it says
