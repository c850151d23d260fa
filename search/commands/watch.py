"""`duowen watch`: the job in a loop, for those without a timer."""

import time
from math import floor

import click

from search import durations
from search.commands import jobs, outputs, parsing
from search.commands.parsing import Command, duration, places
from search.commands.telling import code_of, sentence_of, warn
from search.config import Settings
from search.errors import ConfigError, DuowenError
from search.metrics import GOOD_CODES

_DEFAULT = 15 * 60.0
_SHORTEST = 1.0


@click.command(cls=Command)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--every", type=duration, default=_DEFAULT, metavar="DURATION", help="[15m].")
@jobs.recurring_options
@places
@click.pass_context
def watch(ctx: click.Context, paths: tuple[str, ...], every: float, asked: jobs.Asked) -> None:
    """Run duowen index again and again.

    The first round begins at once. A round that fails is told of, and the next one is tried all the
    same. An index that is gone between two rounds is not begun anew. An interrupt ends it at once
    between two rounds, and within one as it ends duowen index.
    """
    if "-" in paths:
        raise click.UsageError("The standard input can be read only once; name files and folders.")
    if every < _SHORTEST:
        raise click.BadParameter("it must be 1s at least.", param_hint="--every")
    settings = parsing.settings()
    outputs.check(asked, settings, paths)
    began = time.monotonic()
    was_there = jobs.is_there(settings)
    while not (ended := _round(settings, paths, asked, was_there=was_there)).asked_to_end:
        was_there |= jobs.is_there(settings)
        rest = _until_next(began, every, time.monotonic())
        if ended.code not in GOOD_CODES:
            warn([f"That round failed; the next one begins in {durations.shown(rest)}."])
        time.sleep(rest)
    ctx.exit(ended.asked_to_end)


def _round(
    settings: Settings, paths: tuple[str, ...], asked: jobs.Asked, *, was_there: bool
) -> jobs.Ended:
    """Run the job, and return how it ended, whatever happens to it."""
    try:
        return jobs.run(settings, paths, asked, was_there=was_there)
    except (BrokenPipeError, ConfigError):
        raise  # no later round would be better
    except click.exceptions.Exit as ended:  # told already
        return jobs.Ended(ended.exit_code)
    except (DuowenError, MemoryError, OSError) as error:
        warn([sentence_of(error)])
        return jobs.Ended(code_of(error))
    except Exception as error:  # noqa: BLE001  # a mistake of ours; what comes next may be free of it
        import traceback

        traceback.print_exc()
        return jobs.Ended(code_of(error))


def _until_next(began: float, every: float, now: float) -> float:
    """Return the seconds to the next beat; beats that a long round has missed are left out."""
    passed = now - began
    return (floor(passed / every) + 1) * every - passed
