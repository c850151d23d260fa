"""Articles that get other names: whatever else happens to them, the index is what a dictionary would be."""

import random
from dataclasses import replace
from datetime import datetime, timezone

import numpy as np
import pytest

from search.article import Article
from search.columnar import commit
from search.columnar.layout import Sections, SectionWriter
from search.engines.local_upkeep import LocalUpkeep
from search.engines.port import Held, Window
from search.engines.registry import open_engine
from search.errors import IndexCorrupt
from search.library import open_index
from search.query.parser import parse
from search.query.planning import make_plan
from tests.doubles.naive import NaiveEngine

DAY = datetime(2024, 3, 1, tzinfo=timezone.utc)
ALL = Window(limit=1000)


@pytest.fixture
def engine(tmp_path):
    return open_engine("local", tmp_path, create=True)


@pytest.fixture
def analysed(monkeypatch):
    """The ids of the articles that were put, and so analysed."""
    from search.engines.local_writer import LocalWriter

    seen, put = [], LocalWriter.put
    monkeypatch.setattr(LocalWriter, "put", lambda self, a: (seen.append(a.id), put(self, a))[1])
    return seen


def article(name, **values):
    return Article(
        **{
            "id": name,
            "body": f"kite of {name[:1]}",
            "published": DAY,
            "path": f"/news/{name}",
            "root": "/news",
            **values,
        }
    )


def filled(engine, articles):
    with engine.writer() as writer:
        for one in articles:
            writer.put(one)
    return engine.latest()


def moved(engine, *moves):
    with engine.writer() as writer:
        for former_id, one in moves:
            writer.move(former_id, one)
    return engine.latest()


def found(engine, query, sort="relevance"):
    plan = make_plan(parse(query), engine.count_word)
    return [one.head.id for one in engine.search(plan, Window(limit=1000, sort=sort)).found]


def segments(folder):
    return [entry.file for entry in commit.read_current(folder).segments]


def test_a_renamed_article_is_found_under_its_new_name_and_not_analysed(engine, tmp_path, analysed):
    before = filled(engine, [article("a"), article("c"), article("e")])
    files = segments(tmp_path)
    del analysed[:]
    new = article("d", body="kite of c", path="/news/x/d", root="/news/x")
    after = moved(before, ("c", new))
    assert (analysed, segments(tmp_path)) == ([], files)
    assert after.get("d") == new
    assert after.get("c") is None
    assert set(after.held()) == {"a", "d", "e"}
    assert after.held()["d"][1:] == ("/news/x/d", "/news/x")
    assert found(after, "kite", "newest") == ["a", "d", "e"]
    assert before.get("c").path == "/news/c"
    assert set(before.held()) == {"a", "c", "e"}
    assert found(before, "kite", "newest") == ["a", "c", "e"]


def test_a_name_that_breaks_the_order_of_a_segment_is_put_anew(engine, analysed):
    before = filled(engine, [article("a"), article("c"), article("e")])
    del analysed[:]
    after = moved(before, ("c", article("z", body="kite of c")))
    assert analysed == ["z"]
    assert found(after, "kite", "newest") == ["a", "e", "z"]


def test_a_folder_without_dates_is_renamed_as_a_whole(engine, tmp_path, analysed):
    names = [f"{number:02}.md" for number in range(30)]
    before = filled(engine, [article(f"old/{name}", body=name, published=None) for name in names])
    del analysed[:]
    new = [article(f"new/{name}", body=name, published=None) for name in names]
    after = moved(before, *((f"old/{one.body}", one) for one in new))
    assert analysed == []
    assert sorted(after.held()) == [f"new/{name}" for name in names]
    assert LocalUpkeep(tmp_path).check(deep=True).damages == ()


@pytest.mark.parametrize("former", ["c", "nowhere"])
def test_another_text_is_put(engine, analysed, former):
    before = filled(engine, [article("a"), article("c")])
    del analysed[:]
    new = article("b", body="lamp")
    after = moved(before, (former, new))
    assert analysed == ["b"]
    assert after.get("b") == new
    assert (after.get("c") is None) == (former == "c")


def test_a_url_stays_where_the_id_changes(engine):
    one = article("https://a.b/c", url="https://a.b/c")
    after = moved(filled(engine, [one]), (one.id, replace(one, id="d")))
    assert after.get("d") == replace(one, id="d")
    again = moved(after, ("d", replace(one, path="/elsewhere")))
    assert again.get(one.id) == replace(one, path="/elsewhere")


def test_only_the_file_moves(engine, analysed):
    before = filled(engine, [article("a")])
    del analysed[:]
    after = moved(before, ("a", article("a", path="/other/a", root="/other")))
    assert analysed == []
    assert after.get("a").path == "/other/a"
    assert after.article_count == 1


def test_the_article_that_had_the_name_is_replaced(engine, tmp_path):
    before = filled(engine, [article("a"), article("b"), article("c")])
    after = moved(before, ("b", article("a", body="kite of b")))
    assert [after.get(name) and after.get(name).body for name in "abc"] == [
        "kite of b",
        None,
        "kite of c",
    ]
    again = moved(after, ("a", article("b", path="/news/again")))
    assert sorted(again.held()) == ["b", "c"]
    assert again.get("b").path == "/news/again"
    assert LocalUpkeep(tmp_path).check(deep=True).damages == ()


def test_what_is_moved_twice_or_put_before_or_removed_after(engine):
    before = filled(engine, [article("a"), article("c"), article("e")])
    with before.writer() as writer:
        writer.move("a", article("b", body="kite of a"))
        writer.move("b", article("bb", body="kite of a"))
        writer.put(article("c", body="lamp"))
        writer.move("c", article("d", body="lamp"))
        writer.move("e", article("f", body="kite of e"))
        writer.remove("f")
    after = before.latest()
    assert {name: after.get(name).body for name in after.held()} == {
        "bb": "kite of a",
        "d": "lamp",
    }


def test_names_vanish_with_the_next_merge_and_are_swept(engine, tmp_path, monkeypatch):
    engine = moved(
        filled(engine, [article("a"), article("c")]), ("c", article("b", body="kite of c"))
    )
    assert len(list(tmp_path.glob("names-*"))) == 1
    monkeypatch.setattr("search.engines.merge_policy.FANOUT", 2)
    engine = filled(engine, [article("x")])
    assert [entry.names for entry in commit.read_current(tmp_path).segments] == [""]
    assert sorted(engine.held()) == ["a", "b", "x"]
    for number in range(5):
        engine = filled(engine, [article(f"y{number}")])
    assert not list(tmp_path.glob("names-*"))


def test_a_job_that_fails_leaves_the_old_names_and_no_file(engine, tmp_path, monkeypatch):
    engine = filled(engine, [article("a")])

    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(commit, "write", fail)
    with pytest.raises(RuntimeError):
        moved(engine, ("a", article("b", body="kite of a")))
    assert not list(tmp_path.glob("names-*"))
    assert list(engine.latest().held()) == ["a"]


def test_damaged_names_are_told(engine, tmp_path):
    moved(filled(engine, [article("a"), article("c")]), ("c", article("b", body="kite of c")))
    (path,) = tmp_path.glob("names-*")
    data = path.read_bytes()
    assert LocalUpkeep(tmp_path).check(deep=True).damages == ()
    for broken, deep in ((data[:-9], False), (data[:80] + b"?" + data[81:], True), (None, False)):
        path.unlink()  # whoever has it open keeps it
        if broken is not None:
            path.write_bytes(broken)
        (damage,) = LocalUpkeep(tmp_path).check(deep=deep).damages
        assert (damage.file, damage.generations) == (path.name, (2,))
    with pytest.raises(IndexCorrupt):
        open_engine("local", tmp_path)


def test_names_that_do_not_fit_are_told(engine, tmp_path):
    """As a program that does not know its trade might write them, with all checksums right."""
    moved(filled(engine, [article("a"), article("c")]), ("c", article("b", body="kite of c")))
    (path,) = tmp_path.glob("names-*")
    sections = Sections(path)
    names = ("ids", "urls", "paths", "roots")
    kept = {
        f"{n}.{part}": sections.array(f"{n}.{part}") for n in names for part in ("bytes", "starts")
    }
    kept |= {n: sections.array(n) for n in ("ids.order", "documents.paths", "documents.roots")}
    for name, value in (
        ("ids.order", [0]),
        ("ids.order", [1, 0, 5]),
        ("ids.order", [0, 1]),
        ("documents.paths", [0, 7]),
        ("documents.roots", [0]),
        ("ids.starts", [0, 1]),
        ("urls.starts", [0, 9]),
    ):
        path.unlink()  # it is open still
        writer = SectionWriter(path)
        writer.facts = dict(sections.facts)
        for own, array in kept.items():
            writer.put(own, np.array(value, array.dtype) if own == name else array)
        writer.finish()
        damages = LocalUpkeep(tmp_path).check(deep=True).damages
        assert [(damage.file, damage.kind) for damage in damages] == [(path.name, "inconsistent")]


def test_whoosh_sees_the_new_names(engine, tmp_path):
    engine = filled(engine, [article("a"), article("b"), article("d")])
    moved(engine, ("d", article("b", body="kite of d", path="/p")))
    with open_index(tmp_path) as index, index.whoosh() as searcher:
        assert sorted(searcher.reader().field_terms("id")) == ["a", "b"]
        assert searcher.document(id="b")["path"] == "/p"
        assert searcher.document(id="d") is None


@pytest.mark.parametrize("name", ["local", "whoosh"])
def test_moving_is_removing_and_putting(tmp_path, name, monkeypatch):
    """A random job after the other, against a dictionary."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    monkeypatch.setattr("search.engines.merge_policy.FANOUT", chance.choice((2, 4, 1000)))
    monkeypatch.setattr("search.engines.merge_policy.MOST_DELETED", chance.choice((0.3, 1.0)))
    monkeypatch.setattr("search.engines.documents._LOOK_UP_COST", chance.choice((0, 10**9)))
    engine = open_engine(name, tmp_path, create=True)
    live: dict[str, Article] = {}
    # Whoosh cannot sort segments none of whose articles has a date.
    dates = (DAY, DAY.replace(day=2), *([None] if name == "local" else []))
    readers = []
    for _ in range(8 if name == "local" else 3):
        with engine.writer() as writer:
            if chance.random() < 0.05:
                writer.rebuild()
                live = {}
            for _ in range(chance.randint(1, 12)):
                _one_change(chance, writer, live, dates)
        engine = engine.latest()
        _agrees(engine, live, seed)
        readers.append((engine, dict(live)))
        readers = readers[-4:]
    for reader, then in readers:  # nobody's names change under a reader
        _agrees(reader, then, seed)
    if name == "local":
        assert LocalUpkeep(tmp_path).check(deep=True).damages == (), seed


def _one_change(chance, writer, live, dates):
    names = [f"{letter}{number}" for letter in "abc" for number in range(8)]
    kind = chance.choice(("put", "put", "remove", "move", "move", "move", "move", "another"))
    if kind == "put":
        one = _random_article(chance, chance.choice(names), dates)
        writer.put(one)
        live[one.id] = one
    elif kind == "remove":
        name = chance.choice(names)
        writer.remove(name)
        live.pop(name, None)
    else:
        former = chance.choice(sorted(live) or names)
        one = live.get(former) or _random_article(chance, former, dates)
        if kind == "another":
            one = replace(one, body=one.body + " lamp")
        name = chance.choice((former, *names))
        one = replace(
            one, id=name, path=f"/r/{name}/{chance.randint(0, 3)}", root=chance.choice("rs")
        )
        writer.move(former, one)
        live.pop(former, None)
        live[one.id] = one


def _random_article(chance, name, dates):
    return Article(
        id=name,
        title=chance.choice(("", "kite", "lamp")),
        body=f"kite {chance.choice(('风筝', 'harbour', 'minister'))} {chance.randint(0, 9)}",
        url=chance.choice(("", name, "https://a.b")),
        published=chance.choice(dates),
        path=f"/r/{name}",
        root="/r",
    )


def _agrees(engine, live, seed):
    naive = NaiveEngine()
    for one in live.values():
        naive.put(one)
    assert engine.article_count == len(live), seed
    held = engine.held()
    assert {name: (known.path, known.root) for name, known in held.items()} == {
        name: (one.path, one.root) for name, one in live.items()
    }, seed
    assert all(isinstance(known, Held) for known in held.values())
    for name in [f"{letter}{number}" for letter in "abc" for number in range(8)]:
        assert engine.get(name) == live.get(name), (seed, name)
    for query in ("kite", "-lamp", "风筝 OR harbour", '"kite minister"'):
        plan = make_plan(parse(query), naive.count_word)
        ids = [one.head.id for one in engine.search(plan, ALL).found]
        assert sorted(ids) == sorted(naive.matching(plan)), (seed, query)
        assert engine.matching(plan, sorted(live)) == sorted(ids), (seed, query)
        if engine.__class__.__name__ == "LocalEngine":
            assert ids == [name for _, name in naive.ranked(plan)], (seed, query)
