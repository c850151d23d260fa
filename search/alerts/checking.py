"""Can the files of saved searches and alerts be read, and what is the way out where one cannot?"""

import contextlib
from collections.abc import Callable
from pathlib import Path

from search.alerts import delivering, journal, pending, saved
from search.engines.upkeep_port import Damage
from search.errors import IndexFault

_READERS: dict[str, Callable[[Path], object]] = {
    saved.FILE_NAME: saved.read,
    pending.FILE_NAME: pending.read,
    delivering.FILE_NAME: delivering.places,
    journal.FILE_NAME: journal.check,
}


def check(folder: Path) -> tuple[list[int], list[Damage]]:
    """Look at the files that are there: return their sizes, and what is wrong with them.

    No generation needs them, and nobody can make them anew: the way out stands in the detail.
    """
    sizes = []
    for name in _READERS:
        with contextlib.suppress(OSError):
            sizes.append((folder / name).stat().st_size)
    return sizes, [damage for name in _READERS if (damage := _damage(folder, name))]


def _damage(folder: Path, name: str) -> Damage | None:
    try:
        _READERS[name](folder)
    except FileNotFoundError:
        return None  # nothing was saved, or told
    except IndexFault as fault:
        return Damage(name, fault.kind or "unreadable", fault.detail, ())
    except OSError as error:
        return Damage(name, "unreadable", f"{error.strerror}; {_WAY_OUT}", ())
    return None


_WAY_OUT = "make it readable for this user"
