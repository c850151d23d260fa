"""One run of the job as commands make it: its options, what it writes beside the index, how it ends."""

import gc
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from search import metrics, signals
from search.commands.outputs import STANDARD_OUTPUT, absolute
from search.commands.parsing import wait_option
from search.commands.telling import ENDINGS, code_of, warn, why
from search.config import Settings
from search.errors import (
    EXIT_DONE,
    EXIT_NOTHING,
    EXIT_PARTIAL,
    DuowenError,
    IndexLocked,
    IndexMissing,
)
from search.indexing.report import Report, failure_mapping
from search.marking import one_line

if TYPE_CHECKING:
    from search.alerting import Target
    from search.indexing.progress import Progress

_SHOWN_COMPLAINTS = 10
_STDERR = 2
_ENDS = (
    "Stopping once what was read is committed; a second signal stops at once,"
    " and the next run does what is left."
)


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
        files = [absolute(name) for name in named if name and name != STANDARD_OUTPUT]
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
                words += (f"--{name}", path if path == STANDARD_OUTPUT else absolute(path))
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


class Ended(NamedTuple):
    """How a run ended: its exit code, and that of a signal that came in it, 0 for none.

    A signal that comes when all is done changes nothing for the run, but whoever goes on heeds it.
    """

    code: int
    asked_to_end: int = 0


def run(
    settings: Settings, paths: tuple[str, ...], asked: Asked, *, was_there: bool = False
) -> Ended:
    """Run the job once, tell of it, write its report and its metrics.

    `was_there` says that the index is not to be begun: it was there. Raises what reindex raises, and
    IndexMissing for that; the report and the metrics say so.
    """
    from search.indexing import quarantine
    from search.indexing.progress import shown
    from search.reindexing import reindex

    gc.enable()  # a job makes rubbish for hours
    alerts = [target.name for target in asked.targets(settings)]
    rejected_before = quarantine.read(settings.index)
    started = time.time()
    try:
        if was_there:
            _refuse_gone(settings)
        with (
            signals.deferred(None if asked.quiet else _say_that_it_ends) as stopping,
            shown(None if asked.quiet else sys.stderr) as progress,
        ):
            done = reindex(
                paths or settings.paths,
                settings.index,
                partly=not paths,
                sources=settings.sources,
                progress=_heeded(stopping, progress),
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
        if isinstance(error, IndexLocked) and asked.if_busy == "skip":
            if not asked.quiet:
                warn([f"Skipped: {error}"])
            return Ended(EXIT_DONE)
        _write_failure(asked, error, started)
        _write_metrics(settings, asked, metrics.Run(started, time.time(), code_of(error)))
        raise
    code = EXIT_PARTIAL if done.counts.rejected else EXIT_DONE
    if done.interrupted:
        code = stopping.code or code
    warn(done.complaints(_SHOWN_COMPLAINTS, rejected_before))
    is_told = _tell(settings, done, asked)
    ended = metrics.Run(started, time.time(), code, done)
    is_told &= _write_metrics(settings, asked, ended)
    return Ended(code if is_told else code or EXIT_NOTHING, stopping.code)


def is_there(settings: Settings) -> bool:
    """Say whether something lies in the folder of the index, or stands for it on the cluster.

    The place of a mount is empty; of a cluster that cannot be asked, nothing is known to be there.
    """
    if not isinstance(settings.engine, str):
        try:
            _open_and_close(settings)
        except DuowenError:
            return False
        return True
    try:
        with os.scandir(settings.index) as entries:
            return any(True for _ in entries)
    except OSError:
        return False


def _refuse_gone(settings: Settings) -> None:
    if not isinstance(settings.engine, str):
        try:
            _open_and_close(settings)
        except IndexMissing as error:
            raise IndexMissing(
                f"{_place(settings)[0].upper()}{_place(settings)[1:]} is gone; restore a snapshot of the"
                f" cluster, or make it anew with duowen index PATH."
            ) from error
    elif not is_there(settings):
        raise IndexMissing(
            f"The index in {os.path.abspath(settings.index)} is gone;"
            f" check whether its disk is mounted, or make it anew with duowen index PATH."
        )


def _open_and_close(settings: Settings) -> None:
    from search.engines.registry import open_engine

    open_engine(settings.engine, settings.index, older=True).close()


def _place(settings: Settings) -> str:
    """Return where the index is, as is told to people."""
    engine = settings.engine
    return str(settings.index) if isinstance(engine, str) else engine.place


def _heeded(stopping: signals.Stop, progress: "Progress | None") -> "Progress":
    """Let no signal hurry a commit, which may take minutes: it is what a signal would wait for."""

    def reported(phase: str, count: int) -> None:
        if phase == "writing":
            stopping.last_step()
        if progress:
            progress(phase, count)

    return reported


def _say_that_it_ends() -> None:
    """Answer a signal at once, by the descriptor: the stream may be in the midst of a line."""
    with suppress(OSError):
        started = os.linesep if os.isatty(_STDERR) else ""  # the line of the progress
        os.write(_STDERR, f"{started}duowen: {_ENDS}{os.linesep}".encode())


def _tell(settings: Settings, done: Report, asked: Asked) -> bool:
    """Say what was done, and write the report; return whether that could be written."""
    if done.dry_run and not asked.quiet and asked.report != STANDARD_OUTPUT:
        for step in done.changes:
            click.echo(f"{step.change:<8} {one_line(step.id)}  {one_line(step.path)}")
    if not asked.quiet:
        warn([done.summary(_place(settings))])
    if not asked.report:
        return True
    from search import render

    return _written(asked.report, render.as_json(done.as_mapping()) + "\n", _outcome(done))


def _write_failure(asked: Asked, error: BaseException, started: float) -> None:
    """Write a report of what ended the run, so that nobody takes an older one for its own."""
    if not asked.report:
        return
    from search import render

    told = failure_mapping(
        why(error),
        code_of(error),
        datetime.fromtimestamp(started, timezone.utc).isoformat(timespec="seconds"),
        dry_run=asked.dry_run,
        interrupted=type(error) in ENDINGS,
    )
    with suppress(OSError):  # a closed pipe must not hide the error
        _written(asked.report, render.as_json(told) + "\n", "The run has failed")


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
    is_folder = isinstance(settings.engine, str)
    place = os.path.abspath(settings.index) if is_folder else _place(settings)
    text = metrics.as_text(run, last, place)
    return _written(asked.metrics, text, "The run has ended")


def _written(name: str, text: str, outcome: str) -> bool:
    """Write a file that others may read at any moment; where that fails, say so and return False."""
    from search import files

    if name == STANDARD_OUTPUT:
        click.echo(text, nl=False)
        return True
    try:
        files.write_whole(name, text)
    except OSError as error:
        warn([f"{outcome}, but {name} could not be written ({error.strerror or error})."])
        return False
    return True


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
