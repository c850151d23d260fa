"""Alerts -> lines of JSON, at the end of a file or on standard output."""

import os
import stat
import sys
from pathlib import Path
from typing import Protocol

from search import files
from search.alerts.target import Delivery
from search.render import as_json


class JsonLines:
    """A file to which one line of JSON is added for each alert, or standard output."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.name = f"jsonl:{path or '-'}"

    def deliver(self, delivery: Delivery) -> None:
        """Add the lines, durably where it is a file."""
        data = "".join(as_json(alert) + "\n" for alert in delivery.alerts).encode()
        if self.path is None:
            _print(data)
            return
        # Without a reader, to open a pipe would wait for ever.
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _AT_ONCE, 0o644)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(0, "it is no file; name one, or jsonl:- for standard output")
            _add(file, data)
        files.sync_folder(self.path.parent)


_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def _add(file: "_Appended", data: bytes) -> None:
    """Add lines to an open file, or nothing; half a line of a killed process is ended first."""
    size = file.seek(0, os.SEEK_END)
    if size:
        file.seek(size - 1)
        data = data if file.read(1) == b"\n" else b"\n" + data
    try:
        view = memoryview(data)
        while view:
            view = view[file.write(view) or 0 :]
        os.fsync(file.fileno())
    except OSError:
        file.truncate(size)
        raise


class _Appended(Protocol):
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def read(self, size: int, /) -> bytes | None: ...
    def write(self, data: memoryview, /) -> int | None: ...
    def truncate(self, size: int, /) -> int: ...
    def fileno(self) -> int: ...


def _print(data: bytes) -> None:
    sys.stdout.flush()
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(data.decode())
    else:
        stream.write(data)
    sys.stdout.flush()
