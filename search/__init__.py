"""duowen: full-text search over a bilingual (English and Chinese) news archive.

    from search import open_index, reindex
    reindex(["articles/"], "index_data")
    with open_index("index_data") as index:
        for hit in index.search("朝鲜 卫星"):
            print(hit.title)

Importing this package does nothing and costs nothing: each name is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.article import Article as Article
    from search.engines.port import Statistics as Statistics
    from search.errors import ArticleError as ArticleError
    from search.errors import ConfigError as ConfigError
    from search.errors import DiskFull as DiskFull
    from search.errors import DuowenError as DuowenError
    from search.errors import EngineError as EngineError
    from search.errors import EngineUnavailable as EngineUnavailable
    from search.errors import GenerationMissing as GenerationMissing
    from search.errors import IndexBusy as IndexBusy
    from search.errors import IndexCorrupt as IndexCorrupt
    from search.errors import IndexFault as IndexFault
    from search.errors import IndexMissing as IndexMissing
    from search.errors import IndexTooNew as IndexTooNew
    from search.errors import IndexTooOld as IndexTooOld
    from search.errors import PruneRefused as PruneRefused
    from search.errors import QueryError as QueryError
    from search.errors import SourceError as SourceError
    from search.errors import Unsupported as Unsupported
    from search.indexing.report import Counts as Counts
    from search.indexing.report import Report as Report
    from search.library import Index as Index
    from search.library import open_index as open_index
    from search.reindexing import forget as forget
    from search.reindexing import reindex as reindex
    from search.results import Hit as Hit
    from search.results import Results as Results
    from search.results import Snippet as Snippet
    from search.sources.options import SourceOptions as SourceOptions
    from search.sources.rejected import Rejected as Rejected

_HOMES = {
    "Article": "search.article",
    "ArticleError": "search.errors",
    "ConfigError": "search.errors",
    "Counts": "search.indexing.report",
    "DiskFull": "search.errors",
    "DuowenError": "search.errors",
    "EngineError": "search.errors",
    "EngineUnavailable": "search.errors",
    "GenerationMissing": "search.errors",
    "Hit": "search.results",
    "Index": "search.library",
    "IndexBusy": "search.errors",
    "IndexCorrupt": "search.errors",
    "IndexFault": "search.errors",
    "IndexMissing": "search.errors",
    "IndexTooNew": "search.errors",
    "IndexTooOld": "search.errors",
    "PruneRefused": "search.errors",
    "QueryError": "search.errors",
    "Rejected": "search.sources.rejected",
    "Report": "search.indexing.report",
    "Results": "search.results",
    "Snippet": "search.results",
    "SourceError": "search.errors",
    "SourceOptions": "search.sources.options",
    "Statistics": "search.engines.port",
    "Unsupported": "search.errors",
    "forget": "search.reindexing",
    "open_index": "search.library",
    "reindex": "search.reindexing",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605  # one table, so that names and homes cannot drift apart


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'search' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
