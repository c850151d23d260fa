"""What would a run do? What a job needs of an engine, and an index that it can rehearse on."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from search.article import Article
from search.engines.port import Committed, EngineWriter, Files, Held, Statistics, WriterOptions


class Snapshot(Protocol):
    """What a job asks one generation of an index for; search/engines/port.py promises it."""

    @property
    def generation(self) -> int:
        """Its number."""
        ...

    @property
    def article_count(self) -> int:
        """How many articles it has."""
        ...

    def get(self, article_id: str) -> Article | None:
        """Return the stored article."""
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
        """Count what it holds."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


class Kept(Protocol):
    """What a job needs of an engine; search/engines/port.py promises it."""

    def latest(self) -> Snapshot:
        """Return the newest generation."""
        ...

    def roots(self) -> tuple[str, ...]:
        """Return the paths that jobs have indexed."""
        ...

    def writer(self, options: WriterOptions) -> AbstractContextManager[EngineWriter]:
        """Open the one writer; raises IndexBusy."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


class NoIndex:
    """Stands for an index that is not there yet, and makes none."""

    generation = 0
    article_count = 0

    def latest(self) -> "NoIndex":
        """Return itself: nobody else can have made it meanwhile, as far as we care."""
        return self

    def get(self, article_id: str) -> Article | None:  # noqa: ARG002
        """Return nothing."""
        return None

    def files(self) -> Files:
        """Return that nothing was seen."""
        return Files()

    def held(self) -> Mapping[str, Held]:
        """Return nothing."""
        return {}

    def roots(self) -> tuple[str, ...]:
        """Return nothing."""
        return ()

    def statistics(self) -> Statistics:
        """Count nothing."""
        return Statistics(0, 0, 0, {}, 0, 0, None, None, 0, "", ())

    def writer(self, options: WriterOptions) -> AbstractContextManager[EngineWriter]:  # noqa: ARG002
        """Open a writer that writes nothing."""
        return nowhere()

    def close(self) -> None:
        """Do nothing."""


class _Nowhere:
    """A writer that takes everything and writes nothing."""

    committed = Committed(0, 0)
    refused = ()

    def put(self, article: Article) -> None: ...
    def remove(self, article_id: str) -> None: ...
    def move(self, former_id: str, article: Article) -> None: ...
    def rebuild(self) -> None: ...
    def remember(self, files: Files) -> None: ...
    def know(self, root: str) -> None: ...
    def forget(self, root: str) -> None: ...


@contextmanager
def nowhere() -> Iterator[EngineWriter]:
    """Open a writer for dry runs, without a lock: what others write meanwhile is not its concern."""
    yield _Nowhere()
