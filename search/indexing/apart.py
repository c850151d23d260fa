"""Does what a run writes lie apart from what it reads?"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from search.errors import ConfigError
from search.indexing.looking import within
from search.sources.reading import format_suffix
from search.sources.source_file import STANDARD_INPUT


def check_index(index: Path, roots: Iterable[str]) -> None:
    """Raise ConfigError where a path to be indexed lies in the folder of the index.

    An index does not index itself, and so such a path would seem to be empty, run after run.
    """
    is_in_index = within(_places(index))
    for root in roots:
        if root != STANDARD_INPUT and any(map(is_in_index, _places(root))):
            raise ConfigError(
                f"{root!r} is or lies in the folder of the index, {str(index)!r}, in which nothing is"
                " looked for; choose another --index, apart from the articles."
            )


def check_output(name: str, path: str, index: Path, roots: Sequence[str]) -> None:
    """Raise ConfigError where to write to a path would harm the index or what is to be indexed.

    `name` is what the sentence calls the path; the roots are absolute. A file that is not there yet is
    refused as one that is: the next run would read it.
    """
    places = _places(path)
    if any(map(within(_places(index)), places)):
        trouble = f"lies in the folder of the index, {index}"
    elif any(_is_read(place, place_of_root) for place in places for place_of_root in _both(roots)):
        trouble = "is among what is to be indexed, and would be read as an article"
    else:
        return
    raise ConfigError(f"{name} {trouble}; name one apart from the articles and the index.")


def _is_read(place: str, root: str) -> bool:
    """Say whether a run over the root would read a file at this place."""
    if place == root:
        return True
    inside = place.removeprefix(os.path.join(root, ""))
    is_hidden = any(part.startswith(".") for part in inside.split(os.sep))
    return inside != place and not is_hidden and bool(format_suffix(place))


def _both(paths: Iterable[str]) -> Iterable[str]:
    return (place for path in paths for place in _places(path))


def _places(path: str | Path) -> tuple[str, str]:
    """Return a path as it is named, and where that really is."""
    named = os.path.abspath(os.path.expanduser(path))
    return named, os.path.realpath(named)
