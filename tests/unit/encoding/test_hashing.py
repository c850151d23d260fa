"""A table of keys in arrays answers as a dict does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.encoding import hashing
from search.encoding.hashing import KEY_BYTES, KeyTable, keys_at


def _halves(keys):
    low, high = zip(*keys, strict=True)
    return np.array(low, np.uint64), np.array(high, np.uint64)


@pytest.mark.parametrize(
    "spread", [lambda n: (n, 0), lambda n: (n % 200 << 56, n), lambda n: (1, n << 40)]
)
def test_many_keys_are_told_apart(spread):
    table, known = KeyTable(), {}
    keys = [spread(n) for n in range(1, 100_000)]
    for start in range(0, len(keys), 30_000):
        new = keys[start : start + 30_000]
        numbers = np.arange(1, len(new) + 1) + len(known)
        assert not table.find(*_halves(new)).any()
        table.add(*_halves(new), numbers)
        known.update(zip(new, numbers.tolist(), strict=True))
        asked = [*known, (0, 0), (2**63, 2**63)]
        assert table.find(*_halves(asked)).tolist() == [*known.values(), 0, 0]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 300), unique=True, min_size=1), st.booleans())
def test_keys_in_one_place_are_told_apart(keys, mixed):
    with pytest.MonkeyPatch.context() as patch:
        if not mixed:
            patch.setattr(hashing, "_MIX_LOW", np.uint64(1))  # all hash to the first slot
        table = KeyTable()
        low = np.array(keys, np.uint64)
        table.add(low, np.zeros_like(low), np.arange(1, len(keys) + 1))
        asked = np.arange(302, dtype=np.uint64)
        expected = [keys.index(n) + 1 if n in keys else 0 for n in range(302)]
        assert table.find(asked, np.zeros_like(asked)).tolist() == expected


@pytest.mark.parametrize("most", [0, 1 << 20])
@given(st.lists(st.binary(min_size=1, max_size=20)))
def test_keys_are_the_bytes_that_stand_there(most, parts):
    data = np.frombuffer(b"".join(parts) + bytes(KEY_BYTES), np.uint8)
    sizes = np.array([len(part) for part in parts], np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "_MOST_COPIED", most)
        low, high = keys_at(data, np.cumsum(sizes) - sizes, sizes)
    for part, *halves in zip(parts, low.tolist(), high.tolist(), strict=True):
        kept = part if len(part) <= KEY_BYTES else b""
        assert b"".join(half.to_bytes(8, "little") for half in halves) == kept.ljust(16, b"\0")
