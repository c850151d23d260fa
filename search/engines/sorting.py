"""Articles -> their tokens in the order of a segment: by name of the group, document and position."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from pathlib import Path

import numpy as np

from search.article import Article
from search.columnar import spill
from search.columnar.dictionary import Groups
from search.columnar.inverting import GROUP_SHIFT, MAX_GROUPS, PLACE, invert, keys_of, places_of
from search.columnar.layout import Array
from search.columnar.merging import Part
from search.columnar.spill import Spill
from search.columnar.strings import Packed, packed_lines
from search.encoding.encoder import Encoder

_FORM, _MOST_FORMS = np.uint64(255), 255
_TOKENS_AT_ONCE = 1 << 18
_PORTION = 200  # articles; encoding them takes several times their texts in memory


@dataclass(slots=True)
class SortedTokens:
    """The tokens of articles, document n being the nth of them.

    `names` and `labels` of the groups are in the order of names, `token_ends` tells where the tokens
    of each group end. `keys` are sorted, of MAX_GROUPS groups after the other, which count from 0 each
    time. `lengths` (documents x 4) are those of the fields.
    """

    names: Packed
    labels: list[Sequence[str]]
    token_ends: Array
    keys: list[Array]
    lengths: Array

    def parts(self, field_starts: Array) -> Iterator[Part]:
        """Yield the groups and their postings."""
        for number, keys in enumerate(self.keys):
            first = number * MAX_GROUPS
            last = min(first + MAX_GROUPS, len(self.labels))
            postings = invert(keys, last - first, field_starts)
            yield Part(self._groups(first, last), postings)

    def put_aside(self, path: Path, others: Mapping[str, Array]) -> None:
        """Write them into a spill, from which `SpilledTokens` reads them, beside other arrays.

        Of the keys nothing but the places is left.
        """
        for keys in self.keys:
            np.bitwise_and(keys, PLACE, out=keys)
        groups = self._groups(0, len(self.labels))
        spill.write(
            path,
            {
                **groups.strings(),
                "label_starts": np.concatenate([[0], np.cumsum(groups.label_counts)]),
                "token_ends": self.token_ends,
                "places": self.keys[0] if len(self.keys) == 1 else np.concatenate(self.keys),
                "lengths": self.lengths.ravel(),
                **others,
            },
        )

    def _groups(self, first: int, last: int) -> Groups:
        own = self.labels[first:last]
        ends = self.names.ends[first:last]
        start = int(self.names.ends[first - 1]) if first else 0
        stop = int(ends[-1]) if len(ends) else start
        return Groups(
            Packed(self.names.data[start:stop], ends - start),
            packed_lines(list(chain.from_iterable(own))),
            np.fromiter(map(len, own), np.int64, len(own)),
        )


class Sorter:
    """Turns articles into sorted tokens; remembers the words of earlier ones."""

    def __init__(self) -> None:
        self._encoder = Encoder()

    @property
    def group_count(self) -> int:
        """How many groups it remembers."""
        return len(self._encoder.dictionary)

    def sorted_tokens(self, portions: Iterable[Sequence[Article]]) -> SortedTokens:
        """Return the tokens of the articles, which come in portions."""
        pieces, lengths = [], []
        start = 0
        for articles in portions:
            tokens = self._encoder.encode(articles)
            places = places_of(tokens.documents + start, tokens.positions, tokens.forms)
            pieces.append((tokens.groups.astype(np.uint32), places))
            lengths.append(tokens.lengths)
            start += len(articles)
            del tokens, places
        dictionary = self._encoder.dictionary
        counts = np.zeros(len(dictionary), np.int64)
        for groups, _ in pieces:
            counts += np.bincount(groups, minlength=len(counts))
        used, names = dictionary.named(np.flatnonzero(counts))
        order = order_of_names(names)
        in_order = used[order]
        ranks = np.zeros(len(counts), np.uint32)
        ranks[in_order] = np.arange(len(in_order), dtype=np.uint32)
        keys = list(_sorted_keys(pieces, ranks, len(in_order)))
        labels = list(map(dictionary.forms.__getitem__, in_order.tolist()))
        return SortedTokens(
            _taken(names, order),
            _without_unused(labels, keys),
            np.cumsum(counts[in_order]),
            keys,
            np.concatenate(lengths),
        )


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


def _taken(strings: Packed, order: Array) -> Packed:
    """Return strings in another order."""
    sizes = np.diff(strings.ends, prepend=0)[order]
    ends = np.cumsum(sizes)
    places = np.repeat(strings.ends[order] - ends, sizes)
    places += np.arange(len(places))
    return Packed(strings.data[places], ends)


def _without_unused(labels: list[list[str]], keys: list[Array]) -> list[Sequence[str]]:
    """Leave out the forms that no token has, which an encoder knows from other articles.

    The forms in the keys are numbered anew, in place.
    """
    counts = np.fromiter(map(len, labels), np.int64, len(labels))
    starts = np.concatenate([[0], np.cumsum(counts)])
    # Beyond 255 forms the number does not tell them apart: then all are kept.
    is_used = np.repeat((counts == 1) | (counts > _MOST_FORMS), counts)
    numbered = (counts > 1) & (counts <= _MOST_FORMS)
    for _, _, forms in _numbered_forms(keys, numbered, starts):
        is_used[forms] = True
    if is_used.all():
        return list(labels)
    before = np.concatenate([[0], np.cumsum(is_used)])
    group_of = np.repeat(np.arange(len(counts)), counts)
    renumbered = (before[:-1] - before[starts[group_of]]).astype(np.uint64)
    for own, places, forms in _numbered_forms(keys, numbered, starts):
        own[places] = (own[places] & ~_FORM) | renumbered[forms]
    kept: list[Sequence[str]] = list(labels)
    for group in np.unique(group_of[~is_used]).tolist():
        flags = is_used[starts[group] : starts[group + 1]].tolist()
        kept[group] = list(compress(labels[group], flags))
    return kept


def _numbered_forms(
    keys: list[Array], numbered: Array, starts: Array
) -> Iterator[tuple[Array, Array, Array]]:
    """Yield stretches of keys, the places in them of tokens with a form, and these forms.

    A form is given as its place among all labels.
    """
    for number, all_keys in enumerate(keys):
        for start in range(0, len(all_keys), _TOKENS_AT_ONCE):
            own = all_keys[start : start + _TOKENS_AT_ONCE]
            groups = (own >> np.uint64(GROUP_SHIFT)).astype(np.int64) + number * MAX_GROUPS
            places = np.flatnonzero(numbered[groups])
            yield own, places, starts[groups[places]] + (own[places] & _FORM).astype(np.int64)


def _sorted_keys(
    pieces: list[tuple[Array, Array]], rank_of: Array, group_count: int
) -> Iterator[Array]:
    """Yield the keys of groups and places, of so many groups at a time as a key can tell apart."""
    if group_count <= MAX_GROUPS:
        keys = np.empty(sum(len(groups) for groups, _ in pieces), np.uint64)
        start = 0
        while pieces:
            groups, places = pieces.pop(0)
            keys[start : start + len(groups)] = keys_of(rank_of[groups], places)
            start += len(groups)
        keys.sort()
        yield keys
        return
    for first in range(0, group_count, MAX_GROUPS):
        chosen = []
        for groups, places in pieces:
            ranks = rank_of[groups]
            own = np.flatnonzero((ranks >= first) & (ranks < first + MAX_GROUPS))
            chosen.append(keys_of(ranks[own] - np.uint32(first), places[own]))
        keys = np.concatenate(chosen)
        keys.sort()
        yield keys


def portions_of(count: int) -> Iterator[slice]:
    """Yield slices of so many articles, as large as they are encoded best."""
    for start in range(0, count, _PORTION):
        yield slice(start, min(start + _PORTION, count))


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
