"""Articles -> a segment; several segments -> one."""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from search.analysis.chinese import cutter_name
from search.analysis.tokens import WORD_MARK
from search.article import Article
from search.columnar.commit import SegmentEntry
from search.columnar.dictionary import DictionaryWriter, Groups
from search.columnar.inverting import MAX_DOCUMENTS
from search.columnar.layout import Array, SectionWriter
from search.columnar.merging import GONE, Part, SegmentSource, merged_postings
from search.columnar.writing import PostingsWriter
from search.encoding.encoder import characters_of, field_starts
from search.engines.document_columns import Documents, in_order_of_time
from search.engines.documents import StoredDocuments
from search.engines.sampling import dictionary_of
from search.engines.sorting import Sorter, portions_of
from search.engines.texts import Packer, put_texts, record_of
from search.ranking.leaves import norms_of
from search.ranking.profile import RankingProfile
from search.schema import FIELDS

_COUNTED_ONLY = ord(WORD_MARK)


def build(
    folder: Path,
    articles: Iterable[Article],
    profile: RankingProfile,
    known_dictionary: bytes | None = None,
) -> SegmentEntry:
    """Write one segment of these articles, at most MAX_DOCUMENTS.

    Their texts are compressed with the dictionary, or, without one, with one drawn from them.
    """
    ordered = in_order_of_time(articles)
    with _sorter() as sorter:
        tokens = sorter.sorted_tokens(
            ordered[own] for own in portions_of(map(characters_of, ordered))
        )
    documents = Documents()
    for article in ordered:
        documents.add(article)

    def put_documents(writer: SectionWriter) -> None:
        documents.put(writer, np.arange(len(ordered)))
        records = [record_of(article) for article in ordered]
        dictionary = known_dictionary or dictionary_of(records)
        blobs = list(map(Packer(dictionary).packed, records))
        sizes = np.fromiter(map(len, blobs), np.int64, len(blobs))
        put_texts(writer, sizes, blobs, np.zeros(len(blobs)), [dictionary])

    parts = tokens.parts(field_starts(tokens.lengths))
    return write(folder, parts, tokens.lengths, put_documents, profile)


def merge(
    folder: Path,
    stored: Sequence[StoredDocuments],
    deleted: Sequence[Array | None],
    profile: RankingProfile,
) -> SegmentEntry:
    """Write one segment of what is left of several. `deleted[s]` flags the deleted documents of s."""
    segments = [own.segment for own in stored]
    order = _merged_order(stored, deleted)
    renumbered = [np.full(segment.count, GONE, np.int64) for segment in segments]
    lengths = np.zeros((len(order), len(FIELDS)), np.int64)
    for new, (segment, old) in enumerate(order):
        renumbered[segment][old] = new
        lengths[new] = segments[segment].lengths[old]

    def put_documents(writer: SectionWriter) -> None:
        documents = Documents()
        numbers: dict[bytes, int] = {}
        sizes = np.zeros(len(order), np.int64)
        dictionaries = np.zeros(len(order), np.int64)
        for new, (segment, old) in enumerate(order):
            own = stored[segment]
            documents.add_from(own, old)
            dictionary = own.dictionaries[own.dictionary_of[old]]
            dictionaries[new] = numbers.setdefault(dictionary, len(numbers))
            sizes[new] = own.blobs.size(old)
        documents.put(writer, np.arange(len(order)))
        blobs = (stored[segment].blobs[old] for segment, old in order)
        put_texts(writer, sizes, blobs, dictionaries, list(numbers))

    sources = list(map(SegmentSource, segments))
    parts = merged_postings(sources, renumbered, field_starts(lengths))
    return write(folder, parts, lengths, put_documents, profile)


def _merged_order(
    stored: Sequence[StoredDocuments], deleted: Sequence[Array | None]
) -> list[tuple[int, int]]:
    """Return (segment, document) of all that are left, oldest first, larger ids before smaller."""
    entries = []
    for number, (own, gone) in enumerate(zip(stored, deleted, strict=True)):
        count = own.segment.count
        ids = own.ids.between(0, count)
        dates = own.segment.dates.tolist()
        entries += [
            (dates[document], ids[document], number, document)
            for document in range(count)
            if gone is None or not gone[document]
        ]
    entries.sort(key=lambda entry: entry[1], reverse=True)
    entries.sort(key=lambda entry: entry[0])
    return [(number, document) for _, _, number, document in entries]


def write(
    folder: Path,
    parts: Iterable[Part],
    lengths: Array,
    put_documents: Callable[[SectionWriter], None],
    profile: RankingProfile,
) -> SegmentEntry:
    """Write a segment: its documents first, then its groups, in their order, as they come."""
    count = len(lengths)
    if not 0 < count <= MAX_DOCUMENTS:
        raise ValueError(f"A segment cannot hold {count} documents.")
    norms = norms_of(profile, lengths.mean(axis=0))
    name = f"segment-{secrets.token_hex(8)}.seg"
    writer = SectionWriter(folder / name)
    try:
        put_documents(writer)
        kind = np.uint16 if lengths.max(initial=0) < 2**16 else np.uint32
        writer.put("documents.lengths", lengths.astype(kind).ravel())
        dictionary = DictionaryWriter()
        with scratch(folder) as place:
            postings = PostingsWriter(place, lengths, norms)
            for part in parts:
                dictionary.add(part.groups)
                postings.add(
                    part.postings, _with_positions(part.groups), part.groups.label_counts > 1
                )
            postings.put(writer)
        dictionary.put(writer)
        writer.facts = {"documents": count, "norms": norms._asdict(), "cutter": cutter_name()}
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    return SegmentEntry(name, count)


def _with_positions(groups: Groups) -> Array:
    """Flag the groups whose tokens have places of their own: all but Chinese words."""
    starts = np.concatenate([[0], groups.names.ends[:-1]])
    return groups.names.data[starts] != _COUNTED_ONLY if len(groups) else np.zeros(0, bool)


_spare_sorters: list[Sorter] = []
"""At most one, which no thread is using."""

_MOST_KNOWN = 120_000


@contextmanager
def _sorter() -> Iterator[Sorter]:
    """Lend a sorter; one that knows the words of the last articles already, where there is one."""
    try:
        sorter = _spare_sorters.pop()
    except IndexError:
        sorter = Sorter()
    yield sorter
    if sorter.known <= _MOST_KNOWN:
        _spare_sorters[:] = [sorter]


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Make room for files in the making, on the disk of the index."""
    path = Path(tempfile.mkdtemp(prefix=".scratch-", dir=folder))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
