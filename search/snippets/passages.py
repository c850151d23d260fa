"""A text -> its sentences, in either language, and passages of them that fit a width."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from search.analysis.scripts import HAN, has_han
from search.marking import character_width, display_width
from search.results import Span

_CLOSING = "\"'”’」』）)\\]】》"
_SENTENCE_END = re.compile(
    rf"(?:[。！？!?…]+[{_CLOSING}]*"
    # A full stop ends a sentence after a word of some length (not after Mr. or U.S.), before a new one.
    rf"|(?:(?<=[^\W_]{{3}})|(?<=[{_CLOSING}%\d]))\.+[{_CLOSING}]*(?=\s+[\"'“‘(\[]*[A-Z0-9{HAN}]|\s*$)"
    rf"|\n)\s*"
)
_CLAUSE_END = re.compile(rf"[，；：、,;:—–](?:\s|(?=[{HAN}]))|(?<=[，；：、—–])")
_WORD_EDGE = re.compile(
    rf"(?<=\s)(?=\S)|(?<=[{HAN}，。；：、！？”」』）])(?=[^，。；：、！？”」』）\s])"
)
_LEAD = 3
"""A passage cut from a long sentence keeps at most one such part of its width before the match."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a text, and whether it begins or ends inside of a sentence."""

    start: int
    end: int
    cut_start: bool = False
    cut_end: bool = False


def sentences(text: str) -> Iterator[Span]:
    """Yield the spans of the sentences, without the white space around them; none is empty."""
    at = 0
    for match in _SENTENCE_END.finditer(text):
        if match.end() > at:
            yield from _trimmed(text, at, match.end())
            at = match.end()
    yield from _trimmed(text, at, len(text))


def passage_from(text: str, spans: Sequence[Span], first: int, width: int) -> Passage:
    """Return the passage that starts with sentence number `first`.

    It goes on with the following sentences of the same paragraph while they fit into `width` columns.
    """
    start, end = spans[first]
    used = display_width(text[start:end])
    for _, further in spans[first + 1 :]:
        gap = text[end:further]
        used += display_width(gap)
        if used > width or "\n" in gap:
            break
        end = further
    return Passage(start, end)


def cut_around(text: str, sentence: Span, match: Span, width: int) -> Passage:
    """Return a part of a sentence too wide, with the match in it, cut where clauses or words part."""
    start, end = sentence
    back = _walk_back(text, start, match[0], width // _LEAD)
    if back > start:
        back = _edge(text, back, match[0], last=False)
    forth = _walk_forth(text, back, end, width)
    if forth < end:
        forth = max(_edge(text, match[1], forth, last=True), min(match[1], forth))
    while forth > back and text[forth - 1].isspace():
        forth -= 1
    return Passage(back, forth, back > start, forth < end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def _walk_back(text: str, start: int, at: int, width: int) -> int:
    while at > start and width > 0:
        at -= 1
        width -= character_width(text[at])
    return at


def _walk_forth(text: str, at: int, end: int, width: int) -> int:
    while at < end:
        width -= character_width(text[at])
        if width < 0:
            break
        at += 1
    return at


def _edge(text: str, start: int, end: int, *, last: bool) -> int:
    """Return the best place to cut in text[start:end]: a clause end, else a word edge, else an end."""
    for pattern in (_CLAUSE_END, _WORD_EDGE):
        edges = [match.end() for match in pattern.finditer(text, start, end)]
        if edges:
            return edges[-1] if last else edges[0]
    return end if last or has_han(text[start:end]) else start
