"""One job at a time: a lock of the operating system, which a killed process frees by dying.

The file says who holds it, for the message that others get; only the lock itself counts.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO

from search.errors import IndexBusy, IndexFault

LOCK_NAME = "lock"


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the lock of an index folder; raises IndexBusy, naming the holder, when somebody has it."""
    path = folder / LOCK_NAME
    try:
        file = path.open("a+b")
    except OSError as error:
        raise IndexFault(
            f"The index in {folder} cannot be written to ({error.strerror}); choose another --index."
        ) from error
    with file:
        if not _try_lock(file):
            raise IndexBusy(
                f"Another job is writing to {folder} ({_holder(path)});"
                f" try again when it has finished."
            )
        try:
            _say_who(file)
            yield
        finally:
            file.truncate(0)
            file.flush()
            _unlock(file)


def _say_who(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "command": " ".join(sys.argv)[:500],
    }
    file.write(json.dumps(holder).encode())
    file.flush()


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
