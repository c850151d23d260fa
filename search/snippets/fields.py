"""A text of an article -> what is lit in it, its stretches in each language, and its columns."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from search.analysis.scripts import HAN_RUN, han_share
from search.marking import display_width, widths
from search.patterns import late
from search.results import Span
from search.snippets.chunks import Mark
from search.snippets.lighting import Light
from search.snippets.passages import FAR
from search.snippets.reduced import Reading
from search.snippets.sentences import after_space, before_space, sentences

_CHINESE = 0.3
"""A sentence with at least this share of Han characters is Chinese."""

_IS_HAN = b"h"
_ROWS = bytes(_IS_HAN[0] if 0x4E <= row <= 0x9F else 0 for row in range(256))  # noqa: PLR2004

_SHORT = 400
"""In text of so many characters, columns are counted once and for all."""

_LONGEST_SIGNS = 50
"""Characters that may stand between a word and the place where its passage is looked for."""

_BEGINNING = 1_000
"""Of longer text so many characters are looked at first: mostly what is wanted is there."""

# White space between what may be two words, or Han: to part these would take long to compile.
_GAP = late(r"[^\S\n](?<=[^\d_.。，、：！？》）”][^\S\n])(?=[^\W\d_])")
_WIDEST_GAP = 3
_BETWEEN_WORDS = frozenset(",;:'’-")


class Field:
    """One field: what is lit in it, in order, and its stretches in each language.

    With `enough` nothing needs to be lit further behind the first place than so many columns.
    """

    __slots__ = ("_columns", "is_even", "lit", "name", "stretches", "text")

    stretches: Mapping[str, Sequence[Span]]

    def __init__(self, name: str, text: str, light: Light, enough: int = 0) -> None:
        self.name = name
        self.text = text
        self._columns: Sequence[int] = ()
        reading = Reading(text)
        self.is_even = reading.is_even  # each character takes one column
        last = len(text)
        whole = after_space(text, 0, last), before_space(text, 0, last)
        if not reading.has_han:
            self.stretches = {"en": (whole,)}
        elif not _has_words(text):
            self.stretches = {"zh": (whole,)}
        else:
            self.stretches = _stretches(reading)
        if enough and last > 2 * _BEGINNING and self.is_even and light.by_chunks:
            self.lit = _first_marks(light, reading, enough)
        else:
            self.lit = light.marks(reading)

    def columns(self, start: int, end: int, width: int) -> tuple[Sequence[int], int]:
        """Return enough columns to cut a passage around text[start:end], and where they begin."""
        text = self.text
        if self.is_even:
            return range(len(text) + 1), 0
        if self._columns:
            return self._columns, 0
        # A width back to the sentence, a width more to fill a line, a width on, which few Han fill.
        back, ahead = 2 * width + _LONGEST_SIGNS, width + 2
        for before, behind in ((back, ahead * 2 // 3), (back, ahead), (back * FAR, ahead * FAR)):
            origin, last = max(0, start - before), end + behind
            taken = widths(text[origin:last])
            columns = list(accumulate(taken, initial=0))
            wide = last >= len(text) or columns[-1] - columns[end - origin] > width
            if wide and 0 not in taken:
                break
        return columns, origin

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


def _first_marks(light: Light, reading: Reading, enough: int) -> list[Mark]:
    """Return what is lit in a text, or only the first where others stand no nearer than `enough`."""
    cut = reading.text.find(" ", _BEGINNING)
    if cut < 0:
        return light.marks(reading)
    marks = light.marks(reading.part(0, cut))
    if marks and marks[0][0] + enough <= cut:
        return marks
    rest = light.marks(reading.part(cut, len(reading.text)))
    return marks + [(cut + start, cut + end, number) for start, end, number in rest]


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
    plain = _plainly_han(text)
    for start, end in sentences(text, line if current else 0):
        if plain.count(_IS_HAN, start, end) >= (end - start) * _CHINESE:
            language = "zh"  # no share of less can come of it
        else:
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


def _plainly_han(text: str) -> bytes:
    """Return a byte for each character that says which are Han, but for rare ones; or nothing at all."""
    rows = text.encode("utf-16-le", "surrogatepass")[1::2]  # the upper halves of their codes
    return rows.translate(_ROWS) if len(rows) == len(text) else b""


def _language(sentence: str) -> str:
    if han_share(sentence) >= _CHINESE:
        return "zh"
    return "en" if _has_words(sentence) else ""


def _has_words(text: str, end: int | None = None) -> bool:
    """Say whether two words stand side by side: fewer, as in `iPhone。`, are no English."""
    if len(text.split(None, 1)) < 2:  # noqa: PLR2004  # no pattern says so as quickly
        return False
    for gap in _GAP.finditer(text, 0, len(text) if end is None else end):
        behind = gap.end()
        if HAN_RUN.match(text, behind):
            continue
        spaced = text[max(0, behind - _WIDEST_GAP - 2) : behind]
        before = spaced.rstrip()
        letter = before[-2:-1] if before[-1:] in _BETWEEN_WORDS else before[-1:]
        space = spaced[len(before) :]
        if len(space) <= _WIDEST_GAP and "\n" not in space and _is_letter(letter):
            return True
    return False


def _is_letter(character: str) -> bool:
    """Say whether a word may be written with it."""
    return character.isalnum() and not character.isdecimal() and HAN_RUN.match(character) is None
