"""Articles -> tokens as arrays, without a Python loop over words.

Texts are cut into pieces by array operations; what the tokens of a piece are is found out once and
remembered as a row of numbers, so a piece becomes tokens by looking up its key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from search.article import Article
from search.columnar.layout import Array
from search.encoding.dictionary import Dictionary
from search.encoding.hashing import KeyTable
from search.encoding.pieces import Pieces, ascii_pieces, pieces
from search.encoding.rows import NO_TOKENS, Irregular, Part, Rows
from search.encoding.words import Words
from search.schema import FIELDS

_BLOCK_CHARACTERS = 1 << 20
"""So many are read at once: enough that few calls are made, and few enough for the memory."""

_NAMES = tuple(text_field.name for text_field in FIELDS)


@dataclass(slots=True)
class Tokens:
    """The tokens of a batch: parallel arrays, and the lengths of the fields (documents x 4)."""

    forms: Array
    documents: Array
    positions: Array
    lengths: Array


@dataclass(slots=True)
class _Cut:
    """Texts of a block, their fields (document times 4 plus field), and the rows of their words.

    `before` counts the positions before each piece and, at last, all.
    """

    fields: Array
    pieces: Pieces
    rows: Array
    irregular: Irregular
    before: Array


class Encoder:
    """Turns batches of articles into tokens; remembers the pieces of earlier batches.

    It forgets nothing unless it is told to, so that numbers of forms hold until then.
    """

    def __init__(self) -> None:
        self.dictionary = Dictionary()
        self._rows = Rows(self.dictionary)
        self._keys = KeyTable()
        self._keyless: dict[str, int] = {}
        self._words = Words(self.dictionary)

    @property
    def known(self) -> int:
        """How many pieces and words it remembers, Han characters aside."""
        return len(self._rows) + self.dictionary.group_count

    def keep(self, is_kept: Array) -> None:
        """Forget all forms that are not flagged, and pieces that have one of them.

        Forms are numbered anew, but for the pairs of Han characters, which stay.
        """
        new_forms = self.dictionary.keep(is_kept)
        self._words.keep(new_forms)
        rows = self._rows.keep(new_forms)
        self._keys = self._keys.only(np.append(0, np.flatnonzero(rows)))
        new = rows.tolist()
        self._keyless = {piece: new[old] for piece, old in self._keyless.items() if new[old]}

    def encode(self, articles: Sequence[Article]) -> Tokens:
        """Return the tokens of all text fields; document n is articles[n]."""
        lengths = np.zeros((len(articles), len(FIELDS)), np.int64)
        parts = [NO_TOKENS]
        for block in _blocks(articles):
            parts += self._block(articles[block], block.start, lengths[block])
        forms, documents, positions = map(np.concatenate, zip(*parts, strict=True))
        return Tokens(forms, documents, positions, lengths)

    def _block(self, articles: Sequence[Article], first: int, lengths: Array) -> Iterator[Part]:
        """Yield the tokens of articles from number `first` on, and write the lengths of the fields."""
        cuts = []
        for is_ascii, cut_of in ((True, ascii_pieces), (False, pieces)):
            fields, texts = _texts(articles, is_ascii=is_ascii)
            if texts:
                cuts.append(self._looked_up(fields, cut_of(texts)))
        for cut in cuts:
            sums = cut.before[np.append(0, cut.pieces.ends)]
            lengths.reshape(-1)[cut.fields] = np.diff(sums)
        starts = field_starts(lengths).ravel()
        for cut in cuts:
            yield from self._tokens(cut, cut.fields // len(_NAMES) + first, starts[cut.fields])

    def _looked_up(self, fields: list[int], own: Pieces) -> _Cut:
        rows = self._rows_of(own)
        irregular = self._rows.irregular(rows)
        places = irregular.places if own.words is None else own.words[irregular.places]
        before = np.ones(len(rows) + len(own.han) + 1, np.int64)
        before[places + 1] = self._rows.widths(irregular)
        before[0] = 0
        np.cumsum(before, out=before)
        return _Cut(np.array(fields), own, rows, irregular, before)

    def _rows_of(self, own: Pieces) -> Array:
        rows = self._keys.find(own.low, own.high)
        missing = np.flatnonzero((rows == 0) & (own.low != 0))
        if len(missing):
            low, high = own.low[missing], own.high[missing]
            self._learn(low, high)
            rows[missing] = self._keys.find(low, high)
        if own.keyless_texts:
            known = self._keyless
            new = list(dict.fromkeys(text for text in own.keyless_texts if text not in known))
            known.update(zip(new, self._rows.add(new), strict=True))
            rows[own.keyless] = [known[text] for text in own.keyless_texts]
        return rows.astype(np.intp)

    def _learn(self, low: Array, high: Array) -> None:
        """Add rows for keys that are not known, each given once or several times."""
        halves = np.stack([low, high], axis=1)
        names = list(dict.fromkeys(halves.view("S16").ravel().tolist()))
        halves = np.array(names, "S16").view("<u8").reshape(-1, 2)
        low, high = np.ascontiguousarray(halves.T)
        self._keys.add(low, high, np.array(self._rows.add_keys(low, high)))

    def _tokens(self, cut: _Cut, documents: Array, starts: Array) -> Iterator[Part]:
        """Yield the tokens of texts of these documents that start at these positions."""
        own, documents = cut.pieces, documents.astype(np.uint32)
        counts = np.diff(own.ends, prepend=0)
        shifts = starts - cut.before[own.ends - counts]
        places = (np.repeat(shifts, counts) + cut.before[:-1]).astype(np.uint32)
        of_pieces = np.repeat(documents, counts)
        if own.words is None:
            yield from self._rows.tokens(cut.rows, cut.irregular, of_pieces, places)
            return
        yield from self._rows.tokens(
            cut.rows, cut.irregular, of_pieces[own.words], places[own.words]
        )
        if len(own.han):
            pairs = self.dictionary.pairs_of(own.pairs)
            yield pairs, of_pieces[own.han], places[own.han]
            # Words of Chinese stand where their field begins: they are counted, and never in phrases.
            forms, before_ends = self._words.find(own.runs)
            counts = np.diff(np.append(0, before_ends)[own.run_ends], prepend=0)
            yield forms, np.repeat(documents, counts), np.repeat(starts.astype(np.uint32), counts)


def _texts(articles: Sequence[Article], *, is_ascii: bool) -> tuple[list[int], list[str]]:
    """Return the texts that are of ASCII, or are not, and their fields."""
    fields, texts = [], []
    for number, article in enumerate(articles):
        for field, name in enumerate(_NAMES, number * len(_NAMES)):
            text = getattr(article, name)
            if text and text.isascii() is is_ascii:
                fields.append(field)
                texts.append(text)
    return fields, texts


def _blocks(articles: Sequence[Article]) -> Iterator[slice]:
    first = characters = 0
    for number, article in enumerate(articles, 1):
        characters += characters_of(article)
        if characters >= _BLOCK_CHARACTERS or number == len(articles):
            yield slice(first, number)
            first, characters = number, 0


def field_starts(lengths: Array) -> Array:
    """Return at which position each field begins: after the one before, and a gap of one."""
    starts = np.zeros_like(lengths)
    np.cumsum(lengths[:, :-1] + 1, axis=1, out=starts[:, 1:])
    return starts


def characters_of(article: Article) -> int:
    """Return how many characters the text fields of an article hold."""
    return sum(len(getattr(article, name)) for name in _NAMES)
