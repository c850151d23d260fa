"""Arrays that wait in a file of their own until they are needed: read piece by piece, never whole.

A spill lives in a scratch folder for as long as one job. It has no checksums: nobody outlives it.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from search.columnar.layout import Array

_HEADER_SIZE = 1024


class Spill:
    """A file of named arrays, written by `write`; of what is read nothing is kept. Not for threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("rb", buffering=0)
        self._places: dict[str, tuple[str, int, int]] = json.loads(self._file.read(_HEADER_SIZE))

    def read(self, name: str, first: int = 0, last: int | None = None) -> Array:
        """Return the items of an array from `first` up to `last`; raises OSError where they are not."""
        kind, start, count = self._places[name]
        found = np.empty((count if last is None else last) - first, kind)
        self._file.seek(start + first * found.itemsize)
        room = found.data.cast("B") if len(found) else memoryview(b"")
        while room:
            size = self._file.readinto(room)
            if not size:
                raise OSError(f"The scratch file {self._path} was cut off.")
            room = room[size:]
        return found

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def remove(self) -> None:
        """Close and remove the file."""
        self.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> "Spill":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SpillWriter:
    """A new spill, into which arrays of one dimension are put one after the other."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")
        self._file.write(bytes(_HEADER_SIZE))
        self._places: dict[str, tuple[str, int, int]] = {}

    def put(self, name: str, array: Array) -> None:
        """Write an array."""
        self._places[name] = array.dtype.str, self._file.tell(), len(array)
        if len(array):
            self._file.write(np.ascontiguousarray(array).data.cast("B"))

    def put_pieces(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write an array of bytes that comes in pieces, of which none is kept."""
        start = self._file.tell()
        self._file.writelines(pieces)
        self._places[name] = "|u1", start, self._file.tell() - start

    def __enter__(self) -> "SpillWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._file:
            header = json.dumps(self._places).encode()
            if len(header) > _HEADER_SIZE:
                raise ValueError("A spill cannot hold so many arrays.")
            if kind is None:
                self._file.seek(0)
                self._file.write(header.ljust(_HEADER_SIZE))


def write(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write arrays of one dimension into a new file."""
    with SpillWriter(path) as writer:
        for name, array in arrays.items():
            writer.put(name, array)
