"""A place in a text -> a passage around it that fits a width and is cut where a reader would cut it.

Whole sentences where they use a good part of the width, else the edge of a clause, else of a word.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

from search.analysis.scripts import HAN_RUN
from search.patterns import late
from search.results import Span
from search.snippets.sentences import (
    CLOSING,
    OPENING,
    after_space,
    before_space,
    ends_between,
)

_ENOUGH = 1 / 2
"""Whole sentences that use this share of the width are preferred to a full line that is cut."""

_CLAUSE_ENOUGH = 2 / 3
"""And so is the end of a clause that uses this share."""

_EARLY = 3 / 4
"""A match that ends within this share of the width, from where its sentence begins, needs no cut."""

_LEAD = 1 / 3
"""The share of the room around a match in a long sentence that goes to what stands before it."""

_WIDEST_WORD = FAR = 4
"""A word that matched is shown whole, up to so many widths."""

_ATTACHED = frozenset(
    chr(code)
    for first, last in ((0x300, 0x370), (0x200B, 0x200E), (0xFE00, 0xFE10), (0xE0100, 0xE01F0))
    for code in range(first, last)
) | frozenset("\u2060\u3099\u309a")
_SIGNS_BEFORE = frozenset("，。；：、！？”」』）】》")
_SIGNS_BEHIND = frozenset("，。；：、！？…·" + CLOSING.replace("\\", ""))
_OPENING = frozenset(OPENING.replace("\\", ""))
# It begins with a class of characters, so that `re` skips all others quickly.
_CLAUSE = late(
    "[，；：、,;:—–….\x20](?:(?<=[，；：、])[”’」』）】》]*"
    r"|(?P<western>(?:(?<=[,;:—–])|(?<=…)…*|(?<=\.)\.\.)['\"”’)]*)"
    "|(?<=\x20)-{1,2}(?=\x20))"
)
_LOOSE_AT_START = late(r"(?:[\s，。；：、！？…·—–”’」』）)\]】》〉]|[.,;:!?&\"'-]+(?=\s))*")
_LOOSE_AT_END = late(rf"(?:[\s，；：、,;:—–{OPENING}]|(?<=\s)[\"'\-]+)+\Z")
_LONGEST_LOOSE = 16


class Passage(NamedTuple):
    """A slice of a text, and whether it begins or ends inside of a sentence."""

    start: int
    end: int
    cut_start: bool = False
    cut_end: bool = False


class Cutter:
    """Cuts passages out of one stretch of a text, of at most `width` columns.

    `columns` holds the column at which each character begins, as from `marking.columns`; those from
    `origin` on are enough, where no passage reaches back before it.
    """

    def __init__(
        self,
        text: str,
        columns: Sequence[int],
        stretch: Span,
        width: int,
        *,
        origin: int = 0,
    ) -> None:
        self._text = text
        self._columns = columns
        self._origin = origin
        self._first, self._last = stretch
        self._width = width
        self._even = isinstance(columns, range)  # each character takes one column

    def around(self, match: Span, later: Sequence[tuple[int, ...]] = ()) -> Passage:
        """Return the passage for what lies in `match`; `later` are spans, in order, not to be cut."""
        text, begins = self._text, match[0]
        far = self._reach(match[1])
        if begins == match[1] == self._first:  # how the stretch begins
            # Whole sentences that end earlier than that are not enough.
            half = self._place(begins, self._width * _ENOUGH, far)
            ends = self._sentence_ends(self._behind_letter(half), far)
            start, cut_start = begins, False
        else:
            begin = self._behind_letter(self._reach_back(begins, self._width))
            ends = self._sentence_ends(begin, far)
            first = self._sentence_start(ends, begin, begins)
            start = self._start(match, first, ends)
            cut_start = start != first and start > self._first
        begin = start if text[start].isalnum() else self._tidy(start, begins)
        limit = far if begin == match[1] else self._reach(begin)
        end, cut_end = self._end(begin, limit, match, ends, later)
        if not cut_end and self._used(begin, end) < self._width * _ENOUGH:
            earlier, whole = self._further_back(begin, end)
            if earlier < begin:
                start, cut_start = earlier, earlier > self._first and not whole
                begin = self._tidy(start, begins)
        if text[end - 1].isspace():
            end = before_space(text, begin, end)
        return Passage(begin, end, cut_start, cut_end)

    def _tidy(self, start: int, most: int) -> int:
        """Leave out punctuation that belongs to what stood before."""
        loose = _LOOSE_AT_START.match(self._text, start, most)
        return loose.end() if loose else start

    def _behind_letter(self, place: int) -> int:
        """Return the last place before this one where no sentence is just ending."""
        least = max(self._first, self._origin)
        while place > least and not self._text[place - 1].isalnum():
            place -= 1
        return place

    def _sentence_ends(self, begin: int, far: int) -> list[int]:
        """Return where sentences end from `begin` to `far`, and the end of the stretch if it is there.

        An end is where the last character of the sentence is, without white space.
        """
        text, first, last = self._text, self._first, self._last
        ends = [
            before_space(text, first, end) if text[end - 1].isspace() else end
            for end in ends_between(text, begin, far + 1)
            if first < end <= far and end < last
        ]
        if far >= last:
            ends.append(last)
        return ends

    def _sentence_start(self, ends: Sequence[int], begin: int, place: int) -> int | None:
        """Return where the sentence begins that holds a place, None where that is before `begin`."""
        text = self._text
        start: int | None = self._first if begin <= self._first else None
        for end in ends:
            if end > place:
                break
            following = after_space(text, end, self._last)
            if following > place:
                break
            start = following
        return start

    def _start(self, match: Span, first: int | None, ends: Sequence[int]) -> int:
        """Return where to begin; `first` of the sentence is None where that is far."""
        width, columns, origin = self._width, self._columns, self._origin
        begins, behind = columns[match[0] - origin], columns[match[1] - origin]
        last: int | None = None  # the column behind the sentence, if that is not far
        for end in ends:
            if end >= match[1]:
                last = columns[end - origin]
                break
        if first is not None:
            at = columns[first - origin]
            near = match[1] - first <= width * _WIDEST_WORD  # whatever is of no width
            if near and (
                behind - at <= width * _EARLY or (last is not None and last - at <= width)
            ):
                return first
        room = width - (behind - begins)
        if room <= 0:
            return match[0]
        after = width if last is None else last - behind
        lead = room - after if after < room * (1 - _LEAD) else int(room * _LEAD)
        back = self._reach_back(match[0], lead)
        if first is not None and first >= back:
            return first
        return self._edge_after(back, match[0])

    def _end(
        self,
        start: int,
        limit: int,
        match: Span,
        ends: Sequence[int],
        later: Sequence[tuple[int, ...]],
    ) -> tuple[int, bool]:
        """Return where to end, no further than the limit, and whether that is inside of a sentence."""
        text, least = self._text, match[1]
        if least > limit:
            return self._end_inside(start, match, limit), True
        whole = self._whole_end(start, least, limit, ends)
        if whole is not None:
            return whole, False
        if limit == self._last:
            return limit, False
        end = self._edge_before(start, least, limit)
        if not start <= least < end:
            return end, True
        cut = end
        for span in later:
            if span[0] >= end:
                break
            if span[1] > end:
                cut = span[0]
                break
        if text[cut - 1].isalnum():
            return cut, True
        loose = _LOOSE_AT_END.search(text, max(least, start + 1, cut - _LONGEST_LOOSE), cut)
        return (loose.start() if loose else cut), True

    def _whole_end(self, start: int, least: int, limit: int, ends: Sequence[int]) -> int | None:
        """Return the last end of a sentence that uses enough of the width, or the first of a line."""
        columns, origin = self._columns, self._origin
        enough = columns[start - origin] + self._width * _ENOUGH
        good: int | None = None
        for end in ends:
            if end > limit:
                break
            if end >= least and end > start and columns[end - origin] >= enough:
                good = end
                if self._text[end : end + 1] == "\n":
                    break
        return good

    def _end_inside(self, start: int, match: Span, limit: int) -> int:
        """Cut a match too wide between its words; one word is shown whole, unless it is endless."""
        edge = self._last_word(start + 1, limit)
        if edge:
            return edge
        text, most = self._text, min(match[1], start + self._width * _WIDEST_WORD)
        return next((at for at in range(limit, most) if word_ends(text, at)), most)

    def _further_back(self, start: int, end: int) -> tuple[int, bool]:
        """Let a short passage begin earlier, where nothing follows that could fill it.

        Beside the place, say whether a sentence begins there.
        """
        back = self._reach_back(start, self._width - self._used(start, end))
        if back <= self._first:
            return after_space(self._text, self._first, start), True
        for sentence_end in self._sentence_ends(self._behind_letter(back), start):
            following = after_space(self._text, sentence_end, start)
            if back <= following < start:
                return following, True
        return self._edge_after(back, start), False

    def _edge_after(self, start: int, end: int) -> int:
        """Return the first good place to begin in text[start:end], or its end."""
        text = self._text
        clause = next(_clauses(text, start, end), None)
        if clause and self._used(start, clause[1]) <= self._width * (1 - _CLAUSE_ENOUGH):
            return clause[1]
        return next((at for at in range(start, end) if word_begins(text, at)), end)

    def _edge_before(self, start: int, least: int, limit: int) -> int:
        """Return the last good place to end in text[least:limit], or what is forced."""
        enough = self._place(start, self._width * _CLAUSE_ENOUGH, limit)
        clauses = list(_clauses(self._text, max(least, enough), limit + 1))
        if clauses:
            return clauses[-1][0]
        word = self._last_word(max(least, start + 1), limit)
        return word or (least if start < least else limit)

    def _last_word(self, least: int, limit: int) -> int:
        """Return the last place in text[least:limit + 1] where a word ends, or 0."""
        text = self._text
        return next((at for at in range(limit, least - 1, -1) if word_ends(text, at)), 0)

    def _used(self, start: int, end: int) -> int:
        if self._even:
            return end - start
        return self._columns[end - self._origin] - self._columns[start - self._origin]

    def _place(self, start: int, width: float, limit: int) -> int:
        """Return the first place in text[start:limit] that is so many columns behind its start."""
        if self._even:
            return min(start + ceil(width), limit)
        origin, columns = self._origin, self._columns
        wanted = columns[start - origin] + width
        return bisect_left(columns, wanted, start - origin, limit - origin) + origin

    def _reach(self, start: int) -> int:
        """Return how far the width reaches; characters without width are not taken without end."""
        if self._even:
            return min(start + self._width, self._last)
        origin, columns = self._origin, self._columns
        most = min(self._last + 1, start + 1 + self._width * _WIDEST_WORD, origin + len(columns))
        wanted = columns[start - origin] + self._width
        reached = bisect_right(columns, wanted, start - origin, most - origin) - 1 + origin
        # At least one character, for a Han one is wider than a width of one.
        return max(reached, min(start + 1, self._last))

    def _reach_back(self, end: int, width: int) -> int:
        if self._even:
            return max(end - width, self._first)
        origin, columns = self._origin, self._columns
        least = max(self._first, end - self._width * _WIDEST_WORD, origin)
        wanted = columns[end - origin] - width
        back = bisect_left(columns, wanted, least - origin, end - origin)
        # Not between a letter and the marks upon it.
        return bisect_right(columns, columns[back], back, end + 1 - origin) - 1 + origin


def word_begins(text: str, at: int) -> bool:
    """Say whether a word begins here, or a line may: Han parts between any two characters."""
    before, behind = text[at - 1 : at], text[at]
    return (before.isspace() and not behind.isspace()) or _is_han_edge(before, behind)


def word_ends(text: str, at: int) -> bool:
    """Say whether a word ends here, or a line may."""
    before, behind = text[at - 1 : at], text[at]
    return (behind.isspace() and not before.isspace() and at > 0) or _is_han_edge(before, behind)


def _is_han_edge(before: str, behind: str) -> bool:
    """Say whether text may be parted between two characters that no space parts."""
    if before.isascii() and behind.isascii():
        return False
    if before in _SIGNS_BEFORE or HAN_RUN.match(before):
        return not (behind.isspace() or behind in _SIGNS_BEHIND or behind in _ATTACHED)
    return (
        HAN_RUN.match(behind) is not None
        and before != ""
        and not (before.isspace() or before.isdecimal() or before in _OPENING)
        and behind not in _ATTACHED
    )


def _clauses(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield what ends clauses in text[start:end]; a Western sign does so before a space or Han only."""
    for match in _CLAUSE.finditer(text, start, end):
        last = match.end()
        if match["western"] is None:
            yield match.span()
        elif last < end:
            behind = text[last]
            if behind.isspace() or behind in "“「『" or HAN_RUN.match(behind):
                yield match.span()
