"""The dictionary of an encoder: a number for each form that a token can have, and its group.

All of it lies in arrays, so that to remember a word costs some fifty bytes, and no object.
"""

from array import array
from collections.abc import Sequence

import numpy as np

from search.analysis.stemming import stem
from search.columnar.layout import Array
from search.columnar.strings import Packed, packed_lines
from search.encoding.hashing import KEY_BYTES, KeyTable, keys_at

_CODE_POINT_BITS = np.uint64(21)
_CODE_POINT = np.uint64((1 << int(_CODE_POINT_BITS)) - 1)
_THREE_BYTES, _FOUR_BYTES = 3, 0x10000
"""So many bytes of UTF-8 has a Han character, or one more from this code point on."""


class Dictionary:
    """Groups of terms that one posting list serves: the inflections of a stem, a pair, a word.

    A form is what a token of a group can be: its label, which is a line of exact terms parted by blanks
    (`china's` is `chinas china`). All terms of a label have one stem, the name of its group. Words of
    Chinese have one form without a label. Pairs of Han characters, of which there are more than of
    anything else, have only a key each, two code points with the earlier one above the later one, and
    are numbered for themselves, downwards from -1: so they can be forgotten alone.

    Form 0 is none, and group 0 as well.
    """

    def __init__(self) -> None:
        self._groups = array("I", [0])  # of each form
        self._labelled = bytearray(1)
        self._labels = _Names()
        self._names = _Names()
        self._pairs = KeyTable()
        self._pair_keys: list[Array] = []
        self._pair_count = 0

    def __len__(self) -> int:
        """Return how many forms it knows, pairs aside."""
        return len(self._groups)

    @property
    def group_count(self) -> int:
        """How many groups it knows, pairs aside."""
        return len(self._names)

    @property
    def pair_count(self) -> int:
        """How many pairs it knows."""
        return self._pair_count

    def forms_of(self, labels: Sequence[str]) -> Array:
        """Return the form of each label; new ones where they are new."""
        names = packed_lines(labels)
        sizes = np.diff(names.ends, prepend=0)
        data = np.concatenate([names.data, np.zeros(KEY_BYTES, np.uint8)])
        low, high = keys_at(data, names.ends - sizes, sizes)
        forms = self._labels.find(low, high)
        missing = np.flatnonzero((forms == 0) & (low != 0))
        if len(missing):
            new = {labels[place]: place for place in missing.tolist()}
            places = np.array(list(new.values()))
            self._enter(list(new), low[places], high[places])
            forms[missing] = self._labels.find(low[missing], high[missing])
        keyless = np.flatnonzero(low == 0).tolist()
        for place in keyless:
            form = self._labels.keyless.get(labels[place])
            if form is None:
                self._enter([labels[place]], low[place : place + 1], high[place : place + 1])
                form = self._labels.keyless[labels[place]]
            forms[place] = form
        return forms

    def forms_of_keys(self, low: Array, high: Array) -> Array:
        """Return the form of each label of ASCII that is given as its key; new ones where new."""
        forms = self._labels.find(low, high)
        missing = np.flatnonzero(forms == 0)
        if len(missing):
            halves = np.stack([low[missing], high[missing]], axis=1)
            labels = list(dict.fromkeys(halves.view("S16").ravel().tolist()))
            halves = np.array(labels, "S16").view("<u8").reshape(-1, 2)
            self._enter([label.decode("ascii") for label in labels], halves[:, 0], halves[:, 1])
            forms[missing] = self._labels.find(low[missing], high[missing])
        return forms

    def add_formless(self, names: Sequence[str]) -> int:
        """Add groups with one form without a label that are all new; return the first form."""
        first, group = len(self), len(self._names)
        self._names.skip(names)
        self._groups.extend(range(group, group + len(names)))
        self._labelled += bytes(len(names))
        self._labels.skip([""] * len(names))
        return first

    def pairs_of(self, keys: Array) -> Array:
        """Return the number of each pair, from -1 downwards; new ones where they are new."""
        none = np.zeros_like(keys)
        numbers = self._pairs.find(keys, none)
        missing = np.flatnonzero(numbers == 0)
        if len(missing):
            new = np.unique(keys[missing])
            first = self._pair_count + 1
            self._pairs.add(new, np.zeros_like(new), np.arange(first, first + len(new)))
            self._pair_keys.append(new)
            self._pair_count += len(new)
            numbers[missing] = self._pairs.find(keys[missing], none[missing])
        return -numbers.astype(np.int32)

    def forget_pairs(self) -> None:
        """Forget all pairs, whose numbers mean nothing any more."""
        self._pairs, self._pair_keys, self._pair_count = KeyTable(), [], 0

    def keep(self, is_kept: Array) -> Array:
        """Forget all other forms, and groups without one; return how each form is numbered anew.

        That is 0 for those that are forgotten.
        """
        forms = np.flatnonzero(is_kept)
        forms = forms[forms > 0]
        forms = np.append(0, forms)
        groups, places = np.unique(
            np.frombuffer(self._groups, np.uint32)[forms].astype(np.intp), return_inverse=True
        )
        self._groups = array("I", places.astype(np.uint32).tobytes())
        self._labelled = bytearray(np.frombuffer(self._labelled, np.uint8)[forms].tobytes())
        self._labels, self._names = self._labels.only(forms), self._names.only(groups)
        return renumbered(forms, len(is_kept))

    def groups_of(self, forms: Array) -> Array:
        """Return the group of each form; pairs are their own groups."""
        groups = np.frombuffer(self._groups, np.int32)[np.maximum(forms, 0)]
        return np.where(forms < 0, forms, groups)

    def names_of(self, groups: Array) -> Packed:
        """Return the names of groups in UTF-8; pairs must come after all others."""
        others = int(np.count_nonzero(groups >= 0))
        names = self._names.packed().taken(groups[:others])
        keys = np.concatenate([_NO_KEYS, *self._pair_keys])[-groups[others:] - 1]
        pairs = _names_of_pairs(keys)
        return Packed(
            np.concatenate([names.data, pairs.data]),
            np.concatenate([names.ends, pairs.ends + len(names.data)]),
        )

    def is_labelled(self, forms: Array) -> Array:
        """Flag the forms that have a label."""
        flags = np.frombuffer(self._labelled, bool)[np.maximum(forms, 0)]
        return flags & (forms > 0)

    def labels_of(self, forms: Array) -> Packed:
        """Return the labels of forms that have one, in UTF-8."""
        return self._labels.packed().taken(forms)

    def _enter(self, labels: Sequence[str], low: Array, high: Array) -> None:
        """Add labels that are new and distinct, of these keys, and the groups that are new."""
        stems = [stem(label.partition(" ")[0]) for label in labels]
        groups = self._names.numbers_of(stems)
        self._labels.add(labels, low, high)
        self._groups.frombytes(groups.astype(np.uint32).tobytes())
        self._labelled += b"\1" * len(labels)


class _Names:
    """Texts end to end, numbered as they come, and found again by their keys; number 0 is none."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._ends = array("Q", [0])
        self._keys = KeyTable()
        self.keyless: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._ends)

    def find(self, low: Array, high: Array) -> Array:
        """Return the number of each key, 0 where it is new."""
        return self._keys.find(low, high)

    def add(self, texts: Sequence[str], low: Array, high: Array) -> None:
        """Add texts that are new and distinct, with their keys, which are 0, 0 for long ones."""
        numbers = np.arange(len(self), len(self) + len(texts))
        keyed = low != 0
        self._keys.add(low[keyed], high[keyed], numbers[keyed])
        for place in np.flatnonzero(~keyed).tolist():
            self.keyless[texts[place]] = int(numbers[place])
        self.skip(texts)

    def skip(self, texts: Sequence[str]) -> None:
        """Add texts that nobody will look for."""
        encoded = [text.encode("utf-8") for text in texts]
        ends = np.cumsum([len(text) for text in encoded], dtype=np.uint64) + np.uint64(
            len(self._data)
        )
        self._data += b"".join(encoded)
        self._ends.frombytes(ends.tobytes())

    def numbers_of(self, texts: Sequence[str]) -> Array:
        """Return the number of each text; those that are new are added."""
        names = packed_lines(texts)
        sizes = np.diff(names.ends, prepend=0)
        data = np.concatenate([names.data, np.zeros(KEY_BYTES, np.uint8)])
        low, high = keys_at(data, names.ends - sizes, sizes)
        numbers = self.find(low, high)
        for place in np.flatnonzero(low == 0).tolist():
            numbers[place] = self.keyless.get(texts[place], 0)
        missing = np.flatnonzero(numbers == 0).tolist()
        if missing:
            new = {texts[place]: place for place in reversed(missing)}
            places = np.array(list(new.values()))
            first = len(self)
            self.add(list(new), low[places], high[places])
            number_of = dict(zip(new, range(first, len(self)), strict=True))
            for place in missing:
                numbers[place] = number_of[texts[place]]
        return numbers

    def only(self, numbers: Array) -> "_Names":
        """Return those with these numbers, ascending from 0, which are numbered anew."""
        names = _Names()
        kept = self.packed().taken(numbers)
        names._data = bytearray(kept.data.tobytes())
        names._ends = array("Q", kept.ends.tobytes())
        names._keys = self._keys.only(numbers)
        new = renumbered(numbers, len(self)).tolist()
        names.keyless = {text: new[old] for text, old in self.keyless.items() if new[old]}
        return names

    def packed(self) -> Packed:
        """Return all of them; they cannot grow as long as it lives."""
        return Packed(np.frombuffer(self._data, np.uint8), np.frombuffer(self._ends, np.int64))


def renumbered(kept: Array, count: int) -> Array:
    """Return the new number of each of so many things, 0 where it is not among those kept.

    Those are given by their old numbers, in their new order, the first of which is 0.
    """
    numbers = np.zeros(count, np.uint32)
    numbers[kept] = np.arange(len(kept), dtype=np.uint32)
    return numbers


_NO_KEYS = np.zeros(0, np.uint64)


def pair_keys(first: Array, second: Array) -> Array:
    """Return the keys of pairs of Han characters; the second is 0 where there is none."""
    return first.astype(np.uint64) << _CODE_POINT_BITS | second.astype(np.uint64)


def _names_of_pairs(keys: Array) -> Packed:
    points = np.stack([keys >> _CODE_POINT_BITS, keys & _CODE_POINT], axis=1).astype("<u4")
    sizes = np.where(points, _THREE_BYTES + (points >= _FOUR_BYTES), 0).sum(axis=1)
    text = points[points != 0].tobytes().decode("utf-32-le").encode("utf-8")
    return Packed(np.frombuffer(text, np.uint8), np.cumsum(sizes))
