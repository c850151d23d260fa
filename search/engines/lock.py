"""One job at a time: a lock of the operating system, which a killed process frees by dying.

The file says who holds it, for the message that others get; only the lock itself counts.
"""

import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO

from search.errors import IndexBusy, IndexFault, IndexLocked

LOCK_NAME = "lock"
_PAUSE = 0.05  # seconds between two tries


class Lock:
    """A lock that is held."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file

    @property
    def is_ours(self) -> bool:
        """Whether the file of the lock is still the one that was locked, and not removed."""
        try:
            there, ours = os.stat(self._path), os.fstat(self._file.fileno())
        except OSError:
            return False
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)


@contextmanager
def exclusive(folder: Path, wait: float = 0.0, name: str = LOCK_NAME) -> Iterator[Lock]:
    """Hold the lock of an index folder; raises IndexBusy, naming the holder, when somebody has it.

    `wait` is how many seconds to go on trying. Where it is the lock of the writer, that is IndexLocked.
    """
    path = folder / name
    until = time.monotonic() + wait
    file, lock = _tried(path)
    while lock is None and time.monotonic() < until:
        file.close()
        time.sleep(min(_PAUSE, max(0.0, until - time.monotonic())))
        file, lock = _tried(path)
    with file:
        if lock is None:
            busy = IndexLocked if name == LOCK_NAME else IndexBusy
            raise busy(
                f"Another job is writing to {folder} ({_holder(path)});"
                f" try again when it has finished{', or wait for it longer' if wait else ''}."
            )
        try:
            with contextlib.suppress(OSError):  # on a full disk nobody learns who it is
                _say_who(file)
            yield lock
        finally:
            with contextlib.suppress(OSError):
                file.truncate(0)
            _unlock(file)


def _tried(path: Path) -> tuple[BinaryIO, Lock | None]:
    """Return the file of the lock, open, and the lock if it was free."""
    try:
        file = path.open("a+b", buffering=0)
    except OSError as error:
        raise IndexFault(
            f"The index in {path.parent} cannot be written to ({error.strerror});"
            f" make it writable for this user, or choose another --index."
        ) from error
    lock = Lock(path, file)
    return file, lock if _try_lock(file) and lock.is_ours else None


def _say_who(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "command": _command(),
    }
    file.write(json.dumps(holder).encode())


def _command() -> str:
    """Return which program and which of its commands this is; what else was said may be secret."""
    words = [word for word in sys.argv[1:2] if word.isalpha()]
    return " ".join([Path(sys.argv[0]).name, *words])


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_bytes())
        return (
            f"pid {holder['pid']} on {holder['host']} since {holder['since']}: {holder['command']}"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return "it has not said who it is"


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: BinaryIO) -> bool:
        file.seek(1 << 30)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: BinaryIO) -> None:
        file.seek(1 << 30)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _try_lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
