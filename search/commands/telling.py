"""What a command says: answers on stdout, sentences on stderr, and the exit code of an error."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from search import signals
from search.errors import EXIT_DONE, EXIT_NOTHING, DuowenError

if TYPE_CHECKING:
    from search.results import Results

_LIKELY_SLIP = 0.75

ENDINGS: dict[type[BaseException], tuple[str, int]] = {
    KeyboardInterrupt: ("Interrupted", 130),
    signals.Terminated: ("Terminated", 143),
}
"""What ends a process from outside: what is said of it, and the exit code."""


@contextmanager
def errors_told() -> Iterator[None]:
    """Turn every error that is nobody's mistake in the code into one sentence and its exit code."""
    try:
        yield
    except (DuowenError, MemoryError, OSError) as error:
        _exit(tell_error(error))


def tell_error(error: DuowenError | MemoryError | OSError) -> int:
    """Say what went wrong, and return the exit code."""
    if isinstance(error, BrokenPipeError):  # `| head` has seen enough
        return EXIT_DONE
    warn([sentence_of(error)])
    return code_of(error)


def sentence_of(error: DuowenError | MemoryError | OSError) -> str:
    """Return what is said of an error, with the way out."""
    if isinstance(error, DuowenError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There is not enough memory; ask for less at once."
    named = f" ({error.filename})" if error.filename else ""
    return f"The system refused: {error.strerror or error}{named}; mend that and try again."


def why(error: BaseException) -> str:
    """Return what a report says of whatever ended a run."""
    if isinstance(error, DuowenError | MemoryError | OSError):
        return sentence_of(error)
    ending = ENDINGS.get(type(error))
    return f"{ending[0]} at once." if ending else f"{type(error).__name__}: {error}"


def code_of(error: BaseException) -> int:
    """Return the exit code of an error, or of what ended the process."""
    if isinstance(error, DuowenError):
        return error.exit_code
    return ENDINGS.get(type(error), ("", EXIT_NOTHING))[1]


def fail(sentence: str, code: int = EXIT_NOTHING) -> NoReturn:
    """Say why the command ends here, and end it."""
    warn([sentence])
    _exit(code)


def _exit(code: int) -> NoReturn:
    from click.exceptions import Exit  # a plain search is told without click

    raise Exit(code) from None


def warn(sentences: Iterable[str]) -> None:
    """Write sentences to stderr, each in a line of its own; if nobody can read them, that is no error.

    The terminal may be closed, or the disk of a log full: what is to be done and written is so still.
    """
    from search.marking import one_line

    for sentence in sentences:
        with suppress(OSError):
            _write(sys.stderr, f"duowen: {one_line(sentence)}")


def ask_whether_meant(word: str, commands: Iterable[str]) -> None:
    """Say so when the first word of a query looks like a command that was mistyped."""
    from difflib import get_close_matches

    meant = get_close_matches(word.lower(), commands, 1, _LIKELY_SLIP)
    if meant:
        warn([f"“{word}” is no command and was searched for; did you mean duowen {meant[0]}?"])


def tell_results(results: "Results", as_json: bool, color: bool | None) -> int:
    """Write what a search found, and return its exit code."""
    from search import render

    if not as_json:
        warn(results.warnings)
    if as_json or results.hits:
        answer(results, render.results_mapping, render.results_text, as_json, color)
    else:
        warn(render.results_text(results, colour=False))
    return EXIT_DONE if results.total else EXIT_NOTHING


def answer(value: Any, mapping: Any, text: Any, as_json: bool, color: bool | None) -> None:
    """Write an answer to stdout: as JSON by `mapping`, or in lines by `text`."""
    from search.config import wants_colour
    from search.render import as_json as json_text

    colour = wants_colour(color, is_terminal=sys.stdout.isatty())
    shown = json_text(mapping(value)) if as_json else "\n".join(text(value, colour=colour))
    _write(sys.stdout, shown)


def _write(stream: TextIO, text: str) -> None:
    if os.name == "nt":  # older consoles there have colours only by way of click
        import click

        click.echo(text, file=stream, color=True)
        return
    stream.write(f"{text}\n")
    stream.flush()
