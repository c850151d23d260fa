"""Articles that get another id, path or root, and nothing else: their segments stay as they are.

What the documents of a segment are called lies in a file of its own beside it, written anew as a whole
by every commit that moves some. The next merge reads through it, and leaves none.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

import numpy as np

from search.article import Article, content_hash
from search.columnar.commit import SegmentEntry
from search.columnar.layout import Array, SectionWriter
from search.columnar.strings import put_strings
from search.engines.documents import SAME, StoredDocuments
from search.schema import ANALYSIS_VERSION

Held = Sequence[tuple[StoredDocuments, Array]]
"""Segments, each with a flag for every document: whether it is deleted."""


class Move(NamedTuple):
    """A document, and what it is called from now on."""

    document: int
    id: str
    path: str
    root: str


class Moves:
    """The moves of one job. `open_held` opens the segments there are, once something is to be moved."""

    def __init__(self, open_held: Callable[[], Held]) -> None:
        self._open_held = open_held
        self._moves: dict[str, tuple[int, Move]] = {}  # by the id that an article has afterwards

    @cached_property
    def _held(self) -> Held:
        return self._open_held()

    def __len__(self) -> int:
        return len(self._moves)

    def find(self, former_id: str, article: Article) -> tuple[int, Move] | None:
        """Return the segment and the move that make one article of the other.

        None where the former one is not held, or is not the same but for its id, path and root.
        """
        for number, (stored, deleted) in enumerate(self._held):
            document = stored.find(former_id)
            if document is not None and not deleted[document]:
                digest = content_hash(article, str(ANALYSIS_VERSION))
                if stored.content_hash(document).hex() != digest:
                    return None
                return number, Move(document, article.id, article.path, article.root)
        return None

    def add(self, number: int, move: Move) -> None:
        """Note a move within a segment, by its number."""
        self._moves[move.id] = number, move

    def cancel(self, article_id: str) -> None:
        """Forget the move that would give an article this id, if there is one."""
        self._moves.pop(article_id, None)

    def of(self, number: int) -> list[Move]:
        """Return the moves within a segment."""
        return [move for own, move in self._moves.values() if own == number]

    def impossible(self, changed: Collection[str]) -> Iterator[Article]:
        """Yield the articles that a segment cannot hold at their places under their new ids.

        `changed` are all ids that were put, removed or moved. To be called when all moves are known.
        """
        for number in sorted({number for number, _ in self._moves.values()}):
            stored, deleted = self._held[number]
            moves = self.of(number)
            gone = without(deleted, stored, changed, moves)
            for move in _out_of_order(stored, gone, moves):
                article = stored.article(move.document)
                yield replace(article, id=move.id, path=move.path, root=move.root)


def without(
    deleted: Array, stored: StoredDocuments, changed: Collection[str], moves: Iterable[Move]
) -> Array:
    """Flag the documents that are deleted once ids have changed: all with such an id, but the moved."""
    gone = deleted.copy()
    gone[list(stored.find_all(changed).values())] = True
    gone[[move.document for move in moves]] = False
    return gone


def _out_of_order(stored: StoredDocuments, gone: Array, moves: Iterable[Move]) -> list[Move]:
    """Return the moves that break the order of a segment: larger ids first within a second."""
    dates = stored.segment.dates
    moved = {move.document: move for move in moves}
    found: list[Move] = []
    behind = 0
    for document in sorted(moved):
        if document >= behind:  # not of a second that was looked at already
            first, behind = (int(dates.searchsorted(dates[document], s)) for s in ("left", "right"))
            documents = (first + np.flatnonzero(~gone[first:behind])).tolist()
            ids = [stored.ids[place] for place in documents]
            found += _breaking(documents, ids, moved)
    return found


def _breaking(documents: list[int], ids: list[bytes], moved: dict[int, Move]) -> Iterator[Move]:
    """Yield the moves after which the ids would not descend."""
    floors = []
    floor = b""
    for document, own in zip(reversed(documents), reversed(ids), strict=True):
        floors.append(floor)
        floor = floor if document in moved else own
    ceiling: bytes | None = None
    for document, own, floor in zip(documents, ids, reversed(floors), strict=True):
        move = moved.get(document)
        name = own if move is None else move.id.encode("utf-8")
        if move is None or (floor < name and (ceiling is None or name < ceiling)):
            ceiling = name
        else:
            yield move


def write_names(
    folder: Path, entry: SegmentEntry, stored: StoredDocuments, gone: Array, moves: Iterable[Move]
) -> Path:
    """Write, durably, what all documents of a segment are called after the moves."""
    count = stored.segment.count
    ids, urls = stored.ids.between(0, count), stored.urls.between(0, count)
    moves = list(moves)
    for move in moves:
        former, own = ids[move.document], move.id.encode("utf-8")
        url = former if urls[move.document] == SAME else urls[move.document]
        ids[move.document], urls[move.document] = own, SAME if url == own else url
    # Where a deleted document has the id of another one, only the other one is found.
    places = {ids[place]: place for place in np.flatnonzero(gone).tolist()}
    places.update((ids[place], place) for place in np.flatnonzero(~gone).tolist())
    order = [place for _, place in sorted(places.items())]
    stem = entry.file.removeprefix("segment-").removesuffix(".seg")
    writer = SectionWriter(folder / f"names-{stem}-{token_hex(4)}.cols")
    try:
        writer.facts = {"segment": entry.file}
        put_strings(writer, "ids", ids)
        put_strings(writer, "urls", urls)
        writer.put("ids.order", np.array(order, np.uint32))
        _put_table(writer, "paths", stored, {move.document: move.path for move in moves})
        _put_table(writer, "roots", stored, {move.document: move.root for move in moves})
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    return writer.path


def _put_table(
    writer: SectionWriter, name: str, stored: StoredDocuments, changed: dict[int, str]
) -> None:
    """Write the paths or roots of all documents; those that none has any longer are left out."""
    values, numbers = stored.table(name)
    values += [value.encode("utf-8") for value in changed.values()]
    numbers = numbers.copy()
    numbers[list(changed)] = np.arange(len(values) - len(changed), len(values))
    used, numbers = np.unique(numbers, return_inverse=True)
    put_strings(writer, name, [values[place] for place in used.tolist()])
    writer.put(f"documents.{name}", numbers.astype(np.uint32))
