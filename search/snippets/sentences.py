"""A text -> its sentences, in either language.

A full-width stop always ends a sentence. A Western one is read with the words around it: not after Mr.,
after U.S. and Inc. only before a word that begins sentences, never before a small letter.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from search.analysis.scripts import HAN, HAN_RUN
from search.patterns import late
from search.results import Span
from search.snippets.abbreviations import BEGINNERS, LONGEST_SHORTENED, SHORTENED, TITLES

CLOSING = "\"'”’」』）)\\]】》〉"
"""Inside of a character class: what may follow the stop of a sentence and belongs to it."""

OPENING = "“‘「『（(\\[【《〈"

_FULL = "。！？｡"
_WESTERN = ".!?\n"
_NOT_PLAIN = TITLES | SHORTENED
# It begins with a class of characters, so that `re` skips all others quickly.
_STOP = late(
    rf"[.!?…{_FULL}\n](?P<more>[.!?…{_FULL}\n]*)(?P<closing>[{CLOSING}]*)"
    # ” and its like stay with their sentence even where a space was left before them.
    r"(?:[ \u3000]+[”」』）】》〉]+)*"
)
_FOLLOWING = late(rf"\s+[\"'{OPENING}]*([^\W_]*|\S?)")
_LONGEST_DATELINE = 120
_LAST_BRACKET = 63
"""Among so many characters a dateline has its opening bracket, where no white space stands before it."""
_DATELINE = late(r"\s*(?:[A-Z][^()\n.!?。]{0,60} )?\([A-Z][\w ./&]{1,30}\) ?(?:-{1,2}|–|—) ")
_MAYBE_AGENCY = late(r"\s*\S{1,6}[社网報报]")
_AGENCY = (
    rf"\s*[{HAN}]{{1,6}}[社网報报]"
    rf"(?:[{HAN}]{{0,8}}\d{{1,2}}月\d{{1,2}}日[电電]|[讯訊])"
    r"(?:[(（][^)）\n]{0,40}[)）])?"
)


def sentences(text: str, first: int = 0) -> Iterator[Span]:
    """Yield the spans of the sentences from `first` on, without the white space around them.

    None is empty. What opens a report (`NEW YORK (Reuters) - `) is a piece of its own. `first` is
    where a line begins.
    """
    at = first
    for end in chain(ends_between(text, first, len(text)), (len(text),)):
        start, last = after_space(text, at, end), before_space(text, at, end)
        if start < last:
            yield start, last
        at = max(at, end)


def ends_between(text: str, first: int, stop: int) -> Iterable[int]:
    """Return where sentences end, by the stops in text[first:stop], in order.

    No sentence may end across `first`: it is where a line begins, or behind a letter or a digit.
    """
    if first < _LONGEST_DATELINE:
        behind = _behind_dateline(text)
        if behind > first:
            return chain((behind,), _ends(text, behind, stop))
    return _ends(text, first, stop)


def _ends(text: str, first: int, stop: int) -> Iterable[int]:
    return _western_ends(text, first, stop) if text.isascii() else _any_ends(text, first, stop)


def _any_ends(text: str, first: int, stop: int) -> Iterator[int]:
    for match in _STOP.finditer(text, first):
        start, end = match.span()
        if start >= stop:
            break
        if end > start + 1 or text[start] not in _FULL:
            end = _end(text, match)
        if end:
            yield end


def _behind_dateline(text: str) -> int:
    """Return where what opens a report ends, 0 where nothing does."""
    dateline = None
    if "(" in text[:_LAST_BRACKET] or text[:1].isspace():
        dateline = _DATELINE.match(text)
    if dateline is None and not text.isascii() and _MAYBE_AGENCY.match(text):
        dateline = re.match(_AGENCY, text)  # compiled when needed: it takes some milliseconds
    return dateline.end() if dateline else 0


def _western_ends(text: str, first: int, stop: int) -> list[int]:
    """Return the same ends, of ASCII: few stops are looked at for more than the words around them."""
    find = text.find  # no pattern is as quick
    stops: list[int] = []
    for sign in _WESTERN:
        at = find(sign, first, stop)
        while at >= 0:
            stops.append(at)
            at = find(sign, at + 1, stop)
    stops.sort()
    ends: list[int] = []
    before = -2
    for at in stops:
        if at > before + 1:  # neighbours are one stop
            end = _western_end(text, at)
            if end:
                ends.append(end)
        before = at
    return ends


def _western_end(text: str, start: int) -> int:
    """Return where the sentence ends of which this is the stop; 0 where it does not."""
    sign, behind = text[start], start + 1
    if sign == "\n":
        return start
    touching = text[behind : behind + 2]
    if touching[:1] == "\n":
        return behind
    if sign == ".":
        if touching[:1].isalnum():
            return 0  # 3.5, AAPL.O
        if touching[:1] == " " and touching[1:].isupper() and _is_plain(text, start):
            return behind  # most are so
    match = _STOP.match(text, start)
    return _end(text, match) if match else 0


def _is_plain(text: str, stop: int) -> bool:
    """Say whether the word before a full stop is so plain that any word with a capital follows it."""
    before = text[max(0, stop - LONGEST_SHORTENED) : stop].rpartition(" ")[2]
    return before.islower() and before.isalpha() and len(before) > 1 and before not in _NOT_PLAIN


def after_space(text: str, start: int, last: int) -> int:
    """Return the first place in text[start:last] that is no white space, or `last`."""
    while start < last and text[start].isspace():
        start += 1
    return start


def before_space(text: str, start: int, last: int) -> int:
    """Return the end of text[start:last] without the white space that ends it."""
    while last > start and text[last - 1].isspace():
        last -= 1
    return last


def _end(text: str, match: re.Match[str]) -> int:
    """Return where the sentence ends of which this is the stop; 0 where it does not."""
    start, end = match.span()
    first = text[start]
    if first == "." and end == start + 1:
        touching = text[end : end + 2]
        if touching[:1].isalnum() and touching < "\u2e80":
            return 0  # 3.5, AAPL.O
        if touching[:1] == " " and touching[1:].isupper() and _is_plain(text, start):
            return end  # most are so
    more, closing = match.groups()
    if first == "\n" or "\n" in more:
        return text.index("\n", start)
    if first in _FULL:
        return end
    end = match.end("closing")
    following = _FOLLOWING.match(text, end)
    if following is None:  # something touches the stop
        ends = end == len(text) or _between_han(text, match)
    elif first != "." or more or closing:
        ends = not following[1][:1].islower()
    else:
        ends = _ends_after(text, start, following[1])
    return end if ends else 0


def _ends_after(text: str, stop: int, following: str) -> bool:
    """Say whether a full stop ends a sentence, by the words before and after it."""
    if not following:
        return True
    if following[0].islower():
        return False
    words = text[max(0, stop - LONGEST_SHORTENED) : stop].rsplit(None, 1)
    before = words[-1].lower().lstrip("\"'“‘(-") if words else ""
    if before in TITLES:
        return False
    if (len(before) == 1 and before.isalpha()) or before[-2:-1] == "." or before in SHORTENED:
        return following == "A" or (following.lower() in BEGINNERS and not following.isupper())
    if before.isdecimal():  # 1. This is an item of a list.
        start = stop - len(before)
        return start > 0 and text[start - 1] != "\n"
    return True


def _between_han(text: str, match: re.Match[str]) -> bool:
    """Say whether a Western stop stands where a full-width one should."""
    start, end = match.start(), match.end("closing")
    after_han = start > 0 and HAN_RUN.match(text, start - 1) is not None
    return (
        "…" not in match.group()
        and (after_han or bool(match["closing"]))
        and HAN_RUN.match(text, end) is not None
    )
