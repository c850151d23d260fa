"""The house stays as docs/architecture.md says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from search import schema
from search.columnar import inverting, writing
from search.parts import TEXT_FIELDS
from search.query import lexer
from search.snippets import excerpts

TOP = Path(__file__).parents[2]
CODE = sorted([*TOP.glob("search/**/*.py"), TOP / "cli.py"])
TABLES = {"search/analysis/variants.py", "search/analysis/spelling.py"}


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/alerts.md",
        "docs/architecture.md",
        "docs/json.md",
        "docs/library.md",
        "docs/opensearch.md",
        "docs/operations.md",
        "docs/performance.md",
        "docs/query-language.md",
        "docs/sources.md",
        "docs/whoosh.md",
    ],
)
def test_every_path_that_a_page_names_exists(page):
    text = (TOP / page).read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:search|tests|docs)/[\w/-]+(?:\.\w+)?/?", text))
    missing = [name for name in named if not (TOP / name).exists()]
    assert not missing


def test_every_room_is_on_the_page():
    page = (TOP / "docs/architecture.md").read_text(encoding="utf-8")
    rooms = {path.relative_to(TOP / "search").parts[0] for path in CODE if path.name != "cli.py"}
    rooms -= {"__init__.py"}
    assert not [room for room in rooms if f"search/{room}" not in page]


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(TOP)))
def test_files_are_short_enough_to_read(path):
    if str(path.relative_to(TOP)) in TABLES:
        pytest.skip("a table of data may be long")
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


def test_every_room_opens_with_its_question():
    for front_page in TOP.glob("search/*/__init__.py"):
        first = front_page.read_text(encoding="utf-8").split("\n\n")[0]
        assert "?" in first or "give me" in first, front_page


def test_the_text_fields_are_the_same_wherever_they_are_named():
    names = tuple(text_field.name for text_field in schema.FIELDS)
    assert names == TEXT_FIELDS
    assert len(names) == inverting.FIELD_COUNT == len(writing._FOLDED_FIELDS)
    assert set(names) <= set(lexer.FIELD_OF)
    assert {*excerpts._FIELDS["en"], *excerpts._FIELDS["zh"], "title"} == set(names)


def test_imports_go_down_only():
    pytest.importorskip("importlinter")
    outcome = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=TOP, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout
