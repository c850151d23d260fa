"""What a Whoosh query must find, by brute force: every document is looked at, token by token."""

import fnmatch
import re

from whoosh import query as q
from whoosh.query import spans
from whoosh.util.times import datetime_to_long

from search.analysis.tokens import Tokenizer
from search.codec.postings import APART
from tests.doubles.stock import document

TEXTS = ("title", "summary", "body", "caption")
TOKENIZER = Tokenizer()


class Brute:
    """Articles as terms and positions, by field; `ids(query)`: those that match."""

    def __init__(self, articles):
        self.documents = {article.id: _Document(article) for article in articles}

    def ids(self, query):
        if isinstance(query, q.Otherwise):
            return self.ids(query.a) or self.ids(query.b)
        if isinstance(query, q.Not):
            return set(self.documents) - self.ids(query.query)
        if isinstance(query, q.AndNot):
            return self.ids(query.a) - self.ids(query.b)
        if isinstance(query, q.AndMaybe):
            return self.ids(query.a)
        if isinstance(query, q.And | q.Require):
            return set.intersection(*map(self.ids, query.children()))
        if isinstance(query, q.Or | q.DisjunctionMax):
            return set().union(*map(self.ids, query.children()))
        if isinstance(query, q.ConstantScoreQuery):
            return self.ids(query.child)
        return {name for name, held in self.documents.items() if held.matches(query)}


class _Document:
    def __init__(self, article):
        self.fields = {}
        for at, name in enumerate(TEXTS):
            own, everything = self.fields.setdefault(name, {}), self.fields.setdefault("text", {})
            for term, position, _, _ in TOKENIZER.tokens(getattr(article, name)):
                own.setdefault(term, set()).add(position)
                everything.setdefault(term, set()).add(position + at * APART)
        values = document(article)
        for name in ("id", "source", "url", "path"):
            self.fields[name] = {values[name]: ()} if name in values else {}
        self.fields["tags"] = {tag: () for tag in values.get("tags", "").split(",") if tag}
        self.date = datetime_to_long(values["published"]) if "published" in values else None

    def matches(self, query):
        if isinstance(query, q.NumericRange):
            return self.date is not None and _between(self.date, query)
        if isinstance(query, q.Every) and query.fieldname == "published":
            return self.date is not None
        if isinstance(query, q.Every):
            return query.fieldname is None or bool(self.fields[query.fieldname])
        if isinstance(query, q.Phrase | spans.SpanQuery):
            return bool(self.spans(query))
        return any(map(_test(query), self.fields.get(query.fieldname, ())))

    def spans(self, query):
        """Return the (first, last) positions of the occurrences."""
        if isinstance(query, q.Phrase):
            words = [q.Term(query.fieldname, word) for word in query.words]
            return self._near(words, query.slop, True, 1)
        if isinstance(query, spans.SpanFirst):
            return {span for span in self.spans(query.q) if span[1] <= query.limit}
        if isinstance(query, spans.SpanNear):
            return self._near((query.a, query.b), query.slop, query.ordered, query.mindist)
        if isinstance(query, spans.SpanNear2):
            return self._near(query.qs, query.slop, query.ordered, query.mindist)
        if isinstance(query, spans.SpanOr):
            return set().union(*map(self.spans, query.subqs))
        if isinstance(query, spans.SpanNot):
            barred = self.spans(query.b)
            return {a for a in self.spans(query.a) if not any(_apart(a, b) == 0 for b in barred)}
        return {(at, at) for at in self.fields[query.fieldname].get(query.text, ())}

    def _near(self, queries, slop, ordered, least):
        found = self.spans(queries[0])
        for other in queries[1:]:
            found = {
                (min(a[0], b[0]), max(a[1], b[1]))
                for a in found
                for b in self.spans(other)
                if (a[0] <= b[0] or not ordered) and least <= _apart(a, b) <= slop
            }
        return found


def _apart(a, b):
    return max(0, b[0] - a[1], a[0] - b[1])


def _between(value, query):
    if query.start is not None and (
        value < query.start or (value == query.start and query.startexcl)
    ):
        return False
    return query.end is None or value < query.end or (value == query.end and not query.endexcl)


def _test(query):
    if isinstance(query, q.Prefix):
        return lambda term: term.startswith(query.text)
    if isinstance(query, q.Wildcard | q.Regex):
        wildcard = isinstance(query, q.Wildcard)
        pattern = re.compile(fnmatch.translate(query.text) if wildcard else query.text)
        return lambda term: pattern.match(term) is not None
    if isinstance(query, q.FuzzyTerm):
        start = query.text[: query.prefixlength]
        return lambda term: term.startswith(start) and _edits(term, query.text) <= query.maxdist
    if isinstance(query, q.TermRange):
        return lambda term: _between(term, query)
    assert isinstance(query, q.Term), query
    return lambda term: term == query.text


def _edits(left, right):
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        new = [i]
        for j, b in enumerate(right, 1):
            new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (a != b)))
        row = new
    return row[-1]
