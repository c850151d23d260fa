"""The right answer, by brute force: every article is looked at for every query.

It shares the words (search.analysis) with the real engines, because they define what a word is, and
nothing else: Han runs are looked for as strings, phrases by walking along positions.
"""

import re
from collections import Counter
from collections.abc import Iterator
from math import log1p
from statistics import fmean

from search.analysis.folding import fold
from search.analysis.scripts import HAN
from search.analysis.stemming import stem
from search.analysis.tokens import Tokenizer
from search.article import Article
from search.parts import TEXT_FIELDS
from search.query.nodes import Everything, Published, SourceIs, TagIs
from search.query.plan import (
    AllOf,
    AnyOf,
    Fuzzy,
    Leaf,
    MostOf,
    Near,
    NoneOf,
    Phrase,
    Piece,
    Plan,
    PlanNode,
    Prefix,
    Run,
    Word,
)  # fmt: skip
from search.ranking.profile import DEFAULT_PROFILE, RankingProfile
from search.schema import keyword, source_matches

Interval = tuple[int, int]
TOKENIZER = Tokenizer()


class NaiveEngine:
    """Articles in a dict; `matching(plan)`: the ids of those that match; `ranked(plan)`: in order."""

    def __init__(self, profile: RankingProfile = DEFAULT_PROFILE) -> None:
        self.profile = profile
        self.articles: dict[str, Article] = {}
        self._texts: dict[tuple[str, str], _Text] = {}
        self._known: dict[object, float] = {}

    def put(self, article: Article) -> None:
        self._known.clear()
        self.articles[article.id] = article
        for name in TEXT_FIELDS:
            self._texts[article.id, name] = _Text(getattr(article, name))

    def remove(self, article_id: str) -> None:
        self._known.clear()
        self.articles.pop(article_id, None)

    def count_word(self, word: str) -> int:
        return sum(any("=" + word in t.terms for t in self._of(i)) for i in self.articles)

    def _of(self, article_id: str) -> list["_Text"]:
        return [self._texts[article_id, name] for name in TEXT_FIELDS]

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
        found = [self._ids(child) for child in node.children]
        weights = [self._idf(child) for child in node.children]
        held = {
            i: sum(weight for ids, weight in zip(found, weights, strict=True) if i in ids)
            for i in set().union(*found)
        }
        enough = node.share * sum(weights) * (1 - 1e-9)
        return {i for i, weight in held.items() if weight >= enough and weight > 0}

    def _idf(self, node: PlanNode) -> float:
        if node not in self._known:
            total, n = len(self.articles), self._stands_in(node)
            self._known[node] = log1p((total - n + 0.5) / (n + 0.5)) if n else 0.0
        return self._known[node]

    def _mean(self, name: str) -> float:
        if name not in self._known:
            self._known[name] = fmean(self._texts[i, name].length for i in self.articles)
        return self._known[name]

    def _stands_in(self, node: PlanNode) -> int:
        """Count the articles with the node, or rather with the rarest of its parts."""
        if isinstance(node, AnyOf):
            return max(map(self._stands_in, node.children))
        if isinstance(node, AllOf):
            return min(map(self._stands_in, node.children))
        if isinstance(node, Near):
            return min(max(map(self._stands_in, side)) for side in (node.left, node.right))
        if isinstance(node, Prefix | Fuzzy):
            return len(self._ids(node._replace(field=None)))
        assert isinstance(node, Phrase)
        return min(
            len(self._ids(Phrase((part,)))) for piece in node.pieces for part in _parts(piece)
        )

    def ranked(self, plan: Plan) -> list[tuple[float, str]]:
        """All that match with their scores, best first, ties by date and then by id."""
        if plan.root is None:
            return []
        found = [(self.score(plan, i), i) for i in self.matching(plan)]

        def order(entry: tuple[float, str]) -> tuple[float, bool, float, str]:
            date = self.articles[entry[1]].published
            return -entry[0], date is None, -int(date.timestamp()) if date else 0, entry[1]

        return sorted(found, key=order)

    def score(self, plan: Plan, article_id: str) -> float:
        profile = self.profile
        scoring = list(dict.fromkeys(_scoring(plan.root)))
        mixed = any("Run(" in repr(leaf) for leaf in scoring)
        leaves = [
            (leaf, profile.names if mixed and "Run(" not in repr(leaf) else 1.0) for leaf in scoring
        ]
        leaves += [(phrase, profile.side_by_side) for phrase in plan.preferred]
        total = 0.0
        for leaf, share in leaves:
            often = self._often(leaf, article_id)
            total += share * self._idf(leaf) * often / (profile.k1 + often)
        return round(total * self._recency(self.articles[article_id]), 6)

    def _recency(self, article: Article) -> float:
        profile = self.profile
        newest = max((a.published for a in self.articles.values() if a.published), default=None)
        if newest is None or not profile.recency:
            return 1.0
        if article.published is None:
            return 1.0
        days = (int(newest.timestamp()) - int(article.published.timestamp())) / 86_400
        return 1.0 + profile.recency * 2 ** (-days / profile.half_life)

    def _often(self, leaf: object, article_id: str) -> float:
        """How often, weighed by field and length."""
        texts = dict(zip(TEXT_FIELDS, self._of(article_id), strict=True))
        fields = [leaf.field] if leaf.field else TEXT_FIELDS
        if isinstance(leaf, Near):
            return float(any(_found(texts[name], leaf) for name in fields))
        total = 0.0
        if _is_character(leaf):
            # One character counts once wherever it stands, and as often as it is a word by itself.
            total = float(any(_found(texts[name], leaf) for name in fields))
            total *= 1 - self.profile.at_boundaries
        for name in fields:
            mean = self._mean(name)
            b = self.profile.b
            norm = 1 - b + (b * texts[name].length / mean if mean else 0.0)
            if not norm:  # b is 1 and the field empty: it holds nothing to be weighed
                continue
            total += self.profile.weights[name] * self._frequency(leaf, texts[name]) / norm
        return total

    def _frequency(self, phrase: Phrase | Prefix | Fuzzy, text: "_Text") -> float:
        if not isinstance(phrase, Phrase):
            # Spellings of one word at one place are one occurrence.
            words = [term for term in text.terms if _stands_for(phrase, term)]
            return len({(at, stem(word)) for word in words for at in text.terms[word]})
        loose = sum(1 for _ in _phrase(text, phrase))
        if len(phrase.pieces) > 1:
            return loose
        piece = phrase.pieces[0]
        if _is_character(phrase):
            return self.profile.at_boundaries * text.words.get("=" + piece.characters, 0)
        if isinstance(piece, Run):
            share, closer = self.profile.at_boundaries, text.words.get("=" + piece.characters, 0)
        elif piece.stem is not None:
            share, closer = self.profile.exact, len(text.of_stem(piece.form, piece.stem))
        else:
            return loose
        return loose * (1 - share) + closer * share

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
        self.words: Counter[str] = Counter()
        self.length = 0
        for term, position, start, end in TOKENIZER.tokens(text):
            self.terms.setdefault(term, {}).setdefault(position, (start, end))
            self.words[term] += term[0] == "="
            self.length = max(self.length, position + 1)
        self.folded = fold(text)
        # Position of each Han character, by its place in the text.
        self.han = {
            start: position
            for term, places in self.terms.items()
            if re.fullmatch(f"[{HAN}]", term)
            for position, (start, _) in places.items()
        }

    def of_stem(self, form: str, stem: str) -> set[int]:
        """Positions of a form, where it belongs to that stem."""
        return set(self.terms.get(form, ())) & set(self.terms.get("~" + stem, ()))


def _scoring(node: PlanNode) -> Iterator[Leaf]:
    if isinstance(node, AllOf | AnyOf | MostOf):
        for child in node.children:
            yield from _scoring(child)
    elif isinstance(node, Phrase | Prefix | Fuzzy | Near):
        yield node


def _parts(piece: Piece) -> Iterator[Piece]:
    """What the rarity of a piece is judged by: its stem, its pairs of characters."""
    if isinstance(piece, Run):
        characters = piece.characters
        yield from (Run(characters[at : at + 2]) for at in range(max(1, len(characters) - 1)))
    else:
        yield Word(piece.form, piece.stem or stem(piece.form))


def _is_character(leaf: object) -> bool:
    if not isinstance(leaf, Phrase) or len(leaf.pieces) > 1:
        return False
    piece = leaf.pieces[0]
    return isinstance(piece, Run) and len(piece.characters) == 1


def _found(text: _Text, leaf: object) -> bool:
    if isinstance(leaf, Phrase):
        return any(_phrase(text, leaf))
    if isinstance(leaf, Prefix | Fuzzy):
        return any(_stands_for(leaf, term) for term in text.terms)
    assert isinstance(leaf, Near)
    lefts = [place for phrase in leaf.left for place in _phrase(text, phrase)]
    rights = [place for phrase in leaf.right for place in _phrase(text, phrase)]
    return any(_near(left, right, leaf) for left in lefts for right in rights)


def _stands_for(leaf: Prefix | Fuzzy, term: str) -> bool:
    if isinstance(leaf, Prefix):
        return term.startswith(leaf.start)
    return term[0] == leaf.form[0] and _edits(term, leaf.form) <= leaf.distance


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
