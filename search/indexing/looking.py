"""What is there to be indexed, and what is surely there no more?"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from search.errors import SourceError
from search.sources.reading import format_suffix
from search.sources.rejected import Rejected
from search.sources.source_file import STANDARD_INPUT, SourceFile
from search.sources.walking import walk


@dataclass(frozen=True, slots=True)
class Sources:
    """What is to be indexed: the paths asked for, absolute, and the files found under them."""

    roots: tuple[str, ...]
    entries: Iterator[SourceFile | Rejected]


def look(paths: Iterable[str | Path], apart: Path | None = None) -> Sources:
    """Check that all paths can be read, before an index is touched; raises SourceError.

    `apart` is a folder to leave out, wherever it lies: the index does not index itself.
    """
    roots = absolute(paths)
    return Sources(roots, _without(apart, walk(roots)))


def look_again(paths: Iterable[str | Path], apart: Path | None = None) -> Sources:
    """Do the same with the paths of earlier runs, of which one that fails does not stop the others.

    It becomes a Rejected, and its articles are kept; but those of a file that was deleted go. Raises
    SourceError where nothing is left to be looked at.
    """
    roots = absolute(paths)
    found = {root: _failure(root) for root in roots if not _was_deleted(root)}
    readable = [root for root, failure in found.items() if failure is None]
    failures = {root: failure for root, failure in found.items() if failure is not None}
    if len(failures) == len(roots):
        raise failures[roots[0]]
    rejected = (Rejected(root, 0, str(failure)) for root, failure in failures.items())
    return Sources(roots, chain(rejected, _without(apart, walk(readable))))


def absolute(paths: Iterable[str | Path]) -> tuple[str, ...]:
    """Return the paths as an index knows them, each once."""
    return tuple(dict.fromkeys(map(_absolute, paths)))


def within(roots: Iterable[str]) -> Callable[[str], bool]:
    """Return what says of a path whether it is one of the roots, or lies in or under one."""
    exact = frozenset(roots)
    beginnings = tuple(root.rstrip("/\\") + "/" for root in exact)
    return lambda path: path in exact or path.startswith(beginnings)


def is_gone(path: str) -> bool:
    """Say whether a file is surely not there; one that cannot be looked at may be."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _absolute(path: str | Path) -> str:
    text = str(path)
    return text if text == STANDARD_INPUT else os.path.abspath(os.path.expanduser(text))


def _without(
    folder: Path | None, entries: Iterator[SourceFile | Rejected]
) -> Iterator[SourceFile | Rejected]:
    if folder is None:
        return entries
    is_apart = within((os.path.abspath(folder), os.path.realpath(folder)))
    return (entry for entry in entries if not is_apart(entry.path))


def _failure(root: str) -> SourceError | None:
    try:
        walk([root])
    except SourceError as failure:
        return failure
    return None


def _was_deleted(root: str) -> bool:
    """Say whether a path that was indexed is a file whose folder is still there, without it."""
    return bool(format_suffix(root)) and is_gone(root) and os.path.isdir(os.path.dirname(root))
