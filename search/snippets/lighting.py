"""Where in a text do the leaves of a plan stand?

Single words, prefixes and runs are looked for without positions: a text is parted at white space, and
only the few chunks that hold something wanted are looked at. Phrases and NEAR count positions, in the
articles that hold all their words.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, compress, count

from search.analysis.folding import fold
from search.analysis.scripts import HAN
from search.analysis.tokens import Token, segments
from search.marking import is_western
from search.query.plan import Fuzzy, Leaf, Near, Phrase, Prefix, Run, Word
from search.query.terms import phrase_terms
from search.results import Span
from search.snippets.chunks import Mark, Marks, Taken, Tokens

_MAYBE_HAN = re.compile("[^\x00-\u2eff]")
_CHUNK = re.compile(r"\S+")
_OUTSIDE_HAN = re.compile(rf"[^\s{HAN}]+")
_FEW = 8
"""So many chunks are looked for one by one; for more, the text is walked along."""
_SHORT = 40

_MOST_REMEMBERED = 5_000
_LONG = 50_000
"""What was seen in a text of so many characters is not remembered."""

_Places = dict[int, Span]
"""Where a term stands: position -> span."""


def light(
    text: str, leaves: Sequence[Leaf], field: str, *, western: bool | None = None
) -> list[Mark]:
    """Return what is lit in a text, in order: start, end, and twice the index of the leaf.

    What stands for the right side of a NEAR has a number of its own, one more. Leaves of other fields
    light nothing. `western` is what `marking.is_western` says, where that is known.
    """
    if not text or not leaves:
        return []
    plain = is_western(text) if western is None else western
    return sorted(_lights(tuple(leaves)).of_field(field).marks(text, plain=plain))


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans in order, overlapping ones as one; neighbours stay apart."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


@lru_cache(maxsize=8)
def _lights(leaves: tuple[Leaf, ...]) -> "_Lights":
    return _Lights(leaves)


class _Lights:
    """The light of each field; one for all, where no leaf asks for a field."""

    def __init__(self, leaves: tuple[Leaf, ...]) -> None:
        self._leaves = leaves
        self._scoped = any(leaf.field for leaf in leaves)
        self._of_field: dict[str, _Light] = {}

    def of_field(self, field: str) -> "_Light":
        name = field if self._scoped else ""
        found = self._of_field.get(name)
        if found is None:
            numbered = [
                (2 * index, leaf)
                for index, leaf in enumerate(self._leaves)
                if leaf.field in (None, field)
            ]
            found = self._of_field[name] = _Light(numbered)
        return found


class _Light:
    """Leaves with their numbers, sorted by the way in which they are looked for."""

    def __init__(self, leaves: Sequence[tuple[int, Leaf]]) -> None:
        self._runs: list[tuple[int, str]] = []
        self._spread: list[tuple[int, Phrase | Near]] = []
        words: dict[str, list[int]] = {}
        forms: list[tuple[int, Prefix | Fuzzy]] = []
        for number, leaf in leaves:
            if isinstance(leaf, Prefix | Fuzzy):
                forms.append((number, leaf))
            elif isinstance(leaf, Near) or len(leaf.pieces) > 1:
                self._spread.append((number, leaf))
            elif isinstance(leaf.pieces[0], Run):
                self._runs.append((number, leaf.pieces[0].characters))
            else:
                words.setdefault(next(phrase_terms(leaf.pieces)), []).append(number)
        self._marks = Marks(words, forms)
        self._any_word = bool(words or forms)
        self._counting = _Counting(phrase for _, leaf in self._spread for phrase in _phrases(leaf))
        self._memories = (self._marks, *self._counting.memories)

    def marks(self, text: str, *, plain: bool) -> list[Mark]:
        """Return what is lit, in no order; `plain` text is known to hold no Han."""
        han = not plain and _MAYBE_HAN.search(text) is not None
        folded = fold(text) if han else text
        marks: list[Mark] = []
        if han:
            for number, characters in self._runs:
                ends = ((at, at + len(characters)) for at in _occurrences(folded, characters))
                marks += [(start, end, number) for start, end in ends]
        if self._any_word:
            chunks = _chunks(text, folded, self._marks) if han else _words(text, self._marks)
            for offset, found in chunks:
                marks += [(offset + start, offset + end, number) for start, end, number in found]
        if self._spread:
            marks += self._spread_marks(self._counting.places(text, folded if han else None))
        for memory in self._memories:
            if len(memory) > _MOST_REMEMBERED or len(text) > _LONG:
                memory.clear()
        return marks

    def _spread_marks(self, places: dict[str, _Places]) -> Iterator[Mark]:
        for number, leaf in self._spread:
            if isinstance(leaf, Near):
                yield from _near(leaf, number, places)
            else:
                yield from ((*span, number) for _, span in _phrase(leaf, places))


def _words(text: str, known: Marks) -> Iterator[tuple[int, tuple[Mark, ...]]]:
    """Yield the offset of each chunk that is lit, and what is lit in it; for text without Han."""
    wanted = set(filter(known.__getitem__, text.split()))
    for chunk, offsets in _offsets(text, wanted).items():
        marks = known[chunk]
        yield from ((offset, marks) for offset in offsets)


def _offsets(text: str, wanted: Collection[str]) -> dict[str, list[int]]:
    """Return where in the text each of these chunks stands, in order."""
    if len(wanted) <= _FEW and all(len(chunk) <= _SHORT for chunk in wanted):
        return {chunk: list(_between_spaces(text, chunk)) for chunk in wanted}
    offsets: dict[str, list[int]] = defaultdict(list)
    for match in _CHUNK.finditer(text):
        if match.group() in wanted:
            offsets[match.group()].append(match.start())
    return offsets


def _between_spaces(text: str, chunk: str) -> Iterator[int]:
    last = len(text)
    for start in _occurrences(text, chunk):
        end = start + len(chunk)
        if (not start or text[start - 1].isspace()) and (end == last or text[end].isspace()):
            yield start


def _chunks(text: str, folded: str, known: Marks) -> Iterator[tuple[int, tuple[Mark, ...]]]:
    """Yield the same for text with Han, which parts chunks as white space does."""
    for match in _OUTSIDE_HAN.finditer(folded):
        found = known[text[match.start() : match.end()]]
        if found:
            yield match.start(), found


class _Counting:
    """Finds the places of the terms of some phrases."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        pieces = [phrase.pieces for phrase in phrases]
        terms = {term for phrase in pieces for term in phrase_terms(phrase)}
        words = {
            term
            for phrase in pieces
            for piece in phrase
            if isinstance(piece, Word)
            for term in phrase_terms((piece,))
        }
        self._han = sorted(terms - words)
        self._all_have_words = all(any(isinstance(p, Word) for p in phrase) for phrase in pieces)
        self._tokens = Tokens(words)
        self._taken = Taken()
        self.memories = (self._tokens, self._taken)

    def places(self, text: str, folded: str | None) -> dict[str, _Places]:
        """Return the places of each term; `folded` is None for text without Han."""
        if folded is not None:
            return self._mixed(text, folded)
        chunks = text.split()
        wanted = list(compress(count(), map(self._tokens.__getitem__, chunks)))
        places: dict[str, _Places] = defaultdict(dict)
        if wanted:
            positions = list(accumulate(map(self._taken.__getitem__, chunks), initial=0))
            offsets = _offsets(text, {chunks[number] for number in wanted})
            following = {chunk: iter(found) for chunk, found in offsets.items()}
            for number in wanted:
                chunk = chunks[number]
                _put(places, self._tokens[chunk], positions[number], next(following[chunk]))
        return places

    def _mixed(self, text: str, folded: str) -> dict[str, _Places]:
        places: dict[str, _Places] = defaultdict(dict)
        if self._all_have_words:
            pieces = {text[match.start() : match.end()] for match in _OUTSIDE_HAN.finditer(folded)}
            if not any(map(self._tokens.__getitem__, pieces)):
                return places
        position = 0
        for chunk in _CHUNK.finditer(folded):
            for begin, finish, is_han in segments(chunk.group()):
                start, end = chunk.start() + begin, chunk.start() + finish
                if not is_han:
                    piece = text[start:end]
                    _put(places, self._tokens[piece], position, start)
                    position += self._taken[piece]
                    continue
                for term in self._han:
                    for at in _occurrences(folded[start:end], term):
                        span = (start + at, start + at + len(term))
                        places[term].setdefault(position + at, span)
                position += end - start
        return places


def _put(places: dict[str, _Places], tokens: Iterable[Token], position: int, offset: int) -> None:
    for term, place, start, end in tokens:
        places[term].setdefault(position + place, (offset + start, offset + end))


def _phrases(leaf: Phrase | Near) -> tuple[Phrase, ...]:
    return (*leaf.left, *leaf.right) if isinstance(leaf, Near) else (leaf,)


def _phrase(phrase: Phrase, places: dict[str, _Places]) -> list[tuple[int, Span]]:
    """Return the first position and the span of each occurrence, in order."""
    of_terms = [places.get(term, {}) for term in phrase_terms(phrase.pieces)]
    rarest = min(range(len(of_terms)), key=lambda step: len(of_terms[step]))
    last = len(of_terms) - 1
    firsts = sorted(position - rarest for position in of_terms[rarest])
    return [
        (first, (of_terms[0][first][0], of_terms[last][first + last][1]))
        for first in firsts
        if all(first + step in of_term for step, of_term in enumerate(of_terms))
    ]


def _near(near: Near, number: int, places: dict[str, _Places]) -> Iterator[Mark]:
    lefts = [(phrase.width, _phrase(phrase, places)) for phrase in near.left]
    rights = [(phrase.width, _phrase(phrase, places)) for phrase in near.right]
    for left_width, left in lefts:
        for right_width, right in rights:
            # How many positions after the left one the right one may begin.
            most = left_width - 1 + near.distance
            least = left_width if near.ordered else 1 - right_width - near.distance
            yield from ((*span, number) for span in _having(left, right, least, most))
            yield from ((*span, number + 1) for span in _having(right, left, -most, -least))


def _having(
    ones: list[tuple[int, Span]], others: list[tuple[int, Span]], least: int, most: int
) -> Iterator[Span]:
    """Yield the spans of the ones that have another from `least` to `most` positions after them."""
    firsts = [first for first, _ in others]
    for first, span in ones:
        at = bisect_left(firsts, first + least)
        if at < len(firsts) and firsts[at] <= first + most:
            yield span


def _occurrences(text: str, wanted: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + 1)
