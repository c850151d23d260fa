"""However often the job runs, and by whichever way the index came about, a search answers the same bytes."""

import os
import re
import shutil

import pytest

from tests.conftest import CORPUS

QUERIES = [
    "minister", "minister kite", "卫星 发射", "卫星 OR satellite", "the", "the -minister", "的",
    '"the new"', "kite NEAR/8 minister", "sat*", "minster~", "title:ministers", "source:meridian",
    "tag:asia", "date:2023", "until:2020", "-minister -卫星",
]  # fmt: skip
ORDERS = ["relevance", "newest", "oldest"]
CHANGING = re.compile(r'"(took_ms|generation)": [0-9.]+')


@pytest.fixture
def archive(desk):
    """The sample archive, copied, and settled."""
    shutil.copytree(CORPUS, desk / "news")
    for number, path in enumerate(files_of(desk / "news")):
        os.utime(path, (1_600_000_000 + number,) * 2)
    return desk / "news"


@pytest.fixture
def answers(run):
    """Return all answers of an index, without what may change from run to run."""

    def answers(index="index_data"):
        found = {}
        for query in QUERIES:
            for order in ORDERS:
                words = ("search", query, "--json", "-n", "40", "--sort", order, "--index", index)
                outcome = run(*words)
                assert outcome.code in (0, 1), outcome
                assert len(CHANGING.findall(outcome.out)) == 2
                found[query, order] = CHANGING.sub(r'"\1"', outcome.out)
        assert sum('"hits": []' not in text for text in found.values()) > len(found) / 2
        return found

    return answers


def files_of(folder):
    """Return the files with articles, in order."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if path.suffix != ".rst")


def test_the_job_may_run_again_and_again(run, archive, answers):
    assert run("index", "news").code == 0
    first = answers()
    assert answers() == first
    for number in range(4):
        assert run("index").code == 0
        for path in files_of(archive)[number::4]:
            path.touch()
        assert run("index", "--reread").code == 0
        assert answers() == first


def test_a_rebuild_and_another_index_answer_the_same(run, archive, answers):
    assert run("index", "news").code == 0
    first = answers()
    assert run("index", "--rebuild").code == 0
    assert answers() == first
    assert run("rollback").code == 0
    assert answers() == first
    assert run("index", "news", "--index", "second").code == 0
    assert answers("second") == first


def test_step_by_step_is_as_at_once(run, archive, answers):
    """Files that came one by one, so that segments were merged; some were edited and edited back."""
    apart = archive.parent / "apart"
    shutil.move(archive, apart)
    for path in files_of(apart):
        place = archive / path.relative_to(apart)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
        assert run("index", "news", "--index", "steps").code in (0, 3)
    whole = files_of(archive)[::3]
    for path in whole:
        shutil.copy2(path, path.with_suffix(".kept"))
        path.write_bytes(path.read_bytes() * 2)
    assert run("index", "news", "--index", "steps").code in (0, 3)
    for path in whole:
        path.with_suffix(".kept").replace(path)
    assert run("index", "news", "--index", "steps").code == 0
    assert run("index", "news").code == 0
    assert answers("steps") == answers()
