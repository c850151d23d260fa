"""What became of the articles between two generations of an index?"""

from typing import NamedTuple

from search.engines.port import Held, SearchEngine


class Difference(NamedTuple):
    """The ids of articles, each in one of four lists, in order.

    `changed`: the same id, another text; `moved`: another id or path for the same text, as pairs of
    the former id and the later one, which are the same where only the path is another.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        """Say whether there is any difference."""
        return any(self)


def difference(older: SearchEngine, newer: SearchEngine) -> Difference:
    """Compare what two generations hold: each text by its hash, without reading it."""
    before, after = older.held(), newer.held()
    changed, moved = [], []
    for article_id in before.keys() & after.keys():
        former, now = before[article_id], after[article_id]
        if former.content_hash != now.content_hash:
            changed.append(article_id)
        elif former.path != now.path:
            moved.append((article_id, article_id))
    removed = {i: held for i, held in before.items() if i not in after}
    added = {i: held for i, held in after.items() if i not in before}
    renamed = _renamed(removed, added)
    for former_id, article_id in renamed:
        del removed[former_id], added[article_id]
    return Difference(
        tuple(sorted(added)),
        tuple(sorted(changed)),
        tuple(sorted([*moved, *renamed])),
        tuple(sorted(removed)),
    )


def _renamed(removed: dict[str, Held], added: dict[str, Held]) -> list[tuple[str, str]]:
    """Return pairs of an id that went and one that came with the same text."""
    former: dict[str, list[str]] = {}
    for article_id in sorted(removed, reverse=True):
        former.setdefault(removed[article_id].content_hash, []).append(article_id)
    return [
        (ids.pop(), article_id)
        for article_id in sorted(added)
        if (ids := former.get(added[article_id].content_hash))
    ]
