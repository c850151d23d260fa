"""The generations of an index: which are kept, going back and forward, what changed between two."""

import contextlib
import errno
import json
import os

import pytest

from search import files, upkeep
from search.article import Article
from search.columnar import commit
from search.engines.lock import exclusive
from search.engines.registry import open_engine, open_upkeep
from search.errors import (
    ConfigError,
    DiskFull,
    GenerationMissing,
    IndexBusy,
    IndexCorrupt,
    IndexMissing,
    Unsupported,
)
from search.upkeep import Difference
from tests.cli.desk import checksums


def put(folder, *articles, gone=()):
    engine = open_engine("local", folder, create=True)
    with engine.writer() as writer:
        for article_id in gone:
            writer.remove(article_id)
        for article in articles:
            writer.put(article)


def article(name, text="kite", path="/a.md"):
    return Article(id=name, body=text, path=path)


def held(folder):
    return set(open_engine("local", folder).held())


@pytest.fixture
def folder(tmp_path):
    """Four generations: nothing; a and b; a, b and c; b and c."""
    folder = tmp_path / "index"
    put(folder, article("a"), article("b"))
    put(folder, article("c"))
    put(folder, gone=["a"])
    return folder


def test_the_generations_that_are_kept(folder):
    found = upkeep.generations(folder)
    assert [(one.number, one.articles, one.current) for one in found] == [
        (0, 0, False), (1, 2, False), (2, 3, False), (3, 2, True),
    ]  # fmt: skip
    assert all(one.created.endswith("+00:00") and one.bytes > 0 for one in found)


def test_going_back_and_forward(folder):
    reader = open_engine("local", folder)
    assert upkeep.rollback(folder).number == 2
    assert held(folder) == {"a", "b", "c"}
    assert upkeep.rollback(folder).number == 1
    assert held(folder) == {"a", "b"}
    now = upkeep.rollback(folder, 3)
    assert (now.number, now.articles, now.current) == (3, 2, True)
    assert held(folder) == {"b", "c"}
    assert set(reader.held()) == {"b", "c"}
    assert [(one["action"], one["generation_before"], one["generation"])
            for one in upkeep.history(folder)] == [
        ("rollback", 3, 2), ("rollback", 2, 1), ("rollback", 1, 3),
    ]  # fmt: skip
    assert upkeep.last_run(folder) is None


def test_no_number_is_given_twice(folder):
    upkeep.rollback(folder, 1)
    put(folder, article("d"))
    assert [one.number for one in upkeep.generations(folder)] == [0, 1, 2, 3, 4]
    assert held(folder) == {"a", "b", "d"}
    upkeep.rollback(folder, 3)
    put(folder, article("e"))
    assert [one.number for one in upkeep.generations(folder)] == [1, 2, 3, 4, 5]
    assert held(folder) == {"b", "c", "e"}


def test_going_to_where_one_is_writes_nothing(folder):
    before = checksums(folder)
    assert upkeep.rollback(folder, 3).number == 3
    assert checksums(folder) == before


@pytest.mark.parametrize("number", [-1, 4, 99])
def test_a_generation_that_is_not_kept(folder, number):
    before = checksums(folder)
    with pytest.raises(GenerationMissing, match="choose one of these: 0, 1, 2, 3"):
        upkeep.rollback(folder, number)
    with pytest.raises(GenerationMissing):
        upkeep.diff(folder, 3, number)
    assert checksums(folder) == before


def test_there_is_none_before_the_first(folder):
    upkeep.rollback(folder, 0)
    with pytest.raises(GenerationMissing, match="no generation before 0"):
        upkeep.rollback(folder)


def test_a_leftover_of_a_killed_job_is_no_generation(folder):
    generation = commit.read(folder, 3)._replace(number=4)
    commit.write_beside(folder, generation)
    assert [one.number for one in upkeep.generations(folder)] == [0, 1, 2, 3]
    with pytest.raises(GenerationMissing):
        upkeep.rollback(folder, 4)
    assert upkeep.check(folder).leftovers == ("generation-4.json",)


def test_nobody_goes_back_to_what_is_damaged(folder):
    (entry, *_) = commit.read(folder, 1).segments
    path = folder / entry.file
    path.write_bytes(path.read_bytes()[:-9])
    before = checksums(folder)
    with pytest.raises(IndexCorrupt, match=f"{entry.file}: truncated") as told:
        upkeep.rollback(folder, 1)
    assert (told.value.file, told.value.kind) == (entry.file, "truncated")
    assert checksums(folder) == before
    assert upkeep.rollback(folder, 0).number == 0


def test_nobody_goes_back_while_a_job_writes(folder):
    with exclusive(folder), pytest.raises(IndexBusy):
        upkeep.rollback(folder)
    assert commit.current(folder).number == 3


def test_a_rollback_that_fails_at_any_step_leaves_the_old_generation_or_the_new_one(
    folder, monkeypatch
):
    for step in ("fsync", "replace"):
        for number in (1, 2):
            calls = []
            call = getattr(os, step)

            def failing(*arguments, call=call, calls=calls, number=number, **options):
                calls.append(arguments)
                if len(calls) == number:
                    raise KeyboardInterrupt
                return call(*arguments, **options)

            with monkeypatch.context() as patch:
                patch.setattr(os, step, failing)
                with contextlib.suppress(KeyboardInterrupt):
                    open_upkeep("local", folder).rollback(1)
            assert commit.current(folder).number in (1, 3)
            assert upkeep.check(folder).damages == ()
            upkeep.rollback(folder, 3)


def test_a_rollback_on_a_full_disk_changes_nothing_and_says_so(folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = upkeep.generations(folder)
    monkeypatch.setattr(files, "replace_durably", full)
    with pytest.raises(DiskFull, match=r"is full .*; what was indexed before is still there"):
        upkeep.rollback(folder)
    assert upkeep.generations(folder) == before


def test_what_changed_between_two_generations(tmp_path):
    put(tmp_path, *map(article, "abcdef", "123456"))
    put(
        tmp_path, article("b", "two"), article("c", "3", "/elsewhere.md"), article("g", "4"),
        article("x", "new"), gone=["d", "f"],
    )  # fmt: skip
    assert upkeep.diff(tmp_path, 1, 2) == Difference(
        added=("x",), changed=("b",), moved=(("c", "c"), ("d", "g")), removed=("f",)
    )
    assert upkeep.diff(tmp_path, 2, 1) == Difference(
        added=("f",), changed=("b",), moved=(("c", "c"), ("g", "d")), removed=("x",)
    )
    assert not upkeep.diff(tmp_path, 2, 2)


def test_of_articles_with_one_text_as_many_have_moved_as_went(tmp_path):
    put(tmp_path, article("a", "same"), article("b", "same"))
    put(tmp_path, *(article(name, "same") for name in "xyz"), gone=["a", "b"])
    assert upkeep.diff(tmp_path, 1, 2) == Difference(("z",), (), (("a", "x"), ("b", "y")), ())


def test_where_there_is_no_index(tmp_path):
    for call in (upkeep.generations, upkeep.rollback, upkeep.check, upkeep.repair):
        with pytest.raises(IndexMissing):
            call(tmp_path / "nowhere")
        with pytest.raises(IndexMissing):
            call(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert upkeep.history(tmp_path) == []


def test_other_engines(tmp_path):
    with pytest.raises(Unsupported):
        upkeep.generations(tmp_path, engine="whoosh")
    with pytest.raises(ConfigError):
        upkeep.check(tmp_path, engine="none")


def test_the_line_of_a_rollback_is_json(folder):
    upkeep.rollback(folder)
    (line,) = (folder / "history.jsonl").read_text().splitlines()
    assert json.loads(line)["articles"] == 3
