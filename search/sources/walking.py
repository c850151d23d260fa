"""From the paths somebody named to the files to read, always in the same order."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from search.errors import SourceError, SourceMissing
from search.sources.reading import READERS, format_suffix
from search.sources.records import reject
from search.sources.rejected import Rejected
from search.sources.source_file import STANDARD_INPUT, SourceFile

__all__ = ["SourceFile", "walk"]


def walk(paths: Iterable[str | os.PathLike[str]]) -> Iterator[SourceFile | Rejected]:
    """Find the files under some paths: files, folders, or `-` for standard input.

    All paths are checked before the first file comes. A file that is reached twice comes once.
    Raises SourceMissing for a path that is not there, and SourceError for a folder that cannot be
    listed or holds no article file; what is wrong deeper down is a Rejected.
    """
    named = [os.fspath(path) for path in paths]
    for path in named:
        _check(path)
    return _files(named)


def _check(path: str) -> None:
    if path == STANDARD_INPUT:
        return
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)
        if is_folder:
            os.scandir(path).close()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in it
        raise SourceMissing(f"{path!r} does not exist; check the path.") from None
    except OSError as error:
        raise SourceError(
            f"{path!r} cannot be read ({error.strerror}); check its permissions."
        ) from None
    if is_folder and next(_Walk().folder(path), None) is None:
        raise SourceError(
            f"{path!r} holds no article files ({' '.join(READERS)}, each also .gz .bz2 .xz); "
            "name a folder that does, or a file itself."
        )


def _files(named: list[str]) -> Iterator[SourceFile | Rejected]:
    journey = _Walk()
    for path in named:
        if path == STANDARD_INPUT:
            yield from journey.once(SourceFile(path, path, path), path)
        elif os.path.isdir(path):
            yield from journey.folder(path)
        else:
            absolute = os.path.abspath(path)
            folder, name = os.path.split(absolute)
            yield from journey.once(SourceFile(folder, absolute, name), os.path.realpath(absolute))


@dataclass(slots=True)
class _Walk:
    """One walk over all paths; it remembers the real path of each file it gave."""

    seen: set[str] = field(default_factory=set)

    def once(self, file: SourceFile, real: str) -> Iterator[SourceFile | Rejected]:
        """Give a file, unless it came before under whatever name."""
        if real in self.seen:
            return
        self.seen.add(real)
        try:
            file.path.encode("utf-8")
        except UnicodeEncodeError:
            yield reject(file, 0, "The name of the file is not UTF-8; rename it.")
        else:
            yield file

    def folder(self, path: str) -> Iterator[SourceFile | Rejected]:
        """Give the article files under a folder, sorted by name, depth first."""
        root = os.path.abspath(path)
        real_root = os.path.realpath(root)
        entered = {real_root}
        pending = [
            _Place(root, real_root)
        ]  # a stack of our own: folders nest deeper than calls may
        while pending:
            place = pending.pop()
            if place.is_folder:
                inside = _listed(place, root, real_root)
                if isinstance(inside, Rejected):
                    yield inside
                    continue
                fresh = [one for one in inside if not one.is_folder or one.real not in entered]
                entered.update(one.real for one in fresh if one.is_folder)
                pending.extend(reversed(fresh))
            else:
                relative = os.path.relpath(place.path, root).replace(os.sep, "/")
                yield from self.once(SourceFile(root, place.path, relative), place.real)


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    real: str
    is_folder: bool = True


def _listed(folder: _Place, root: str, real_root: str) -> list[_Place] | Rejected:
    try:
        with os.scandir(folder.path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        return reject(
            SourceFile(root, folder.path, ""),
            0,
            f"The folder cannot be listed ({error.strerror}); check its permissions.",
        )
    places = (_place(entry, folder, real_root) for entry in found if entry.name[0] != ".")
    return [place for place in places if place is not None]


def _place(entry: "os.DirEntry[str]", folder: _Place, real_root: str) -> _Place | None:
    """Return where an entry leads, or None when it is nothing to read."""
    real = os.path.join(folder.real, entry.name)
    if entry.is_symlink():
        try:
            real = os.path.realpath(entry.path)
        except OSError:
            return None  # a link that may not even be looked at
        if not real.startswith(os.path.join(real_root, "")):
            return None  # it leaves the root, or leads to it
    try:
        if entry.is_dir():
            return _Place(entry.path, real)
        # A link that leads nowhere is kept: opening it says what is wrong.
        is_readable = entry.is_file() or entry.is_symlink()
    except OSError:  # a loop of links
        is_readable = True
    if is_readable and format_suffix(entry.name):
        return _Place(entry.path, real, is_folder=False)
    return None
