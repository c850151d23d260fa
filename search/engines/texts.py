"""The texts of articles <-> bytes, each compressed for itself with a dictionary that many share."""

import json
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from search.article import Article
from search.columnar.layout import Array, SectionWriter
from search.columnar.strings import put_pieces, put_strings

_LEVEL = 3  # at level 5 it takes half as long again, for texts smaller by two parts in a hundred
_SIZES = struct.Struct("<3I")
_PIECES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Texts:
    """What is stored of an article beside its columns."""

    summary: str
    body: str
    caption: str
    published: datetime | None
    tags: tuple[str, ...]


def record_of(article: Article) -> bytes:
    """Return the texts of an article, its exact date and its tags as bytes."""
    texts = [text.encode("utf-8") for text in (article.summary, article.body, article.caption)]
    published = article.published.isoformat() if article.published else ""
    rest = _as_json([published, *article.tags]).encode("utf-8")
    return b"".join((_SIZES.pack(*map(len, texts)), *texts, rest))


_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def texts_of(record: bytes) -> Texts:
    """Return what `record_of` wrote."""
    summary, body, caption, rest = _split(record)
    published, *tags = json.loads(rest)
    return Texts(
        summary.decode("utf-8"),
        body.decode("utf-8"),
        caption.decode("utf-8"),
        datetime.fromisoformat(published) if published else None,
        tuple(tags),
    )


def searched(title: str, record: bytes) -> Article:
    """Return the article of a title and a record, as far as it is searched."""
    summary, body, caption = (text.decode("utf-8") for text in _split(record)[:3])
    return Article("-", title, "", summary, body, caption)


def _split(record: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    summary, body, caption = _SIZES.unpack_from(record)
    first = _SIZES.size + summary
    second = first + body
    third = second + caption
    return record[_SIZES.size : first], record[first:second], record[second:third], record[third:]


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
    unpacker = zlib.decompressobj(-15, dictionary)
    return unpacker.decompress(blob) + unpacker.flush()


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
