"""The best English and the best Chinese passage of an article."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from search.analysis.scripts import HAN_RUN, han_share
from search.article import Article, Texts
from search.marking import display_width, widths
from search.query.plan import Leaf
from search.results import Snippet, Span
from search.snippets.chunks import Mark
from search.snippets.lighting import Lights, merged
from search.snippets.passages import FAR, Cutter, Passage
from search.snippets.reduced import Reading
from search.snippets.sentences import after_space, before_space, sentences
from search.snippets.windows import best_window

WIDTH = 160
"""Columns of a passage, unless asked otherwise."""

_CHINESE = 0.3
"""A sentence with at least this share of Han characters is Chinese."""

_FIELDS = {"zh": ("summary", "body", "caption"), "en": ("body", "summary", "caption")}
"""Where to look for a passage of each language; among equals the first wins."""

_SHORT = 400
"""In text of so many characters, columns are counted once and for all."""

_GAP = re.compile(r"[\s](?=[^\W\d_])")
_WIDEST_GAP = 3
_BETWEEN_WORDS = frozenset(",;:'’-")
_WORD = re.compile(r"\w")


_Stretches = Mapping[str, Sequence[Span]]
"""Of each language, in order."""


class _Field:
    """One field: what is lit in it, in order, and its stretches in each language."""

    __slots__ = ("_columns", "is_even", "lit", "name", "stretches", "text")

    def __init__(
        self, name: str, reading: Reading, lit: Sequence[Mark], stretches: _Stretches
    ) -> None:
        self.name = name
        self.text = reading.text
        self.lit = lit
        self.stretches = stretches
        self.is_even = reading.is_even  # each character takes one column
        self._columns: Sequence[int] = ()

    def columns(self, start: int, end: int, width: int) -> tuple[Sequence[int], int]:
        """Return enough columns to cut a passage around text[start:end], and where they begin."""
        if self.is_even:
            return range(len(self.text) + 1), 0
        if len(self.text) <= _SHORT:
            return self._all_columns(), 0
        # A width back to the sentence, a width more to fill a line, a width on.
        for reach in (width, width * FAR):
            origin, last = max(0, start - 2 * reach - 1), end + reach + 2
            taken = widths(self.text[origin:last])
            if 0 not in taken:
                break
        return list(accumulate(taken, initial=0)), origin

    def in_columns(self, first: int, last: int, width: int) -> Sequence[Mark]:
        """Return lit[first:last] in columns; what is far from each other may be nearer, but not near."""
        marks = self.lit[first:last]
        if self.is_even:
            return marks
        if len(self.text) <= _SHORT:
            place = self._all_columns()
            return [(place[start], place[end], number) for start, end, number in marks]
        found: list[Mark] = []
        column, at = 0, marks[0][0]
        for start, end, number in marks:
            near = start - at <= width * FAR
            column += display_width(self.text[at:start]) if near else width + 1
            found.append((column, column + display_width(self.text[start:end]), number))
            at = start
        return found

    def _all_columns(self) -> Sequence[int]:
        if not self._columns:
            self._columns = list(accumulate(widths(self.text), initial=0))
        return self._columns


class _Found(NamedTuple):
    """Neighbouring marks lit[first:last] of a stretch that go into one passage, and their worth."""

    worth: int
    field: _Field
    stretch: Span
    first: int
    last: int


class Excerpts:
    """Makes the excerpts of all articles that a search found, in passages of so many columns."""

    def __init__(self, leaves: Sequence[Leaf], width: int = WIDTH) -> None:
        self._lights = Lights(leaves)
        self._weights = [1000 + 250 * (getattr(leaf, "width", 1) - 1) for leaf in leaves]
        self._width = max(width, 1)

    def title_spans(self, title: str) -> tuple[Span, ...]:
        """Return what is lit in the title."""
        marks = self._lights.marks(Reading(title), "title")
        return merged([(start, end) for start, end, _ in marks]) if marks else ()

    def passages(self, article: Article | Texts) -> tuple[Snippet, ...]:
        """Return the best Chinese and the best English passage, the one with more matches first.

        A language in which nothing matches shows how the article begins; a language in which nothing
        is written shows nothing.
        """
        fields: dict[str, _Field] = {}
        for name in _FIELDS["zh"]:
            text = getattr(article, name)
            if text and not text.isspace():
                fields[name] = self._field(name, text)
        worth = self._worth(fields)
        found = [
            best
            for language, names in _FIELDS.items()
            if (best := self._best(fields, language, names, worth)) is not None
        ]
        if len(found) > 1 and found[1].worth > found[0].worth:
            found.reverse()
        return tuple([_snippet(best, self._width) for best in found])

    def _field(self, name: str, text: str) -> _Field:
        reading = Reading(text)
        lit = self._lights.marks(reading, name)
        last = len(text)
        whole = after_space(text, 0, last), before_space(text, 0, last)
        if not reading.has_han:
            return _Field(name, reading, lit, {"en": (whole,)})
        if not _has_words(text):
            return _Field(name, reading, lit, {"zh": (whole,)})
        return _Field(name, reading, lit, _stretches(reading))

    def _worth(self, fields: Mapping[str, _Field]) -> dict[int, int]:
        """Return what each number that is lit is worth: about the same, more if wide or rare here."""
        counts: dict[int, int] = {}
        for one in fields.values():
            for _, _, number in one.lit:
                counts[number] = counts.get(number, 0) + 1
        return {
            number: self._weights[number // 2] + 400 // count for number, count in counts.items()
        }

    def _best(
        self,
        fields: Mapping[str, _Field],
        language: str,
        names: Sequence[str],
        worth: Mapping[int, int],
    ) -> _Found | None:
        """Return the best place in a language, the earliest of several, or how the article begins."""
        best: _Found | None = None
        for name in names:
            one = fields.get(name)
            for stretch in one.stretches.get(language, ()) if one else ():
                if one is None:
                    continue
                if best is None:
                    best = _Found(0, one, stretch, 0, 0)
                if one.lit:
                    value, first, last = self._window(one, stretch, worth)
                    if value > best.worth:
                        best = _Found(value, one, stretch, first, last)
        return best

    def _window(self, one: _Field, stretch: Span, worth: Mapping[int, int]) -> tuple[int, int, int]:
        first = bisect_left(one.lit, (stretch[0],))
        last = bisect_left(one.lit, (stretch[1],), first)
        if first == last:
            return 0, 0, 0
        marks = one.in_columns(first, last, self._width)
        value, begin, end = best_window(marks, worth, self._width)
        return value, first + begin, first + end


def _stretches(reading: Reading) -> dict[str, list[Span]]:
    """Join the sentences into stretches of one language; what is in none goes with what was before.

    Lines before the first Han character are not parted, nor English behind the last.
    """
    text = reading.text
    stretches: dict[str, list[Span]] = {"zh": [], "en": []}
    current, begin, last = "", 0, 0
    line = text.rfind("\n", 0, reading.first_han) + 1
    if _has_words(text, line):
        current, last = "en", before_space(text, 0, line)
    for start, end in sentences(text, line if current else 0):
        language = _language(text[start:end]) or current
        if language != current and current:
            stretches[current].append((begin, last))
            begin = start
        current, last = language, end
        if current == "en" and end > reading.last_han:
            last = before_space(text, end, len(text))
            break
    stretches[current or "zh"].append((begin, last))
    return stretches


def _language(sentence: str) -> str:
    if han_share(sentence) >= _CHINESE:
        return "zh"
    return "en" if _has_words(sentence) else ""


def _has_words(text: str, end: int | None = None) -> bool:
    """Say whether two words stand side by side: fewer, as in `iPhone。`, are no English."""
    for gap in _GAP.finditer(text, 0, len(text) if end is None else end):
        behind = gap.end()
        spaced = text[max(0, behind - _WIDEST_GAP - 2) : behind]
        before = spaced.rstrip()
        letter = before[-2:-1] if before[-1:] in _BETWEEN_WORDS else before[-1:]
        space = spaced[len(before) :]
        near = len(space) <= _WIDEST_GAP and "\n" not in space
        if near and _is_letter(letter) and _is_letter(text[behind]):
            return True
    return False


def _is_letter(character: str) -> bool:
    """Say whether a word may be written with it."""
    return character.isalnum() and not character.isdecimal() and HAN_RUN.match(character) is None


def _snippet(found: _Found, width: int) -> Snippet:
    one = found.field
    match = _match(found)
    places, origin = one.columns(*match, width)
    cutter = Cutter(one.text, places, found.stretch, width, origin=origin)
    passage = cutter.around(match, one.lit[found.last : found.last + width])
    text = one.text[passage.start : passage.end]
    spans: tuple[Span, ...] = ()
    if found.worth:
        lit = _inside(one.lit, passage, match)
        spans = merged([(start - passage.start, end - passage.start) for start, end in lit])
    return Snippet(one.name, text, spans, passage.cut_start, passage.cut_end)


def _match(found: _Found) -> Span:
    """Return from where to where a passage must go."""
    if not found.worth:
        word = _WORD.search(found.field.text, *found.stretch)
        start = word.start() if word else found.stretch[0]
        return start, start
    marks = found.field.lit[found.first : found.last]
    return marks[0][0], min(found.stretch[1], max([end for _, end, _ in marks]))


def _inside(lit: Sequence[Mark], passage: Passage, match: Span) -> Iterator[Span]:
    at = bisect_left(lit, (passage.start,))
    while at < len(lit) and lit[at][0] < passage.end:
        start, end, _ = lit[at]
        if end <= passage.end:
            yield start, end
        elif start == match[0]:  # too wide to be shown whole
            yield start, passage.end
        at += 1
