"""Where the leaves of a plan stand, by looking at every token of the text and at every pair for NEAR."""

from collections.abc import Iterator

from search.analysis.tokens import Tokenizer
from search.query.plan import Near, Phrase, Prefix
from search.query.terms import phrase_terms


def light_slowly(text: str, leaves) -> Iterator[tuple[int, int, int]]:
    by_term: dict[str, dict[int, tuple[int, int]]] = {}
    for term, position, start, end in Tokenizer(chinese_words=False).tokens(text):
        by_term.setdefault(term, {}).setdefault(position, (start, end))
    for number, leaf in enumerate(leaves):
        if isinstance(leaf, Near):
            yield from near_slowly(by_term, leaf, 2 * number)
        elif isinstance(leaf, Phrase):
            yield from ((*span, 2 * number) for _, _, span in phrase_slowly(by_term, leaf))
        else:
            for term, places in by_term.items():
                if form_matches(term, leaf):
                    yield from ((*span, 2 * number) for span in places.values())


def phrase_slowly(by_term, phrase):
    terms = list(phrase_terms(phrase.pieces))
    for first in by_term.get(terms[0], {}):
        places = [by_term.get(term, {}).get(first + step) for step, term in enumerate(terms)]
        if all(places):
            yield first, first + phrase.width - 1, (places[0][0], places[-1][1])


def near_slowly(by_term, near, number):
    lefts = [place for phrase in near.left for place in phrase_slowly(by_term, phrase)]
    rights = [place for phrase in near.right for place in phrase_slowly(by_term, phrase)]
    for left in lefts:
        for right in rights:
            if near.ordered:
                found = 1 <= right[0] - left[1] <= near.distance
            else:
                earlier, later = sorted((left[:2], right[:2]))
                found = later[0] - earlier[1] <= near.distance
            if found:
                yield (*left[2], number)
                yield (*right[2], number + 1)


def form_matches(term: str, leaf) -> bool:
    if term.startswith("~"):
        return False
    if isinstance(leaf, Prefix):
        return term.startswith(leaf.start)
    return term[0] == leaf.form[0] and edits(term, leaf.form) <= leaf.distance


def edits(left: str, right: str) -> int:
    if not left or not right:
        return len(left) + len(right)
    row = list(range(len(right) + 1))
    for at, a in enumerate(left, 1):
        row, previous = [at], row
        for to, b in enumerate(right, 1):
            row.append(min(previous[to] + 1, row[-1] + 1, previous[to - 1] + (a != b)))
    return row[-1]
