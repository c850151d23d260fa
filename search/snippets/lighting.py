"""Where in a text do the leaves of a plan stand?"""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence

from search.analysis.folding import fold
from search.analysis.tokens import STEM_MARK, Tokenizer
from search.query.plan import Fuzzy, Leaf, Near, Phrase, Prefix, Run
from search.query.terms import phrase_terms
from search.results import Span

Place = tuple[int, int, int, int]
"""First and last position, start and end in the text."""

_local = threading.local()


def light(text: str, leaves: Sequence[Leaf], field: str) -> list[tuple[Span, int]]:
    """Return all (span, index of the leaf) in the text, in no order, but for leaves of other fields."""
    lit: list[tuple[Span, int]] = []
    places: _Places | None = None
    folded = fold(text)
    for index, leaf in enumerate(leaves):
        if leaf.field not in (None, field):
            continue
        if isinstance(leaf, Phrase) and len(leaf.pieces) == 1 and isinstance(leaf.pieces[0], Run):
            spans = _occurrences(folded, leaf.pieces[0].characters)
            lit += [(span, index) for span in spans]
            continue
        places = places or _Places(text)
        lit += [(span, index) for span in places.spans(leaf)]
    return lit


def merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans in order, overlapping ones as one; neighbours stay apart."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


def edits_within(left: str, right: str, limit: int) -> bool:
    """Say whether at most `limit` insertions, deletions and replacements turn one into the other."""
    if abs(len(left) - len(right)) > limit:
        return False
    row = list(range(len(right) + 1))
    for at, character in enumerate(left, 1):
        previous, row[0] = row[0], at
        for to, other in enumerate(right, 1):
            cost = previous + (character != other)
            previous, row[to] = row[to], min(cost, row[to] + 1, row[to - 1] + 1)
    return row[-1] <= limit


def _occurrences(text: str, wanted: str) -> Iterator[Span]:
    at = text.find(wanted)
    while at >= 0:
        yield at, at + len(wanted)
        at = text.find(wanted, at + 1)


def _tokenizer() -> Tokenizer:
    """Return this thread's tokenizer; it remembers the words of earlier hits."""
    found: Tokenizer | None = getattr(_local, "tokenizer", None)
    if found is None:
        found = _local.tokenizer = Tokenizer(chinese_words=False)
    return found


class _Places:
    """The tokens of one text, by term."""

    def __init__(self, text: str) -> None:
        self._by_term: dict[str, dict[int, Span]] = defaultdict(dict)
        for term, position, start, end in _tokenizer().tokens(text):
            self._by_term[term].setdefault(position, (start, end))

    def spans(self, leaf: Leaf) -> Iterator[Span]:
        if isinstance(leaf, Near):
            yield from self._near(leaf)
        elif isinstance(leaf, Phrase):
            yield from ((start, end) for _, _, start, end in self._phrase(leaf))
        else:
            for term, places in self._by_term.items():
                if _form_matches(term, leaf):
                    yield from places.values()

    def _phrase(self, phrase: Phrase) -> Iterator[Place]:
        terms = list(phrase_terms(phrase.pieces))
        places = [self._by_term.get(term, {}) for term in terms]
        width = phrase.width
        for first, (start, _) in places[0].items():
            last = first + len(terms) - 1
            if all(first + step in at for step, at in enumerate(places)):
                yield first, first + width - 1, start, places[-1][last][1]

    def _near(self, near: Near) -> Iterator[Span]:
        lefts = [place for phrase in near.left for place in self._phrase(phrase)]
        rights = [place for phrase in near.right for place in self._phrase(phrase)]
        for left in lefts:
            for right in rights:
                if _close(left, right, near) or (not near.ordered and _close(right, left, near)):
                    yield left[2:]
                    yield right[2:]


def _close(before: Place, after: Place, near: Near) -> bool:
    if before[0] > after[0]:
        return False
    gap = after[0] - before[1]
    return gap <= near.distance and (gap >= 1 or not near.ordered)


def _form_matches(term: str, leaf: Prefix | Fuzzy) -> bool:
    if term.startswith(STEM_MARK):
        return False
    if isinstance(leaf, Prefix):
        return term.startswith(leaf.start)
    return term[0] == leaf.form[0] and edits_within(term, leaf.form, leaf.distance)
