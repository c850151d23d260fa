"""The door for programs: what `search` offers, and what it costs to open it."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import search
from search import errors

TOP = Path(__file__).parents[2]
SOURCE = (TOP / "search/__init__.py").read_text(encoding="utf-8")
HEAVY = {"whoosh", "numpy", "jieba", "rjieba", "yaml", "click"}


def loaded(statement):
    """Run a statement in a new process and return the modules that it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        cwd=TOP, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


def test_the_names_are_sorted_and_each_of_them_is_there():
    assert list(search.__all__) == sorted(set(search.__all__))
    for name in search.__all__:
        assert getattr(search, name).__name__ == name
    assert set(search.__all__) <= set(dir(search))


def test_type_checkers_are_told_the_same_names_and_homes():
    told = dict(re.findall(r"^    from ([\w.]+) import (\w+) as \2$", SOURCE, re.MULTILINE))
    assert told  # several names share a home, so the pairs are compared:
    pairs = set(re.findall(r"^    from ([\w.]+) import (\w+) as \2$", SOURCE, re.MULTILINE))
    assert {name for _, name in pairs} == set(search.__all__)
    for home, name in pairs:
        assert getattr(import_module(home), name) is getattr(search, name)


def test_every_error_a_caller_may_catch_is_public():
    family = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.DuowenError)
    }
    # A SourceError with another exit code, and an IndexBusy before there is any work to be lost.
    assert family - set(search.__all__) <= {"SourceMissing", "IndexLocked"}


def test_everything_that_public_functions_hand_out_is_public():
    for name in (
        "Article",
        "Hit",
        "Results",
        "Snippet",
        "Report",
        "Counts",
        "Rejected",
        "Statistics",
    ):
        assert name in search.__all__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'serach'"):
        search.serach  # noqa: B018


def test_importing_the_package_loads_nothing_else():
    ours = {name for name in loaded("import search") if name.startswith("search")}
    assert ours == {"search"}


@pytest.mark.parametrize(
    "statement", ["import search", "from search import Article, errors", "import search.errors"]
)
def test_names_that_need_no_index_load_nothing_heavy(statement):
    assert not {name.partition(".")[0] for name in loaded(statement)} & HEAVY


def test_opening_an_index_loads_no_jieba_and_no_yaml():
    modules = loaded("from search import open_index, reindex")
    assert not {name.partition(".")[0] for name in modules} & {"jieba", "rjieba", "yaml", "click"}


def test_importing_starts_no_threads_and_writes_nothing(tmp_path):
    script = "import threading, search.library, cli; print(threading.active_count())"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env={"PYTHONPATH": str(TOP), "HOME": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("1\n", "")
    assert list(tmp_path.iterdir()) == []
