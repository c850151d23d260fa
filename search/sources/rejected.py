"""What comes out of a file beside articles: values, for nothing bad to be lost or to stop a run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not become an article; `line` counts from 1, and 0 is the whole file."""

    path: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class LayoutDrift:
    """A record that became an article, but did not look as expected: it may be read wrongly."""

    path: str
    line: int
    message: str
