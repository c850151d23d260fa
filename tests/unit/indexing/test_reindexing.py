"""Jobs through their door: exact reports, nothing written where nothing changed, nothing lost."""

import io
import json
import os
import shutil
import sys
from contextlib import closing, contextmanager
from dataclasses import asdict

import pytest

from search import (
    ArticleError,
    ConfigError,
    IndexBusy,
    IndexMissing,
    IndexTooOld,
    PruneRefused,
    alerting,
    forget,
    open_index,
    reindex,
)
from search.engines.lock import exclusive
from search.engines.registry import open_engine
from search.indexing import history, job
from search.indexing.report import Step
from search.sources import walking
from search.sources.options import DEFAULT_OPTIONS

LONG_AGO = 1_700_000_000


class Archive:
    """A folder of articles, all of them written long ago unless said otherwise."""

    def __init__(self, folder):
        self.folder = folder
        self.index = folder.parent / "index"
        self.times = iter(range(LONG_AGO, LONG_AGO + 1_000_000))
        folder.mkdir()

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.age(name)

    def page(self, name, body):
        self.write(name, f"---\ntitle: Page\n---\n{body}\n")

    def lines(self, name, records):
        self.write(name, "".join(json.dumps(record) + "\n" for record in records))

    def age(self, name):
        os.utime(self.folder / name, (1, next(self.times)))

    def run(self, *paths, **options):
        return reindex(paths or [self.folder], self.index, **options)

    def counts(self, *paths, **options):
        return counted(self.run(*paths, **options))


def counted(report):
    return {name: count for name, count in asdict(report.counts).items() if count}


def snapshot(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def holdings(index):
    """Return id -> (path, body) of all articles."""
    engine = open_engine("local", index)
    try:
        articles = [engine.get(one) for one in engine.held()]
        return {one.id: (one.path, one.body) for one in articles}
    finally:
        engine.close()


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "news")


@pytest.fixture
def opened(monkeypatch):
    """The files that are opened."""
    names = []
    read = job.read

    def noting(file, options):
        names.append(file.relative)
        return read(file, options)

    monkeypatch.setattr("search.indexing.job.read", noting)
    return names


QUERIES = ("page", "bridge", "story 7", "一号", '"bridge story"')


def answers(index):
    with open_index(index) as opened:
        return [
            [(hit.id, hit.score, hit.path, hit.snippets) for hit in opened.search(query).hits]
            for query in QUERIES
        ]


def body(number):
    return f"Bridge story {number} 一号桥 word{number}"


def test_a_thousand_pages_and_what_happens_to_them(archive, opened):
    for n in range(1000):
        archive.page(f"{n % 10}/{n:04}.md", body(n))
    assert archive.counts() == {"added": 1000}
    for n in range(10):
        archive.page(f"{n % 10}/{n:04}.md", f"Edited {n}")
    for n in range(10, 15):
        (archive.folder / f"{n % 10}/{n:04}.md").unlink()
    for n in range(15, 20):
        (archive.folder / f"{n % 10}/{n:04}.md").rename(archive.folder / f"renamed-{n}.md")
    for n in range(1000, 1020):
        archive.page(f"new/{n}.md", body(n))
    opened.clear()
    report = archive.run()
    expected = {"added": 20, "updated": 10, "removed": 5, "moved": 5, "unchanged": 980}
    assert counted(report) == expected
    assert report.articles == 1015
    assert len(opened) == 35  # nothing else was read
    assert_nothing_to_do(archive, 1015, opened)


def test_a_thousand_lines_and_what_happens_to_them(archive, opened):
    records = {n: {"id": f"r{n}", "title": "Page", "body": body(n)} for n in range(1000)}
    archive.lines("wire.jsonl", records.values())
    assert archive.counts() == {"added": 1000}
    for n in range(10):
        records[n]["body"] = f"Edited {n}"
    for n in range(10, 15):
        del records[n]
    moved = [records.pop(n) for n in range(15, 20)]
    records |= {n: {"id": f"r{n}", "title": "Page", "body": body(n)} for n in range(1000, 1020)}
    archive.lines("wire.jsonl", records.values())
    archive.lines("other.jsonl", moved)
    expected = {"added": 20, "updated": 10, "removed": 5, "moved": 5, "unchanged": 980}
    assert archive.counts() == expected
    assert_nothing_to_do(archive, 1015, opened)


def assert_nothing_to_do(archive, articles, opened):
    before, found = snapshot(archive.index), answers(archive.index)
    opened.clear()
    for options in ({}, {}, {"reread": True}):
        report = archive.run(**options)
        assert counted(report) == {"unchanged": articles}
        assert report.generation == report.generation_before
        assert snapshot(archive.index) == before
        assert answers(archive.index) == found
        if not options:
            assert opened == []
            assert report.summary("index").startswith("nothing to do, ")
    for name in os.listdir(archive.folder):  # a touch changes nothing either
        archive.age(name)
    assert counted(archive.run()) == {"unchanged": articles}
    assert snapshot(archive.index) == before


class TestProof:
    """A file is not opened where size and time prove that it need not be; else the text decides."""

    @pytest.fixture(autouse=True)
    def indexed(self, archive):
        for name in ("a.md", "b.md", "deep/c.md"):
            archive.page(name, f"Text of {name}")
        archive.lines("w.jsonl", ({"id": f"w{n}", "title": f"Wire {n}"} for n in range(10)))
        assert archive.counts() == {"added": 13}

    def test_nothing_is_opened_and_nothing_compared(self, archive, opened, monkeypatch):
        def never(_self):
            raise AssertionError("held() was called")

        monkeypatch.setattr("search.engines.local.LocalEngine.held", never)
        assert archive.counts() == {"unchanged": 13}
        assert opened == []

    def test_an_edit_of_the_same_length_within_the_same_second_is_seen(self, archive):
        path = archive.folder / "a.md"
        at = path.stat().st_mtime_ns
        path.write_text(path.read_text().replace("Text", "text"))
        os.utime(path, ns=(1, at + 1))
        assert archive.counts() == {"updated": 1, "unchanged": 12}

    def test_a_forged_time_hides_an_edit_until_everything_is_read(self, archive, opened):
        path = archive.folder / "a.md"
        at = path.stat().st_mtime_ns
        path.write_text(path.read_text().replace("Text", "text"))
        os.utime(path, ns=(1, at))
        assert archive.counts() == {"unchanged": 13}
        assert archive.counts(reread=True) == {"updated": 1, "unchanged": 12}

    def test_a_file_written_just_now_is_read_again(self, archive, opened):
        archive.page("n.md", "New")
        os.utime(archive.folder / "n.md")
        assert archive.counts() == {"added": 1, "unchanged": 13}
        opened.clear()
        assert archive.counts() == {"unchanged": 14}
        assert opened == ["n.md"]

    def test_a_file_with_a_rejection_or_a_duplicate_is_read_each_time(self, archive, opened):
        archive.lines("x.jsonl", [{"id": "x1", "title": "x"}, {"id": "x2"}])
        archive.lines("y.jsonl", [{"id": "x1", "title": "x"}])
        archive.lines("z.jsonl", [{"id": "w3", "title": "not that of w3"}])
        assert archive.counts() == {"added": 1, "unchanged": 13, "rejected": 2}
        for _ in range(2):
            opened.clear()
            before = snapshot(archive.index)
            assert archive.counts() == {"unchanged": 14, "rejected": 2}
            assert opened == ["x.jsonl", "y.jsonl", "z.jsonl"]
            assert snapshot(archive.index) == before

    def test_other_settings_have_everything_read(self, archive, opened):
        names = {**DEFAULT_OPTIONS.names, "source": ("agency",)}
        settings = DEFAULT_OPTIONS._replace(names=names)
        assert archive.counts(sources=settings) == {"unchanged": 13}
        assert len(opened) == 4

    def test_another_version_of_the_readers_has_everything_read(self, archive, opened, monkeypatch):
        monkeypatch.setattr("search.indexing.known_files.READING_VERSION", 99)
        assert archive.counts() == {"unchanged": 13}
        assert len(opened) == 4

    def test_the_same_file_through_another_root_is_read(self, archive, opened):
        deep = archive.folder / "deep"
        assert archive.counts(deep) == {"moved": 1}
        assert opened == ["c.md"]
        opened.clear()
        assert archive.counts(deep) == {"unchanged": 1}
        assert opened == []

    def test_two_roots_that_overlap_settle(self, archive, opened):
        both = (archive.folder, archive.folder / "a.md", archive.folder / "deep")
        assert archive.counts(*both) == {"unchanged": 13}
        opened.clear()
        assert archive.counts(*both) == {"unchanged": 13}
        assert opened == []

    def test_compressed_files_and_links_are_files(self, archive, opened):
        import gzip

        data = gzip.compress(json.dumps({"id": "z", "title": "Packed"}).encode(), mtime=0)
        (archive.folder / "z.jsonl.gz").write_bytes(data)
        archive.age("z.jsonl.gz")
        archive.page(".store", "Linked")
        (archive.folder / "l.md").symlink_to(".store")
        assert archive.counts() == {"added": 2, "unchanged": 13}
        opened.clear()
        assert archive.counts() == {"unchanged": 15}
        assert opened == []
        archive.page(".store", "Linked and edited")
        assert archive.counts() == {"updated": 1, "unchanged": 14}

    def test_a_folder_that_cannot_be_listed_is_not_gone(self, archive, opened, monkeypatch):
        scandir = os.scandir
        closed = str(archive.folder / "deep")

        def refusing(path="."):
            if path == closed:
                raise PermissionError(13, "Permission denied")
            return scandir(path)

        with monkeypatch.context() as patched:
            patched.setattr(os, "scandir", refusing)
            archive.page("n.md", "New")
            assert archive.counts() == {"added": 1, "unchanged": 12, "rejected": 1}
        opened.clear()
        assert archive.counts() == {"unchanged": 14}
        assert opened == []

    def test_a_file_that_was_cut_off_and_is_whole_again(self, archive, opened):
        """Its old size and time prove nothing any more: part of the broken one was taken over."""
        path = archive.folder / "w.jsonl"
        whole, at = path.read_bytes(), path.stat().st_mtime_ns
        path.write_bytes(whole.replace(b"Wire 0", b"Wire X")[:-8])
        assert archive.counts() == {"updated": 1, "unchanged": 11, "rejected": 1}
        path.write_bytes(whole)
        os.utime(path, ns=(1, at))
        assert archive.counts() == {"updated": 1, "unchanged": 12}

    def test_an_article_that_was_removed_by_hand_comes_back(self, archive, opened):
        with open_index(archive.index) as index, index.writer() as writer:
            writer.remove("w3")
        assert archive.counts() == {"added": 1, "unchanged": 12}
        assert opened == ["w.jsonl"]
        opened.clear()
        assert archive.counts() == {"unchanged": 13}
        assert opened == []

    def test_it_comes_back_also_where_another_one_was_put(self, archive, opened):
        from search import Article

        with open_index(archive.index) as index, index.writer() as writer:
            writer.remove("w3")
            writer.put(Article(id="mine", body="By hand"))  # so there are as many as before
        assert archive.counts() == {"added": 1, "unchanged": 12}
        assert opened == ["w.jsonl"]

    def test_an_article_put_by_hand_stays_and_costs_no_reading(self, archive, opened):
        from search import Article

        with open_index(archive.index) as index, index.writer() as writer:
            writer.put(Article(id="mine", body="By hand"))
        for _ in range(2):
            assert archive.counts() == {"unchanged": 13}
            assert opened == []
        archive.page("n.md", "New")
        assert archive.counts() == {"added": 1, "unchanged": 13}
        assert "mine" in holdings(archive.index)

    def test_what_was_forgotten_comes_back_where_it_is_asked_for(self, archive, opened):
        assert forget(archive.folder / "w.jsonl", archive.index) == 10
        assert archive.counts() == {"added": 10, "unchanged": 3}
        assert opened == ["w.jsonl"]

    def test_an_article_that_went_over_to_a_file_indexed_apart_is_noticed(self, archive, opened):
        archive.lines("w2.jsonl", [{"id": "w3", "title": "Wire 3"}])
        assert archive.counts(archive.folder / "w2.jsonl") == {"moved": 1}
        opened.clear()
        assert archive.counts(reread=False) == {"moved": 1, "unchanged": 12}
        assert set(opened) == {"w.jsonl", "w2.jsonl"}

    def test_a_file_of_which_nothing_is_known_is_noticed_when_it_goes(self, archive):
        archive.lines("x.jsonl", [{"id": "x1", "title": "x"}, {"id": "x2"}])
        assert archive.counts() == {"added": 1, "unchanged": 13, "rejected": 1}
        (archive.folder / "x.jsonl").unlink()
        assert archive.counts() == {"removed": 1, "unchanged": 13}
        assert archive.counts() == {"unchanged": 13}


def test_an_article_that_is_too_long_is_rejected_and_its_old_self_stays(archive, monkeypatch):
    for name in ("a.md", "b.md"):
        archive.page(name, "Bridge")
    archive.run()
    monkeypatch.setattr("search.engines.limits.MAX_POSITION", 100)
    for name in ("a.md", "c.md"):
        archive.page(name, "long " * 200)
    archive.page("d.md", "Tunnel")
    report = archive.run()
    assert counted(report) == {"added": 1, "unchanged": 1, "rejected": 2}
    assert [one.path for one in report.rejected] == [
        str(archive.folder / "a.md"), str(archive.folder / "c.md"),
    ]  # fmt: skip
    assert "split it" in report.rejected[0].reason
    assert holdings(archive.index)["a.md"][1] == "Bridge"
    assert archive.counts() == {"unchanged": 2, "rejected": 2}


def test_standard_input_is_read_without_asking_whether_to_stop(archive, monkeypatch):
    """A read that waits cannot ask; the signal is to end the run at once."""

    def asked():
        raise AssertionError("it was asked")

    stdin = io.TextIOWrapper(io.BytesIO(b'{"id": "s", "title": "Piped"}'))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert archive.counts("-", stopping=asked) == {"added": 1}


class TestBrake:
    @pytest.fixture(autouse=True)
    def indexed(self, archive):
        for n in range(10):
            archive.page(f"{n}.md", body(n))
        archive.run()

    def test_more_than_a_fifth_is_not_removed_at_once(self, archive):
        for n in range(3):
            (archive.folder / f"{n}.md").unlink()
        before = holdings(archive.index)
        with pytest.raises(PruneRefused) as refused:
            archive.run()
        assert str(refused.value) == (
            f"This run would remove 3 of the 10 articles of {archive.folder}, so nothing was written;"
            f" check that it is whole and mounted, or use --force-prune."
        )
        assert holdings(archive.index) == before
        assert history.read(archive.index)[-1]["outcome"] == "failed"
        with pytest.raises(PruneRefused):
            archive.run(dry_run=True)
        assert archive.counts(force_prune=True) == {"removed": 3, "unchanged": 7}

    def test_a_fifth_may_go(self, archive):
        for n in range(2):
            (archive.folder / f"{n}.md").unlink()
        assert archive.counts() == {"removed": 2, "unchanged": 8}

    def test_what_has_moved_is_not_removed(self, archive):
        (archive.folder / "deep").mkdir()
        for n in range(10):
            (archive.folder / f"{n}.md").rename(archive.folder / f"deep/{n}.md")
        assert archive.counts() == {"moved": 10}

    def test_a_small_path_is_guarded_beside_a_large_one(self, archive):
        for n in range(2):
            archive.page(f"../disk/far-{n}.md", f"Far {n}")
        disk = archive.folder.parent / "disk"
        archive.run(disk)
        shutil.rmtree(disk)
        disk.mkdir()
        (disk / "other.md").write_text("# Else\n")
        with pytest.raises(PruneRefused, match=r"2 of the 2 articles of .*disk,"):
            archive.run(archive.folder.parent)

    def test_to_forget_is_meant(self, archive):
        assert forget(archive.folder, archive.index) == 10


class TestDryRun:
    def test_makes_no_index(self, archive):
        archive.page("a.md", "Text")
        report = archive.run(dry_run=True)
        assert (report.dry_run, counted(report), report.generation) == (True, {"added": 1}, 0)
        assert report.changes == (Step("a.md", "added", str(archive.folder / "a.md")),)
        assert report.articles == 1
        assert report.summary("there").startswith("dry run, nothing was written: 1 added;")
        assert report.as_mapping()["changes"] == [
            {"id": "a.md", "change": "added", "path": str(archive.folder / "a.md")}
        ]
        assert not archive.index.exists()
        with pytest.raises(IndexMissing):
            reindex([], archive.index, dry_run=True)

    @pytest.mark.parametrize("rebuild", [False, True])
    def test_tells_what_the_run_then_does(self, archive, rebuild):
        for n in range(10):
            archive.page(f"{n}.md", body(n))
        archive.run()
        archive.page("0.md", "Edited")
        (archive.folder / "1.md").unlink()
        (archive.folder / "2.md").rename(archive.folder / "two.md")
        archive.page("new.md", "New")
        archive.lines("bad.jsonl", [{"id": "b"}])
        before = snapshot(archive.index)
        dry = archive.run(dry_run=True, rebuild=rebuild)
        assert snapshot(archive.index) == before
        wet = archive.run(rebuild=rebuild)
        assert dry.counts == wet.counts
        assert dry.rejected == wet.rejected
        assert (dry.articles, dry.generation_before) == (wet.articles, wet.generation_before)
        assert {(step.id, step.change) for step in dry.changes} == {
            ("0.md", "updated"), ("1.md", "removed"), ("two.md", "moved"), ("new.md", "added"),
        }  # fmt: skip
        assert wet.changes == ()
        assert "changes" not in wet.as_mapping()


class TestPlaces:
    def test_a_link_that_comes_before_its_file_takes_its_place(self, archive):
        archive.page("z/1.md", body(1))
        archive.page("z/2.md", body(2))
        archive.run()
        (archive.folder / "latest").symlink_to(archive.folder / "z")
        assert archive.counts() == {"moved": 2}
        archive.page("z/1.md", "Edited")
        assert archive.counts() == {"updated": 1, "unchanged": 1}
        assert set(holdings(archive.index)) == {"latest/1.md", "latest/2.md"}
        (archive.folder / "latest").unlink()
        assert archive.counts() == {"moved": 2}
        assert set(holdings(archive.index)) == {"z/1.md", "z/2.md"}

    def test_the_index_does_not_index_itself_through_a_link(self, archive):
        archive.index = archive.folder / "index"
        archive.page("1.md", body(1))
        archive.write("bad.jsonl", "{}\n")
        (archive.folder / "beside.json").symlink_to("index/current.json")
        link = archive.folder.parent / "link"
        link.symlink_to(archive.folder)
        assert archive.counts(link) == {"added": 1, "rejected": 1}
        assert archive.counts(link) == {"unchanged": 1, "rejected": 1}

    def test_a_file_is_gone_when_a_folder_has_its_name(self, archive):
        for n in range(8):
            archive.page(f"{n}.md", body(n))
        archive.run()
        (archive.folder / "3.md").unlink()
        archive.page("3.md/inside.md", "Inside")
        assert archive.counts() == {"added": 1, "removed": 1, "unchanged": 7}
        assert "3.md" not in holdings(archive.index)

    @pytest.mark.parametrize("rebuild", [False, True])
    @pytest.mark.parametrize("replace", [os.mkfifo, lambda path: path.symlink_to("../far/far.md")])
    def test_a_file_is_gone_when_what_has_its_name_is_not_read(self, archive, replace, rebuild):
        for n in range(8):
            archive.page(f"{n}.md", body(n))
        archive.page("../far/far.md", "Far away")
        archive.run()
        (archive.folder / "3.md").unlink()
        replace(archive.folder / "3.md")
        assert archive.counts(rebuild=rebuild) == {"removed": 1, "unchanged": 7}
        assert archive.counts() == {"unchanged": 7}

    def test_what_was_named_itself_stays_wherever_it_leads(self, archive):
        for n in range(8):
            archive.page(f"{n}.md", body(n))
        archive.page("../far/far.md", "Far away")
        link, folder = archive.folder / "link.md", archive.folder / "folder"
        link.symlink_to("../far/far.md")
        folder.symlink_to("../far")
        archive.run(archive.folder, link)
        assert archive.counts() == {"unchanged": 8}
        forget(link, archive.index)
        archive.run(archive.folder, folder)
        (archive.folder / "3.md").unlink()
        assert archive.counts() == {"removed": 1, "unchanged": 7}
        assert set(holdings(archive.index)) == {*(f"{n}.md" for n in range(8) if n != 3), "far.md"}

    def test_a_disk_that_knows_no_capitals_calls_a_file_otherwise(self, archive, monkeypatch):
        archive.page("A.md", body(1))
        archive.run()
        (archive.folder / "a.md").hardlink_to(archive.folder / "A.md")
        is_article = walking._is_article_file
        monkeypatch.setattr(
            walking, "_is_article_file", lambda name: name != "A.md" and is_article(name)
        )
        assert archive.counts() == {"moved": 1}
        assert set(holdings(archive.index)) == {"a.md"}

    def test_a_folder_may_be_named_like_a_file(self, archive):
        archive.page("news.md/1.md", body(1))
        archive.run(archive.folder / "news.md")
        archive.page("news.md/2.md", body(2))
        assert counted(reindex([], archive.index)) == {"added": 1, "unchanged": 1}


class TestRebuild:
    def test_is_as_from_scratch_and_keeps_what_is_elsewhere(self, archive):
        for n in range(20):
            archive.page(f"{n:02}.md", body(n))
        archive.lines("../else/w.jsonl", [{"id": "far", "title": "Far away"}])
        elsewhere = archive.folder.parent / "else"
        archive.run(archive.folder, elsewhere)
        archive.page("00.md", "Edited")
        (archive.folder / "01.md").unlink()
        (archive.folder / "02.md").rename(archive.folder / "two.md")
        shutil.rmtree(elsewhere)
        report = archive.run(rebuild=True)
        assert counted(report) == {"updated": 1, "removed": 1, "moved": 1, "unchanged": 17}
        assert (report.articles, report.generation) == (20, report.generation_before + 1)
        scratch = archive.folder.parent / "scratch"
        reindex([archive.folder], scratch)
        found = holdings(archive.index)
        assert found.pop("far") == (str(elsewhere / "w.jsonl"), "")
        assert found == holdings(scratch)
        assert history.read(archive.index)[-1]["action"] == "rebuild"
        assert archive.counts() == {"unchanged": 19}

    def test_keeps_what_cannot_be_read(self, archive):
        archive.lines("w.jsonl", [{"id": "1", "title": "one"}, {"id": "2", "title": "two"}])
        archive.run()
        archive.write("w.jsonl", '{"id": "1", "title": "one"}\n{"id": "2", "tit')
        report = archive.run(rebuild=True)
        assert counted(report) == {"unchanged": 1, "rejected": 1}
        assert set(holdings(archive.index)) == {"1", "2"}

    @pytest.mark.parametrize("rest", ["there", "gone"])
    def test_of_an_index_that_an_older_version_cut(self, archive, monkeypatch, rest):
        """What has not changed is still told as unchanged, and what is not there is cut from its text."""
        for n in range(5):
            archive.page(f"{n}.md", body(n))
        archive.lines("../else/w.jsonl", [{"id": "far", "title": "Far bridge"}])
        elsewhere = archive.folder.parent / "else"
        versions = (
            "engines.creating", "engines.local", "engines.local_writer", "engines.document_columns",
            "indexing.job", "indexing.known_files",
        )  # fmt: skip
        with monkeypatch.context() as older:
            for name in versions:
                older.setattr(f"search.{name}.ANALYSIS_VERSION", 0)
            archive.run(archive.folder, elsewhere)
        if rest == "gone":
            shutil.rmtree(elsewhere)
        with pytest.raises(IndexTooOld, match=r"index --rebuild\.$"):
            archive.run()
        archive.page("0.md", "Edited bridge")
        (archive.folder / "1.md").rename(archive.folder / "one.md")
        before = snapshot(archive.index)
        dry = archive.run(rebuild=True, dry_run=True)
        assert snapshot(archive.index) == before
        report = archive.run(rebuild=True)
        assert counted(report) == counted(dry) == {"updated": 1, "moved": 1, "unchanged": 3}
        with open_index(archive.index) as opened:
            assert opened.search("bridge").total == 6
        assert archive.counts() == {"unchanged": 5}

    def test_that_is_stopped_changes_nothing(self, archive):
        for n in range(5):
            archive.page(f"{n}.md", body(n))
        archive.run()
        before = holdings(archive.index)
        asked = iter([False] * 6 + [True] * 9)
        report = archive.run(rebuild=True, stopping=lambda: next(asked))
        assert report.interrupted
        assert report.generation == report.generation_before
        assert counted(report) == {}
        assert holdings(archive.index) == before

    def test_keeps_what_is_held_of_an_article_that_became_too_long(self, archive, monkeypatch):
        def refuse(article):
            if "endless" in article.body:
                raise ArticleError("Too long; split it.")

        monkeypatch.setattr("search.engines.local_writer.refuse_too_long", refuse)
        for n in range(3):
            archive.page(f"{n}.md", body(n))
        archive.run()
        before = holdings(archive.index)
        archive.page("1.md", "An endless story")
        for options in ({}, {"rebuild": True}, {}):
            assert archive.counts(**options) == {"unchanged": 2, "rejected": 1}
            assert holdings(archive.index) == before
        archive.page("1.md", "A short story")
        assert archive.counts() == {"updated": 1, "unchanged": 2}


class TestInterrupted:
    """What was done is kept, what was not done is done by the next run, and nothing goes astray."""

    def prepare(self, archive):
        for n in range(6):
            archive.page(f"{n}.md", body(n))
        archive.lines("w.jsonl", ({"id": f"w{n}", "title": f"Wire {n}"} for n in range(6)))
        archive.run()
        archive.page("0.md", "Edited")
        (archive.folder / "1.md").unlink()
        (archive.folder / "2.md").rename(archive.folder / "a-two.md")
        archive.page("b.md", "New")
        archive.lines("w.jsonl", ({"id": f"w{n}", "title": f"Wired {n}"} for n in range(5)))

    def test_anywhere(self, tmp_path):
        expected = None
        at = 0
        while True:
            archive = (
                Archive(tmp_path / f"at{at}" / "news") if not (tmp_path / f"at{at}").mkdir() else 0
            )
            self.prepare(archive)
            calls = iter(range(10_000))
            report = archive.run(stopping=lambda calls=calls, at=at: next(calls) >= at)
            if not report.interrupted:
                break
            assert report.counts.removed == 0
            assert report.summary("x").startswith("interrupted, the next run goes on: ")
            changed = bool(report.counts.changed)
            assert report.generation == report.generation_before + changed
            last = history.read(archive.index)[-1]
            assert last["outcome"] == ("interrupted" if changed else "done")
            archive.run()
            found = {i: (os.path.basename(p), b) for i, (p, b) in holdings(archive.index).items()}
            expected = expected or found
            assert found == expected
            assert set(found) == {
                "0.md", "a-two.md", "3.md", "4.md", "5.md", "b.md", "w0", "w1", "w2", "w3", "w4",
            }  # fmt: skip
            assert archive.counts() == {"unchanged": 11}
            at += 1
        assert at > 10

    @pytest.mark.parametrize("change", [lambda a: ["New", *a], lambda a: a[1:], lambda a: a[::-1]])
    def test_among_records_without_ids_none_is_missing(self, archive, change):
        titles = [f"Title {n}" for n in range(10)]
        for asked in range(3, 16, 3):
            archive.lines("w.jsonl", ({"title": title} for title in titles))
            archive.run()
            changed = change(titles)
            archive.lines("w.jsonl", ({"title": title} for title in changed))
            calls = iter(range(10_000))
            archive.run(stopping=lambda calls=calls, asked=asked: next(calls) > asked)
            with closing(open_engine("local", archive.index)) as engine:
                found = {engine.get(one).title for one in engine.held()}
            assert found in ({*titles}, {*titles, *changed}, {*changed})

    def test_among_records_that_are_all_new_it_stops_at_once(self, archive):
        archive.lines("w.jsonl", ({"title": f"Title {n}"} for n in range(100)))
        calls = iter(range(10_000))
        report = archive.run(stopping=lambda: next(calls) > 10)
        assert report.interrupted
        assert report.counts.added < 10

    def test_among_records_that_are_all_bad(self, archive):
        archive.write("bad.jsonl", "{}\n" * 100)
        calls = iter(range(10_000))
        report = archive.run(stopping=lambda: next(calls) > 10)
        assert report.interrupted
        assert report.counts.rejected < 10

    def test_a_run_that_looks_only(self, archive):
        self.prepare(archive)
        before = snapshot(archive.index)
        report = archive.run(stopping=lambda: True)
        assert (report.interrupted, counted(report)) == (True, {})
        assert snapshot(archive.index) == before


class TestAlerts:
    """They have tests of their own in tests/unit/alerts; here: when the job calls them."""

    @pytest.fixture(autouse=True)
    def saved(self, archive):
        archive.page("0.md", "Old bridge")
        archive.run()
        alerting.save(archive.index, "bridges", "bridge")

    def told(self, archive):
        path = archive.folder.parent / "told.jsonl"
        return [json.loads(line)["id"] for line in path.read_text().splitlines()]

    def test_are_fired_for_what_was_added_or_updated_and_for_nothing_else(self, archive):
        target = f"jsonl:{archive.folder.parent / 'told.jsonl'}"
        archive.run(alerts=[target])
        archive.page("1.md", "New bridge")
        archive.page("2.md", "New tunnel")
        (archive.folder / "0.md").rename(archive.folder / "zero.md")
        dry = archive.run(alerts=[target], dry_run=True)
        assert dry.as_mapping()["alerts"]["fired"] == 0
        report = archive.run(alerts=[target])
        assert counted(report) == {"added": 2, "moved": 1}
        assert report.as_mapping()["alerts"] == {"fired": 1, "delivered": 1, "failed": []}
        assert "alerts" in report.seconds
        assert self.told(archive) == ["1.md"]
        archive.page("2.md", "The tunnel is a bridge now")
        archive.run(alerts=[target])
        archive.run(alerts=[target])
        assert self.told(archive) == ["1.md", "2.md"]

    def test_of_an_interrupted_run_are_fired_by_the_next(self, archive):
        target = f"jsonl:{archive.folder.parent / 'told.jsonl'}"
        archive.run(alerts=[target])
        archive.page("1.md", "New bridge")
        archive.page("2.md", "New bridge, too")
        asked = iter([False] * 4 + [True] * 9)
        report = archive.run(alerts=[target], stopping=lambda: next(asked))
        assert (report.interrupted, report.counts.added) == (True, 1)
        assert report.alerts == {}
        archive.run(alerts=[target])
        assert sorted(self.told(archive)) == ["1.md", "2.md"]

    def test_that_fail_are_told_and_no_failure_of_the_run(self, archive):
        target = f"command:{sys.executable} -c 'raise SystemExit(7)'"
        archive.run(alerts=[target])
        archive.page("1.md", "New bridge")
        report = archive.run(alerts=[target])
        assert counted(report) == {"added": 1, "unchanged": 1}
        (sentence,) = report.failed_alerts
        assert "were not delivered" in sentence
        assert sentence in list(report.complaints(10))

    def test_that_break_leave_what_is_recorded_of_the_run(self, archive, monkeypatch):
        def breaking(*_arguments, **_options):
            raise RuntimeError("a mistake of ours")

        os.utime(archive.index / "history.jsonl", (5, 5))
        archive.page("1.md", "New bridge")
        (archive.folder / "2.jsonl").write_text("{}\n")
        with monkeypatch.context() as patched:
            patched.setattr("search.alerts.firing.fire", breaking)
            with pytest.raises(RuntimeError):
                archive.run()
        last = history.read(archive.index)[-1]
        assert (last["outcome"], last["added"], last["generation"]) == ("done", 1, 2)
        assert history.last_run(archive.index).year > 2000
        assert (archive.index / "quarantine.jsonl").exists()
        assert archive.run().alerts["fired"] == 1

    def test_with_a_target_that_is_none_are_refused_before_anything_is_done(self, archive):
        archive.page("1.md", "New bridge")
        before = snapshot(archive.index)
        with pytest.raises(ConfigError):
            archive.run(alerts=["carrier pigeon"])
        assert snapshot(archive.index) == before


class TestRecord:
    def test_history_tells_of_runs_that_changed_something(self, archive):
        archive.page("a.md", "Text")
        archive.run()
        (first,) = history.read(archive.index)
        assert (first["action"], first["outcome"], first["added"]) == ("index", "done", 1)
        assert (first["generation_before"], first["generation"], first["articles"]) == (0, 1, 1)
        os.utime(archive.index / "history.jsonl", (1, 1))
        archive.run()
        assert history.read(archive.index) == [first]
        assert history.last_run(archive.index).year > 2000
        forget(archive.folder, archive.index)
        assert history.read(archive.index)[-1]["action"] == "forget"

    def test_a_failure_is_told_and_is_no_good_run(self, archive, monkeypatch):
        archive.page("a.md", "Text")
        archive.run()
        os.utime(archive.index / "history.jsonl", (5, 5))

        def failing(*_arguments):
            raise OSError(5, "Input/output error")

        archive.page("b.md", "Text")
        with monkeypatch.context() as patched:
            patched.setattr("search.indexing.job.read", failing)
            with pytest.raises(OSError):
                archive.run()
        last = history.read(archive.index)[-1]
        assert (last["action"], last["outcome"]) == ("index", "failed")
        assert "Input/output error" in last["error"]
        assert history.last_run(archive.index).timestamp() == 5

    def test_a_busy_index_is_no_failure_of_this_run(self, archive):
        archive.page("a.md", "Text")
        archive.run()
        before = snapshot(archive.index)
        with open_index(archive.index) as index, index.writer(), pytest.raises(IndexBusy):
            archive.run()
        assert snapshot(archive.index) == before

    @pytest.mark.parametrize("text", [None, "New"])
    def test_what_others_commit_at_once_is_not_told_as_ones_own(self, archive, monkeypatch, text):
        """The other run has the lock as soon as the first one has let go of it."""
        archive.page("a.md", "Text")
        archive.run()
        if text:
            archive.page("b.md", text)
        others = []

        @contextmanager
        def overtaken(*arguments):
            with exclusive(*arguments) as lock:
                yield lock
            monkeypatch.undo()
            archive.page("other.md", "Other")
            others.append(archive.run())

        monkeypatch.setattr("search.engines.local_writer.exclusive", overtaken)
        report, (other,) = archive.run(), others
        assert (report.generation_before, report.counts.added) == (1, bool(text))
        assert (report.generation, report.articles) == (1 + bool(text), 1 + bool(text))
        assert (other.generation_before, other.counts.added) == (report.generation, 1)
        assert (other.generation, other.articles) == (2 + bool(text), 2 + bool(text))
        told = sorted(one["generation"] for one in history.read(archive.index))
        assert told == [1, 2, 3][: 2 + bool(text)]

    def test_what_cannot_be_recorded_is_a_warning(self, archive, monkeypatch):
        archive.page("a.md", "Text")

        def failing(*_arguments):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("search.indexing.history.append", failing)
        report = archive.run()
        assert counted(report) == {"added": 1}
        assert [one.path for one in report.warnings] == [str(archive.index / "history.jsonl")]

    def test_phases_and_start_are_told(self, archive):
        archive.page("a.md", "Text")
        report = archive.run()
        assert set(report.seconds) == {"looking", "reading", "writing"}
        assert report.started.endswith("+00:00")
