"""What is told of earlier runs, and when the last good one was."""

import json
import os
from datetime import datetime, timedelta, timezone

import pytest

from search.indexing import history


def test_lines_come_back_in_their_order_with_their_time(tmp_path):
    history.append(tmp_path, {"action": "index", "added": 3, "path": "/新"})
    history.append(tmp_path, {"action": "rollback"})
    first, second = history.read(tmp_path)
    assert (first["action"], first["added"], first["path"]) == ("index", 3, "/新")
    assert second["action"] == "rollback"
    age = datetime.now(timezone.utc) - datetime.fromisoformat(first["at"])
    assert timedelta(0) <= age < timedelta(minutes=10)
    assert os.listdir(tmp_path) == ["history.jsonl"]


def test_without_a_file_there_is_no_history(tmp_path):
    assert history.read(tmp_path) == []
    assert history.last_run(tmp_path) is None


def test_half_a_line_is_passed_over_and_the_next_one_stands_alone(tmp_path):
    history.append(tmp_path, {"n": 1})
    path = tmp_path / "history.jsonl"
    whole = path.read_bytes()
    for cut in range(1, len(whole)):
        path.write_bytes(whole + whole[:cut])
        assert [one["n"] for one in history.read(tmp_path)] == [1] + [1] * (cut == len(whole) - 1)
    path.write_bytes(whole + whole[:-5])
    history.append(tmp_path, {"n": 2})
    assert [one["n"] for one in history.read(tmp_path)] == [1, 2]


@pytest.mark.parametrize("rubbish", [b"\n", b"[1]\n", b"\xff\x00\n", b"3\n", b"[" * 100_000])
def test_lines_that_are_none_of_ours_are_passed_over(tmp_path, rubbish):
    (tmp_path / "history.jsonl").write_bytes(rubbish)
    history.append(tmp_path, {"n": 2})
    assert [one["n"] for one in history.read(tmp_path)] == [2]


def test_only_the_last_thousand_are_kept(tmp_path):
    lines = "".join(json.dumps({"n": n}) + "\n" for n in range(1_099))
    (tmp_path / "history.jsonl").write_text(lines)
    for n in (1_099, 1_100):
        history.append(tmp_path, {"n": n})
    assert [one["n"] for one in history.read(tmp_path)] == list(range(101, 1_101))
    assert len((tmp_path / "history.jsonl").read_bytes().splitlines()) == 1_000
    history.append(tmp_path, {"n": 1_101})
    assert history.read(tmp_path)[-1]["n"] == 1_101


def test_only_touching_moves_the_time_of_the_last_good_run(tmp_path):
    history.append(tmp_path, {"outcome": "failed"})
    assert history.last_run(tmp_path) is None
    before = (tmp_path / "history.jsonl").read_bytes()
    history.touch(tmp_path)
    good = history.last_run(tmp_path)
    assert abs(datetime.now(timezone.utc) - good) < timedelta(minutes=10)
    assert (tmp_path / "history.jsonl").read_bytes() == before
    os.utime(tmp_path / "history.jsonl", (86_400, 86_400))
    for n in range(1_102):
        if n in (0, 1_101):
            history.append(tmp_path, {"outcome": "failed"})
        else:
            with (tmp_path / "history.jsonl").open("ab") as file:
                file.write(b'{"n": 1}\n')
            os.utime(tmp_path / "history.jsonl", (86_400, 86_400))
    assert history.last_run(tmp_path) == datetime(1970, 1, 2, tzinfo=timezone.utc)


def test_touching_makes_the_file_where_there_is_none(tmp_path):
    history.touch(tmp_path)
    assert history.read(tmp_path) == []
    assert history.last_run(tmp_path) is not None
