"""The texts of articles <-> bytes, each compressed for itself with a dictionary that many share."""

import json
import struct
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from search.columnar.layout import Array, SectionWriter
from search.columnar.strings import put_pieces, put_strings
from search.parts import Texts

if TYPE_CHECKING:  # who only searches makes no article
    from search.article import Article

_LEVEL = 3  # at level 5 it takes half as long again, for texts smaller by two parts in a hundred
_SIZES = struct.Struct("<3I")
_PIECES_AT_ONCE = 500


def record_of(article: "Article") -> bytes:
    """Return the texts of an article, its exact date and its tags as bytes."""
    texts = [text.encode("utf-8") for text in (article.summary, article.body, article.caption)]
    published = article.published.isoformat() if article.published else ""
    rest = _as_json([published, *article.tags]).encode("utf-8")
    return b"".join((_SIZES.pack(*map(len, texts)), *texts, rest))


_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def texts_of(record: bytes) -> Texts:
    """Return the texts that `record_of` wrote."""
    summary, body, caption = _SIZES.unpack_from(record)
    first = _SIZES.size + summary
    second = first + body
    return Texts(
        record[_SIZES.size : first].decode("utf-8"),
        record[first:second].decode("utf-8"),
        record[second : second + caption].decode("utf-8") if caption else "",
    )


def searched(title: str, record: bytes) -> "Article":
    """Return the article of a title and a record, as far as it is searched."""
    from search.article import Article

    return Article("-", title, "", *texts_of(record))


def date_and_tags_of(record: bytes) -> tuple[datetime | None, tuple[str, ...]]:
    """Return the exact date and the tags that `record_of` wrote."""
    published, *tags = json.loads(record[_SIZES.size + sum(_SIZES.unpack_from(record)) :])
    return (datetime.fromisoformat(published) if published else None), tuple(tags)


class Packer:
    """Compresses records with a dictionary, which is laid in only once."""

    def __init__(self, dictionary: bytes) -> None:
        self._primed = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15, zdict=dictionary)

    def packed(self, record: bytes) -> bytes:
        """Return the record, compressed."""
        packer = self._primed.copy()
        return packer.compress(record) + packer.flush()


def plain(blob: bytes, dictionary: bytes) -> bytes:
    """Return the record that was compressed with this dictionary."""
    return zlib.decompressobj(-15, dictionary).decompress(blob)


def put_texts(
    writer: SectionWriter,
    sizes: Array,
    blobs: Iterable[bytes],
    dictionary_of: Array,
    dictionaries: Sequence[bytes],
) -> None:
    """Write the compressed records of all documents, of which no more than some are in memory."""
    put_pieces(writer, "stored", sizes, _gathered(blobs))
    writer.put("stored.dictionary_of", dictionary_of.astype(np.uint16))
    put_strings(writer, "stored.dictionaries", dictionaries)


def _gathered(blobs: Iterable[bytes]) -> Iterable[Array]:
    waiting: list[bytes] = []
    for blob in blobs:
        waiting.append(blob)
        if len(waiting) == _PIECES_AT_ONCE:
            yield np.frombuffer(b"".join(waiting), np.uint8)
            waiting.clear()
    yield np.frombuffer(b"".join(waiting), np.uint8)
