"""Articles -> the columns of a segment: what is stored of them, and what they are filtered by."""

import secrets
import sys
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from search.article import Article, content_hash
from search.columnar.commit import SegmentEntry
from search.columnar.layout import Array, SectionWriter
from search.columnar.strings import put_strings
from search.engines.documents import PRECISIONS, SAME, StoredDocuments, seconds
from search.schema import ANALYSIS_VERSION, keyword


def in_order_of_time(articles: Iterable[Article]) -> list[Article]:
    """Return the articles as a segment holds them: oldest first, so that of two at the same moment
    the one with the smaller id, which is shown first, comes later.
    """  # noqa: D205
    by_id = sorted(articles, key=lambda article: article.id, reverse=True)
    return sorted(by_id, key=seconds)


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
        self.urls.append(SAME if article.url == article.id else article.url.encode("utf-8"))
        self.precisions.append(PRECISIONS.index(article.precision))
        self.dates.append(seconds(article))
        # One object for all that are equal: there are few, or the articles share them already.
        self.sources.append(sys.intern(article.source))
        self.paths.append(article.path)
        self.roots.append(article.root)
        self.hashes.append(bytes.fromhex(content_hash(article, str(ANALYSIS_VERSION))))
        self.tags.append(tuple(map(keyword, article.tags)))

    def add_from(self, stored: StoredDocuments, document: int) -> None:
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
