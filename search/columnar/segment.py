"""A segment, read: dictionary, postings, and columns of documents as arrays on a memory map."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np

from search.columnar.cuts import Cuts, FewCuts
from search.columnar.front_coding import FrontCoded
from search.columnar.impacts import Norms
from search.columnar.inverting import FIELD_COUNT, unpacked
from search.columnar.layout import Array, Numbers, Sections
from search.columnar.packing import Nibbles
from search.columnar.pages import DocumentsReader, Pages
from search.columnar.writing import LOW_BITS, RARE

_MOST_LOOKED_UP = 20_000
_MOST_ENDS = 128
_SPARED = 8
"""Until rows for one in so many documents were asked for, they are made for these alone."""


class Rows:
    """A table of documents that is made row by row for who asks for few, and once for all after that.

    One search in a process of its own needs some hundred rows of it.
    """

    def __init__(self, columns: Array, make: Callable[[Array], Array]) -> None:
        self._columns = columns
        self._make = make
        self._to_spare = len(columns) // _SPARED

    def take(self, documents: Array) -> Array:
        """Return the rows of some documents, to be changed at will."""
        if self._to_spare > 0:
            self._to_spare -= len(documents)
            return self._make(self._columns.take(documents, axis=0))
        return self.whole.take(documents, axis=0)

    @cached_property
    def whole(self) -> Array:
        """All rows."""
        self._to_spare = 0
        return self._make(self._columns)


def _field_starts(lengths: Array) -> Array:
    starts = np.zeros((len(lengths), lengths.shape[1] + 1), np.int64)
    np.cumsum(lengths.astype(np.int64) + 1, axis=1, out=starts[:, 1:])
    return starts


class Segment:
    """Arrays are loaded when first used; all are read only and may be used by many threads."""

    def __init__(self, path: Path) -> None:
        self.sections = Sections(path)
        self.count: int = self.sections.facts["documents"]
        norms = self.sections.facts["norms"]
        self.norms = Norms(tuple(norms["weights"]), tuple(norms["means"]), norms["b"])
        self.groups = FrontCoded(self.sections, "groups")
        self._looked_up: dict[str, int | None] = {}
        self._ends: dict[tuple[int, int], Array] = {}
        self.codes = self.sections.unchecked("postings.codes")

    def group(self, name: str) -> int | None:
        """Return the number of the group, or None."""
        known = self._looked_up.get(name, -1)
        if known == -1:
            if len(self._looked_up) >= _MOST_LOOKED_UP:
                self._looked_up.clear()
            known = self._looked_up[name] = self.groups.find(name.encode("utf-8", "replace"))
        return known

    def frequency(self, group: int) -> int:
        """Return in how many documents of this segment, deleted ones included, the group stands."""
        return self.starts[group + 1] - self.starts[group]

    def postings(self, group: int, last: int | None = None) -> slice:
        """Return where the postings of a group lie among all.

        With `last`: those of the groups from `group` up to it. Their codes are checked.
        """
        start, stop = self.starts[group], self.starts[group + 1 if last is None else last]
        self.sections.section("postings.codes").check(start, stop)
        return slice(start, stop)

    def documents_of(self, group: int, last: int | None = None) -> Array:
        """Return the documents of a group (ascending), or of those up to `last`, as u16."""
        return self._documents.of(group, group + 1 if last is None else last)

    def pages(self, group: int) -> Pages | None:
        """Return the pages of a group, None for one with fewer than `pages.PAGED` documents."""
        return self._documents.pages(group)

    def counts(self, places: Array) -> Array:
        """Return the packed counts (by field) of postings, by their places."""
        codes = self.codes[places]
        counts = self._count_table[codes]
        rare = np.flatnonzero(codes == RARE)
        if len(rare):
            found = np.searchsorted(self._rare_places, places[rare].astype(np.uint64))
            counts[rare] = self._rare_counts[found]
        return counts

    def field_counts(self, places: Array) -> Array:
        """Return (shape of places x fields) how often postings stand in each field, as floats.

        A place that is none is taken for the nearest that is one.
        """
        codes = self.codes.take(places, mode="clip")
        counts = self._field_table.take(codes, axis=0)
        rare = codes == RARE
        if rare.any():
            found = self._rare_places.searchsorted(places[rare].astype(np.uint64))
            counts[rare] = unpacked(self._rare_counts.take(found, mode="clip"))
        return counts

    def token_ends(self, group: int, last: int) -> Array:
        """Return where the tokens of each posting end, counted from the first group's first token.

        Kept for the groups that were asked for last: common words are asked for again and again.
        """
        key = group, last
        known = self._ends.get(key)
        if known is None:
            if len(self._ends) >= _MOST_ENDS:
                self._ends.clear()
            known = np.cumsum(self.token_counts(self.postings(group, last)))
            self._ends[key] = known
        return known

    def token_counts(self, part: slice) -> Array:
        """Return how many tokens each posting of a slice has."""
        codes = self.codes[part]
        totals = self._total_table[codes]
        rare = np.flatnonzero(codes == RARE)
        if len(rare):
            places = (rare + part.start).astype(np.uint64)
            found = self._rare_counts[np.searchsorted(self._rare_places, places)]
            totals[rare] = unpacked(found).sum(axis=1)
        return totals

    def has_forms(self, group: int) -> bool:
        """Say whether the tokens of this group tell which form they are."""
        starts = self.form_starts
        return starts[group + 1] > starts[group]

    def forms_of(self, group: int, last: int | None = None) -> Array:
        """Return the form numbers of all tokens of a group, or of those up to `last`, that have any."""
        stop = self.form_starts[group + 1 if last is None else last]
        return self._position_forms.between(self.form_starts[group], stop)

    def forms_at(self, group: int, tokens: Array) -> Array:
        """Return the form numbers of some tokens of a group that has forms."""
        start, stop = self.form_starts[group], self.form_starts[group + 1]
        self._position_forms.check(start, stop)
        return self._position_forms.at(tokens + start)

    def positions_of(self, group: int, last: int | None = None) -> Array:
        """Return the positions of all tokens of a group, or of the groups up to `last`, as u32."""
        start, stop = self._token_range(group, last)
        high = self._high_positions.between(start, stop).astype(np.uint32)
        return (high << np.uint32(LOW_BITS)) | self._low_positions[start:stop]

    def positions_at(self, group: int, tokens: Array, last: int | None = None) -> Array:
        """Return the positions of some tokens, counted from the first token of the group, as u32."""
        start, stop = self._token_range(group, last)
        self._high_positions.check(start, stop)
        places = tokens + start
        high = self._high_positions.at(places).astype(np.uint32)
        return (high << np.uint32(LOW_BITS)) | self._low_positions[places]

    def check_tokens(self, group: int) -> int:
        """Check the positions of a group; return where its tokens begin among all."""
        start, stop = self._token_range(group, None)
        self._high_positions.check(start, stop)
        return start

    def check_forms(self, group: int) -> int:
        """Check the forms of a group; return where those of its tokens begin among all."""
        start, stop = self.form_starts[group], self.form_starts[group + 1]
        self._position_forms.check(start, stop)
        return start

    def forms_among(self, places: Array) -> Array:
        """Return form numbers, by their places among all, of groups that were checked."""
        return self._position_forms.at(places)

    def positions_among(self, tokens: Array) -> Array:
        """Return the positions of tokens, by their places among all, of groups that were checked."""
        positions = self._high_positions.at(tokens)
        positions <<= LOW_BITS
        positions |= self._low_positions.take(tokens)
        return positions

    def _token_range(self, group: int, last: int | None) -> tuple[int, int]:
        starts = self.position_starts
        start, stop = starts[group], starts[group + 1 if last is None else last]
        self.sections.section("postings.positions").check(start, stop)
        return start, stop

    def exact(self, term: str) -> list[tuple[int, int]]:
        """Return the (group, form) pairs by which an exact term is found."""
        places = self.terms.equal_range(term.encode("utf-8", "replace"))
        return [(self.term_groups[place], self.term_forms[place]) for place in places]

    @cached_property
    def starts(self) -> Cuts:
        """Where the postings of each group begin."""
        return Cuts(self.sections, "postings")

    @cached_property
    def position_starts(self) -> Cuts:
        """Where the positions of each group begin."""
        return Cuts(self.sections, "postings.placed")

    @cached_property
    def _documents(self) -> DocumentsReader:
        return DocumentsReader(self.sections, self.starts, self.count)

    @cached_property
    def terms(self) -> FrontCoded:
        """All exact terms, sorted; a term stands once for each form that holds it."""
        return FrontCoded(self.sections, "terms")

    @cached_property
    def term_groups(self) -> Numbers:
        """The group of each exact term."""
        return self.sections.sparse("terms.group")

    @cached_property
    def term_forms(self) -> Numbers:
        """The form of each exact term, within its group."""
        return self.sections.sparse("terms.form")

    @cached_property
    def labels(self) -> FrontCoded:
        """The forms of all groups, in the order of the groups."""
        return FrontCoded(self.sections, "forms")

    @cached_property
    def label_starts(self) -> Cuts:
        """Where the labels of each group begin."""
        return Cuts(self.sections, "forms.groups")

    @cached_property
    def _low_positions(self) -> Array:
        return self.sections.unchecked("postings.positions")

    @cached_property
    def _high_positions(self) -> Nibbles:
        return Nibbles(self.sections, "postings.high_positions")

    @cached_property
    def lengths(self) -> Array:
        """(documents x fields) how many positions each field takes."""
        return self.sections.array("documents.lengths").reshape(self.count, -1)

    @property
    def field_starts(self) -> Array:
        """(documents x fields + 1) where each field begins; the last column ends the last field."""
        return self._field_rows.whole

    def field_starts_of(self, documents: Array) -> Array:
        """Return the rows of some documents."""
        return self._field_rows.take(documents)

    @cached_property
    def _field_rows(self) -> Rows:
        return Rows(self.lengths, _field_starts)

    def field_of(self, documents: Array, positions: Array) -> Array:
        """Return the number of the field in which each position of a document lies."""
        starts = self.field_starts
        fields = np.zeros(len(positions), np.intp)
        for number in range(1, FIELD_COUNT):
            fields += positions >= starts[documents, number]
        return fields

    @cached_property
    def dates(self) -> Array:
        """Seconds since 1970, ascending; UNDATED ones come first."""
        return self.sections.array("documents.dates")

    @cached_property
    def form_starts(self) -> FewCuts:
        """Where the forms of the tokens of each group begin."""
        return FewCuts(self.sections, "postings.formed")

    @cached_property
    def _position_forms(self) -> Nibbles:
        return Nibbles(self.sections, "postings.position_forms")

    @cached_property
    def _count_table(self) -> Array:
        return np.resize(self.sections.array("postings.counts"), 256)

    @cached_property
    def _field_table(self) -> Array:
        return unpacked(self._count_table).astype(np.float64)

    @cached_property
    def _total_table(self) -> Array:
        return unpacked(self._count_table).sum(axis=1).astype(np.int64)

    @cached_property
    def _rare_places(self) -> Array:
        return self.sections.array("postings.rare_places")

    @cached_property
    def _rare_counts(self) -> Array:
        return self.sections.array("postings.rare_counts")
