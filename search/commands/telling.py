"""What a command says: answers on stdout, sentences on stderr, and the exit code of an error."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import click

from search import signals
from search.errors import EXIT_DONE, EXIT_NOTHING, DuowenError

ENDINGS: dict[type[BaseException], tuple[str, int]] = {
    KeyboardInterrupt: ("Interrupted", 130),
    click.Abort: ("Interrupted", 130),
    signals.Terminated: ("Terminated", 143),
}
"""What ends a process from outside: what is said of it, and the exit code."""


@contextmanager
def errors_told() -> Iterator[None]:
    """Turn every error that is nobody's mistake in the code into one sentence and its exit code."""
    try:
        yield
    except BrokenPipeError:  # `| head` has seen enough
        raise click.exceptions.Exit(EXIT_DONE) from None
    except (DuowenError, MemoryError, OSError) as error:
        fail(sentence_of(error), code_of(error))


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
    raise click.exceptions.Exit(code)


def warn(sentences: Iterable[str]) -> None:
    """Write sentences to stderr, each in a line of its own; if nobody can read them, that is no error.

    The terminal may be closed, or the disk of a log full: what is to be done and written is so still.
    """
    from search.marking import one_line

    for sentence in sentences:
        with suppress(OSError):
            click.echo(f"duowen: {one_line(sentence)}", err=True)


def answer(value: Any, mapping: Any, text: Any, as_json: bool, color: bool | None) -> None:
    """Write an answer to stdout: as JSON by `mapping`, or in lines by `text`."""
    from search.config import wants_colour
    from search.render import as_json as json_text

    colour = wants_colour(color, is_terminal=sys.stdout.isatty())
    shown = json_text(mapping(value)) if as_json else "\n".join(text(value, colour=colour))
    click.echo(shown, color=True)  # click must not decide once more
