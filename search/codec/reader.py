"""One generation of our index as a Whoosh index to be read: `ColumnarIndex`, and what it is made of.

Whoosh has no writer for it, and needs none: articles are put in by `Index.writer()`. Every attempt to
write through Whoosh is refused in words.
"""

from collections.abc import Callable
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, NoReturn

from whoosh import fields, index
from whoosh.codec import base
from whoosh.reading import EmptyReader, MultiReader, SegmentReader

from search.codec.documents import ColumnarDocuments
from search.codec.highlights import WHOLE
from search.codec.searcher import ColumnarSearcher
from search.codec.spelling import Correcting
from search.codec.terms import ColumnarTerms, TextTerms
from search.codec.vocabulary import Vocabulary
from search.columnar.layout import Array
from search.engines.documents import StoredDocuments
from search.engines.local import LocalEngine
from search.engines.port import SearchEngine
from search.engines.whoosh_schema import BilingualText, whoosh_schema
from search.errors import Unsupported
from search.schema import FIELD_NUMBERS

_NAME = "duowen"


def schema() -> Any:  # noqa: ANN401
    """Return the fields that Whoosh can search and show."""
    return whoosh_schema(
        stored=True,
        **{WHOLE: BilingualText()},
        url=fields.ID(stored=True, sortable=True),
        path=fields.ID(stored=True, sortable=True),
        root=fields.STORED(),
        precision=fields.STORED(),
    )


class ColumnarIndex(index.Index):  # type: ignore[misc]  # Whoosh has no types
    """The generation that an engine sees, as a Whoosh index without a writer.

    Raises Unsupported for an engine that does not keep columnar segments.
    """

    def __init__(self, engine: SearchEngine) -> None:
        if not isinstance(engine, LocalEngine):
            raise Unsupported("Whoosh reads the index of the engine “local” only; open it so.")
        self._engine = engine
        self.schema = schema()
        self._segments = [ColumnarSegment(*segment) for segment in engine.segments()]

    def reader(self, reuse: Any = None) -> Any:  # noqa: ANN401, ARG002  # Whoosh's own signature
        """Return a reader of this generation; it may be used by many threads."""
        generation = self._engine.generation
        codec = ColumnarCodec()
        readers = [
            ColumnarReader(None, self.schema, segment, generation, codec)
            for segment in self._segments
        ]
        if not readers:
            return EmptyReader(self.schema)
        return readers[0] if len(readers) == 1 else ColumnarMultiReader(readers, generation)

    def searcher(self, **kwargs: Any) -> ColumnarSearcher:  # noqa: ANN401
        """Return a searcher; keyword arguments are those of Whoosh's."""
        return ColumnarSearcher(self.reader(), fromindex=self, **kwargs)

    def latest_generation(self) -> int:
        """Return the generation that is seen: this index never moves to another."""
        return self._engine.generation

    def is_empty(self) -> bool:
        """Say whether there is no article."""
        return not self._engine.article_count

    def writer(self, **kwargs: Any) -> NoReturn:  # noqa: ANN401, ARG002
        """Refuse: articles are put in by the writer of the index."""
        _refuse()

    def optimize(self) -> NoReturn:
        """Refuse: jobs merge segments by themselves."""
        _refuse()


class ColumnarReader(Correcting, SegmentReader):  # type: ignore[misc]
    """Whoosh's reader of one segment; our matchers leave deleted documents out by themselves."""

    def postings(self, fieldname: str, text: Any, scorer: Any = None) -> Any:  # noqa: ANN401
        """Return a matcher of the documents of a term that are not deleted."""
        self._test_field(fieldname)
        term = self._text_to_bytes(fieldname, text)
        return self._terms.matcher(fieldname, term, self.schema[fieldname].format, scorer=scorer)

    def expand_prefix(self, fieldname: str, prefix: Any) -> Any:  # noqa: ANN401
        """Return the terms of a field that begin so."""
        self._test_field(fieldname)
        return self._terms.beginning(fieldname, self._text_to_bytes(fieldname, prefix))

    def filled(self, fieldname: str) -> list[int]:
        """Return the documents that are not deleted and have any term in a field."""
        if fieldname not in self.schema:
            return []
        return self._perdoc.alive_among(self._terms.filled(fieldname))

    def between(self, fieldname: str, first: int, last: int) -> list[int] | None:
        """Return the documents that are not deleted from one sortable number up to another.

        None where the field is not one of dates.
        """
        documents = self._terms.range_of(fieldname, first, last)
        return None if documents is None else self._perdoc.alive_among(documents)

    def satisfying(self, fieldname: str, prefix: str, is_wanted: Callable[[str], bool]) -> Any:  # noqa: ANN401
        """Return the terms of a field of text that begin so and are wanted."""
        self._test_field(fieldname)
        return self._terms.satisfying(fieldname, prefix.encode("utf-8"), is_wanted)

    def terms_within(self, fieldname: str, text: str, maxdist: int, prefix: int = 0) -> Any:  # noqa: ANN401
        """Return the terms of a field at most so many edits away, with the same first letters."""
        self._test_field(fieldname)
        return self._terms.spelled_like(fieldname, text, maxdist, prefix)

    def close(self) -> None:
        """Refuse to answer from now on; closing twice is no fault."""
        if not self.is_closed:
            super().close()


class ColumnarMultiReader(Correcting, MultiReader):  # type: ignore[misc]
    """Whoosh's reader of several segments."""

    def satisfying(self, fieldname: str, prefix: str, is_wanted: Callable[[str], bool]) -> Any:  # noqa: ANN401
        """Return the terms of a field of text that begin so and are wanted."""
        parts = [part.satisfying(fieldname, prefix, is_wanted) for part in self.readers]
        return map(itemgetter(0), groupby(merge(*parts)))


class ColumnarSegment(base.Segment):  # type: ignore[misc]
    """One columnar segment, and which of its documents are deleted (a flag for each, or None)."""

    def __init__(self, stored: StoredDocuments, deleted: Array | None) -> None:
        super().__init__(_NAME)
        self.documents = ColumnarDocuments(stored, deleted)
        segment = stored.segment
        vocabulary = Vocabulary(segment)
        texts = {
            name: TextTerms(segment, vocabulary, number)
            for name, number in {**FIELD_NUMBERS, WHOLE: None}.items()
        }
        self.terms = ColumnarTerms(
            {**texts, **self.documents.keyword_terms()},
            self.documents.lengths,
            None if deleted is None else ~deleted,
        )

    def codec(self) -> "ColumnarCodec":
        """Return the codec that reads it."""
        return ColumnarCodec()

    def doc_count_all(self) -> int:
        """Return how many documents there are, deleted ones included."""
        return self.documents.doc_count_all()

    def deleted_count(self) -> int:
        """Return how many documents are deleted."""
        return len(self.documents.deleted_docs())

    def deleted_docs(self) -> list[int]:
        """Return the deleted documents."""
        return self.documents.deleted_docs()

    def is_deleted(self, docnum: int) -> bool:
        """Say whether a document is deleted."""
        return self.documents.is_deleted(docnum)

    def delete_document(self, docnum: int, delete: bool = True) -> NoReturn:  # noqa: ARG002, FBT001, FBT002
        """Refuse: articles are removed by the writer of the index."""
        _refuse()

    def set_doc_count(self, doccount: int) -> NoReturn:  # noqa: ARG002
        """Refuse: a segment does not grow."""
        _refuse()

    def should_assemble(self) -> bool:
        """Say that it is one file already."""
        return False


class ColumnarCodec(base.Codec):  # type: ignore[misc]
    """The reading half of a Whoosh codec over columnar segments; there is no writing half."""

    def terms_reader(self, storage: None, segment: ColumnarSegment) -> ColumnarTerms:  # noqa: ARG002
        """Return the terms of a segment."""
        return segment.terms

    def per_document_reader(self, storage: None, segment: ColumnarSegment) -> ColumnarDocuments:  # noqa: ARG002
        """Return the documents of a segment."""
        return segment.documents

    def per_document_writer(self, storage: Any, segment: Any) -> NoReturn:  # noqa: ANN401, ARG002
        """Refuse."""
        _refuse()

    def field_writer(self, storage: Any, segment: Any) -> NoReturn:  # noqa: ANN401, ARG002
        """Refuse."""
        _refuse()

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> NoReturn:  # noqa: ANN401, ARG002, FBT001, FBT002
        """Refuse."""
        _refuse()

    def postings_reader(self, *_: Any) -> NoReturn:  # noqa: ANN401
        """Refuse: postings are read by `ColumnarTerms.matcher`."""
        _refuse()

    def new_segment(self, storage: Any, indexname: str) -> NoReturn:  # noqa: ANN401, ARG002
        """Refuse."""
        _refuse()


def _refuse() -> NoReturn:
    raise Unsupported(
        "Whoosh only reads this index; put articles in by `with index.writer() as writer`."
    )
