"""`duowen index`: bring the index in line with paths, once."""

import os

import click

from search.commands import jobs, outputs, parsing
from search.commands.parsing import Command, places
from search.commands.telling import warn
from search.config import Settings


@click.command(cls=Command)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@jobs.single_options
@click.option(
    "--forget", is_flag=True, help="Remove the articles of PATH; take it out of duowen.yaml too."
)
@places
@click.pass_context
def index(ctx: click.Context, paths: tuple[str, ...], asked: jobs.Asked, forget: bool) -> None:
    """Add, update and remove articles.

    PATH is a file, a folder, or - for standard input; with none, the paths of duowen.yaml, else those
    of earlier runs; of those, one that is missing does not stop the others. Reads page dumps (.txt),
    Markdown, JSON, JSONL and CSV, each also as .gz, .bz2 or .xz. What has not changed costs nothing; the
    articles of a file that is gone are removed.
    """
    settings = parsing.settings()
    outputs.check(asked, settings, paths)
    if forget:
        _forget(settings, paths, asked)
    else:
        ctx.exit(jobs.run(settings, paths, asked).code)


def _forget(settings: Settings, paths: tuple[str, ...], asked: jobs.Asked) -> None:
    from search.reindexing import forget, known_above

    if not paths:
        raise click.UsageError("--forget needs a PATH; duowen stats lists those that are known.")
    if asked.dry_run or asked.rebuild or asked.force_prune or asked.reread:
        raise click.UsageError("--forget reads nothing; use it alone.")
    wait = settings.wait if asked.wait is None else asked.wait
    gone = forget(paths, settings.index, engine=settings.engine, keep=settings.keep, wait=wait)
    if above := known_above(paths, settings.index, engine=settings.engine):
        again = f"duowen index adds again what is there, as it looks at {', '.join(above)}"
        warn([f"{gone:,} removed, but {again}; forget that as well, or move the files."])
        return
    kept = {*map(os.path.abspath, paths)} & {*map(os.path.abspath, settings.paths)}
    until = ", once duowen.yaml does not name it" if kept else ""
    warn([f"{gone:,} removed; {', '.join(paths)} will not be looked at again{until}."])
