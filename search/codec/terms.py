"""The terms of a segment, field by field, as Whoosh asks for them."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from whoosh.codec import base
from whoosh.reading import TermInfo, TermNotFound

from search.codec.columns import FieldTerms, Moments
from search.codec.matcher import ColumnarMatcher
from search.codec.postings import Postings, find
from search.codec.vocabulary import END, Vocabulary
from search.columnar.layout import Array
from search.columnar.segment import Segment
from search.query.edits import edits_within

_MOST_POSTINGS = 128

Term = tuple[str, bytes]


class TextTerms:
    """The terms of one text field, by its number; of all of them together where it is None."""

    def __init__(self, segment: Segment, vocabulary: Vocabulary, number: int | None) -> None:
        self._segment = segment
        self._vocabulary = vocabulary
        self._number = number

    def between(self, start: bytes, stop: bytes) -> Iterator[bytes]:
        """Yield the terms from `start` up to and without `stop`."""
        return self._vocabulary.between(start, stop, self._number)

    def anywhere_between(self, start: bytes, stop: bytes) -> Iterator[bytes]:
        """Yield terms as `between` does, of all text fields: no look at where each stands."""
        return self._vocabulary.between(start, stop, None)

    def postings(self, term: bytes) -> Postings | None:
        """Return where a term stands."""
        standing = self._vocabulary.find(term)
        if standing is None:
            return None
        postings = find(self._segment, standing, self._number)
        return postings if len(postings.documents) else None

    def filled(self) -> Array:
        """Return the documents that have any term."""
        lengths = self._segment.lengths
        own = lengths if self._number is None else lengths[:, [self._number]]
        return np.flatnonzero(own.any(axis=1))


class ColumnarTerms(base.TermsReader):  # type: ignore[misc]  # Whoosh has no types
    """All terms of a segment. `lengths`: of a text field in each document; `alive`: None, or flags."""

    def __init__(
        self,
        fields: Mapping[str, FieldTerms],
        lengths: Mapping[str, Array],
        alive: Array | None,
    ) -> None:
        self._fields = dict(sorted(fields.items()))
        self._lengths = lengths
        self._alive = alive
        self._postings = lru_cache(_MOST_POSTINGS)(self._looked_up)

    def __contains__(self, term: Term) -> bool:
        return self._postings(*term) is not None

    def cursor(self, fieldname: str, fieldobj: Any) -> "ColumnarCursor":  # noqa: ANN401
        """Return a cursor over the terms of a field."""
        return ColumnarCursor(self._fields[fieldname], fieldobj, self._info_of(fieldname))

    def terms(self) -> Iterator[Term]:
        """Yield all terms."""
        return self.terms_from("", b"")

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[Term]:
        """Yield all terms from the first of this field that is not below `prefix`."""
        for name, terms in self._fields.items():
            if name >= fieldname:
                for term in terms.between(prefix if name == fieldname else b"", END):
                    yield name, term

    def beginning(self, fieldname: str, prefix: bytes) -> Iterator[bytes]:
        """Yield the terms of a field that begin so."""
        return self._fields[fieldname].between(prefix, prefix + END)

    def filled(self, fieldname: str) -> Array:
        """Return the documents with any term in a field, ascending, deleted ones included."""
        terms = self._fields.get(fieldname)
        return np.zeros(0, np.intp) if terms is None else terms.filled()

    def range_of(self, fieldname: str, first: int, last: int) -> Array | None:
        """Return the documents with a date between two sortable numbers; None for other fields."""
        terms = self._fields.get(fieldname)
        return terms.range_of(first, last) if isinstance(terms, Moments) else None

    def spelled_like(self, fieldname: str, word: str, edits: int, prefix: int) -> Iterator[str]:
        """Yield the terms at most so many edits (Levenshtein) away, with the same first letters."""
        letters = frozenset(word)

        def is_like(other: str) -> bool:  # each letter that is missing takes an edit
            return len(letters.difference(other)) <= edits and edits_within(other, word, edits)

        start = word[:prefix].encode("utf-8")
        return map(_decoded, self.satisfying(fieldname, start, is_like))

    def satisfying(
        self, fieldname: str, prefix: bytes, is_wanted: Callable[[str], bool]
    ) -> Iterator[bytes]:
        """Yield the terms of a field that begin so and are wanted, ascending.

        Only of these it is asked in which fields they stand, which takes far longer than to read them.
        """
        terms = self._fields[fieldname]
        between = terms.anywhere_between if isinstance(terms, TextTerms) else terms.between
        for term in between(prefix, prefix + END):
            if is_wanted(_decoded(term)) and (fieldname, term) in self:
                yield term

    def items(self) -> Iterator[tuple[Term, Any]]:
        """Yield all terms with what is known of them."""
        return self.items_from("", b"")

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[Term, Any]]:
        """Yield terms as `terms_from` does, with what is known of them."""
        for term in self.terms_from(fieldname, prefix):
            yield term, self.term_info(*term)

    def term_info(self, fieldname: str, text: bytes) -> Any:  # noqa: ANN401
        """Return how often a term stands where; a new one each time, since Whoosh changes it."""
        postings = self._known(fieldname, text)
        documents, frequencies = postings.documents, postings.frequencies
        lengths = self._lengths.get(fieldname)
        own = lengths[documents] if lengths is not None else np.ones(1, np.int64)
        return TermInfo(
            weight=float(frequencies.sum(dtype=np.float64)),
            df=len(documents),
            minlength=int(own.min()),
            maxlength=int(own.max()),
            maxweight=float(frequencies.max()),
            minid=int(documents[0]),
            maxid=int(documents[-1]),
        )

    def matcher(
        self,
        fieldname: str,
        text: bytes,
        format_: Any,  # noqa: ANN401
        scorer: Any = None,  # noqa: ANN401
    ) -> ColumnarMatcher:
        """Return a matcher of the documents that are not deleted."""
        try:
            postings = self._known(fieldname, text)
        except KeyError:
            raise TermNotFound(f"{fieldname}:{text!r}") from None
        alive = self._alive
        chosen = slice(None) if alive is None else alive[postings.documents]
        return ColumnarMatcher(postings, chosen, format_, (fieldname, text), scorer)  # type: ignore[arg-type]

    def indexed_field_names(self) -> list[str]:
        """Return the names of the fields that have terms."""
        return list(self._fields)

    def _known(self, fieldname: str, text: bytes) -> Postings:
        postings = self._postings(fieldname, text)
        if postings is None:
            raise KeyError((fieldname, text))
        return postings

    def _looked_up(self, fieldname: str, text: bytes) -> Postings | None:
        terms = self._fields.get(fieldname)
        return None if terms is None else terms.postings(text)

    def _info_of(self, fieldname: str) -> Any:  # noqa: ANN401
        return lambda text: self.term_info(fieldname, text)


def _decoded(term: bytes) -> str:
    return term.decode("utf-8", "surrogateescape")


class ColumnarCursor(base.FieldCursor):  # type: ignore[misc]
    """A place among the terms of a field; `text` is None behind the last."""

    def __init__(self, terms: FieldTerms, fieldobj: Any, info: Any) -> None:  # noqa: ANN401
        self._terms = terms
        self._field = fieldobj
        self._info = info
        self.first()

    def first(self) -> Any:  # noqa: ANN401
        """Go to the first term, and return it."""
        return self.find(b"")

    def find(self, string: str | bytes) -> Any:  # noqa: ANN401
        """Go to the first term that is not below this one, and return it."""
        start = string if isinstance(string, bytes) else self._field.to_bytes(string)
        self._following = self._terms.between(start, END)
        return self.next()

    def next(self) -> Any:  # noqa: ANN401
        """Go to the next term, and return it."""
        self._term = next(self._following, None)
        return self.text()

    def text(self) -> Any:  # noqa: ANN401
        """Return the current term as the field shows it."""
        return None if self._term is None else self._field.from_bytes(self._term)

    term = text

    def term_info(self) -> Any:  # noqa: ANN401
        """Return what is known of the current term."""
        return None if self._term is None else self._info(self._term)

    def is_valid(self) -> bool:
        """Say whether there is a current term."""
        return self._term is not None
