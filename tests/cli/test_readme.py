"""What the README says to type is typed."""

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from search.commands.program import duowen

TOP = Path(__file__).parents[2]
README = (TOP / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_tour_runs_from_top_to_bottom(checkout):
    blocks = [text for kind, text in BLOCKS if kind == "sh"][2:]
    commands = [line for text in blocks for line in text.splitlines()]
    assert len(commands) > 10
    for line in commands:
        words = shlex.split(line)
        assert words[0] == "duowen"
        outcome = CliRunner().invoke(duowen, words[1:])
        assert outcome.exit_code == 0, (line, outcome.output)
    programs = [text for kind, text in BLOCKS if kind == "python"]
    assert len(programs) == 2
    for program in programs:
        exec(compile(program, "README.md", "exec"), {})


def test_the_first_line_indexes_and_searches_and_the_second_tests():
    set_up, test = [text for kind, text in BLOCKS if kind == "sh"][:2]
    assert len(set_up.strip().splitlines()) == len(test.strip().splitlines()) == 1
    assert (
        set_up.index("pip install") < set_up.index("duowen index") < set_up.index("duowen search")
    )
    assert "pytest" in test


def test_the_first_answer_is_as_it_is_shown(checkout):
    (shown,) = [text for kind, text in BLOCKS if kind == "text"]
    for words in (["index", "tests/corpus"], ["search", "卫星 satellite"]):
        outcome = CliRunner().invoke(duowen, words)
        assert outcome.exit_code == 0
    assert outcome.stdout.startswith(shown)


def test_the_settings_in_the_readme_are_good(checkout):
    (settings,) = [text for kind, text in BLOCKS if kind == "yaml"]
    Path("duowen.yaml").write_text(settings, encoding="utf-8")
    from search.config import load

    loaded = load()
    assert loaded.sources.names["summary"][0] == "zusammenfassung"
