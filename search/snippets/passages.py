"""A place in a text -> a passage around it that fits a width and is cut where a reader would cut it.

Whole sentences where they use a good part of the width, else the edge of a clause, else of a word.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from search.analysis.scripts import HAN
from search.results import Span
from search.snippets.sentences import CLOSING, OPENING, sentences

_ENOUGH = 1 / 2
"""Whole sentences that use this share of the width are preferred to a full line that is cut."""

_CLAUSE_ENOUGH = 2 / 3
"""And so is the end of a clause that uses this share."""

_EARLY = 3 / 4
"""A match that ends within this share of the width, from where its sentence begins, needs no cut."""

_LEAD = 1 / 3
"""The share of the room around a match in a long sentence that goes to what stands before it."""

_WIDEST_WORD = 4
"""A word that matched is shown whole, up to so many widths."""

_ATTACHED = "\u0300-\u036f\u200b-\u200d\u2060\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef"
# A class of all Han characters takes `re` a millisecond to compile: one pattern has it, for both ends.
_HAN_EDGE = re.compile(
    rf"(?<=[{HAN}，。；：、！？”」』）】》])(?=[^\s，。；：、！？…·{CLOSING}{_ATTACHED}])"
    rf"|(?<=[^\s\d{OPENING}])(?=(?![{_ATTACHED}])[{HAN}])"
)
_WORD_STARTS = re.compile(r"(?<=\s)(?=\S)"), _HAN_EDGE
_WORD_ENDS = re.compile(r"(?<=\S)(?=\s)"), _HAN_EDGE
_CLAUSE = re.compile(
    rf"[，；：、][”’」』）】》]*|(?:[,;:—–]|…+|\.\.\.)['\"”’)]*(?=\s|[{HAN}“「『])| -{{1,2}}(?= )"
)
_LOOSE_AT_START = re.compile(r"(?:[\s，。；：、！？…·—–”’」』）)\]】》〉]|[.,;:!?&\"'-]+(?=\s))*")
_LOOSE_AT_END = re.compile(rf"(?:[\s，；：、,;:—–{OPENING}]|(?<=\s)[\"'\-]+)+\Z")
_LONGEST_LOOSE = 16

# No word so long is a shortened one. From such an end on, sentences are cut as in the whole text.
_SURE_END = re.compile(r"[\n。.](?:(?<=[\n。])|(?<=[a-z]{7}\.)(?= [A-Z]))")
_FAR = 1_000
"""Where none is found before so many characters, the text is cut from its beginning."""


class Passage(NamedTuple):
    """A slice of a text, and whether it begins or ends inside of a sentence."""

    start: int
    end: int
    cut_start: bool = False
    cut_end: bool = False


class Cutter:
    """Cuts passages out of one stretch of a text, of at most `width` columns.

    `columns` holds the column at which each character begins, as from `marking.columns`; `known` the
    sentences of the text, where they are known already.
    """

    def __init__(
        self,
        text: str,
        columns: Sequence[int],
        stretch: Span,
        width: int,
        known: Sequence[Span] = (),
    ) -> None:
        self._text = text
        self._columns = columns
        self._first, self._last = stretch
        self._width = width
        self._known = known

    def around(self, match: Span, later: Sequence[Span] = ()) -> Passage:
        """Return the passage for what lies in `match`; `later` are spans that are not to be cut."""
        pieces = self._pieces(match)
        start = self._start(match, pieces)
        begin = self._tidy(start, match[0])
        end, cut_end = self._end(begin, match, pieces, later)
        if not cut_end and self._used(begin, end) < self._width * _ENOUGH:
            start = self._further_back(begin, end, pieces)
            begin = self._tidy(start, match[0])
        while end - 1 > begin and self._text[end - 1].isspace():
            end -= 1
        cut_start = start > self._first and all(start != piece[0] for piece in pieces)
        return Passage(begin, end, cut_start, cut_end)

    def _tidy(self, start: int, most: int) -> int:
        """Leave out punctuation that belongs to what stood before."""
        loose = _LOOSE_AT_START.match(self._text, start, most)
        return loose.end() if loose else start

    def _pieces(self, match: Span) -> list[Span]:
        """Return the sentences around the match, none beyond the stretch."""
        text = self._text
        near, far = self._reach_back(match[0], self._width), self._reach(match[1])
        if self._known:
            first = max(0, bisect_right(self._known, (near, len(text))) - 1)
            last = bisect_right(self._known, (far, 0))
            pieces = self._known[first:last]
            return [piece for piece in pieces if self._first <= piece[0] and piece[1] <= self._last]
        before = _SURE_END.finditer(text, max(self._first, near - _FAR), near)
        begin = _last(before) or self._first
        after = _SURE_END.search(text, far, self._last)
        end = after.end() if after else self._last
        return [(begin + start, begin + stop) for start, stop in sentences(text[begin:end])]

    def _start(self, match: Span, pieces: Sequence[Span]) -> int:
        width = self._width
        first = max((start for start, _ in pieces if start <= match[0]), default=match[0])
        last = min((end for _, end in pieces if end >= match[1]), default=match[1])
        whole = self._used(first, last) <= width or self._used(first, match[1]) <= width * _EARLY
        if whole and match[1] <= self._reach(first):
            return first
        room = width - self._used(*match)
        if room <= 0:
            return match[0]
        after = self._used(match[1], last)
        lead = room - after if after < room * (1 - _LEAD) else int(room * _LEAD)
        back = max(first, self._reach_back(match[0], lead))
        return back if back == first else self._edge_after(back, match[0])

    def _end(
        self, start: int, match: Span, pieces: Sequence[Span], later: Sequence[Span]
    ) -> tuple[int, bool]:
        """Return where to end, and whether that is inside of a sentence."""
        limit = min(self._last, self._reach(start))
        if match[1] > limit:
            return self._end_inside(start, match, limit), True
        enough = self._columns[start] + self._width * _ENOUGH
        ends = [
            end
            for _, end in pieces
            if match[1] <= end <= limit and end > start and self._columns[end] >= enough
        ]
        if ends:
            return next((end for end in ends if self._text[end : end + 1] == "\n"), ends[-1]), False
        if limit == self._last:
            return limit, False
        end = self._edge_before(start, match[1], limit)
        if not start <= match[1] < end:
            return end, True
        cut = min((span[0] for span in later if span[0] < end < span[1]), default=end)
        least = max(match[1], start + 1, cut - _LONGEST_LOOSE)
        loose = _LOOSE_AT_END.search(self._text, least, cut)
        return (loose.start() if loose else cut), True

    def _end_inside(self, start: int, match: Span, limit: int) -> int:
        """Cut a match too wide between its words; one word is shown whole, unless it is endless."""
        edge = self._last_word_end(start + 1, limit)
        if edge:
            return edge
        most = min(match[1], start + self._width * _WIDEST_WORD)
        return self._first_edge(_WORD_ENDS, limit, most)

    def _further_back(self, start: int, end: int, pieces: Sequence[Span]) -> int:
        """Let a short passage begin earlier, where nothing follows that could fill it."""
        back = max(self._first, self._reach_back(start, self._width - self._used(start, end)))
        earlier = [piece[0] for piece in pieces if back <= piece[0] < start]
        if earlier:
            return earlier[0]
        return self._edge_after(back, start) if back < start else start

    def _edge_after(self, start: int, end: int) -> int:
        """Return the first good place to begin in text[start:end], or its end."""
        most = self._columns[start] + self._width * (1 - _CLAUSE_ENOUGH)
        clause = _CLAUSE.search(self._text, start, end)
        if clause and clause.end() <= end and self._columns[clause.end()] <= most:
            return clause.end()
        return self._first_edge(_WORD_STARTS, start, end)

    def _edge_before(self, start: int, least: int, limit: int) -> int:
        """Return the last good place to end in text[least:limit], or what is forced."""
        enough = self._columns[start] + self._width * _CLAUSE_ENOUGH
        from_there = max(least, bisect_left(self._columns, enough, start, limit))
        clause = _last(_CLAUSE.finditer(self._text, from_there, limit + 1))
        if clause:
            return clause
        word = self._last_word_end(max(least, start + 1), limit)
        return word or (least if start < least else limit)

    def _first_edge(self, edges: Iterable[re.Pattern[str]], start: int, end: int) -> int:
        """Return the first of these edges in text[start:end], or its end."""
        found = [edge.search(self._text, start, end) for edge in edges]
        return min([match.start() for match in found if match], default=end)

    def _last_word_end(self, start: int, end: int) -> int:
        """Return the last place from `start` to `end` where a word ends, or 0."""
        return max(_last(edge.finditer(self._text, start, end + 1)) for edge in _WORD_ENDS)

    def _used(self, start: int, end: int) -> int:
        return self._columns[end] - self._columns[start]

    def _reach(self, start: int) -> int:
        """Return how far the width reaches; characters without width are not taken without end."""
        most = min(self._last, start + self._width * _WIDEST_WORD)
        wanted = self._columns[start] + self._width
        reached = bisect_right(self._columns, wanted, start, most + 1) - 1
        # At least one character, for a Han one is wider than a width of one.
        return max(reached, min(start + 1, self._last))

    def _reach_back(self, end: int, width: int) -> int:
        least = max(self._first, end - self._width * _WIDEST_WORD)
        back = bisect_left(self._columns, self._columns[end] - width, least, end)
        # Not between a letter and the marks upon it.
        return bisect_right(self._columns, self._columns[back], back, end + 1) - 1


def _last(matches: Iterator[re.Match[str]]) -> int:
    place = 0
    for match in matches:
        place = match.start()
    return place
