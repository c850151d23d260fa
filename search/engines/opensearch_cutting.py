"""Text -> its terms as a cluster gets them: strings with a blank between terms, one for each field.

What is cut from a text is what is cut from its parts, one after the other. So each chunk between white
space is cut once and remembered as strings, and a text is joined from those.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from search.analysis import chinese
from search.analysis.english import compounds
from search.analysis.folding import fold
from search.analysis.stemming import stem
from search.analysis.tokens import STEM_MARK, WORD_MARK, compound_tokens, segments
from search.engines.opensearch_mapping import FILLER, LONGEST_TERM

_KEPT = LONGEST_TERM - 40
_LONGEST_REMEMBERED = 40
_MOST_REMEMBERED = 400_000
_APART = '"(),:;!?[]{}“”…'
"""What takes part in no word, at the ends of a piece."""


class Further(NamedTuple):
    """A further term at a position: in layer 1 or higher, of the words as written or of the stems."""

    is_stem: bool
    layer: int
    position: int
    term: str


class Cut(NamedTuple):
    """The terms of a text: all of a kind, and one for each position, each kind as one string.

    `forms` and `stem_layer` are the layers 0; they have a term for each of the `width` positions.
    """

    words: str
    stems: str
    characters: str
    forms: str
    stem_layer: str
    width: int
    further: tuple[Further, ...]

    def layers(self, *, of_stems: bool) -> list[str]:
        """Return all layers of a kind that hold anything, each as long as its last term."""
        first = self.stem_layer if of_stems else self.forms
        layers: list[list[str]] = []
        for is_stem, number, position, term in self.further:
            if is_stem is of_stems:
                layers += [[] for _ in range(number - len(layers))]
                layer = layers[number - 1]
                layer += [FILLER] * (position - len(layer))
                layer.append(term)
        return [first, *map(" ".join, layers)] if first else []


_NOTHING = Cut("", "", "", "", "", 0, ())


class Cutter:
    """Cuts texts, and remembers chunks that it has cut. Not for sharing between threads."""

    def __init__(self) -> None:
        self._pieces = _Remembered(_of_words)  # what stands in a chunk between Han runs
        self._chunks = _Remembered(self._of_chunk)

    def cut(self, text: str) -> Cut:
        """Return the terms of a text, those that search/analysis/tokens.py cuts."""
        return _joined(list(map(self._chunks.__getitem__, text.split())))

    def _of_chunk(self, chunk: str) -> Cut:
        folded = fold(chunk)
        return _joined(
            [
                _of_run(folded[start:end]) if is_han else self._of_piece(folded[start:end])
                for start, end, is_han in segments(folded)
            ]
        )

    def _of_piece(self, piece: str) -> Cut:
        inside = piece.strip(_APART)
        if inside[-1:] == "." and inside[:-1].isalpha():
            inside = inside[:-1]
        return self._pieces[inside]


class _Remembered(dict[str, Cut]):
    """Text -> its cut, which is made where it is not known, and kept where it is short."""

    def __init__(self, make: Callable[[str], Cut]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: str) -> Cut:
        cut = self._make(text)
        if len(text) <= _LONGEST_REMEMBERED:
            if len(self) >= _MOST_REMEMBERED:
                self.clear()
            self[text] = cut
        return cut


def _joined(cuts: list[Cut]) -> Cut:
    """Return the cut of what these are the parts of."""
    if len(cuts) < 2:  # noqa: PLR2004
        return cuts[0] if cuts else _NOTHING
    words, stems, characters, forms, stem_layers, widths, furthers = zip(*cuts, strict=True)
    further: tuple[Further, ...] = ()
    if any(furthers):
        further = tuple(_moved(widths, furthers))
    return Cut(
        _as_one(words),
        _as_one(stems),
        _as_one(characters),
        _as_one(forms),
        _as_one(stem_layers),
        sum(widths),
        further,
    )


def _as_one(parts: Iterable[str]) -> str:
    return " ".join(filter(None, parts))


def _moved(widths: Iterable[int], furthers: Iterable[tuple[Further, ...]]) -> Iterator[Further]:
    position = 0
    for width, further in zip(widths, furthers, strict=True):
        for is_stem, layer, place, term in further:
            yield Further(is_stem, layer, position + place, term)
        position += width


def _of_words(piece: str) -> Cut:
    """Return the cut of folded text without a Han character."""
    if piece.isascii() and piece.isalpha() and (piece.islower() or piece.istitle()):
        word = short(piece.lower())
        stemmed = short_stem(stem(piece.lower()))
        return Cut(word, stemmed, "", word, stemmed, 1, ())
    words: list[str] = []
    stems: list[str] = []
    firsts: tuple[list[str], list[str]] = ([], [])
    further: list[Further] = []
    width = 0
    for compound in compounds(piece):
        counts: dict[tuple[bool, int], int] = {}  # how many terms of a kind stand at a position
        for term, position, _, _ in compound_tokens(compound, width, 0):
            is_stem = term[0] == STEM_MARK
            term = short(term)[is_stem:]  # noqa: PLW2901
            (stems if is_stem else words).append(term)
            layer = counts.get((is_stem, position), 0)
            counts[is_stem, position] = layer + 1
            if layer:
                further.append(Further(is_stem, layer, position, term))
            else:
                firsts[is_stem].append(term)
        width += len(compound.atoms)
    all_words, all_stems = " ".join(words), " ".join(stems)
    if not further:  # most are so: one string does for both
        return Cut(all_words, all_stems, "", all_words, all_stems, width, ())
    forms, stem_layer = map(" ".join, firsts)
    return Cut(all_words, all_stems, "", forms, stem_layer, width, tuple(further))


def _of_run(run: str) -> Cut:
    """Return the cut of a Han run: each character and, but for the last, the pair that it begins."""
    pairs = [run[at : at + 2] for at in range(len(run))]
    both = [f"{pair[0]} {pair}" for pair in pairs[:-1]]
    words = [
        short(WORD_MARK + run[start:end]) for start, end in sorted(chinese.words(run), key=_start)
    ]
    return Cut(
        " ".join(words),
        "",
        " ".join([*both, run[-1]]),
        " ".join(pairs),
        " ".join(run),
        len(run),
        (),
    )


def _start(word: chinese.Word) -> int:
    return word[0]


def short(term: str) -> str:
    """Return the term, or its beginning and a digest where it is longer than the analyzer allows."""
    if len(term) < LONGEST_TERM // 2 or len(term.encode("utf-16-le")) // 2 <= LONGEST_TERM:
        return term
    digest = hashlib.blake2b(term.encode("utf-8"), digest_size=8).hexdigest()
    return f"{term[: _KEPT // 2]}{digest}"


def short_stem(stem: str) -> str:
    """Return a stem as it is sent."""
    return short(STEM_MARK + stem)[1:]
