"""A file of named arrays: header, sections, directory, footer. FORMAT.md draws it.

Written front to back, once; read by memory map. Damage is told apart: truncated, flipped, too new,
missing.
"""

import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from search.errors import IndexCorrupt, IndexTooNew

MAGIC = b"DUOWEN\x1a\n"
VERSION = 2
_HEADER = struct.Struct("<8sII")
_FOOTER = struct.Struct("<QQIIQ8s")
_ALIGNMENT = 64
_CHECKED_AT_ONCE = 1 << 20

Array = NDArray[Any]


class SectionWriter:
    """Writes one file of sections. `finish` makes it durable; without it the file is no segment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO = path.open("wb")
        self._file.write(_HEADER.pack(MAGIC, VERSION, 0))
        self._directory: dict[str, dict[str, object]] = {}
        self.facts: dict[str, object] = {}

    def put(self, name: str, array: Array) -> None:
        """Write an array as one section."""
        self.put_parts(name, array.dtype, [array])

    def put_parts(self, name: str, dtype: "np.dtype[Any] | type", parts: Iterable[Array]) -> None:
        """Write arrays that follow each other as one section."""
        kind = np.dtype(dtype).newbyteorder("<")
        self._file.write(b"\0" * (-self._file.tell() % _ALIGNMENT))
        start = self._file.tell()
        checksum = 0
        for part in parts:
            data = np.ascontiguousarray(part, dtype=kind).data.cast("B") if part.size else b""
            checksum = zlib.crc32(data, checksum)
            self._file.write(data)
        length = self._file.tell() - start
        self._directory[name] = {
            "type": kind.str, "start": start, "bytes": length, "crc32": checksum,
        }  # fmt: skip

    def put_file(self, name: str, dtype: "np.dtype[Any] | type", path: Path) -> None:
        """Copy a file of raw numbers in as one section, a piece at a time."""
        kind = np.dtype(dtype)
        with path.open("rb") as source:
            pieces = iter(lambda: source.read(_CHECKED_AT_ONCE * 4), b"")
            self.put_parts(name, kind, (np.frombuffer(piece, kind) for piece in pieces))

    def finish(self) -> int:
        """Write directory and footer, flush all to the disk, and return the length of the file."""
        directory = json.dumps(
            {"facts": self.facts, "sections": self._directory}, ensure_ascii=False
        ).encode("utf-8")
        start = self._file.tell()
        self._file.write(directory)
        total = start + len(directory) + _FOOTER.size
        self._file.write(
            _FOOTER.pack(start, len(directory), zlib.crc32(directory), VERSION, total, MAGIC)
        )
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return total

    def abandon(self) -> None:
        """Close and remove what was written so far."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class Sections:
    """The arrays of a file, memory-mapped, read only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size < _HEADER.size + _FOOTER.size:
                    raise _damage(path, f"truncated to {size} bytes")
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise _damage(path, "missing") from None
        except OSError as error:
            raise _damage(path, f"unreadable: {error.strerror}") from error
        self._directory = self._read_directory(size)
        self.facts: Mapping[str, Any] = self._directory["facts"]

    def _read_directory(self, size: int) -> dict[str, Any]:
        magic, version, _ = _HEADER.unpack_from(self._map, 0)
        if magic != MAGIC:
            raise _damage(self.path, "not a segment of duowen, or its first bytes are flipped")
        if version > VERSION:
            raise IndexTooNew(
                f"{self.path} was written by a newer duowen; upgrade duowen to read it."
            )
        start, length, checksum, _, total, end = _FOOTER.unpack_from(
            self._map, size - _FOOTER.size
        )
        if end != MAGIC or total != size:
            raise _damage(self.path, "truncated, or its last bytes are flipped")
        directory = self._map[start : start + length]
        if start + length + _FOOTER.size != size or zlib.crc32(directory) != checksum:
            raise _damage(self.path, "its directory is flipped")
        found: dict[str, Any] = json.loads(directory)
        return found

    def array(self, name: str) -> Array:
        """Return a section, without a copy."""
        entry = self._directory["sections"][name]
        kind = np.dtype(entry["type"])
        return np.frombuffer(
            self._map, kind, count=entry["bytes"] // kind.itemsize, offset=entry["start"]
        )

    def bytes_of(self, name: str) -> memoryview:
        """Return the raw bytes of a section, without a copy."""
        entry = self._directory["sections"][name]
        return memoryview(self._map)[entry["start"] : entry["start"] + entry["bytes"]]

    def flipped(self) -> Iterator[str]:
        """Yield the names of the sections whose bytes are not those that were written."""
        for name, entry in self._directory["sections"].items():
            checksum = 0
            end = entry["start"] + entry["bytes"]
            for at in range(entry["start"], end, _CHECKED_AT_ONCE):
                checksum = zlib.crc32(self._map[at : min(at + _CHECKED_AT_ONCE, end)], checksum)
            if checksum != entry["crc32"]:
                yield name


def _damage(path: Path, what: str) -> IndexCorrupt:
    return IndexCorrupt(
        f"The file {path} of the index is damaged ({what});"
        f" move the index folder away and index your paths again."
    )
