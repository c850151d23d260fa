"""What is there to be indexed, and what is surely there no more?"""

import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
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
    return Sources(roots, walk(roots, apart))


def look_again(
    paths: Iterable[str | Path], apart: Path | None = None, *, known: bool = True
) -> Sources:
    """Do the same with standing paths, of which one that fails does not stop the others.

    It becomes a Rejected, and its articles are kept; but those of a file that was deleted go, where the
    paths are `known` from earlier runs and nobody names them still. Raises SourceError where nothing is
    left to be looked at.
    """
    roots = absolute(paths)
    found = {root: _failure(root) for root in roots if not (known and _was_deleted(root))}
    readable = [root for root, failure in found.items() if failure is None]
    failures = {root: failure for root, failure in found.items() if failure is not None}
    if len(failures) == len(roots):
        raise failures[roots[0]]
    rejected = (Rejected(root, 0, str(failure)) for root, failure in failures.items())
    return Sources(roots, chain(rejected, walk(readable, apart)))


def absolute(paths: Iterable[str | Path]) -> tuple[str, ...]:
    """Return the paths as an index knows them, each once; raises SourceError for what it cannot note."""
    return tuple(dict.fromkeys(map(_absolute, paths)))


def within(roots: Iterable[str]) -> Callable[[str], bool]:
    """Return what says of a path whether it is one of the roots, or lies in or under one."""
    exact = frozenset(roots)
    beginnings = tuple(os.path.join(root, "") for root in exact)
    return lambda path: path in exact or path.startswith(beginnings)


class Absence:
    """Says of a file that was indexed whether it is surely there no more, or found by another name.

    `entries` is all that was found under the `roots` of this run, and `known` are those of all runs.
    """

    def __init__(
        self, entries: Collection[SourceFile | Rejected], roots: Iterable[str], known: Iterable[str]
    ) -> None:
        self.entries = entries
        self._roots = frozenset(roots)
        self._named = frozenset(known)
        self._answers: dict[str, bool] = {}
        self.there = frozenset(entry.path for entry in entries)

    def is_gone(self, path: str) -> bool:
        """Say it of a path; one that cannot be looked at may be there."""
        if path in self.there:
            return False
        if path not in self._answers:
            self._answers[path] = self._is_found_otherwise(path) or self._is_missing(path)
        return self._answers[path]

    def _is_found_otherwise(self, path: str) -> bool:
        """Say whether a link came first, or a disk that does not tell A from a calls it otherwise."""
        if path in self._linked:
            return True
        other = self._folded.get(path.casefold())
        with suppress(OSError):
            return other is not None and os.path.samefile(path, other)
        return False

    def _is_missing(self, path: str) -> bool:
        """Say whether a walk would not find it, though what was named itself need only be there."""
        try:
            mode = os.stat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False
        if path in self._named:
            return stat.S_ISDIR(mode)
        if not stat.S_ISREG(mode):
            return True
        is_walked = within(self._roots)(path) and not within(self._named - self._roots)(path)
        return is_walked and not self._is_inside(os.path.realpath(path))

    @cached_property
    def _linked(self) -> frozenset[str]:
        return frozenset(one.real for one in self.entries if isinstance(one, SourceFile))

    @cached_property
    def _folded(self) -> Mapping[str, str]:
        return {path.casefold(): path for path in self.there}

    @cached_property
    def _is_inside(self) -> Callable[[str], bool]:
        return within(map(os.path.realpath, self._roots))


def _absolute(path: str | Path) -> str:
    text = str(path)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise SourceError(f"The name of {text!r} is not UTF-8; rename it.") from None
    return text if text == STANDARD_INPUT else os.path.abspath(os.path.expanduser(text))


def _failure(root: str) -> SourceError | None:
    try:
        walk([root])
    except SourceError as failure:
        return failure
    return None


def _was_deleted(root: str) -> bool:
    """Say whether a path that was indexed is a file whose folder is still there, without it."""
    try:
        os.stat(root)
    except (FileNotFoundError, NotADirectoryError):
        return bool(format_suffix(root)) and os.path.isdir(os.path.dirname(root))
    except OSError:
        pass
    return False
