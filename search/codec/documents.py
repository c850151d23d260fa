"""What Whoosh asks of a document by its number: lengths, stored fields, columns, if it is deleted."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np
from whoosh.codec import base

from search.codec.columns import FieldTerms, Ids, Keywords, MomentColumn, Moments, Values
from search.columnar.layout import Array
from search.engines.documents import StoredDocuments
from search.schema import FIELD_NUMBERS, keyword


class ColumnarDocuments(base.PerDocumentReader):  # type: ignore[misc]  # Whoosh has no types
    """The documents of a segment. `deleted`: None, or a flag for each."""

    def __init__(self, stored: StoredDocuments, deleted: Array | None) -> None:
        self._stored = stored
        self._count = stored.segment.count
        self._deleted = deleted
        self._deleted_numbers = [] if deleted is None else np.flatnonzero(deleted).tolist()
        self._columns: Mapping[str, Callable[[int], bytes]] = {
            "id": stored.ids.__getitem__,
            "title": stored.titles.__getitem__,
            "source": self._source,
            "url": lambda document: stored.head(document).url.encode("utf-8"),
            "path": lambda document: stored.path(document).encode("utf-8"),
        }

    def doc_count(self) -> int:
        """Return how many documents are not deleted."""
        return self._count - len(self._deleted_numbers)

    def doc_count_all(self) -> int:
        """Return how many documents there are, deleted ones included."""
        return self._count

    def has_deletions(self) -> bool:
        """Say whether any document is deleted."""
        return bool(self._deleted_numbers)

    def is_deleted(self, docnum: int) -> bool:
        """Say whether a document is deleted."""
        return self._deleted is not None and bool(self._deleted[docnum])

    def deleted_docs(self) -> list[int]:
        """Return the deleted documents."""
        return self._deleted_numbers

    def all_doc_ids(self) -> Iterator[int]:
        """Yield the documents that are not deleted."""
        if self._deleted is None:
            return iter(range(self._count))
        return iter(np.flatnonzero(~self._deleted).tolist())

    def alive_among(self, documents: Array) -> list[int]:
        """Return those of the documents that are not deleted."""
        kept = documents if self._deleted is None else documents[~self._deleted[documents]]
        return kept.tolist()

    def supports_columns(self) -> bool:
        """Say that there are columns."""
        return True

    def has_column(self, fieldname: str) -> bool:
        """Say whether documents can be sorted by this field."""
        return fieldname == "published" or fieldname in self._columns

    def list_columns(self) -> list[str]:
        """Return the fields that documents can be sorted by."""
        return ["published", *self._columns]

    def column_reader(self, fieldname: str, column: Any) -> Any:  # noqa: ANN401
        """Return the column of a field."""
        if fieldname == "published":
            return MomentColumn(self._stored.segment.dates, column.default_value())
        return Values(self._columns[fieldname], self._count)

    @cached_property
    def lengths(self) -> Mapping[str, Array]:
        """The positions that each text field takes in each document."""
        table = self._stored.segment.lengths.astype(np.int64)
        own = {name: table[:, number] for name, number in FIELD_NUMBERS.items()}
        return {**own, "text": table.sum(axis=1)}

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        """Return how many positions a text field takes in a document."""
        lengths = self.lengths.get(fieldname)
        return default if lengths is None else int(lengths[docnum]) or default

    def field_length(self, fieldname: str) -> int:
        """Return how many positions a text field takes in all documents."""
        return self._of_all(fieldname, np.sum)

    def min_field_length(self, fieldname: str) -> int:
        """Return how many positions a text field takes at least."""
        return self._of_all(fieldname, np.min)

    def max_field_length(self, fieldname: str) -> int:
        """Return how many positions a text field takes at most."""
        return self._of_all(fieldname, np.max)

    def _of_all(self, fieldname: str, made: Callable[[Array], Any]) -> int:
        lengths = self.lengths.get(fieldname)
        return 0 if lengths is None or not len(lengths) else int(made(lengths))

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        """Return all that is known of an article, under the names of an Article."""
        article = self._stored.article(docnum)
        return {name: getattr(article, name) for name in type(article).__slots__}

    def keyword_terms(self) -> Mapping[str, FieldTerms]:
        """Return the terms of all fields that are no text."""
        by_document = ("source", "url", "path")
        return {
            "id": Ids(self._stored.ids, self._stored.find),
            "published": Moments(self._stored.segment.dates),
            "tags": Keywords(self._tags),
            **{name: Keywords(partial(self._values, name)) for name in by_document},
        }

    def _values(self, name: str) -> Iterator[tuple[bytes, int]]:
        value = self._columns[name]
        return ((value(document), document) for document in range(self._count))

    def _tags(self) -> Iterator[tuple[bytes, int]]:
        for document, tags in enumerate(self._stored.tags_of):
            for tag in tags:
                yield tag.encode("utf-8"), document

    def _source(self, document: int) -> bytes:
        return self._sources[int(self._stored.source_numbers[document])]

    @cached_property
    def _sources(self) -> list[bytes]:
        return [keyword(source).encode("utf-8") for source in self._stored.sources]
