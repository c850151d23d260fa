"""Articles -> the columns of a segment: what is stored of them, and what they are filtered by."""

import secrets
from array import array
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from search.article import Article, content_hash
from search.columnar.commit import SegmentEntry
from search.columnar.layout import Array, SectionWriter
from search.columnar.strings import put_pieces, put_strings
from search.engines.documents import HASH_BYTES, PRECISIONS, SAME, StoredDocuments, seconds
from search.schema import ANALYSIS_VERSION, keyword

_STRINGS_AT_ONCE = 2_000


def in_order_of_time(articles: Iterable[Article]) -> list[Article]:
    """Return the articles as a segment holds them: oldest first, so that of two at the same moment
    the one with the smaller id, which is shown first, comes later.
    """  # noqa: D205
    by_id = sorted(articles, key=lambda article: article.id, reverse=True)
    return sorted(by_id, key=seconds)


class Documents:
    """The columns of one segment on their way to a file, but for the texts.

    Nothing is kept as an object of its own: there are 65,536 documents at most, and some hundred bytes
    of each.
    """

    def __init__(self) -> None:
        self._ids = _Strings()
        self._titles = _Strings()
        self._urls = _Strings()
        self._precisions = array("B")
        self._dates = array("q")
        self._hashes = bytearray()
        self._sources = _Values()
        self._paths = _Values()
        self._roots = _Values()
        self._tags = _Values()
        self._tagged = array("I")

    def __len__(self) -> int:
        return len(self._dates)

    @property
    def dates(self) -> Array:
        """The second of each document, or UNDATED."""
        return np.array(self._dates, np.int64)

    def ids(self) -> list[bytes]:
        """Return the ids."""
        return self._ids.all()

    def add(self, article: Article) -> None:
        """Add an article."""
        self._ids.add(article.id.encode("utf-8"))
        self._titles.add(article.title.encode("utf-8"))
        self._urls.add(SAME if article.url == article.id else article.url.encode("utf-8"))
        self._precisions.append(PRECISIONS.index(article.precision))
        self._add_tags(map(keyword, article.tags))
        self._dates.append(seconds(article))
        self._sources.add(article.source)
        self._paths.add(article.path)
        self._roots.add(article.root)
        self._hashes += bytes.fromhex(content_hash(article, str(ANALYSIS_VERSION)))

    def add_from(self, stored: StoredDocuments, document: int) -> None:
        """Add a document of another segment as it is."""
        self._ids.add(stored.ids[document])
        self._titles.add(stored.titles[document])
        self._urls.add(stored.urls[document])
        self._precisions.append(stored.precisions[document])
        self._add_tags(stored.tags_of[document])
        self._dates.append(int(stored.segment.dates[document]))
        self._sources.add(stored.source(document))
        self._paths.add(stored.path(document))
        self._roots.add(stored.root(document))
        self._hashes += stored.content_hash(document)

    def _add_tags(self, tags: Iterable[str]) -> None:
        """Add the tags of the document that comes next."""
        for tag in tags:
            self._tags.add(tag)
            self._tagged.append(len(self))

    def put(self, writer: SectionWriter, order: Array) -> None:
        """Write all columns; document n of the segment is the one at `order[n]` here."""
        self._ids.put(writer, "ids", order)
        self._titles.put(writer, "titles", order)
        self._urls.put(writer, "urls", order)
        ids = self.ids()
        places = np.empty(len(self), np.uint32)
        places[order] = np.arange(len(order), dtype=np.uint32)
        by_id = sorted(order.tolist(), key=ids.__getitem__)
        writer.put("ids.order", places[by_id])
        writer.put("documents.precisions", np.array(self._precisions, np.uint8)[order])
        writer.put("documents.dates", self.dates[order])
        hashes = np.frombuffer(bytes(self._hashes), np.uint8).reshape(-1, HASH_BYTES)
        writer.put("documents.hashes", hashes[order].ravel())
        for name, values in (
            ("sources", self._sources),
            ("paths", self._paths),
            ("roots", self._roots),
        ):
            writer.put(f"documents.{name}", values.put(writer, name, values.numbers[order]))
        self._put_tags(writer, places, order)

    def _put_tags(self, writer: SectionWriter, places: Array, order: Array) -> None:
        """Write the tags of each document in their order, each once."""
        is_left = np.zeros(len(self), bool)
        is_left[order] = True
        tagged = np.array(self._tagged, np.uint32)
        own = np.flatnonzero(is_left[tagged])
        numbers = self._tags.put(writer, "tags", self._tags.numbers[own])
        pairs = places[tagged[own]].astype(np.uint64) << np.uint64(32) | numbers
        pairs = np.unique(pairs)
        writer.put("tags.number", pairs.astype(np.uint32))
        writer.put("tags.document", (pairs >> np.uint64(32)).astype(np.uint32))


class _Strings:
    """Byte strings, end to end."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._ends = array("q", [0])

    def add(self, string: bytes) -> None:
        self._data += string
        self._ends.append(len(self._data))

    def all(self) -> list[bytes]:
        data = bytes(self._data)
        return [data[start:end] for start, end in pairwise(self._ends)]

    def put(self, writer: SectionWriter, name: str, order: Array) -> None:
        """Write those at these places as strings."""
        ends = np.array(self._ends, np.int64)
        sizes = np.diff(ends)[order]
        put_pieces(writer, name, sizes, self._pieces(ends[order].tolist(), sizes.tolist()))

    def _pieces(self, starts: list[int], sizes: list[int]) -> Iterator[Array]:
        data = bytes(self._data)
        for first in range(0, len(starts), _STRINGS_AT_ONCE):
            own = slice(first, first + _STRINGS_AT_ONCE)
            strings = (
                data[start : start + size]
                for start, size in zip(starts[own], sizes[own], strict=True)
            )
            yield np.frombuffer(b"".join(strings), np.uint8)


class _Values:
    """Values of which many are equal: the distinct ones, and which of them each one is."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._numbers = array("I")

    def add(self, value: str) -> None:
        self._numbers.append(self._known.setdefault(value, len(self._known)))

    @property
    def numbers(self) -> Array:
        return np.array(self._numbers, np.uint32)

    def put(self, writer: SectionWriter, name: str, numbers: Array) -> Array:
        """Write the distinct values with these numbers, in their order; return their places there."""
        used = np.zeros(len(self._known), bool)
        used[numbers] = True
        values = list(self._known)
        chosen = sorted(np.flatnonzero(used).tolist(), key=values.__getitem__)
        put_strings(writer, name, [values[number].encode("utf-8") for number in chosen])
        places = np.zeros(len(values), np.uint32)
        places[chosen] = np.arange(len(chosen), dtype=np.uint32)
        return places[numbers]


def write_deletions(folder: Path, entry: SegmentEntry, deleted: Array) -> Path:
    """Write, durably, which documents of a segment are deleted: a flag for each."""
    stem = entry.file.removeprefix("segment-").removesuffix(".seg")
    writer = SectionWriter(folder / f"deleted-{stem}-{secrets.token_hex(4)}.bits")
    try:
        writer.put("deleted", np.packbits(deleted))
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    return writer.path
