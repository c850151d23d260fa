"""Xapian through Debian's python3-xapian: its English stemmer, and Chinese cut by rjieba.

All text shares one space of terms, as Xapian's guide has it, the title counting threefold; title terms
are there a second time under S, so that other weights can be tried.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers import cutting, dating
from benchmarks.peers.port import (
    HALF_LIFE,
    SNIPPET_LENGTH,
    Answer,
    Ask,
    PeerMissing,
    Question,
    Record,
)
from benchmarks.peers.reading import records

try:
    import xapian
except ImportError:
    # Debian's package belongs to Debian's Python; another 3.x of the same number can borrow it.
    sys.path.append("/usr/lib/python3/dist-packages")
    try:
        import xapian
    except ImportError as error:
        raise PeerMissing("apt-get install python3-xapian, for this version of Python") from error

_DATE, _RECENCY = 0, 1
_TITLE_WEIGHT = 3
_LONGEST_TERM = 240


class Xapian:
    """A glass database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stem = xapian.Stem("en")

    def versions(self) -> str:
        """Name Xapian's version."""
        return str(xapian.version_string())

    def build(self, articles: Path) -> None:
        """Index article by article; Xapian flushes as it likes."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        database = xapian.WritableDatabase(str(self._folder), xapian.DB_CREATE_OR_OVERWRITE)
        generator = self._generator()
        for record in records(articles):
            database.add_document(_document(record, generator))
        database.commit()
        database.close()

    def open(self) -> None:
        """Open for reading."""
        self._database = xapian.Database(str(self._folder))

    def search(self, question: Question, ask: Ask) -> Answer:
        """Ask by a query tree."""
        query = self._query(question, ask)
        enquire = xapian.Enquire(self._database)
        if question.sort == "newest":
            enquire.set_sort_by_value(_DATE, True)  # noqa: FBT003
        if question.sort == "recency":
            recency = xapian.Query(xapian.ValueWeightPostingSource(_RECENCY))
            query = xapian.Query(xapian.Query.OP_AND_MAYBE, query, recency)
        enquire.set_query(query)
        check = self._database.get_doccount() if ask.count else 0
        found = enquire.get_mset(0, ask.limit, check)
        ids, shown = [], 0
        for match in found:
            stored = json.loads(match.document.get_data())
            ids.append(stored["id"])
            shown += len(stored["title"])
            if ask.snippets:
                shown += len(found.snippet(stored["body"], SNIPPET_LENGTH, self._stem))
                shown += len(found.snippet(stored["summary"], SNIPPET_LENGTH))
        return Answer(ids, shown, found.get_matches_estimated() if ask.count else None)

    def add(self, records: Sequence[Record]) -> None:
        """Replace by the id's own term, commit, look again."""
        database = xapian.WritableDatabase(str(self._folder), xapian.DB_OPEN)
        generator = self._generator()
        for record in records:
            database.replace_document(_id_term(record["id"]), _document(record, generator))
        database.commit()
        database.close()
        self._database.reopen()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _generator(self) -> xapian.TermGenerator:
        generator = xapian.TermGenerator()
        generator.set_stemmer(self._stem)
        return generator

    def _query(self, question: Question, ask: Ask) -> xapian.Query:
        chinese = [token for run in question.chinese for token in cutting.tokens(run)]
        if question.phrase:
            terms = [word.lower() for word in question.english] or chinese
            query = xapian.Query(xapian.Query.OP_PHRASE, terms)
        else:
            operator = xapian.Query.OP_OR if ask.match == "any" else xapian.Query.OP_AND
            words = [self._word(word, ask.weights[0]) for word in question.english]
            query = xapian.Query(operator, [*words, *map(xapian.Query, chinese)])
        if question.source:
            source = xapian.Query(_source_term(question.source))
            query = xapian.Query(xapian.Query.OP_FILTER, query, source)
        wanted = dating.window(question)
        if wanted:
            first, last = map(xapian.sortable_serialise, wanted)
            dates = xapian.Query(xapian.Query.OP_VALUE_RANGE, _DATE, first, last)
            query = xapian.Query(xapian.Query.OP_FILTER, query, dates)
        return query

    def _word(self, word: str, title_weight: float) -> xapian.Query:
        stemmed = self._stem(word.lower()).decode()
        query = xapian.Query(f"Z{stemmed}")
        extra = title_weight - _TITLE_WEIGHT
        if extra <= 0:
            return query
        title = xapian.Query(xapian.Query.OP_SCALE_WEIGHT, xapian.Query(f"ZS{stemmed}"), extra)
        return xapian.Query(xapian.Query.OP_AND_MAYBE, query, title)


def _document(record: Record, generator: xapian.TermGenerator) -> xapian.Document:
    document = xapian.Document()
    generator.set_document(document)
    summary = cutting.spaced(record["summary"])
    generator.index_text(record["title"], _TITLE_WEIGHT)
    generator.increase_termpos()
    generator.index_text(summary)
    generator.increase_termpos()
    generator.index_text(record["body"])
    generator.index_text_without_positions(record["title"], 1, "S")
    document.add_boolean_term(_id_term(record["id"]))
    document.add_boolean_term(_source_term(record["source"]))
    published = dating.epoch(record["date"])
    document.add_value(_DATE, xapian.sortable_serialise(published))
    recency = dating.recency(published, HALF_LIFE)
    document.add_value(_RECENCY, xapian.sortable_serialise(recency))
    stored = {
        "id": record["id"],
        "title": record["title"],
        "summary": summary,
        "body": record["body"],
    }
    document.set_data(json.dumps(stored, ensure_ascii=False))
    return document


def _id_term(article_id: str) -> str:
    return f"Q{article_id}".encode()[:_LONGEST_TERM].decode(errors="ignore")


def _source_term(source: str) -> str:
    return f"H{source.lower()}"
