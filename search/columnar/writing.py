"""Postings and documents -> a segment file."""

from pathlib import Path

import numpy as np

from search.columnar.impacts import Norms, weighted_frequencies
from search.columnar.inverting import Postings
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
        self._documents = DocumentsWriter(scratch)
        self._codes_of = Spool(scratch, np.uint8)
        self._low_positions = Spool(scratch, np.uint8)
        self._high_positions = NibbleWriter(scratch)
        self._forms = NibbleWriter(scratch)
        self._codes: dict[int, int] = {}
        self._rare_places: list[Array] = []
        self._rare_counts: list[Array] = []
        self._starts = [np.zeros(1, np.uint64)]
        self._position_starts = [np.zeros(1, np.uint64)]
        self._form_starts = [np.zeros(1, np.uint64)]
        self._postings = self._positions = self._formed = 0

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
        self._starts.append((starts[1:] + self._postings).astype(np.uint64))
        self._position_starts.append(_ends(tokens * has_positions, self._positions))
        self._form_starts.append(_ends(tokens * has_forms, self._formed))
        self._postings += len(postings.documents)
        self._positions = int(self._position_starts[-1][-1]) if len(tokens) else self._positions
        self._formed = int(self._form_starts[-1][-1]) if len(tokens) else self._formed

    def put(self, writer: SectionWriter) -> None:
        """Write all sections of postings."""
        self._documents.put(writer)
        self._codes_of.put(writer, "postings.codes")
        self._low_positions.put(writer, "postings.positions")
        self._high_positions.put(writer, "postings.high_positions")
        self._forms.put(writer, "postings.position_forms")
        writer.put("postings.starts", _narrow(self._starts))
        writer.put("postings.position_starts", _narrow(self._position_starts))
        writer.put("postings.form_starts", _narrow(self._form_starts))
        counts = np.array(list(self._codes), np.uint64)
        writer.put("postings.counts", counts)
        writer.put("postings.rare_places", _joined(self._rare_places, np.uint64))
        writer.put("postings.rare_counts", _joined(self._rare_counts, np.uint64))

    def _coded(self, counts: Array) -> Array:
        """Return a code for each packed count; the commonest ones of the first parts get one."""
        distinct, inverse, often = np.unique(counts, return_inverse=True, return_counts=True)
        for place in np.argsort(-often, kind="stable").tolist():
            if len(self._codes) >= RARE:
                break
            self._codes.setdefault(int(distinct[place]), len(self._codes))
        table = np.array([self._codes.get(count, RARE) for count in distinct.tolist()], np.uint8)
        codes = table[inverse] if len(counts) else np.zeros(0, np.uint8)
        rare = np.flatnonzero(codes == RARE)
        self._rare_places.append((rare + self._postings).astype(np.uint64))
        self._rare_counts.append(counts[rare])
        return codes


def _ends(counts: Array, before: int) -> Array:
    return (np.cumsum(counts) + before).astype(np.uint64)


def _narrow(parts: list[Array]) -> Array:
    starts = np.concatenate(parts)
    return starts.astype(np.uint32) if starts[-1] < 2**32 else starts


def _joined(parts: list[Array], kind: type) -> Array:
    return np.concatenate(parts).astype(kind) if parts else np.zeros(0, kind)
