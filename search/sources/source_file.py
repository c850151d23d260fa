"""One file to read, and the path under which it was found."""

from dataclasses import dataclass

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file: `root` was asked for and `path` found in it, both absolute; `relative` joins them.

    `relative` is written with `/` everywhere, so that it names the same article on every machine.
    For standard input all three are `-`.
    """

    root: str
    path: str
    relative: str
