"""A plain search, as most command lines are: `duowen search WORDS`, answered without loading click.

Comes in: the words behind `duowen`. Goes out: the exit code of a search; None for whatever click is to
read, which is every other command and option, and every mistake.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from search.commands import ELSEWHERE, SEARCHING
from search.commands.telling import ask_whether_meant, tell_error, tell_results
from search.errors import DuowenError

COMMANDS = (*SEARCHING, *ELSEWHERE)

_COMPLETION = "_DUOWEN_COMPLETE"
"""Set by a shell that asks click how words may end."""


class _Search(NamedTuple):
    words: Sequence[str]
    folder: str | None
    as_json: bool


def answered(arguments: Sequence[str]) -> int | None:
    """Answer a plain search and return its exit code; None, with nothing done, where it is not one.

    Raises KeyboardInterrupt, and signals.Terminated, where it is ended from outside.
    """
    asked = _read(arguments)
    # Under Windows it is the program that finds the files a pattern stands for: click does.
    if asked is None or os.name == "nt" or _COMPLETION in os.environ:
        return None
    try:
        return _answer(asked)
    except (DuowenError, MemoryError, OSError) as error:
        return tell_error(error)
    except KeyboardInterrupt:
        with suppress(OSError):
            print(file=sys.stderr)  # noqa: T201  # ends the line in which ^C stands, as click does
        raise


def typed(value: str) -> str:
    """Return text as it was typed: UTF-8, also where the locale says otherwise."""
    return os.fsencode(value).decode("utf-8", "replace")


def _read(arguments: Sequence[str]) -> _Search | None:
    words: list[str] = []
    folder: str | None = None
    as_json = False
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-"):
            words.append(argument)
        elif argument == "--json" and words:
            as_json = True
        elif argument.partition("=")[0] == "--index" and folder is None:
            folder = argument.partition("=")[2] if "=" in argument else next(rest, "")
            if not folder or folder.startswith("-"):
                return None
        else:
            return None
    if not all(words) or words in ([], ["search"]):
        return None
    return (
        None if words[0] in COMMANDS and words[0] != "search" else _Search(words, folder, as_json)
    )


def _answer(asked: _Search) -> int:
    from search.config import load
    from search.library import open_index

    words = asked.words
    if words[0] == "search":
        words = words[1:]
    else:
        ask_whether_meant(words[0], COMMANDS)
    settings = load(index=asked.folder)
    with open_index(settings.index, engine=settings.engine) as opened:
        results = opened.search(" ".join(map(typed, words)))
    return tell_results(results, as_json=asked.as_json, color=None)
