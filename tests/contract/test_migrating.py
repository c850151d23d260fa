"""An index moves to another engine: all of it, once, whatever broke off before."""

import pytest

from search.article import Article
from search.engines.port import Files, FileState
from search.engines.registry import open_engine
from search.errors import EngineError, IndexMissing, PruneRefused
from search.library import open_index
from search.migrating import migrate
from search.reindexing import reindex
from tests.conftest import CORPUS


@pytest.fixture(params=["local", "opensearch"])
def to(request):
    return request.getfixturevalue("cluster_index")() if request.param == "opensearch" else "local"


@pytest.fixture
def old(tmp_path):
    reindex([CORPUS], tmp_path / "old")
    return tmp_path / "old"


def held(engine, folder):
    opened = open_engine(engine, folder)
    try:
        return opened.held(), opened.roots(), opened.files()
    finally:
        opened.close()


def test_all_of_it_moves_and_nothing_moves_twice(old, to, tmp_path):
    steps = []
    done = migrate(old, to, target=tmp_path / "new", progress=lambda *step: steps.append(step))
    assert (done.sent, done.removed, done.articles, done.generation) == (65, 0, 65, 1)
    assert steps[0] == ("reading", 1)
    assert steps[-1] == ("writing", 65)
    assert held(to, tmp_path / "new") == held("local", old)
    again = migrate(old, to, target=tmp_path / "new")
    assert (again.sent, again.removed, again.generation) == (0, 0, 1)
    with open_index(old) as before, open_index(tmp_path / "new", engine=to) as after:
        for query in ("卫星 satellite", '"foreign ministers"', "since:2024 -ferry"):
            assert after.search(query).total == before.search(query).total
    report = reindex([], tmp_path / "new", engine=to)  # no file is read again
    assert (report.counts.unchanged, report.generation) == (65, 1)


def test_what_is_there_besides_goes_and_what_differs_is_replaced(old, to, tmp_path):
    first = next(iter(held("local", old)[0]))
    engine = open_engine(to, tmp_path / "new", create=True)
    with engine.writer() as writer:
        writer.put(Article(id="foreign", body="kite"))
        writer.put(Article(id=first, body="an older version"))
        writer.know("/nowhere")
        writer.remember(Files("x", {"/nowhere/a": FileState(1, 1, "/nowhere", 1)}))
    engine.close()
    before = held(to, tmp_path / "new")
    with pytest.raises(PruneRefused, match="holds 1 articles that the old one has not"):
        migrate(old, to, target=tmp_path / "new")
    assert held(to, tmp_path / "new") == before
    done = migrate(old, to, target=tmp_path / "new", prune=True)
    assert (done.sent, done.removed, done.articles) == (65, 1, 65)
    assert held(to, tmp_path / "new") == held("local", old)


def test_a_difference_at_the_end_is_told(old, tmp_path, monkeypatch):
    monkeypatch.setattr("search.engines.local_writer.LocalWriter.remove", lambda *_: None)
    engine = open_engine("local", tmp_path / "new", create=True)
    with engine.writer() as writer:
        writer.put(Article(id="foreign", body="kite"))
    engine.close()
    with pytest.raises(EngineError, match="0 articles are missing or different, 1 are too many"):
        migrate(old, "local", target=tmp_path / "new", prune=True)


def test_files_are_not_believed_where_a_program_has_written_since(old, to, tmp_path):
    engine = open_engine("local", old)
    with engine.writer() as writer:
        writer.put(Article(id="theirs", body="kite"))
    assert not engine.latest().files().complete
    engine.close()
    assert migrate(old, to, target=tmp_path / "new").articles == 66
    assert held(to, tmp_path / "new")[2] == Files()


def test_there_must_be_something_to_move(tmp_path):
    with pytest.raises(IndexMissing):
        migrate(tmp_path / "none", "local", target=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_move_to_a_cluster_sends_while_it_reads_and_goes_on(
    old, cluster_index, tmp_path, monkeypatch
):
    to = cluster_index(bulk_bytes=20_000)
    monkeypatch.setattr("search.engines.opensearch_writer._IN_MEMORY", 20_000)

    def broken_off(phase, count):
        if count == 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate(old, to, target=tmp_path / "new", progress=broken_off)
    with open_index(tmp_path / "new", engine=to) as half:
        assert (half.generation, len(half), half.search("卫星 satellite").total) == (0, 0, 0)
    done = migrate(old, to, target=tmp_path / "new")
    assert 25 <= done.sent < 65
    assert (done.articles, done.generation) == (65, 1)
    assert held(to, tmp_path / "new") == held("local", old)
