"""What could not be read, kept beside the index: one JSON line each, of the last run."""

import json
from collections.abc import Iterable
from dataclasses import asdict
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
