"""Who is told of an alert, and how? A text such as `atom:feeds` -> a Target."""

import os
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path

from search.alerts.target import Target
from search.errors import ConfigError

FORMS = "jsonl:FILE, jsonl:-, atom:FOLDER or command:COMMAND LINE"


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


def _lines(path: str, folder: Path) -> Target:
    from search.alerts.json_lines import JsonLines  # each is loaded by the jobs that need it

    return JsonLines(None if path == "-" else _absolute(path, folder))


def _feeds(path: str, folder: Path) -> Target:
    from search.alerts.atom import Feeds

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
    "jsonl": (_lines, "file"),
    "atom": (_feeds, "folder"),
    "command": (_command, "command line"),
}
