"""An index in which a job's commit is played as search/alerting.py asks for it."""

import contextlib
import json
from contextlib import closing
from datetime import datetime, timezone

from search import alerting
from search.article import Article
from search.engines.registry import open_engine

NOW = datetime(2024, 5, 15, 8, 30, tzinfo=timezone.utc)


class Desk:
    """An index, and what jobs do to it."""

    def __init__(self, folder, engine="local"):
        self.folder, self.engine, self.failed = folder, engine, ()
        open_engine(engine, folder, create=True).close()

    def save(self, name, query, **options):
        return alerting.save(self.folder, name, query, engine=self.engine, **options)

    def commit(self, *articles, remove=(), before_commit=lambda: None):
        """Do what a job does up to its commit."""
        with closing(open_engine(self.engine, self.folder)) as engine, engine.writer() as writer:
            for one in articles:
                writer.put(one)
            for article_id in remove:
                writer.remove(article_id)
            alerting.pending(self.folder, [one.id for one in articles], engine.generation)
            before_commit()

    def lose(self, *articles):
        """Do the same, and be killed just before the commit."""
        with contextlib.suppress(Killed):
            self.commit(*articles, before_commit=killed)

    def fire(self, *targets, now=NOW):
        """Do what a job does after its commit; what went wrong is in `failed`."""
        with closing(open_engine(self.engine, self.folder)) as engine:
            outcome = alerting.fire(engine, self.folder, alerting.targets_of(targets), now=now)
        self.failed = outcome.failed
        return outcome.fired, outcome.delivered

    def run(self, *articles, to=(), **options):
        self.commit(*articles, **options)
        return self.fire(*to)

    def told(self):
        """Which alerts are in the journal."""
        path = self.folder / "alerts.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [(one["search"], one["id"]) for one in map(json.loads, lines)]

    def contents(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


class Killed(Exception):
    """Stands for SIGKILL."""


def killed(*_args, **_options):
    """Be killed."""
    raise Killed


def article(article_id, body="", **fields):
    """Return an article with a date: Whoosh cannot sort segments in which nothing has any."""
    return Article(id=article_id, body=body, **{"published": NOW, **fields})
