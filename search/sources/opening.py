"""Files as streams of bytes, decompressed on the way.

What a stream is compressed with is read from its first bytes, not from its name, so that standard
input and misnamed files work too.
"""

import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from search.errors import SourceError
from search.sources.source_file import STANDARD_INPUT, SourceFile

HEAD = 64 * 1024
"""Bytes that a stream's `peek` shows, as far as there are so many."""

WHOLE_LIMIT = 256 * 1024 * 1024
"""Bytes, after decompression, that a format without lines of its own may have."""

_CHUNK = 1024 * 1024

Opener = Callable[[io.BufferedReader], tuple[Any, tuple[type[Exception], ...]]]
"""Give the decompressed stream and what it raises, beside OSError and EOFError, on damaged data."""


@contextmanager
def opened(file: SourceFile) -> Iterator[io.BufferedReader]:
    """Open a file, or standard input for `-`, and decompress it while it is read.

    Raises OSError when it cannot be opened and SourceError, from any read, when it is damaged.
    """
    with ExitStack() as stack:
        raw: Any
        if file.path == STANDARD_INPUT:
            raw = sys.stdin.buffer  # stays open: it is not ours
        else:
            raw = stack.enter_context(open(file.path, "rb", buffering=0))
        stream = _buffered(raw)
        head = stream.peek(HEAD)
        opener = next((opens for magic, opens in _COMPRESSIONS.values() if magic.match(head)), None)
        if opener is not None:
            inner, errors = opener(stream)
            stream = _buffered(stack.enter_context(inner), errors)
        elif head and without_compression(file.path) != file.path:
            raise SourceError("The file is named as a compressed one but is none; rename it.")
        yield stream


def read_whole(stream: io.BufferedReader, limit: int = WHOLE_LIMIT) -> bytes:
    """Read all there is up to the limit: a small compressed file may unpack to anything."""
    whole = bytearray()
    while chunk := stream.read(_CHUNK):
        whole += chunk
        if len(whole) > limit:
            raise SourceError(
                f"The file holds more than {limit >> 20} MiB, which this format keeps in memory "
                "at once; split it, or write it as .jsonl, which has no limit."
            )
    return bytes(whole)


def without_compression(name: str) -> str:
    """Return a file name without .gz, .bz2 or .xz."""
    stem, suffix = os.path.splitext(name)
    return stem if suffix.lower() in _COMPRESSIONS else name


def _buffered(stream: Any, errors: tuple[type[Exception], ...] = ()) -> io.BufferedReader:  # noqa: ANN401
    return io.BufferedReader(_Steady(stream, errors), HEAD)


def _gzip(stream: io.BufferedReader) -> tuple[Any, tuple[type[Exception], ...]]:
    import gzip
    import zlib

    return gzip.GzipFile(fileobj=stream), (zlib.error,)


def _bz2(stream: io.BufferedReader) -> tuple[Any, tuple[type[Exception], ...]]:
    import bz2

    return bz2.BZ2File(stream), ()


def _xz(stream: io.BufferedReader) -> tuple[Any, tuple[type[Exception], ...]]:
    import lzma

    return lzma.LZMAFile(stream), (lzma.LZMAError,)


_COMPRESSIONS: dict[str, tuple[re.Pattern[bytes], Opener]] = {
    ".gz": (re.compile(rb"\x1f\x8b\x08"), _gzip),
    ".bz2": (re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), _bz2),
    ".xz": (re.compile(rb"\xfd7zXZ\x00"), _xz),
}


class _Steady(io.RawIOBase):
    """A stream whose reads are full ones, and whose failure comes after what could still be read.

    Full reads make `peek` show a whole head even of a pipe. Holding the failure back saves the
    records before the place where a download was cut off.
    """

    def __init__(self, stream: Any, errors: tuple[type[Exception], ...] = ()) -> None:  # noqa: ANN401
        self._read: Callable[[int], bytes | None] = getattr(stream, "read1", stream.read)
        self._errors: tuple[type[Exception], ...] = (OSError, EOFError, *errors)
        self._failure: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - the buffer protocol has no type on 3.10
        """Fill the buffer as far as there is something to read."""
        filled = 0
        while self._failure is None and filled < len(buffer):
            chunk = self._chunk(len(buffer) - filled)
            if not chunk:
                break
            buffer[filled : filled + len(chunk)] = chunk
            filled += len(chunk)
        if filled == 0 and self._failure is not None:
            raise SourceError(
                f"The file breaks off or is damaged here ({self._failure}); fetch it again."
            ) from self._failure
        return filled

    def _chunk(self, size: int) -> bytes:
        try:
            return self._read(size) or b""
        except self._errors as failure:
            self._failure = failure
            return b""
