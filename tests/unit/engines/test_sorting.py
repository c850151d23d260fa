"""Names of groups are put in order by arrays as Python would."""

import random

import pytest

from search.article import Article
from search.columnar.strings import packed
from search.engines.sorting import Sorter, order_of_names


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


def test_after_a_batch_that_failed_the_next_ones_are_sorted_as_by_a_new_sorter(monkeypatch):
    monkeypatch.setattr("search.engines.sorting._MOST_KNOWN", 50)

    def articles(word, count):
        return [
            Article(id=str(n), title=f"{word} {n}x", body=f"{word}s{n}y 卫星") for n in range(count)
        ]

    def failing():
        yield articles("failed", 60)
        raise MemoryError

    sorter = Sorter()
    sorter.sorted_tokens([articles("first", 40)])
    for word in ("lamp", "kite"):
        with pytest.raises(MemoryError):
            sorter.sorted_tokens(failing())
        own = sorter.sorted_tokens([articles(word, 30)])
        new = Sorter().sorted_tokens([articles(word, 30)])
        for tokens in (own, new):
            assert tokens.groups.names.strings() == sorted(tokens.groups.names.strings())
        assert own.groups.names.strings() == new.groups.names.strings()
        assert own.token_ends.tolist() == new.token_ends.tolist()
        assert own.lengths.tolist() == new.lengths.tolist()
