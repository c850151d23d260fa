"""What the pages in docs/ show is so: their programs run, and their examples are what is printed."""

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from search import config, errors
from search.article import Article
from search.commands.program import duowen
from search.library import open_index
from search.parts import FIELD_NAMES
from search.results import Hit, Results, Snippet
from search.searcher import Request
from search.sources.reading import READERS

TOP = Path(__file__).parents[2]
VOLATILE = {"took_ms", "generation", "score", "path"}


def page(name):
    return (TOP / "docs" / name).read_text(encoding="utf-8")


def blocks(name, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", page(name), re.MULTILINE | re.DOTALL)


def run(*words):
    return CliRunner().invoke(duowen, words)


@pytest.mark.parametrize("name", ["library.md", "sources.md"])
def test_the_programs_of_a_page_run_one_after_the_other(name, checkout):
    namespace = {}
    programs = blocks(name, "python")
    assert programs
    for program in programs:
        exec(compile(program, name, "exec"), namespace)


def steady(value):
    """Return a JSON value without what differs from run to run."""
    if isinstance(value, dict):
        return {key: None if key in VOLATILE else steady(own) for key, own in value.items()}
    return [steady(own) for own in value] if isinstance(value, list) else value


def test_the_json_is_as_the_page_shows(checkout):
    assert run("index", "tests/corpus").exit_code == 0
    (command,), (shown,) = blocks("json.md", "sh"), blocks("json.md", "json")
    program, *words = shlex.split(command)
    assert program == "duowen"
    outcome = run(*words)
    assert outcome.exit_code == 0
    printed, wanted = json.loads(outcome.stdout), json.loads(shown)
    assert steady(printed) == steady(wanted)
    assert list(printed) == list(wanted)
    assert list(printed["hits"][0]) == list(wanted["hits"][0])


@pytest.mark.parametrize(
    ("words", "code", "is_object"),
    [
        (["search", "kite"], 0, True), (["search", "kite", "--offset", "99"], 0, True), (["search", "xyzzy"], 1, True),
        (["show", "xyzzy"], 1, False), (["search", "kite", "--since", "xyzzy"], 2, False), (["stats"], 0, True),
        (["search", "kite", "--index", "nowhere"], 4, False), (["show", "minister-kite"], 0, True),
    ],
)  # fmt: skip
def test_the_exit_codes_of_json_are_as_the_page_says(words, code, is_object, checkout):
    assert run("index", "tests/corpus").exit_code == 0
    outcome = run(*words, "--json")
    assert outcome.exit_code == code
    if is_object:
        assert json.loads(outcome.stdout)["schema_version"] == 1
    else:
        assert not outcome.stdout
        assert len(outcome.stderr.splitlines()) >= 1


def test_the_page_of_the_library_names_everything_there_is():
    text = page("library.md")
    names = [*Request.__slots__, *Hit._fields, *Article.__slots__]
    names += [*Results.__dataclass_fields__, *Snippet.__slots__]
    names += [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and name != "SourceMissing"
    ]
    assert not [name for name in names if f"`{name}`" not in text and f"`{name}(" not in text]


def test_the_page_of_sources_names_all_formats_fields_and_settings(checkout):
    text = page("sources.md")
    assert not [suffix for suffix in READERS if f"`{suffix}`" not in text]
    for name, usual in FIELD_NAMES.items():
        assert f"| `{name}` | {', '.join(f'`{one}`' for one in usual)} |" in text
    (settings,) = blocks("sources.md", "yaml")
    Path("duowen.yaml").write_text(settings, encoding="utf-8")
    loaded = config.load()
    assert loaded.sources.names["published"][0] == "erschienen"
    assert loaded.paths == (str(checkout / "tests/corpus"),)
    assert not [key for key in config._KEYS if not re.search(rf"^{key}:", settings, re.MULTILINE)]


def test_the_page_of_the_archive_reads_as_it_says(checkout):
    (shown,) = blocks("sources.md", "text")
    Path("page.txt").write_text(shown, encoding="utf-8")
    assert run("index", "page.txt").exit_code == 0
    with open_index("index_data") as index:
        article = index.get("page.txt")
    assert (article.source, article.title) == ("Harbour Wire", "Ministers fly kites")
    assert article.summary == "部长们在釜山放风筝。"
    assert article.caption.startswith("Kites over Busan")
    assert article.body == "The ministers met in Busan and flew kites."


def test_what_was_forgotten_comes_back_where_the_settings_name_it(checkout):
    Path("duowen.yaml").write_text("paths: [tests/corpus]", encoding="utf-8")
    for words, count in (
        (["index"], 65),
        (["index", "--forget", "tests/corpus"], 0),
        (["index"], 65),
    ):
        outcome = run(*words)
        assert outcome.exit_code == 0
        assert ("once duowen.yaml does not name it" in outcome.stderr) == ("--forget" in words)
        assert json.loads(run("stats", "--json").stdout)["articles"] == count
