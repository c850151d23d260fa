"""Very many articles -> one segment, in bounded memory and on all cores.

Batches go to workers, which put the tokens of each aside in order; then the batches are merged, a range
of the dictionary at a time. What is in memory is a batch and a range for each worker, and the columns.
"""

import shutil
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from search.article import Article
from search.columnar import spill
from search.columnar.commit import SegmentEntry
from search.columnar.inverting import MAX_DOCUMENTS
from search.columnar.layout import Array, SectionWriter
from search.columnar.merging import GONE, Part, ranges
from search.columnar.spill import Spill
from search.encoding.encoder import field_starts
from search.engines.building import write
from search.engines.crew import Crew
from search.engines.document_columns import Documents, in_order_of_time
from search.engines.sampling import dictionary_of
from search.engines.sorting import SpilledTokens
from search.engines.texts import put_texts, record_of
from search.engines.work import put_batch, read_part
from search.ranking.profile import RankingProfile
from search.schema import FIELDS

_MOST_BATCHES, _FEW_BATCHES = 64, 4
_PARTS_AHEAD = 16
"""So many ranges may be merged and wait in files, some megabytes each."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """The task that sorts a batch, the file of its tokens, and where its documents end."""

    task: int
    tokens: Path
    end: int


class Bulk:
    """One segment in the making. `close` must be called, whatever happens; it leaves no trace."""

    def __init__(self, folder: Path, profile: RankingProfile, crew: Crew) -> None:
        self._folder = folder
        self._profile = profile
        self._crew = crew
        self._scratch = Path(tempfile.mkdtemp(prefix=".scratch-", dir=folder.absolute()))
        self._documents = Documents()
        self._discarded: dict[bytes, int] = {}
        self._batches: list[_Batch] = []
        self._files: list[Spill] = []
        self._dictionary = b""

    def has_room_for(self, articles: int) -> bool:
        """Say whether one more batch, of so many articles, fits into the segment."""
        return (
            len(self._documents) + articles <= MAX_DOCUMENTS and len(self._batches) < _MOST_BATCHES
        )

    def add(self, articles: Iterable[Article]) -> None:
        """Add a batch; an article replaces the one with its id."""
        ordered = in_order_of_time(articles)
        number = len(self._batches)
        batch, into = self._scratch / f"batch-{number}", self._scratch / f"tokens-{number}"
        put_batch(batch, ordered)
        if not self._dictionary:
            self._dictionary = dictionary_of(map(record_of, ordered))
            self._dictionary_file.write_bytes(self._dictionary)
        task = {
            "do": "sort",
            "batch": str(batch),
            "dictionary": str(self._dictionary_file),
            "into": str(into),
        }
        for article in ordered:
            self._documents.add(article)
        self._batches.append(_Batch(self._crew.ask(task), into, len(self._documents)))

    def discard(self, article_id: str) -> None:
        """Take an article out again, if it is here."""
        # No article has an id that is not UTF-8, so the pass finds none with it.
        self._discarded[article_id.encode("utf-8", "surrogatepass")] = len(self._documents)

    def finish(self) -> SegmentEntry | None:
        """Write the segment; None where no article is left."""
        for batch in self._batches:
            self._crew.wait(batch.task)
        if len(self._batches) > _FEW_BATCHES:
            self._crew.renew()
        order = self._order()
        if not len(order):
            return None
        self._files += [Spill(batch.tokens) for batch in self._batches]
        lengths = self._joined("lengths").reshape(-1, len(FIELDS))[order]
        renumbered = np.full(len(self._documents), GONE, np.int64)
        renumbered[order] = np.arange(len(order))
        spill.write(
            self._order_file,
            {
                "renumbered": renumbered,
                "run_ends": np.array([batch.end for batch in self._batches], np.int64),
                "field_starts": field_starts(lengths).ravel(),
            },
        )

        def put_documents(writer: SectionWriter) -> None:
            self._documents.put(writer, order)
            dictionary_of = np.zeros(len(order))
            sizes = self._joined("blob_sizes")[order]
            put_texts(writer, sizes, self._blobs(order), dictionary_of, [self._dictionary])

        return write(self._folder, self._parts(), lengths, put_documents, self._profile)

    def close(self) -> None:
        """Remove all that was put aside."""
        for file in self._files:
            file.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _joined(self, name: str) -> Array:
        return np.concatenate([file.read(name) for file in self._files])

    @property
    def _dictionary_file(self) -> Path:
        return self._scratch / "dictionary"

    @property
    def _order_file(self) -> Path:
        return self._scratch / "order"

    def _order(self) -> Array:
        """Return the documents that are left, oldest first, larger ids before smaller.

        Of several with one id the last is left, unless it was discarded afterwards.
        """
        ids = self._documents.ids()
        by_id = sorted(range(len(ids)), key=ids.__getitem__, reverse=True)
        names = list(map(ids.__getitem__, by_id))
        left = [
            place
            for place, own, following in zip(by_id, names, [*names[1:], b""], strict=False)
            if own != following and place >= self._discarded.get(own, 0)
        ]
        order = np.array(left, np.int64)
        return order[self._documents.dates[order].argsort(kind="stable")]

    def _blobs(self, order: Array) -> Iterator[bytes]:
        """Yield compressed texts, of which none is kept."""
        sizes = self._joined("blob_sizes")
        ends = np.cumsum(sizes)
        batch_ends = np.array([batch.end for batch in self._batches], np.int64)
        batch_of = np.searchsorted(batch_ends, np.arange(len(sizes)), side="right")
        begins = np.concatenate([[0], ends[batch_ends - 1]])[batch_of]
        starts, stops = (ends - sizes - begins).tolist(), (ends - begins).tolist()
        for place in order.tolist():
            file = self._files[int(batch_of[place])]
            yield file.read("blobs", starts[place], stops[place]).tobytes()

    def _parts(self) -> Iterator[Part]:
        """Return the merged groups; workers begin at once, and stay ahead of who takes them."""
        tasks = self._merging()
        waiting = deque(islice(tasks, _PARTS_AHEAD))

        def in_order() -> Iterator[Part]:
            while waiting:
                part = self._part(*waiting.popleft())
                waiting.extend(islice(tasks, 1))
                yield part

        return in_order()

    def _merging(self) -> Iterator[tuple[int, Path]]:
        """Ask for each range of the dictionary; yield the number of the task, and its file."""
        for number, slices in enumerate(ranges(list(map(SpilledTokens, self._files)))):
            into = self._scratch / f"part-{number}"
            task = {
                "do": "merge",
                "tokens": str(self._scratch / "tokens-"),
                "slices": slices,
                "order": str(self._order_file),
                "into": str(into),
            }
            yield self._crew.ask(task, ahead=_PARTS_AHEAD), into

    def _part(self, number: int, path: Path) -> Part:
        self._crew.wait(number)
        file = Spill(path)
        part = read_part(file)
        file.remove()
        return part
