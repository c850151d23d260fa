"""The doors for programs and jobs lead to a cluster as they lead to a folder."""

import shutil
from pathlib import Path

import pytest

from search.engines.opensearch_client import Cluster
from search.engines.registry import open_engine, open_upkeep
from search.errors import Unsupported
from search.library import open_index
from search.reindexing import forget, reindex

CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.fixture
def place(cluster_index, tmp_path):
    """(paths, folder of the index, settings): a copy of the sample archive, and where it is to go."""
    shutil.copytree(CORPUS, tmp_path / "news")
    return tmp_path / "news", tmp_path / "index", cluster_index()


def test_jobs_of_all_kinds(place):
    news, folder, settings = place
    report = reindex([news], folder, engine=settings)
    assert not report.rejected
    added = report.counts.added
    assert (added, report.articles, report.generation) == (65, 65, 1)

    again = reindex([news], folder, engine=settings)
    assert (again.counts.unchanged, again.counts.added, again.generation) == (65, 0, 1)

    dry = reindex([news], folder, engine=settings, rebuild=True, dry_run=True)
    assert dry.generation == 1

    edited = news / "markdown" / "bursa-violin.md"
    edited.write_text(edited.read_text(encoding="utf-8") + "\n\nA zeppelin came by.\n", "utf-8")
    (news / "markdown" / "council-budget.md").rename(news / "markdown" / "budget.md")
    (news / "pages" / "ferry-names.txt").unlink()
    report = reindex([], folder, engine=settings)
    assert (report.counts.updated, report.counts.removed, report.counts.moved) == (1, 1, 1)
    assert (report.articles, report.generation) == (64, 2)

    with open_index(folder, engine=settings) as index:
        hits = index.search("zeppelin").hits
        assert [hit.path for hit in hits] == [str(edited)]
        assert "zeppelin" in hits[0].snippets[0].text
        assert index.search("卫星 satellite").total > 0
        assert index.get(hits[0].id).body.endswith("zeppelin came by.")

    report = reindex([], folder, engine=settings, rebuild=True)
    assert (report.articles, report.generation) == (64, 3)
    with open_index(folder, engine=settings) as index:
        assert index.search("zeppelin").total == 1

    gone = forget([news / "markdown"], folder, engine=settings)
    with open_index(folder, engine=settings) as index:
        assert len(index) == 64 - gone
        assert index.statistics().roots == (str(news),)


def test_the_environment_names_the_cluster(place, monkeypatch, tmp_path):
    _, _, settings = place
    monkeypatch.setenv("DUOWEN_OPENSEARCH_HOSTS", " ".join(settings.hosts))
    monkeypatch.setenv("DUOWEN_OPENSEARCH_INDEX", settings.index)
    engine = open_engine("opensearch", tmp_path, create=True)
    assert engine.article_count == 0
    engine.close()


def test_generations_are_for_engines_that_keep_some(tmp_path):
    with pytest.raises(Unsupported, match="use the engine 'local'"):
        open_upkeep("whoosh", tmp_path)


def test_how_often_a_search_asks_the_cluster(place, monkeypatch):
    news, folder, settings = place
    reindex([news], folder, engine=settings)
    asked = []
    ask = Cluster.ask

    def watching(self, method, path, body=None, params=None, **more):
        asked.append(path.rsplit("/", 1)[-1])
        return ask(self, method, path, body, params, **more)

    monkeypatch.setattr(Cluster, "ask", watching)
    with open_index(folder, engine=settings) as index:
        assert index.search("卫星 satellite").hits
        # the generation; how many articles there are, and hold the words; the version; hits
        assert asked == ["current", "_msearch", "", "_search"]
        asked.clear()
        assert index.search("卫星 satellite").hits
        assert asked == ["_search"]
        asked.clear()
        index.search("中国发射人造卫星", match="any")
        assert asked[:3] == ["_msearch", "_msearch", "_search"]  # words of the run; weights; hits
        assert set(asked[3:]) <= {"_search"}  # why nothing was found
        asked.clear()
        index.reload()
        assert index.search("卫星 satellite").hits
        assert asked == ["current", "_msearch", "_search"]


def test_readers_share_connections_until_the_last_is_closed(place, monkeypatch):
    _, folder, settings = place
    ended = []
    engine = open_engine(settings, folder, create=True)
    monkeypatch.setattr(engine._cluster._client, "close", lambda: ended.append(1))
    second = engine.latest()
    engine.close()
    assert (second.article_count, ended) == (0, [])
    second.close()
    assert ended == [1]
