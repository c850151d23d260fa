"""Jobs are killed at random points: the alias serves a whole index, and the next job goes on."""

import random
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from search.article import Article
from search.engines.opensearch_client import Cluster, path_of
from search.engines.port import Window
from search.engines.registry import open_engine
from search.query.parser import parse
from search.query.planning import make_plan

TOP = Path(__file__).parents[2]
KILLS = 10
COUNT = 300

_JOB = """
import sys
from pathlib import Path
from search.article import Article
from search.engines.opensearch_settings import OpenSearchSettings
from search.engines.registry import open_engine
from search.engines import opensearch_writer
from tests.faults.test_killed_job import bring_in_line
opensearch_writer._IN_MEMORY = 20_000  # so that a rebuild sends while it reads
bring_in_line(OpenSearchSettings(**{settings!r}), Path({folder!r}), {version!r}, anew={anew!r})
"""


def articles(version):
    """Return the articles of a version: half of them are new with each, and one in ten goes."""
    return [
        Article(id=f"n{n}", body=f"kite {'even' if n % 2 else version} number{n}")
        for n in range(COUNT)
        if (n + version) % 10
    ]


def bring_in_line(settings, folder, version, *, anew):
    """Do what a job does: compare with what is held, put what is not so, remove what is gone."""
    from search.article import content_hash
    from search.schema import ANALYSIS_VERSION

    engine = open_engine(settings, folder)
    wanted = {article.id: article for article in articles(version)}
    with engine.writer() as writer:
        latest = engine.latest()
        held = latest.held()
        latest.close()
        if anew:
            writer.rebuild()
        for article in wanted.values():
            known = held.get(article.id)
            digest = content_hash(article, str(ANALYSIS_VERSION))
            if anew or known is None or known.content_hash != digest:
                writer.put(article)
        for article_id in held.keys() - wanted.keys():
            writer.remove(article_id)
    engine.close()


def test_jobs_that_are_killed(cluster_index, tmp_path):
    settings = cluster_index(bulk_bytes=5_000)
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    open_engine(settings, tmp_path, create=True).close()
    bring_in_line(settings, tmp_path, 0, anew=False)
    client = Cluster(settings)
    whole = {len(articles(0))}
    for kill in range(1, KILLS + 1):
        anew = kill % 2 == 1
        if anew:
            whole.add(len(articles(kill)))
        script = _JOB.format(
            settings=asdict(settings), folder=str(tmp_path), version=kill, anew=anew
        )
        job = subprocess.Popen([sys.executable, "-c", script], cwd=TOP)
        try:
            job.wait(timeout=chance.uniform(0.4, 3.0))
        except subprocess.TimeoutExpired:
            job.kill()
        job.wait()
        (index,) = client.ask("GET", path_of("_alias", settings.index))
        if anew:
            count = client.ask("GET", path_of(settings.index, "_count"))["count"]
            assert count in whole, (seed, kill, index, count)
        bring_in_line(settings, tmp_path, kill, anew=False)  # the next job goes on
        engine = open_engine(settings, tmp_path)
        plan = make_plan(parse("kite"), engine.count_word)
        found = [one.article for one in engine.search(plan, Window(limit=1_000)).found]
        engine.close()
        assert sorted(found, key=_by_id) == sorted(articles(kill), key=_by_id), (seed, kill)
        whole = {len(found)}
    client.close()


def _by_id(article):
    return article.id
