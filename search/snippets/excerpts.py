"""The best English and the best Chinese passage of an article."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from search.analysis.scripts import HAN, han_share, has_han
from search.article import Article
from search.marking import columns
from search.query.plan import Leaf
from search.results import Snippet, Span
from search.snippets.chunks import Mark
from search.snippets.lighting import Lights, merged
from search.snippets.passages import Cutter, Passage
from search.snippets.reduced import Reading
from search.snippets.sentences import sentences

WIDTH = 160
"""Columns of a passage, unless asked otherwise."""

_CHINESE = 0.3
"""A sentence with at least this share of Han characters is Chinese."""

_FIELDS = {"zh": ("summary", "body", "caption"), "en": ("body", "summary", "caption")}
"""Where to look for a passage of each language; among equals the first wins."""

_WORDS = re.compile(rf"[^\W\d_{HAN}][,;:'’-]?\s{{1,3}}[^\W\d_{HAN}]")
"""Two words side by side: fewer, as in `iPhone。`, are no English among Chinese."""


@dataclass(frozen=True, slots=True)
class _Field:
    """One field: what is lit in it, in order, and its stretches in each language."""

    name: str
    text: str
    lit: Sequence[Mark]
    stretches: Mapping[str, Sequence[Span]]
    columns: Sequence[int]
    sentences: Sequence[Span]
    """All of them, but for a text in one language, of which only a part is ever cut."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Neighbouring marks lit[first:last] of a stretch that go into one passage, and their worth."""

    worth: int
    field: _Field
    stretch: Span
    first: int
    last: int


def title_spans(title: str, leaves: Sequence[Leaf]) -> tuple[Span, ...]:
    """Return what is lit in the title."""
    marks = _lights(tuple(leaves)).marks(Reading(title), "title")
    return merged([(start, end) for start, end, _ in marks])


_lights = lru_cache(maxsize=8)(Lights)


def excerpts(article: Article, leaves: Sequence[Leaf], width: int = WIDTH) -> tuple[Snippet, ...]:
    """Return the best Chinese and the best English passage, the one with more matches first.

    A language in which nothing matches shows how the article begins; a language in which nothing is
    written shows nothing.
    """
    width = max(width, 1)
    fields = {
        name: _field(name, text, leaves)
        for name in _FIELDS["zh"]
        if (text := getattr(article, name)).strip()
    }
    worth = _worth(leaves, Counter(mark[2] for field in fields.values() for mark in field.lit))
    found = [
        max(candidates, key=lambda candidate: candidate.worth)
        for language, names in _FIELDS.items()
        if (candidates := list(_candidates(fields, language, names, worth, width)))
    ]
    found.sort(key=lambda best: -best.worth)
    return tuple(_snippet(best, width) for best in found)


def _field(name: str, text: str, leaves: Sequence[Leaf]) -> _Field:
    place = columns(text)
    plain = isinstance(place, range)  # as wide as it is long: there is no Han in it
    lit = _lights(tuple(leaves)).marks(Reading(text), name)
    whole = len(text) - len(text.lstrip()), len(text.rstrip())
    if plain or not has_han(text):
        return _Field(name, text, lit, {"en": [whole]}, place, ())
    if _WORDS.search(text) is None:
        return _Field(name, text, lit, {"zh": [whole]}, place, ())
    pieces = list(sentences(text))
    return _Field(name, text, lit, _stretches(text, pieces), place, pieces)


def _stretches(text: str, pieces: Sequence[Span]) -> dict[str, list[Span]]:
    """Join the sentences into stretches of one language; what is in none goes with what was before."""
    stretches: dict[str, list[Span]] = {"zh": [], "en": []}
    current, begin, last = "", 0, 0
    for start, end in pieces:
        language = _language(text[start:end]) or current
        if language != current and current:
            stretches[current].append((begin, last))
            begin = start
        current, last = language, end
    stretches[current or "zh"].append((begin, last))
    return stretches


def _language(sentence: str) -> str:
    if han_share(sentence) >= _CHINESE:
        return "zh"
    return "en" if _WORDS.search(sentence) else ""


def _worth(leaves: Sequence[Leaf], counts: Mapping[int, int]) -> dict[int, int]:
    """Return what each number that is lit is worth: about the same, but more if wide or rare here."""
    return {
        number: 1000 + 250 * (getattr(leaves[number // 2], "width", 1) - 1) + 400 // count
        for number, count in counts.items()
    }


def _candidates(
    fields: Mapping[str, _Field],
    language: str,
    names: Iterable[str],
    worth: Mapping[int, int],
    width: int,
) -> Iterator[_Found]:
    """Yield how the article begins in a language, and the best place of each stretch that is lit."""
    begun = False
    for name in names:
        field = fields.get(name)
        for stretch in field.stretches.get(language, ()) if field else ():
            if field is None:
                continue
            if not begun:
                yield _Found(0, field, stretch, 0, 0)
                begun = True
            yield from _best_window(field, stretch, worth, width)


def _best_window(
    field: _Field, stretch: Span, worth: Mapping[int, int], width: int
) -> Iterator[_Found]:
    """Slide over the marks of a stretch: the most worth within the width wins, then the earliest."""
    lit, place = field.lit, field.columns
    last = bisect_left(lit, (stretch[0],))
    stop = bisect_left(lit, (stretch[1],), last)
    if last == stop:
        return
    inside: Counter[int] = Counter()
    total, best = 0, (0, 0, 0)
    for first in range(last, stop):
        limit = place[lit[first][0]] + width
        while last < stop and (last == first or place[lit[last][1]] <= limit):
            number = lit[last][2]
            total += worth[number] if not inside[number] else 0
            inside[number] += 1
            last += 1
        if total > best[0]:
            best = total, first, last
        number = lit[first][2]
        inside[number] -= 1
        total -= worth[number] if not inside[number] else 0
    if best[0]:
        yield _Found(best[0], field, stretch, *_tightened(lit, best[1], best[2]))


def _tightened(lit: Sequence[Mark], first: int, last: int) -> Span:
    """Leave out what only repeats, first at the end and then at the beginning."""
    inside = Counter(number for _, _, number in lit[first:last])
    while last - first > 1 and inside[lit[last - 1][2]] > 1:
        last -= 1
        inside[lit[last][2]] -= 1
    while last - first > 1 and inside[lit[first][2]] > 1:
        inside[lit[first][2]] -= 1
        first += 1
    return first, last


def _snippet(found: _Found, width: int) -> Snippet:
    field, stretch = found.field, found.stretch
    match = _match(found)
    cutter = Cutter(field.text, field.columns, stretch, width, field.sentences)
    later = [mark[:2] for mark in field.lit[found.last : found.last + width]]
    passage = cutter.around(match, later)
    text = field.text[passage.start : passage.end]
    lit = _inside(field.lit, passage, match)
    spans = merged((start - passage.start, end - passage.start) for start, end in lit)
    return Snippet(field.name, text, spans, passage.cut_start, passage.cut_end)


def _match(found: _Found) -> Span:
    """Return from where to where a passage must go."""
    if not found.worth:
        text = found.field.text
        word = re.compile(r"\w").search(text, *found.stretch)
        start = word.start() if word else found.stretch[0]
        return start, start
    marks = found.field.lit[found.first : found.last]
    return marks[0][0], min(found.stretch[1], max(end for _, end, _ in marks))


def _inside(lit: Sequence[Mark], passage: Passage, match: Span) -> Iterator[Span]:
    at = bisect_left(lit, (passage.start,))
    while at < len(lit) and lit[at][0] < passage.end:
        start, end, _ = lit[at]
        if end <= passage.end:
            yield start, end
        elif start == match[0]:  # too wide to be shown whole
            yield start, passage.end
        at += 1
