"""One file to read, and the path under which it was found."""

from typing import NamedTuple

STANDARD_INPUT = "-"

UNKNOWN_TIME = -(1 << 63)
"""The time of a file that nobody could tell, or that says nothing about it: that of no file."""


class SourceFile(NamedTuple):
    """A file: `root` was asked for and `path` found in it, both absolute; `relative` joins them.

    `relative` is written with `/` everywhere, so that it names the same article on every machine.
    For standard input all three are `-`. `size` and `mtime_ns` are those of the file that a link
    leads to, when it was found.
    """

    root: str
    path: str
    relative: str
    size: int = 0
    mtime_ns: int = UNKNOWN_TIME
