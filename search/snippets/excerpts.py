"""The best English and the best Chinese passage of an article."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from search.parts import Texts
from search.patterns import late
from search.query.plan import Leaf, Near
from search.results import Snippet, Span
from search.snippets.chunks import Mark
from search.snippets.fields import Field
from search.snippets.lighting import Lights, merged
from search.snippets.passages import Cutter
from search.snippets.reduced import Reading
from search.snippets.windows import best_window

if TYPE_CHECKING:  # who only searches makes no article
    from search.article import Article

WIDTH = 160
"""Columns of a passage, unless asked otherwise."""

_FIELDS = {"zh": ("summary", "body", "caption"), "en": ("body", "summary", "caption")}
"""Where to look for a passage of each language; among equals the first wins."""

_WORD = late(r"\w")


class _Found(NamedTuple):
    """Neighbouring marks lit[first:last] of a stretch that go into one passage, and their worth."""

    worth: int
    field: Field
    stretch: Span
    first: int
    last: int


class Excerpts:
    """Makes the excerpts of all articles that a search found, in passages of so many columns."""

    def __init__(self, leaves: Sequence[Leaf], width: int = WIDTH) -> None:
        self._lights = Lights(leaves)
        self._weights = [1000 + 250 * (getattr(leaf, "width", 1) - 1) for leaf in leaves]
        self._width = max(width, 1)
        single = len(leaves) == 1 and not isinstance(leaves[0], Near)
        # Of all places of a single leaf the first is as good as any.
        self._enough = self._width if single else 0
        self._only_worth = {0: 1} if single else None

    def title_spans(self, titles: Sequence[str]) -> list[tuple[Span, ...]]:
        """Return what is lit in each title."""
        light = self._lights.of("title")
        if not light.by_chunks:
            return [_spans(light.marks(Reading(title)), 0, len(title), -1) for title in titles]
        # All at once: most of the time goes into what is done once for a text.
        marks = light.marks(Reading("\n".join(titles)))
        found: list[tuple[Span, ...]] = []
        start = 0
        for title in titles:
            end = start + len(title)
            found.append(_spans(marks, start, end, -1) if marks else ())
            start = end + 1
        return found

    def passages(self, articles: "Iterable[Article | Texts]") -> list[tuple[Snippet, ...]]:
        """Return the best Chinese and the best English passage of each, the one with more matches first.

        A language in which nothing matches shows how the article begins; a language in which nothing
        is written shows nothing.
        """
        # Step by step for all of them: what a step needs of the processor's caches stays there.
        every = [self._fields(article) for article in articles]
        chosen = [self._found(fields) for fields in every]
        return [tuple([_snippet(best, self._width) for best in found]) for found in chosen]

    def _fields(self, article: "Article | Texts") -> dict[str, Field]:
        fields: dict[str, Field] = {}
        for name in _FIELDS["zh"]:
            text = getattr(article, name)
            if text and not text.isspace():
                fields[name] = Field(name, text, self._lights.of(name), self._enough)
        return fields

    def _found(self, fields: Mapping[str, Field]) -> list[_Found]:
        """Return the best place of each language that is written."""
        worth = self._only_worth or self._worth(fields)
        found = [
            best
            for language, names in _FIELDS.items()
            if (best := self._best(fields, language, names, worth)) is not None
        ]
        if len(found) > 1 and found[1].worth > found[0].worth:
            found.reverse()
        return found

    def _worth(self, fields: Mapping[str, Field]) -> dict[int, int]:
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
        fields: Mapping[str, Field],
        language: str,
        names: Sequence[str],
        worth: Mapping[int, int],
    ) -> _Found | None:
        """Return the best place in a language, the earliest of several, or how the article begins."""
        best: _Found | None = None
        for name in names:
            one = fields.get(name)
            if one is None:
                continue
            for stretch in one.stretches.get(language, ()):
                if one.lit:
                    value, first, last = self._window(one, stretch, worth)
                    if best is None or value > best.worth:
                        best = _Found(value, one, stretch, first, last)
                elif best is None:
                    best = _Found(0, one, stretch, 0, 0)
        return best

    def _window(self, one: Field, stretch: Span, worth: Mapping[int, int]) -> tuple[int, int, int]:
        first = bisect_left(one.lit, (stretch[0],))
        last = bisect_left(one.lit, (stretch[1],), first)
        if first == last:
            return 0, 0, 0
        if len(worth) == 1:
            return sum(worth.values()), first, first + 1
        numbers = {number for _, _, number in one.lit[first:last]}
        most = sum([worth[number] for number in numbers])
        if len(numbers) == 1:
            return most, first, first + 1
        marks = one.in_columns(first, last, self._width)
        value, begin, end = best_window(marks, worth, self._width, most)
        return value, first + begin, first + end


def _snippet(found: _Found, width: int) -> Snippet:
    one, lit = found.field, found.field.lit
    match = _match(found)
    places, origin = one.columns(*match, width)
    cutter = Cutter(one.text, places, found.stretch, width, origin=origin)
    start, end, cut_start, cut_end = cutter.around(match, lit[found.last : found.last + width])
    spans = _spans(lit, start, end, match[0]) if found.worth else ()
    return Snippet(one.name, one.text[start:end], spans, cut_start, cut_end)


def _match(found: _Found) -> Span:
    """Return from where to where a passage must go."""
    if not found.worth:
        start = found.stretch[0]
        if not found.field.text[start].isalnum():
            word = _WORD.search(found.field.text, *found.stretch)
            start = word.start() if word else start
        return start, start
    marks = found.field.lit[found.first : found.last]
    if len(marks) == 1:
        return marks[0][0], min(found.stretch[1], marks[0][1])
    return marks[0][0], min(found.stretch[1], max([end for _, end, _ in marks]))


def _spans(lit: Sequence[Mark], start: int, end: int, match: int) -> tuple[Span, ...]:
    """Return what is lit in a passage from `start` to `end`, counted from there.

    What begins at the match is shown in part where it is too wide to be shown whole.
    """
    spans: list[Span] = []
    for at in range(bisect_left(lit, (start,)), len(lit)):
        first, last, _ = lit[at]
        if first >= end:
            break
        if last <= end:
            spans.append((first - start, last - start))
        elif first == match:
            spans.append((first - start, end - start))
    return merged(spans) if len(spans) > 1 else tuple(spans)
