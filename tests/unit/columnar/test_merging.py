"""Ranges of a dictionary hold all of it, once, and are none of them too large."""

import random

import numpy as np
import pytest

from search.columnar import merging


class Source:
    """Groups with so many tokens each."""

    def __init__(self, tokens):
        self._names = sorted(tokens)
        self._ends = np.cumsum([tokens[name] for name in self._names], dtype=np.int64)

    def token_ends(self):
        return self._ends

    def names(self, first, last):
        return self._names[first:last]


@pytest.mark.parametrize("count", [0, 1, 2, 9])
@pytest.mark.parametrize("at_once", [1, 10, 200, 10_000])
def test_ranges_cut_all_dictionaries_at_the_same_names(monkeypatch, count, at_once):
    monkeypatch.setattr(merging, "_TOKENS_AT_ONCE", at_once)
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    names = [b"%03d" % n for n in range(60)]
    sources = [
        Source({name: chance.choice((1, 1, 2, 90)) for name in names if chance.random() < 0.5})
        for _ in range(count)
    ]
    ranges = list(merging.ranges(sources))
    last = b""
    for slices in ranges:
        found = sorted(
            name for one, own in zip(sources, slices, strict=True) for name in one.names(*own)
        )
        assert found, seed
        assert found[0] > last, seed
        last = found[-1]
        tokens = [
            one.token_ends()[end - 1] - (one.token_ends()[start - 1] if start else 0)
            for one, (start, end) in zip(sources, slices, strict=True)
            if end > start
        ]
        single = len(set(found)) == 1
        assert single or len(found) <= 2 * at_once + count, seed
        assert single or sum(tokens) <= 2 * at_once + 200 * count, seed
    for number, one in enumerate(sources):
        assert sum(slices[number][1] - slices[number][0] for slices in ranges) == len(one._names)
