"""Writing files so that they are whole or absent, and looking at folders."""

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search.errors import DiskFull

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says when there is no more room."""


def disk_full(location: Path, error: OSError) -> DiskFull:
    """Return what is told where a disk is full."""
    return DiskFull(
        f"The disk of {location} is full ({error.strerror}); make room there and run this again;"
        f" what was indexed before is still there."
    )


@contextmanager
def full_disk_told(location: Path) -> Iterator[None]:
    """Raise DiskFull instead of what the system says when there is no more room."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise disk_full(location, error) from error


def replace_durably(path: Path, data: bytes) -> None:
    """Put the data in place of the file, in one step that survives a power cut.

    Raises OSError, and then the file is whole all the same: the old one, or, where only the last flush
    failed, the new one.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_whole(name: str, text: str) -> None:
    """Write a text to a file that others may read at any moment, or into a pipe or a device."""
    path = Path(os.path.realpath(os.path.expanduser(name)))
    if path.exists() and not path.is_file():  # /dev/stdout, /dev/null: nothing to be replaced
        path.write_text(text, encoding="utf-8")
    else:
        replace_durably(path, text.encode("utf-8"))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system has a way to."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems on a network
            raise
    finally:
        os.close(handle)


def size_of_folder(folder: Path) -> int:
    """Return the bytes of all files in the folder itself, whatever comes and goes meanwhile."""
    size = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                size += entry.stat().st_size if entry.is_file() else 0
    return size
