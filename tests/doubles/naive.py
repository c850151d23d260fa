"""The right answer for matching, by brute force: every article is looked at for every query.

It shares the words (search.analysis) with the real engines, because they define what a word is, and
nothing else: Han runs are looked for as strings, phrases by walking along positions.
"""

import re
from collections.abc import Iterator
from math import log1p

from search.analysis.folding import fold
from search.analysis.scripts import HAN
from search.analysis.tokens import Tokenizer
from search.article import TEXT_FIELDS, Article
from search.query.nodes import Everything, Published, SourceIs, TagIs
from search.query.plan import (
    AllOf, AnyOf, Fuzzy, MostOf, Near, NoneOf, Phrase, Plan, PlanNode, Prefix, Run,
)  # fmt: skip
from search.schema import keyword, source_matches

Interval = tuple[int, int]


class NaiveEngine:
    """Articles in a dict, and `matching(plan)`: the ids of those that match."""

    def __init__(self) -> None:
        self.articles: dict[str, Article] = {}
        self._texts: dict[tuple[str, str], _Text] = {}

    def put(self, article: Article) -> None:
        self.articles[article.id] = article
        for name in TEXT_FIELDS:
            self._texts[article.id, name] = _Text(getattr(article, name))

    def remove(self, article_id: str) -> None:
        self.articles.pop(article_id, None)

    def count_word(self, word: str) -> int:
        return max(
            sum("=" + word in self._texts[i, name].terms for i in self.articles)
            for name in TEXT_FIELDS
        )

    def matching(self, plan: Plan) -> set[str]:
        return set() if plan.root is None else self._ids(plan.root)

    def _ids(self, node: PlanNode) -> set[str]:
        everything = set(self.articles)
        if isinstance(node, AllOf):
            return everything.intersection(*map(self._ids, node.children))
        if isinstance(node, AnyOf):
            return set().union(*map(self._ids, node.children))
        if isinstance(node, NoneOf):
            return everything - self._ids(node.child)
        if isinstance(node, MostOf):
            return self._most(node)
        return {i for i, article in self.articles.items() if self._holds(article, node)}

    def _most(self, node: MostOf) -> set[str]:
        total = len(self.articles)
        found = [self._ids(child) for child in node.children]
        weights = [log1p((total - len(ids) + 0.5) / (len(ids) + 0.5)) if ids else 0.0 for ids in found]
        held = {
            i: sum(weight for ids, weight in zip(found, weights, strict=True) if i in ids)
            for i in set().union(*found)
        }
        return {i for i, weight in held.items() if weight >= node.share * sum(weights) * (1 - 1e-9)}

    def _holds(self, article: Article, node: PlanNode) -> bool:
        if isinstance(node, Everything):
            return True
        if isinstance(node, Published):
            when = article.published
            since, until = node.since, node.until
            return when is not None and (not since or when >= since) and (not until or when < until)
        if isinstance(node, SourceIs):
            return source_matches(node.name, article.source)
        if isinstance(node, TagIs):
            return keyword(node.name) in map(keyword, article.tags)
        names = [node.field] if node.field else TEXT_FIELDS
        return any(_found(self._texts[article.id, name], node) for name in names)


class _Text:
    """One field: its folded text, and which terms stand at which position."""

    def __init__(self, text: str) -> None:
        self.terms: dict[str, dict[int, Interval]] = {}
        for term, position, start, end in Tokenizer().tokens(text):
            self.terms.setdefault(term, {}).setdefault(position, (start, end))
        self.folded = fold(text)
        # Position of each Han character, by its place in the text.
        self.han = {
            start: position
            for term, places in self.terms.items()
            if re.fullmatch(f"[{HAN}]", term)
            for position, (start, _) in places.items()
        }


def _found(text: _Text, leaf: object) -> bool:
    if isinstance(leaf, Phrase):
        return any(_phrase(text, leaf))
    if isinstance(leaf, Prefix):
        return any(term.startswith(leaf.start) for term in text.terms)
    if isinstance(leaf, Fuzzy):
        return any(
            term[0] == leaf.form[0] and _edits(term, leaf.form) <= leaf.distance
            for term in text.terms
        )
    assert isinstance(leaf, Near)
    lefts = [place for phrase in leaf.left for place in _phrase(text, phrase)]
    rights = [place for phrase in leaf.right for place in _phrase(text, phrase)]
    return any(_near(left, right, leaf) for left in lefts for right in rights)


def _phrase(text: _Text, phrase: Phrase) -> Iterator[Interval]:
    """Yield (first, last) position of each occurrence."""
    places: set[int] | None = None
    at = 0
    for piece in phrase.pieces:
        starts = {position - at for position in _piece(text, piece)}
        places = starts if places is None else places & starts
        at += piece.width
    yield from ((first, first + at - 1) for first in places or ())


def _piece(text: _Text, piece: object) -> set[int]:
    if isinstance(piece, Run):
        wanted = re.escape(piece.characters)
        return {text.han[m.start()] for m in re.finditer(f"(?={wanted})", text.folded)}
    if piece.stem is None:
        return set(text.terms.get(piece.form, ()))
    return set(text.terms.get("~" + piece.stem, ()))


def _near(left: Interval, right: Interval, near: Near) -> bool:
    if near.ordered:
        return 1 <= right[0] - left[1] <= near.distance
    earlier, later = sorted((left, right))
    return later[0] - earlier[1] <= near.distance


def _edits(left: str, right: str) -> int:
    if not left or not right:
        return len(left) + len(right)
    rows = {(i, 0): i for i in range(len(left) + 1)} | {(0, j): j for j in range(len(right) + 1)}
    for i, a in enumerate(left, 1):
        for j, b in enumerate(right, 1):
            rows[i, j] = min(rows[i - 1, j] + 1, rows[i, j - 1] + 1, rows[i - 1, j - 1] + (a != b))
    return rows[len(left), len(right)]
