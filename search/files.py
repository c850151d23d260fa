"""Writing files so that they are whole or absent, and looking at folders."""

import os
import tempfile
from pathlib import Path


def replace_durably(path: Path, data: bytes) -> None:
    """Put the data in place of the file, in one step that survives a power cut.

    Raises OSError, and then the old file is still there.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as temporary:
            temporary.write(data)
            temporary.flush()
            os.fsync(temporary.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system has a way to."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def size_of_folder(folder: Path) -> int:
    """Return the bytes of all files in the folder itself."""
    return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.is_file())
