"""Names of groups are put in order by arrays as Python would."""

import random

import pytest

from search.columnar.strings import packed
from search.engines.sorting import order_of_names


@pytest.mark.parametrize("alphabet", ["ab", "abc中文\U00020000", "é\x7f0~z"])
@pytest.mark.parametrize("longest", [3, 9, 17, 40])
def test_names_are_in_the_order_of_their_bytes(alphabet, longest):
    seed = random.randrange(10**9)
    print("seed", seed)
    dice = random.Random(seed)
    names = {
        "".join(dice.choices(alphabet, k=dice.randint(1, longest))).encode() for _ in range(3000)
    }
    shared = b"x" * dice.randint(7, 17)
    names |= {shared[: dice.randint(1, 17)] + name for name in names}
    mixed = dice.sample(sorted(names), len(names))
    order = order_of_names(packed(mixed)).tolist()
    assert [mixed[place] for place in order] == sorted(names)


def test_no_names():
    assert order_of_names(packed([])).tolist() == []
