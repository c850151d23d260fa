"""Articles -> a segment; several segments -> one."""

import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np

from search.analysis.chinese import cutter_name
from search.analysis.tokens import WORD_MARK
from search.article import Article
from search.columnar.commit import SegmentEntry
from search.columnar.inverting import MAX_DOCUMENTS, MAX_GROUPS, invert, keys_of
from search.columnar.layout import Array, SectionWriter
from search.columnar.merging import GONE, Part, merged_postings
from search.columnar.segment import Segment
from search.columnar.writing import PostingsWriter, put_terms
from search.engines.documents import Documents, StoredDocuments, in_order_of_time
from search.engines.encoding import Encoder, field_starts
from search.ranking.leaves import norms_of
from search.ranking.profile import RankingProfile
from search.schema import FIELDS

_COUNTED_ONLY = WORD_MARK.encode()


def build(
    folder: Path, articles: Iterable[Article], encoder: Encoder, profile: RankingProfile
) -> SegmentEntry:
    """Write one segment of these articles, at most MAX_DOCUMENTS."""
    ordered = in_order_of_time(articles)
    tokens = encoder.encode(ordered)
    names = encoder.dictionary.groups
    used, ranks = np.unique(tokens.groups, return_inverse=True)
    by_name = sorted(range(len(used)), key=[names[g].encode() for g in used.tolist()].__getitem__)
    rank_of = np.empty(len(used), np.uint32)
    rank_of[by_name] = np.arange(len(used), dtype=np.uint32)
    ranked = rank_of[ranks]
    sorted_groups = used[by_name].tolist()
    lengths = tokens.lengths
    starts = field_starts(lengths)
    parts = []
    for first in range(0, len(used), MAX_GROUPS):
        own: slice | Array = slice(None)
        if len(used) > MAX_GROUPS:
            own = np.flatnonzero((ranked >= first) & (ranked < first + MAX_GROUPS))
        keys = keys_of(
            ranked[own] - first, tokens.documents[own], tokens.positions[own], tokens.forms[own]
        )
        groups = sorted_groups[first : first + MAX_GROUPS]
        parts.append(
            Part(
                [names[group].encode() for group in groups],
                [encoder.dictionary.forms[group] for group in groups],
                invert(keys, len(groups), starts),
            )
        )
    del tokens, ranks, ranked
    documents = Documents()
    documents.add_articles(ordered)
    return _write(folder, parts, lengths, documents, profile)


def merge(
    folder: Path,
    segments: Sequence[Segment],
    deleted: Sequence[Array | None],
    profile: RankingProfile,
) -> SegmentEntry:
    """Write one segment of what is left of several. `deleted[s]` flags the deleted documents of s."""
    order = _merged_order(segments, deleted)
    renumbered = [np.full(segment.count, GONE, np.int64) for segment in segments]
    lengths = np.zeros((len(order), len(FIELDS)), np.int64)
    documents = Documents()
    stored = [StoredDocuments(segment) for segment in segments]
    for new, (segment, old) in enumerate(order):
        renumbered[segment][old] = new
        lengths[new] = segments[segment].lengths[old]
        documents.add_from(stored[segment], old)
    parts = merged_postings(segments, renumbered, field_starts(lengths))
    return _write(folder, parts, lengths, documents, profile)


def _merged_order(
    segments: Sequence[Segment], deleted: Sequence[Array | None]
) -> list[tuple[int, int]]:
    """Return (segment, document) of all that are left, oldest first, larger ids before smaller."""
    entries = []
    for number, (segment, gone) in enumerate(zip(segments, deleted, strict=True)):
        ids = StoredDocuments(segment).ids
        dates = segment.dates.tolist()
        entries += [
            (dates[document], ids[document], number, document)
            for document in range(segment.count)
            if gone is None or not gone[document]
        ]
    entries.sort(key=lambda entry: entry[1], reverse=True)
    entries.sort(key=lambda entry: entry[0])
    return [(number, document) for _, _, number, document in entries]


def _write(
    folder: Path,
    parts: Iterable[Part],
    lengths: Array,
    documents: Documents,
    profile: RankingProfile,
) -> SegmentEntry:
    count = len(lengths)
    if not 0 < count <= MAX_DOCUMENTS:
        raise ValueError(f"A segment cannot hold {count} documents.")
    norms = norms_of(profile, lengths.mean(axis=0))
    name = f"segment-{secrets.token_hex(8)}.seg"
    writer = SectionWriter(folder / name)
    try:
        with _scratch(folder) as scratch:
            postings = PostingsWriter(scratch, lengths, norms)
            names: list[bytes] = []
            labels: list[list[str]] = []
            for part in parts:
                with_positions = [not name.startswith(_COUNTED_ONLY) for name in part.names]
                with_forms = [len(own) > 1 for own in part.labels]
                postings.add(
                    part.postings, np.array(with_positions, bool), np.array(with_forms, bool)
                )
                names += part.names
                labels += part.labels
            postings.put(writer)
        put_terms(writer, names, labels)
        kind = np.uint16 if lengths.max(initial=0) < 2**16 else np.uint32
        writer.put("documents.lengths", lengths.astype(kind).ravel())
        documents.put(writer)
        writer.facts = {"documents": count, "norms": asdict(norms), "cutter": cutter_name()}
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    return SegmentEntry(name, count)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Make room for files in the making, on the disk of the index."""
    path = Path(tempfile.mkdtemp(prefix=".scratch-", dir=folder))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
