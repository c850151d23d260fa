"""Where in a text do the leaves of a plan stand?

The few places that may hold something wanted are found by searches for bytes, and only the chunks of
text around them are analysed. Phrases and NEAR count positions there.
"""

from collections.abc import Iterable, Sequence

from search.query.plan import Fuzzy, Leaf, Near, Phrase, Prefix, Run
from search.query.terms import phrase_terms
from search.results import Span
from search.snippets.chunks import Mark, Marks
from search.snippets.counting import Counting
from search.snippets.needles import Needles
from search.snippets.reduced import Reading
from search.snippets.runs import SoughtRun

_MOST_REMEMBERED = 5_000
_LONG = 50_000
"""What was seen in a text of so many characters is not remembered."""


class Lights:
    """What the leaves of a plan light in any text of a field; made once for many texts.

    A mark is a start, an end, and twice the index of the leaf. What stands for the right side of a
    NEAR has a number of its own, one more. Leaves of other fields light nothing.
    """

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self._leaves = leaves
        self._scoped = any(leaf.field for leaf in leaves)
        self._of_field: dict[str, Light] = {}

    def of(self, field: str) -> "Light":
        """Return what lights texts of a field."""
        name = field if self._scoped else ""
        light = self._of_field.get(name)
        if light is None:
            numbered = [
                (2 * index, leaf)
                for index, leaf in enumerate(self._leaves)
                if leaf.field in (None, field)
            ]
            light = self._of_field[name] = Light(numbered)
        return light


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans in order, overlapping ones as one; neighbours stay apart."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


class Light:
    """Leaves with their numbers, sorted by the way in which they are looked for."""

    def __init__(self, leaves: Sequence[tuple[int, Leaf]]) -> None:
        self._runs: list[tuple[int, SoughtRun]] = []
        spread: list[tuple[int, Phrase | Near]] = []
        words: dict[str, list[int]] = {}
        forms: list[tuple[int, Prefix | Fuzzy]] = []
        for number, leaf in leaves:
            if isinstance(leaf, Prefix | Fuzzy):
                forms.append((number, leaf))
            elif isinstance(leaf, Near) or len(leaf.pieces) > 1:
                spread.append((number, leaf))
            elif isinstance(leaf.pieces[0], Run):
                self._runs.append((number, SoughtRun(leaf.pieces[0].characters)))
            else:
                words.setdefault(next(phrase_terms(leaf.pieces)), []).append(number)
        starts = [leaf.start if isinstance(leaf, Prefix) else leaf.form[0] for _, leaf in forms]
        self._known = Marks(words, forms)
        self._needles = Needles(words, starts) if words or forms else None
        self._counting = Counting(spread) if spread else None
        self.by_chunks = not spread
        """Whether what stands between two blanks is lit alike whatever is around it."""

    def marks(self, reading: Reading) -> list[Mark]:
        """Return what is lit in a text, in order."""
        marks: list[Mark] = []
        text = reading.text
        if reading.has_han:
            for number, run in self._runs:
                marks += [(start, end, number) for start, end in run.places(text)]
        if self._needles is not None:
            known = self._known
            if not reading.has_han or self._needles.may_be_beside_han(reading):
                marks += [
                    (start + begin, start + finish, number)
                    for start, end in self._needles.chunks(reading).items()
                    for begin, finish, number in known[text[start:end]]
                ]
            if len(known) > _MOST_REMEMBERED or len(text) > _LONG:
                known.clear()
        if self._counting is not None:
            marks += set(self._counting.marks(reading))
        if len(marks) > 1:
            marks.sort()
        return marks
