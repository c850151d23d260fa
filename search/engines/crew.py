"""Worker processes: started where there are cores for them, asked, and ended with the job."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from typing import IO, Any, TypeAlias

from search.engines.work import READY, Task, Worker
from search.errors import EngineError

_MOST = 4
_START_SECONDS = 20
"""A worker that has not said so long that it is ready never will."""

_PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from search.engines.work import serve; serve()"


def cores() -> int:
    """Return on how many cores this process may run."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


Answers: TypeAlias = "queue.SimpleQueue[tuple[_Member, dict[str, Any] | None]]"
"""What the processes say; None for one that has ended."""


_FRUGAL = {"MALLOC_MMAP_THRESHOLD_": "8000000", "MALLOC_TRIM_THRESHOLD_": "8000000"}
"""Has the GNU C library give back what large arrays needed as soon as they are gone.

Where it does so with smaller ones, too, a fifth of a worker's time goes into getting the memory anew.
"""

_NO_AVX512 = {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_SKX AVX512_ICL AVX512_SPR"}
"""Has numpy sort by AVX2: AVX-512 takes four times as long on AMD's Zen 4, and saves little elsewhere.

The names are those of numpy 2.4, and of older ones; a name that it does not know changes nothing.
"""


class Crew:
    """Does tasks in other processes, or, where there is one core only, at once and here.

    Tasks are numbered as they are asked for; answers are waited for by number.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._done: dict[int, dict[str, Any]] = {}
        self._answers: Answers = queue.SimpleQueue()
        self._members: list[_Member] = []
        self._here = Worker()
        self._start()

    def _start(self) -> None:
        count = min(_MOST, cores())
        try:
            if count > 1 and sys.executable and not hasattr(sys, "frozen"):
                for _ in range(count):
                    self._members.append(_Member(self._answers))
        except OSError:  # no more processes allowed here: fewer will do, or none
            pass

    def ask(self, task: Task, ahead: int = 2) -> int:
        """Give a task away, as soon as there is somebody to take it; return its number.

        So many tasks may wait for one worker, the one under way included.
        """
        number = self._asked
        self._asked += 1
        while self._members and min(len(member.tasks) for member in self._members) >= ahead:
            self._take_answer()
        self._give(number, task)
        return number

    def wait(self, number: int) -> dict[str, Any]:
        """Return the answer to a task; raises what it raised."""
        while number not in self._done:
            self._take_answer()
        return self._done.pop(number)

    def renew(self) -> None:
        """Begin anew, so that nothing that was needed for other tasks is kept in memory.

        All answers must have been waited for.
        """
        self.close()
        self._start()

    def close(self) -> None:
        """End all processes at once, whatever they are doing."""
        for member in self._members:
            member.end()
        self._members.clear()
        self._answers = queue.SimpleQueue()  # those who were ended have said so in the old one
        self._here = Worker()

    def _give(self, number: int, task: Task) -> None:
        if self._members:
            min(self._members, key=lambda member: len(member.tasks)).give(number, task)
        else:
            self._done[number] = self._here.do(task)

    def _take_answer(self) -> None:
        starting = [member for member in self._members if not member.is_ready]
        try:
            member, answer = self._answers.get(timeout=_START_SECONDS if starting else None)
        except queue.Empty:
            for member in starting:
                self._do_without(member)
            return
        if answer == READY:
            member.is_ready = True
        elif answer is None and not member.is_ready:
            if member in self._members:
                self._do_without(member)
        elif answer is None:
            raise EngineError(
                f"A worker process of this job {member.how_it_ended()}; nothing was changed,"
                f" so run it again."
            )
        elif "failed" in answer:
            _raise(answer)
        else:
            self._done[member.next_task()] = answer

    def _do_without(self, member: "_Member") -> None:
        """Part with a process that cannot begin: the program that runs here only holds a Python."""
        self._members.remove(member)
        member.end()
        for number, task in member.tasks.items():
            self._give(number, task)


class _Member:
    """One process, and the tasks that it was given."""

    def __init__(self, answers: "Answers") -> None:
        self.tasks: dict[int, Task] = {}
        self.is_ready = False
        self._process = subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-c", _PROGRAM, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**_NO_AVX512, **os.environ, **_FRUGAL},
            start_new_session=True,  # a signal from the terminal goes to the job, which ends its workers
        )
        pipes = self._process.stdin, self._process.stdout
        if pipes[0] is None or pipes[1] is None:
            raise OSError("no pipe")
        self._tasks: IO[bytes] = pipes[0]
        self._answers: IO[bytes] = pipes[1]
        listener = threading.Thread(target=self._listen, args=(answers,), daemon=True)
        listener.start()
        self._listener = listener

    def give(self, number: int, task: Task) -> None:
        self.tasks[number] = task
        with contextlib.suppress(BrokenPipeError):  # its end will be told by the listener
            self._tasks.write(json.dumps(task).encode() + b"\n")
            self._tasks.flush()

    def next_task(self) -> int:
        """Return the number of the task that an answer belongs to: the first that was given."""
        number = next(iter(self.tasks))
        del self.tasks[number]
        return number

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(BrokenPipeError):
            self._tasks.close()
        self._listener.join()
        self._answers.close()

    def how_it_ended(self) -> str:
        code = self._process.wait()
        return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"

    def _listen(self, answers: "Answers") -> None:
        answer: dict[str, Any] | None
        for line in self._answers:
            answer = _read(line)
            if answer is None:
                self._process.kill()
                break
            answers.put((self, answer))
        answers.put((self, None))


def _read(line: bytes) -> dict[str, Any] | None:
    """Return an answer; None for what no worker would say."""
    try:
        answer = json.loads(line)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _raise(answer: dict[str, Any]) -> None:
    if answer.get("memory"):
        raise MemoryError
    if "errno" in answer:
        raise OSError(answer["errno"], answer["failed"])
    raise RuntimeError(f"A worker process failed:\n{answer['failed']}")
