"""Plain Whoosh as its documentation and jieba's advise, with its own highlighter.

The positions of ChineseAnalyzer are character offsets, so Chinese phrases find nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import whoosh
from jieba.analyse import ChineseAnalyzer
from whoosh import fields, index
from whoosh.analysis import StemmingAnalyzer
from whoosh.query import And, NumericRange, Or, Phrase, Query, Term

from benchmarks.peers import dating
from benchmarks.peers.port import Answer, Ask, Question, Record
from benchmarks.peers.reading import records

_ENGLISH = StemmingAnalyzer(stoplist=None)
_CHINESE = ChineseAnalyzer()
_MEMORY = 256
_FIELDS = ("title", "summary", "body")


class PlainWhoosh:
    """What duowen would be without its own engine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def versions(self) -> str:
        """Name the versions."""
        import jieba

        return f"Whoosh {'.'.join(map(str, whoosh.__version__))}, jieba {jieba.__version__}"

    def build(self, articles: Path) -> None:
        """Add all in one commit."""
        self._folder.mkdir(parents=True, exist_ok=True)
        schema = fields.Schema(
            id=fields.ID(stored=True, unique=True),
            source=fields.ID(stored=True),
            published=fields.NUMERIC(int, bits=64, stored=True, sortable=True),
            title=fields.TEXT(_ENGLISH, stored=True, field_boost=3.0),
            summary=fields.TEXT(_CHINESE, stored=True, field_boost=1.6),
            body=fields.TEXT(_ENGLISH, stored=True),
        )
        writer = index.create_in(str(self._folder), schema).writer(limitmb=_MEMORY)
        for record in records(articles):
            writer.add_document(**_document(record))
        writer.commit()

    def open(self) -> None:
        """Open for reading."""
        self._index = index.open_dir(str(self._folder))
        self._searcher = self._index.searcher()

    def search(self, question: Question, ask: Ask) -> Answer:
        """Ask by a query tree; recency has no ready-made way, so it is asked for the newest instead."""
        by_date = question.sort in {"newest", "recency"}
        results = self._searcher.search(
            _query(question, ask),
            limit=ask.limit,
            filter=_filter(question),
            sortedby="published" if by_date else None,
            reverse=by_date,
        )
        shown = sum(len(hit["title"]) for hit in results)
        if ask.snippets:
            for hit in results:
                shown += len(hit.highlights("body")) + len(hit.highlights("summary"))
        return Answer([hit["id"] for hit in results], shown, len(results) if ask.count else None)

    def add(self, records: Sequence[Record]) -> None:
        """Replace by id, commit, look again. Whoosh does not sync its files."""
        writer = self._index.writer(limitmb=_MEMORY)
        for record in records:
            writer.update_document(**_document(record))
        writer.commit()
        self._searcher = self._searcher.refresh()

    def close(self) -> None:
        """Close searcher and index."""
        self._searcher.close()
        self._index.close()


def _document(record: Record) -> dict[str, Any]:
    kept = {name: record[name] for name in ("id", "source", *_FIELDS)}
    return {**kept, "published": dating.epoch(record["date"])}


def _forms(analyzer: Any, text: str) -> list[str]:  # noqa: ANN401
    return [token.text for token in analyzer(text, mode="query")]


def _query(question: Question, ask: Ask) -> Query:
    chinese = [form for run in question.chinese for form in _forms(_CHINESE, run)]
    english = [form for word in question.english for form in _forms(_ENGLISH, word)]
    if question.phrase:
        if chinese:
            return Phrase("summary", chinese) if len(chinese) > 1 else Term("summary", chinese[0])
        return Or([Phrase(name, english) for name in _FIELDS])
    weighted = [(name, w) for name, w in zip(_FIELDS, ask.weights, strict=True) if w]
    clauses: list[Query] = [Or([Term(name, word, w) for name, w in weighted]) for word in english]
    clauses += [Term("summary", word, ask.weights[1]) for word in chinese if ask.weights[1]]
    return Or(clauses) if ask.match == "any" else And(clauses)


def _filter(question: Question) -> Query | None:
    filters: list[Query] = []
    if question.source:
        filters.append(Term("source", question.source))
    wanted = dating.window(question)
    if wanted:
        filters.append(NumericRange("published", *wanted))
    return And(filters) if filters else None
