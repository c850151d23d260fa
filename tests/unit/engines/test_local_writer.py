"""What the writer of the local index keeps from one commit to the next, and what it looks up."""

from datetime import datetime

import pytest

from search.article import Article
from search.columnar import commit
from search.columnar.segment import Segment
from search.engines import building
from search.engines.documents import StoredDocuments
from search.engines.port import Files, FileState
from search.engines.registry import open_engine
from search.errors import EngineError


@pytest.fixture
def engine(tmp_path):
    return open_engine("local", tmp_path, create=True)


def put(engine, articles):
    with engine.writer() as writer:
        for article in articles:
            writer.put(article)
    return engine.latest()


@pytest.mark.parametrize("cost", [0, 10**9], ids=["one by one", "all at once"])
def test_what_is_removed_is_found_by_its_id(engine, monkeypatch, cost):
    monkeypatch.setattr("search.engines.documents._LOOK_UP_COST", cost)
    engine = put(engine, [Article(id=name, body="kite") for name in ("a", "?", "卫星", "z")])
    with engine.writer() as writer:
        for name in ("a", "卫星", "nowhere", "\ud800"):
            writer.remove(name)
    assert set(engine.latest().held()) == {"?", "z"}


def test_texts_of_later_articles_are_compressed_with_the_dictionary_of_the_first(engine, tmp_path):
    first = [
        Article(id=f"a{n}", body=f"The minister spoke of kite {n} at length.") for n in range(100)
    ]
    engine = put(
        put(engine, first), [Article(id="b", body="The minister spoke of kites at length.")]
    )
    segments = [Segment(tmp_path / entry.file) for entry in commit.read_current(tmp_path).segments]
    old, new = sorted(map(StoredDocuments, segments), key=lambda stored: -stored.segment.count)
    assert new.dictionaries == old.dictionaries
    assert len(new.blobs[0]) < 30
    assert engine.get("b").body == "The minister spoke of kites at length."


def test_words_of_other_articles_never_reach_an_index(tmp_path):
    """Words are remembered between indexes, in a program that has several."""
    building._spare_sorters.clear()
    open_engine("local", tmp_path / "secret", create=True)
    put(open_engine("local", tmp_path / "secret"), [Article(id="s", body="Kited kites, 5G手机")])
    assert building._spare_sorters
    folder = tmp_path / "public"
    put(open_engine("local", folder, create=True), [Article(id="p", body="A kite, kites")])
    (entry,) = commit.read_current(folder).segments
    segment = Segment(folder / entry.file)
    assert list(segment.groups) == [b"a", b"kite"]
    assert list(segment.terms) == sorted(segment.labels) == [b"a", b"kite", b"kites"]
    assert [segment.labels[1 + form] for form in segment.forms_of(1)] == [b"kite", b"kites"]


def test_rebuilding_leaves_only_what_is_put_anew(engine, tmp_path):
    old = put(engine, [Article(id="a", body="kite"), Article(id="b", body="kite")])
    with old.writer() as writer:
        writer.know("/news")
        writer.remember(Files("r", {"/news/a": FileState(1, 2, "/news", 1)}))
    old = old.latest()
    with old.writer() as writer:
        writer.rebuild()
        writer.remove("nowhere")
        writer.put(Article(id="b", body="lamp"))
        writer.put(Article(id="c", body="kite"))
        writer.put(Article(id="c", body="kites"))
    new = old.latest()
    assert set(new.held()) == {"b", "c"}
    assert (new.get("a"), new.get("b").body) == (None, "lamp")
    assert (new.roots(), new.files()) == (("/news",), Files())
    assert set(old.held()) == {"a", "b"}
    assert old.get("b").body == "kite"
    generation = commit.read_current(tmp_path)
    assert sum(entry.documents for entry in generation.segments) == 2


def test_rebuilding_from_nothing_leaves_nothing(engine):
    old = put(engine, [Article(id="a", body="kite")])
    with old.writer() as writer:
        writer.rebuild()
    assert (old.latest().article_count, old.article_count) == (0, 1)


def test_a_rebuilding_that_fails_leaves_what_there_was(engine, tmp_path):
    old = put(engine, [Article(id="a", body="kite")])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(RuntimeError), old.writer() as writer:
        writer.rebuild()
        writer.put(Article(id="b", body="kite"))
        writer._write_rest()
        raise RuntimeError
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert set(old.latest().held()) == {"a"}


def test_rebuilding_comes_first(engine):
    with engine.writer() as writer:
        writer.put(Article(id="a", body="kite"))
        with pytest.raises(EngineError, match="before all others"):
            writer.rebuild()


def test_a_generation_says_when_it_was_made(engine, tmp_path):
    put(engine, [Article(id="a", body="kite")])
    moments = [commit.read(tmp_path, number).facts["created"] for number in (0, 1)]
    assert sorted(map(datetime.fromisoformat, moments)) == list(
        map(datetime.fromisoformat, moments)
    )
