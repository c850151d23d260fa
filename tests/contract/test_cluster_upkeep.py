"""Who looks after an index on a cluster: goes back to the index before a rebuild, checks, repairs."""

from contextlib import closing
from dataclasses import replace

import pytest

from search.engines.opensearch_client import Cluster, path_of
from search.engines.opensearch_documents import document_id
from search.engines.opensearch_state import State
from search.errors import (
    EngineUnavailable,
    GenerationMissing,
    IndexCorrupt,
    IndexMissing,
    IndexTooOld,
)
from search.library import open_index
from search.reindexing import reindex
from search.upkeep import check, diff, generations, history, repair, rollback
from tests.cli.desk import write_page


class Place:
    """Two articles, a rebuild, and one more."""

    def __init__(self, folder, settings):
        self.news, self.index, self.engine = folder / "news", folder / "index", settings
        self.name = settings.index

    def job(self, *paths, **options):
        return reindex(paths, self.index, engine=self.engine, **options)

    def total(self, query):
        with open_index(self.index, engine=self.engine) as opened:
            return opened.search(query).total

    def do(self, what, *more, **options):
        return what(self.index, *more, engine=self.engine, **options)

    def ask(self, method, *path, body=None, params=None):
        with closing(Cluster(self.engine)) as cluster:
            return cluster.ask(method, path_of(*path), body, params)

    def served(self):
        return list(self.ask("GET", "_alias", self.name))


@pytest.fixture
def place(tmp_path, cluster_index):
    made = Place(tmp_path, cluster_index(shards=2))
    write_page(made.news / "bridge.md", "Bridge opens")
    write_page(made.news / "tram.md", "Tram stops", "广州的有轨电车停了。")
    made.job(made.news)
    return made


@pytest.fixture
def rebuilt(place):
    place.job(rebuild=True)
    write_page(place.news / "ferry.md", "Ferry sails")
    place.job()
    return place


def numbers(place):
    return [(one.number, one.articles, one.current) for one in place.do(generations)]


def test_the_index_before_a_rebuild_is_kept(place):
    assert numbers(place) == [(1, 2, True)]
    with pytest.raises(GenerationMissing, match=r"no generation before this one.*these: 1\."):
        place.do(rollback)
    place.job(rebuild=True)
    assert numbers(place) == [(1, 2, False), (2, 2, True)]
    write_page(place.news / "ferry.md", "Ferry sails")
    place.job()
    assert numbers(place) == [(1, 2, False), (3, 3, True)]
    place.job(rebuild=True)
    assert numbers(place) == [(3, 3, False), (4, 3, True)]
    assert all(one.bytes and one.created.endswith("+00:00") for one in place.do(generations))


def test_back_and_forward_again(rebuilt):
    with pytest.raises(
        GenerationMissing,
        match=r"no generation 2: on a cluster only a rebuild leaves one; .* these: 1, 3\.",
    ):
        rebuilt.do(rollback, 2)
    now = rebuilt.do(rollback)
    assert (now.number, now.articles, now.current) == (1, 2, True)
    assert rebuilt.served() == [f"{rebuilt.name}-000001"]
    assert rebuilt.total("ferry") == 0
    assert rebuilt.total("bridge") == 1
    assert numbers(rebuilt) == [(1, 2, True), (3, 3, False)]
    assert rebuilt.do(check, deep=True).damages == ()
    assert rebuilt.do(rollback, 3).number == 3
    assert rebuilt.served() == [f"{rebuilt.name}-000002"]
    assert rebuilt.total("ferry") == 1
    assert [line["action"] for line in history(rebuilt.index)][-2:] == ["rollback", "rollback"]


def test_a_job_goes_on_from_where_one_has_gone_back_to(rebuilt):
    rebuilt.do(rollback)
    report = rebuilt.job()
    assert (report.counts.added, report.counts.unchanged, report.generation) == (1, 2, 4)
    assert numbers(rebuilt) == [(3, 3, False), (4, 3, True)]
    assert rebuilt.do(rollback).number == 3
    rebuilt.job(rebuild=True)
    assert numbers(rebuilt) == [(3, 3, False), (5, 3, True)]


def test_what_is_between_two(rebuilt):
    found = rebuilt.do(diff, 1, 3)
    assert [article_id.rpartition("/")[2] for article_id in found.added] == ["ferry.md"]
    assert (found.changed, found.removed) == ((), ())


def test_nobody_goes_back_to_what_cannot_be_read(rebuilt):
    first = f"{rebuilt.name}-000001"
    with closing(Cluster(rebuilt.engine)) as cluster:
        left = cluster.ask("GET", path_of(f"{rebuilt.name}-meta", "_doc", f"left-{first}"))
        older = {**left["_source"], "analysis": 0}
        cluster.ask("PUT", path_of(f"{rebuilt.name}-meta", "_doc", f"left-{first}"), older)
    with pytest.raises(IndexTooOld, match="cut by an older duowen"):
        rebuilt.do(rollback)
    rebuilt.ask("DELETE", first)
    with pytest.raises(GenerationMissing):
        rebuilt.do(rollback)
    found = rebuilt.do(check)
    assert [(one.file, one.kind, one.generations) for one in found.damages] == [
        (first, "missing", (1,))
    ]
    assert found.sound
    assert rebuilt.do(repair).action == "mended"
    assert rebuilt.do(check).damages == ()
    assert numbers(rebuilt) == [(4, 3, True)]


def test_a_sound_index_is_left_as_it_is(place):
    found = place.do(check, deep=True)
    assert (found.damages, found.leftovers, found.generation, found.files) == ((), (), 1, 2)
    assert found.bytes > 0
    done = place.do(repair)
    assert (done.action, done.generation, done.articles) == ("nothing", 1, 2)


def test_an_alias_that_somebody_moved(rebuilt):
    actions = [{"add": {"index": f"{rebuilt.name}-000001", "alias": rebuilt.name}}]
    rebuilt.ask("POST", "_aliases", body={"actions": actions})
    (damage,) = rebuilt.do(check).damages
    assert (damage.file, damage.kind) == (rebuilt.name, "inconsistent")
    assert rebuilt.do(repair).action == "mended"
    assert rebuilt.served() == [f"{rebuilt.name}-000002"]
    assert rebuilt.do(check).damages == ()
    assert [number for number, *_ in numbers(rebuilt)] == [1, 4]


def test_an_article_that_somebody_removed_is_read_again(place):
    with open_index(place.index, engine=place.engine) as opened:
        victim = document_id(opened.search("电车").hits[0].id)
    place.ask("DELETE", f"{place.name}-000001", "_doc", victim, params={"refresh": "true"})
    (damage,) = place.do(check).damages
    assert damage.detail == "it holds 1 articles, and 2 were written"
    assert not place.do(check).sound
    done = place.do(repair)
    assert (done.action, done.articles, done.lost) == ("mended", 1, ())
    assert place.do(check, deep=True).damages == ()
    assert place.job().counts.added == 1
    assert place.total("电车") == 1


def test_an_article_that_somebody_changed_is_read_again(place):
    with open_index(place.index, engine=place.engine) as opened:
        hit = opened.search("电车").hits[0]
    path = (f"{place.name}-000001", "_doc", document_id(hit.id))
    stored = place.ask("GET", *path)["_source"]
    stored["article"]["title"] = "Tram goes"
    place.ask("PUT", *path, body=stored, params={"refresh": "true"})
    assert place.do(check).damages == ()
    (damage,) = place.do(check, deep=True).damages
    assert (damage.file, damage.kind) == (f"{place.name}-000001/{hit.id}", "flipped")
    done = place.do(repair)
    assert (done.action, done.articles, done.lost) == ("mended", 1, (hit.id,))
    assert place.job().counts.added == 1
    assert place.do(check, deep=True).damages == ()


def test_an_index_that_was_deleted_and_one_before_it(rebuilt):
    rebuilt.ask("DELETE", f"{rebuilt.name}-000002")
    with pytest.raises(IndexCorrupt, match="begin a new one with duowen repair"):
        rebuilt.job(reread=True)
    assert not rebuilt.do(check).sound
    done = rebuilt.do(repair)
    assert (done.action, done.generation, done.articles) == ("rolled back", 1, 2)
    assert rebuilt.total("bridge") == 1
    assert rebuilt.job().counts.added == 1


def test_an_index_that_was_deleted_and_none_before_it(place):
    place.ask("DELETE", f"{place.name}-000001")
    done = place.do(repair)
    assert (done.action, done.articles, done.lost) == ("begun anew", 0, (f"{place.name}-000001",))
    assert place.total("bridge") == 0
    report = place.job()  # the paths are still known
    assert (report.counts.added, report.articles) == (2, 2)
    assert place.do(check, deep=True).damages == ()


def test_changes_that_were_not_sent_to_their_end_are_left_over(place):
    with closing(Cluster(place.engine)) as cluster:
        State(cluster).begin_sending(0)
    found = place.do(check)
    assert (found.damages, found.leftovers) == ((), (f"{place.name}-meta/sending",))
    place.job()
    assert place.do(check).leftovers == ()


def test_shards_that_are_not_there(place, tmp_path):
    name = f"{place.name}-000002"
    nowhere = {"index.routing.allocation.require._name": "nobody", "number_of_replicas": 0}
    ours = {"_meta": {"duowen": {"index": place.name}}}
    body = {"settings": nowhere, "mappings": ours}
    place.ask("PUT", name, body=body, params={"wait_for_active_shards": "0"})
    with closing(Cluster(place.engine)) as cluster:
        state = State(cluster)
        current = state.read()
        state.leave(replace(current, index=name, generation=0))
        state.advance(current, replace(current, before=name, token="x"))
        with pytest.raises(IndexCorrupt, match=r"generation 0 cannot be read \(1 shards"):
            place.do(rollback, 0)
        assert numbers(place) == [(1, 2, True)]
        found = place.do(check)
        assert [(one.kind, one.generations) for one in found.damages] == [("unreadable", (0,))]
        assert place.do(repair).action == "nothing"
        current = state.read()
        state.advance(current, replace(current, index=name, before="", token="y"))
        with pytest.raises(EngineUnavailable, match=r"1 shard is not there of .*; start the nodes"):
            place.do(repair)


def test_where_there_is_none(tmp_path, cluster_index):
    for what in (generations, rollback, check, repair):
        with pytest.raises(IndexMissing, match="make one with: duowen index PATH"):
            what(tmp_path, engine=cluster_index())
