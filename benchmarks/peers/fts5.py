"""SQLite FTS5, from Python's own sqlite3: porter stems over unicode61, Chinese cut by rjieba."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.peers import cutting, dating
from benchmarks.peers.port import HALF_LIFE, Answer, Ask, Question, Record
from benchmarks.peers.reading import records

_SCHEMA = """
CREATE TABLE article(number INTEGER PRIMARY KEY, id TEXT UNIQUE, source TEXT, published INTEGER,
                     title TEXT, summary TEXT, body TEXT);
CREATE INDEX by_source ON article(source);
CREATE INDEX by_date ON article(published);
CREATE VIRTUAL TABLE words USING fts5(title, summary, body, content='article', content_rowid='number',
                                      tokenize='porter unicode61');
"""
_FIELDS = ("title", "summary", "body")
_SNIPPET_TOKENS = 25
_ORDER = {
    "relevance": "words.rank",
    "newest": "article.published DESC",
    "recency": f"words.rank * {HALF_LIFE}.0 / ({HALF_LIFE} + {dating.NEWEST} - article.published)",
}


class Fts5:
    """An external-content table beside the articles, so that nothing is kept twice."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "articles.db"

    def versions(self) -> str:
        """Name SQLite's version. Raises OperationalError where it was compiled without FTS5."""
        with closing(sqlite3.connect(":memory:")) as database:
            database.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
        return f"SQLite {sqlite3.sqlite_version}"

    def build(self, articles: Path) -> None:
        """Insert all in one transaction, synced to disk."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path)) as database:
            database.execute("PRAGMA cache_size = -200000")
            database.executescript(_SCHEMA)
            for record in records(articles):
                _insert(database, record)
            database.commit()

    def open(self) -> None:
        """Connect, and read the schema."""
        self._database = sqlite3.connect(self._path)
        self._database.execute("SELECT number FROM article LIMIT 1")

    def search(self, question: Question, ask: Ask) -> Answer:
        """Ask in one statement; FTS5 makes snippets only of the rows that it returns."""
        match = _match(question, ask)
        where, values = _where(question)
        made = (
            "snippet(words, 2, '<b>', '</b>', '…', {0}), snippet(words, 1, '<b>', '</b>', '…', {0})"
        )
        extra = ", " + made.format(_SNIPPET_TOKENS) if ask.snippets else ""
        rank = "bm25({}, {}, {})".format(*ask.weights)
        source = "FROM words JOIN article ON article.number = words.rowid WHERE words MATCH ?"
        rows = self._database.execute(
            f"SELECT article.id, article.title{extra} {source} AND rank MATCH ?{where}"
            f" ORDER BY {_ORDER[question.sort]} LIMIT ?",
            (match, rank, *values, ask.limit),
        ).fetchall()
        total = None
        if ask.count:
            statement = f"SELECT count(*) {source}{where}"
            total = self._database.execute(statement, (match, *values)).fetchone()[0]
        shown = sum(len(text or "") for row in rows for text in row[1:])
        return Answer([row[0] for row in rows], shown, total)

    def add(self, records: Sequence[Record]) -> None:
        """Take the old words out, then put the new text in; one transaction."""
        for record in records:
            old = self._database.execute(
                "SELECT number, title, summary, body FROM article WHERE id = ?", (record["id"],)
            ).fetchone()
            if old:
                self._database.execute(
                    "INSERT INTO words(words, rowid, title, summary, body)"
                    " VALUES ('delete', ?, ?, ?, ?)",
                    old,
                )
                self._database.execute("DELETE FROM article WHERE number = ?", old[:1])
            _insert(self._database, record)
        self._database.commit()

    def close(self) -> None:
        """Close the connection."""
        self._database.close()


def _insert(database: sqlite3.Connection, record: Record) -> None:
    texts = (record["title"], cutting.spaced(record["summary"]), record["body"])
    number = database.execute(
        "INSERT INTO article(id, source, published, title, summary, body) VALUES (?, ?, ?, ?, ?, ?)",
        (record["id"], record["source"], dating.epoch(record["date"]), *texts),
    ).lastrowid
    database.execute(
        "INSERT INTO words(rowid, title, summary, body) VALUES (?, ?, ?, ?)", (number, *texts)
    )


def _match(question: Question, ask: Ask) -> str:
    chinese = [token for run in question.chinese for token in cutting.tokens(run)]
    if question.phrase:
        words = " ".join(question.english or chinese)
        return f'"{words}"'
    columns = " ".join(name for name, weight in zip(_FIELDS, ask.weights, strict=True) if weight)
    parts = [f'"{word}"' for word in question.english]
    parts += [f'summary : "{token}"' for token in chinese]
    joined = (" OR " if ask.match == "any" else " AND ").join(parts)
    return f"{{{columns}}} : ({joined})"


def _where(question: Question) -> tuple[str, list[object]]:
    clause, values = "", []
    if question.source:
        clause += " AND article.source = ?"
        values.append(question.source)
    wanted = dating.window(question)
    if wanted:
        clause += " AND article.published BETWEEN ? AND ?"
        values += wanted
    return clause, values
