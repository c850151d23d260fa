"""What jobs saw of files <-> a file of columns beside the segments, named by the generation."""

import zlib
from contextlib import suppress
from itertools import repeat
from pathlib import Path
from secrets import token_hex

import numpy as np

from search.collector import no_collection
from search.columnar.layout import Array, Sections, SectionWriter
from search.columnar.strings import Strings, put_strings
from search.engines.port import Files, FileState
from search.errors import IndexFault

_END = b"\0"
"""No path holds it."""

_ENCODING = "utf-8", "surrogatepass"  # names of files need not be text
_LEVEL = 1  # a smaller file would not be worth the time


def put_files(folder: Path, files: Files, known: str = "") -> str:
    """Return the name of the file that says this: the one that is known, where it does, or a new one.

    There is none, but an empty name, for nothing. Raises ValueError for a NUL.
    """
    if known:
        with suppress(IndexFault):  # a damaged one is written anew
            if read_files(folder / known) == files._replace(complete=True):
                return known
    elif files == Files(complete=files.complete):
        return ""
    return write_files(folder, files)


def write_files(folder: Path, files: Files) -> str:
    """Write a new file of columns, durably, and return its name; raises ValueError for a NUL."""
    name = f"files-{token_hex(8)}.cols"
    states = files.states.values()
    paths = [path.encode(*_ENCODING) for path in files.states]
    if any(_END in path for path in paths):
        raise ValueError("No path of a file holds a NUL; remember files that are there.")
    roots = list(dict.fromkeys(state.root for state in states))
    place_of = {root: place for place, root in enumerate(roots)}
    writer = SectionWriter(folder / name)
    try:
        writer.facts = {"files": len(paths), "reading": files.reading}
        put_strings(writer, "roots", [root.encode(*_ENCODING) for root in roots])
        blob = zlib.compress(_END.join(paths), _LEVEL)
        writer.put("paths", np.frombuffer(blob, np.uint8))
        writer.put("mtimes", np.array([state.mtime_ns for state in states], np.int64))
        writer.put("sizes", _narrow([state.size for state in states]))
        writer.put("articles", _narrow([state.articles for state in states]))
        writer.put("roots.of", _narrow([place_of[state.root] for state in states]))
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    return name


def read_files(path: Path) -> Files:
    """Return what was written; raises IndexCorrupt for a file that is missing or damaged.

    There may be 50,000 and more on the way of a job that has nothing to do: no step of this is a loop
    of Python's own.
    """
    sections = Sections(path)
    reading: str = sections.facts["reading"]
    if not sections.facts["files"]:
        return Files(reading)
    paths = zlib.decompress(sections.array("paths").data).decode(*_ENCODING).split(_END.decode())
    roots = [root.decode(*_ENCODING) for root in Strings(sections, "roots")]
    values = zip(
        sections.array("sizes").tolist(),
        sections.array("mtimes").tolist(),
        map(roots.__getitem__, sections.array("roots.of").tolist()),
        sections.array("articles").tolist(),
        strict=True,
    )
    states = map(tuple.__new__, repeat(FileState), values)
    with no_collection():
        return Files(reading, dict(zip(paths, states, strict=True)))


def _narrow(numbers: list[int]) -> Array:
    """Return numbers, none of them negative, in as few bytes as hold the largest."""
    return np.array(numbers, np.min_scalar_type(max(numbers, default=0)))
