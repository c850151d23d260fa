"""What the writer of the local index keeps from one commit to the next, and what it looks up."""

import pytest

from search.article import Article
from search.columnar import commit
from search.columnar.segment import Segment
from search.engines import building
from search.engines.documents import StoredDocuments
from search.engines.registry import open_engine


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
    monkeypatch.setattr("search.engines.local_writer._LOOK_UP_COST", cost)
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
    open_engine("local", tmp_path / "secret", create=True)
    put(open_engine("local", tmp_path / "secret"), [Article(id="s", body="Kited kites, 5G手机")])
    assert building._spare_sorters
    folder = tmp_path / "public"
    put(open_engine("local", folder, create=True), [Article(id="p", body="A kite, kites")])
    (entry,) = commit.read_current(folder).segments
    segment = Segment(folder / entry.file)
    assert list(segment.groups) == [b"a", b"kite"]
    assert list(segment.terms) == list(segment.labels) == [b"a", b"kite", b"kites"]
    assert segment.forms_of(1).tolist() == [0, 1]
