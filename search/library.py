"""The door for programs that search, or write articles themselves: open_index."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from search import searcher
from search.engines.port import EngineWriter, SearchEngine, Sort, Statistics
from search.engines.registry import EngineChoice, open_engine
from search.errors import ArticleError
from search.query.planning import MatchMode
from search.results import Results
from search.snippets.excerpts import WIDTH

if TYPE_CHECKING:  # who only searches makes no article
    from search.article import Article

IndexPath = str | os.PathLike[str]


class Index:
    """An open index. It keeps the generation it was opened at, until its own writer commits.

    Reading is safe in threads. Close it, or use it in a `with` block.
    """

    def __init__(self, engine: SearchEngine) -> None:
        self._engine = engine

    def search(  # noqa: PLR0913  # each is a thing to ask for
        self,
        query: str,
        *,
        limit: int = 10,
        offset: int = 0,
        source: str | Iterable[str] | None = None,
        since: str | date | None = None,
        until: str | date | None = None,
        sort: Sort = "relevance",
        match: MatchMode = "auto",
        snippets: bool = True,
        width: int = WIDTH,
        now: datetime | None = None,
    ) -> Results:
        """Answer a query line; any line parses, and what was not understood is in `warnings`.

        `since` and `until` (inclusive) take a datetime, or text such as 2023-11, 7d or yesterday;
        `match` is auto (all words; most of a long query), all or any; `width` is in columns; `now`
        is what relative dates count from. Raises QueryError for an argument that is no such thing.
        """
        request = searcher.Request(
            limit=limit,
            offset=offset,
            source=source if isinstance(source, str) or source is None else tuple(source),
            since=since,
            until=until,
            sort=sort,
            match=match,
            snippets=snippets,
            width=width,
            now=now,
        )
        return searcher.search(self._engine, query, request)

    def whoosh(self, **options: Any) -> Any:  # noqa: ANN401  # Whoosh has no types
        """Return a stock `whoosh.searching.Searcher` over what is seen now, to be closed after use.

        docs/whoosh.md lists its fields and terms; `options` are those of Whoosh's searcher, such as
        `weighting`. Whoosh is loaded by this call, and only reads. Raises Unsupported for another
        engine than `local`.
        """
        from search.codec.reader import ColumnarIndex  # loads Whoosh

        return ColumnarIndex(self._engine).searcher(**options)

    def get(self, article_id: str) -> "Article | None":
        """Return the article with this id, or None."""
        return self._engine.get(article_id)

    def statistics(self) -> Statistics:
        """Count what the index holds."""
        return self._engine.statistics()

    @property
    def generation(self) -> int:
        """The number of the commit that is seen."""
        return self._engine.generation

    def __len__(self) -> int:
        return self._engine.article_count

    @contextmanager
    def writer(self) -> Iterator[EngineWriter]:
        """Open the one writer: one durable commit, seen by this index afterwards.

        Leaving the block by an exception commits nothing. Raises IndexBusy while another is open, and
        ArticleError where a cluster did not take some articles in the end: all others are committed.
        """
        with self._engine.writer() as writer:
            yield writer
        self.reload()
        if writer.refused:
            raise ArticleError(
                f"{writer.refused[0].reason} All but {len(writer.refused):,} such are committed."
            )

    def reload(self) -> None:
        """Move to the newest generation."""
        before, self._engine = self._engine, self._engine.latest()
        before.close()

    def close(self) -> None:
        """Let go of the files."""
        self._engine.close()

    def __enter__(self) -> "Index":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_index(path: IndexPath, *, create: bool = False, engine: EngineChoice = "local") -> Index:
    """Open the index in a folder, or of that folder on a cluster; `create` makes an empty one.

    Raises IndexMissing, IndexCorrupt, IndexTooNew or IndexTooOld; EngineUnavailable for a cluster.
    """
    return Index(open_engine(engine, Path(os.path.expanduser(path)), create=create))
