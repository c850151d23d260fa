"""What a job saw of files is kept with the next generation, and comes back as it was."""

import random

import pytest

from search.article import Article
from search.columnar import commit
from search.engines.port import Files, FileState, WriterOptions
from search.engines.registry import open_engine
from search.engines.seen_files import read_files, write_files
from search.errors import IndexCorrupt

STATE = FileState(12, 1_700_000_000_123_456_789, "/news", 1)


@pytest.fixture
def engine(tmp_path):
    return open_engine("local", tmp_path, create=True)


def remembered(engine, files, *articles, keep=5):
    with engine.writer(WriterOptions(keep=keep)) as writer:
        for article in articles:
            writer.put(article)
        writer.remember(files)
    return engine.latest()


@pytest.mark.parametrize(
    "states",
    [
        {},
        {"": STATE},
        {"/news/a.md": STATE, "/news/卫星\nkite.md": STATE._replace(size=0, articles=0)},
        {"/news/\udcff.md": STATE, "/n\ud83d\ude00": STATE._replace(root="/\udcfe")},
        {"big": STATE._replace(size=1 << 45, mtime_ns=-(1 << 60), articles=300)},
    ],
)
def test_files_come_back_as_they_were(tmp_path, states):
    files = Files("readers 3", states)
    read = read_files(tmp_path / write_files(tmp_path, files))
    assert read == files
    assert all(type(state) is FileState for state in read.states.values())


def test_many_files_come_back_as_they_were(tmp_path):
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    states = {
        f"/r/{number}.md": FileState(
            chance.getrandbits(chance.choice((8, 16, 33))),
            chance.getrandbits(62),
            chance.choice(("/r", "/s")),
            chance.getrandbits(chance.choice((1, 9))),
        )
        for number in range(1000)
    }
    read = read_files(tmp_path / write_files(tmp_path, Files("x", states)))
    assert (read.reading, dict(read.states)) == ("x", states), seed


def test_a_path_that_cannot_be_is_refused_and_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match="NUL"):
        write_files(tmp_path, Files("", {"a\0b": STATE}))
    assert not list(tmp_path.iterdir())


def test_files_are_kept_with_the_next_generation_only(engine, tmp_path):
    assert engine.files() == Files()
    files = Files("r", {"/news/a.md": STATE})
    before = sorted(path.name for path in tmp_path.iterdir())
    assert remembered(engine, files).files() == Files()
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    engine = remembered(engine, files, Article(id="a", body="kite"))
    assert (engine.generation, engine.files()) == (1, files)


def test_the_same_files_are_written_once_and_others_take_their_place(engine, tmp_path):
    files = Files("r", {"/news/a.md": STATE})
    first = remembered(engine, files, Article(id="a", body="kite"))
    second = remembered(first, Files("r", dict(files.states)), Article(id="b", body="kite"))
    assert len(list(tmp_path.glob("files-*"))) == 1
    with second.writer() as writer:
        writer.put(Article(id="c", body="kite"))
    third = second.latest()
    assert third.files() == files
    fourth = remembered(third, Files("s", files.states), Article(id="d", body="kite"))
    assert fourth.files().reading == "s"
    assert third.files() == first.files() == files


def test_files_that_no_kept_generation_names_are_swept(engine, tmp_path):
    for number in range(4):
        engine = remembered(
            engine, Files(str(number)), Article(id=str(number), body="kite"), keep=2
        )
    assert len(list(tmp_path.glob("files-*"))) == 2
    assert engine.files() == Files("3")


def test_a_job_that_fails_leaves_no_file(engine, tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(commit, "write", fail)
    with pytest.raises(RuntimeError):
        remembered(engine, Files("r", {"a": STATE}), Article(id="a", body="kite"))
    assert not list(tmp_path.glob("files-*"))


def test_damage_is_told_and_mended_by_the_next_generation(engine, tmp_path):
    files = Files("r", {"/news/a.md": STATE})
    engine = remembered(engine, files, Article(id="a", body="kite"))
    (path,) = tmp_path.glob("files-*")
    data = bytearray(path.read_bytes())
    data[70] ^= 255
    path.write_bytes(data)
    with pytest.raises(IndexCorrupt):
        engine.latest().files()
    assert remembered(engine, files, Article(id="b", body="kite")).files() == files
