"""tantivy: English through its en_stem, Chinese cut by rjieba, all fields with positions and stored.

Chinese is stored as it was cut: it spares tantivy a second copy, and the cutting for snippets.
"""

from collections.abc import Sequence
from pathlib import Path

import tantivy
from tantivy import Filter, Occur, Query, SnippetGenerator, TextAnalyzerBuilder, Tokenizer

from benchmarks.peers import cutting, dating
from benchmarks.peers.port import HALF_LIFE, SNIPPET_LENGTH, Answer, Ask, Question, Record, Weights
from benchmarks.peers.reading import records

HEAP = 256_000_000
"""Bytes that the writer may fill before it writes a segment; tantivy's own default is half of it."""

_FIELDS = ("title", "summary", "body")
_ENGLISH = (
    TextAnalyzerBuilder(Tokenizer.simple())
    .filter(Filter.remove_long(40))
    .filter(Filter.lowercase())
    .filter(Filter.stemmer("english"))
    .build()
)


class Tantivy:
    """The strongest peer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def versions(self) -> str:
        """Name the binding's version; it is tantivy's own, nearly."""
        return str(tantivy.__version__)

    def build(self, articles: Path) -> None:
        """Index with as many threads as there are cores; analysis of Chinese in this one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        index = tantivy.Index(_schema(), path=str(self._folder))
        _register(index)
        writer = index.writer(heap_size=HEAP)
        for record in records(articles):
            writer.add_document(_document(record))
        writer.commit()
        writer.wait_merging_threads()

    def open(self) -> None:
        """Open for reading."""
        self._index = tantivy.Index.open(str(self._folder))
        _register(self._index)
        self._schema = self._index.schema
        self._searcher = self._index.searcher()

    def search(self, question: Question, ask: Ask) -> Answer:
        """Ask by a query tree; by date and by recency from fast fields."""
        query = self._query(question, ask)
        result = self._searcher.search(
            query,
            limit=ask.limit,
            count=ask.count,
            order_by_field="published" if question.sort == "newest" else None,
            weight_by_field="recency" if question.sort == "recency" else None,
        )
        documents = [self._searcher.doc(address) for _, address in result.hits]
        ids = [document.get_first("id") for document in documents]
        shown = sum(len(document.get_first("title")) for document in documents)
        if ask.snippets:
            shown += self._snippets(query, documents)
        return Answer(ids, shown, result.count if ask.count else None)

    def add(self, records: Sequence[Record]) -> None:
        """Replace by id, commit, look again."""
        writer = self._index.writer(heap_size=HEAP)
        for record in records:
            writer.delete_documents_by_term("id", record["id"])
            writer.add_document(_document(record))
        writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()
        # The merging that may follow is not waited for, but this writer must be gone before the next.
        del writer

    def close(self) -> None:
        """Nothing is held that the garbage collector would not take."""

    def _snippets(self, query: Query, documents: Sequence[tantivy.Document]) -> int:
        shown = 0
        for field in ("body", "summary"):
            generator = SnippetGenerator.create(self._searcher, query, self._schema, field)
            generator.set_max_num_chars(SNIPPET_LENGTH)
            shown += sum(len(generator.snippet_from_doc(doc).to_html()) for doc in documents)
        return shown

    def _query(self, question: Question, ask: Ask) -> Query:
        occur = Occur.Should if ask.match == "any" else Occur.Must
        if question.phrase:
            clauses = [(Occur.Must, self._phrase(question))]
        else:
            clauses = [(occur, self._word(word, ask.weights)) for word in question.english]
            clauses += [
                (occur, self._term("summary", token, ask.weights[1]))
                for run in question.chinese
                for token in cutting.tokens(run)
                if ask.weights[1]
            ]
        return Query.boolean_query([*clauses, *self._filters(question)])

    def _word(self, word: str, weights: Weights) -> Query:
        stem = (_ENGLISH.analyze(word) or [word.lower()])[0]
        forms = (stem, word.lower(), stem)
        weighted = zip(_FIELDS, forms, weights, strict=True)
        return _either(
            [self._term(name, form, weight) for name, form, weight in weighted if weight]
        )

    def _term(self, field: str, term: str, weight: float) -> Query:
        query = Query.term_query(self._schema, field, term)
        return query if weight == 1 else Query.boost_query(query, weight)

    def _phrase(self, question: Question) -> Query:
        if question.english:
            stems = [(_ENGLISH.analyze(word) or [word.lower()])[0] for word in question.english]
            lowered = [word.lower() for word in question.english]
            by_field = zip(_FIELDS, (stems, lowered, stems), strict=True)
            return _either([self._in_order(name, terms) for name, terms in by_field])
        return self._in_order(
            "summary", [t for run in question.chinese for t in cutting.tokens(run)]
        )

    def _in_order(self, field: str, terms: list[str]) -> Query:
        if len(terms) == 1:
            return Query.term_query(self._schema, field, terms[0])
        return Query.phrase_query(self._schema, field, list(terms))

    def _filters(self, question: Question) -> list[tuple[Occur, Query]]:
        filters = []
        if question.source:
            source = Query.term_query(self._schema, "source", question.source)
            filters.append((Occur.Must, Query.const_score_query(source, 0.0)))
        wanted = dating.window(question)
        if wanted:
            kind = tantivy.FieldType.Integer
            dates = Query.range_query(self._schema, "published", kind, *wanted)
            filters.append((Occur.Must, Query.const_score_query(dates, 0.0)))
        return filters


def _either(queries: list[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("source", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", stored=True, tokenizer_name="en_stem")
    builder.add_text_field("summary", stored=True, tokenizer_name="spaced")
    builder.add_text_field("body", stored=True, tokenizer_name="en_stem")
    builder.add_integer_field("published", stored=True, indexed=True, fast=True)
    builder.add_float_field("recency", fast=True)
    return builder.build()


def _register(index: tantivy.Index) -> None:
    # The simple tokenizer parts at spaces and drops punctuation; Han characters are letters to it.
    analyzer = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase()).build()
    index.register_tokenizer("spaced", analyzer)


def _document(record: Record) -> tantivy.Document:
    published = dating.epoch(record["date"])
    return tantivy.Document(
        id=record["id"],
        source=record["source"],
        title=record["title"],
        summary=cutting.spaced(record["summary"]),
        body=record["body"],
        published=published,
        recency=dating.recency(published, HALF_LIFE),
    )
