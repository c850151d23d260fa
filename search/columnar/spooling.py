"""An array in the making -> a file beside the index until all of it is known, then one section."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from search.columnar.layout import Array, SectionWriter

_PIECE = 1 << 22


class Spool:
    """Numbers of one type, appended part by part; the file has no name and goes with the process."""

    def __init__(self, scratch: Path, kind: "np.dtype[Any] | type") -> None:
        import tempfile  # not at the top: a search, which spools nothing, would load it too

        self._kind = np.dtype(kind)
        self._file = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115  # closed in `put`
        self._last = 0

    def add(self, array: Array) -> None:
        """Append numbers; those that do not fit the type are cut off, so the caller sees to it."""
        if array.size:
            self._last = int(array[-1])
            self._file.write(np.ascontiguousarray(array, dtype=self._kind).data.cast("B"))

    def put(self, writer: SectionWriter, name: str) -> None:
        """Write all of it as a section, and close the file."""
        self._put(writer, name, self._kind)

    def put_narrow(self, writer: SectionWriter, name: str) -> None:
        """Write numbers that ascend as a section, in 32 bits where the last one fits; close the file."""
        self._put(writer, name, np.dtype(np.uint32) if self._last < 2**32 else self._kind)

    def _put(self, writer: SectionWriter, name: str, kind: "np.dtype[Any]") -> None:
        writer.put_parts(name, kind, self._pieces())
        self._file.close()

    def _pieces(self) -> Iterator[Array]:
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield np.frombuffer(piece, self._kind)
