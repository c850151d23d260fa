"""Postings and documents -> a segment file."""

from pathlib import Path

import numpy as np

from search.columnar.cuts import put_cuts, put_few_cuts
from search.columnar.impacts import Norms, weighted_frequencies
from search.columnar.inverting import COUNT_BITS, Postings
from search.columnar.layout import Array, SectionWriter
from search.columnar.packing import NibbleWriter
from search.columnar.pages import DocumentsWriter
from search.columnar.spooling import Spool

RARE = 255
"""The code of a posting whose counts are not in the table of counts."""

LOW_BITS = 8
"""The bits of a position that are kept as a byte; those above it are few, and packed."""


class PostingsWriter:
    """Takes postings of consecutive groups, in any number of parts; files keep them until the end."""

    def __init__(self, scratch: Path, lengths: Array, norms: Norms) -> None:
        self._per_token = norms.per_token(lengths)
        self._documents = DocumentsWriter(scratch, len(lengths))
        self._codes_of = Spool(scratch, np.uint8)
        self._low_positions = Spool(scratch, np.uint8)
        self._high_positions = NibbleWriter(scratch)
        self._forms = NibbleWriter(scratch)
        self._codes: list[int] = []
        self._code_of = np.full(1 << _FOLDED_BITS, RARE, np.uint8)
        self._rare_places: list[Array] = []
        self._rare_counts: list[Array] = []
        self._sizes: list[Array] = []
        self._placed: list[Array] = []
        self._formed: list[Array] = []
        self._postings = 0

    def add(self, postings: Postings, has_positions: Array, has_forms: Array) -> None:
        """Add the next groups; two flags a group say what is kept of its tokens."""
        starts = postings.group_starts.astype(np.int64)
        token_starts = postings.position_starts.astype(np.int64)
        tokens = token_starts[1:] - token_starts[:-1]
        self._codes_of.add(self._coded(postings.counts))
        per_token = self._per_token[postings.documents.astype(np.intp)]
        frequencies = weighted_frequencies(postings.counts, per_token)
        self._documents.add(starts, postings.documents, frequencies)
        positions = postings.positions[np.repeat(has_positions, tokens)]
        self._low_positions.add(positions & 0xFF)
        self._high_positions.add(positions >> LOW_BITS)
        self._forms.add(postings.forms[np.repeat(has_forms, tokens)])
        self._sizes.append(np.diff(starts).astype(np.uint32))
        self._placed.append((tokens * has_positions).astype(np.uint32))
        self._formed.append((tokens * has_forms).astype(np.uint32))
        self._postings += len(postings.documents)

    def put(self, writer: SectionWriter) -> None:
        """Write all sections of postings."""
        self._documents.put(writer)
        self._codes_of.put(writer, "postings.codes")
        self._low_positions.put(writer, "postings.positions")
        self._high_positions.put(writer, "postings.high_positions")
        self._forms.put(writer, "postings.position_forms")
        put_cuts(writer, "postings", _joined(self._sizes, np.int64))
        put_cuts(writer, "postings.placed", _joined(self._placed, np.int64))
        put_few_cuts(writer, "postings.formed", _joined(self._formed, np.int64))
        counts = np.array(self._codes, np.uint64)
        writer.put("postings.counts", counts)
        writer.put("postings.rare_places", _joined(self._rare_places, np.uint64))
        writer.put("postings.rare_counts", _joined(self._rare_counts, np.uint64))

    def _coded(self, counts: Array) -> Array:
        """Return a code for each packed count; the commonest ones of the first parts get one."""
        small = counts & ~_SMALL == 0
        folded = _folded(counts if small.all() else counts[small])
        if len(self._codes) < RARE:
            often = np.bincount(folded, minlength=1 << _FOLDED_BITS)
            often[self._code_of != RARE] = 0
            commonest = np.argsort(-often, kind="stable")[: RARE - len(self._codes)]
            for place in commonest[often[commonest] > 0].tolist():
                self._code_of[place] = len(self._codes)
                self._codes.append(_unfolded(place))
        codes = np.full(len(counts), RARE, np.uint8)
        codes[small] = self._code_of[folded]
        rare = np.flatnonzero(codes == RARE)
        self._rare_places.append((rare + self._postings).astype(np.uint64))
        self._rare_counts.append(counts[rare])
        return codes


_FOLDED_FIELDS = ((3, 0), (4, 3), (7, 7), (3, 14))
"""Field by field: how many bits its count may have to be small, and where they stand when folded."""
_FOLDED_BITS = 17
_SMALL = np.uint64(
    sum(((1 << bits) - 1) << (COUNT_BITS * field) for field, (bits, _) in enumerate(_FOLDED_FIELDS))
)


def _folded(counts: Array) -> Array:
    """Return packed counts that are all small as numbers of few bits."""
    folded = np.zeros(len(counts), np.uint32)
    for field, (bits, place) in enumerate(_FOLDED_FIELDS):
        shifted = (counts >> np.uint64(COUNT_BITS * field)).astype(np.uint32)
        folded |= (shifted & np.uint32((1 << bits) - 1)) << np.uint32(place)
    return folded


def _unfolded(folded: int) -> int:
    return sum(
        ((folded >> place) & ((1 << bits) - 1)) << (COUNT_BITS * field)
        for field, (bits, place) in enumerate(_FOLDED_FIELDS)
    )


def _joined(parts: list[Array], kind: type) -> Array:
    return np.concatenate(parts).astype(kind) if parts else np.zeros(0, kind)
