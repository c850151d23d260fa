"""Alerts -> a command of one's own, with JSON on its standard input. No shell reads any of it."""

import contextlib
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from search.alerts.state import SCHEMA_VERSION
from search.alerts.target import Delivery, Refused
from search.marking import one_line
from search.render import as_json

TIME_LIMIT = 60.0
"""Seconds that one process may take."""

_MOST_SHOWN = 200
_READ_BACK = 4_096


class Command:
    """A command line, run once for each saved search that has new alerts."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = list(words)
        self.name = f"command:{shlex.join(words)}"
        self.path: Path | None = None

    def deliver(self, delivery: Delivery) -> None:
        """Run it; raises Refused where it ends with another code than 0, OSError where it does not."""
        values = {
            "schema_version": SCHEMA_VERSION,
            "search": delivery.search,
            "query": delivery.alerts[-1].get("query", ""),
            "alerts": list(delivery.alerts),
        }
        # A file, not a pipe: what the command leaves running may hold on to it without our waiting.
        with tempfile.TemporaryFile() as said:
            code = _run(self._words, as_json(values).encode(), said)
            if code:
                ended = f"ended with {code}" if code > 0 else f"was ended by signal {-code}"
                raise Refused(f"it {ended} for “{delivery.search}”{_last_words(said)}")


def _run(words: Sequence[str], data: bytes, said: BinaryIO) -> int:
    with subprocess.Popen(  # noqa: S603  # the words come from the settings, never from an article
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=True,  # what it starts ends with it, and an interrupt is ours to handle
    ) as process:
        try:
            process.communicate(data, timeout=TIME_LIMIT)
        except subprocess.TimeoutExpired:
            _end(process)
            raise OSError(0, f"it took longer than {TIME_LIMIT:.0f} s and was ended") from None
        except BaseException:
            _end(process)
            raise
        return process.returncode


def _end(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _last_words(said: BinaryIO) -> str:
    """Return the last line that the command wrote to its standard error."""
    size = said.seek(0, os.SEEK_END)
    said.seek(max(0, size - _READ_BACK))
    lines = said.read().decode("utf-8", "replace").strip().splitlines()
    return f" ({one_line(lines[-1])[:_MOST_SHOWN]})" if lines else ""
