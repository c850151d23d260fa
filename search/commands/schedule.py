"""`duowen schedule`: print what makes systemd or cron run the job."""

import os
import re
import shlex
import sys
from pathlib import Path

import click

import search
from search.commands import outputs, parsing
from search.commands.jobs import Asked, recurring_options
from search.commands.parsing import Command, duration, places
from search.marking import one_line
from search.scheduling import Job, Times, cron, systemd

_DEFAULT = 15 * 60
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}"


def _time_of_day(value: str) -> tuple[int, int]:
    """Return hour and minute of a time such as 03:30."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", value, re.ASCII)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:  # noqa: PLR2004
        raise click.BadParameter(f"{value!r} is no time of day; write it as 03:30.")
    return int(found[1]), int(found[2])


@click.command(cls=Command)
@click.argument("kind", type=click.Choice(["systemd", "cron"]))
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--every", type=duration, metavar="DURATION", help="How often [15m].")
@click.option("--at", multiple=True, type=_time_of_day, metavar="HH:MM", help="Daily at; or more.")
@click.option("--name", default="duowen", metavar="NAME", help="Name of the units [duowen].")
@click.option("--only", type=click.Choice(["service", "timer"]), help="Print only this unit.")
@recurring_options
@places
def schedule(
    kind: str,
    paths: tuple[str, ...],
    every: float | None,
    at: tuple[tuple[int, int], ...],
    name: str,
    only: str | None,
    asked: Asked,
) -> None:
    """Print a timer for systemd, or lines for cron.

    They run duowen index, and hold the absolute paths of this program and of the index and the settings
    in use; what is to be done with them stands at their head. PATH and most options are those of
    duowen index.
    """
    if every is not None and at:
        raise click.UsageError("--every and --at exclude each other; give one.")
    if kind == "cron" and only:
        raise click.UsageError("--only is for systemd; leave it out.")
    if re.fullmatch(_NAME, name) is None:
        raise click.BadParameter(
            f"{name!r} is no name of a unit; write letters, digits, - _ and dots.",
            param_hint="--name",
        )
    job = _job(name, paths, asked, is_mailed=kind == "cron")
    times = Times(at=tuple(dict.fromkeys(at))) if at else Times(every or _DEFAULT)
    if kind == "cron":
        text = _CRON_HEAD.format(again=_again()) + cron(job, times)
    else:
        units = systemd(job, times)
        head = _SYSTEMD_HEAD.format(again=_again(), name=name)
        text = units[f"{name}.{only}"] if only else "\n".join((head, *units.values()))
    click.echo(text, nl=False)


def _job(name: str, paths: tuple[str, ...], asked: Asked, *, is_mailed: bool) -> Job:
    settings = parsing.settings()
    if "-" in paths:
        raise click.UsageError("A timer has no standard input; name files and folders.")
    outputs.check(asked, settings, paths)
    index = os.path.abspath(settings.index)
    on_cluster = not isinstance(settings.engine, str)  # it knows its paths, and need not be up now
    is_known = on_cluster or os.path.exists(os.path.join(index, "current.json"))
    if not (paths or settings.paths or is_known):
        raise click.UsageError(
            "It would have nothing to index; name a PATH, or paths in duowen.yaml."
        )
    named = tuple(os.path.abspath(os.path.expanduser(path)) for path in paths)
    config = ("--config", os.path.abspath(settings.origin)) if settings.origin else ()
    options = asked.as_words()
    if is_mailed:  # cron sends by mail whatever is said
        options = (*dict.fromkeys((*options, "--quiet")),)
        if "--if-busy" not in options:
            options += ("--if-busy", "skip")
    return Job(
        name=name,
        command=(
            *_environment(on_cluster),
            *_program(),
            "index",
            "--index",
            index,
            *config,
            *options,
            *_behind(named),
        ),
        reads=named or tuple(map(os.path.abspath, settings.paths)),  # systemd ignores any a/../b
        writes=tuple(dict.fromkeys(map(_existing, (index, *asked.folders(settings))))),
        user=_user(),
        needs_network=on_cluster,
    )


def _environment(on_cluster: bool) -> tuple[str, ...]:
    """Return the words before a command that give it the variables which lead to this cluster."""
    if not on_cluster:
        return ()
    from search.engines.opensearch_settings import API_KEY, HOSTS, INDEX, PASSWORD, USER

    for name, option in ((PASSWORD, "password_file"), (API_KEY, "api_key_file")):
        if os.environ.get(name):
            raise click.UsageError(
                f"A timer does not know {name}, and must not show it; write the secret to a file,"
                f" name that as {option} in duowen.yaml, and unset the variable."
            )
    known = ((name, os.environ.get(name)) for name in (HOSTS, INDEX, USER))
    given = tuple(f"{name}={value}" for name, value in known if value)
    return ("/usr/bin/env", *given) if given else ()


def _behind(paths: tuple[str, ...]) -> tuple[str, ...]:
    return ("--", *paths) if paths else ()


def _program() -> tuple[str, ...]:
    """Return the command that runs this very program."""
    script = os.path.abspath(sys.argv[0])
    if os.path.basename(script) == "duowen" and os.access(script, os.X_OK):
        return (script,)
    # Not resolved: the link in a virtual environment is what makes it one.
    return (os.path.abspath(sys.executable), str(Path(search.__file__).parents[1] / "cli.py"))


def _again() -> str:
    """Return the command that prints this, for a comment of one line."""
    return one_line(shlex.join((*_program(), *sys.argv[1:])))


def _existing(path: str) -> str:
    """Return the path, or the nearest folder above it that exists: what is not there is made in it."""
    return path if os.path.exists(path) else _existing(os.path.dirname(path))


def _user() -> str | None:
    if sys.platform == "win32" or os.getuid() == 0:
        return None
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


_SYSTEMD_HEAD = """\
# Two units for systemd. To install them, run in this folder:
#   {again} --only service | sudo tee /etc/systemd/system/{name}.service
#   {again} --only timer | sudo tee /etc/systemd/system/{name}.timer
#   sudo systemctl daemon-reload && sudo systemctl enable --now {name}.timer
# When it runs next: systemctl list-timers {name}.timer
# What it said:      journalctl -u {name}.service
"""

_CRON_HEAD = """\
# For cron, which sends by mail what was rejected and what failed. To install it, run in this folder:
#   (crontab -l; {again}) | crontab -
"""
