"""One of three nodes is killed while a job writes, and while readers search: nothing is lost or doubled."""

import os
import shutil
import signal
import tempfile
import threading
from collections import Counter
from pathlib import Path

import pytest

from search.article import Article
from search.engines import opensearch_bulk
from search.engines.opensearch_client import Cluster
from search.engines.opensearch_settings import OpenSearchSettings
from search.engines.port import Window
from search.engines.registry import open_engine
from search.query.parser import parse
from search.query.planning import make_plan
from tests.cluster import nodes
from tests.cluster.server import NoServer
from tests.cluster.sharing import ASKED, need_library

need_library()


@pytest.fixture(scope="module")
def own_cluster():
    """A cluster of its own: other tests do without a node that is killed."""
    if os.environ.get(ASKED) == "off":
        pytest.skip(f"{ASKED} is off")
    folder = Path(tempfile.mkdtemp(prefix="duowen-killed-"))
    folder.chmod(0o755)
    try:
        cluster = nodes.start(folder / "nodes")
    except NoServer as failure:
        shutil.rmtree(folder)
        (pytest.fail if os.environ.get(ASKED) == "required" else pytest.skip)(str(failure))
    yield cluster
    cluster.stop()
    shutil.rmtree(folder)


@pytest.fixture
def settings(own_cluster, request):
    own_cluster.wait(3)
    yield OpenSearchSettings(
        tuple(own_cluster.urls), index=f"killed-{request.node.originalname[-6:].strip('_')}",
        shards=3, replicas=1, bulk_bytes=50_000, patience=180.0,
    )  # fmt: skip
    for name in own_cluster.names:
        if own_cluster.pid(name) is None:
            own_cluster.start_node(name)
    own_cluster.wait(3)


def manager(settings):
    """Return the name of the node that leads: the one that is missed most."""
    client = Cluster(settings)
    try:
        nodes_by_id = client.ask("GET", "/_nodes/_all/name")["nodes"]
        state = client.ask("GET", "/_cluster/state/cluster_manager_node")
    finally:
        client.close()
    return nodes_by_id[state["cluster_manager_node"]]["name"]


def articles(count):
    return [Article(id=f"n{n}", title=f"kite {n}", body="卫星发射 " * 30) for n in range(count)]


def write(settings, folder, wanted):
    engine = open_engine(settings, folder, create=True)
    try:
        with engine.writer() as writer:
            for article in wanted:
                writer.put(article)
    finally:
        engine.close()


def test_during_indexing(own_cluster, settings, tmp_path, monkeypatch):
    victim = manager(settings)
    add = opensearch_bulk.Bulk.add
    seen = Counter()

    def killing(bulk, document, line):
        seen["added"] += 1
        if seen["added"] == 700:
            os.kill(own_cluster.pid(victim), signal.SIGKILL)
        add(bulk, document, line)

    monkeypatch.setattr(opensearch_bulk.Bulk, "add", killing)
    write(settings, tmp_path, articles(1_500))
    engine = open_engine(settings, tmp_path)
    assert own_cluster.pid(victim) is None
    assert engine.generation == 1
    assert engine.article_count == 1_500
    assert sorted(engine.held()) == sorted(f"n{n}" for n in range(1_500))
    engine.close()


def test_during_searching(own_cluster, settings, tmp_path):
    write(settings, tmp_path, articles(300))
    victim = manager(settings)
    ended = threading.Event()
    totals, failures = Counter(), []

    def search():
        engine = open_engine(settings, tmp_path)
        try:
            while not ended.is_set():
                plan = make_plan(parse("kite 卫星"), engine.count_word)
                totals[engine.search(plan, Window()).total] += 1
        except Exception as failure:  # noqa: BLE001  # whatever it is, it is shown
            failures.append(failure)
        finally:
            engine.close()

    readers = [threading.Thread(target=search) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        while sum(totals.values()) < 20 and not failures:
            ended.wait(0.05)
        before = sum(totals.values())
        os.kill(own_cluster.pid(victim), signal.SIGKILL)
        while sum(totals.values()) < before + 200 and not failures:
            ended.wait(0.05)
    finally:
        ended.set()
        for reader in readers:
            reader.join()
    assert not failures
    assert set(totals) == {300}
