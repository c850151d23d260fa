"""What happened to this index, one JSON line for each run; and when was the last good one?

The lines tell of runs that changed something or failed. A good run that had nothing to do leaves no
line, only its time: that of the file itself, which nothing else moves.
"""

import json
import os
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from search import files

FILE_NAME = "history.jsonl"
MOST_LINES = 1_000
"""What is remembered; older lines go."""

_SLACK = 100  # lines, so that not every run writes the whole file anew
_NEVER = 0  # the time of a file of which no run was good yet


def append(folder: Path, record: Mapping[str, object]) -> None:
    """Add a line about what was done just now, durably; `at`, its time in UTC, is added to it.

    Raises OSError where it cannot be written. The time of the last good run stays; see `touch`.
    """
    path = folder / FILE_NAME
    at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    line = json.dumps({"at": at, **record}, ensure_ascii=True).encode("ascii") + b"\n"
    is_new = not path.exists()
    # Appended in one call: two processes may do so at once. Who is killed in it leaves half a line.
    with path.open("a+b", buffering=0) as file:
        good_at = _NEVER if is_new else os.fstat(file.fileno()).st_mtime_ns
        file.seek(0)
        before = file.read()
        file.write(line if before[-1:] in (b"", b"\n") else b"\n" + line)
        _set_time(path, good_at)
        os.fsync(file.fileno())
    if is_new:
        files.sync_folder(folder)
    lines = before.splitlines()
    if len(lines) >= MOST_LINES + _SLACK:
        kept = [*lines[1 - MOST_LINES :], line]
        files.replace_durably(path, b"\n".join(kept))
        _set_time(path, good_at)


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the last lines, oldest first; what a killed process left of a line is passed over."""
    try:
        lines = (folder / FILE_NAME).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    records = []
    for line in lines[-MOST_LINES:]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            records.append(record)
    return records


def touch(folder: Path) -> None:
    """Note that a good run has ended now; no byte of the file changes. Raises OSError."""
    path = folder / FILE_NAME
    path.touch()
    _set_time(path, time.time_ns())


def last_run(folder: Path) -> datetime | None:
    """Return when the last good run ended, in UTC; None where there was none yet."""
    try:
        at = (folder / FILE_NAME).stat().st_mtime_ns
    except FileNotFoundError:
        return None
    return datetime.fromtimestamp(at / 1e9, timezone.utc) if at > _NEVER else None


def _set_time(path: Path, nanoseconds: int) -> None:
    os.utime(path, ns=(nanoseconds, nanoseconds))
