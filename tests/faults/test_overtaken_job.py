"""A job sleeps for longer than its lease, another takes over and commits: nothing of the first is seen.

Wherever it falls asleep, it sends nothing more when it wakes, commits nothing, takes the alias from
nobody, and ends with the exit code that says to try again.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest

from search.engines import (
    opensearch_bulk,
    opensearch_indexes,
    opensearch_lock,
    opensearch_state,
)
from search.engines.opensearch_client import Cluster, path_of
from search.engines.registry import open_upkeep
from search.errors import IndexBusy
from search.library import open_index
from search.reindexing import reindex

TOP = Path(__file__).parents[2]
COUNT = 12
LEASE = 0.3

POINTS = [
    (opensearch_state.State, "claim", False),
    (opensearch_indexes.Indexes, "open_door", False),
    (opensearch_bulk.Bulk, "finish", False),
    (opensearch_state.State, "advance", False),
    (opensearch_indexes.Indexes, "make_next", True),
    (opensearch_bulk.Bulk, "finish", True),
    (opensearch_state.State, "advance", True),
]


@pytest.fixture
def settings(cluster_index):
    return cluster_index(shards=1, bulk_bytes=2_000)


def write(folder, version):
    """Write the files of a version: some are new with each, some stay, and some go."""
    folder.mkdir(exist_ok=True)
    for page in folder.iterdir():
        page.unlink()
    for number in range(COUNT):
        if (number + version) % 4:
            text = "stays" if number % 2 else f"version{version}"
            page = folder / f"{number}.md"
            page.write_text(f"# Kite {number}\n\n{text} {'wind ' * 60}\n")
            os.utime(page, (1e9 + number, 1e9 + number))
    return {f"{number}.md" for number in range(COUNT) if (number + version) % 4}


def assert_only(version, names, settings, folder):
    """Assert that the index and the alias hold that version, and nothing of any other."""
    with open_index(folder, engine=settings) as opened:
        found = opened.search("kite", limit=100).hits
        assert {hit.id.rpartition("/")[2] for hit in found} == names
        fresh = {name for name in names if int(name[:-3]) % 2 == 0}
        found = opened.search(f"version{version}", limit=100).hits
        assert {hit.id.rpartition("/")[2] for hit in found} == fresh
    client = Cluster(settings)
    (served,) = client.ask("GET", path_of("_alias", settings.index))
    assert (
        served
        == client.ask("GET", path_of(f"{settings.index}-meta", "_doc", "current"))["_source"][
            "index"
        ]
    )
    assert client.ask("GET", path_of(settings.index, "_count"))["count"] == len(names)
    client.close()
    checked = open_upkeep(settings, folder).check(deep=True)
    assert not checked.damages


@pytest.mark.parametrize(("owner", "name", "rebuild"), POINTS)
def test_a_job_that_wakes_when_another_has_committed(
    settings, tmp_path, monkeypatch, owner, name, rebuild
):
    monkeypatch.setattr(opensearch_lock, "LEASE", LEASE)
    news, index = tmp_path / "news", tmp_path / "index"
    job = partial(reindex, [news], index, engine=settings, force_prune=True)
    write(news, 0)
    job()
    original = getattr(owner, name)
    committed = []

    def sleeping(self, *given, **more):
        if not committed:
            committed.append(None)
            with monkeypatch.context() as awake:
                awake.setattr(opensearch_lock.Lock, "_renew_until", lambda *_: None)
                time.sleep(LEASE * 1.2)
                names = write(news, 2)
                job(rebuild=rebuild)
            committed[0] = names
        return original(self, *given, **more)

    monkeypatch.setattr(owner, name, sleeping)
    monkeypatch.setattr(opensearch_lock.Lock, "_renew_until", lambda *_: None)  # it sleeps
    write(news, 1)
    with pytest.raises(IndexBusy) as caught:
        job(rebuild=rebuild)
    assert caught.value.exit_code == 75
    (names,) = committed
    assert_only(2, names, settings, index)
    done = job()
    assert (done.counts.added, done.counts.updated, done.counts.removed) == (0, 0, 0)
    assert_only(2, names, settings, index)


_SLEEPER = """
import os, signal, sys
from pathlib import Path
from search.engines import opensearch_bulk, opensearch_lock
from search.engines.opensearch_settings import OpenSearchSettings
from search.errors import DuowenError
from search.reindexing import reindex

opensearch_lock.LEASE = 1.0
opensearch_lock.socket.gethostname = lambda: "elsewhere"
run = opensearch_bulk._Request.run

def sleeping(request):
    run(request)
    os.kill(os.getpid(), signal.SIGSTOP)

opensearch_bulk._Request.run = sleeping
try:
    reindex([{news!r}], Path({index!r}), engine=OpenSearchSettings(**{settings!r}), force_prune=True)
except DuowenError as error:
    sys.exit(error.exit_code)
"""


def test_a_process_that_was_stopped(settings, tmp_path, monkeypatch):
    news, index = tmp_path / "news", tmp_path / "index"
    job = partial(reindex, [news], index, engine=settings, force_prune=True)
    write(news, 0)
    job()
    write(news, 1)
    script = _SLEEPER.format(news=str(news), index=str(index), settings=asdict(settings))
    sleeper = subprocess.Popen([sys.executable, "-c", script], cwd=TOP)
    status = os.waitpid(sleeper.pid, os.WUNTRACED)[1]
    try:
        assert os.WIFSTOPPED(status)
        time.sleep(1.1)
        names = write(news, 2)
        job()
        for _ in range(20):  # it falls asleep again after each of its requests
            os.kill(sleeper.pid, signal.SIGCONT)
            status = os.waitpid(sleeper.pid, os.WUNTRACED)[1]
            if not os.WIFSTOPPED(status):
                break
        assert os.WEXITSTATUS(status) == 75
    finally:
        if not os.WIFEXITED(status):
            sleeper.kill()
            os.waitpid(sleeper.pid, 0)
        sleeper.returncode = 75  # it was waited for here
    assert_only(2, names, settings, index)
    assert job().generation == 2
