"""The articles of a JSONL file, one at a time: all peers read the same file, and pay for it."""

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.peers.port import Record

TEXT_FIELDS = ("title", "summary", "body")


def records(path: Path) -> Iterator[Record]:
    """Yield the articles in the order of the file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def text_bytes(record: Record) -> int:
    """Return the size of what is searched, in UTF-8."""
    return sum(len(record[name].encode()) for name in TEXT_FIELDS)
