"""The shape that every format has."""

from collections.abc import Iterator
from io import BufferedReader
from typing import Protocol

from search.article import Article
from search.sources.options import SourceOptions
from search.sources.rejected import LayoutDrift, Rejected
from search.sources.source_file import SourceFile

Found = Article | Rejected | LayoutDrift


class Reader(Protocol):
    """Read all records of one open file, in their order.

    The stream is already decompressed. A record that is bad is a Rejected; only a file that cannot
    be read any further raises, and always SourceError.
    """

    def __call__(
        self, stream: BufferedReader, file: SourceFile, options: SourceOptions, /
    ) -> Iterator[Found]:
        """Read the records of `stream`, which was opened from `file`."""
        ...
