"""Here is a small file of the alerts: read it whole, replace it whole, one process at a time."""

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from search import files
from search.engines.lock import exclusive
from search.errors import IndexBusy, IndexCorrupt, IndexFault, IndexMissing, IndexTooNew, Kind
from search.render import as_json

SCHEMA_VERSION = 1

_LOCK = "saved.lock"
_PATIENCE = 10.0  # seconds; nobody holds this lock for longer than it takes to replace a file
_RETRIES = 4


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Change saved.json and alerts-pending.json one at a time; raises IndexBusy, IndexMissing."""
    if not folder.is_dir():
        raise IndexMissing(
            f"There is no index in {folder.absolute()};"
            f" make one with duowen index PATH, or name another with --index."
        )
    with exclusive(folder, _PATIENCE, _LOCK):
        yield


def read(path: Path, way_out: str) -> dict[str, Any] | None:
    """Return what a file holds, None where there is none.

    Raises IndexCorrupt, with the way out, for what is damaged; IndexTooNew; and IndexFault.
    """
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        detail = f"{error.strerror}; make it readable for this user"
        raise IndexFault(
            f"{path} cannot be read ({error.strerror}); make it readable for this user.",
            file=path.name,
            kind="unreadable",
            detail=detail,
        ) from error
    except (ValueError, RecursionError):
        raise damaged(path, way_out, "flipped") from None
    try:
        is_newer = values["schema_version"] > SCHEMA_VERSION
    except (KeyError, TypeError):
        raise damaged(path, way_out) from None
    if is_newer:
        raise IndexTooNew(
            f"{path} was written by a newer duowen; upgrade duowen to read it.",
            file=path.name,
            kind="newer",
            detail="upgrade duowen to read it",
        )
    return dict(values)


def damaged(path: Path, way_out: str, kind: Kind = "foreign") -> IndexCorrupt:
    """Return what is told where a file does not hold what it should."""
    return IndexCorrupt(f"{path} is damaged; {way_out}.", file=path.name, kind=kind, detail=way_out)


def replace(path: Path, values: dict[str, Any]) -> None:
    """Put the values in place of the file, durably; raises DiskFull, IndexFault."""
    text = as_json({"schema_version": SCHEMA_VERSION, **values}, indent=1)
    replace_bytes(path, text.encode() + b"\n")


def replace_bytes(path: Path, data: bytes) -> None:
    """Put the bytes in place of the file, in the same way."""
    with told(path.parent):
        for _ in range(_RETRIES):
            # A job that begins just now takes the file half written for a leftover of a killed one.
            with contextlib.suppress(FileNotFoundError):
                files.replace_durably(path, data)
                return
        files.replace_durably(path, data)


def remove(path: Path) -> None:
    """Remove a file, durably."""
    with told(path.parent):
        path.unlink(missing_ok=True)
        files.sync_folder(path.parent)


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Tell in one sentence where the folder of the index cannot be written to."""
    try:
        yield
    except OSError as error:
        if error.errno in files.FULL:
            raise files.disk_full(folder, error) from error
        raise IndexFault(
            f"The index in {folder} cannot be written to ({error.strerror});"
            f" make the folder writable for this user."
        ) from error


@contextmanager
def firing(folder: Path, wait: float) -> Iterator[bool]:
    """Hold the lock of those who fire; give False where somebody else holds it all the time."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(exclusive(folder, wait, "alerts.lock"))
        except IndexBusy:
            yield False
        else:
            yield True
