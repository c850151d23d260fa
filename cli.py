"""The command line: parse, one library call, render. Exit codes are in search.errors.

Only click is imported at the top: `duowen --help` must be quick, and so must every search.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from search.config import Settings
    from search.indexing.report import Report

EXIT_CODES = """\b
Exit codes:
  0    found, or done
  1    nothing found, or failed
  2    wrong usage
  3    done, but some articles were rejected
  4    no index there, or it is damaged
  75   another job is writing
  130  interrupted (143: terminated); what was indexed before is still there
"""

_SHOWN_REJECTIONS = 10


class _DefaultCommand(click.Group):
    """A group in which words that are no command are a query: `duowen 卫星`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        place = _first_word(self, ctx, args)
        if place < len(args) and args[place] not in self.commands:
            args = [*args[:place], "search", *args[place:]]
        return super().parse_args(ctx, args)


def _first_word(group: click.Group, ctx: click.Context, args: list[str]) -> int:
    """Return where the options of the group itself end."""
    takes_value = {
        name
        for parameter in group.get_params(ctx)
        if isinstance(parameter, click.Option) and not parameter.is_flag
        for name in parameter.opts
    }
    own = {name for parameter in group.get_params(ctx) for name in parameter.opts}
    place = 0
    while place < len(args) and args[place].split("=")[0] in own:
        place += 2 if args[place] in takes_value else 1
    return place


@click.group(
    cls=_DefaultCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_CODES,
    no_args_is_help=True,
)
@click.option("--index", metavar="DIR", help="Index folder [$DUOWEN_INDEX, ./index_data].")
@click.option("--config", metavar="FILE", help="Settings [$DUOWEN_CONFIG, ./duowen.yaml].")
@click.version_option(package_name="duowen", message="duowen %(version)s")
@click.pass_context
def duowen(ctx: click.Context, index: str | None, config: str | None) -> None:
    r"""Search a bilingual news archive, English and Chinese in one line.

    \b
    duowen index articles/            bring the index in line with a folder
    duowen search 'spy satellite'     also: duowen 'spy satellite'
    duowen '朝鲜 卫星 source:reuters since:30d'
    duowen '"trilateral summit" -trade' --sort newest --json
    """
    ctx.obj = {"index": index, "config": config}


def _index_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let --index and --config stand behind the command too."""
    config = click.option("--config", "own_config", metavar="FILE", help="Settings file.")
    index = click.option("--index", "own_index", metavar="DIR", help="Index folder.")
    return index(config(command))


@duowen.command()
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option(
    "--report", metavar="FILE", help="Write a JSON report to a file, or to stdout with -."
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
@_index_option
@click.pass_context
def index(
    ctx: click.Context,
    paths: tuple[str, ...],
    report: str | None,
    quiet: bool,
    own_index: str | None,
    own_config: str | None,
) -> None:
    """Bring the index in line with files or folders: add, update, remove articles.

    PATH is a file, a folder, or - for standard input; with none, the paths of earlier runs. Reads page
    dumps (.txt), Markdown, JSON, JSONL and CSV, each also as .gz, .bz2 or .xz.
    """
    with _errors_told():
        settings = _settings(ctx, own_index, own_config)
        from search.library import reindex

        with _progress(quiet=quiet) as progress:
            done = reindex(
                paths or settings.paths,
                settings.index,
                sources=settings.sources,
                progress=progress,
                engine=settings.engine,
            )
        _tell(done, settings, quiet=quiet)
        if report:
            _write_report(done, report)
    ctx.exit(3 if done.counts.rejected else 0)


@duowen.command()
@click.argument("query", nargs=-1, required=True)
@click.option("-n", "--limit", type=click.IntRange(min=0), default=10, show_default=True)
@click.option("--offset", type=click.IntRange(min=0), default=0, help="Skip so many hits.")
@click.option("--source", multiple=True, metavar="NAME", help="Only this source; may be repeated.")
@click.option("--since", metavar="DATE", help="2023-11-24, 2023-11, 7d, yesterday, 上周.")
@click.option("--until", metavar="DATE", help="The same; that day or month included.")
@click.option("--sort", type=click.Choice(["relevance", "newest", "oldest"]), default="relevance")
@click.option("--match", type=click.Choice(["auto", "all", "any"]), default="auto")
@click.option("--no-snippets", is_flag=True, help="Titles only.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--color/--no-color", default=None, help="Default: on a terminal only.")
@_index_option
@click.pass_context
def search(
    ctx: click.Context,
    query: tuple[str, ...],
    limit: int,
    offset: int,
    source: tuple[str, ...],
    since: str | None,
    until: str | None,
    sort: Any,
    match: Any,
    no_snippets: bool,
    as_json: bool,
    color: bool | None,
    own_index: str | None,
    own_config: str | None,
) -> None:
    """Search the index; the best hits come first.

    Words are all required (most of them, in a long query). "phrase", OR, NOT or -, ( ), word*, word~,
    NEAR/5, title: summary: body: source: tag: date:2023-11 since:7d until: in their half-width and
    full-width forms; English and Chinese in any mix.
    """
    with _errors_told():
        settings = _settings(ctx, own_index, own_config)
        from search import render
        from search.library import open_index

        with open_index(settings.index, engine=settings.engine) as opened:
            results = opened.search(
                " ".join(query),
                limit=limit,
                offset=offset,
                source=source,
                since=since,
                until=until,
                sort=sort,
                match=match,
                snippets=not no_snippets,
            )
        if as_json:
            click.echo(render.as_json(render.results_mapping(results)))
        else:
            _warn(results.warnings)
            _print(render.results_text(results, colour=_colour(color)))
    ctx.exit(0 if results.total else 1)


@duowen.command()
@click.argument("article_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--color/--no-color", default=None, help="Default: on a terminal only.")
@_index_option
@click.pass_context
def show(
    ctx: click.Context,
    article_id: str,
    as_json: bool,
    color: bool | None,
    own_index: str | None,
    own_config: str | None,
) -> None:
    """Show a whole article."""
    with _errors_told():
        settings = _settings(ctx, own_index, own_config)
        from search import render
        from search.library import open_index

        with open_index(settings.index, engine=settings.engine) as opened:
            article = opened.get(article_id)
        if article is None:
            _fail(
                f"There is no article {article_id!r} in {settings.index};"
                f" search prints the ids: duowen QUERY",
                1,
            )
        if as_json:
            click.echo(render.as_json(render.article_mapping(article)))
        else:
            _print(render.article_text(article, colour=_colour(color)))


@duowen.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--color/--no-color", default=None, help="Default: on a terminal only.")
@_index_option
@click.pass_context
def stats(
    ctx: click.Context,
    as_json: bool,
    color: bool | None,
    own_index: str | None,
    own_config: str | None,
) -> None:
    """Count what the index holds."""
    with _errors_told():
        settings = _settings(ctx, own_index, own_config)
        from search import render
        from search.library import open_index

        with open_index(settings.index, engine=settings.engine) as opened:
            statistics = opened.statistics()
        if as_json:
            click.echo(render.as_json(render.statistics_mapping(statistics)))
        else:
            _print(render.statistics_text(statistics, colour=_colour(color)))


def _settings(ctx: click.Context, own_index: str | None, own_config: str | None) -> "Settings":
    from dataclasses import replace
    from pathlib import Path

    from search.config import load

    settings = load(own_config or ctx.obj["config"])
    named = own_index or ctx.obj["index"]
    return replace(settings, index=Path(named).expanduser()) if named else settings


@contextmanager
def _errors_told() -> Iterator[None]:
    """Turn every error that duowen raises on purpose into one sentence and its exit code."""
    from search.errors import DuowenError

    try:
        yield
    except DuowenError as error:
        _fail(str(error), error.exit_code)
    except BrokenPipeError:
        raise
    except OSError as error:
        named = f" ({error.filename})" if error.filename else ""
        _fail(f"The system refused: {error.strerror or error}{named}; nothing was changed.", 1)


def _fail(sentence: str, code: int) -> NoReturn:
    from search.marking import one_line

    click.echo(f"duowen: {one_line(sentence)}", err=True)
    sys.exit(code)


def _warn(sentences: Iterable[str]) -> None:
    from search.marking import one_line

    for sentence in sentences:
        click.echo(f"duowen: {one_line(sentence)}", err=True)


def _print(lines: Iterable[str]) -> None:
    # color=True: we decided already, click must not decide again by itself.
    click.echo("\n".join(lines), color=True)


def _colour(wanted: bool | None) -> bool:
    """Option > NO_COLOR > FORCE_COLOR > whether stdout is a terminal that can."""
    if wanted is not None:
        return wanted
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """Count articles on stderr while they are read, on a terminal only."""
    if quiet or not sys.stderr.isatty():
        yield None
        return

    def progress(count: int) -> None:
        if count % 100 == 0:
            click.echo(f"\r{count:,} articles read ", err=True, nl=False)

    try:
        yield progress
    finally:
        click.echo("\r\x1b[K", err=True, nl=False, color=True)


def _tell(report: "Report", settings: "Settings", *, quiet: bool) -> None:
    from search.marking import one_line

    shown = report.rejected[:_SHOWN_REJECTIONS]
    for value in shown:
        place = f"{value.path}:{value.line}" if value.line else value.path
        click.echo(f"duowen: rejected {one_line(f'{place}: {value.reason}')}", err=True)
    if len(report.rejected) > len(shown):
        more = len(report.rejected) - len(shown)
        click.echo(f"duowen: and {more:,} more, all in {settings.index}/quarantine.jsonl", err=True)
    if quiet:
        return
    for warning in report.warnings[:_SHOWN_REJECTIONS]:
        click.echo(f"duowen: {one_line(f'{warning.path}: {warning.message}')}", err=True)
    counts = report.counts
    parts = [
        f"{count:,} {name}"
        for name in ("added", "updated", "removed", "moved", "unchanged", "rejected")
        if (count := getattr(counts, name))
    ]
    seconds = sum(report.seconds.values())
    click.echo(
        f"{', '.join(parts) or 'nothing to do'};"
        f" {report.articles:,} articles in {settings.index} ({seconds:.1f} s)",
        err=True,
    )


def _write_report(report: "Report", target: str) -> None:
    from pathlib import Path

    from search import files, render

    text = render.as_json(report.as_mapping())
    if target == "-":
        click.echo(text)
    else:
        files.replace_durably(Path(target), (text + "\n").encode("utf-8"))


def main() -> None:
    """Run the command line; a closed pipe ends it quietly, an interrupt with 130 or 143."""
    for stream in (sys.stdout, sys.stderr):
        # An article may hold what the locale cannot write; UTF-8 always, also under LANG=C.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    signal.signal(signal.SIGTERM, _terminated)
    try:
        duowen.main(prog_name="duowen", standalone_mode=False)
    except click.exceptions.Exit as ending:
        code: object = ending.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("duowen: interrupted; what was indexed before is still there.", err=True)
        code = 130
    except BrokenPipeError:
        code = 0
    except SystemExit as ending:
        code = ending.code
    else:
        code = 0
    sys.exit(_flushed(code))


def _flushed(code: object) -> Any:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at exit, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _terminated(_signal: int, _frame: object) -> NoReturn:
    click.echo("duowen: terminated; what was indexed before is still there.", err=True)
    sys.exit(143)


if __name__ == "__main__":
    main()
