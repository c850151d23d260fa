"""What a bulk job leaves to its workers: tasks on files in a scratch folder, and who does them.

A task is a JSON object and so is its answer, a line each: no code goes over the pipe, and no article.
A worker ends when its standard input does, so none outlives the job, however that ends.
"""

import contextlib
import gc
import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from search.article import Article
from search.columnar import spill
from search.columnar.dictionary import Groups
from search.columnar.inverting import Postings
from search.columnar.merging import Part, merged_range
from search.columnar.spill import Spill, SpillWriter
from search.columnar.strings import Packed, packed
from search.engines.sorting import Sorter, SpilledTokens, portions_of
from search.engines.texts import Packer, record_of, searched
from search.schema import FIELDS

Task = Mapping[str, Any]
READY = {"ready": True}
"""What a worker says before its first answer."""


class Worker:
    """Does tasks; remembers what helps with the next one."""

    def __init__(self) -> None:
        self._sorter: Sorter | None = None

    def do(self, task: Task) -> dict[str, Any]:
        """Do a task and return the answer."""
        if task["do"] == "sort":
            return self._sort(Path(task["batch"]), Path(task["dictionary"]), Path(task["into"]))
        return self._merge(task["tokens"], task["slices"], Path(task["order"]), Path(task["into"]))

    def _sort(self, batch: Path, dictionary: Path, into: Path) -> dict[str, Any]:
        """Cut and compress articles, and put their tokens aside in order."""
        file = Spill(batch)
        packer = Packer(dictionary.read_bytes())
        blobs: list[bytes] = []

        def portions() -> Iterator[list[Article]]:
            for articles, records in _read_batch(file):
                blobs.extend(map(packer.packed, records))
                yield articles

        self._sorter = self._sorter or Sorter()
        tokens = self._sorter.sorted_tokens(portions())
        file.remove()
        sizes = np.fromiter(map(len, blobs), np.int64, len(blobs))
        texts = np.frombuffer(b"".join(blobs), np.uint8)
        tokens.put_aside(into, {"blobs": texts, "blob_sizes": sizes})
        return {}

    def _merge(
        self, tokens: str, slices: Sequence[tuple[int, int]], order: Path, into: Path
    ) -> dict[str, Any]:
        """Merge a range of the dictionary."""
        with ExitStack() as files:
            new_order = files.enter_context(Spill(order))
            ends = new_order.read("run_ends").tolist()
            numbers = np.split(new_order.read("renumbered"), ends[:-1])
            field_starts = new_order.read("field_starts").reshape(-1, len(FIELDS))
            batches = (Path(f"{tokens}{number}") for number in range(len(slices)))
            sources = [SpilledTokens(files.enter_context(Spill(path))) for path in batches]
            put_part(into, merged_range(sources, slices, numbers, field_starts))
        return {}


def put_batch(path: Path, articles: Sequence[Article]) -> None:
    """Write articles, in the order of time, into a spill."""
    titles = packed([article.title.encode("utf-8") for article in articles])
    sizes: list[int] = []

    def records() -> Iterator[bytes]:
        for article in articles:
            record = record_of(article)
            sizes.append(len(record))
            yield record

    with SpillWriter(path) as writer:
        writer.put("titles", titles.data)
        writer.put("title_ends", titles.ends)
        writer.put_pieces("records", records())
        writer.put("record_ends", np.cumsum(sizes, dtype=np.int64))


def _read_batch(file: Spill) -> Iterator[tuple[list[Article], list[bytes]]]:
    """Yield articles, as far as they are searched, and their records, a portion at a time."""
    packed_titles = Packed(file.read("titles"), file.read("title_ends"))
    titles = [title.decode("utf-8") for title in packed_titles.strings()]
    ends = np.concatenate([[0], file.read("record_ends")])
    for own in portions_of(np.diff(ends).tolist()):
        start, stop = int(ends[own.start]), int(ends[own.stop])
        data = file.read("records", start, stop)
        records = Packed(data, ends[own.start + 1 : own.stop + 1] - start).strings()
        yield list(map(searched, titles[own], records)), records


def put_part(path: Path, part: Part) -> None:
    """Write merged groups into a spill."""
    groups, postings = part.groups, part.postings
    spill.write(
        path,
        {
            **groups.strings(),
            "label_counts": groups.label_counts,
            "group_starts": postings.group_starts,
            "documents": postings.documents,
            "counts": postings.counts,
            "position_starts": postings.position_starts,
            "positions": postings.positions,
            "forms": postings.forms,
        },
    )


def read_part(file: Spill) -> Part:
    """Return what `put_part` wrote."""
    read = file.read
    return Part(
        Groups(
            Packed(read("names"), read("name_ends")),
            Packed(read("labels"), read("label_ends")),
            read("label_counts"),
        ),
        Postings(
            read("group_starts"),
            read("documents"),
            read("counts"),
            read("position_starts"),
            read("positions"),
            read("forms"),
        ),
    )


def _lines() -> Iterator[str]:
    """Yield the tasks; the process ends at once, whatever it does, when there can be no more."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield lines.get()


def serve() -> None:
    """Be a worker: answer each task that comes in."""
    # The job decides when to end; a key pressed at its terminal is meant for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # nothing here refers to itself, and looking for what does takes its time
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library may print is no answer
    print(json.dumps(READY), file=answers, flush=True)
    worker = Worker()
    for line in _lines():
        try:
            answer = worker.do(json.loads(line))
        except OSError as error:
            answer = {"failed": error.strerror or str(error), "errno": error.errno}
        except MemoryError:
            answer = {"failed": "", "memory": True}
        except Exception:  # noqa: BLE001  # told to the job, which raises it
            answer = {"failed": traceback.format_exc()}
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(answer), file=answers, flush=True)
