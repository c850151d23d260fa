"""What every engine promises.

Capabilities an engine lacks are raised as errors.Unsupported and declared as skips in the contract
suite, with the reason.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from search.parts import Precision, Texts
from search.query.plan import Plan

if TYPE_CHECKING:  # who only searches makes no article
    from search.article import Article

Sort = Literal["relevance", "newest", "oldest"]


class Window(NamedTuple):
    """Which part of all that match is wanted, and in which order.

    Ties go to the newer article, then to the smaller id; articles without a date come last.
    """

    limit: int = 10
    offset: int = 0
    sort: Sort = "relevance"


class Head(NamedTuple):
    """What a list of hits shows of an article, without its texts. `published` is in whole seconds."""

    id: str
    title: str
    source: str
    published: datetime | None
    precision: Precision
    url: str
    path: str


class Found(NamedTuple):
    """An article that matches, and its score; the score is 0 where the sort is by date.

    Its texts are loaded when `article` is asked for, or `texts`, which are all that passages need.
    """

    head: Head
    score: float
    load: "Callable[[], Article]"
    load_texts: Callable[[], Texts]

    @property
    def article(self) -> "Article":
        """The whole stored article."""
        return self.load()

    @property
    def texts(self) -> Texts:
        """Its texts alone, which is quicker."""
        return self.load_texts()


def found_of(article: "Article", score: float) -> Found:
    """Return what was found where the article is at hand."""
    texts = Texts(article.summary, article.body, article.caption)
    return Found(head_of(article), score, lambda: article, lambda: texts)


def head_of(article: "Article") -> Head:
    """Return the head of an article that is at hand."""
    published = article.published
    return Head(
        article.id,
        article.title,
        article.source,
        published.replace(microsecond=0) if published else None,
        article.precision,
        article.url,
        article.path,
    )


class Page:
    """The window, and the count of all that match, which may be made when it is first asked for."""

    __slots__ = ("_total", "found")

    def __init__(self, total: int | Callable[[], int], found: tuple[Found, ...]) -> None:
        self._total = total
        self.found = found

    @property
    def total(self) -> int:
        """How many articles match, on any page."""
        total = self._total
        if not isinstance(total, int):
            # Threads that ask at the same time count each for itself, and find the same.
            total = self._total = total()
        return total


class Held(NamedTuple):
    """What the index knows of an article it holds: enough to see whether a source changed."""

    content_hash: str
    path: str
    root: str


class FileState(NamedTuple):
    """What a job saw of a file that it read to the end with no complaint: when that is still so, the
    file need not be read again. `articles` says how many it gave, `root` the path it was found under.
    """  # noqa: D205

    size: int
    mtime_ns: int
    root: str
    articles: int


class Files(NamedTuple):
    """The states of files by path; `reading` tells the settings and versions they were read with.

    `complete` says that nobody has put or removed articles since, who did not `remember` files.
    """

    reading: str = ""
    states: Mapping[str, FileState] = MappingProxyType({})
    complete: bool = True


class WriterOptions(NamedTuple):
    """How to open a writer: the seconds to wait for another one, and how many generations to keep."""

    wait: float = 0.0
    keep: int = 5


class Committed(NamedTuple):
    """A commit: the generation that it made, and how many articles that has."""

    generation: int
    articles: int


class Statistics(NamedTuple):
    """What an index holds. Bytes are those on disk; counts are of articles."""

    articles: int
    generation: int
    bytes: int
    sources: Mapping[str, int]
    with_summary: int
    undated: int
    oldest: str | None
    newest: str | None
    analysis_version: int
    cutter: str
    roots: tuple[str, ...]


DEFAULT_WRITER = WriterOptions()


class Refusal(NamedTuple):
    """An article that was put and is not in the index for all that, and why, as a sentence."""

    id: str
    path: str
    reason: str


class EngineWriter(Protocol):
    """Collects changes. Leaving the `with` block commits all of them; an exception commits none."""

    @property
    def committed(self) -> Committed:
        """The last commit: once the block was left, this writer's own, if there was anything to commit.

        That is so whatever others have committed since.
        """
        ...

    @property
    def refused(self) -> Sequence[Refusal]:
        """What `put` took and the commit could not write; under its id the index holds what it held."""
        ...

    def put(self, article: "Article") -> None:
        """Add the article, or replace the one with its id; the last put of an id wins."""
        ...

    def remove(self, article_id: str) -> None:
        """Remove the article; nothing happens where there is none."""
        ...

    def move(self, former_id: str, article: "Article") -> None:
        """Give an article that is held another id, path or root; its text and date are the same.

        Nothing is analysed where the engine can help it.
        """
        ...

    def rebuild(self) -> None:
        """Let go of all that is held: the next generation is what is put from now on, cut anew.

        To be called before anything is put; readers keep what they have.
        """
        ...

    def remember(self, files: Files) -> None:
        """Keep what was seen of files, instead of what was kept before.

        It becomes part of the next generation that is written for another reason; it is none itself.
        """
        ...

    def know(self, root: str) -> None:
        """Remember a path that was indexed, so that a later job can be run without naming it."""
        ...

    def forget(self, root: str) -> None:
        """Forget a path that was indexed; its articles stay until they are removed."""
        ...


class SearchEngine(Protocol):
    """Whoever keeps the index, at one generation of it."""

    @property
    def generation(self) -> int:
        """The number of the commit that this reader sees."""
        ...

    @property
    def article_count(self) -> int:
        """How many articles this reader sees."""
        ...

    def latest(self) -> "SearchEngine":
        """Return a new reader at the newest generation; this one stays as it is."""
        ...

    def count_word(self, word: str) -> int:
        """Return how many articles hold this Chinese word at its own boundaries."""
        ...

    def search(self, plan: Plan, window: Window) -> Page:
        """Return the window of all articles that match the plan."""
        ...

    def get(self, article_id: str) -> "Article | None":
        """Return the stored article."""
        ...

    def matching(self, plan: Plan, ids: Collection[str]) -> list[str]:
        """Return which of these articles match the plan, in the order of the ids."""
        ...

    def files(self) -> Files:
        """Return what the last job saw of files."""
        ...

    def held(self) -> Mapping[str, Held]:
        """Return id -> what is known, for all articles."""
        ...

    def roots(self) -> tuple[str, ...]:
        """Return the paths that jobs have indexed."""
        ...

    def statistics(self) -> Statistics:
        """Count what the index holds."""
        ...

    def writer(
        self, options: WriterOptions = DEFAULT_WRITER
    ) -> AbstractContextManager[EngineWriter]:
        """Open the one writer; raises IndexBusy while another is open. This reader does not move."""
        ...

    def close(self) -> None:
        """Let go of files; searching afterwards is an error."""
        ...
