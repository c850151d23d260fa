"""What may not be read or written: told in one sentence, and nothing is lost.

Permissions do not bind root, so as root the commands run in a child that has become nobody.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.cli.desk import TOP, Outcome, write_page

NOBODY = 65534
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
# The child loads all it will need, by indexing and searching once, before it gives up the right to read it.
CHILD = """
import contextlib, io, os, sys, tempfile, cli

def run(*words):
    sys.argv = ["duowen", *words]
    return cli.run()

with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
    with contextlib.redirect_stdout(io.StringIO()):
        with open(f"{folder}/a.md", "w") as page:
            page.write("---\\ntitle: Warm\\n---\\nup 新桥\\n")
        run("index", folder, "--index", f"{folder}/i")
        run("index", folder, "--index", f"{folder}/i", "--report", "-")
        run("warm", "--index", f"{folder}/i")
        run("warm", "--json", "--index", f"{folder}/i")
        run("stats", "--json", "--index", f"{folder}/i")
if os.geteuid() == 0:
    os.setgid(NOBODY)
    os.setuid(NOBODY)
sys.exit(run(*sys.argv_given))
""".replace("NOBODY", str(NOBODY))


@pytest.fixture
def place():
    """A folder that nobody else but everybody can reach: that of pytest is closed to others."""
    with tempfile.TemporaryDirectory(prefix="duowen-test-") as name:
        os.chmod(name, 0o777)
        yield Path(name)
        for path in Path(name).rglob("*"):
            if path.is_dir():
                os.chmod(path, 0o777)


@pytest.fixture
def run_bound(place):
    """Run the command line as somebody whom permissions bind."""

    def run_bound(*words):
        script = CHILD.replace("sys.argv_given", repr([str(word) for word in words]))
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=place, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(TOP), "PYTHONDONTWRITEBYTECODE": "1"}, timeout=120,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run_bound


def give_away(path):
    """Let nobody own a file or folder, where we may decide that."""
    if IS_ROOT:
        os.chown(path, NOBODY, NOBODY)


@pytest.fixture
def indexed(place, run_bound):
    for name in ("news/open", "news/closed"):
        write_page(place / name / "a.md", f"In {name}")
    for path in (place, *place.rglob("*")):
        give_away(path)
    assert run_bound("index", "news").code == 0
    return place


def test_a_folder_that_cannot_be_read(indexed, run_bound):
    (indexed / "news").chmod(0)
    outcome = run_bound("index", "news")
    assert outcome.code == 1
    assert "cannot be read (Permission denied); check its permissions" in outcome.complaint
    assert json.loads(run_bound("stats", "--json").out)["articles"] == 2


def test_a_folder_deeper_down_that_cannot_be_read_keeps_its_articles(indexed, run_bound):
    (indexed / "news/closed").chmod(0)
    (indexed / "news/open/a.md").unlink()
    write_page(
        indexed / "news/open/b.md", "In news/closed"
    )  # the same text as the one out of sight
    (indexed / "news/open/b.md").chmod(0o644)
    outcome = run_bound("index", "news", "--report", "-")
    assert outcome.code == 3
    counts = outcome.json["counts"]
    assert (counts["added"], counts["removed"], counts["moved"], counts["rejected"]) == (1, 1, 0, 1)
    assert "closed: The folder cannot be listed (Permission denied)" in outcome.err
    assert len(json.loads(run_bound("closed", "--json").out)["hits"]) == 2


def test_a_file_that_cannot_be_read_keeps_its_articles(indexed, run_bound):
    (indexed / "news/closed/a.md").chmod(0)
    os.utime(indexed / "news/closed/a.md", (1, 1))  # as it was, it need not be read
    outcome = run_bound("index", "news")
    assert outcome.code == 3
    assert "a.md: The file cannot be read (Permission denied)" in outcome.err
    assert run_bound("closed").code == 0


def test_an_index_that_may_only_be_read_can_be_searched(indexed, run_bound):
    index = indexed / "index_data"
    for path in (*index.rglob("*"), index):
        path.chmod(0o555 if path.is_dir() else 0o444)
    assert run_bound("closed").code == 0
    assert run_bound("stats").code == 0
    write_page(indexed / "news/open/b.md", "New")
    outcome = run_bound("index", "news")
    assert outcome.code == 4
    assert "ermission denied" in outcome.complaint
    assert run_bound("closed").code == 0


def test_an_index_that_may_not_be_read(indexed, run_bound):
    (indexed / "index_data").chmod(0)
    for command in (["closed"], ["stats"], ["index", "news"]):
        outcome = run_bound(*command)
        assert outcome.code == 4
        assert "ermission denied" in outcome.complaint


def test_an_index_that_may_not_be_made(indexed, run_bound):
    (indexed / "locked").mkdir(mode=0o555)
    outcome = run_bound("index", "news", "--index", "locked/index")
    assert outcome.code == 4
    assert "locked/index (Permission denied); make its folder writable" in outcome.complaint


def test_settings_that_may_not_be_read(indexed, run_bound):
    (indexed / "duowen.yaml").write_text("index: index_data\n")
    (indexed / "duowen.yaml").chmod(0)
    outcome = run_bound("closed")
    assert outcome.code == 2
    assert "duowen.yaml cannot be read (Permission denied)" in outcome.complaint


def test_a_file_of_ours_is_readable_for_whom_the_mask_allows(place, run_bound):
    """An archive that is private must not leak through its report; one that is shared must be shared."""
    give_away(place)
    write_page(place / "a.md")
    for mask, mode in ((0o077, 0o600), (0o022, 0o644)):
        before = os.umask(mask)
        try:
            assert run_bound("index", "a.md", "--report", "report.json").code == 0
        finally:
            os.umask(before)
        assert (place / "report.json").stat().st_mode & 0o777 == mode
        shutil.rmtree(place / "index_data")
