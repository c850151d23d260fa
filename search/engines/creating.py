"""An empty index in a folder where there is none."""

import time
from pathlib import Path

from search import files
from search.analysis.chinese import cutter_name
from search.columnar import commit
from search.columnar.commit import Generation
from search.engines.lock import exclusive
from search.errors import IndexBusy, IndexMissing
from search.schema import ANALYSIS_VERSION, FIELDS

_LONGEST, _PAUSE = 10.0, 0.02
"""Seconds: how long another job may take to make the index, and the time between two looks."""


def create_empty(location: Path) -> None:
    """Make an empty index, unless another job makes it meanwhile: then wait for that.

    Raises IndexMissing where none can be made there, DiskFull, and IndexBusy.
    """
    try:
        location.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + _LONGEST
        while not _is_made(location, patient=time.monotonic() < until):
            time.sleep(_PAUSE)
    except OSError as error:
        if error.errno in files.FULL:
            raise files.disk_full(location, error) from error
        raise IndexMissing(
            f"No index can be made in {location} ({error.strerror});"
            f" make its folder writable for this user, or choose another --index."
        ) from error


def _is_made(location: Path, *, patient: bool) -> bool:
    """Make the index, or say whether another job has; raises IndexBusy where that takes too long."""
    try:
        with exclusive(location):
            if not commit.exists(location):
                facts = {
                    "analysis": ANALYSIS_VERSION,
                    "cutter": cutter_name(),
                    "roots": [],
                    "lengths": [0] * len(FIELDS),
                    "created": commit.now(),
                }
                commit.write(location, Generation(0, (), facts))
    except IndexBusy:
        is_made = commit.exists(location)
        if not (is_made or patient):
            raise
        return is_made
    return True
