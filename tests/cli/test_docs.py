"""docs/cli.md says what --help says. DUOWEN_UPDATE_DOCS=1 writes it anew."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from search import errors
from search.commands import ELSEWHERE, program
from tests.cli.desk import TOP

CONTEXT = click.Context(program.duowen)
COMMANDS = {
    name: program.duowen.get_command(CONTEXT, name)
    for name in program.duowen.list_commands(CONTEXT)
}
ALL_COMMANDS = {}
for name, command in COMMANDS.items():
    ALL_COMMANDS[name] = command
    ALL_COMMANDS |= {
        f"{name} {part}": one for part, one in getattr(command, "commands", {}).items()
    }
PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
INTRODUCTION = """\
# The command line

Written by `DUOWEN_UPDATE_DOCS=1 python -m pytest tests/cli/test_docs.py` from the texts that `--help` shows;
change those in search/commands/. Answers go to stdout, everything else to stderr; colour and progress are shown on a
terminal only.
"""
WORDS = """\
## Words that begin with a hyphen

`duowen trade -china` finds what is about trade and not about China: in a search, a word with one hyphen that
is no option belongs to the query. Behind `--` everything does: `duowen -- -n`, `duowen search -- --help`. An
unknown word with two hyphens is wrong usage, since it is most often a misspelled option.

Words that are the name of a command are searched with `duowen search`: `duowen search stats`.
"""


def table(head, rows):
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def option_row(option):
    names = ", ".join([*option.opts, *option.secondary_opts])
    choices = " ".join(getattr(option.type, "choices", ()))
    value = "" if option.is_flag else option.metavar or choices or "NUMBER"
    is_told = isinstance(option.default, str) and option.type.name == "choice"
    default = f"Default: {option.default}." if is_told or option.show_default else ""
    return [f"`{names}{' ' + value if value else ''}`", f"{option.help or ''} {default}".strip()]


def command_text(command, name):
    """Describe one command."""
    context = click.Context(command, info_name=name, **program.duowen.context_settings)
    usage = " ".join(command.collect_usage_pieces(context))
    paragraphs = _paragraphs(command.help)
    options = [option_row(one) for one in command.params if isinstance(one, click.Option)]
    return "\n".join(
        [
            f"## {name}\n",
            f"    {name} {usage}\n",
            *(f"{part}\n" for part in paragraphs),
            table(["option", "meaning"], options),
        ]
    )


def _paragraphs(help_text):
    for part in inspect.cleandoc(help_text).split("\n\n"):
        if part.startswith("\b"):
            yield "\n".join(f"    {line.strip()}" for line in part.splitlines()[1:])
        else:
            yield " ".join(part.split())


def written():
    """Return the page as it should be."""
    codes = [[code, meaning] for code, meaning in program.EXIT_CODES.items()]
    variables = [[f"`{name}`", meaning] for name, meaning in program.ENVIRONMENT.items()]
    return "\n".join(
        [
            INTRODUCTION,
            "## Exit codes\n",
            table(["code", "meaning"], codes),
            "## Environment\n",
            table(["variable", "meaning"], variables),
            command_text(program.duowen, "duowen"),
            WORDS,
            *(command_text(command, f"duowen {name}") for name, command in ALL_COMMANDS.items()),
        ]
    ).rstrip("\n") + "\n"  # fmt: skip


def test_the_page_says_what_help_says():
    if os.environ.get("DUOWEN_UPDATE_DOCS"):
        PAGE.write_text(written(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == written()


@pytest.mark.parametrize("name", [None, *ALL_COMMANDS])
def test_every_command_and_option_is_explained(name):
    command = ALL_COMMANDS[name] if name else program.duowen
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help or parameter.type.name == "choice", parameter.name


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_the_list_says_of_a_command_is_what_it_says_itself(name):
    _, short_help = ELSEWHERE[name]
    assert COMMANDS[name].name == name
    assert COMMANDS[name].get_short_help_str(1000) == short_help


def test_the_list_of_commands_loads_none_of_them():
    script = (
        "import sys, cli; sys.argv = ['duowen', '--help']; cli.run();"
        " print(*(n for n in sys.modules if n.startswith('search')))"
    )
    listed = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(TOP)},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert all(f"  {name} " in listed for name in COMMANDS)
    loaded = set(listed.splitlines()[-1].split())
    assert {name for name in loaded if name.startswith("search.commands")} == {
        "search.commands",
        "search.commands.parsing",
        "search.commands.plain",
        "search.commands.program",
        "search.commands.telling",
    }


def test_every_exit_code_of_an_error_is_documented():
    family = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.DuowenError)
    ]
    assert {str(one.exit_code) for one in family} <= set(program.EXIT_CODES)
    constants = {str(value) for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert constants <= set(program.EXIT_CODES)
    for code, meaning in program.EXIT_CODES.items():
        assert f"  {code:<15}{meaning}" in program.EPILOG
