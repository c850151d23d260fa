"""A process that looks at an index again and again, and tells what each generation holds.

`Readers` starts some, each with a manner of its own (see MANNERS). What a look finds must agree in all
its parts; a generation is told by a digest of its articles, and by the same one every time.
"""

import hashlib
import json
import os
import subprocess
import sys
import traceback
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from search import upkeep
from search.errors import GenerationMissing
from search.library import open_index

TOP = Path(__file__).parents[2]
WORD = "bridge"
"""Every article holds it."""

_PROGRAM = "import sys; from tests.doubles.reading import read; read(*sys.argv[1:])"


def digest_of(titles):
    """Return what stands for the articles of a generation: id -> title."""
    text = json.dumps(sorted(titles.items()))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class Readers:
    """Processes that look at an index, one for each manner; `stop` ends them and tells what they saw."""

    def __init__(self, index, folder, manners):
        folder.mkdir()
        self._places = {manner: folder / manner for manner in manners}
        self._processes = {
            manner: subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, manner, str(index), str(place)],
                env={**os.environ, "PYTHONPATH": str(TOP)},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for manner, place in self._places.items()
        }  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self._processes.values():
            with process:
                process.kill()

    def looks(self):
        """Return the number of looks of the slowest reader so far; one that has ended counts no more."""
        running = [m for m, process in self._processes.items() if process.poll() is None]
        return min((size_of(self._places[manner]) for manner in running), default=sys.maxsize)

    def stop(self):
        """Return what each has seen: manner -> generation -> digest; raises what went wrong."""
        seen = {}
        for manner, process in self._processes.items():
            out, _ = process.communicate("stop\n", timeout=120)
            said = json.loads(out)
            assert not said["error"], f"{manner}:\n{said['error']}"
            seen[manner] = {int(number): digest for number, digest in said["seen"].items()}
        return seen


def size_of(path):
    """Return the size of a file that may not be there yet."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def read(manner, index, counter):
    """Be a reader until standard input ends: a byte in the file `counter` for each look."""
    seen = {}
    error = ""
    os.set_blocking(0, False)
    try:
        looks = MANNERS[manner](index)
        with open(counter, "wb", buffering=0) as file:
            while not _told_to_stop():
                for number, digest in next(looks).items():
                    assert seen.setdefault(number, digest) == digest, number
                file.write(b".")
    except BaseException:  # noqa: BLE001  # told to the test
        error = traceback.format_exc()
    print(json.dumps({"seen": seen, "error": error}))


def _told_to_stop():
    try:
        os.read(0, 1)
    except BlockingIOError:
        return False
    return True


def look(opened):
    """Look at an open index in many ways, which must agree; return generation -> digest."""
    results = opened.search(WORD, limit=10_000)
    titles = {hit.id: hit.title for hit in results.hits}
    assert results.total == len(results.hits) == len(titles) == len(opened)
    assert opened.statistics().articles == len(titles)
    for article_id, title in titles.items():
        article = opened.get(article_id)
        assert article.title == title
        (own,) = (word for word in article.body.split() if word.startswith("own"))
        assert [hit.id for hit in opened.search(own, snippets=False).hits] == [article_id]
    newest = opened.search(WORD, limit=10_000, sort="newest", snippets=False)
    assert {hit.id: hit.title for hit in newest.hits} == titles
    return {opened.generation: digest_of(titles)}


def anew(index):
    """Open the index for every look."""
    while True:
        with open_index(index) as opened:
            yield look(opened)


def reloading(index):
    """Open it once, and move on with the newest generation."""
    with open_index(index) as opened:
        while True:
            yield look(opened)
            opened.reload()


def staying(index):
    """Open it once, and keep what was opened."""
    with open_index(index) as opened:
        number = opened.generation
        while True:
            yield look(opened)
            assert opened.generation == number


def looking_after(index):
    """Check the whole index, and compare the generations that are kept."""
    while True:
        found = upkeep.check(index, deep=True)
        assert found.sound, found
        assert not found.damages, found
        numbers = [one.number for one in upkeep.generations(index)]
        for older, newer in pairwise(numbers):
            with suppress(GenerationMissing):  # meanwhile it may be kept no more
                upkeep.diff(index, older, newer)
        yield {}


MANNERS = {
    "anew": anew,
    "reloading": reloading,
    "staying": staying,
    "looking after": looking_after,
}
