"""Generations: their numbers are given once, the newest are kept, the current one always."""

import json
import zlib

import pytest

from search.columnar import commit
from search.columnar.commit import Current, Generation, SegmentEntry
from search.errors import IndexCorrupt, IndexMissing, IndexTooNew, IndexTooOld


def write(folder, number):
    """Write a generation with a segment of its own, and one that all have."""
    entries = tuple(SegmentEntry(f"segment-{name}.seg", 1) for name in ("all", number))
    for entry in entries:
        (folder / entry.file).touch()
    generation = Generation(number, entries, {"files": f"files-{number}.cols"})
    (folder / f"files-{number}.cols").touch()
    commit.write(folder, generation)
    return generation


def sealed(values):
    body = json.dumps(values)
    return json.dumps({"crc32": zlib.crc32(body.encode()), "body": body}).encode()


def test_a_generation_is_read_as_it_was_written(tmp_path):
    generation = write(tmp_path, 7)
    assert commit.read_current(tmp_path) == generation
    assert commit.current(tmp_path) == Current(7, 7)


def test_an_index_of_before_knows_its_top(tmp_path):
    write(tmp_path, 3)
    (tmp_path / commit.CURRENT).write_bytes(sealed({"format": commit.VERSION, "generation": 3}))
    assert commit.current(tmp_path) == Current(3, 3)


def test_going_back_keeps_the_top(tmp_path):
    for number in (1, 2, 3):
        write(tmp_path, number)
    commit.make_current(tmp_path, Current(1, 3))
    assert commit.current(tmp_path) == Current(1, 3)
    assert commit.kept(tmp_path) == [1, 2, 3]


@pytest.mark.parametrize(
    ("keep", "current", "left"),
    [
        (1, 5, [5]), (2, 5, [4, 5]), (3, 5, [3, 4, 5]), (9, 5, [1, 2, 3, 4, 5]),
        (1, 2, [2]), (2, 2, [2, 5]), (3, 1, [1, 4, 5]), (0, 4, [4]),
    ],
)  # fmt: skip
def test_the_newest_are_kept_and_always_the_current_one(tmp_path, keep, current, left):
    for number in range(1, 6):
        write(tmp_path, number)
    commit.make_current(tmp_path, Current(current, 5))
    commit.sweep(tmp_path, commit.read_current(tmp_path), keep)
    assert commit.numbers(tmp_path) == left
    wanted = {name for number in left for name in commit.read(tmp_path, number).files()}
    assert {path.name for path in tmp_path.iterdir()} == wanted | {commit.CURRENT}


def test_leftovers_go(tmp_path):
    for number in (1, 2, 3):
        write(tmp_path, number)
    commit.make_current(tmp_path, Current(2, 2))  # as if 3 had never been finished
    (tmp_path / commit.name_of(1)).write_bytes(b"nonsense")
    (tmp_path / ".scratch-x").mkdir()
    (tmp_path / ".scratch-x" / "file").touch()
    (tmp_path / ".current.json.abc").touch()
    (tmp_path / "quarantine.jsonl").touch()
    commit.sweep(tmp_path, commit.read_current(tmp_path), 5)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "current.json", "files-2.cols", "generation-2.json", "quarantine.jsonl", "segment-2.seg",
        "segment-all.seg",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "error", "kind"),
    [
        ({"format": commit.VERSION + 1, "generation": 1}, IndexTooNew, "newer"),
        ({"format": commit.VERSION - 1, "generation": 1}, IndexTooOld, "older"),
        ({"format": commit.VERSION, "generation": "x"}, IndexCorrupt, "inconsistent"),
        ({"format": commit.VERSION, "generation": 2, "top": 1}, IndexCorrupt, "inconsistent"),
        ({"format": commit.VERSION}, IndexCorrupt, "inconsistent"),
        ({"generation": 1}, IndexCorrupt, "flipped"),
    ],
)
def test_a_file_that_is_intact_and_makes_no_sense(tmp_path, values, error, kind):
    write(tmp_path, 1)
    (tmp_path / commit.CURRENT).write_bytes(sealed(values))
    with pytest.raises(error) as told:
        commit.current(tmp_path)
    assert (told.value.file, told.value.kind) == (commit.CURRENT, kind)


def test_a_generation_under_the_name_of_another(tmp_path):
    write(tmp_path, 1)
    (tmp_path / commit.name_of(1)).rename(tmp_path / commit.name_of(2))
    with pytest.raises(IndexCorrupt, match="it holds the generation 1") as told:
        commit.read(tmp_path, 2)
    assert told.value.kind == "inconsistent"


def test_every_truncation_and_every_flipped_byte_is_told_apart(tmp_path):
    write(tmp_path, 1)
    path = tmp_path / commit.name_of(1)
    whole = path.read_bytes()

    def kind(data):
        path.write_bytes(data)
        with pytest.raises(IndexCorrupt) as told:
            commit.read(tmp_path, 1)
        return told.value.kind

    assert {kind(whole[:size]) for size in range(len(whole))} == {"truncated"}
    flipped = (bytes([*whole[:n], whole[n] ^ 2, *whole[n + 1 :]]) for n in range(len(whole)))
    assert set(map(kind, flipped)) == {"flipped"}
    assert kind(bytes(len(whole))) == "flipped"
    assert kind(whole + b"more") == "inconsistent"
    assert kind(b"PK\3\4 an archive") == kind(b"{}") == kind(b"[1, 2]") == "foreign"


def test_no_index_at_all(tmp_path):
    with pytest.raises(IndexMissing):
        commit.current(tmp_path)
    with pytest.raises(IndexMissing):
        commit.kept(tmp_path / "nowhere")
