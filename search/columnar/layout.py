"""A file of named arrays: header, sections, directory, footer. FORMAT.md draws it.

Written front to back, once; read by memory map. Damage is told apart: truncated, flipped, too new,
missing.
"""

import contextlib
import errno
import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from search.errors import IndexCorrupt, IndexFault, IndexTooNew, IndexTooOld, Kind

if TYPE_CHECKING:  # what it would load says nothing to a program that runs
    from numpy.typing import NDArray

    Array = NDArray[Any]
else:
    Array = np.ndarray

MAGIC = b"DUOWEN\x1a\n"
VERSION = 4
_HEADER = struct.Struct("<8sII")
_FOOTER = struct.Struct("<QQIIQ8s")
_ALIGNMENT = 64
_CHUNK_BITS = 14
_CHUNK = 1 << _CHUNK_BITS
"""Each so many bytes of a section have a checksum of their own, compared when they are first read."""


class SectionWriter:
    """Writes one file of sections. `finish` makes it durable; without it the file is no segment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # The header is the first thing to be written, by the first section.
        self._file: BinaryIO = path.open("wb")
        self._header = _HEADER.pack(MAGIC, VERSION, 0)
        self._directory: dict[str, dict[str, object]] = {}
        self._checksums: list[int] = []
        self.facts: dict[str, object] = {}

    def put(self, name: str, array: Array) -> None:
        """Write an array as one section."""
        self.put_parts(name, array.dtype, [array])

    def put_parts(self, name: str, dtype: "np.dtype[Any] | type", parts: Iterable[Array]) -> None:
        """Write arrays that follow each other as one section."""
        kind = np.dtype(dtype).newbyteorder("<")
        self._file.write(self._header)
        self._header = b""
        self._file.write(b"\0" * (-self._file.tell() % _ALIGNMENT))
        start = self._file.tell()
        first = len(self._checksums)
        chunk = _Chunks(self._checksums)
        for part in parts:
            if part.size:
                data = np.ascontiguousarray(part, dtype=kind).data.cast("B")
                chunk.add(data)
                self._file.write(data)
        chunk.end()
        length = self._file.tell() - start
        self._directory[name] = {
            "type": kind.str, "start": start, "bytes": length, "checksums": first,
        }  # fmt: skip

    def finish(self) -> int:
        """Write directory and footer, flush all to the disk, and return the length of the file."""
        checksums = np.array(self._checksums, "<u4").tobytes()
        place = self._file.tell()
        self._file.write(checksums)
        directory = json.dumps(
            {
                "facts": self.facts,
                "sections": self._directory,
                "checksums": [place, len(checksums), zlib.crc32(checksums)],
            },
            ensure_ascii=False,
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
        """Close and remove what was written so far; closing may fail once more on a full disk."""
        with contextlib.suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


class _Chunks:
    """Gathers a checksum for each chunk of what is added, in pieces of any size."""

    def __init__(self, checksums: list[int]) -> None:
        self._checksums = checksums
        self._checksum = 0
        self._filled = 0

    def add(self, data: memoryview) -> None:
        at = 0
        while at < len(data):
            piece = data[at : at + _CHUNK - self._filled]
            self._checksum = zlib.crc32(piece, self._checksum)
            self._filled += len(piece)
            at += len(piece)
            if self._filled == _CHUNK:
                self.end()

    def end(self) -> None:
        if self._filled:
            self._checksums.append(self._checksum)
        self._checksum = self._filled = 0


class Section:
    """The bytes of a section, each chunk of which is compared with its checksum when first asked for."""

    def __init__(
        self, path: Path, name: str, data: memoryview, checksums: Array, *, checked: bool
    ) -> None:
        self._path = path
        self._name = name
        self.data = data
        self._checksums = checksums
        self.intact = bytearray(len(checksums))
        self._all = not checked

    def check(self, start: int, stop: int) -> None:
        """Compare the chunks that hold the bytes from `start` to `stop`; raises IndexCorrupt."""
        if self._all or stop <= start:
            return
        intact = self.intact
        last = ((stop - 1) >> _CHUNK_BITS) + 1
        chunk = intact.find(0, start >> _CHUNK_BITS, last)
        while chunk >= 0:
            if self.flipped(chunk):
                raise damaged(self._path, "flipped", f"its section {self._name} is flipped")
            intact[chunk] = 1
            chunk = intact.find(0, chunk + 1, last)

    def check_all(self) -> None:
        """Compare all chunks, once."""
        self.check(0, len(self.data))
        self._all = True

    def flipped(self, chunk: int) -> bool:
        """Say whether the bytes of a chunk are not those that were written."""
        part = self.data[chunk << _CHUNK_BITS : (chunk + 1) << _CHUNK_BITS]
        return zlib.crc32(part) != int(self._checksums[chunk])

    def any_flipped(self) -> bool:
        """Say whether any byte of the section is not what was written."""
        return any(map(self.flipped, range(len(self._checksums))))


class Numbers:
    """The numbers of a section, one by one; each chunk of them is checked when it is first read."""

    __slots__ = ("_array", "_check", "_intact", "_shift", "_width", "values")

    def __init__(self, section: Section, array: Array) -> None:
        self._array = array
        self.values = memoryview(array)  # type: ignore[arg-type]  # arrays are buffers
        self._check = section.check
        self._intact = section.intact
        self._width = array.itemsize
        self._shift = _CHUNK_BITS - (array.itemsize.bit_length() - 1)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, at: int) -> int:
        """Return a number as Python's own."""
        if not self._intact[at >> self._shift]:
            self._check(at * self._width, (at + 1) * self._width)
        number: int = self.values[at]
        return number

    def between(self, first: int, last: int) -> Array:
        """Return the numbers from `first` up to `last`, without a copy."""
        self._check(first * self._width, last * self._width)
        return self._array[first:last]


class Sections:
    """The arrays of a file, memory-mapped, read only.

    With `checked` false no section is compared with its checksums: for who saves what can be saved.
    """

    def __init__(self, path: Path, *, checked: bool = True) -> None:
        self.path = path
        self._checked = checked
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size < _HEADER.size + _FOOTER.size:
                    raise damaged(path, "truncated", f"truncated to {size} bytes")
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise damaged(path, "missing") from None
        except OSError as error:
            if error.errno == errno.ENOMEM:
                raise MemoryError from error
            raise unreadable(path, error) from error
        self._directory = self._read_directory(size)
        place, length, checksum = self._directory["checksums"]
        checksums = memoryview(self._map)[place : place + length]
        if zlib.crc32(checksums) != checksum:
            raise damaged(path, "flipped", "its checksums are flipped")
        self._checksums = np.frombuffer(checksums, "<u4")
        self._sections: dict[str, Section] = {}
        self.facts: Mapping[str, Any] = self._directory["facts"]

    def _read_directory(self, size: int) -> dict[str, Any]:
        magic, version, _ = _HEADER.unpack_from(self._map, 0)
        footer = _FOOTER.unpack_from(self._map, size - _FOOTER.size)
        start, length, checksum, again, total, end = footer
        if magic != MAGIC:
            if (end == MAGIC and total == size) or not any(self._map[: _HEADER.size]):
                raise damaged(self.path, "flipped", "its first bytes are flipped")
            raise damaged(self.path, "foreign", "not a file of duowen")
        if end == MAGIC and version != again:
            raise damaged(self.path, "flipped", "its version is flipped")
        if version > VERSION:
            raise too_new(self.path)
        if version < VERSION:
            raise too_old(self.path)
        if end != MAGIC or total != size:
            raise self._wrong_end(size, start + length)
        directory = self._map[start : start + length]
        if start + length + _FOOTER.size != size or zlib.crc32(directory) != checksum:
            raise damaged(self.path, "flipped", "its directory is flipped")
        found: dict[str, Any] = json.loads(directory)
        return found

    def _wrong_end(self, size: int, place: int) -> IndexCorrupt:
        """Return what is wrong with a footer, which says that it stands at `place`."""
        if place + _FOOTER.size == size:
            return damaged(self.path, "flipped", "its last bytes are flipped")
        after = self._map.rfind(MAGIC, _HEADER.size) + len(MAGIC)
        if _HEADER.size + _FOOTER.size <= after < size:
            total = _FOOTER.unpack_from(self._map, after - _FOOTER.size)[4]
            if total == after:
                return damaged(self.path, "inconsistent", f"{size - after} bytes follow its end")
        return damaged(self.path, "truncated")

    def array(self, name: str) -> Array:
        """Return a section, checked, without a copy."""
        self.section(name).check_all()
        return self.unchecked(name)

    def unchecked(self, name: str) -> Array:
        """Return a section without a copy; whoever reads it asks `section(name).check` first."""
        kind = np.dtype(self._directory["sections"][name]["type"])
        return np.frombuffer(self.section(name).data, kind)

    def numbers(self, name: str) -> memoryview:
        """Return a checked section whose items come out as Python numbers, one by one."""
        return memoryview(self.array(name))  # type: ignore[arg-type]  # arrays are buffers

    def sparse(self, name: str) -> Numbers:
        """Return a section of which only a few numbers are wanted, which are checked then."""
        return Numbers(self.section(name), self.unchecked(name))

    def section(self, name: str) -> Section:
        """Return the bytes of a section, not yet checked."""
        known = self._sections.get(name)
        if known is None:
            entry = self._directory["sections"][name]
            data = memoryview(self._map)[entry["start"] : entry["start"] + entry["bytes"]]
            first, count = entry["checksums"], -(-entry["bytes"] // _CHUNK)
            checksums = self._checksums[first : first + count]
            known = self._sections[name] = Section(
                self.path, name, data, checksums, checked=self._checked
            )
        return known

    def flipped(self) -> Iterator[str]:
        """Yield the names of the sections whose bytes are not those that were written."""
        for name in self._directory["sections"]:
            if self.section(name).any_flipped():
                yield name

    def any_between_flipped(self) -> bool:
        """Say whether the bytes that belong to nothing are other than zeros, as they were written."""
        sections = self._directory["sections"].values()
        spans = sorted((entry["start"], entry["start"] + entry["bytes"]) for entry in sections)
        first = _HEADER.size - 4  # the last field of the header means nothing yet
        for start, stop in (*spans, (self._directory["checksums"][0],) * 2):
            if any(self._map[first:start]):
                return True
            first = max(first, stop)
        return False


def unreadable(path: Path, error: OSError) -> IndexFault:
    """Return the fault of a file that the system does not let us read: no damage to it."""
    return IndexFault(
        f"The file {path} of the index cannot be read ({error.strerror});"
        f" check its permissions and the disk, and try again.",
        file=path.name,
        kind="unreadable",
        detail=str(error.strerror),
    )


def too_new(path: Path) -> IndexTooNew:
    """Return the fault of a file of a later version."""
    return IndexTooNew(
        f"{path} was written by a newer duowen; upgrade duowen to read it.",
        file=path.name,
        kind="newer",
    )


def too_old(path: Path) -> IndexTooOld:
    """Return the fault of a file of an earlier version, whose bytes this one cannot read."""
    return IndexTooOld(
        f"{path} was written by an older duowen; move the folder away and index your paths again.",
        file=path.name,
        kind="older",
    )


def damaged(path: Path, kind: Kind, detail: str = "") -> IndexCorrupt:
    """Return the fault of a file whose bytes are not those that were written."""
    return IndexCorrupt(
        f"The file {path} of the index is damaged ({detail or kind});"
        f" duowen check says what is, and duowen repair brings back what can be.",
        file=path.name,
        kind=kind,
        detail=detail,
    )
