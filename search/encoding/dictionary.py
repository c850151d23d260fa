"""The dictionary of an encoder: a number for each group of terms, and what a token of it can be."""

from array import array
from dataclasses import dataclass, field

import numpy as np

from search.columnar.layout import Array
from search.columnar.strings import Packed, packed_lines

_MOST_FORMS = 255
_CODE_POINT_BITS = np.uint64(21)
_CODE_POINT = np.uint64((1 << int(_CODE_POINT_BITS)) - 1)
_THREE_BYTES, _FOUR_BYTES = 3, 0x10000
"""So many bytes of UTF-8 has a Han character, or one more from this code point on."""


@dataclass(slots=True)
class Dictionary:
    """Groups of terms that one posting list serves: the inflections of a stem, a pair, a word.

    `groups` are their names; `forms[g]` lists what a token of group g can be, each a line of exact
    terms parted by blanks (`china's` is `chinas china`); a group without forms has positions that
    are all alike. There are more pairs of Han characters than of anything else, so they have no
    names here, but a key each in `pairs`: two code points, the earlier one above the later one.
    """

    groups: list[str] = field(default_factory=list)
    forms: list[list[str]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    """Of the groups that have forms."""

    pairs: "array[int]" = field(default_factory=lambda: array("Q"))

    def __len__(self) -> int:
        return len(self.groups)

    def enter(self, group: str, label: str) -> tuple[int, int]:
        """Return the number of a group, and of a form within it; new ones where they are new."""
        number = self.numbers.get(group)
        if number is None:
            number = self.numbers[group] = len(self.groups)
            self.groups.append(group)
            self.forms.append([label])
            self.pairs.append(0)
            return number, 0
        forms = self.forms[number]
        if forms[0] == label:
            return number, 0
        if label not in forms:
            forms.append(label)
        return number, min(forms.index(label), _MOST_FORMS)

    def add_formless(self, groups: list[str]) -> int:
        """Add groups without forms that are all new; return the number of the first."""
        first = len(self)
        self.groups += groups
        self.forms += [_NO_FORMS] * len(groups)
        self.pairs.frombytes(bytes(len(groups) * self.pairs.itemsize))
        return first

    def add_pairs(self, keys: Array) -> int:
        """Add pairs that are all new; return the number of the first."""
        first = len(self)
        self.groups += [""] * len(keys)
        self.forms += [_NO_FORMS] * len(keys)
        self.pairs.frombytes(keys.astype(np.uint64).tobytes())
        return first

    def named(self, numbers: Array) -> tuple[Array, Packed]:
        """Return groups in another order, and their names, in UTF-8, in the same order."""
        keys = np.array(self.pairs, np.uint64)[numbers]
        is_pair = keys != 0
        others = numbers[~is_pair]
        names = packed_lines(list(map(self.groups.__getitem__, others.tolist())))
        pairs = _names_of_pairs(keys[is_pair])
        before = len(names.data)
        return np.concatenate([others, numbers[is_pair]]), Packed(
            np.concatenate([names.data, pairs.data]),
            np.concatenate([names.ends, pairs.ends + before]),
        )


_NO_FORMS: list[str] = []


def pair_keys(first: Array, second: Array) -> Array:
    """Return the keys of pairs of Han characters; the second is 0 where there is none."""
    return first.astype(np.uint64) << _CODE_POINT_BITS | second.astype(np.uint64)


def _names_of_pairs(keys: Array) -> Packed:
    points = np.stack([keys >> _CODE_POINT_BITS, keys & _CODE_POINT], axis=1).astype("<u4")
    sizes = np.where(points, _THREE_BYTES + (points >= _FOUR_BYTES), 0).sum(axis=1)
    text = points[points != 0].tobytes().decode("utf-32-le").encode("utf-8")
    return Packed(np.frombuffer(text, np.uint8), np.cumsum(sizes))
