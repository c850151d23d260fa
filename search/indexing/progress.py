"""How far a job is and how fast, shown on a terminal and wiped away afterwards."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

Progress = Callable[[str, int], None]
"""Called with the phase, `reading` or `writing`, and the number of articles read so far."""

_EVERY = 0.1  # seconds
_SETTLED = 1.0  # seconds, before which a rate says little
_WIPE = "\r\x1b[K"


@contextmanager
def shown(terminal: TextIO | None) -> Iterator[Progress | None]:
    """Give what a job reports its progress to; None where nobody would see it.

    Where the terminal is closed meanwhile, nothing is shown any more, and the job goes on.
    """
    if terminal is None or not terminal.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    last = ("", 0.0)
    started = time.monotonic()
    is_there = True

    def write(text: str) -> None:
        nonlocal is_there
        if is_there:
            try:
                terminal.write(text)
                terminal.flush()
            except OSError:  # EIO after a hang-up
                is_there = False

    def progress(phase: str, count: int) -> None:
        nonlocal last
        now = time.monotonic()
        if phase != last[0] or now - last[1] >= _EVERY:
            last = phase, now
            taken = now - started
            rate = f", {count / taken:,.0f} a second" if taken >= _SETTLED else ""
            write(f"{_WIPE}{phase}: {count:,} articles{rate}")

    try:
        yield progress
    finally:
        write(_WIPE)
