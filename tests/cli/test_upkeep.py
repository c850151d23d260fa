"""`duowen generations`, `rollback`, `diff`, `check` and `repair`, as their user meets them."""

import json
import zlib
from pathlib import Path

import pytest

from search.engines.port import WriterOptions
from search.engines.registry import open_engine
from tests.cli.desk import checksums, write_lines, write_page


@pytest.fixture
def three(run, desk):
    """An index of three generations: one article, then two, then one of them edited, one gone."""
    write_page(desk / "news/bridge.md")
    assert run("index", "news").code == 0
    write_page(desk / "news/tram.md", "Tram stops", "广州的有轨电车停了。")
    assert run("index").code == 0
    write_page(desk / "news/bridge.md", "Bridge closes")
    assert run("index").code == 0
    return desk


def largest(folder):
    """The file that holds most, of those that the current generation names."""
    number = json.loads(json.loads((folder / "current.json").read_text())["body"])["generation"]
    named = (folder / f"generation-{number}.json").read_text()
    files = [path for path in folder.iterdir() if path.name in named]
    return max(files, key=lambda path: path.stat().st_size)


def numbers(run):
    return [one["number"] for one in run("generations", "--json").json["generations"]]


def current(run):
    (one,) = [one for one in run("generations", "--json").json["generations"] if one["current"]]
    return one["number"]


class TestGenerations:
    def test_each_is_a_line_and_a_star_marks_the_current_one(self, run, three):
        outcome = run("generations")
        head, *lines = outcome.out.splitlines()
        assert (outcome.code, outcome.err) == (0, "")
        assert head.split() == ["number", "created", "articles", "MB"]
        assert [line.startswith("*") for line in lines] == [False] * (len(lines) - 1) + [True]
        assert lines[-1].split()[1] == str(current(run))

    def test_as_json(self, run, three):
        answer = run("generations", "--json").json
        assert answer["schema_version"] == 1
        last = answer["generations"][-1]
        assert set(last) == {"number", "articles", "created", "bytes", "current"}
        assert last["articles"] == 2
        assert last["created"].endswith("Z")

    def test_the_settings_say_how_many_are_kept(self, run, three):
        (three / "duowen.yaml").write_text("keep: 2\n")
        write_page(three / "news/ferry.md", "Ferry")
        run("index")
        assert len(numbers(run)) == 2

    def test_where_there_is_no_index(self, run, desk):
        outcome = run("generations")
        assert outcome.code == 4
        assert "no index" in outcome.complaint


class TestRollback:
    def test_to_the_one_before_and_forward_again(self, run, three):
        last = current(run)
        outcome = run("rollback")
        assert (outcome.code, outcome.out) == (0, "")
        assert outcome.sentence == (
            f"duowen: Generation {last - 1} is searched now, 2 articles; what came later is still kept."
        )
        assert run("title:opens").code == 0
        assert current(run) == last - 1
        assert run("rollback", last).code == 0
        assert run("title:opens").code == 1
        assert current(run) == last

    def test_to_one_that_is_not_kept(self, run, three):
        before = current(run)
        outcome = run("rollback", "77")
        assert outcome.code == 2
        assert "77" in outcome.complaint
        assert current(run) == before

    def test_the_next_run_brings_all_in_line_again(self, run, three):
        run("rollback")
        assert run("index", "--report", "-").json["counts"]["updated"] == 1
        assert run("title:closes").code == 0

    def test_a_job_that_writes_is_not_disturbed(self, run, three):
        with open_engine("local", three / "index_data").writer(WriterOptions()):
            outcome = run("rollback")
        assert outcome.code == 75
        assert "Another job" in outcome.complaint


class TestDiff:
    def test_counts_come_first(self, run, three):
        last = current(run)
        outcome = run("diff", last - 2, last)
        assert (outcome.code, outcome.err) == (0, "")
        counts, *lines = outcome.out.splitlines()
        assert counts == "1 added, 1 changed"
        assert [line.split(maxsplit=2) for line in lines] == [
            ["added", "tram.md", "Tram stops"],
            ["changed", "bridge.md", "Bridge closes"],
        ]

    def test_the_other_way_round_they_are_removed_under_their_old_titles(self, run, three):
        last = current(run)
        answer = run("diff", last, last - 2, "--json").json
        assert answer["counts"] == {"added": 0, "changed": 1, "moved": 0, "removed": 1}
        assert answer["removed"] == [{"id": "tram.md", "title": "Tram stops"}]
        assert answer["changed"] == [{"id": "bridge.md", "title": "Bridge opens"}]
        assert (answer["older"], answer["newer"]) == (last, last - 2)

    def test_what_was_renamed_is_moved(self, run, three):
        (three / "news/tram.md").rename(three / "news/train.md")
        run("index")
        last = current(run)
        outcome = run("diff", last - 1, last)
        assert outcome.out.splitlines()[0] == "1 moved"
        assert "tram.md → train.md  Tram stops" in outcome.out
        assert run("diff", last - 1, last, "--json").json["moved"] == [
            {"former_id": "tram.md", "id": "train.md", "title": "Tram stops"}
        ]

    def test_hostile_titles_steer_no_terminal(self, run, three):
        write_lines(
            three / "news/wire.jsonl", {"id": "w\x1b[2J1", "title": "\x1b]0;x\x07\u202eFerry"}
        )
        run("index")
        last = current(run)
        for words in ([], ["--json"]):
            outcome = run("diff", last - 1, last, *words)
            assert "Ferry" in outcome.out
            assert not {"\x1b", "\x07", "\u202e"} & set(outcome.out)

    def test_of_one_with_itself(self, run, three):
        last = current(run)
        assert run("diff", last, last).out == "no difference\n"

    def test_of_one_that_is_not_kept(self, run, three):
        outcome = run("diff", current(run), 77)
        assert outcome.code == 2
        assert "77" in outcome.complaint


class TestCheck:
    def test_a_sound_index(self, run, three):
        before = checksums(three / "index_data")
        outcome = run("check")
        assert (outcome.code, outcome.err) == (0, "")
        told = f"Generation {current(run)} is sound, and so is every other"
        assert f"{told}, as far as that tells; --deep reads every byte.\n" in outcome.out
        deep = run("check", "--deep")
        assert deep.code == 0
        assert deep.out.endswith(f"{told}.\n")
        assert checksums(three / "index_data") == before

    def test_as_json(self, run, three):
        answer = run("check", "--deep", "--json").json
        assert answer["sound"] is answer["deep"] is True
        assert answer["damages"] == answer["leftovers"] == []
        assert answer["generation"] == current(run)

    def test_a_flipped_byte_is_named(self, run, three):
        path = largest(three / "index_data")
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        outcome = run("check", "--deep")
        assert outcome.code == 4
        assert f"flipped {path.name}" in outcome.out
        (damage,) = run("check", "--deep", "--json").json["damages"]
        assert (damage["file"], damage["kind"]) == (path.name, "flipped")

    def test_a_file_that_is_gone_is_named_without_looking_deep(self, run, three):
        path = largest(three / "index_data")
        path.unlink()
        outcome = run("check")
        assert outcome.code == 4
        assert f"missing {path.name}" in outcome.out

    def test_a_file_that_may_not_be_read_is_not_called_damaged(self, run, three, monkeypatch):
        def denied(path, *_, **__):
            raise PermissionError(13, "Permission denied", str(path))

        name = f"generation-{current(run)}.json"
        read = Path.read_bytes
        monkeypatch.setattr(
            Path, "read_bytes", lambda path: denied(path) if path.name == name else read(path)
        )
        outcome = run("check")
        assert outcome.code == 4
        assert outcome.out.endswith(
            "What is searched cannot be read; check the permissions and the disk, and try again.\n"
        )

    @pytest.mark.parametrize(
        ("file", "text", "kind", "way_out"),
        [
            ("saved.json", '{"schema_version": 1, "sav', "flipped", "put back a copy"),
            ("saved.json", "", "flipped", "put back a copy"),
            ("saved.json", "[]", "foreign", "put back a copy"),
            ("saved.json", '{"schema_version": 1, "saved": [{}]}', "foreign", "put back a copy"),
            ("saved.json", '{"schema_version": 9}', "newer", "upgrade duowen"),
            ("alerts-pending.json", "x", "flipped", "remove it"),
            ("alerts-delivered.json", '{"schema_version": 1}', "foreign", "remove it"),
            ("alerts.jsonl", '{"number": 1}\n', "flipped", "put back a copy, or remove them"),
        ],
    )
    def test_a_damaged_file_of_alerts_is_named_with_the_way_out(
        self, run, three, file, text, kind, way_out
    ):
        (three / "index_data" / file).write_text(text)
        before = checksums(three / "index_data")
        outcome = run("check", "--json")
        assert outcome.code == 4
        assert outcome.json["sound"] is True
        (damage,) = outcome.json["damages"]
        assert (damage["file"], damage["kind"], damage["generations"]) == (file, kind, [])
        assert way_out in damage["detail"]
        told = run("check").out.splitlines()
        assert f"Generation {current(run)} is sound, and so is every other" in told[-2]
        assert told[-1] == f"A repair leaves {file} as it is: the way out stands above."
        assert run("repair").out.startswith("Nothing to repair; ")
        assert checksums(three / "index_data") == before

    def test_sound_files_of_alerts_are_looked_at(self, run, three):
        looked = run("check", "--json").json["files"]
        run("saved", "add", "ferries", "ferry")
        write_page(three / "news/ferry.md", "Ferry")
        run("index", "--alerts", "told.jsonl")
        outcome = run("check", "--deep", "--json")
        assert outcome.json["damages"] == []
        assert outcome.json["files"] >= looked + 3
        with (three / "index_data/alerts.jsonl").open("ab") as file:
            file.write(b'{"number": 2')  # what a killed process leaves
        assert run("check").code == 0

    def test_where_nobody_can_tell_which_generation_is_searched(self, run, three):
        (three / "index_data/current.json").write_text("x")
        outcome = run("check")
        assert outcome.code == 4
        assert outcome.out.endswith(
            "What is searched is damaged; duowen repair makes it sound again.\n"
        )

    @pytest.mark.parametrize("name", ["current.json", "generation-3.json"])
    @pytest.mark.parametrize(
        ("version", "way_out"),
        [
            (99, "a newer duowen; upgrade duowen to read it."),
            (1, "an older duowen; move the folder away and index your paths again."),
        ],
    )
    def test_another_version_is_not_called_damage_and_the_way_out_is_the_repairs_own(
        self, run, three, name, version, way_out
    ):
        path = three / "index_data" / name
        body = json.dumps({**json.loads(json.loads(path.read_bytes())["body"]), "format": version})
        path.write_text(json.dumps({"crc32": zlib.crc32(body.encode()), "body": body}))
        outcome = run("check")
        assert outcome.code == 4
        assert outcome.out.endswith(f"\nWhat is searched was written by {way_out}\n")
        assert run("repair").complaint.endswith(f"{name} was written by {way_out}")


class TestRepair:
    def test_nothing_to_repair(self, run, three):
        before = checksums(three / "index_data")
        outcome = run("repair")
        assert outcome.code == 0
        assert outcome.out.startswith("Nothing to repair; generation ")
        assert checksums(three / "index_data") == before

    def test_where_another_generation_is_damaged_the_check_names_the_way_out(self, run, three):
        last = current(run)
        (three / f"index_data/generation-{last - 1}.json").write_bytes(b"")
        outcome = run("check")
        assert outcome.code == 4
        assert outcome.out.splitlines()[-1] == (
            f"Generation {last}, which is searched, is sound; damaged: {last - 1}."
            " Run duowen repair to let go of what is damaged."
        )
        outcome = run("repair")
        assert outcome.code == 0
        assert f"not kept any longer: {last - 1}; generation {last} with 2 articles" in outcome.out
        assert run("check", "--deep").code == 0
        assert last - 1 not in numbers(run)

    def test_a_damaged_index_is_sound_again(self, run, three):
        path = largest(three / "index_data")
        path.unlink()
        outcome = run("repair", "--json")
        assert outcome.code == 0
        assert outcome.json["action"] in ("rolled back", "rebuilt")
        assert outcome.json["damages"][0]["file"] == path.name
        assert run("index").code == 0
        assert run("stats", "--json").json["articles"] == 2
        assert run("title:closes").code == 0


@pytest.mark.parametrize("command", ["generations", "check", "repair", "rollback"])
def test_an_engine_that_keeps_no_generations_says_so(run, desk, command):
    (desk / "duowen.yaml").write_text("engine: whoosh\n")
    write_page(desk / "news/bridge.md")
    assert run("index", "news").code == 0
    outcome = run(command)
    assert outcome.code == 1
    assert outcome.complaint
