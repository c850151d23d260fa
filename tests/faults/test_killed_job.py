"""Jobs are killed while they write to a cluster: the alias serves a whole index, and the next job goes on.

Points are requests, counted from the first that writes: a job dies before it sends one, or while it is
under way. DUOWEN_SEED=N draws the same ones again.
"""

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from search import alerting
from search.engines import opensearch_state
from search.engines.opensearch_client import Cluster, path_of
from search.engines.port import Window
from search.engines.registry import open_engine, open_upkeep
from search.errors import EngineUnavailable
from search.query.parser import parse
from search.query.planning import make_plan
from search.reindexing import forget, reindex

TOP = Path(__file__).parents[2]
SEED = int(os.environ.get("DUOWEN_SEED") or random.SystemRandom().randrange(10**9))
COUNT = 30
LEAST = 9
"""So many requests every job needs from when it begins to write; an update or a rebuild needs more."""

MORE = 16
KILLS = {"update": (4, MORE), "rebuild": (4, MORE), "forget": (2, LEAST)}
"""How many of each kind are killed, and before which request at the latest."""

_JOB = """
import os, random, signal, sys, threading, time
from pathlib import Path
from search.engines import opensearch_state
from search.engines.opensearch_client import Cluster
from search.engines.opensearch_settings import OpenSearchSettings
from search.reindexing import forget, reindex

ask, begin = Cluster.ask, opensearch_state.State.begin_sending
lock, left = threading.Lock(), []

def dying(self, *given, **more):
    with lock:
        if left:
            left[0] -= 1
        is_last = left == [0]
    if is_last:
        if {delay!r}:
            threading.Timer({delay!r}, os.kill, (os.getpid(), signal.SIGKILL)).start()
            ask(self, *given, **more)
            time.sleep(60)
        os.kill(os.getpid(), signal.SIGKILL)
    return ask(self, *given, **more)

def beginning(*given, **more):
    if not left:
        left.append({point!r})
    return begin(*given, **more)

Cluster.ask, opensearch_state.State.begin_sending = dying, beginning
{do}({paths!r}, Path({index!r}), engine=OpenSearchSettings(**{settings!r}), **{options!r})
"""


class Archive:
    """Two folders of files, what is in them, and jobs that read them."""

    def __init__(self, folder, settings):
        self.news, self.other, self.index = folder / "news", folder / "other", folder / "index"
        self.settings = settings
        self.told = folder / "alerts.jsonl"
        self.options = {"force_prune": True, "alerts": [f"jsonl:{self.told}"]}
        self.news.mkdir()
        self.other.mkdir()
        for number in range(COUNT):
            self.write(self.news / f"{number}.md", f"first{number}")
        for number in range(4):
            self.write(self.other / f"o{number}.md", f"other{number}")

    @property
    def paths(self):
        return [str(self.news), str(self.other)]

    def write(self, page, stamp):
        page.write_text(f"# {stamp} {page.name}\n\nkite {stamp} {'wind ' * 80}\n")

    def change(self, kill, chance):
        """Change, remove and add files; return a file that can be put back, and how it was."""
        pages = sorted(self.news.iterdir())
        victims = chance.sample(pages, 12)
        kept = victims[0], victims[0].read_bytes(), victims[0].stat()
        for page in victims[:9]:
            self.write(page, f"kill{kill}")
        for page in victims[9:]:
            page.unlink()
        for number in range(3):
            self.write(self.news / f"new{kill}-{number}.md", f"new{kill}")
        return kept

    def put_back(self, page, text, state):
        """Put a file back as it was, its time as well."""
        page.write_bytes(text)
        os.utime(page, ns=(state.st_atime_ns, state.st_mtime_ns))

    def job(self, **options):
        return reindex(self.paths, self.index, engine=self.settings, **self.options, **options)

    def there(self):
        """Return name -> the first line of each file that is there."""
        pages = [*self.news.iterdir(), *self.other.iterdir()]
        return {page.name: page.read_text().splitlines()[0].lstrip("# ") for page in pages}

    def found(self):
        """Return name -> title of each article that a search finds."""
        engine = open_engine(self.settings, self.index)
        plan = make_plan(parse("kite"), engine.count_word)
        page = engine.search(plan, Window(limit=1_000))
        engine.close()
        names = {Path(one.article.path).name: one.article.title for one in page.found}
        assert page.total == len(page.found) == len(names)
        return names


@pytest.fixture
def archive(cluster_index, tmp_path):
    made = Archive(tmp_path, cluster_index(shards=2, bulk_bytes=4_000))
    open_engine(made.settings, made.index, create=True).close()
    alerting.save(made.index, "kites", "kite", engine=made.settings)
    made.job()
    return made


def test_jobs_that_are_killed(archive):
    print(f"DUOWEN_SEED={SEED}")
    chance = random.Random(SEED)
    cluster = Cluster(archive.settings)
    cases = [
        (kind, point)
        for kind, (times, latest) in KILLS.items()
        for point in chance.sample(range(1, latest + 1), times)
    ]
    chance.shuffle(cases)
    assert len(cases) == 10
    for kill, (kind, point) in enumerate(cases):
        told = SEED, kill, kind, point
        before = archive.found()
        page = archive.change(kill, chance) if kind != "forget" else None
        script = _JOB.format(
            do="forget" if kind == "forget" else "reindex",
            paths=archive.paths[1:] if kind == "forget" else archive.paths,
            index=str(archive.index),
            settings=asdict(archive.settings),
            options={**archive.options, "rebuild": kind == "rebuild"} if kind != "forget" else {},
            point=point,
            delay=chance.choice([0, 0, 0.001, 0.01]),
        )
        job = subprocess.run([sys.executable, "-c", script], cwd=TOP, check=False)
        assert job.returncode == -signal.SIGKILL, told  # it had begun to write: only then it dies
        assert not open_upkeep(archive.settings, archive.index).check().damages, told
        ((served, _),) = cluster.ask("GET", path_of("_alias", archive.settings.index)).items()
        if kind == "rebuild":
            count = cluster.ask("GET", path_of(served, "_count"))["count"]
            assert count in {len(before), len(archive.there())}, told
        if kind == "forget":
            forget(archive.paths[1:], archive.index, engine=archive.settings)
            assert archive.found() == {
                name: title for name, title in before.items() if not name.startswith("o")
            }, told
        elif page[0].exists() and kill % 2:
            archive.put_back(*page)
        archive.job()  # the next one goes on
        assert archive.found() == archive.there(), told
        assert not archive.job().generation > archive.job().generation_before, told
    assert not open_upkeep(archive.settings, archive.index).check(deep=True).damages
    kept = cluster.ask("GET", path_of(f"{archive.settings.index}-0*", "_alias"))
    assert len(kept) <= 2
    assert [list(one["aliases"]) for one in kept.values() if one["aliases"]] == [
        [archive.settings.index]
    ]
    cluster.close()
    lines = archive.told.read_text(encoding="utf-8").splitlines()
    alerted = {json.loads(line)["title"] for line in lines}
    assert {title for title in archive.there().values() if title.startswith("new")} <= alerted


def test_a_file_that_is_put_back_after_a_job_that_was_killed(archive, monkeypatch):
    """What was sent of it stands in the index, and its time is that of the generation before."""
    page = archive.news / "1.md"
    kept = page, page.read_bytes(), page.stat()
    archive.write(page, "zebra")
    with monkeypatch.context() as patch, pytest.raises(EngineUnavailable):
        patch.setattr(opensearch_state.State, "advance", _gone)
        archive.job()
    assert archive.found()["1.md"] == "zebra 1.md"
    archive.put_back(*kept)
    assert archive.job().counts.updated == 1
    assert archive.found() == archive.there()
    assert archive.job().counts.updated == 0


def _gone(*_):
    raise EngineUnavailable("It is gone on purpose.")
