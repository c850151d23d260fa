"""The command line as click reads it: the commands of searching, and all others by their names.

Each is: parse, one library call, render. Exit codes are in search.errors.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from search.commands import ELSEWHERE, parsing
from search.commands.parsing import (
    asked,
    color_option,
    json_option,
    match_option,
    places,
)
from search.commands.plain import typed
from search.commands.telling import (
    answer,
    ask_whether_meant,
    errors_told,
    fail,
    tell_results,
)

if TYPE_CHECKING:
    from search.library import Index

EXIT_CODES = {
    "0": "found, or done",
    "1": "nothing found, or failed",
    "2": "wrong usage, or wrong settings",
    "3": "done, but some articles were rejected",
    "4": "no index there, or it is damaged or unreadable",
    "75": "another job is writing; try again",
    "130": "interrupted; what was indexed before is still there",
    "143": "terminated; the same",
}
ENVIRONMENT = {
    "DUOWEN_INDEX": "index folder, where no --index is given",
    "DUOWEN_CONFIG": "settings file, where no --config is given",
    "DUOWEN_OPENSEARCH_HOSTS": "URLs of a cluster, before those of the settings",
    "DUOWEN_OPENSEARCH_INDEX": "name of the index there",
    "DUOWEN_OPENSEARCH_USER": "who asks there",
    "DUOWEN_OPENSEARCH_PASSWORD": "the user's password",
    "DUOWEN_OPENSEARCH_API_KEY": "instead of user and password",
    "NO_COLOR": "no colour, if not empty",
    "FORCE_COLOR": "colour also into a file or a pipe",
}
EPILOG = "\n\n".join(
    "\b\n" + title + "\n" + "\n".join(f"  {name:<{width}}{told}" for name, told in table.items())
    for title, table, width in (
        ("Exit codes:", EXIT_CODES, 15),
        ("Environment:", ENVIRONMENT, 2 + max(map(len, ENVIRONMENT))),
    )
)


class _DefaultCommand(parsing.Group):
    """A group in which words that are no command are a query: `duowen 卫星`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        takes_value = parsing.options_of(self, ctx)
        place = 0  # where the options of the group itself end
        while place < len(args) and (name := args[place].partition("=")[0]) in takes_value:
            place += 2 if takes_value[name] and "=" not in args[place] else 1
        if place < len(args) and args[place] not in (names := self.list_commands(ctx)):
            ask_whether_meant(args[place], names)
            args = [*args[:place], "search", *args[place:]]
        return super().parse_args(ctx, args)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with errors_told():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with errors_told():
            return super().invoke(ctx)


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            known = version("duowen")
        except PackageNotFoundError:
            known = "(not installed)"
        click.echo(f"duowen {known}")
        ctx.exit()


@click.group(
    cls=_DefaultCommand,
    elsewhere=ELSEWHERE,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=True,
)
@places
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def duowen() -> None:
    """Search a bilingual news archive, English and Chinese in one line.

    \b
    duowen index articles/            bring the index in line with a folder
    duowen search 'spy satellite'     also: duowen 'spy satellite'
    duowen '朝鲜 卫星 source:reuters since:30d'
    duowen '"trilateral summit"' -trade --sort newest --json
    """  # noqa: D301  # \b keeps the lines below it


@duowen.command(cls=parsing.QueryCommand)
@click.argument("query", nargs=-1, required=True, type=typed)
@click.option(
    "-n",
    "--limit",
    type=parsing.whole_number,
    default=10,
    metavar="NUMBER",
    help="Show so many hits [10].",
)
@click.option(
    "--offset",
    type=parsing.whole_number,
    default=0,
    metavar="NUMBER",
    help="Skip so many hits.",
)
@asked("--source", multiple=True, metavar="NAME", help="Only this source; may be repeated.")
@asked("--since", metavar="DATE", help="2023-11-24, 2023-11, 7d, yesterday, 上周.")
@asked("--until", metavar="DATE", help="The same; that day or month included.")
@click.option(
    "--sort",
    type=click.Choice(["relevance", "newest", "oldest"]),
    default="relevance",
    help="What comes first [relevance].",
)
@match_option
@click.option("--snippets/--no-snippets", default=True, help="--no-snippets: titles only.")
@json_option
@color_option
@places
@click.pass_context
def search(
    ctx: click.Context, /, query: tuple[str, ...], as_json: bool, color: bool | None, **asked: Any
) -> None:
    """Search the index; the best hits come first.

    Words are all required (most of them, in a long query). "phrase", OR, NOT or -, ( ), word*, word~,
    NEAR/5, title: summary: body: source: tag: date:2023-11 since:7d until: in their half-width and
    full-width forms; English and Chinese in any mix. Behind -- everything is query.
    """
    with _opened() as opened:
        results = opened.search(" ".join(query), **asked)
    ctx.exit(tell_results(results, as_json, color))


@duowen.command()
@click.argument("article_id", metavar="ID", type=typed)
@json_option
@color_option
@places
def show(article_id: str, as_json: bool, color: bool | None) -> None:
    """Show a whole article."""
    with _opened() as opened:
        article = opened.get(article_id)
    if article is None:
        fail(f"There is no article {article_id!r}; the ids are in the answers to: duowen QUERY")
    from search import render

    answer(article, render.article_mapping, render.article_text, as_json, color)


@duowen.command()
@click.option(
    "--max-age",
    type=parsing.duration,
    metavar="DURATION",
    help="End with 1 if the last good run of a job is longer ago.",
)
@json_option
@color_option
@places
def stats(max_age: float | None, as_json: bool, color: bool | None) -> None:
    """Count what the index holds, and say when it was last brought in line."""
    with _opened() as opened:
        statistics = opened.statistics()
    from functools import partial

    from search import render
    from search.indexing.history import last_run

    freshness = render.freshness(last_run(parsing.settings().index), max_age)
    answer(
        statistics,
        partial(render.statistics_mapping, freshness=freshness),
        partial(render.statistics_text, freshness=freshness),
        as_json,
        color,
    )
    if freshness.stale:
        fail(render.staleness_sentence(freshness))


@contextmanager
def _opened() -> Iterator["Index"]:
    settings = parsing.settings()
    from search.library import open_index

    with open_index(settings.index, engine=settings.engine) as opened:
        yield opened


def run() -> int | None:
    """Run what the process was asked for and return its exit code.

    Raises KeyboardInterrupt, and signals.Terminated, where it was ended from outside.
    """
    try:
        code: int | None = duowen.main(prog_name="duowen", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    return code
