"""Which alerts were there? alerts.jsonl, a line each; what became too old leaves its key behind.

    alerts.jsonl       the last ten thousand alerts and, of each saved search, the last hundred
    alerts-fired.keys  16 bytes for each alert that was cut from it: enough never to repeat one

The key of an alert is made of the name of the search and the id of the article alone.
"""

import hashlib
import json
import os
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from search import files
from search.alerts import state
from search.render import as_json

FILE_NAME = "alerts.jsonl"
KEYS_NAME = "alerts-fired.keys"
KEPT = 10_000
KEPT_OF_EACH = 100
_SLACK = 2_000
"""So many lines more are left standing, for the file is written anew to cut it."""

_KEY_BYTES = 16
_KEY = re.compile(f"[0-9a-f]{{{2 * _KEY_BYTES}}}")
_CHUNK = _KEY_BYTES * 65_536
_TAIL = 65_536

Alert = dict[str, Any]
"""What is told of an article that a saved search found; docs/alerts.md lists the keys."""


def key_of(search: str, article_id: str) -> str:
    """Return what tells an alert from all others, in 32 hex digits."""
    both = f"{search}\0{article_id}".encode()
    return hashlib.blake2b(both, digest_size=_KEY_BYTES).hexdigest()


def append(folder: Path, alerts: Iterable[Alert]) -> None:
    """Write alerts to the end, durably; raises DiskFull, IndexFault."""
    lines = "".join(as_json(alert) + "\n" for alert in alerts)
    path = folder / FILE_NAME
    with state.told(folder):
        is_new = not path.exists()
        with path.open("ab") as file:
            file.truncate(_whole(path))
            file.write(lines.encode())
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            files.sync_folder(folder)


def read(folder: Path, after: int = 0) -> Iterator[Alert]:
    """Yield the alerts with numbers above `after`; a line that is none is passed over."""
    try:
        file = (folder / FILE_NAME).open("rb")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            alert = _alert(line)
            if alert is not None and alert["number"] > after:
                yield alert


def check(folder: Path) -> None:
    """Raise IndexCorrupt where a line is no alert; one that is being written, or was, is no damage."""
    with (folder / FILE_NAME).open("rb") as file:
        lost = sum(1 for line in file if line.endswith(b"\n") and _alert(line) is None)
    if lost:
        way_out = (
            f"{lost:,} of its lines are no alerts, and passed over; put back a copy, or remove them"
        )
        raise state.damaged(folder / FILE_NAME, way_out, "flipped")


def last_number(folder: Path) -> int:
    """Return the number of the last alert, 0 where there is none; reads the end of the file only."""
    path = folder / FILE_NAME
    size = _size(path)
    reach = _TAIL
    while size:
        with path.open("rb") as file:
            file.seek(max(0, size - reach))
            lines = file.read(reach).split(b"\n")
        for line in reversed(lines if reach >= size else lines[1:]):
            alert = _alert(line)
            if alert is not None:
                return int(alert["number"])
        if reach >= size:
            break
        reach *= 8
    return 0


def latest(folder: Path, most: int) -> dict[str, list[Alert]]:
    """Return the last alerts of each search, the newest first."""
    found: dict[str, deque[Alert]] = {}
    for alert in read(folder):
        found.setdefault(alert["search"], deque(maxlen=most)).append(alert)
    return {search: list(alerts)[::-1] for search, alerts in found.items()}


def fired(folder: Path, keys: Collection[str]) -> set[str]:
    """Return which of these alerts were there before."""
    wanted = set(keys)
    found = (
        {alert["alert"] for alert in read(folder) if alert["alert"] in wanted} if wanted else set()
    )
    rest = {bytes.fromhex(key) for key in wanted - found}
    if rest and _size(folder / KEYS_NAME):
        with (folder / KEYS_NAME).open("rb") as file:
            while chunk := file.read(_CHUNK):
                cut = (chunk[at : at + _KEY_BYTES] for at in range(0, len(chunk), _KEY_BYTES))
                found.update(key.hex() for key in cut if key in rest)
    return found


def cut(folder: Path, searches: Collection[str]) -> list[int]:
    """Cut the file where it has grown long; return the numbers of the alerts that went.

    `searches` are the names of those whose last alerts are kept in any case.
    """
    alerts = [(alert["number"], alert["search"], alert["alert"]) for alert in read(folder)]
    room = dict.fromkeys(searches, KEPT_OF_EACH)
    gone: list[tuple[int, str]] = []
    for age, (number, search, key) in enumerate(reversed(alerts)):
        room[search] = room.get(search, 0) - 1
        if age >= KEPT and room[search] < 0:
            gone.append((number, key))
    if len(gone) <= _SLACK:
        return []
    numbers = {number for number, _ in gone}
    _remember(folder, [key for _, key in gone])
    rest = "".join(as_json(a) + "\n" for a in read(folder) if a["number"] not in numbers)
    state.replace_bytes(folder / FILE_NAME, rest.encode())
    return sorted(numbers)


def _remember(folder: Path, keys: list[str]) -> None:
    """Keep the keys before their alerts go; those that are kept twice do no harm."""
    path = folder / KEYS_NAME
    with state.told(folder), path.open("ab") as file:
        size = os.fstat(file.fileno()).st_size
        file.truncate(size - size % _KEY_BYTES)  # a killed process may have left half a key
        file.write(b"".join(map(bytes.fromhex, keys)))
        file.flush()
        os.fsync(file.fileno())


def _whole(path: Path) -> int:
    """Return where the last whole line ends: a killed process may have left half of one behind it."""
    size = end = _size(path)
    with path.open("rb") as file:
        while end:
            start = max(0, end - _TAIL)
            file.seek(start)
            at = file.read(end - start).rfind(b"\n")
            if at >= 0:
                return start + at + 1
            end = start
    return 0 if size else size


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _alert(line: bytes) -> Alert | None:
    """Return the alert of a line, None where what makes it one is damaged: no target could take it."""
    try:
        alert = json.loads(line)
        is_whole = (
            type(alert["number"]) is int
            and all(isinstance(alert[name], str) for name in ("search", "alert", "id", "fired"))
            and _KEY.fullmatch(alert["alert"]) is not None
            and all(isinstance(snippet["text"], str) for snippet in alert["snippets"])
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return alert if is_whole else None
