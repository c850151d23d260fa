"""Jobs on a real cluster that are killed, overtaken or refused: nothing is lost, doubled or half."""

import itertools
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from search import alerting
from search.article import Article
from search.engines import (
    opensearch_bulk,
    opensearch_lock,
    opensearch_state,
    opensearch_writer,
)
from search.engines.opensearch_client import Cluster, path_of
from search.engines.port import Files, FileState, Window, WriterOptions
from search.engines.registry import open_engine, open_upkeep
from search.errors import (
    ArticleError,
    DiskFull,
    EngineUnavailable,
    IndexBusy,
    IndexCorrupt,
    IndexMissing,
    IndexTooNew,
    IndexTooOld,
    Unsupported,
)
from search.indexing import job
from search.query.parser import parse
from search.query.planning import make_plan
from search.reindexing import reindex

TOP = Path(__file__).parents[2]


@pytest.fixture
def settings(cluster_index):
    return cluster_index(shards=1)


@pytest.fixture
def ask(settings):
    """Asks the cluster itself, past the engine."""
    client = Cluster(settings)
    yield lambda method, *path, body=None, params=None: client.ask(
        method, path_of(*path), body, params
    )
    client.close()


@contextmanager
def opened(settings, folder, **options):
    engine = open_engine(settings, folder, **options)
    try:
        yield engine
    finally:
        engine.close()


def fill(settings, folder, articles):
    with opened(settings, folder, create=True) as engine, engine.writer() as writer:
        for article in articles:
            writer.put(article)


def numbered(count, word="kite"):
    return [Article(id=f"n{number}", body=f"{word} number{number}") for number in range(count)]


def seen(settings, folder, query="kite"):
    with opened(settings, folder) as engine:
        plan = make_plan(parse(query), engine.count_word)
        found = engine.search(plan, Window(limit=1000)).found
        return engine.generation, sorted(one.head.id for one in found)


def test_no_index_yet(settings, tmp_path):
    with pytest.raises(IndexMissing, match=f"There is no index {settings.index} on http"):
        open_engine(settings, tmp_path)


def test_one_job_at_a_time(settings, tmp_path):
    fill(settings, tmp_path, numbered(1))
    with opened(settings, tmp_path) as engine, engine.writer() as writer:
        writer.put(numbered(2)[1])
        with (
            opened(settings, tmp_path) as other,
            pytest.raises(IndexBusy, match=f"pid {os.getpid()} on ") as caught,
            other.writer(WriterOptions(wait=0.5)),
        ):
            pass
        assert caught.value.exit_code == 75
    assert seen(settings, tmp_path) == (2, ["n0", "n1"])
    fill(settings, tmp_path, numbered(3))  # the lock is free again


_HOLDER = """
import sys, time
from pathlib import Path
from search.engines.opensearch_settings import OpenSearchSettings
from search.engines.registry import open_engine, open_upkeep
engine = open_engine(OpenSearchSettings(**{settings!r}), Path({folder!r}), create=True)
with engine.writer() as writer:
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_lock_of_a_job_that_was_killed_is_free(settings, tmp_path):
    script = _HOLDER.format(settings=asdict(settings), folder=str(tmp_path))
    holder = subprocess.Popen([sys.executable, "-c", script], cwd=TOP, stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        with (
            opened(settings, tmp_path) as engine,
            pytest.raises(IndexBusy, match=f"pid {holder.pid} "),
            engine.writer(),
        ):
            pass
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
    fill(settings, tmp_path, numbered(1))
    assert seen(settings, tmp_path) == (1, ["n0"])


def test_a_lock_of_another_machine_ends_with_its_lease(settings, tmp_path, ask, monkeypatch):
    fill(settings, tmp_path, numbered(1))
    held = {"token": "other", "pid": 1, "host": "elsewhere", "since": "then", "command": "duowen"}
    ask("PUT", f"{settings.index}-meta", "_doc", "lock", body={**held, "until": 1e12})
    with pytest.raises(IndexBusy, match="pid 1 on elsewhere since then: duowen"):
        fill(settings, tmp_path, numbered(2))
    ask("PUT", f"{settings.index}-meta", "_doc", "lock", body={**held, "until": 1.0})
    fill(settings, tmp_path, numbered(2))
    assert seen(settings, tmp_path) == (2, ["n0", "n1"])


def test_a_lock_is_renewed_while_it_is_held(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(opensearch_lock, "LEASE", 0.6)
    fill(settings, tmp_path, numbered(1))
    with opened(settings, tmp_path) as engine, engine.writer() as writer:
        writer.put(numbered(2)[1])
        with (
            opened(settings, tmp_path) as other,
            pytest.raises(IndexBusy),
            other.writer(WriterOptions(wait=2.0)),
        ):
            pass


def test_who_commits_second_is_refused(settings, tmp_path):
    """Should a lock fail, the sequence number of the current generation does not."""
    fill(settings, tmp_path, numbered(1))
    cluster = Cluster(settings)
    state = opensearch_state.State(cluster)
    before = state.read()
    state.advance(before, replace(before, generation=2, top=2, token="one"))
    with pytest.raises(IndexBusy, match="meanwhile"):
        state.advance(before, replace(before, generation=2, top=2, token="two"))
    assert state.read().token == "one"
    state.advance(before, replace(before, generation=2, top=2, token="one"))  # its answer was lost
    cluster.close()


def test_a_job_that_ends_while_it_sends_is_gone_on_with(settings, tmp_path, monkeypatch):
    fill(settings, tmp_path, numbered(1))
    add = opensearch_bulk.Bulk.add
    monkeypatch.setattr(opensearch_bulk, "_MOST_ITEMS", 4)

    def failing(bulk, document, line):
        add(bulk, document, line)
        if next(counted) == 8:
            bulk.finish()
            raise EngineUnavailable("It is gone on purpose.")

    counted = itertools.count(1)
    with monkeypatch.context() as patch:
        patch.setattr(opensearch_bulk.Bulk, "add", failing)
        with pytest.raises(EngineUnavailable):
            fill(settings, tmp_path, numbered(20))
    assert seen(settings, tmp_path)[0] == 1
    with opened(settings, tmp_path) as engine, engine.writer() as writer:
        with opened(settings, tmp_path) as before:
            held = before.held()
        assert sorted(held) == sorted(f"n{number}" for number in range(8))
        for article in numbered(20):
            if article.id not in held:
                writer.put(article)
    generation, ids = seen(settings, tmp_path)
    assert generation == 2
    assert ids == sorted(f"n{number}" for number in range(20))


def test_what_a_killed_job_sent_makes_a_generation_even_alone(settings, tmp_path, monkeypatch):
    fill(settings, tmp_path, numbered(1))
    with monkeypatch.context() as patch, pytest.raises(EngineUnavailable):
        patch.setattr(opensearch_state.State, "advance", _gone)
        fill(settings, tmp_path, numbered(5))
    with opened(settings, tmp_path) as engine, engine.writer():
        pass
    generation, ids = seen(settings, tmp_path)
    assert (generation, len(ids)) == (2, 5)
    with opened(settings, tmp_path) as engine, engine.writer():
        pass
    assert seen(settings, tmp_path)[0] == 2


def _gone(*_):
    raise EngineUnavailable("It is gone on purpose.")


@pytest.mark.parametrize(
    "point", ["State.begin_sending", "Bulk.finish", "State.advance", "Indexes.serve"]
)
def test_a_rebuild_is_whole_or_not_at_all(settings, tmp_path, ask, monkeypatch, point):
    from search.engines import opensearch_indexes

    fill(settings, tmp_path, numbered(3, "kite old"))

    def rebuild():
        with opened(settings, tmp_path) as engine, engine.writer() as writer:
            writer.rebuild()
            for article in numbered(5, "kite new"):
                writer.put(article)

    owner, name = point.split(".")
    home = {"State": opensearch_state, "Bulk": opensearch_bulk, "Indexes": opensearch_indexes}[
        owner
    ]
    original = getattr(getattr(home, owner), name)

    def failing(self, *given, **more):
        if name != "serve" or given != (f"{settings.index}-000001",):
            _gone()
        return original(self, *given, **more)

    with monkeypatch.context() as patch, pytest.raises(EngineUnavailable):
        patch.setattr(getattr(home, owner), name, failing)
        rebuild()
    is_committed = name == "serve"  # the alias comes last, and the next job sees to it
    before = (2, []) if is_committed else (1, ["n0", "n1", "n2"])
    assert seen(settings, tmp_path, "old") == before
    assert not open_upkeep(settings, tmp_path).check().damages
    ((served, _),) = ask("GET", "_alias", settings.index).items()
    assert (served[-6:], ask("GET", settings.index, "_count")["count"]) == ("000001", 3)
    rebuild()
    generation = 3 if is_committed else 2
    assert seen(settings, tmp_path, "new") == (generation, [f"n{number}" for number in range(5)])
    assert seen(settings, tmp_path, "old")[1] == []
    assert ask("GET", settings.index, "_count")["count"] == 5
    kept = sorted(ask("GET", f"{settings.index}-0*", "_settings"))
    assert [one[-6:] for one in kept] == (
        ["000002", "000003"] if is_committed else ["000001", "000002"]
    )  # what is served, and the one before it


@pytest.fixture
def little(cluster_index, monkeypatch):
    """Settings of an index of which jobs send what they read in little portions."""
    monkeypatch.setattr(opensearch_writer, "_IN_MEMORY", 3_000)
    return cluster_index(bulk_bytes=2_000)


def test_what_a_first_job_sends_while_it_reads_is_seen_when_all_of_it_is_there(little, tmp_path):
    articles = [Article(id="layered", title="AT&T", body="kite"), *numbered(60)]

    def half():
        with opened(little, tmp_path, create=True) as engine, engine.writer() as writer:
            for article in articles[:40]:
                writer.put(article)
                assert writer._end <= 3_000
            writer.remove("n0")
            writer._send().finish()
            writer._indexes.refresh(f"{little.index}-000001")  # as a cluster may do by itself
            with opened(little, tmp_path) as reader:
                assert len(reader.held()) == 39
                assert (reader.article_count, reader.statistics().articles) == (0, 0)
                assert reader.statistics().sources == {}
                plan = make_plan(parse("kite"), reader.count_word)
                assert reader.search(plan, Window()).found == ()
                assert reader.matching(plan, ["n5"]) == []
            raise EngineUnavailable("It is gone on purpose.")

    with pytest.raises(EngineUnavailable):
        half()
    assert seen(little, tmp_path) == (0, [])
    upkeep = open_upkeep(little, tmp_path)
    assert upkeep.check().sound
    assert not upkeep.check().damages
    assert [one.articles for one in upkeep.generations()] == [0]
    with opened(little, tmp_path) as engine, engine.writer() as writer:
        with opened(little, tmp_path) as before:
            held = before.held()
        assert len(held) == 39
        for article in articles:
            if article.id not in held:
                writer.put(article)
    assert seen(little, tmp_path) == (1, sorted(article.id for article in articles))
    assert seen(little, tmp_path, 'title:"AT T"')[1] == []
    for query in ("title:AT&T", 'title:"at&t"'):  # its terms stand in further layers
        assert seen(little, tmp_path, query)[1] == ["layered"]
    assert not upkeep.check().leftovers


def test_a_rebuild_sends_while_it_reads(little, tmp_path, ask):
    fill(little, tmp_path, numbered(50, "kite old"))

    def rebuild(*, fails):
        with opened(little, tmp_path) as engine, engine.writer() as writer:
            writer.rebuild()
            for article in numbered(60, "kite new"):
                writer.put(article)
                assert writer._end <= 3_000
            if fails:
                _gone()

    with pytest.raises(EngineUnavailable):
        rebuild(fails=True)
    assert len(ask("GET", f"{little.index}-0*", "_settings")) == 2
    assert len(seen(little, tmp_path, "old")[1]) == 50
    assert seen(little, tmp_path, "new") == (1, [])
    fill(little, tmp_path, numbered(1, "kite old"))  # and sweeps
    assert len(ask("GET", f"{little.index}-0*", "_settings")) == 1
    rebuild(fails=False)
    assert len(seen(little, tmp_path, "new")[1]) == 60
    assert seen(little, tmp_path, "old")[1] == []


def test_alerts_tell_of_what_a_first_job_sent_that_was_killed(little, tmp_path, monkeypatch):
    news, folder = tmp_path / "news", tmp_path / "index"
    news.mkdir()
    for number in range(12):
        (news / f"{number}.md").write_text(f"# Kite {number}\n\n{'A kite flew. ' * 30}\n")
    with opened(little, folder, create=True):
        pass
    alerting.save(folder, "kites", "kite", engine=little)
    with monkeypatch.context() as patch, pytest.raises(EngineUnavailable):
        patch.setattr(job._Run, "_gone", _gone)
        reindex([news], folder, engine=little)
    assert seen(little, folder) == (0, [])
    done = reindex([news], folder, engine=little)
    assert done.counts.unchanged > 0
    assert done.alerts["fired"] == 12


def test_what_a_first_job_sent_of_other_paths_goes(little, tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for number in range(12):
            page = f"# Kite {number} and {name}\n\n{'A kite flew. ' * 30}\n"
            (tmp_path / name / f"{number}.md").write_text(page)
    with monkeypatch.context() as patch, pytest.raises(EngineUnavailable):
        patch.setattr(job._Run, "_gone", _gone)
        reindex([tmp_path / "one"], tmp_path / "index", engine=little)
    done = reindex([tmp_path / "two"], tmp_path / "index", engine=little)
    assert (done.articles, done.generation, done.counts.removed) == (12, 1, 0)
    assert len(seen(little, tmp_path / "index", "two")[1]) == 12
    assert seen(little, tmp_path / "index", "one")[1] == []


def test_a_reader_of_the_index_before_a_rebuild_reads_on(settings, tmp_path):
    fill(settings, tmp_path, numbered(3))
    with opened(settings, tmp_path) as reader:
        with opened(settings, tmp_path) as engine, engine.writer() as writer:
            writer.rebuild()
            writer.put(numbered(4)[3])
        plan = make_plan(parse("kite"), reader.count_word)
        assert reader.search(plan, Window()).total == 3
        with opened(settings, tmp_path) as latest:
            assert latest.search(plan, Window()).total == 1


def test_an_index_of_another_version(settings, tmp_path, ask):
    fill(settings, tmp_path, numbered(1))
    current = ask("GET", f"{settings.index}-meta", "_doc", "current")["_source"]
    for change, error in (
        ({"format": 99}, IndexTooNew),
        ({"analysis": 99}, IndexTooNew),
        ({"analysis": 0}, IndexTooOld),
        ({"roots": None}, IndexCorrupt),
    ):
        body = {**current, **change}
        ask("PUT", f"{settings.index}-meta", "_doc", "current", body=body)
        with pytest.raises(error) as caught:
            open_engine(settings, tmp_path)
        assert caught.value.exit_code == 4


def test_a_full_disk_is_told_and_loses_nothing(settings, tmp_path, ask):
    fill(settings, tmp_path, numbered(1))
    block = "index.blocks.read_only_allow_delete"
    ask("PUT", f"{settings.index}-000001", "_settings", body={block: True})
    with pytest.raises(DiskFull, match="make room there and run this again"):
        fill(settings, tmp_path, numbered(2))
    ask("PUT", f"{settings.index}-000001", "_settings", body={block: None})
    assert seen(settings, tmp_path) == (1, ["n0"])
    fill(settings, tmp_path, numbered(2))
    assert seen(settings, tmp_path)[1] == ["n0", "n1"]


def test_fields_of_another_kind(settings, tmp_path, ask):
    fill(settings, tmp_path, numbered(1))
    name = f"{settings.index}-000001"
    ask("DELETE", name)
    ask(
        "PUT",
        name,
        body={"mappings": {"dynamic": "strict", "properties": {"id": {"type": "long"}}}},
    )
    with pytest.raises(IndexCorrupt, match=r"not as duowen made them.*index --rebuild\.$"):
        fill(settings, tmp_path, numbered(2))


def test_an_index_that_was_deleted(settings, tmp_path, ask):
    fill(settings, tmp_path, numbered(1))
    ask("DELETE", f"{settings.index}-000001")
    with pytest.raises(IndexCorrupt, match="was deleted on the cluster"):
        fill(settings, tmp_path, numbered(2))


def test_what_was_seen_of_files_is_part_of_a_generation(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(opensearch_state, "_FILES_AT_ONCE", 3)
    files = Files("fingerprint", {f"/a/文{n}": FileState(n, n << 40, "/a", 1) for n in range(10)})
    with opened(settings, tmp_path, create=True) as engine:
        assert engine.files() == Files()
        with engine.writer() as writer:
            writer.remember(files)  # nothing else: no generation
        with opened(settings, tmp_path) as same:
            assert (same.generation, same.files()) == (0, Files())
        with engine.writer() as writer:
            writer.put(numbered(1)[0])
            writer.know("/a")
            writer.remember(files)
        with opened(settings, tmp_path) as after:
            assert (after.generation, after.files(), after.roots()) == (1, files, ("/a",))
        with engine.writer() as writer:
            writer.forget("/a")
            writer.remember(Files("other"))
        with opened(settings, tmp_path) as after:
            assert (after.generation, after.files(), after.roots()) == (2, Files("other"), ())
        with engine.writer() as writer:  # by a program: what it changed, no job has seen
            writer.put(numbered(2)[1])
        with opened(settings, tmp_path) as after:
            assert (after.generation, after.files()) == (3, Files())


def test_requests_are_bounded_and_busy_items_are_sent_again(cluster_index, tmp_path, monkeypatch):
    settings = cluster_index(bulk_bytes=2_000)
    sizes, answers = [], []
    ask = Cluster.ask

    def watching(self, method, path, body=None, params=None, **more):
        answer = ask(self, method, path, body, params, **more)
        if path.endswith("_bulk"):
            sizes.append(len(body))
            if len(sizes) % 2:  # every other time one of the items was too much
                answers.append(answer["items"][0])
                answer["items"][0] = {
                    "index": {
                        "status": 429,
                        "error": {"type": "rejected", "reason": "queue is full"},
                    }
                }
        return answer

    monkeypatch.setattr(Cluster, "ask", watching)
    fill(settings, tmp_path, numbered(40))
    assert max(sizes) < 4_000
    assert len(answers) > 3
    assert seen(settings, tmp_path) == (1, sorted(f"n{number}" for number in range(40)))


def test_windows_and_counts_beyond_what_the_server_counts_to(settings, tmp_path, monkeypatch):
    monkeypatch.setattr("search.engines.opensearch_asking._DEEPEST", 10)
    monkeypatch.setattr("search.engines.opensearch_asking._MANY", 7)
    monkeypatch.setattr("search.engines.opensearch_asking._WALKED", 6)
    fill(settings, tmp_path, numbered(40))
    with opened(settings, tmp_path) as engine:
        plan = make_plan(parse("kite"), engine.count_word)
        whole = [one.head.id for one in engine.search(plan, Window(40)).found]
        assert sorted(whole) == sorted(f"n{number}" for number in range(40))
        for limit, offset in ((7, 3), (9, 25), (30, 0), (5, 38), (0, 20), (3, 50)):
            page = engine.search(plan, Window(limit, offset))
            assert [one.head.id for one in page.found] == whole[offset : offset + limit]
            assert page.total == 40
        assert len(engine.held()) == 40
        ids = ["n3", "absent", *whole]
        assert engine.matching(plan, ids) == ["n3", *whole]
        narrow = make_plan(parse("number7"), engine.count_word)
        assert engine.matching(narrow, ids) == ["n7"]


def test_long_queries_are_answered_or_told_to_be_too_long(settings, tmp_path):
    words = [f"word{chr(97 + n % 26)}{chr(97 + n // 26)}q" for n in range(390)]
    fill(settings, tmp_path, [Article(id="x", title="-a", body=" ".join(words))])
    for query in (" ".join(words), f'"{" ".join(words)}"', "x OR " + " OR ".join(words)):
        for match in ("auto", "any", "all"):
            with opened(settings, tmp_path) as engine:
                plan = make_plan(parse(query), engine.count_word, match)
                assert engine.search(plan, Window()).total == 1
    near = " OR ".join(
        f'"{a} {b} {c}" NEAR/5 {a}' for a, b, c in zip(*[iter(words)] * 3, strict=True)
    )
    with opened(settings, tmp_path) as engine, pytest.raises(Unsupported, match="shorten it"):
        engine.search(make_plan(parse(near), engine.count_word), Window())


def test_an_article_that_is_too_long_is_refused_alone(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(opensearch_writer, "LONGEST_DOCUMENT", 2_000)
    with opened(settings, tmp_path, create=True) as engine, engine.writer() as writer:
        writer.put(Article(id="short", body="kite"))
        with pytest.raises(ArticleError, match="too long for a cluster"):
            writer.put(Article(id="long", body="kite " * 1_000))
    assert seen(settings, tmp_path) == (1, ["short"])


def test_statistics_are_those_of_the_local_engine(settings, tmp_path, corpus_articles):
    told = []
    for choice in (settings, "local"):
        folder = tmp_path / str(len(told))
        folder.mkdir()
        fill(choice, folder, corpus_articles)
        with opened(choice, folder) as engine:
            told.append(engine.statistics())
    assert told[0].bytes > 0
    assert told[0]._replace(bytes=0) == told[1]._replace(bytes=0)
    assert told[0].sources == told[1].sources
