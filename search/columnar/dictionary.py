"""The dictionary of a segment: the names of its groups, and which exact terms they hold."""

from array import array
from dataclasses import dataclass

import numpy as np

from search.columnar.cuts import put_cuts
from search.columnar.front_coding import put_front_coded
from search.columnar.layout import Array, SectionWriter
from search.columnar.strings import Packed, packed


@dataclass(slots=True)
class Groups:
    """Consecutive groups: their names, sorted; the labels of their forms, and how many each has."""

    names: Packed
    labels: Packed
    label_counts: Array

    def __len__(self) -> int:
        return len(self.label_counts)

    def between(self, first: int, last: int) -> "Groups":
        """Return the groups from `first` up to `last`."""
        counts = self.label_counts
        before = int(counts[:first].sum())
        labels = self.labels.between(before, before + int(counts[first:last].sum()))
        return Groups(self.names.between(first, last), labels, counts[first:last])

    def strings(self) -> dict[str, Array]:
        """Return names and labels as arrays for a spill."""
        return {
            "names": self.names.data,
            "name_ends": self.names.ends,
            "labels": self.labels.data,
            "label_ends": self.labels.ends,
        }


class DictionaryWriter:
    """Takes consecutive groups in any number of parts, and writes them at the end."""

    def __init__(self) -> None:
        self._parts: list[Groups] = []

    def add(self, groups: Groups) -> None:
        """Add the next groups."""
        self._parts.append(groups)

    def put(self, writer: SectionWriter) -> None:
        """Write all sections of the dictionary."""
        put_front_coded(writer, "groups", [part.names for part in self._parts])
        counts = np.concatenate([_NONE, *(part.label_counts for part in self._parts)])
        put_front_coded(writer, "forms", [part.labels for part in self._parts])
        put_cuts(writer, "forms.groups", counts)
        starts = np.cumsum(counts) - counts
        group_of = np.repeat(np.arange(len(counts)), counts)
        form_of = np.minimum(np.arange(len(group_of)) - starts[group_of], 255)
        self._put_terms(writer, group_of, form_of)

    def _put_terms(self, writer: SectionWriter, group_of: Array, form_of: Array) -> None:
        """Write every exact term with the label that holds it, in the order of the terms."""
        terms: list[bytes] = []
        holders = array("q")
        number = 0
        for part in self._parts:
            for label in part.labels.strings():
                if b" " in label:
                    own = label.split(b" ")
                    terms += own
                    holders.extend([number] * len(own))
                else:
                    terms.append(label)
                    holders.append(number)
                number += 1
        order = sorted(range(len(terms)), key=terms.__getitem__)
        put_front_coded(writer, "terms", [packed([terms[place] for place in order])])
        holder_of = np.array(holders, np.int64)[np.array(order, np.int64)]
        writer.put("terms.group", group_of[holder_of].astype(np.uint32))
        writer.put("terms.form", form_of[holder_of].astype(np.uint8))


_NONE = np.zeros(0, np.int64)
