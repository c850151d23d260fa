"""What could not be read, kept beside the index: one JSON line each, of the last run."""

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path

from search import files
from search.sources.rejected import Rejected

FILE_NAME = "quarantine.jsonl"


def keep(folder: Path, rejected: Iterable[Rejected]) -> Path | None:
    """Write the quarantine file anew, or remove it where nothing was rejected; return its path."""
    path = folder / FILE_NAME
    lines = [json.dumps(asdict(value), ensure_ascii=True) for value in rejected]
    if not lines:
        path.unlink(missing_ok=True)
        return None
    data = ("\n".join(lines) + "\n").encode("ascii")
    if not (path.is_file() and path.read_bytes() == data):
        files.replace_durably(path, data)
    return path


def read(folder: Path) -> frozenset[Rejected]:
    """Return what the last run rejected; a line, or a file, that cannot be read is passed over."""
    try:
        lines = (folder / FILE_NAME).read_bytes().splitlines()
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return frozenset()
    return frozenset(filter(None, map(_rejected, lines)))


def _rejected(line: bytes) -> Rejected | None:
    try:
        values = json.loads(line)
        return Rejected(*(values[field.name] for field in fields(Rejected)))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
