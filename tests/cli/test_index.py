"""`duowen index`: the index in line with the paths, whatever happens to them."""

import json
import os

import pytest

from tests.cli.desk import checksums, write_lines, write_page

COUNTS = ("added", "updated", "removed", "moved", "unchanged", "rejected")


def counted(outcome):
    """Return the counts of a report that are not zero."""
    assert tuple(outcome.json["counts"]) == COUNTS
    return {name: count for name, count in outcome.json["counts"].items() if count}


@pytest.fixture
def news(desk):
    """Three articles in a folder."""
    write_page(desk / "news/bridge.md")
    write_page(desk / "news/deep/tram.md", "Tram stops", "广州的有轨电车停了。")
    write_lines(desk / "news/wire.jsonl", {"id": "w1", "title": "Ferry late", "body": "Fog again."})
    return desk / "news"


def test_a_folder_is_indexed_and_stdout_stays_empty(run, news):
    outcome = run("index", news)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.sentence.startswith("duowen: 3 added; 3 articles in index_data (")


def test_a_report_is_the_last_line_of_stdout(run, news):
    outcome = run("index", news, "--report", "-")
    assert outcome.out.count("\n") == 1
    assert outcome.json["schema_version"] == 1
    assert counted(outcome) == {"added": 3}
    assert outcome.json["articles"] == 3
    assert outcome.json["rejected"] == outcome.json["warnings"] == []


def test_a_report_goes_to_a_file_whole(run, news, desk):
    (desk / "report.json").write_text("old")
    run("index", news, "--report", "report.json")
    assert json.loads((desk / "report.json").read_text())["counts"]["added"] == 3
    assert sorted(os.listdir(desk)) == ["index_data", "news", "report.json"]


def test_a_report_to_a_pipe_does_not_replace_it(run, news, desk):
    os.mkfifo(desk / "pipe")
    reader = os.open(desk / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("index", news, "--report", "pipe").code == 0
        assert json.loads(os.read(reader, 100_000))["counts"]["added"] == 3
    finally:
        os.close(reader)
    assert (desk / "pipe").is_fifo()


@pytest.mark.parametrize("target", ["nowhere/report.json", "news"])
def test_a_report_that_cannot_be_written_is_told_before_the_work(run, news, desk, target):
    outcome = run("index", news, "--report", target)
    assert outcome.code == 2
    assert target in outcome.err
    assert not (desk / "index_data").exists()


def test_quiet_says_nothing_but_rejections(run, news):
    assert run("index", news, "-q") == (0, "", "")
    write_lines(news / "wire.jsonl", {"id": "w1"})
    outcome = run("index", news, "-q")
    assert outcome.code == 3
    assert "Rejected" in outcome.sentence


@pytest.mark.parametrize(
    "again", [("index", "news"), ("index",), ("index", "news/../news/", "news")]
)
def test_indexing_the_same_again_changes_not_one_byte(run, news, desk, again):
    run("index", "news")
    before = checksums(desk / "index_data")
    outcome = run(*again, "--report", "-")
    assert (outcome.code, counted(outcome)) == (0, {"unchanged": 3})
    assert outcome.json["generation_before"] == outcome.json["generation"]
    assert checksums(desk / "index_data") == before


def test_indexing_the_same_rejections_again_changes_not_one_byte(run, news, desk):
    write_lines(news / "bad.jsonl", {"id": "b1"}, {"id": "b2", "title": "fine"})
    run("index", "news")
    before = checksums(desk / "index_data")
    assert run("index", "news").code == 3
    assert checksums(desk / "index_data") == before


def test_an_edited_article_replaces_its_old_self(run, news):
    run("index", news)
    write_page(news / "bridge.md", "Bridge closes", "Cracks were found.")
    assert counted(run("index", news, "--report", "-")) == {"updated": 1, "unchanged": 2}
    assert run("search", "cracks").code == 0
    assert run("search", "opened").code == 1
    assert run("stats", "--json").json["articles"] == 3


def test_a_touched_file_is_unchanged(run, news):
    run("index", news)
    os.utime(news / "bridge.md", (1, 1))
    assert counted(run("index", news, "--report", "-")) == {"unchanged": 3}


def test_the_articles_of_a_removed_file_go(run, news):
    run("index", news)
    (news / "bridge.md").unlink()
    assert counted(run("index", news, "--report", "-")) == {"removed": 1, "unchanged": 2}
    assert run("search", "bridge").code == 1


def test_an_article_taken_out_of_its_file_goes(run, news):
    run("index", news)
    write_lines(news / "wire.jsonl", {"id": "w2", "title": "Ferry early"})
    assert counted(run("index", news, "--report", "-")) == {
        "added": 1,
        "removed": 1,
        "unchanged": 2,
    }


def test_a_renamed_file_has_moved(run, news):
    run("index", news)
    (news / "bridge.md").rename(news / "span.md")
    (news / "wire.jsonl").rename(news / "deep/cable.jsonl")
    assert counted(run("index", news, "--report", "-")) == {"moved": 2, "unchanged": 1}
    paths = [hit["path"] for hit in run("bridge OR ferry", "--json").json["hits"]]
    assert sorted(paths) == [str(news / "deep/cable.jsonl"), str(news / "span.md")]
    assert counted(run("index", "--report", "-")) == {"unchanged": 3}


def test_a_file_renamed_and_edited_is_another_article(run, news):
    run("index", news)
    (news / "bridge.md").unlink()
    write_page(news / "span.md", "Bridge closes")
    assert counted(run("index", news, "--report", "-")) == {
        "added": 1,
        "removed": 1,
        "unchanged": 2,
    }


def test_a_file_that_was_named_itself_and_moved_away_is_found_under_its_new_name(run, news, desk):
    run("index", "news/bridge.md")
    (news / "bridge.md").rename(desk / "elsewhere.md")
    assert counted(run("index", "elsewhere.md", "--report", "-")) == {"moved": 1}
    assert run("stats", "--json").json["articles"] == 1


def test_a_copy_is_an_article_of_its_own(run, news):
    run("index", news)
    (news / "copy.md").write_bytes((news / "bridge.md").read_bytes())
    assert counted(run("index", news, "--report", "-")) == {"added": 1, "unchanged": 3}


def test_the_same_files_through_another_root_are_no_second_articles(run, news):
    run("index", news)
    assert counted(run("index", news / "deep", "--report", "-")) == {"moved": 1}
    assert counted(run("index", news / "bridge.md", "--report", "-")) == {"unchanged": 1}
    for _ in range(2):
        assert not {"added", "removed"} & set(counted(run("index", "--report", "-")))
        assert run("stats", "--json").json["articles"] == 3


def test_what_lies_under_other_paths_stays(run, news, desk):
    write_page(desk / "other/mine.md", "Mine reopens")
    run("index", news)
    (news / "bridge.md").unlink()
    assert counted(run("index", "other", "--report", "-")) == {"added": 1}
    assert run("stats", "--json").json["articles"] == 4
    assert counted(run("index", "--report", "-")) == {"removed": 1, "unchanged": 3}


def test_no_path_without_known_ones_says_what_to_do(run, desk):
    outcome = run("index")
    assert outcome.code == 4
    assert "duowen index PATH" in outcome.complaint


def test_one_bad_article_does_not_stop_the_others(run, news, desk):
    (news / "wire.jsonl").write_text(
        '{"id": "w1", "title": "Ferry late"}\n{"id": "w2", "title": broken\n{"id": "w3", "title": "Ferry on time"}\n'
    )
    outcome = run("index", news, "--report", "-")
    assert outcome.code == 3
    assert counted(outcome) == {"added": 4, "rejected": 1}
    assert f"{news}/wire.jsonl:2: " in outcome.err.splitlines()[0]
    (kept,) = (desk / "index_data/quarantine.jsonl").read_text().splitlines()
    assert json.loads(kept) == outcome.json["rejected"][0]


def test_the_quarantine_is_emptied_when_all_is_well_again(run, news, desk):
    write_lines(news / "bad.jsonl", {"id": "b1"})
    run("index", news)
    assert (desk / "index_data/quarantine.jsonl").exists()
    write_lines(news / "bad.jsonl", {"id": "b1", "title": "good"})
    assert run("index", news).code == 0
    assert not (desk / "index_data/quarantine.jsonl").exists()


def test_many_rejections_are_counted_rather_than_told(run, desk):
    write_lines(desk / "bad.jsonl", *({"id": str(n)} for n in range(1500)))
    outcome = run("index", "bad.jsonl")
    lines = outcome.err.splitlines()
    assert len(lines) == 12
    assert lines[10] == "duowen: And 1,490 more rejected, all in quarantine.jsonl of the index."
    assert lines[11].startswith("duowen: 1,500 rejected; 0 articles in index_data")


def test_an_id_taken_twice_is_rejected_and_the_first_keeps_it(run, desk):
    write_lines(desk / "a.jsonl", {"id": "x", "title": "first"})
    write_lines(desk / "b.jsonl", {"id": "x", "title": "second"}, {"id": "y", "title": "third"})
    outcome = run("index", "a.jsonl", "b.jsonl")
    assert outcome.code == 3
    assert f"'x' was already taken by another article, in {desk}/a.jsonl; give" in outcome.err
    write_lines(desk / "b.jsonl", {"id": "x", "title": "second"})
    assert counted(run("index", "--report", "-")) == {"removed": 1, "unchanged": 1, "rejected": 1}


def test_forgetting_what_lies_in_a_known_folder_says_that_it_comes_back(run, news, desk):
    write_page(desk / "news/sub/new.md", "New")
    write_page(desk / "other/old.md", "Old")
    run("index", "news", "other")
    outcome = run("index", "--forget", "news/sub", "other")
    assert outcome.code == 0
    assert outcome.sentence == (
        f"duowen: 2 removed, but duowen index adds again what is there, as it looks at {desk}/news;"
        " forget that as well, or move the files."
    )
    assert run("index", "--report", "-").json["counts"]["added"] == 1
    assert "will not be looked at again" in run("index", "--forget", "news").err


def test_the_index_does_not_index_itself(run, news, desk):
    write_lines(desk / "bad.jsonl", {"id": "b1"})
    assert run("index", ".").code == 3
    outcome = run("index", ".", "--report", "-")
    assert counted(outcome) == {"unchanged": 3, "rejected": 1}
    assert counted(run("index", "--report", "-")) == {"unchanged": 3, "rejected": 1}


class TestStandardInput:
    def test_is_indexed_with_the_ids_it_gives(self, run):
        line = b'{"id": "s1", "title": "From a pipe"}\n'
        assert counted(run("index", "-", "--report", "-", stdin=line)) == {"added": 1}
        assert counted(run("index", "-", "--report", "-", stdin=line)) == {"unchanged": 1}
        assert run("show", "s1", "--json").json["path"] == "-"

    def test_two_pipes_without_ids_are_two_articles(self, run):
        first, second = b'{"title": "One pipe"}', b'{"title": "Another pipe"}'
        run("index", "-", stdin=first)
        assert counted(run("index", "-", "--report", "-", stdin=second)) == {"added": 1}
        assert counted(run("index", "-", "--report", "-", stdin=first)) == {"unchanged": 1}
        ids = [hit["id"] for hit in run("pipe", "--json").json["hits"]]
        assert len(ids) == 2
        assert run("show", ids[0]).code == 0

    def test_is_never_pruned(self, run, news):
        run("index", "-", news, stdin=b'{"id": "s1", "title": "From a pipe"}')
        assert counted(run("index", "--report", "-")) == {"unchanged": 3}
        assert counted(
            run("index", "-", "--report", "-", stdin=b'{"id": "s2", "title": "Next"}')
        ) == {"added": 1}
        assert run("stats", "--json").json["articles"] == 5

    def test_the_same_text_from_a_file_is_another_article(self, run, desk):
        run("index", "-", stdin=b'{"id": "s1", "title": "Twice told"}')
        write_lines(desk / "a.jsonl", {"id": "f1", "title": "Twice told"})
        assert counted(run("index", "a.jsonl", "--report", "-")) == {"added": 1}
        assert run("stats", "--json").json["articles"] == 2

    @pytest.mark.parametrize(
        "rubbish", [b"", bytes(range(256)) * 20, b"\xff\xfe\x00", b'{"title": "cut']
    )
    def test_rubbish_is_rejected(self, run, news, rubbish):
        run("index", news)
        outcome = run("index", "-", stdin=rubbish)
        assert outcome.code == 3
        assert outcome.err.startswith("duowen: Rejected -: ") or outcome.err.startswith(
            "duowen: Rejected -:1: "
        )
        assert run("stats", "--json").json["articles"] == 3


class TestWhatCannotBeRead:
    """One sentence that ends with the way out, the code, and what was indexed is still there."""

    @pytest.fixture(autouse=True)
    def indexed(self, run, news, desk):
        run("index", news)
        yield
        assert run("bridge").code == 0
        assert run("stats", "--json").json["articles"] == 3

    def test_a_path_that_is_not_there(self, run, desk):
        outcome = run("index", "nwes")
        assert outcome.code == 2
        assert f"'{desk}/nwes' does not exist" in outcome.complaint

    def test_a_path_that_is_not_there_beside_a_good_one(self, run, news, desk):
        (news / "bridge.md").rename(news / "span.md")
        before = checksums(desk / "index_data")
        assert run("index", news, "nwes").code == 2
        assert checksums(desk / "index_data") == before

    def test_a_folder_without_articles(self, run, desk):
        (desk / "empty").mkdir()
        outcome = run("index", "empty")
        assert outcome.code == 1
        assert "holds no article files" in outcome.complaint

    def test_a_known_folder_that_is_empty_now(self, run, news, desk):
        """An archive that is not mounted looks like this: nothing is forgotten because of it."""
        news.rename(desk / "away")
        news.mkdir()
        for again in (("index", news), ("index",)):
            assert run(*again).code == 1
        news.rmdir()
        assert run("index").code == 2
        (desk / "away").rename(news)

    @pytest.mark.parametrize("name", ["a.txt", "a.md", "a.json", "a.jsonl", "a.csv", "a.jsonl.gz"])
    def test_an_empty_file(self, run, desk, name):
        (desk / name).write_bytes(b"")
        outcome = run("index", name)
        assert outcome.code == 3
        assert f"Rejected {desk}/{name}: The f" in outcome.err

    @pytest.mark.parametrize(
        "name", ["a.txt", "a.md", "a.json", "a.jsonl", "a.csv", "a.jsonl.gz", "a.png"]
    )
    def test_a_binary_file(self, run, desk, name):
        (desk / name).write_bytes(bytes(range(256)) * 40)
        outcome = run("index", name)
        assert outcome.code == 3
        assert all(line.startswith("duowen: ") for line in outcome.err.splitlines())
        assert f"Rejected {desk}/{name}" in outcome.err

    def test_a_file_that_was_cut_off_keeps_what_it_held(self, run, news):
        whole = (news / "wire.jsonl").read_bytes()
        (news / "wire.jsonl").write_bytes(whole[:-10])
        outcome = run("index", news, "--report", "-")
        assert outcome.code == 3
        assert counted(outcome) == {"unchanged": 2, "rejected": 1}
        assert "wire.jsonl:1: The line is not whole JSON" in outcome.err
        assert run("ferry").code == 0


def test_a_known_file_that_was_deleted_goes_and_the_others_are_brought_in_line(run, news, desk):
    write_page(desk / "single.md", "Single file")
    run("index", news, "single.md")
    (desk / "single.md").unlink()
    (news / "bridge.md").unlink()
    outcome = run("index", "--report", "-")
    assert (outcome.code, counted(outcome)) == (0, {"removed": 2, "unchanged": 2})
    assert counted(run("index", "--report", "-")) == {"unchanged": 2}


def test_a_known_folder_that_is_missing_keeps_its_articles_and_does_not_stop_the_others(
    run, news, desk
):
    write_page(desk / "disk/far.md", "Far away")
    run("index", news, "disk")
    (desk / "disk").rename(desk / "unmounted")
    (news / "bridge.md").unlink()
    outcome = run("index", "--report", "-")
    assert outcome.code == 3
    assert counted(outcome) == {"removed": 1, "unchanged": 2, "rejected": 1}
    assert f"Rejected {desk}/disk: '{desk}/disk' does not exist" in outcome.err
    assert run("far").code == 0
