"""From the paths somebody named to the files to read, always in the same order.

A job that has nothing to do does little else than this, over all files of the archive: what is done for
each of them is only what a listing of its folder and one look at it tell.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from search.errors import SourceError, SourceMissing
from search.sources.reading import READERS, format_suffix
from search.sources.records import reject
from search.sources.rejected import Rejected
from search.sources.source_file import STANDARD_INPUT, UNKNOWN_TIME, SourceFile

__all__ = ["SourceFile", "walk"]

_PLAIN = frozenset(suffix[1:] for suffix in READERS)
_by_name = attrgetter("name")


def walk(
    paths: Iterable[str | os.PathLike[str]], apart: str | os.PathLike[str] | None = None
) -> Iterator[SourceFile | Rejected]:
    """Find the files under some paths: files, folders, or `-` for standard input.

    All paths are checked before the first file comes. A file that is reached twice comes once, and
    one that really lies in the folder `apart` never, by whatever links it is reached.
    Raises SourceMissing for a path that is not there, and SourceError for a folder that cannot be
    listed or holds no article file; what is wrong deeper down is a Rejected.
    """
    named = [os.fspath(path) for path in paths]
    for path in named:
        _check(path)
    return _files(named, _lies_in(apart))


def _check(path: str) -> None:
    if path == STANDARD_INPUT:
        return
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)
        if is_folder:
            os.scandir(path).close()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in it
        raise SourceMissing(
            f"{path!r} does not exist, and what is indexed of it stays; check the path, and whether its"
            f" disk is mounted."
        ) from None
    except OSError as error:
        raise SourceError(
            f"{path!r} cannot be read ({error.strerror}); check its permissions."
        ) from None
    if is_folder and not _holds_any(path):
        raise SourceError(
            f"{path!r} holds no article files ({' '.join(READERS)}, each also .gz .bz2 .xz), and what is"
            f" indexed of it stays; check whether its disk is mounted, or name a folder that holds some,"
            f" or a file itself."
        )


def _holds_any(path: str) -> bool:
    """Say whether a walk through a folder gives anything; the first thing that it would is enough."""
    real_root = os.path.realpath(path)
    entered = {real_root}
    pending = [_Folder(os.path.abspath(path), real_root, "")]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder.path) as entries:
                for entry in entries:
                    place = _place(entry, folder, path, real_root)
                    if isinstance(place, _Folder):
                        if place.real not in entered:
                            entered.add(place.real)
                            pending.append(place)
                    elif place is not None:
                        return True
        except OSError:  # that is to be told
            return True
    return False


def _lies_in(folder: str | os.PathLike[str] | None) -> Callable[[str], bool]:
    """Return what says of a real path whether it is the folder, or lies in it."""
    if folder is None:
        return lambda _real: False
    beginning = os.path.join(os.path.realpath(folder), "")
    return lambda real: os.path.join(real, "").startswith(beginning)


def _files(named: list[str], is_apart: Callable[[str], bool]) -> Iterator[SourceFile | Rejected]:
    seen: set[str] = set()
    for path in named:
        if path == STANDARD_INPUT:
            found, real = SourceFile(path, path, path), path
        elif os.path.isdir(path):
            yield from _in_folder(os.path.abspath(path), seen, is_apart)
            continue
        else:
            absolute = os.path.abspath(path)
            folder, name = os.path.split(absolute)
            found = SourceFile(folder, absolute, name, *_size_and_time(absolute))
            real = os.path.realpath(absolute)
        if real not in seen and not is_apart(real):
            seen.add(real)
            yield _nameable(found)


def _in_folder(
    root: str, seen: set[str], is_apart: Callable[[str], bool]
) -> Iterator[SourceFile | Rejected]:
    """Give the article files under a folder, sorted by name, depth first, unless they were seen."""
    real_root = os.path.realpath(root)
    if is_apart(real_root):
        return
    entered = {real_root}
    # A stack of our own: folders nest deeper than calls may.
    pending: list[_Folder | Iterator[_Place]] = [_Folder(root, real_root, "")]
    while pending:
        top = pending.pop()
        if isinstance(top, _Folder):
            inside = _listed(top, root, real_root)
            if isinstance(inside, Rejected):
                yield inside
                continue
            top = _not_entered(inside, entered, is_apart)
        for place in top:
            if isinstance(place, SourceFile):
                file, real = place, place.path
            elif isinstance(place, _Folder):
                pending += top, place
                break
            else:
                file, real = place
                if is_apart(real):
                    continue
                file = file._replace(real=real)
            if real not in seen:
                seen.add(real)
                yield file if file.path.isascii() else _nameable(file)


def _not_entered(
    inside: "list[_Place]", entered: set[str], is_apart: Callable[[str], bool]
) -> "Iterator[_Place]":
    """Leave out the folders that are not to be entered, and note the others."""
    folders = {one.real for one in inside if isinstance(one, _Folder)}
    out = {one for one in folders if one in entered or is_apart(one)}
    entered |= folders
    if not out:
        return iter(inside)
    return (one for one in inside if not (isinstance(one, _Folder) and one.real in out))


class _Folder(NamedTuple):
    """A folder to enter; `prefix` is what the names in it begin with, under the root."""

    path: str
    real: str
    prefix: str


class _Elsewhere(NamedTuple):
    """A file that is reached by links, and where it really is."""

    file: SourceFile
    real: str


_Place: TypeAlias = _Folder | SourceFile | _Elsewhere


def _listed(folder: _Folder, root: str, real_root: str) -> list[_Place] | Rejected:
    try:
        with os.scandir(folder.path) as entries:
            found = sorted(entries, key=_by_name)
    except OSError as error:
        return reject(
            SourceFile(root, folder.path, ""),
            0,
            f"The folder cannot be listed ({error.strerror}); check its permissions.",
        )
    places = [_place(entry, folder, root, real_root) for entry in found]
    return [place for place in places if place is not None]


def _place(entry: "os.DirEntry[str]", folder: _Folder, root: str, real_root: str) -> _Place | None:
    """Return where an entry leads, or None when it is nothing to read."""
    name, path = entry.name, entry.path
    if name[0] == ".":
        return None
    if entry.is_symlink():
        return _linked(entry, folder, root, real_root)
    is_wanted = _is_article_file(name)
    size, mtime_ns = 0, UNKNOWN_TIME
    try:
        if entry.is_dir():
            return _Folder(path, os.path.join(folder.real, name), f"{folder.prefix}{name}/")
        if is_wanted and (is_wanted := entry.is_file()):
            known = entry.stat()
            size, mtime_ns = known.st_size, known.st_mtime_ns
    except OSError:  # opening it says what is wrong
        pass
    if not is_wanted:
        return None
    # As SourceFile(...), without the call of a function that it would be, for each of 50,000.
    file = tuple.__new__(SourceFile, (root, path, folder.prefix + name, size, mtime_ns, ""))
    is_here = folder.real == folder.path
    return file if is_here else _Elsewhere(file, os.path.join(folder.real, name))


def _linked(entry: "os.DirEntry[str]", folder: _Folder, root: str, real_root: str) -> _Place | None:
    path = entry.path
    try:
        real = os.path.realpath(path)
    except OSError:
        return None  # a link that may not even be looked at
    if not real.startswith(os.path.join(real_root, "")):
        return None  # it leaves the root, or leads to it
    relative = folder.prefix + entry.name
    # A link that leads nowhere, or in a circle, is kept: opening it says what is wrong.
    with contextlib.suppress(OSError):
        if entry.is_dir():
            return _Folder(path, real, f"{relative}/")
    if not _is_article_file(entry.name):
        return None
    return _Elsewhere(SourceFile(root, path, relative, *_size_and_time(path)), real)


def _is_article_file(name: str) -> bool:
    ending = name.rpartition(".")[2]  # of almost every file this is enough
    return (ending in _PLAIN and len(ending) < len(name)) or bool(format_suffix(name))


def _size_and_time(path: str) -> tuple[int, int]:
    """Return what a look at a file tells; of what is no file, that nothing is known."""
    try:
        known = os.stat(path)
    except OSError:
        return 0, UNKNOWN_TIME
    is_file = stat.S_ISREG(known.st_mode)
    return (known.st_size, known.st_mtime_ns) if is_file else (0, UNKNOWN_TIME)


def _nameable(file: SourceFile) -> SourceFile | Rejected:
    try:
        file.path.encode("utf-8")
    except UnicodeEncodeError:
        return reject(file, 0, "The name of the file is not UTF-8; rename it.")
    return file
