"""What all tests share: the sample archive, an index of it, and where the shared data may lie."""

import os
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from search.article import Article
from search.engines.opensearch_settings import OpenSearchSettings
from search.library import open_index
from search.reindexing import reindex
from search.sources.reading import read
from search.sources.walking import walk
from tests.cluster.server import NoServer
from tests.cluster.sharing import ASKED, shared

CORPUS = Path(__file__).parent / "corpus"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def corpus_articles():
    """Every article of the sample archive."""
    values = [value for entry in walk([str(CORPUS)]) for value in read(entry)]
    assert all(isinstance(value, Article) for value in values), values
    return values


@pytest.fixture(scope="session")
def corpus_index_folder(tmp_path_factory):
    """An index of the sample archive; nobody writes to it."""
    folder = tmp_path_factory.mktemp("corpus") / "index"
    report = reindex([CORPUS], folder)
    assert not report.rejected
    return folder


@pytest.fixture(scope="session")
def corpus_index(corpus_index_folder):
    with open_index(corpus_index_folder) as index:
        yield index


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real articles; it is no part of the project, and absent on most machines."""
    if not (SHARED / "news-1k.jsonl").exists():
        pytest.skip("the real articles are not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def cluster(request):
    """A real OpenSearch of three nodes on loopback, started for the tests that ask for it.

    Skips where none can be had, or fails where DUOWEN_TEST_CLUSTER is `required`.
    """
    run = getattr(request.config, "workerinput", {}).get("testrunuid", os.getpid())
    refuse = pytest.fail if os.environ.get(ASKED) == "required" else pytest.skip
    try:
        import opensearchpy  # noqa: F401
    except ImportError:
        refuse("opensearch-py is not installed: pip install 'duowen[opensearch]'")
    try:
        with shared(run) as running:
            yield running
    except NoServer as failure:
        refuse(str(failure))


@pytest.fixture(scope="session")
def cluster_index(cluster):
    """Makes settings for new indexes on the cluster, which are removed at the end."""
    from search.engines.opensearch_client import Cluster, path_of

    given = []
    base = OpenSearchSettings(tuple(cluster.urls), shards=3, replicas=1)

    def settings(**changes):
        made = replace(base, **{"index": f"test-{secrets.token_hex(6)}", **changes})
        given.append(made.index)
        return made

    yield settings
    if cluster.names:  # it goes, and all indexes with it
        return
    client = Cluster(base)
    for index in given:
        for name in client.ask("GET", path_of(f"{index}-*", "_settings")):
            client.ask("DELETE", path_of(name), patient=True)
    client.close()
