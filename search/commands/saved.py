"""`duowen saved`: searches that are tried on what each run adds or changes."""

import click

from search.commands import parsing
from search.commands.parsing import (
    Group,
    QueryCommand,
    json_option,
    match_option,
    places,
    whole_number,
)
from search.commands.plain import typed
from search.commands.telling import answer, warn


@click.group(cls=Group, no_args_is_help=True)
@places
def saved() -> None:
    """Keep searches that tell of new articles.

    \b
    duowen saved add satellites '卫星 OR satellite'
    duowen saved run satellites       what it finds now
    duowen index --alerts atom:feeds  tell what it finds in new articles

    Each run of duowen index tries them on the articles that it added or changed, and only those; each
    article is told of once for each search.
    """  # noqa: D301  # \b keeps the lines below it


@saved.command(cls=QueryCommand)
@click.argument("name", type=typed)
@click.argument("query", nargs=-1, required=True, type=typed)
@match_option
@click.option("--replace", is_flag=True, help="Also where there is one of this name.")
@places
def add(name: str, query: tuple[str, ...], match: str, replace: bool) -> None:
    """Save a search under a name.

    The query is that of duowen search, its relative dates counted from each run.
    """
    settings = parsing.settings()
    from search import alerting

    done = alerting.save(
        settings.index,
        name,
        " ".join(query),
        match=match,  # type: ignore[arg-type]  # click lets nothing else through
        replace=replace,
        engine=settings.engine,
    )
    warn(done.warnings)
    warn([f"Saved {done.search.name}: {done.search.query}"])


@saved.command("list")
@json_option
@places
def list_saved(as_json: bool) -> None:
    """List the saved searches."""
    settings = parsing.settings()
    from search import alerting, render_upkeep

    searches = alerting.saved(settings.index)
    if as_json or searches:
        answer(searches, render_upkeep.saved_mapping, render_upkeep.saved_text, as_json, None)
    else:
        warn(["No search is saved; save one with duowen saved add NAME QUERY."])


@saved.command()
@click.argument("name", type=typed)
@places
def remove(name: str) -> None:
    """Forget a saved search."""
    settings = parsing.settings()
    from search import alerting

    gone = alerting.remove(settings.index, name)
    warn([f"Removed {gone.name}: {gone.query}"])


@saved.command("run")
@click.argument("name", required=False, type=typed)
@click.option(
    "-n",
    "--limit",
    type=whole_number,
    default=10,
    metavar="NUMBER",
    help="Show so many hits [10].",
)
@json_option
@places
def run_saved(name: str | None, limit: int, as_json: bool) -> None:
    """Show what saved searches find now, one or all; nobody is told."""
    settings = parsing.settings()
    from search import alerting, render_upkeep

    tried = alerting.try_saved(settings.index, name, limit=limit, engine=settings.engine)
    if not as_json:
        warn(one for answered in tried for one in answered.results.warnings)
    if as_json or tried:
        answer(tried, render_upkeep.tried_mapping, render_upkeep.tried_text, as_json, None)
    else:
        warn(["No search is saved; save one with duowen saved add NAME QUERY."])
