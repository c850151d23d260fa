"""Which segments are live: generations, and the one small file that says which is the newest.

    current.json            the number of the newest one, with a checksum: replaced in one step
    generation-N.json       everything about generation N, with a checksum; never changed
    segment-X.seg           never changed
    deleted-X-Y.bits        which documents of segment X are gone; never changed
    names-X-Y.cols          what documents of segment X are called now, and where they lie; never changed
    files-X.cols            what the job saw of files; never changed

A commit writes segments and deletions, flushes them and the folder, writes generation-N.json, flushes,
and then replaces current.json. Readers never lock. Files that no kept generation names are leftovers.
"""

import contextlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from search import files
from search.columnar.layout import VERSION, damaged, unreadable
from search.errors import IndexFault, IndexMissing, IndexTooNew, IndexTooOld

CURRENT = "current.json"
_ODD = "intact, but not as this version of duowen writes it"


class SegmentEntry(NamedTuple):
    """A live segment: its file, how many documents it holds, and its files of deletions and of new
    names, if any.
    """  # noqa: D205

    file: str
    documents: int
    deleted: int = 0
    deletions: str = ""
    names: str = ""


class Generation(NamedTuple):
    """One state of the index. `facts` are the engine's own; the fact `files` may name a file."""

    number: int
    segments: tuple[SegmentEntry, ...]
    facts: Mapping[str, Any] = MappingProxyType({})

    def files(self) -> Iterator[str]:
        """Yield the names of all files that this generation needs, its own included."""
        yield name_of(self.number)
        for entry in self.segments:
            yield entry.file
            yield from filter(None, (entry.deletions, entry.names))
        if seen := self.facts.get("files"):
            yield seen


def name_of(number: int) -> str:
    """Return the file name of a generation."""
    return f"generation-{number}.json"


def exists(folder: Path) -> bool:
    """Say whether the folder holds an index; raises IndexFault where nobody lets us look."""
    try:
        return (folder / CURRENT).exists() or bool(numbers(folder))
    except OSError as error:
        raise unreadable(folder / CURRENT, error) from error


def read_current(folder: Path) -> Generation:
    """Return the newest generation; raises IndexMissing, IndexTooNew or IndexCorrupt."""
    path = folder / CURRENT
    values = _read(path)
    try:
        number = int(values["generation"])
    except (KeyError, TypeError, ValueError):
        raise damaged(path, _ODD) from None
    return read(folder, number)


def read(folder: Path, number: int) -> Generation:
    """Return one generation."""
    path = folder / name_of(number)
    values = _read(path)
    try:
        entries = tuple(SegmentEntry(**entry) for entry in values["segments"])
        return Generation(number, entries, values["facts"])
    except (KeyError, TypeError):
        raise damaged(path, _ODD) from None


def write(folder: Path, generation: Generation) -> None:
    """Make a generation the newest one; its segments must be on the disk already."""
    values = {
        "generation": generation.number,
        "segments": [entry._asdict() for entry in generation.segments],
        "facts": dict(generation.facts),
    }
    files.replace_durably(folder / name_of(generation.number), _sealed(values))
    files.replace_durably(folder / CURRENT, _sealed({"generation": generation.number}))


def numbers(folder: Path) -> list[int]:
    """Return the numbers of all generations in the folder, ascending."""
    found = (path.stem.partition("-")[2] for path in folder.glob("generation-*.json"))
    return sorted(int(number) for number in found if number.isdecimal())


def sweep(folder: Path, current: Generation, keep: int) -> None:
    """Remove what neither the current generation nor the newest `keep` up to it need.

    Only for the holder of the lock. Leftovers of jobs that were killed go too, and so do generations
    above the current one (never finished) and old ones that cannot be read any more. What cannot be
    removed now will be tried again by the next commit.
    """
    needed = set(current.files())
    for number in numbers(folder)[::-1]:
        if number < current.number and keep > 1:
            with contextlib.suppress(IndexFault):
                needed.update(read(folder, number).files())
                keep -= 1
    for path in _own_files(folder):
        if path.name not in needed:
            with contextlib.suppress(OSError):
                _remove(path)


def _own_files(folder: Path) -> Iterable[Path]:
    for pattern in (
        "generation-*.json", "segment-*.seg", "deleted-*.bits", "names-*.cols", "files-*.cols",
        ".*.json.*", ".*.jsonl.*", ".scratch-*",
    ):  # fmt: skip
        yield from folder.glob(pattern)


def _remove(path: Path) -> None:
    if path.name.startswith(".scratch-"):
        import shutil  # who only searches removes nothing

        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sealed(values: Mapping[str, Any]) -> bytes:
    body = json.dumps({"format": VERSION, **values}, ensure_ascii=False, sort_keys=True)
    return json.dumps({"crc32": zlib.crc32(body.encode()), "body": body}).encode()


def _read(path: Path) -> dict[str, Any]:
    try:
        sealed = json.loads(path.read_bytes())
        body: str = sealed["body"]
        intact = zlib.crc32(body.encode()) == sealed["crc32"]
        values: dict[str, Any] = json.loads(body)
    except FileNotFoundError:
        if path.name == CURRENT and not numbers(path.parent):
            raise IndexMissing(
                f"There is no index in {path.parent.absolute()};"
                f" make one with duowen index PATH, or name another with --index."
            ) from None
        raise damaged(path, "missing") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged(path, "truncated or flipped") from None
    except NotADirectoryError:
        raise IndexMissing(
            f"{path.parent} is no folder, so no index either; choose another --index folder."
        ) from None
    except OSError as error:
        raise unreadable(path, error) from error
    if not intact:
        raise damaged(path, "flipped")
    if values["format"] > VERSION:
        raise IndexTooNew(f"{path} was written by a newer duowen; upgrade duowen to read it.")
    if values["format"] < VERSION:
        raise IndexTooOld(
            f"{path} was written by an older duowen; move the folder away and index again."
        )
    return values
