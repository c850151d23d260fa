"""One run of the job as commands make it: its options, what it writes beside the index, how it ends."""

import gc
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from search import metrics, signals
from search.commands.parsing import wait_option
from search.commands.telling import code_of, warn
from search.config import Settings
from search.errors import EXIT_DONE, EXIT_NOTHING, EXIT_PARTIAL, IndexBusy
from search.indexing.report import Report
from search.marking import one_line

if TYPE_CHECKING:
    from search.alerting import Target

_SHOWN_COMPLAINTS = 10
_STANDARD_OUTPUT = "-"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options of every run say; see `recurring_options` and `single_options`."""

    report: str | None = None
    metrics: str | None = None
    alerts: tuple[str, ...] = ()
    wait: float | None = None
    if_busy: str = "fail"
    reread: bool = False
    quiet: bool = False
    dry_run: bool = False
    rebuild: bool = False
    force_prune: bool = False

    def folders(self, settings: Settings) -> tuple[str, ...]:
        """Return the folders that a run writes to beside the index; raises ConfigError."""
        named = (self.report, self.metrics)
        files = [_absolute(name) for name in named if name and name != _STANDARD_OUTPUT]
        told = [str(one.path) for one in self.targets(settings) if one.path]
        return tuple(one if os.path.isdir(one) else os.path.dirname(one) for one in (*files, *told))

    def targets(self, settings: Settings) -> "tuple[Target, ...]":
        """Return who is told of alerts: those of the options, else those of the settings."""
        if not (self.alerts or settings.alerts):
            return ()
        from search.alerting import targets_of

        if self.alerts:
            return targets_of(self.alerts)
        return targets_of(settings.alerts, settings.origin and settings.origin.absolute().parent)

    def as_words(self) -> tuple[str, ...]:
        """Return the options of a run without anybody at hand, with absolute paths."""
        words: list[str] = []
        for name in ("report", "metrics"):
            if path := getattr(self, name):
                words += (f"--{name}", path if path == _STANDARD_OUTPUT else _absolute(path))
        if self.alerts:
            for target in self.targets(Settings()):
                words += ("--alerts", target.name)
        if self.wait is not None:
            words += ("--wait", f"{self.wait:.0f}s")
        if self.if_busy != "fail":
            words += ("--if-busy", self.if_busy)
        return (*words, *(f"--{name}" for name in ("reread", "quiet") if getattr(self, name)))


def recurring_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a run that may be one of many; the command gets them as `asked`."""
    return _gathered(command, _RECURRING)


def single_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add these, and those that somebody decides on for one run."""
    return _gathered(command, (*_RECURRING, *_SINGLE))


def run(settings: Settings, paths: tuple[str, ...], asked: Asked) -> int:
    """Run the job once, tell of it, write its report and its metrics; return the exit code.

    Raises what reindex raises, when the metrics say so.
    """
    from search.indexing.progress import shown
    from search.reindexing import reindex

    gc.enable()  # a job makes rubbish for hours
    alerts = [target.name for target in asked.targets(settings)]
    started = time.time()
    try:
        with (
            signals.deferred() as stopping,
            shown(None if asked.quiet else sys.stderr) as progress,
        ):
            done = reindex(
                paths or settings.paths,
                settings.index,
                sources=settings.sources,
                progress=progress,
                engine=settings.engine,
                keep=settings.keep,
                wait=settings.wait if asked.wait is None else asked.wait,
                dry_run=asked.dry_run,
                rebuild=asked.rebuild,
                force_prune=asked.force_prune,
                reread=asked.reread,
                alerts=alerts,
                stopping=stopping,
            )
    except BaseException as error:
        if isinstance(error, IndexBusy) and asked.if_busy == "skip":
            if not asked.quiet:
                warn([f"Skipped: {error}"])
            return EXIT_DONE
        _write_metrics(settings, asked, metrics.Run(started, time.time(), code_of(error)))
        raise
    code = stopping.code or (EXIT_PARTIAL if done.counts.rejected else EXIT_DONE)
    is_told = _tell(settings, done, asked)
    ended = metrics.Run(started, time.time(), code, done)
    return code if _write_metrics(settings, asked, ended) and is_told else code or EXIT_NOTHING


def check_outputs(asked: Asked) -> None:
    """Refuse outputs that cannot be written before there is any work in them."""
    for name in ("report", "metrics"):
        path = getattr(asked, name)
        if path and path != _STANDARD_OUTPUT:
            folder = os.path.dirname(_absolute(path))
            if os.path.isdir(_absolute(path)) or not os.path.isdir(folder):
                raise click.BadParameter(
                    f"{path} can be no file; name one.", param_hint=f"--{name}"
                )


def _tell(settings: Settings, done: Report, asked: Asked) -> bool:
    """Say what was done, and write the report; return whether that could be written."""
    warn(done.complaints(_SHOWN_COMPLAINTS))
    if done.dry_run and not asked.quiet and asked.report != _STANDARD_OUTPUT:
        for step in done.changes:
            click.echo(f"{step.change:<8} {one_line(step.id)}  {one_line(step.path)}")
    if not asked.quiet:
        warn([done.summary(settings.index)])
    if not asked.report:
        return True
    from search import render

    return _written(asked.report, render.as_json(done.as_mapping()) + "\n", _outcome(done))


def _outcome(done: Report) -> str:
    if done.dry_run:
        return "Nothing was to be written"
    return "What was read is indexed" if done.interrupted else "The index is up to date"


def _write_metrics(settings: Settings, asked: Asked, run: metrics.Run) -> bool:
    if not asked.metrics or asked.dry_run:
        return True
    from search.upkeep import last_run

    last = None
    with suppress(OSError):  # where there is no index, say
        last = last_run(settings.index)
    text = metrics.as_text(run, last, os.path.abspath(settings.index))
    return _written(asked.metrics, text, "The run has ended")


def _written(name: str, text: str, outcome: str) -> bool:
    """Write a file that others may read at any moment; where that fails, say so and return False."""
    from search import files

    if name == _STANDARD_OUTPUT:
        click.echo(text, nl=False)
        return True
    try:
        files.write_whole(name, text)
    except OSError as error:
        warn([f"{outcome}, but {name} could not be written ({error.strerror or error})."])
        return False
    return True


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))


def _gathered(
    command: Callable[..., Any], options: tuple[Callable[..., Any], ...]
) -> Callable[..., Any]:
    """Give a command its options, which it receives as one Asked."""

    @wraps(command)
    def gathering(*args: Any, **values: Any) -> Any:
        given = {one.name: values.pop(one.name) for one in fields(Asked) if one.name in values}
        return command(*args, asked=Asked(**given), **values)

    for option in reversed(options):
        gathering = option(gathering)
    return gathering


_RECURRING = (
    click.option("--report", metavar="FILE", help="Write a JSON report to a file; - is stdout."),
    click.option("--metrics", metavar="FILE", help="Write a file of metrics for Prometheus."),
    click.option(
        "--alerts",
        multiple=True,
        metavar="TARGET",
        help="Tell it what saved searches find in new articles; may be repeated.",
    ),
    wait_option,
    click.option(
        "--if-busy",
        type=click.Choice(["fail", "skip"]),
        default="fail",
        help="What to do while another job is writing: end with 75, or with 0 [fail].",
    ),
    click.option("--reread", is_flag=True, help="Trust no size and time: read every file."),
    click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors and rejections."),
)
_SINGLE = (
    click.option("--dry-run", is_flag=True, help="Say what would be done; write nothing."),
    click.option("--rebuild", is_flag=True, help="Build anew beside the old one, and swap."),
    click.option("--force-prune", is_flag=True, help="Remove even a large part of a known path."),
)
