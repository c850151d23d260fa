"""`duowen index`: bring the index in line with paths."""

import gc
import os
import sys

import click

from search.commands import parsing
from search.commands.parsing import Command, places
from search.commands.telling import fail, warn
from search.errors import EXIT_DONE, EXIT_NOTHING, EXIT_PARTIAL

_SHOWN_COMPLAINTS = 10


@click.command(cls=Command)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--report", metavar="FILE", help="Write a JSON report to a file; - is stdout.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors and rejections.")
@click.option(
    "--forget", is_flag=True, help="Remove the articles of PATH; take it out of duowen.yaml too."
)
@places
@click.pass_context
def index(
    ctx: click.Context, paths: tuple[str, ...], report: str | None, quiet: bool, forget: bool
) -> None:
    """Add, update and remove articles.

    PATH is a file, a folder, or - for standard input; with none, the paths of duowen.yaml, else those
    of earlier runs. Reads page dumps (.txt), Markdown, JSON, JSONL and CSV, each also as .gz, .bz2 or
    .xz. What has not changed costs nothing; the articles of a file that is gone are removed.
    """
    if report and (os.path.isdir(report) or not os.path.isdir(os.path.dirname(report) or ".")):
        raise click.BadParameter(f"{report} can be no file; name one.", param_hint="--report")
    settings = parsing.settings()
    from search import files, render
    from search.indexing.progress import shown
    from search.reindexing import forget as forget_paths
    from search.reindexing import reindex

    if forget:
        if not paths:
            raise click.UsageError(
                "--forget needs a PATH; duowen stats lists those that are known."
            )
        gone = forget_paths(paths, settings.index, engine=settings.engine)
        kept = {*map(os.path.abspath, paths)} & {*map(os.path.abspath, settings.paths)}
        until = ", once duowen.yaml does not name it" if kept else ""
        warn([f"{gone:,} removed; {', '.join(paths)} will not be looked at again{until}."])
        return
    gc.enable()  # a job makes rubbish for hours
    with shown(None if quiet else sys.stderr) as progress:
        done = reindex(
            paths or settings.paths,
            settings.index,
            sources=settings.sources,
            progress=progress,
            engine=settings.engine,
        )
    warn(done.complaints(_SHOWN_COMPLAINTS))
    if not quiet:
        warn([done.summary(settings.index)])
    if report == "-":
        click.echo(render.as_json(done.as_mapping()))
    elif report:
        try:
            files.write_whole(report, render.as_json(done.as_mapping()) + "\n")
        except OSError as error:
            why = error.strerror or error
            fail(
                f"The index is up to date, but {report} could not be written ({why}).", EXIT_NOTHING
            )
    ctx.exit(EXIT_PARTIAL if done.counts.rejected else EXIT_DONE)
