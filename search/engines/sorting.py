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
from search.columnar.strings import Packed, packed, packed_lines
from search.encoding.encoder import Encoder

_FORM, _MOST_FORMS = np.uint64(255), 255
_TOKENS_AT_ONCE = 1 << 18
_PORTION = 200  # articles; encoding them takes several times their texts in memory


@dataclass(slots=True)
class SortedTokens:
    """The tokens of articles, document n being the nth of them.

    `names` and `labels` of the groups are sorted by name, `token_ends` tells where the tokens of each
    group end. `keys` are sorted, of MAX_GROUPS groups after the other, which count from 0 each time.
    `lengths` (documents x 4) are those of the fields.
    """

    names: list[bytes]
    labels: list[Sequence[str]]
    token_ends: Array
    keys: list[Array]
    lengths: Array

    def parts(self, field_starts: Array) -> Iterator[Part]:
        """Yield the groups and their postings."""
        for number, keys in enumerate(self.keys):
            first = number * MAX_GROUPS
            last = min(first + MAX_GROUPS, len(self.names))
            postings = invert(keys, last - first, field_starts)
            yield Part(self._groups(first, last), postings)

    def put_aside(self, path: Path, others: Mapping[str, Array]) -> None:
        """Write them into a spill, from which `SpilledTokens` reads them, beside other arrays.

        Of the keys nothing but the places is left.
        """
        for keys in self.keys:
            np.bitwise_and(keys, PLACE, out=keys)
        groups = self._groups(0, len(self.names))
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
        return Groups(
            packed(self.names[first:last]),
            packed_lines(list(chain.from_iterable(own))),
            np.fromiter(map(len, own), np.int64, len(own)),
        )


class Sorter:
    """Turns articles into sorted tokens; remembers the words of earlier ones, and their order."""

    def __init__(self) -> None:
        self._encoder = Encoder()
        self._names: list[bytes] = []
        self._order = np.zeros(0, np.uint32)

    @property
    def group_count(self) -> int:
        """How many groups it remembers."""
        return len(self._names)

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
        self._put_in_order()
        counts = np.zeros(len(self._names), np.int64)
        for groups, _ in pieces:
            counts += np.bincount(groups, minlength=len(counts))
        in_order = self._order[counts[self._order] > 0]
        ranks = np.zeros(len(counts), np.uint32)
        ranks[in_order] = np.arange(len(in_order), dtype=np.uint32)
        keys = list(_sorted_keys(pieces, ranks, len(in_order)))
        used = in_order.tolist()
        labels = list(map(self._encoder.dictionary.forms.__getitem__, used))
        return SortedTokens(
            list(map(self._names.__getitem__, used)),
            _without_unused(labels, keys),
            np.cumsum(counts[in_order]),
            keys,
            np.concatenate(lengths),
        )

    def _put_in_order(self) -> None:
        """Put the groups that are new in their places."""
        groups, names = self._encoder.dictionary.groups, self._names
        new = range(len(names), len(groups))
        names += [group.encode("utf-8") for group in groups[new.start :]]
        # Two sorted lists, one behind the other, are merged by the second sort.
        order = self._order.tolist() + sorted(new, key=names.__getitem__)
        order.sort(key=names.__getitem__)
        self._order = np.array(order, np.uint32)


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
