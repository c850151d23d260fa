"""Articles -> tokens as arrays, without a Python loop over tokens.

Text is split at white space; each distinct chunk is analysed once and remembered as a row of numbers,
so a text becomes row numbers by one look-up a chunk, and tokens by array operations. Runs of Han
characters become code points at once.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from search.analysis import chinese
from search.analysis.english import compounds
from search.analysis.folding import fold
from search.analysis.scripts import has_han
from search.analysis.stemming import stem
from search.analysis.tokens import WORD_MARK, segments
from search.article import Article
from search.columnar.layout import Array
from search.schema import FIELDS

_HAN = 1 << 31  # marks an item of the stream as a Han run; the rest is its length
_GAP = 0  # the row that takes one position and holds no token
_OUTER = '"“”()[],;:!?…'
"""Around a chunk these change nothing in how it is cut."""

_MOST_ROWS = 600_000
_CODE_POINT_BITS = np.uint64(21)


@dataclass(slots=True)
class Tokens:
    """The tokens of a batch: parallel arrays, and the lengths of the fields (documents x 4)."""

    groups: Array
    documents: Array
    positions: Array
    forms: Array
    lengths: Array


@dataclass(slots=True)
class Dictionary:
    """Groups of terms that one posting list serves: the inflections of a stem, a pair, a word.

    `groups` are their names; `forms[g]` lists what a token of group g can be, each a line of exact
    terms parted by blanks (`china's` is `chinas china`); a group without forms has positions that
    are all alike.
    """

    groups: list[str] = field(default_factory=list)
    forms: list[list[str]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, group: str) -> int:
        """Return the number of a group, a new one where it is new."""
        known = self.numbers.get(group)
        if known is None:
            known = self.numbers[group] = len(self.groups)
            self.groups.append(group)
            self.forms.append([])
        return known

    def form(self, group: int, label: str) -> int:
        """Return the number of a form within its group."""
        forms = self.forms[group]
        if label not in forms:
            forms.append(label)
        return min(forms.index(label), 255)


class _Remembered(dict[str, int]):
    """A dict that asks for what it does not hold: map() over it is one look-up a chunk."""

    def __init__(self, ask: Callable[[str], int]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, key: str) -> int:
        found = self[key] = self._ask(key)
        return found


class Encoder:
    """Turns batches of articles into tokens; remembers the chunks of earlier batches."""

    def __init__(self) -> None:
        self.dictionary = Dictionary()
        self._cut = chinese.word_lists()
        self._forget()

    def encode(self, articles: Sequence[Article]) -> Tokens:
        """Return the tokens of all text fields; document n is articles[n]."""
        if len(self._rows) > _MOST_ROWS:
            self._forget()
        stream = _Stream()
        for article in articles:
            for number, text_field in enumerate(FIELDS):
                if number:
                    stream.items.append(_GAP)
                before = len(stream.items)
                self._add(getattr(article, text_field.name), stream)
                stream.counts.append(len(stream.items) - before)
        return self._tokens(stream, len(articles))

    def _forget(self) -> None:
        self._rows: dict[str, int] = _Remembered(self._new_row)
        self._cores: dict[str, int] = {}
        self._plain_rows: dict[str, int] = _Remembered(self._plain_row)
        self._pairs: dict[int, int] = _Pairs(self.dictionary)
        self._words: dict[str, int] = _Remembered(self._word)
        self._row_width = array("I", [1])
        self._row_starts = array("I", [0, 0])
        self._entry_groups = array("I")
        self._entry_forms = array("B")
        self._entry_places = array("I")

    def _word(self, word: str) -> int:
        return self.dictionary.number(WORD_MARK + word)

    def _add(self, text: str, stream: "_Stream") -> None:
        if text.isascii() or not has_han(text):
            stream.items.extend(map(self._rows.__getitem__, text.split()))
            stream.words.append(0)
            return
        runs: list[str] = []
        for chunk in text.split():
            folded = fold(chunk)
            for start, end, is_han in segments(folded):
                if is_han:
                    stream.items.append(_HAN | (end - start))
                    runs.append(folded[start:end])
                else:
                    stream.items.append(self._rows[folded[start:end]])
        stream.runs += runs
        words = [word for word in self._cut("\n".join(runs)) if word != "\n"]
        stream.word_groups.extend(map(self._words.__getitem__, words))
        stream.words.append(len(words))

    def _new_row(self, chunk: str) -> int:
        core = chunk.strip(_OUTER)
        if core[-1:] == "." and core.find(".") == len(core) - 1:
            core = core[:-1]  # no acronym: the stop ends a sentence
        if core.isascii() and core.isalpha() and (core.islower() or core.istitle()):
            return self._plain_rows[core.lower()]
        known = self._cores.get(core)
        if known is None:
            known = self._cores[core] = self._analysed(core)
        return known

    def _plain_row(self, word: str) -> int:
        """Return the row of a word of small letters, which is cut into itself."""
        group = self.dictionary.number(stem(word))
        self._entry_groups.append(group)
        self._entry_forms.append(self.dictionary.form(group, word))
        self._entry_places.append(0)
        self._row_width.append(1)
        self._row_starts.append(len(self._entry_groups))
        return len(self._row_width) - 1

    def _analysed(self, core: str) -> int:
        dictionary = self.dictionary
        place = 0
        for compound in compounds(fold(core)):
            for number, atom in enumerate(compound.atoms):
                terms = [atom.primary, *atom.others]
                if number == 0 and compound.whole:
                    terms.append(compound.whole)
                by_stem: dict[str, list[str]] = {}
                for term in dict.fromkeys(terms):
                    by_stem.setdefault(stem(term), []).append(term)
                for stemmed, forms in by_stem.items():
                    group = dictionary.number(stemmed)
                    self._entry_groups.append(group)
                    self._entry_forms.append(dictionary.form(group, " ".join(forms)))
                    self._entry_places.append(place + number)
            place += len(compound.atoms)
        self._row_width.append(place)
        self._row_starts.append(len(self._entry_groups))
        return len(self._row_width) - 1

    def _tokens(self, stream: "_Stream", count: int) -> Tokens:
        items = np.frombuffer(stream.items, np.uint32) if stream.items else np.zeros(0, np.uint32)
        is_han = items >= _HAN
        rows = np.where(is_han, 0, items).astype(np.intp)
        width = np.frombuffer(self._row_width, np.uint32)[rows].astype(np.int64)
        width[is_han] = items[is_han] & ~np.uint32(_HAN)
        item_documents, lengths = _documents(stream, width, count)
        ends = np.cumsum(width)
        first = np.zeros(count, np.int64)
        item_starts = ends - width
        heads = np.searchsorted(item_documents, np.arange(count))
        some = heads < len(items)
        first[some] = item_starts[heads[some]]
        positions = item_starts - first[item_documents]
        letters = self._letters(rows, positions, item_documents)
        pairs = self._pair_tokens(stream, positions[is_han], item_documents[is_han], width[is_han])
        words = _word_tokens(stream, lengths, count, len(FIELDS))
        parts = list(zip(letters, pairs, words, strict=True))
        groups, documents, places = (np.concatenate(part) for part in parts[:3])
        forms = np.concatenate(parts[3]).astype(np.uint8)
        return Tokens(groups, documents, places, forms, lengths)

    def _letters(self, rows: Array, positions: Array, documents: Array) -> tuple[Array, ...]:
        starts = np.frombuffer(self._row_starts, np.uint32).astype(np.int64)
        counts = (starts[1:] - starts[:-1])[rows]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        entries = np.arange(total) + np.repeat(starts[rows] - (ends - counts), counts)
        groups = _view(self._entry_groups, np.uint32)[entries]
        forms = _view(self._entry_forms, np.uint8)[entries]
        places = np.repeat(positions, counts) + _view(self._entry_places, np.uint32)[entries]
        return groups, np.repeat(documents, counts), places, forms

    def _pair_tokens(
        self, stream: "_Stream", starts: Array, documents: Array, widths: Array
    ) -> tuple[Array, ...]:
        text = "".join(stream.runs)
        points = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)
        following = np.append(points[1:], np.uint64(0)) if len(points) else points
        ends = np.cumsum(widths)
        if len(points):
            following[ends - 1] = 0  # the last of its run stands alone
        keys = points << _CODE_POINT_BITS | following
        distinct, inverse = np.unique(keys, return_inverse=True)
        numbers = np.array(list(map(self._pairs.__getitem__, distinct.tolist())), np.uint32)
        places = np.repeat(starts - (ends - widths), widths) + np.arange(len(points))
        groups = numbers[inverse] if len(points) else np.zeros(0, np.uint32)
        return groups, np.repeat(documents, widths), places, np.zeros(len(points), np.uint8)


class _Pairs(dict[int, int]):
    """Two packed code points -> the number of the group of that pair."""

    def __init__(self, dictionary: Dictionary) -> None:
        super().__init__()
        self._dictionary = dictionary

    def __missing__(self, key: int) -> int:
        second = key & 0x1FFFFF
        pair = chr(key >> 21) + (chr(second) if second else "")
        found = self[key] = self._dictionary.number(pair)
        return found


@dataclass(slots=True)
class _Stream:
    """A batch as it is read: row numbers and Han runs in the order of the text."""

    items: "array[int]" = field(default_factory=lambda: array("I"))
    counts: "array[int]" = field(default_factory=lambda: array("I"))  # items, by document and field
    runs: list[str] = field(default_factory=list)
    word_groups: "array[int]" = field(default_factory=lambda: array("I"))
    words: "array[int]" = field(default_factory=lambda: array("I"))  # words, by document and field


def _documents(stream: _Stream, width: Array, count: int) -> tuple[Array, Array]:
    """Return the document of each item, and the positions of each field of each document."""
    fields = len(FIELDS)
    counts = _view(stream.counts, np.uint32).reshape(count, fields).astype(np.int64)
    with_gaps = counts.copy()
    with_gaps[:, 1:] += 1
    documents = np.repeat(np.arange(count), with_gaps.sum(axis=1))
    ends = np.cumsum(with_gaps.ravel())
    sums = np.concatenate([[0], np.cumsum(width)])
    lengths = (sums[ends] - sums[ends - with_gaps.ravel()]).reshape(count, fields)
    lengths[:, 1:] -= 1  # the gap before it
    return documents, lengths


def _word_tokens(stream: _Stream, lengths: Array, count: int, fields: int) -> tuple[Array, ...]:
    """Words of Chinese: counted by field, so each stands where its field begins."""
    counts = _view(stream.words, np.uint32)
    starts = field_starts(lengths)
    groups = _view(stream.word_groups, np.uint32)
    documents = np.repeat(np.repeat(np.arange(count), fields), counts)
    return groups, documents, np.repeat(starts.ravel(), counts), np.zeros(len(groups), np.uint8)


def field_starts(lengths: Array) -> Array:
    """Return at which position each field begins: after the one before, and a gap of one."""
    starts = np.zeros_like(lengths)
    np.cumsum(lengths[:, :-1] + 1, axis=1, out=starts[:, 1:])
    return starts


def _view(numbers: "array[int]", kind: type) -> Array:
    return np.frombuffer(numbers, kind) if numbers else np.zeros(0, kind)


def characters_of(article: Article) -> int:
    """Return how many characters the text fields of an article hold."""
    return sum(len(getattr(article, text_field.name)) for text_field in FIELDS)
