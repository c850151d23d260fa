"""A small archive of files on the disk, and what an index of it must hold: a plain dictionary."""

import json
import os
from contextlib import closing
from pathlib import Path

from search.engines.registry import open_engine, open_upkeep

SETTLED = 1_600_000_000
"""Seconds: files that were written then are not written again in the same moment."""


class Archive:
    """Pages, one article each, whose id is their path; and a file of records, which bring their ids.

    Texts are (title, body). Every file that is written gets a time that no file had before.
    """

    def __init__(self, root):
        self.root = Path(root)
        self.root.mkdir(parents=True)
        self.pages = {}
        self.records = {}
        self._clock = SETTLED

    @property
    def contents(self):
        """What an index of this archive holds: id -> (title, body)."""
        return {**self.pages, **self.records}

    def write(self, name, title, body):
        """Write a page, new or anew."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\ntitle: {title}\n---\n{body}\n", encoding="utf-8")
        self.touch(name)
        self.pages[name] = (title, body)

    def rename(self, name, other):
        """Rename a page; its time goes with it."""
        (self.root / other).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).rename(self.root / other)
        self.pages[other] = self.pages.pop(name)

    def delete(self, name):
        """Delete a page."""
        (self.root / name).unlink()
        del self.pages[name]

    def touch(self, name):
        """Give a file another time."""
        self._clock += 1
        os.utime(self.root / name, (self._clock, self._clock))

    def put_records(self, records, name="records.jsonl"):
        """Write the file of records anew: id -> (title, body); without any, it is deleted."""
        self.records = dict(records)
        path = self.root / name
        if not records:
            path.unlink(missing_ok=True)
            return
        lines = (
            json.dumps({"id": one, "title": title, "body": body})
            for one, (title, body) in records.items()
        )
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.touch(name)


def contents_of(index, number=None):
    """Return the number of a generation, the current one if none is named, and id -> (title, body)."""
    index = Path(index)
    opened = (
        open_engine("local", index) if number is None else open_upkeep("local", index).open(number)
    )
    with closing(opened) as engine:
        articles = {one: engine.get(one) for one in engine.held()}
        assert engine.article_count == len(articles), "articles are doubled"
        return engine.generation, {one: (got.title, got.body) for one, got in articles.items()}
