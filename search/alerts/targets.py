"""Who is told of an alert, and how? A text such as `atom:feeds` -> a Target."""

import os
import shlex
import stat
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from search import files
from search.alerts.journal import Alert
from search.errors import ConfigError
from search.render import as_json

FORMS = "jsonl:FILE, jsonl:-, atom:FOLDER or command:COMMAND LINE"


class Delivery(NamedTuple):
    """New alerts of one saved search; `latest` gives its last hundred, these included, newest first."""

    search: str
    alerts: Sequence[Alert]
    latest: Callable[[], Sequence[Alert]]


class Refused(Exception):
    """The target did not take this delivery; another one it may take. Says why, without a full stop."""


class Target(Protocol):
    """Where alerts go."""

    @property
    def name(self) -> str:
        """What tells it from other targets, in this run and the next."""
        ...

    @property
    def path(self) -> Path | None:
        """The file or folder it writes to; None for one that writes to none that we know."""
        ...

    def deliver(self, delivery: Delivery) -> None:
        """Hand over alerts; raises Refused, and OSError where no other one would be taken now."""
        ...


def targets_of(texts: Iterable[str], folder: Path | None = None) -> tuple[Target, ...]:
    """Read what --alerts and the settings say; a relative path is in the folder, else where we are.

    Raises ConfigError, in one sentence that names every mistake.
    """
    read = [_target(text, folder or Path.cwd()) for text in texts]
    mistakes = [one for one in read if isinstance(one, str)]
    if mistakes:
        raise ConfigError(f"The alerts are wrong: {'; '.join(mistakes)}; give {FORMS}.")
    return tuple({one.name: one for one in read if not isinstance(one, str)}.values())


def _target(text: str, folder: Path) -> Target | str:
    """Return the target, or what is wrong with the text."""
    try:
        return _read(text, folder)
    except ValueError as error:
        return str(error)


def _read(text: str, folder: Path) -> Target:
    if not isinstance(text, str):
        raise ValueError(f"{text!r:.60} is no text")  # noqa: TRY004  # told with the other mistakes
    kind, colon, rest = text.strip().partition(":")
    if not colon or kind not in _KINDS:
        if text.strip() == "-" or text.strip().endswith(".jsonl"):
            kind, rest = "jsonl", text.strip()
        else:
            raise ValueError(f"{text!r:.200} is no target")
    if not rest.strip() or "\0" in rest:
        raise ValueError(f"{text!r:.200} names no {_KINDS[kind][1]}")
    return _KINDS[kind][0](rest.strip(), folder)


def _absolute(path: str, folder: Path) -> Path:
    return Path(os.path.abspath(folder / os.path.expanduser(path)))


class JsonLines:
    """A file to which one line of JSON is added for each alert, or standard output."""

    def __init__(self, path: str, folder: Path) -> None:
        self.path = None if path == "-" else _absolute(path, folder)
        self.name = f"jsonl:{self.path or '-'}"

    def deliver(self, delivery: Delivery) -> None:
        """Add the lines, durably where it is a file."""
        data = "".join(as_json(alert) + "\n" for alert in delivery.alerts).encode()
        if self.path is None:
            _print(data)
            return
        # Without a reader, to open a pipe would wait for ever.
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _AT_ONCE, 0o644)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(0, "it is no file; name one, or jsonl:- for standard output")
            _add(file, data)
        files.sync_folder(self.path.parent)


_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def _add(file: "_Appended", data: bytes) -> None:
    """Add lines to an open file, or nothing; half a line of a killed process is ended first."""
    size = file.seek(0, os.SEEK_END)
    if size:
        file.seek(size - 1)
        data = data if file.read(1) == b"\n" else b"\n" + data
    try:
        view = memoryview(data)
        while view:
            view = view[file.write(view) or 0 :]
        os.fsync(file.fileno())
    except OSError:
        file.truncate(size)
        raise


class _Appended(Protocol):
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def read(self, size: int, /) -> bytes | None: ...
    def write(self, data: memoryview, /) -> int | None: ...
    def truncate(self, size: int, /) -> int: ...
    def fileno(self) -> int: ...


def _print(data: bytes) -> None:
    sys.stdout.flush()
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(data.decode())
    else:
        stream.write(data)
    sys.stdout.flush()


def _feeds(path: str, folder: Path) -> Target:
    from search.alerts.atom import Feeds  # most jobs write none

    return Feeds(_absolute(path, folder))


def _command(line: str, _: Path) -> Target:
    from search.alerts.command import Command

    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ValueError(f"command {line!r:.200} is no command line ({error})") from None
    if not words or not words[0]:
        raise ValueError(f"{line!r:.200} names no command line")
    return Command(words)


_KINDS: dict[str, tuple[Callable[[str, Path], Target], str]] = {
    "jsonl": (JsonLines, "file"),
    "atom": (_feeds, "folder"),
    "command": (_command, "command line"),
}
