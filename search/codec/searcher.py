"""Whoosh's searcher, with the queries mended that Whoosh 2.7.4 itself answers wrongly.

    AndNot              lets documents through, when the first barred one comes before any wanted one
    Not                 finds deleted documents, at the end of a segment
    Require             finds nothing, when a limit is given
    DateRange           makes a query of each date; here dates are a range of documents
    SpanNot             asks for the current document where there is none
    Otherwise           decides for each segment by itself
    DisjunctionMax      takes scores of documents that are not the current one; may drop a subquery
    Every("field")      reads the postings of each term of the field
    Wildcard, Regex     ask of each term in which fields it stands, before they look at it
    span queries        cannot be counted, so they are refused inside of And and Or

A mended query is a subclass of the one it stands for: it shows, compares and is walked through like it.
"""

import copy
import re
from typing import Any

from whoosh import matching, query
from whoosh.query import spans
from whoosh.searching import Searcher
from whoosh.util.numeric import tiered_ranges

from search.codec.highlights import TextHighlighter
from search.codec.spelling import loosened
from search.engines.whoosh_queries import Estimated
from search.engines.whoosh_schema import BilingualText, Moment

Query = Any  # Whoosh has no types


class ColumnarSearcher(Searcher):  # type: ignore[misc]
    """Whoosh's searcher over our segments."""

    def search(self, q: Query, **kwargs: Any) -> Any:  # noqa: ANN401
        """Return the documents of a query, best first; keyword arguments are those of Whoosh's."""
        found = super().search(q, **kwargs)
        found.highlighter = TextHighlighter()
        return found

    def correct_query(self, q: Query, qstring: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Return a query with words of the index in place of unknown ones, in all inflections."""
        return loosened(super().correct_query(q, qstring, *args, **kwargs), self.schema)

    def search_with_collector(self, q: Query, collector: Any, context: Any = None) -> None:  # noqa: ANN401
        """Run a query over all documents; what was found is in the collector."""
        part = collector
        while part is not None:
            # By scores alone Whoosh leaves documents out that a boost would lift, and miscounts.
            vars(part).update({name: 0 for name in ("replace", "usequality") if name in vars(part)})
            part = vars(part).get("child")
        super().search_with_collector(mended(q), collector, context)

    def docs_for_query(self, q: Query, for_deletion: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002
        """Return the documents that match a query."""
        return super().docs_for_query(mended(q), for_deletion)


def mended(part: Query) -> Query:
    """Return a query, or a list of them, that answers rightly; the one that was given stays as it is."""
    if isinstance(part, list | tuple):
        parts = [mended(one) for one in part]
        return part if all(map(_same, parts, part)) else type(part)(parts)
    if not isinstance(part, query.Query):
        return part
    changed = {name: mended(value) for name, value in vars(part).items()}
    kind = _MENDED.get(type(part), type(part))
    if kind is type(part) and all(map(_same, changed.values(), vars(part).values())):
        return part
    twin = copy.copy(part)
    vars(twin).update(changed)
    twin.__class__ = kind
    return twin


def _same(left: object, right: object) -> bool:
    return left is right


def _documents(part: Query, searcher: Any) -> frozenset[int]:  # noqa: ANN401
    return frozenset(part.matcher(searcher, searcher.boolean_context()).all_ids())


class _AndNot(query.AndNot):  # type: ignore[misc]
    def matcher(self, searcher: Any, context: Any = None) -> Any:  # noqa: ANN401
        wanted = self.a.matcher(searcher, context)
        return matching.FilterMatcher(wanted, _documents(self.b, searcher), exclude=True)


class _Require(query.Require):  # type: ignore[misc]
    def matcher(self, searcher: Any, context: Any = None) -> Any:  # noqa: ANN401
        return matching.FilterMatcher(
            self.a.matcher(searcher, context), _documents(self.b, searcher)
        )


class _SpanNot(Estimated, spans.SpanNot):  # type: ignore[misc]
    def matcher(self, searcher: Any, context: Any = None) -> Any:  # noqa: ANN401
        barred: dict[int, Any] = {}
        matcher = self.b.matcher(searcher, context)
        while matcher.is_active():
            barred[matcher.id()] = matcher.spans()
            matcher.next()
        return _SpanNotMatcher(self.a.matcher(searcher, context), barred)


class _SpanNotMatcher(spans.SpanWrappingMatcher):  # type: ignore[misc]
    def __init__(self, child: Any, barred: dict[int, Any]) -> None:  # noqa: ANN401
        self._barred = barred
        super().__init__(child)

    def replace(self, minquality: float = 0) -> Any:  # noqa: ANN401, ARG002
        return self if self.is_active() else matching.NullMatcher()

    def _get_spans(self) -> list[Any]:
        barred = self._barred.get(self.child.id(), ())
        return [own for own in self.child.spans() if not any(map(own.overlaps, barred))]


class _Otherwise(query.Otherwise):  # type: ignore[misc]
    def matcher(self, searcher: Any, context: Any = None) -> Any:  # noqa: ANN401
        found = searcher.get_parent().docs_for_query(self.a)
        return (self.b if next(found, None) is None else self.a).matcher(searcher, context)


class _Not(query.Not):  # type: ignore[misc]
    def matcher(self, searcher: Any, context: Any = None) -> Any:  # noqa: ANN401, ARG002
        barred = _documents(self.query, searcher)
        left = [number for number in searcher.reader().all_doc_ids() if number not in barred]
        return matching.ListMatcher(left, all_weights=1.0)


class _Every(query.Every):  # type: ignore[misc]
    def matcher(self, searcher: Any, context: Any = None) -> Any:  # noqa: ANN401
        if self.fieldname is None or not hasattr(searcher.reader(), "filled"):
            return super().matcher(searcher, context)
        filled = searcher.reader().filled(self.fieldname)
        return matching.ListMatcher(filled, all_weights=self.boost)


class _Ranged:
    """Before a range of numbers in the order of classes."""

    def matcher(self, searcher: Any, context: Any = None) -> Any:  # noqa: ANN401
        documents = self._documents(searcher.reader())
        if documents is None:
            return super().matcher(searcher, context)  # type: ignore[misc]
        return matching.ListMatcher(documents, all_weights=self.boost)  # type: ignore[attr-defined]

    def docs(self, searcher: Any) -> Any:  # noqa: ANN401
        return self.matcher(searcher).all_ids()

    def estimate_size(self, reader: Any) -> int:  # noqa: ANN401
        return int(reader.doc_count())

    estimate_min_size = estimate_size

    def _documents(self, reader: Any) -> list[int] | None:  # noqa: ANN401
        own: Any = self
        fields = dict(reader.schema.items())
        field = fields.get(own.fieldname)
        if not isinstance(field, Moment) or not hasattr(reader, "between"):
            return None
        (ends,) = tiered_ranges(
            int, field.bits, field.signed, own.start, own.end, 0, own.startexcl, own.endexcl
        )
        found: list[int] | None = reader.between(own.fieldname, *ends[:2])
        return found


class _Patterned:
    """Before a query with a pattern in the order of classes."""

    def _btexts(self, reader: Any) -> Any:  # noqa: ANN401
        own: Any = self
        field = reader.schema[own.fieldname]
        if not isinstance(field, BilingualText) or not hasattr(reader, "satisfying"):
            return super()._btexts(reader)  # type: ignore[misc]
        matches = re.compile(own._get_pattern()).match  # noqa: SLF001  # of its own
        prefix = own._find_prefix(own.text)  # noqa: SLF001
        return reader.satisfying(own.fieldname, prefix, lambda term: matches(term) is not None)


class _DisjunctionMax(query.DisjunctionMax):  # type: ignore[misc]
    def _matcher(self, subs: list[Query], searcher: Any, context: Any) -> Any:  # noqa: ANN401
        matchers = [sub.matcher(searcher, context) for sub in subs]
        best = matchers[0]
        for matcher in matchers[1:]:
            best = _BestMatcher(best, matcher, self.tiebreak)
        return matching.WrappingMatcher(best, self.boost) if self.boost != 1.0 else best


class _BestMatcher(matching.DisjunctionMaxMatcher):  # type: ignore[misc]
    def score(self) -> float:
        a, b = self.a, self.b
        if not b.is_active() or (a.is_active() and a.id() < b.id()):
            return float(a.score())
        if not a.is_active() or b.id() < a.id():
            return float(b.score())
        return float(max(a.score(), b.score()))


_SPANS = (
    spans.SpanFirst, spans.SpanNear, spans.SpanNear2, spans.SpanOr, spans.SpanContains, spans.SpanBefore,
    spans.SpanCondition,
)  # fmt: skip
_MENDED: dict[type, type] = {
    query.AndNot: _AndNot,
    query.Require: _Require,
    query.Otherwise: _Otherwise,
    query.Not: _Not,
    query.Every: _Every,
    query.DisjunctionMax: _DisjunctionMax,
    spans.SpanNot: _SpanNot,
    **{kind: type(kind.__name__, (Estimated, kind), {}) for kind in _SPANS},
    **{
        kind: type(kind.__name__, (_Ranged, kind), {})
        for kind in (query.NumericRange, query.DateRange)
    },
    **{kind: type(kind.__name__, (_Patterned, kind), {}) for kind in (query.Wildcard, query.Regex)},
}
