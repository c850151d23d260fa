"""Commands that look after an index: generations, rollback, diff, check, repair."""

from functools import partial

import click

from search.commands import parsing
from search.commands.parsing import Command, json_option, places, wait_option, whole_number
from search.commands.telling import answer, warn
from search.errors import EXIT_DONE, EXIT_INDEX


@click.command(cls=Command)
@json_option
@places
def generations(as_json: bool) -> None:
    """List the generations that are kept.

    Every run that changes something makes a new one. The star marks the one that is searched.
    """
    settings = parsing.settings()
    from search import render_upkeep, upkeep

    kept = upkeep.generations(settings.index, engine=settings.engine)
    answer(kept, render_upkeep.generations_mapping, render_upkeep.generations_text, as_json, None)


@click.command(cls=Command)
@click.argument("number", required=False, type=whole_number, metavar="[NUMBER]")
@wait_option
@places
def rollback(number: int | None, wait: float | None) -> None:
    """Search another generation from now on, at once.

    NUMBER is one of those that duowen generations lists; without it, the one before. Later ones stay,
    so that there is a way forward again. The next duowen index begins from here.
    """
    settings = parsing.settings()
    from search import upkeep

    now = upkeep.rollback(
        settings.index,
        number,
        engine=settings.engine,
        wait=settings.wait if wait is None else wait,
    )
    articles = f"{now.articles:,} article{'' if now.articles == 1 else 's'}"
    warn([f"Generation {now.number} is searched now, {articles}; what came later is still kept."])


@click.command(cls=Command)
@click.argument("older", type=whole_number, metavar="A")
@click.argument("newer", type=whole_number, metavar="B")
@json_option
@places
def diff(older: int, newer: int, as_json: bool) -> None:
    """Tell what generation B has that A has not.

    Counts come first, then the id and the title of each article that was added, changed, moved or
    removed.
    """
    settings = parsing.settings()
    from search import render_upkeep, upkeep

    difference = upkeep.diff(settings.index, older, newer, engine=settings.engine)
    later = (*difference.added, *difference.changed, *(one for _, one in difference.moved))
    titles = {
        **upkeep.titles(settings.index, newer, later, engine=settings.engine),
        **upkeep.titles(settings.index, older, difference.removed, engine=settings.engine),
    }
    answer(
        difference,
        partial(render_upkeep.difference_mapping, titles=titles, between=(older, newer)),
        partial(render_upkeep.difference_text, titles=titles),
        as_json,
        None,
    )


@click.command(cls=Command)
@click.option("--deep", is_flag=True, help="Read every byte, not only the frames of files.")
@json_option
@places
@click.pass_context
def check(ctx: click.Context, deep: bool, as_json: bool) -> None:
    """Look for damage in all generations that are kept.

    Names each damage by its file and kind, and ends with 4 where there is any, be it in an older
    generation or in the files of saved searches and alerts. Nothing is written, and no job is disturbed.
    """
    settings = parsing.settings()
    from search import render_upkeep, upkeep

    found = upkeep.check(settings.index, deep=deep, engine=settings.engine)
    answer(found, render_upkeep.checkup_mapping, render_upkeep.checkup_text, as_json, None)
    ctx.exit(EXIT_INDEX if found.damages or not found.sound else EXIT_DONE)


@click.command(cls=Command)
@wait_option
@json_option
@places
def repair(wait: float | None, as_json: bool) -> None:
    """Make a damaged index sound again.

    Goes back to the newest generation that is sound, or rebuilds from the texts that can be read, and
    says what is lost. Run duowen index afterwards. Other generations that are damaged are not kept any
    longer.
    """
    settings = parsing.settings()
    from search import render_upkeep, upkeep

    done = upkeep.repair(
        settings.index, engine=settings.engine, wait=settings.wait if wait is None else wait
    )
    answer(done, render_upkeep.repair_mapping, render_upkeep.repair_text, as_json, None)
