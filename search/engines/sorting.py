"""Articles -> their tokens in the order of a segment: by name of the group, document and position."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from search.article import Article
from search.columnar import spill
from search.columnar.dictionary import Groups
from search.columnar.inverting import MAX_GROUPS, PLACE, invert, keys_of, places_of
from search.columnar.layout import Array
from search.columnar.merging import Part
from search.columnar.spill import Spill
from search.columnar.strings import Packed
from search.encoding.dictionary import Dictionary
from search.encoding.encoder import Encoder

_MOST_FORMS = 255
_NO_FORM = np.zeros(1, np.uint8)
_TOKENS_AT_ONCE = 1 << 18
_MOST_PAIRS_KEPT = 120_000
"""Of pairs of Han characters there are very many, and they are learned soonest."""

_MOST_KNOWN = 200_000
"""Where more pieces and words are known, those that the last articles did not have are forgotten."""

_PORTION = 1_000_000  # bytes of texts; encoding them takes several times as much memory


@dataclass(slots=True)
class SortedTokens:
    """The tokens of articles, document n being the nth of them.

    `groups` are in the order of names, `token_ends` tells where the tokens of each group end. `keys` are
    sorted, of MAX_GROUPS groups after the other, which count from 0 each time. `lengths`
    (documents x 4) are those of the fields.
    """

    groups: Groups
    token_ends: Array
    keys: list[Array]
    lengths: Array

    def parts(self, field_starts: Array) -> Iterator[Part]:
        """Yield the groups and their postings."""
        for number, keys in enumerate(self.keys):
            first = number * MAX_GROUPS
            groups = self.groups.between(first, min(first + MAX_GROUPS, len(self.groups)))
            yield Part(groups, invert(keys, len(groups), field_starts))

    def put_aside(self, path: Path, others: Mapping[str, Array]) -> None:
        """Write them into a spill, from which `SpilledTokens` reads them, beside other arrays.

        Of the keys nothing but the places is left.
        """
        for keys in self.keys:
            np.bitwise_and(keys, PLACE, out=keys)
        spill.write(
            path,
            {
                **self.groups.strings(),
                "label_starts": np.concatenate([[0], np.cumsum(self.groups.label_counts)]),
                "token_ends": self.token_ends,
                "places": self.keys[0] if len(self.keys) == 1 else np.concatenate(self.keys),
                "lengths": self.lengths.ravel(),
                **others,
            },
        )


class Sorter:
    """Turns articles into sorted tokens; remembers the words of earlier ones."""

    def __init__(self) -> None:
        self._encoder = Encoder()
        self._used = np.zeros(0, bool)

    @property
    def known(self) -> int:
        """How many pieces and words it remembers."""
        return self._encoder.known

    def sorted_tokens(self, portions: Iterable[Sequence[Article]]) -> SortedTokens:
        """Return the tokens of the articles, which come in portions."""
        dictionary = self._encoder.dictionary
        if dictionary.pair_count > _MOST_PAIRS_KEPT:
            dictionary.forget_pairs()
        if self._encoder.known > _MOST_KNOWN:
            used = np.zeros(len(dictionary), bool)  # longer than was noted, where a batch failed
            used[: len(self._used)] = self._used
            self._encoder.keep(used)
            self._used = used[:0]
        forms, keys, lengths = self._gathered(portions)
        # From here on pairs, which count downwards from -1, stand behind all others.
        total = len(dictionary) + dictionary.pair_count
        counts = np.zeros(total, np.int64)
        for now in _stretches(len(forms)):
            np.add(forms[now], total, out=forms[now], where=forms[now] < 0)
            counts += np.bincount(forms[now], minlength=total)
        self._used = counts[: len(dictionary)] > 0
        used = np.flatnonzero(counts)
        own = np.where(used < len(dictionary), used, used - total)
        groups, places = _distinct(dictionary, own)
        names = dictionary.names_of(groups)
        order = order_of_names(names)
        rank_of = np.empty(len(order), np.int64)
        rank_of[order] = np.arange(len(order))
        ranks = rank_of[places]
        by_rank = np.argsort(ranks, kind="stable")
        used, own, ranks = used[by_rank], own[by_rank], ranks[by_rank]
        firsts = np.searchsorted(ranks, np.arange(len(order)))
        lasts = np.searchsorted(ranks, np.arange(len(order)), side="right") - 1
        numbers = np.minimum(np.arange(len(ranks)) - firsts[ranks], _MOST_FORMS)
        group_of, form_of = np.zeros(total, np.uint32), np.zeros(total, np.uint8)
        group_of[used], form_of[used] = ranks, numbers
        labelled = dictionary.is_labelled(own)
        return SortedTokens(
            Groups(
                names.taken(order),
                dictionary.labels_of(own[labelled]),
                np.bincount(ranks[labelled], minlength=len(order)),
            ),
            np.cumsum(counts[used])[lasts],
            list(_sorted_keys(forms, keys, group_of, form_of)),
            lengths,
        )

    def _gathered(self, portions: Iterable[Sequence[Article]]) -> tuple[Array, Array, Array]:
        """Return the forms and the places of all tokens, and the lengths of the fields."""
        gathered, lengths = _Gathered(), []
        start = 0
        for articles in portions:
            tokens = self._encoder.encode(articles)
            # The forms are put into the keys with the groups.
            places = places_of(tokens.documents + start, tokens.positions, _NO_FORM)
            gathered.add(tokens.forms, places)
            lengths.append(tokens.lengths)
            start += len(articles)
            del tokens, places
        return *gathered.all(), np.concatenate(lengths)


def _distinct(dictionary: Dictionary, forms: Array) -> tuple[Array, Array]:
    """Return the groups of forms, pairs behind all others, and which of them each form is of."""
    groups = dictionary.groups_of(forms)
    total = dictionary.group_count + dictionary.pair_count
    groups = np.where(groups < 0, groups + total, groups)
    flags = np.zeros(total, bool)
    flags[groups] = True
    distinct = np.flatnonzero(flags)
    places = np.cumsum(flags)[groups] - 1
    return np.where(distinct < dictionary.group_count, distinct, distinct - total), places


def order_of_names(names: Packed) -> Array:
    """Return the places of names in the order of their bytes.

    They are compared by their first eight bytes, few by the next eight, and hardly any as a whole.
    """
    sizes = np.diff(names.ends, prepend=0)
    starts = names.ends - sizes
    padded = np.concatenate([names.data, np.zeros(2 * _WORD, np.uint8)])
    words = np.ndarray((len(padded) - _WORD + 1,), ">u8", buffer=padded, strides=(1,))
    first = words[starts] & _KEPT[np.minimum(sizes, _WORD)]
    order: Array = np.argsort(first)
    tied = np.flatnonzero(_tied(first[order]))
    own = order[tied]
    second = words[starts[own] + _WORD] & _KEPT[np.clip(sizes[own] - _WORD, 0, _WORD)]
    again = np.lexsort((second, first[own]))
    order[tied] = own[again]
    left = tied[_tied(second[again]) & (sizes[own[again]] >= 2 * _WORD)]
    if len(left):
        data, ends = names.data.tobytes(), names.ends.tolist()
        for run in np.split(left, np.flatnonzero(np.diff(left) > 1) + 1):
            places = order[run].tolist()
            places.sort(key=lambda place: data[starts[place] : ends[place]])
            order[run] = places
    return order


_WORD = 8
_KEPT = np.array([(1 << 64) - (1 << 8 * (_WORD - size)) for size in range(_WORD + 1)], np.uint64)
"""By how many bytes of a word belong to a name: what leaves out the others."""


def _tied(values: Array) -> Array:
    """Flag the values that are equal to a neighbour."""
    flags = np.zeros(len(values), bool)
    same = values[1:] == values[:-1]
    flags[1:] = same
    flags[:-1] |= same
    return flags


def _sorted_keys(forms: Array, places: Array, group_of: Array, form_of: Array) -> Iterator[Array]:
    """Yield the keys of tokens, of so many groups at a time as a key can tell apart.

    What a key begins and ends with is said for each form. Places become keys where they are, unless
    there are too many groups for that.
    """
    group_count = int(group_of.max(initial=0)) + 1
    if group_count <= MAX_GROUPS:
        heads = keys_of(group_of, form_of.astype(np.uint64))
        for now in _stretches(len(forms)):
            places[now] |= heads.take(forms[now])
        places.sort()
        yield places
        return
    for first in range(0, group_count, MAX_GROUPS):
        is_own = (group_of >= first) & (group_of < first + MAX_GROUPS)
        heads = keys_of(group_of - np.uint32(first), form_of.astype(np.uint64))
        chosen = np.flatnonzero(is_own[forms])
        keys = heads[forms[chosen]] | places[chosen]
        keys.sort()
        yield keys


class _Gathered:
    """Forms and places of tokens, one portion after the other.

    There is room for more of them from the start: memory that is never written to costs nothing, while
    what stands on the heap between short-lived arrays keeps the room of these from being given back.
    """

    def __init__(self) -> None:
        self._forms = np.empty(_ROOM, np.int32)
        self._places = np.empty(_ROOM, np.uint64)
        self._count = 0

    def add(self, forms: Array, places: Array) -> None:
        """Add the tokens of a portion."""
        end = self._count + len(forms)
        if end > len(self._forms):
            self._forms = _with_room(self._forms[: self._count], 2 * end)
            self._places = _with_room(self._places[: self._count], 2 * end)
        self._forms[self._count : end] = forms
        self._places[self._count : end] = places
        self._count = end

    def all(self) -> tuple[Array, Array]:
        """Return all forms and places, which are the caller's to change."""
        return self._forms[: self._count], self._places[: self._count]


_ROOM = 1 << 22


def _with_room(numbers: Array, size: int) -> Array:
    larger = np.empty(size, numbers.dtype)
    larger[: len(numbers)] = numbers
    return larger


def _stretches(count: int) -> Iterator[slice]:
    """Yield slices of so many tokens, as are worked on at once."""
    for start in range(0, count, _TOKENS_AT_ONCE):
        yield slice(start, start + _TOKENS_AT_ONCE)


def portions_of(sizes: Iterable[int]) -> Iterator[slice]:
    """Yield slices of articles of these sizes, as large together as they are encoded best."""
    first = total = 0
    last = -1
    for last, size in enumerate(sizes):
        total += size
        if total >= _PORTION:
            yield slice(first, last + 1)
            first, total = last + 1, 0
    if first <= last:
        yield slice(first, last + 1)


class SpilledTokens:
    """Sorted tokens that were put aside, as a source to be merged."""

    def __init__(self, file: Spill) -> None:
        self.file = file

    def token_ends(self) -> Array:
        """Return where the tokens of each group end."""
        return self.file.read("token_ends")

    def names(self, first: int, last: int) -> list[bytes]:
        """Return names of groups."""
        return self._strings("names", "name_ends", first, last)

    def labels(self, first: int, last: int) -> tuple[list[bytes], Array]:
        """Return labels of forms, and how many each group has."""
        starts = self.file.read("label_starts", first, last + 1)
        own = self._strings("labels", "label_ends", int(starts[0]), int(starts[-1]))
        return own, np.diff(starts)

    def tokens(self, first: int, last: int) -> tuple[Array, Array]:
        """Return places of tokens, and how many each group has."""
        ends = self._ends("token_ends", first, last)
        return self.file.read("places", int(ends[0]), int(ends[-1])), np.diff(ends)

    def _ends(self, name: str, first: int, last: int) -> Array:
        """Return where items end, and before them where the first one begins."""
        if first:
            return self.file.read(name, first - 1, last)
        return np.concatenate([[0], self.file.read(name, 0, last)])

    def _strings(self, name: str, ends: str, first: int, last: int) -> list[bytes]:
        places = self._ends(ends, first, last)
        data = self.file.read(name, int(places[0]), int(places[-1]))
        return Packed(data, places[1:] - places[0]).strings()
