"""Articles -> their tokens in the order of a segment: by name of the group, document and position."""

from collections.abc import Iterator, Mapping, Sequence
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
from search.columnar.strings import Packed, packed
from search.engines.encoding import Encoder

_ARTICLES_AT_ONCE = 400


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
                "names": groups.names.data,
                "name_ends": groups.names.ends,
                "labels": groups.labels.data,
                "label_ends": groups.labels.ends,
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
            packed([label.encode("utf-8") for labels in own for label in labels]),
            np.fromiter(map(len, own), np.int64, len(own)),
        )


def sorted_tokens(encoder: Encoder, articles: Sequence[Article]) -> SortedTokens:
    """Return the tokens of the articles."""
    pieces, lengths = [], []
    for start in range(0, len(articles), _ARTICLES_AT_ONCE):
        tokens = encoder.encode(articles[start : start + _ARTICLES_AT_ONCE])
        places = places_of(tokens.documents + start, tokens.positions, tokens.forms)
        pieces.append((tokens.groups.astype(np.uint32), places))
        lengths.append(tokens.lengths)
        del tokens, places
    dictionary = encoder.dictionary
    counts = np.zeros(len(dictionary.groups), np.int64)
    for groups, _ in pieces:
        counts += np.bincount(groups, minlength=len(counts))
    used = np.flatnonzero(counts)
    names = [dictionary.groups[group].encode("utf-8") for group in used.tolist()]
    by_name = sorted(range(len(names)), key=names.__getitem__)
    in_order = used[np.array(by_name, np.int64)]
    ranks = np.zeros(len(counts), np.uint32)
    ranks[in_order] = np.arange(len(used), dtype=np.uint32)
    return SortedTokens(
        [names[place] for place in by_name],
        [dictionary.forms[group] for group in in_order.tolist()],
        np.cumsum(counts[in_order]),
        list(_sorted_keys(pieces, ranks, len(used))),
        np.concatenate(lengths),
    )


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
