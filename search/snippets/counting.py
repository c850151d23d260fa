"""Where phrases and NEAR stand in a text: positions are counted, around the rarest of their words."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from search.analysis.folding import fold
from search.analysis.tokens import Token, segments
from search.patterns import late
from search.query.plan import Near, Phrase, Run, Word
from search.query.terms import phrase_terms
from search.results import Span
from search.snippets.chunks import Mark, Taken, Tokens
from search.snippets.needles import Needles
from search.snippets.reduced import Reading
from search.snippets.runs import SoughtRun

_CHUNK = late(r"\S+")
_FAR = 1_000
"""Positions between parts of a text that have nothing to do with each other."""

_MOST_REMEMBERED = 5_000

_Places = Mapping[str, Mapping[int, Span]]
"""Where a term stands: position -> span."""


class Counting:
    """Finds what must stand side by side, or near."""

    def __init__(self, leaves: Sequence[tuple[int, Phrase | Near]]) -> None:
        self._leaves = leaves
        pieces = [piece for _, leaf in leaves for part in _parts(leaf) for piece in part.pieces]
        words = {
            term for piece in pieces if isinstance(piece, Word) for term in phrase_terms((piece,))
        }
        terms = {
            term
            for _, leaf in leaves
            for part in _parts(leaf)
            for term in phrase_terms(part.pieces)
        }
        self._han = sorted(terms - words)
        self._needles = {term: Needles((term,)) for term in words}
        self._runs = {p.characters: SoughtRun(p.characters) for p in pieces if isinstance(p, Run)}
        self._tokens = Tokens(words)

    def marks(self, reading: Reading) -> Iterator[Mark]:
        """Yield what is lit, in no order; some of it more than once."""
        for number, leaf in self._leaves:
            if reading.has_han and not self._may_be_beside_han(leaf, reading):
                continue
            if reading.has_han and _has_run(leaf):
                yield from _marks(leaf, number, self._all_places(reading.text))
            elif chunks := self._chunks(leaf, reading):
                together = isinstance(leaf, Near)
                places = self._places(reading.text, chunks, together=together)
                yield from _marks(leaf, number, places)
        if len(self._tokens) > _MOST_REMEMBERED:
            self._tokens.clear()

    def _may_be_beside_han(self, leaf: Phrase | Near, reading: Reading) -> bool:
        def possible(phrase: Phrase) -> bool:
            return all(
                bool(self._runs[piece.characters].places(reading.text))
                if isinstance(piece, Run)
                else all(
                    self._needles[t].may_be_beside_han(reading) for t in phrase_terms((piece,))
                )
                for piece in phrase.pieces
            )

        return all(any(map(possible, side)) for side in _sides(leaf))

    def _chunks(self, leaf: Phrase | Near, reading: Reading) -> dict[int, int]:
        """Return the chunks in which a leaf without Han may be, and those around them."""
        chunks: dict[int, int] = {}
        for side in _sides(leaf):
            found: dict[int, int] = {}
            for phrase in side:
                found.update(self._chunks_of_phrase(phrase, reading))
            if not found:
                return {}
            chunks.update(found)
        return chunks

    def _chunks_of_phrase(self, phrase: Phrase, reading: Reading) -> dict[int, int]:
        terms = list(phrase_terms(phrase.pieces))
        needles = [self._needles.get(term) for term in terms]
        counts = [needle.count(reading) if needle else 0 for needle in needles]
        rarest = min(range(len(terms)), key=counts.__getitem__)
        needle = needles[rarest]
        if needle is None or not counts[rarest]:
            return {}
        chunks: dict[int, int] = {}
        for start, end in needle.chunks(reading).items():
            if any(token.term == terms[rarest] for token in self._tokens[reading.text[start:end]]):
                chunks[start] = end
                _add_before(chunks, reading, start, rarest)
                _add_after(chunks, reading, end, len(terms) - 1 - rarest)
        return chunks

    def _places(self, text: str, chunks: dict[int, int], *, together: bool) -> _Places:
        """Return the places of terms in some chunks of a text.

        Unless these are counted `together`, positions are true within neighbouring chunks only.
        """
        places: dict[str, dict[int, Span]] = defaultdict(dict)
        position, at = 0, 0
        for start, end in sorted(chunks.items()):
            between = text[at:start]
            if together or not between or between.isspace():
                position += sum(map(_TAKEN.__getitem__, between.split()))
            else:
                position += _FAR
            chunk = text[start:end]
            _put(places, self._tokens[chunk], position, start)
            position += _TAKEN[chunk]
            at = end
        return places

    def _all_places(self, text: str) -> _Places:
        """Return the places of all terms in a text with Han."""
        places: dict[str, dict[int, Span]] = defaultdict(dict)
        folded = fold(text)
        position = 0
        for chunk in _CHUNK.finditer(folded):
            for begin, finish, is_han in segments(chunk.group()):
                start, end = chunk.start() + begin, chunk.start() + finish
                if not is_han:
                    piece = text[start:end]
                    _put(places, self._tokens[piece], position, start)
                    position += _TAKEN[piece]
                    continue
                for term in self._han:
                    at = folded.find(term, start, end)
                    while at >= 0:
                        places[term].setdefault(position + at - start, (at, at + len(term)))
                        at = folded.find(term, at + 1, end)
                position += end - start
        return places


_TAKEN = Taken()


def _add_before(chunks: dict[int, int], reading: Reading, start: int, positions: int) -> None:
    low, text = reading.low, reading.text
    while positions > 0 and start > 0:
        end = start - 1
        start = low.rfind(b" ", 0, end) + 1
        if start < end:
            chunks[start] = end
            positions -= _TAKEN[text[start:end]]


def _add_after(chunks: dict[int, int], reading: Reading, end: int, positions: int) -> None:
    low, text = reading.low, reading.text
    while positions > 0 and end < len(low):
        start = end + 1
        end = low.find(b" ", start)
        if end < 0:
            end = len(low)
        if start < end:
            chunks[start] = end
            positions -= _TAKEN[text[start:end]]


def _put(
    places: dict[str, dict[int, Span]], tokens: Iterable[Token], position: int, offset: int
) -> None:
    for term, place, start, end in tokens:
        places[term].setdefault(position + place, (offset + start, offset + end))


def _sides(leaf: Phrase | Near) -> Sequence[Sequence[Phrase]]:
    return (leaf.left, leaf.right) if isinstance(leaf, Near) else ((leaf,),)


def _parts(leaf: Phrase | Near) -> Iterator[Phrase]:
    for side in _sides(leaf):
        yield from side


def _has_run(leaf: Phrase | Near) -> bool:
    return any(isinstance(piece, Run) for part in _parts(leaf) for piece in part.pieces)


def _marks(leaf: Phrase | Near, number: int, places: _Places) -> Iterator[Mark]:
    if isinstance(leaf, Near):
        yield from _near(leaf, number, places)
    else:
        yield from ((*span, number) for _, span in _phrase(leaf, places))


def _phrase(phrase: Phrase, places: _Places) -> list[tuple[int, Span]]:
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


def _near(near: Near, number: int, places: _Places) -> Iterator[Mark]:
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
