"""Indexes of others, of a lost record, or closed: nothing that is there is deleted, taken or begun anew."""

from contextlib import closing

import pytest

from search.engines.opensearch_client import Cluster, path_of
from search.engines.opensearch_state import State
from search.errors import ConfigError, EngineUnavailable, IndexCorrupt
from search.library import open_index
from search.reindexing import reindex
from search.upkeep import check, generations, repair
from tests.cli.desk import write_page


@pytest.fixture
def settings(cluster_index):
    return cluster_index(shards=1, replicas=0)


@pytest.fixture
def ask(settings):
    """Asks the cluster itself, past the engine."""
    with closing(Cluster(settings)) as client:
        yield lambda method, *path, body=None, params=None: client.ask(
            method, path_of(*path), body, params
        )


@pytest.fixture
def job(settings, tmp_path):
    write_page(tmp_path / "news" / "bridge.md", "Bridge opens")
    write_page(tmp_path / "news" / "tram.md", "Tram stops")
    return lambda **options: reindex(
        [tmp_path / "news"], tmp_path / "index", engine=settings, **options
    )


def told(settings, folder):
    """Return what a search says that cannot be answered."""
    with (
        pytest.raises(IndexCorrupt) as caught,
        open_index(folder / "index", engine=settings) as opened,
    ):
        opened.search("bridge")
    assert caught.value.exit_code == 4
    return str(caught.value)


def test_indexes_of_others_are_left_alone(settings, ask, job):
    """As a rollover of somebody's logs names them."""
    name = settings.index
    for number in (1, 2, 7):
        alias = {"aliases": {name: {}}} if number == 7 else None
        ask("PUT", f"{name}-{number:06}", body=alias)
        place = (f"{name}-{number:06}", "_doc", "theirs")
        ask("PUT", *place, body={"log": number}, params={"refresh": "true"})
    with pytest.raises(
        ConfigError,
        match=rf"^The name {name} is in use .* duowen did not make \({name}-000001, {name}-000002,"
        rf" {name}-000007\); choose another as index in the settings of opensearch\.$",
    ) as caught:
        job()
    assert caught.value.exit_code == 2
    for number in (1, 2, 7):
        found = ask("GET", f"{name}-{number:06}", "_doc", "theirs")
        assert found["_source"] == {"log": number}
    assert list(ask("GET", "_alias", name)) == [f"{name}-000007"]
    assert len(ask("GET", f"{name}*", "_alias")) == 3


def test_a_name_that_an_index_of_others_has(settings, ask, job):
    ask("PUT", settings.index)
    try:
        with pytest.raises(ConfigError, match=rf"did not make \({settings.index}\); choose"):
            job()
        assert list(ask("GET", f"{settings.index}*", "_alias")) == [settings.index]
    finally:
        ask("DELETE", settings.index)


def test_what_others_make_or_take_later(settings, ask, job, tmp_path):
    """Beside an index of ours: it is passed over, and an alias on it is not taken away."""
    name, theirs = settings.index, f"{settings.index}-000002"
    job()
    ask("PUT", theirs)
    write_page(tmp_path / "news" / "ferry.md", "Ferry sails")
    assert job().generation == 2
    assert job(rebuild=True).generation == 3
    assert sorted(ask("GET", f"{name}-0*", "_alias")) == [f"{name}-00000{n}" for n in (1, 2, 3)]
    assert list(ask("GET", "_alias", name)) == [f"{name}-000003"]
    assert check(tmp_path / "index", engine=settings).damages == ()
    actions = [{"add": {"index": theirs, "alias": name}}]
    ask("POST", "_aliases", body={"actions": actions})
    with pytest.raises(ConfigError, match=rf"did not make \({theirs}\); choose"):
        job(reread=True)
    assert len(ask("GET", "_alias", name)) == 2


def test_a_record_that_was_lost(settings, ask, job, tmp_path):
    """As after a snapshot that was restored in part."""
    name = settings.index
    job()
    job(rebuild=True)
    job(rebuild=True)
    ask("DELETE", f"{name}-meta")
    sentence = (
        f"The cluster holds {name}-000002, {name}-000003, but nothing in {name}-meta says which of"
        f" them counts; restore {name}-meta from a snapshot, or delete them and index your paths again."
    )
    for wanted in ({}, {"rebuild": True}):
        with pytest.raises(IndexCorrupt) as caught:
            job(**wanted)
        assert str(caught.value) == sentence
        assert caught.value.exit_code == 4
    assert told(settings, tmp_path) == sentence
    found = check(tmp_path / "index", engine=settings)
    assert [one.detail for one in found.damages] == [sentence]
    assert sorted(ask("GET", f"{name}*", "_alias")) == [f"{name}-000002", f"{name}-000003"]
    assert ask("GET", f"{name}-000003", "_count")["count"] == 2
    ask("DELETE", f"{name}-000002,{name}-000003")
    assert job().counts.added == 2


def test_a_first_job_that_was_killed_when_it_had_made_an_index(settings, ask, job, monkeypatch):
    def gone(*_):
        raise EngineUnavailable("It is gone on purpose.")

    with monkeypatch.context() as patch, pytest.raises(EngineUnavailable):
        patch.setattr(State, "create", gone)
        job()
    assert len(ask("GET", f"{settings.index}-*", "_alias")) == 2
    done = job()
    assert (done.counts.added, done.generation) == (2, 1)


def test_a_closed_index_is_told_and_left_as_it_is(settings, ask, job, tmp_path):
    name, folder = settings.index, tmp_path / "index"
    job()
    ask("POST", f"{name}-000001", "_close")
    way_out = "is closed on the cluster; open it there: POST /{}/_open"
    assert told(settings, tmp_path) == f"The index {name} {way_out.format(name)}."
    for attempt in (job, lambda: repair(folder, engine=settings), lambda: job(rebuild=True)):
        with pytest.raises(IndexCorrupt) as caught:
            attempt()
        assert str(caught.value) == f"The index {name}-000001 {way_out.format(f'{name}-000001')}."
    found = check(folder, deep=True, engine=settings)
    assert [(one.kind, one.detail) for one in found.damages] == [
        ("unreadable", way_out.format(f"{name}-000001"))
    ]
    assert not found.sound
    ask("POST", name, "_open")
    assert not check(folder, deep=True, engine=settings).damages
    assert job().counts.unchanged == 2
    assert list(ask("GET", f"{name}-0*", "_alias")) == [f"{name}-000001"]
    job(rebuild=True)
    ask("POST", f"{name}-000001", "_close")
    assert [one.number for one in generations(folder, engine=settings)] == [2]
    assert job().counts.unchanged == 2
    write_page(tmp_path / "news" / "ferry.md", "Ferry sails")
    job()
    ask("POST", f"{name}-000001", "_open")
    assert [one.number for one in generations(folder, engine=settings)] == [1, 3]
