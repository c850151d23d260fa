"""Would this run remove so much that something must be wrong, a disk that is not mounted, say?"""

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from search.engines.port import Held
from search.errors import PruneRefused

MOST_REMOVED = 0.2
"""Of the articles under one path, in one run."""


def check(held: Mapping[str, Held], gone: Sequence[str], roots: Iterable[str]) -> None:
    """Raise PruneRefused where more than a fifth of the articles under one of the roots would go.

    A single article may always go.
    """
    if len(gone) < 2:  # noqa: PLR2004
        return
    known = frozenset(roots)

    @cache
    def roots_above(folder: str) -> tuple[str, ...]:
        found = []
        while True:
            if folder in known:
                found.append(folder)
            parent = os.path.dirname(folder)
            if parent == folder:
                return tuple(found)
            folder = parent

    def roots_of(path: str) -> tuple[str, ...]:
        above = roots_above(os.path.dirname(path))
        return (*above, path) if path in known else above

    lost = Counter(root for one in gone for root in roots_of(held[one].path))
    there = Counter(root for one in held.values() for root in roots_of(one.path))
    for root, count in lost.most_common():
        if count > 1 and count > MOST_REMOVED * there[root]:
            raise PruneRefused(
                f"This run would remove {count:,} of the {there[root]:,} articles of {root}, so nothing"
                f" was written; check that it is whole and mounted, or use --force-prune."
            )
