"""What a bulk job leaves to its workers: tasks on files in a scratch folder, and who does them.

A task is a JSON object and so is its answer, a line each: no code goes over the pipe, and no article.
A worker ends when its standard input does, so none outlives the job, however that ends.
"""

import contextlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from search.article import Article
from search.columnar import spill
from search.columnar.dictionary import Groups
from search.columnar.inverting import Postings
from search.columnar.merging import Part, merged_range
from search.columnar.spill import Spill
from search.columnar.strings import Packed, packed
from search.engines.encoding import Encoder
from search.engines.sorting import SpilledTokens, sorted_tokens
from search.engines.texts import compressed, record_of, texts_of
from search.schema import FIELDS

Task = Mapping[str, Any]

_MOST_GROUPS = 230_000
"""An encoder that knows more begins anew: what it remembers is memory."""


class Worker:
    """Does tasks; remembers what helps with the next one."""

    def __init__(self) -> None:
        self._encoder: Encoder | None = None

    def do(self, task: Task) -> dict[str, Any]:
        """Do a task and return the answer."""
        if task["do"] == "sort":
            return self._sort(Path(task["batch"]), Path(task["dictionary"]), Path(task["into"]))
        return self._merge(task["runs"], task["slices"], Path(task["order"]), Path(task["into"]))

    def _sort(self, batch: Path, dictionary: Path, into: Path) -> dict[str, Any]:
        """Cut and compress articles, and put their tokens aside in order."""
        file = Spill(batch)
        articles, records = _read_batch(file)
        file.remove()
        shared = dictionary.read_bytes()
        blobs = [compressed(record, shared) for record in records]
        del records
        self._encoder = self._encoder or Encoder()
        tokens = sorted_tokens(self._encoder, articles)
        del articles
        sizes = np.fromiter(map(len, blobs), np.int64, len(blobs))
        texts = np.frombuffer(b"".join(blobs), np.uint8)
        del blobs
        tokens.put_aside(into, {"blobs": texts, "blob_sizes": sizes})
        if len(self._encoder.dictionary.groups) > _MOST_GROUPS:
            self._encoder = None
        return {}

    def _merge(
        self, runs: Sequence[str], slices: Sequence[tuple[int, int]], order: Path, into: Path
    ) -> dict[str, Any]:
        """Merge a range of the dictionary."""
        with ExitStack() as files:
            new_order = files.enter_context(Spill(order))
            ends = new_order.read("run_ends").tolist()
            numbers = np.split(new_order.read("renumbered"), ends[:-1])
            field_starts = new_order.read("field_starts").reshape(-1, len(FIELDS))
            sources = [SpilledTokens(files.enter_context(Spill(Path(run)))) for run in runs]
            put_part(into, merged_range(sources, slices, numbers, field_starts))
        return {}


def put_batch(path: Path, articles: Sequence[Article]) -> None:
    """Write articles, in the order of time, into a spill."""
    titles = packed([article.title.encode("utf-8") for article in articles])
    records = packed([record_of(article) for article in articles])
    spill.write(
        path,
        {
            "titles": titles.data,
            "title_ends": titles.ends,
            "records": records.data,
            "record_ends": records.ends,
        },
    )


def _read_batch(file: Spill) -> tuple[list[Article], list[bytes]]:
    """Return the articles, as far as they are searched, and their records."""
    titles = Packed(file.read("titles"), file.read("title_ends")).strings()
    records = Packed(file.read("records"), file.read("record_ends")).strings()
    articles = []
    for number, (title, record) in enumerate(zip(titles, records, strict=True)):
        texts = texts_of(record)
        articles.append(
            Article(
                id=str(number),
                title=title.decode("utf-8"),
                summary=texts.summary,
                body=texts.body,
                caption=texts.caption,
            )
        )
    return articles, records


def put_part(path: Path, part: Part) -> None:
    """Write merged groups into a spill."""
    groups, postings = part.groups, part.postings
    spill.write(
        path,
        {
            "names": groups.names.data,
            "name_ends": groups.names.ends,
            "labels": groups.labels.data,
            "label_ends": groups.labels.ends,
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


def serve() -> None:
    """Be a worker: answer each task that comes in."""
    # The job decides when to end; a key pressed at its terminal is meant for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library may print is no answer
    worker = Worker()
    for line in sys.stdin:
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
