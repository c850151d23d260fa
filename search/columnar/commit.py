"""Which segments are live: generations, and the one small file that says which one is read.

    current.json            the number of the one that is read, and the highest there ever was, with a
                            checksum: replaced in one step
    generation-N.json       everything about generation N, with a checksum; never changed
    segment-X.seg           never changed
    deleted-X-Y.bits        which documents of segment X are gone; never changed
    names-X-Y.cols          what documents of segment X are called now, and where they lie; never changed
    files-X.cols            what jobs saw of files; never changed

A commit writes segments and deletions, flushes them and the folder, writes generation-N.json, flushes,
and then replaces current.json. To go back to a kept generation, current.json alone is replaced. A number
is given once: the next one is above the highest, also after going back. Readers never lock. Files that
no kept generation names are leftovers.
"""

import contextlib
import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from search.columnar.layout import VERSION, damaged, too_new, too_old, unreadable
from search.errors import IndexFault, IndexMissing, Kind

CURRENT = "current.json"
SEEN_FILES = "files"
"""The fact that names the file of what jobs saw of files."""
SEEN_ALL = "files_complete"
"""The fact that only jobs have changed articles since then."""
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


class Current(NamedTuple):
    """What current.json says: the generation that is read, and the highest that was ever current."""

    number: int
    top: int


class Generation(NamedTuple):
    """One state of the index. `facts` are the engine's own; the fact `files` may name a file."""

    number: int
    segments: tuple[SegmentEntry, ...]
    facts: Mapping[str, Any] = MappingProxyType({})

    @property
    def articles(self) -> int:
        """How many articles it has."""
        return sum(entry.documents - entry.deleted for entry in self.segments)

    def files(self) -> Iterator[str]:
        """Yield the names of all files that this generation needs, its own included."""
        yield name_of(self.number)
        for entry in self.segments:
            yield entry.file
            yield from filter(None, (entry.deletions, entry.names))
        if seen := self.facts.get(SEEN_FILES):
            yield seen


def name_of(number: int) -> str:
    """Return the file name of a generation."""
    return f"generation-{number}.json"


def exists(folder: Path) -> bool:
    """Say whether the folder holds an index; raises IndexFault where nobody lets us look."""
    try:
        return (folder / CURRENT).exists() or _was_written(folder)
    except OSError as error:
        raise unreadable(folder / CURRENT, error) from error


def current(folder: Path) -> Current:
    """Return which generation is current; raises IndexMissing, IndexTooNew or IndexCorrupt."""
    path = folder / CURRENT
    values = _read(path)
    try:
        number = int(values["generation"])
        found = Current(number, int(values.get("top", number)))
    except (KeyError, TypeError, ValueError):
        raise damaged(path, "inconsistent", _ODD) from None
    if not 0 <= found.number <= found.top:
        raise damaged(path, "inconsistent", _ODD)
    return found


def read_current(folder: Path) -> Generation:
    """Return the current generation; raises IndexMissing, IndexTooNew or IndexCorrupt."""
    return read(folder, current(folder).number)


def read(folder: Path, number: int) -> Generation:
    """Return one generation."""
    path = folder / name_of(number)
    values = _read(path)
    try:
        entries = tuple(SegmentEntry(**entry) for entry in values["segments"])
        found = Generation(values["generation"], entries, values["facts"])
    except (KeyError, TypeError):
        raise damaged(path, "inconsistent", _ODD) from None
    if found.number != number:
        raise damaged(path, "inconsistent", f"it holds the generation {found.number}")
    return found


def write(folder: Path, generation: Generation) -> None:
    """Make a generation the current one; its number is above all, its segments on the disk already."""
    write_beside(folder, generation)
    make_current(folder, Current(generation.number, generation.number))


def write_beside(folder: Path, generation: Generation) -> None:
    """Write what a generation is, and leave the current one as it is."""
    values = {
        "generation": generation.number,
        "segments": [entry._asdict() for entry in generation.segments],
        "facts": dict(generation.facts),
    }
    _replace(folder / name_of(generation.number), values)


def make_current(folder: Path, chosen: Current) -> None:
    """Say which generation is read from now on, in one step that survives a power cut."""
    values = {"generation": chosen.number, "top": chosen.top}
    _replace(folder / CURRENT, values)


def now() -> str:
    """Return the time at which a generation is made, as its facts tell it: `created`."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def kept(folder: Path) -> list[int]:
    """Return the numbers of the generations that one can read or go back to, ascending."""
    top = current(folder).top
    return [number for number in numbers(folder) if number <= top]


def numbers(folder: Path) -> list[int]:
    """Return the numbers of all generations in the folder, ascending."""
    found = (path.stem.partition("-")[2] for path in folder.glob("generation-*.json"))
    return sorted(int(number) for number in found if number.isdecimal())


def sweep(folder: Path, read_now: Generation, keep: int) -> None:
    """Remove what none of the `keep` newest generations needs; the current one is always among them.

    Only for the holder of the lock. Leftovers of jobs that were killed go too, and so do generations
    above the highest one (never finished) and others that cannot be read any more. What cannot be
    removed now will be tried again by the next commit.
    """
    needed = {CURRENT, *read_now.files()}
    for number in kept(folder)[::-1]:
        if number != read_now.number and keep > 1:
            with contextlib.suppress(IndexFault):
                needed.update(read(folder, number).files())
                keep -= 1
    for path in own_files(folder):
        if path.name not in needed:
            with contextlib.suppress(OSError):
                _remove(path)


def own_files(folder: Path) -> list[Path]:
    """Return all files of generations, and whatever a job that was killed may have left.

    Generations come first: one that is being swept is to be gone before the first file that it needs.
    """
    import re  # who only searches removes nothing

    is_own = re.compile("|".join(_OWN)).fullmatch
    found = (path for path in folder.iterdir() if is_own(path.name))
    return sorted(found, key=lambda path: (not path.name.startswith("generation-"), path.name))


_OWN = (
    r"generation-\d+\.json", r"segment-[0-9a-f]{16}\.seg", r"files-[0-9a-f]{16}\.cols",
    r"deleted-[0-9a-f]{16}-[0-9a-f]{8}\.bits", r"names-[0-9a-f]{16}-[0-9a-f]{8}\.cols",
    r"\.(?:current|generation-\d+|quarantine|history|saved|alerts[a-z-]*)\.[a-z]+\.[0-9a-f]{16}",
    r"\.scratch-[a-z0-9_]{8}",
)  # fmt: skip
"""Exactly the names that are given here: a file that somebody else put into the folder is theirs."""


def _remove(path: Path) -> None:
    if path.name.startswith(".scratch-"):
        import shutil  # who only searches removes nothing

        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _was_written(folder: Path) -> bool:
    """Say whether a job has committed here: generation 0 alone is what one left that was killed when it
    was about to make the index, and holds nothing.
    """  # noqa: D205
    return any(number > 0 for number in numbers(folder))


def _replace(path: Path, values: Mapping[str, Any]) -> None:
    from search import files  # who only searches writes nothing

    files.replace_durably(path, _sealed(values))


def _sealed(values: Mapping[str, Any]) -> bytes:
    body = json.dumps({"format": VERSION, **values}, ensure_ascii=False, sort_keys=True)
    return json.dumps({"crc32": zlib.crc32(body.encode()), "body": body}).encode()


def _read(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        if path.name == CURRENT and not _was_written(path.parent):
            raise IndexMissing(
                f"There is no index in {path.parent.absolute()};"
                f" make one with duowen index PATH, or name another with --index."
            ) from None
        raise damaged(path, "missing") from None
    except NotADirectoryError:
        raise IndexMissing(
            f"{path.parent} is no folder, so no index either; choose another --index folder."
        ) from None
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        values = _unsealed(data)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged(path, _wrong_with(data)) from None
    if values["format"] > VERSION:
        raise too_new(path)
    if values["format"] < VERSION:
        raise too_old(path)
    return values


def _unsealed(data: bytes) -> dict[str, Any]:
    """Return what was sealed; raises ValueError, KeyError, TypeError or AttributeError."""
    sealed = json.loads(data)
    body: str = sealed["body"]
    if zlib.crc32(body.encode()) != sealed["crc32"]:
        raise ValueError
    values: dict[str, Any] = json.loads(body)
    if not isinstance(values["format"], int):
        raise TypeError
    return values


_BEGIN, _END = b'{"crc32"', b'}"}'
"""How every sealed file begins and ends. The end stands nowhere else: inside, quotes are escaped."""


def _wrong_with(data: bytes) -> Kind:
    """Tell apart why a file cannot be unsealed."""
    if not data.startswith(_BEGIN):
        if _BEGIN.startswith(data):
            return "truncated"
        return "flipped" if data.endswith(_END) or not any(data) else "foreign"
    if data.endswith(_END) or _is_sealed(data[: -len(_END)] + _END):
        return "flipped"
    return "inconsistent" if _END in data else "truncated"


def _is_sealed(data: bytes) -> bool:
    try:
        _unsealed(data)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return True
