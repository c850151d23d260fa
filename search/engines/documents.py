"""The columns of a segment -> articles: what is stored of them, and what they are filtered by."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

from search.columnar.commit import SegmentEntry
from search.columnar.layout import Array, Sections, damaged
from search.columnar.segment import Segment
from search.columnar.strings import Strings
from search.engines.port import Head, Held
from search.engines.texts import date_and_tags_of, plain, texts_of
from search.parts import Precision, Texts
from search.schema import UNDATED

if TYPE_CHECKING:  # who only searches makes no article
    from search.article import Article

PRECISIONS = get_args(Precision)
"""How much of a date can be known; a segment holds places in this list."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SAME = b"\x00"
"""Stands for a url that is the id."""

_SAME_TEXT = SAME.decode()

HASH_BYTES = 16
_LOOK_UP_COST = 40  # finding one id takes as long as reading so many


def seconds(article: "Article") -> int:
    """Return the whole second since 1970 of an article, or UNDATED."""
    return UNDATED if article.published is None else int(article.published.timestamp() // 1)


def deleted_flags(folder: Path, entry: SegmentEntry) -> Array:
    """Return a flag for each document of a segment: whether it is deleted."""
    if not entry.deletions:
        return np.zeros(entry.documents, bool)
    packed = Sections(folder / entry.deletions).array("deleted")
    flags: Array = np.unpackbits(packed, count=entry.documents).astype(bool)
    return flags


class StoredDocuments:
    """The columns of a segment, read. `names`: ids, urls, paths, roots that take the place of its own.

    Of documents that are not deleted, no two have one id. Deleted ones may have that of another, which
    is then the one that is found by it.
    """

    def __init__(self, segment: Segment, names: Sections | None = None) -> None:
        self.segment = segment
        self._sections = segment.sections
        self._names = names or segment.sections
        self.ids = Strings(self._names, "ids")

    @classmethod
    def of(
        cls, folder: Path, entry: SegmentEntry, segment: Segment | None = None
    ) -> "StoredDocuments":
        """Open what a generation names, the segment only where it is not at hand; raises IndexFault."""
        segment = segment or Segment(folder / entry.file)
        names = Sections(folder / entry.names) if entry.names else None
        for path, made_for in (
            (segment.sections.path, segment.count == entry.documents),
            (folder / entry.names, names is None or names.facts["segment"] == entry.file),
        ):
            if not made_for:
                raise damaged(path, "inconsistent", "another one than its generation names")
        return cls(segment, names)

    def article(self, document: int) -> "Article":
        """Return the stored article."""
        from search.article import Article  # who only searches makes none

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
        return self.heads((document,))[0]

    def heads(self, documents: Sequence[int]) -> list[Head]:
        """Return what a list of hits shows of several articles, column by column."""
        shown = self._shown
        again = all(map(shown.__getitem__, documents))
        ids = self.ids.texts(documents, read_before=again)
        urls = [
            own if url == _SAME_TEXT else url
            for own, url in zip(ids, self.urls.texts(documents, read_before=again), strict=True)
        ]
        numbers = [self._path_numbers[document] for document in documents]
        distinct = dict.fromkeys(numbers)
        read = self._paths.texts(distinct, read_before=again)
        paths = dict(zip(distinct, read, strict=True))
        dates, precisions = self._dates, self.precisions
        sources, source_places = self._known_sources, self._source_places
        columns = zip(
            ids,
            self.titles.texts(documents, read_before=again),
            [sources[source_places[document]] for document in documents],
            [
                None if (date := dates[document]) == UNDATED else _EPOCH + timedelta(0, date)
                for document in documents
            ],
            [PRECISIONS[precisions[document]] for document in documents],
            urls,
            [paths[number] for number in numbers],
            strict=True,
        )
        heads = [Head._make(columns) for columns in columns]
        for document in () if again else documents:
            shown[document] = 1
        return heads

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
        own = self.ids.between(0, self.segment.count)
        return {wanted[own[at]]: at for at in self._id_order if own[at] in wanted}

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
        return self._known_sources[self._source_places[document]]

    def path(self, document: int) -> str:
        """Return the path of the file it was read from."""
        return self._paths.text(self._path_numbers[document])

    def root(self, document: int) -> str:
        """Return the path that was asked to be indexed."""
        return self._roots[self._root_numbers[document]].decode("utf-8")

    def content_hash(self, document: int) -> bytes:
        """Return the 16 bytes of the content hash."""
        return self._hashes[document * HASH_BYTES : (document + 1) * HASH_BYTES].tobytes()

    def held(self, deleted: Array | None) -> Iterator[tuple[str, Held]]:
        """Return (id, what a job compares) of all documents that are not flagged, in their order.

        A job with one changed file asks for all of 50,000: no step of this is a loop of ours.
        """
        count = self.segment.count
        ids = map(bytes.decode, self.ids.between(0, count))
        digits = self._hashes.hex()
        width = 2 * HASH_BYTES
        hashes = (digits[at : at + width] for at in range(0, width * count, width))
        paths, roots = (
            map([text.decode("utf-8") for text in texts].__getitem__, numbers.tolist())
            for texts, numbers in map(self.table, ("paths", "roots"))
        )
        pairs = zip(ids, map(Held, hashes, paths, roots), strict=True)
        return pairs if deleted is None else compress(pairs, (~deleted).tolist())

    def table(self, name: str) -> tuple[list[bytes], Array]:
        """Return all “paths” or “roots”, and which of them each document has."""
        strings = Strings(self._names, name)
        return strings.between(0, len(strings)), self._names.array(f"documents.{name}")

    def tagged(self, tag: str) -> Array:
        """Return the documents with this tag, a keyword, ascending."""
        number = self._tags.find(tag.encode("utf-8", "replace"))
        return self._tag_documents[self._tag_numbers == number] if number is not None else _NONE

    @cached_property
    def _shown(self) -> bytearray:
        """A byte for each document: whether its head was read, and found intact."""
        return bytearray(self.segment.count)

    @cached_property
    def titles(self) -> Strings:
        """The titles."""
        return Strings(self._sections, "titles")

    @cached_property
    def urls(self) -> Strings:
        """The urls; those that are the id itself as a mark."""
        return Strings(self._names, "urls")

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
    def _known_sources(self) -> "_Known":
        return _Known(Strings(self._sections, "sources"))

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
        return self._names.numbers("ids.order")

    @cached_property
    def _hashes(self) -> memoryview:
        return memoryview(self._sections.array("documents.hashes")).cast("B")  # type: ignore[arg-type]

    @cached_property
    def _paths(self) -> Strings:
        return Strings(self._names, "paths")

    @cached_property
    def _path_numbers(self) -> memoryview:
        return self._names.numbers("documents.paths")

    @cached_property
    def _roots(self) -> Strings:
        return Strings(self._names, "roots")

    @cached_property
    def _root_numbers(self) -> memoryview:
        return self._names.numbers("documents.roots")

    @cached_property
    def _tags(self) -> Strings:
        return Strings(self._sections, "tags")

    @cached_property
    def _tag_numbers(self) -> Array:
        return self._sections.array("tags.number")

    @cached_property
    def _tag_documents(self) -> Array:
        return self._sections.array("tags.document")


class _Known(dict[int, str]):
    """A place -> the text there; fills itself: of many sources, ten hits are of a few."""

    def __init__(self, strings: Strings) -> None:
        super().__init__()
        self._strings = strings

    def __missing__(self, place: int) -> str:
        text = self[place] = self._strings.text(place)
        return text


_NONE = np.zeros(0, np.uint32)
