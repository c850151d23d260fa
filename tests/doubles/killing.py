"""Jobs in processes of their own, each killed at a point that is known beforehand, or after a time.

`Killer` starts one Python that has all modules loaded; it runs each job in a child, which begins at
once. A point is the number of a `step`, which is a system call that changes files, or of a `call`, of any
function that is written in C; or it is a number of `seconds`.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).parents[2]
KINDS = ("steps", "calls", "seconds")
MARK = "DUOWEN_TEST_KILLER"
_PROGRAM = "from tests.doubles.killing import serve; serve()"
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PLAIN = {"batch": 0, "count": "", "kill": ("", 0)}
_STEPS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.utime", "os.link"}


class Ended(NamedTuple):
    """How a job ended; `counted` says how long an unkilled one was, in the kind that was asked for."""

    killed: bool
    counted: float
    result: object
    error: str


class Killer:
    """Runs jobs and kills them; to be closed, or used in a `with` block."""

    def __init__(self):
        self.mark = os.urandom(8).hex()
        environment = {
            name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_START"
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            env={**environment, "PYTHONPATH": str(TOP), MARK: self.mark},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def run(self, do, options, *, batch=0, count="", kill=("", 0)):
        """Run a job by name (see JOBS) to its end or its death; `count` and `kill` name a kind.

        `batch` is how many articles go to worker processes at once, of which there are two then.
        """
        task = {"do": do, "options": options, "batch": batch, "count": count, "kill": kill}
        (ended,) = self._run([task])
        return ended

    def race(self, *jobs):
        """Run jobs at the same time, each (name, options), and return how each ended."""
        return self._run([{**_PLAIN, "do": do, "options": options} for do, options in jobs])

    def _run(self, tasks):
        print(json.dumps(tasks), file=self._process.stdin, flush=True)
        return [Ended(*ended) for ended in json.loads(self._process.stdout.readline())]

    def offspring(self):
        """Return the processes that jobs left: not this one's own."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                is_ours = f"{MARK}={self.mark}".encode() in (place / "environ").read_bytes()
                state = (place / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if is_ours and state != "Z" and int(place.name) != self._process.pid:
                found.append(int(place.name))
        return found


def serve():
    """Be the process that runs jobs: a line of JSON in, a line of JSON out."""
    with tempfile.TemporaryDirectory() as folder:
        _load_all(Path(folder))
    for line in sys.stdin:
        children = [_started(task) for task in json.loads(line)]
        print(json.dumps([_ended(*child) for child in children]), flush=True)


def _load_all(folder):
    """Do everything once, so that a child has all modules and dictionaries."""
    (folder / "a.md").write_text("---\ntitle: Bridge\n---\n新桥开通。\n", encoding="utf-8")
    (folder / "b.jsonl").write_text('{"id": "b", "title": "Tram"}\n', encoding="utf-8")
    index = str(folder / "index")
    for options in ({}, {"rebuild": True}):
        JOBS["index"](paths=[str(folder)], index=index, **options)
    JOBS["rollback"](index=index)


def _started(task):
    """Start a task in a child; return the child, the pipe from it, and after how long to kill it."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _be_the_job(task, writing)
    os.close(writing)
    kind, number = task["kill"]
    return child, reading, number if kind == "seconds" else None


def _ended(child, reading, seconds):
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)  # not waited for yet, so this is still its number
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        return Ended(True, 0, None, "")
    return Ended(False, **json.loads(said))


def _be_the_job(task, pipe):
    """Do the task in this process, say how it went, and end."""
    # What the job prints is no answer, and nobody's business; workers must not hold the pipe open.
    os.dup2(2, 1)
    os.set_inheritable(pipe, False)
    said = {"counted": 0, "result": None, "error": ""}
    try:
        if task["batch"]:
            _employ_workers(task["batch"])
        kind, number = task["kill"]
        counter = _Counter(task["count"] or kind, number)
        began = time.perf_counter()
        with counter:
            said["result"] = JOBS[task["do"]](**task["options"])
        taken = time.perf_counter() - began
        said["counted"] = taken if task["count"] == "seconds" else counter.counted
    except BaseException:  # noqa: BLE001  # told to the test
        said["error"] = traceback.format_exc()
    os.write(pipe, json.dumps(said).encode())
    os._exit(0)


def _employ_workers(batch):
    from search.engines import crew, local_writer

    local_writer.BATCH_ARTICLES = batch
    crew.cores = lambda: 2


class _Counter:
    """Counts steps or calls of this process, and kills it when it comes to the given one."""

    def __init__(self, kind, number):
        self._kind = kind
        self._number = number
        self._active = False
        self.counted = 0

    def __enter__(self):
        self._active = True
        if self._kind == "steps":
            sync = os.fsync
            os.fsync = lambda handle: (self._count(), sync(handle))[1]
            sys.addaudithook(self._heard)
        elif self._kind == "calls":
            sys.setprofile(self._profiled)

    def __exit__(self, *_):
        sys.setprofile(None)
        self._active = False

    def _heard(self, event, arguments):
        if self._active and (
            event in _STEPS or (event == "open" and arguments[2] and arguments[2] & _WRITING)
        ):
            self._count()

    def _profiled(self, _frame, event, _argument):
        if event == "c_call":
            self._count()

    def _count(self):
        self.counted += 1
        if self.counted == self._number:
            os.kill(os.getpid(), signal.SIGKILL)


def _index(paths, index, **options):
    from search.reindexing import reindex

    report = reindex(paths, index, **options)
    return report.as_mapping()


def _rollback(index, number=None, **options):
    from search import upkeep

    return upkeep.rollback(index, number, **options)._asdict()


def _forget(paths, index):
    from search.reindexing import forget

    return forget(paths, index)


def _repair(index):
    from search import upkeep

    done = upkeep.repair(index)
    return {"action": done.action, "generation": done.generation, "articles": done.articles}


JOBS = {"index": _index, "rollback": _rollback, "forget": _forget, "repair": _repair}
