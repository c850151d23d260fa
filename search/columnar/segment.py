"""A segment, read: dictionary, postings, and columns of documents as arrays on a memory map."""

from functools import cached_property
from pathlib import Path

import numpy as np

from search.columnar.impacts import Norms
from search.columnar.inverting import unpacked
from search.columnar.layout import Array, Sections
from search.columnar.strings import Strings
from search.columnar.writing import PAGE, RARE


class Segment:
    """Arrays are loaded when first used; all are read only and may be used by many threads."""

    def __init__(self, path: Path) -> None:
        self.sections = Sections(path)
        self.count: int = self.sections.facts["documents"]
        self.pages = -(-self.count // PAGE)
        norms = self.sections.facts["norms"]
        self.norms = Norms(tuple(norms["weights"]), tuple(norms["means"]), norms["b"])
        self.groups = Strings(self.sections, "groups")
        array = self.sections.array
        self.starts = memoryview(array("postings.starts"))
        self.position_starts = memoryview(array("postings.position_starts"))
        self.documents = array("postings.documents")
        self.codes = array("postings.codes")
        self.impacts = array("postings.impacts")

    def group(self, name: str) -> int | None:
        """Return the number of the group, or None."""
        return self.groups.find(name.encode("utf-8", "replace"))

    def frequency(self, group: int) -> int:
        """Return in how many documents of this segment, deleted ones included, the group stands."""
        return self.starts[group + 1] - self.starts[group]

    def postings(self, group: int) -> slice:
        """Return where the postings of a group lie in `documents`, `codes` and `impacts`."""
        return slice(self.starts[group], self.starts[group + 1])

    def counts(self, places: Array) -> Array:
        """Return the packed counts (by field) of postings, by their places."""
        codes = self.codes[places]
        counts = self._count_table[codes]
        rare = np.flatnonzero(codes == RARE)
        if len(rare):
            found = np.searchsorted(self._rare_places, places[rare].astype(np.uint64))
            counts[rare] = self._rare_counts[found]
        return counts

    def token_counts(self, part: slice) -> Array:
        """Return how many tokens each posting of a slice has."""
        codes = self.codes[part]
        totals = self._total_table[codes]
        if self._rare_totals is not None:
            rare = np.flatnonzero(codes == RARE)
            if len(rare):
                places = (rare + part.start).astype(np.uint64)
                totals[rare] = self._rare_totals[np.searchsorted(self._rare_places, places)]
        return totals

    def page_bounds(self, group: int) -> Array | None:
        """Return the largest impact byte of each page, for a common group; None for a rare one."""
        row = self._paged.get(group)
        return None if row is None else self._page_rows[row]

    def has_forms(self, group: int) -> bool:
        """Say whether the tokens of this group tell which form they are."""
        starts = self.form_starts
        return bool(starts[group + 1] > starts[group])

    def forms_of(self, group: int) -> Array:
        """Return the form numbers of all tokens of a group that has forms."""
        starts = self.form_starts
        return self.position_forms[starts[group] : starts[group + 1]]

    def positions_of(self, group: int) -> Array:
        """Return the positions of all tokens of a group."""
        starts = self.position_starts
        return self.positions[starts[group] : starts[group + 1]]

    def exact(self, term: str) -> list[tuple[int, int]]:
        """Return the (group, form) pairs by which an exact term is found."""
        places = self.terms.equal_range(term.encode("utf-8", "replace"))
        return [(self.term_groups[place], self.term_forms[place]) for place in places]

    @cached_property
    def terms(self) -> Strings:
        """All exact terms, sorted; a term stands once for each form that holds it."""
        return Strings(self.sections, "terms")

    @cached_property
    def term_groups(self) -> memoryview:
        """The group of each exact term."""
        return memoryview(self.sections.array("terms.group"))

    @cached_property
    def term_forms(self) -> memoryview:
        """The form of each exact term, within its group."""
        return memoryview(self.sections.array("terms.form"))

    @cached_property
    def labels(self) -> Strings:
        """The forms of all groups, in the order of the groups."""
        return Strings(self.sections, "forms")

    @cached_property
    def label_starts(self) -> Array:
        """Where the labels of each group begin."""
        return self.sections.array("forms.group_starts")

    @cached_property
    def positions(self) -> Array:
        """All positions."""
        return self.sections.array("postings.positions")

    @cached_property
    def lengths(self) -> Array:
        """(documents x fields) how many positions each field takes."""
        return self.sections.array("documents.lengths").reshape(self.count, -1)

    @cached_property
    def field_starts(self) -> Array:
        """(documents x fields + 1) where each field begins; the last column ends the last field."""
        lengths = self.lengths.astype(np.int64)
        starts = np.zeros((self.count, lengths.shape[1] + 1), np.int64)
        np.cumsum(lengths + 1, axis=1, out=starts[:, 1:])
        return starts

    @cached_property
    def dates(self) -> Array:
        """Seconds since 1970, ascending; UNDATED ones come first."""
        return self.sections.array("documents.dates")

    @cached_property
    def form_starts(self) -> Array:
        """Where the forms of the tokens of each group begin."""
        return self.sections.array("postings.form_starts")

    @cached_property
    def position_forms(self) -> Array:
        """The forms of all tokens of groups that have more than one."""
        return self.sections.array("postings.position_forms")

    @cached_property
    def _count_table(self) -> Array:
        return np.resize(self.sections.array("postings.counts"), 256)

    @cached_property
    def _total_table(self) -> Array:
        return unpacked(self._count_table).sum(axis=1).astype(np.int64)

    @cached_property
    def _rare_places(self) -> Array:
        return self.sections.array("postings.rare_places")

    @cached_property
    def _rare_counts(self) -> Array:
        return self.sections.array("postings.rare_counts")

    @cached_property
    def _rare_totals(self) -> Array | None:
        counts = self._rare_counts
        return unpacked(counts).sum(axis=1).astype(np.int64) if len(counts) else None

    @cached_property
    def _paged(self) -> dict[int, int]:
        groups = self.sections.array("postings.paged").tolist()
        return {group: row for row, group in enumerate(groups)}

    @cached_property
    def _page_rows(self) -> Array:
        return self.sections.array("postings.pages").reshape(-1, self.pages)
