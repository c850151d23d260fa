"""The three standard streams: always there, always UTF-8, and closed without a word of complaint."""

import os
import sys
from io import TextIOWrapper

from search.errors import EXIT_NOTHING


def prepare() -> None:
    """Put the null device where a stream was closed by whoever started us, and write UTF-8."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # An article may hold what the locale cannot write; UTF-8 always, also under LANG=C.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def end(code: int | None) -> int | None:
    """Write out what is left and return the exit code: a full disk failed, a closed pipe did not."""
    try:
        sys.stdout.flush()
    except OSError as error:
        # Python flushes once more at exit, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code if isinstance(error, BrokenPipeError) else code or EXIT_NOTHING
    return code
