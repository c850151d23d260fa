"""The command line: parse, one library call, render. Exit codes are in search.errors.

Only click and little else is imported at the top: `duowen --help` must be quick, and every search.
"""

import sys

try:
    import atexit
    import gc
    import os
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import contextmanager
    from functools import partial
    from typing import TYPE_CHECKING, Any, NoReturn

    import click

    from search import signals, streams
    from search.errors import EXIT_DONE, EXIT_NOTHING, EXIT_PARTIAL, DuowenError
except KeyboardInterrupt:  # before there is anything to tell
    sys.exit(130)

if TYPE_CHECKING:
    from search.config import Settings
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
    "NO_COLOR": "no colour, if not empty",
    "FORCE_COLOR": "colour also into a file or a pipe",
}
EPILOG = "\n\n".join(
    "\b\n" + title + "\n" + "\n".join(f"  {name:<15}{meaning}" for name, meaning in table.items())
    for title, table in (("Exit codes:", EXIT_CODES), ("Environment:", ENVIRONMENT))
)

_ENDINGS = ("Interrupted", 130), ("Terminated", 143)
_SHOWN_COMPLAINTS = 10


def _takes_value(command: click.Command, ctx: click.Context) -> dict[str, bool]:
    """Return the options of a command: name -> whether a value follows it."""
    options = (one for one in command.get_params(ctx) if isinstance(one, click.Option))
    return {name: not one.is_flag for one in options for name in (*one.opts, *one.secondary_opts)}


_LIKELY_SLIP = 0.75


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


class _Command(click.Command):
    """A command whose help option says so itself: click would ask the locale, for milliseconds."""

    def get_help_option(self, ctx: click.Context) -> click.Option:  # noqa: ARG002
        return _HELP


class _DefaultCommand(_Command, click.Group):
    """A group in which words that are no command are a query: `duowen 卫星`."""

    command_class = _Command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        takes_value = _takes_value(self, ctx)
        place = 0  # where the options of the group itself end
        while place < len(args) and (name := args[place].partition("=")[0]) in takes_value:
            place += 2 if takes_value[name] and "=" not in args[place] else 1
        if place < len(args) and args[place] not in self.commands:
            _ask_whether_meant(args[place], self.commands)
            args = [*args[:place], "search", *args[place:]]
        return super().parse_args(ctx, args)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _errors_told():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _errors_told():
            return super().invoke(ctx)


def _ask_whether_meant(word: str, commands: Iterable[str]) -> None:
    """Say so when the first word of a query looks like a command that was mistyped."""
    from difflib import get_close_matches

    meant = get_close_matches(word.lower(), commands, 1, _LIKELY_SLIP)
    if meant:
        _warn([f"“{word}” is no command and was searched for; did you mean duowen {meant[0]}?"])


class _QueryCommand(_Command):
    """A command in which `-word` belongs to the query, unless it is an option: `duowen trade -china`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        takes_value = _takes_value(self, ctx)
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


def _typed(value: str) -> str:
    """Return text as it was typed: UTF-8, also where the locale says otherwise."""
    return os.fsencode(value).decode("utf-8", "replace")


def _remember(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value:
        ctx.ensure_object(dict)[parameter.name] = value


def _places(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let --index and --config stand before the command and behind it."""
    option = partial(click.option, expose_value=False, callback=_remember)
    config = option("--config", metavar="FILE", help="Settings [$DUOWEN_CONFIG, ./duowen.yaml].")
    index = option("--index", metavar="DIR", help="Index folder [$DUOWEN_INDEX, ./index_data].")
    return index(config(command))


_asked = partial(click.option, type=_typed)
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
_color = click.option("--color/--no-color", default=None, help="Default: on a terminal only.")


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
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=True,
)
@_places
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


@duowen.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--report", metavar="FILE", help="Write a JSON report to a file; - is stdout.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors and rejections.")
@click.option(
    "--forget", is_flag=True, help="Remove the articles of PATH; take it out of duowen.yaml too."
)
@_places
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
    settings = _settings()
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
        _warn([f"{gone:,} removed; {', '.join(paths)} will not be looked at again{until}."])
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
    _warn(done.complaints(_SHOWN_COMPLAINTS))
    if not quiet:
        _warn([done.summary(settings.index)])
    if report == "-":
        click.echo(render.as_json(done.as_mapping()))
    elif report:
        try:
            files.write_whole(report, render.as_json(done.as_mapping()) + "\n")
        except OSError as error:
            why = error.strerror or error
            _fail(
                f"The index is up to date, but {report} could not be written ({why}).", EXIT_NOTHING
            )
    ctx.exit(EXIT_PARTIAL if done.counts.rejected else EXIT_DONE)


@duowen.command(cls=_QueryCommand)
@click.argument("query", nargs=-1, required=True, type=_typed)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=0),
    default=10,
    metavar="NUMBER",
    help="Show so many hits [10].",
)
@click.option(
    "--offset", type=click.IntRange(min=0), default=0, metavar="NUMBER", help="Skip so many hits."
)
@_asked("--source", multiple=True, metavar="NAME", help="Only this source; may be repeated.")
@_asked("--since", metavar="DATE", help="2023-11-24, 2023-11, 7d, yesterday, 上周.")
@_asked("--until", metavar="DATE", help="The same; that day or month included.")
@click.option(
    "--sort",
    type=click.Choice(["relevance", "newest", "oldest"]),
    default="relevance",
    help="What comes first [relevance].",
)
@click.option(
    "--match",
    type=click.Choice(["auto", "all", "any"]),
    default="auto",
    help="All words, any, or auto: all, but most of a long query [auto].",
)
@click.option("--snippets/--no-snippets", default=True, help="--no-snippets: titles only.")
@_json
@_color
@_places
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
    from search import render

    if not as_json:
        _warn(results.warnings)
    if as_json or results.hits:
        _answer(results, render.results_mapping, render.results_text, as_json, color)
    else:
        _warn(render.results_text(results, colour=False))
    ctx.exit(EXIT_DONE if results.total else EXIT_NOTHING)


@duowen.command()
@click.argument("article_id", metavar="ID", type=_typed)
@_json
@_color
@_places
def show(article_id: str, as_json: bool, color: bool | None) -> None:
    """Show a whole article."""
    with _opened() as opened:
        article = opened.get(article_id)
    if article is None:
        _fail(f"There is no article {article_id!r}; the ids are in the answers to: duowen QUERY")
    from search import render

    _answer(article, render.article_mapping, render.article_text, as_json, color)


@duowen.command()
@_json
@_color
@_places
def stats(as_json: bool, color: bool | None) -> None:
    """Count what the index holds."""
    with _opened() as opened:
        statistics = opened.statistics()
    from search import render

    _answer(statistics, render.statistics_mapping, render.statistics_text, as_json, color)


def _settings() -> "Settings":
    from search.config import load

    return load(**click.get_current_context().ensure_object(dict))


@contextmanager
def _opened() -> Iterator["Index"]:
    settings = _settings()
    from search.library import open_index

    with open_index(settings.index, engine=settings.engine) as opened:
        yield opened


@contextmanager
def _errors_told() -> Iterator[None]:
    """Turn every error that is nobody's mistake in the code into one sentence and its exit code."""
    try:
        yield
    except DuowenError as error:
        _fail(str(error), error.exit_code)
    except BrokenPipeError:  # `| head` has seen enough
        raise click.exceptions.Exit(EXIT_DONE) from None
    except MemoryError:
        _fail("There is not enough memory; ask for less at once.")
    except OSError as error:
        named = f" ({error.filename})" if error.filename else ""
        _fail(f"The system refused: {error.strerror or error}{named}; mend that and try again.")


def _fail(sentence: str, code: int = EXIT_NOTHING) -> NoReturn:
    _warn([sentence])
    raise click.exceptions.Exit(code)


def _warn(sentences: Iterable[str]) -> None:
    from search.marking import one_line

    for sentence in sentences:
        click.echo(f"duowen: {one_line(sentence)}", err=True)


def _answer(value: Any, mapping: Any, text: Any, as_json: bool, color: bool | None) -> None:
    from search.config import wants_colour
    from search.render import as_json as json_text

    colour = wants_colour(color, is_terminal=sys.stdout.isatty())
    shown = json_text(mapping(value)) if as_json else "\n".join(text(value, colour=colour))
    click.echo(shown, color=True)  # click must not decide once more


def main() -> NoReturn:
    """Run the command line, and end as programs in Python do: by SystemExit."""
    sys.exit(streams.end(run()))


def process() -> NoReturn:
    """Be the process: run, and end at once; taking Python to pieces first would only take time."""
    code = run()
    atexit._run_exitfuncs()  # noqa: SLF001  # what others registered is still done
    os._exit(streams.end(code) or EXIT_DONE)


def run() -> int | None:
    """Run the command line; a closed pipe ends it quietly, an interrupt with 130 or 143."""
    code: int | None
    try:
        _hurry()
        streams.prepare()
        signals.handle()
        code = duowen.main(prog_name="duowen", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort, signals.Terminated) as ending:
        what, code = _ENDINGS[type(ending) is signals.Terminated]
        _warn([f"{what}; what was indexed before is still there."])
    signals.ignore()
    return code


def _hurry() -> None:
    """Leave out of a short process what only long ones need."""
    gc.disable()
    # Read as numpy is loaded: OpenBLAS would start a thread for each core, and nothing here uses any.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


if __name__ == "__main__":
    process()
