"""How command lines are read: kinds of commands, and the options that several of them have.

Imported by every command that click reads: nothing heavier than click may be loaded here.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from search.commands.plain import typed

if TYPE_CHECKING:
    from search.config import Settings


def _show_help(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


_HELP = click.Option(
    ["-h", "--help"],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_help,
    help="Show this message and exit.",
)


class Command(click.Command):
    """A command whose help option says so itself: click would ask the locale, for milliseconds."""

    def get_help_option(self, ctx: click.Context) -> click.Option:  # noqa: ARG002
        """Return the one help option of all commands."""
        return _HELP


class Group(Command, click.Group):
    """Commands under one name, of which some are loaded when they are asked for.

    `elsewhere` says of those: name -> the module of this room that defines it, and its short help.
    """

    command_class = Command

    def __init__(
        self, *args: Any, elsewhere: Mapping[str, tuple[str, str]] | None = None, **extra: Any
    ) -> None:
        super().__init__(*args, **extra)
        self._elsewhere = elsewhere or {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of all commands, in the order in which they were written down."""
        return [*self.commands, *self._elsewhere]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, loading it where that was not done yet."""
        if cmd_name not in self._elsewhere:
            return super().get_command(ctx, cmd_name)
        from importlib import import_module

        module = import_module(f"{__package__}.{self._elsewhere[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their short help, without loading any."""
        names = self.list_commands(ctx)
        room = formatter.width - 6 - max(map(len, names))
        told = {name: one.get_short_help_str(room) for name, one in self.commands.items()}
        told |= {name: short for name, (_, short) in self._elsewhere.items()}
        with formatter.section("Commands"):
            formatter.write_dl([(name, told[name]) for name in names])


class QueryCommand(Command):
    """A command in which `-word` belongs to the query, unless it is an option: `duowen trade -china`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put what is no option behind a `--`, where click takes it as it is."""
        takes_value = options_of(self, ctx)
        options: list[str] = []
        words: list[str] = []
        rest = iter(args)
        for argument in rest:
            name, equals, _ = argument.partition("=")
            is_limit = argument.startswith("-n") and argument[2:].isdigit()  # -n5
            if argument == "--":
                words.extend(rest)
            elif name in takes_value or argument.startswith("--") or is_limit:
                options.append(argument)
                if takes_value.get(name) and not equals:
                    value = next(rest, None)
                    if value is None:  # click says what is missing
                        return super().parse_args(ctx, [argument])
                    options.append(value)
            else:
                words.append(argument)
        return super().parse_args(ctx, [*options, "--", *words])


def duration(value: str | float) -> float:
    """Return the seconds of a duration such as 15m; a default is in seconds already."""
    from search import durations

    if isinstance(value, int | float):
        return float(value)
    try:
        return durations.parse(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is none; it {error}.") from None


def whole_number(value: str | int) -> int:
    """Return a number from 0 on, as it was typed; a default is one already."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,18}", value):
        raise click.BadParameter(f"{value!r} is none; write a whole number from 0 on.")
    return int(value)


def options_of(command: click.Command, ctx: click.Context) -> dict[str, bool]:
    """Return the options of a command: name -> whether a value follows it."""
    options = (one for one in command.get_params(ctx) if isinstance(one, click.Option))
    return {name: not one.is_flag for one in options for name in (*one.opts, *one.secondary_opts)}


def _remember(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value:
        ctx.ensure_object(dict)[parameter.name] = value


def places(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let --index and --config stand before the command and behind it."""
    option = partial(click.option, expose_value=False, callback=_remember)
    config = option("--config", metavar="FILE", help="Settings [$DUOWEN_CONFIG, ./duowen.yaml].")
    index = option("--index", metavar="DIR", help="Index folder [$DUOWEN_INDEX, ./index_data].")
    return index(config(command))


asked = partial(click.option, type=typed)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
color_option = click.option("--color/--no-color", default=None, help="Default: on a terminal only.")
match_option = click.option(
    "--match",
    type=click.Choice(["auto", "all", "any"]),
    default="auto",
    help="All words, any, or auto: all, but most of a long query [auto].",
)

wait_option = click.option(
    "--wait", type=duration, metavar="DURATION", help="Wait so long for another job [0]."
)


def settings() -> "Settings":
    """Return the settings of the command that is running; raises ConfigError."""
    from search.config import load

    return load(**click.get_current_context().ensure_object(dict))
