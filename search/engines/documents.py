"""Articles <-> the columns of a segment: what is stored of them, and what they are filtered by."""

import sys
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import get_args

import numpy as np

from search.article import Article, Precision, Texts, content_hash
from search.columnar.commit import SegmentEntry
from search.columnar.layout import Array, Sections, SectionWriter
from search.columnar.segment import Segment
from search.columnar.strings import Strings, put_strings
from search.engines.port import Head, Held
from search.engines.texts import date_and_tags_of, plain, texts_of
from search.schema import ANALYSIS_VERSION, UNDATED, keyword

_PRECISIONS = get_args(Precision)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SAME = b"\x00"
"""Stands for a url that is the id."""

_SAME_TEXT = _SAME.decode()

_HASH_BYTES = 16
_LOOK_UP_COST = 40  # finding one id takes as long as reading so many


def seconds(article: Article) -> int:
    """Return the whole second since 1970 of an article, or UNDATED."""
    return UNDATED if article.published is None else int(article.published.timestamp() // 1)


def in_order_of_time(articles: Iterable[Article]) -> list[Article]:
    """Return the articles as a segment holds them: oldest first, so that of two at the same moment
    the one with the smaller id, which is shown first, comes later.
    """  # noqa: D205
    by_id = sorted(articles, key=lambda article: article.id, reverse=True)
    return sorted(by_id, key=seconds)


def deleted_flags(folder: Path, entry: SegmentEntry) -> Array:
    """Return a flag for each document of a segment: whether it is deleted."""
    if not entry.deletions:
        return np.zeros(entry.documents, bool)
    packed = Sections(folder / entry.deletions).array("deleted")
    flags: Array = np.unpackbits(packed, count=entry.documents).astype(bool)
    return flags


class Documents:
    """The columns of one segment on their way to a file, but for the texts."""

    def __init__(self) -> None:
        self.ids: list[bytes] = []
        self.titles: list[bytes] = []
        self.urls: list[bytes] = []
        self.precisions = array("B")
        self.dates = array("q")
        self.sources: list[str] = []
        self.paths: list[str] = []
        self.roots: list[str] = []
        self.hashes: list[bytes] = []
        self.tags: list[tuple[str, ...]] = []

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, article: Article) -> None:
        """Add an article."""
        self.ids.append(article.id.encode("utf-8"))
        self.titles.append(article.title.encode("utf-8"))
        self.urls.append(_SAME if article.url == article.id else article.url.encode("utf-8"))
        self.precisions.append(_PRECISIONS.index(article.precision))
        self.dates.append(seconds(article))
        # One object for all that are equal: there are few, or the articles share them already.
        self.sources.append(sys.intern(article.source))
        self.paths.append(article.path)
        self.roots.append(article.root)
        self.hashes.append(bytes.fromhex(content_hash(article, str(ANALYSIS_VERSION))))
        self.tags.append(tuple(map(keyword, article.tags)))

    def add_from(self, stored: "StoredDocuments", document: int) -> None:
        """Add a document of another segment as it is."""
        self.ids.append(stored.ids[document])
        self.titles.append(stored.titles[document])
        self.urls.append(stored.urls[document])
        self.precisions.append(stored.precisions[document])
        self.dates.append(int(stored.segment.dates[document]))
        self.sources.append(stored.source(document))
        self.paths.append(stored.path(document))
        self.roots.append(stored.root(document))
        self.hashes.append(stored.content_hash(document))
        self.tags.append(stored.tags_of[document])

    def put(self, writer: SectionWriter, order: Sequence[int]) -> None:
        """Write all columns; document n of the segment is the one at `order[n]` here."""
        ids = [self.ids[at] for at in order]
        put_strings(writer, "ids", ids)
        put_strings(writer, "titles", [self.titles[at] for at in order])
        put_strings(writer, "urls", [self.urls[at] for at in order])
        by_id = sorted(range(len(ids)), key=ids.__getitem__)
        writer.put("ids.order", np.array(by_id, np.uint32))
        writer.put("documents.precisions", np.array(self.precisions, np.uint8)[order])
        writer.put("documents.dates", np.array(self.dates, np.int64)[order])
        hashes = b"".join([self.hashes[at] for at in order])
        writer.put("documents.hashes", np.frombuffer(hashes, np.uint8))
        for name, values in (
            ("sources", self.sources),
            ("paths", self.paths),
            ("roots", self.roots),
        ):
            distinct = sorted({values[at] for at in order})
            places = {value: place for place, value in enumerate(distinct)}
            put_strings(writer, name, [value.encode("utf-8") for value in distinct])
            numbers = np.array([places[values[at]] for at in order], np.uint32)
            writer.put(f"documents.{name}", numbers)
        self._put_tags(writer, order)

    def _put_tags(self, writer: SectionWriter, order: Sequence[int]) -> None:
        pairs = [(tag, new) for new, at in enumerate(order) for tag in sorted(set(self.tags[at]))]
        tags = sorted({tag for tag, _ in pairs})
        put_strings(writer, "tags", [tag.encode("utf-8") for tag in tags])
        numbers = {tag: number for number, tag in enumerate(tags)}
        writer.put("tags.number", np.array([numbers[tag] for tag, _ in pairs], np.uint32))
        writer.put("tags.document", np.array([at for _, at in pairs], np.uint32))


class StoredDocuments:
    """The columns of a segment, read."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self._sections = segment.sections
        self.ids = Strings(self._sections, "ids")

    def article(self, document: int) -> Article:
        """Return the stored article."""
        record = plain(*self.blob(document))
        texts = texts_of(record)
        published, tags = date_and_tags_of(record)
        head = self.head(document)
        return Article(
            id=head.id,
            title=head.title,
            source=head.source,
            url=head.url,
            path=head.path,
            root=self.root(document),
            summary=texts.summary,
            body=texts.body,
            caption=texts.caption,
            published=published,
            precision=head.precision,
            tags=tags,
        )

    def texts(self, document: int) -> Texts:
        """Return the texts of an article alone, which is quicker than the article."""
        return texts_of(plain(*self.blob(document)))

    def head(self, document: int) -> Head:
        """Return what a list of hits shows, without unpacking the texts."""
        article_id = self.ids.text(document)
        url = self.urls.text(document)
        date = self._dates[document]
        return Head(
            article_id,
            self.titles.text(document),
            self.source(document),
            None if date == UNDATED else _EPOCH + timedelta(seconds=date),
            _PRECISIONS[self.precisions[document]],
            article_id if url == _SAME_TEXT else url,
            self.path(document),
        )

    def find(self, article_id: str) -> int | None:
        """Return the document with this id, deleted or not."""
        try:
            wanted = article_id.encode("utf-8")
        except UnicodeEncodeError:
            return None  # no article can have such an id
        order, ids = self._id_order, self.ids
        low, high = 0, len(order)
        while low < high:
            middle = (low + high) // 2
            if ids[order[middle]] < wanted:
                low = middle + 1
            else:
                high = middle
        found = low < len(order) and ids[order[low]] == wanted
        return order[low] if found else None

    def find_all(self, ids: Collection[str]) -> dict[str, int]:
        """Return id -> document of those that are here, deleted or not.

        Few are looked for one by one; many are compared with all that is here.
        """
        if len(ids) * _LOOK_UP_COST < self.segment.count:
            return {i: place for i in ids if (place := self.find(i)) is not None}
        wanted = {article_id.encode("utf-8", "surrogatepass"): article_id for article_id in ids}
        own = enumerate(self.ids.between(0, self.segment.count))
        return {wanted[known]: place for place, known in own if known in wanted}

    def ids_in_order(self, deleted: Array | None = None) -> Iterator[bytes]:
        """Yield the ids of all documents, or of those that are not flagged, in the order of ids."""
        for document in self._id_order:
            if deleted is None or not deleted[document]:
                yield self.ids[document]

    def blob(self, document: int) -> tuple[bytes, bytes]:
        """Return the compressed text of a document and the dictionary it was compressed with."""
        return self.blobs[document], self.dictionaries[self.dictionary_of[document]]

    def source(self, document: int) -> str:
        """Return the source, as written."""
        return self.sources[self._source_places[document]]

    def path(self, document: int) -> str:
        """Return the path of the file it was read from."""
        return self._paths.text(self._path_numbers[document])

    def root(self, document: int) -> str:
        """Return the path that was asked to be indexed."""
        return self._roots[self._root_numbers[document]].decode("utf-8")

    def content_hash(self, document: int) -> bytes:
        """Return the 16 bytes of the content hash."""
        return self._hashes[document * _HASH_BYTES : (document + 1) * _HASH_BYTES].tobytes()

    def held(self, document: int) -> tuple[str, Held]:
        """Return the id, and what a job compares."""
        known = Held(self.content_hash(document).hex(), self.path(document), self.root(document))
        return self.ids[document].decode("utf-8"), known

    def tagged(self, tag: str) -> Array:
        """Return the documents with this tag, a keyword, ascending."""
        number = self._tags.find(tag.encode("utf-8", "replace"))
        return self._tag_documents[self._tag_numbers == number] if number is not None else _NONE

    @cached_property
    def titles(self) -> Strings:
        """The titles."""
        return Strings(self._sections, "titles")

    @cached_property
    def urls(self) -> Strings:
        """The urls; those that are the id itself as a mark."""
        return Strings(self._sections, "urls")

    @cached_property
    def precisions(self) -> memoryview:
        """How much of each date is known, as a place in the list of precisions."""
        return self._sections.numbers("documents.precisions")

    @cached_property
    def _dates(self) -> memoryview:
        return self._sections.numbers("documents.dates")

    @cached_property
    def tags_of(self) -> list[tuple[str, ...]]:
        """The tags of each document, as keywords."""
        tags: list[tuple[str, ...]] = [()] * self.segment.count
        pairs = zip(self._tag_documents.tolist(), self._tag_numbers.tolist(), strict=True)
        for document, number in pairs:
            tags[document] = (*tags[document], self._tags[number].decode("utf-8"))
        return tags

    @cached_property
    def sources(self) -> list[str]:
        """The names of all sources, as written."""
        return [name.decode("utf-8") for name in Strings(self._sections, "sources")]

    @cached_property
    def source_numbers(self) -> Array:
        """The source of each document, as a place in `sources`."""
        return self._sections.array("documents.sources")

    @cached_property
    def _source_places(self) -> memoryview:
        return self._sections.numbers("documents.sources")

    @cached_property
    def blobs(self) -> Strings:
        """The compressed texts."""
        return Strings(self._sections, "stored")

    @cached_property
    def dictionaries(self) -> list[bytes]:
        """What texts are compressed with."""
        return list(Strings(self._sections, "stored.dictionaries"))

    @cached_property
    def dictionary_of(self) -> memoryview:
        """Which dictionary each text was compressed with."""
        return self._sections.numbers("stored.dictionary_of")

    @cached_property
    def _id_order(self) -> memoryview:
        return self._sections.numbers("ids.order")

    @cached_property
    def _hashes(self) -> memoryview:
        return memoryview(self._sections.array("documents.hashes")).cast("B")  # type: ignore[arg-type]

    @cached_property
    def _paths(self) -> Strings:
        return Strings(self._sections, "paths")

    @cached_property
    def _path_numbers(self) -> memoryview:
        return self._sections.numbers("documents.paths")

    @cached_property
    def _roots(self) -> Strings:
        return Strings(self._sections, "roots")

    @cached_property
    def _root_numbers(self) -> memoryview:
        return self._sections.numbers("documents.roots")

    @cached_property
    def _tags(self) -> Strings:
        return Strings(self._sections, "tags")

    @cached_property
    def _tag_numbers(self) -> Array:
        return self._sections.array("tags.number")

    @cached_property
    def _tag_documents(self) -> Array:
        return self._sections.array("tags.document")


_NONE = np.zeros(0, np.uint32)
