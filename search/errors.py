"""Everything that can go wrong, as one family.

DuowenError                    parent of all: str(error) is one sentence that ends with the way out
├── ConfigError                the settings are wrong; every mistake is named at once
├── QueryError                 a query part that was asked for strictly cannot be understood
├── SourceError                a path cannot be read at all (one bad article is a Rejected value instead)
├── ArticleError               a mapping cannot become an Article
├── PruneRefused               a job would have removed suspiciously much
├── IndexFault                 something is wrong with what is on disk
│   ├── IndexMissing           no index there yet
│   ├── IndexTooNew            written by a newer duowen
│   ├── IndexTooOld            written by an older duowen that this one cannot read
│   ├── IndexCorrupt           damaged: says which file and how
│   ├── GenerationMissing      a generation that was named is not kept (any more)
│   └── IndexBusy              another job is writing
│       └── IndexLocked        and so this one has not begun
└── EngineError
    ├── DiskFull               nothing more can be written; nothing was lost
    ├── EngineUnavailable      cannot be reached; safe to try again
    └── Unsupported            this engine declared that it cannot do this

`exit_code` is what the command line ends with; docs/cli.md lists them.
"""

from typing import Literal

Kind = Literal[
    "missing", "truncated", "flipped", "newer", "older", "foreign", "unreadable", "inconsistent"
]
"""What is wrong with a file of an index: gone; shorter than it was written; other bytes; written by
another version; of something else; not to be read for the system; intact, but it makes no sense."""

EXIT_DONE = 0
EXIT_NOTHING = 1
EXIT_USAGE = 2
EXIT_PARTIAL = 3
EXIT_INDEX = 4
EXIT_BUSY = 75


class DuowenError(Exception):
    """Parent of all errors that duowen raises on purpose."""

    exit_code = EXIT_NOTHING


class ConfigError(DuowenError):
    """The settings are wrong; `mistakes` are those of a part of them, each without its way out."""

    exit_code = EXIT_USAGE

    def __init__(self, sentence: str, mistakes: tuple[str, ...] | list[str] = ()) -> None:
        super().__init__(sentence)
        self.mistakes = tuple(mistakes)


class QueryError(DuowenError):
    """An argument of a search (a date, a sort order, a limit) cannot be understood."""

    exit_code = EXIT_USAGE


class SourceError(DuowenError):
    """A path cannot be read at all."""


class SourceMissing(SourceError):
    """A path that was named does not exist."""

    exit_code = EXIT_USAGE


class ArticleError(DuowenError, ValueError):
    """A mapping cannot become an Article."""


class PruneRefused(DuowenError):
    """A job would remove more of a path's articles than is likely to be meant."""


class IndexFault(DuowenError):
    """Something is wrong with what is on disk.

    Where it is one file's fault, `file` is its name, `kind` one of Kind, and `detail` says more.
    """

    exit_code = EXIT_INDEX

    def __init__(
        self, sentence: str, *, file: str = "", kind: Kind | None = None, detail: str = ""
    ) -> None:
        super().__init__(sentence)
        self.file = file
        self.kind = kind
        self.detail = detail


class IndexMissing(IndexFault):
    """There is no index there."""


class IndexTooNew(IndexFault):
    """The index was written by a newer version."""


class IndexTooOld(IndexFault):
    """The index was written by an older version that can no longer be read."""


class IndexCorrupt(IndexFault):
    """The index is damaged."""


class GenerationMissing(IndexFault):
    """A generation that was named is not kept."""

    exit_code = EXIT_USAGE


class IndexBusy(IndexFault):
    """Another job is writing to the index."""

    exit_code = EXIT_BUSY


class IndexLocked(IndexBusy):
    """Another job holds the lock of the index, so that this one has not begun, and lost nothing."""


class EngineError(DuowenError):
    """The engine that keeps the index failed."""


class DiskFull(EngineError):
    """The disk of the index is full."""


class EngineUnavailable(EngineError):
    """The engine cannot be reached; trying again is safe."""


class Unsupported(EngineError):
    """The engine declared that it cannot do this."""
