"""`duowen index` unattended: dry runs, the brake, being busy, metrics; and stats --max-age."""

import json
import os
import re
import signal
import time

import pytest

from search import alerting, upkeep
from search.engines.lock import exclusive
from search.engines.registry import open_engine
from search.sources.reading import read
from tests.cli.desk import checksums, write_lines, write_page


@pytest.fixture
def news(run, desk):
    """Ten articles, indexed."""
    for number in range(10):
        write_page(desk / f"news/{number}.md", f"Bridge {number}")
    assert run("index", "news").code == 0
    return desk


def metrics_of(path):
    """Read metrics as a monitor does: name and labels -> value; each has its HELP and TYPE before."""
    values = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            found = re.fullmatch(r"duowen_(\w+)\{(.*)\} (\S+)", line)
            labels = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[2])
            values[(found[1], *(value for name, value in labels if name != "index"))] = float(
                found[3]
            )
    return values


class TestADryRun:
    def test_lists_what_would_be_done_and_writes_nothing(self, run, news):
        write_page(news / "news/new.md", "New")
        write_page(news / "news/3.md", "Bridge 3 closes")
        (news / "news/4.md").unlink()
        before = checksums(news)
        outcome = run("index", "--dry-run", "--metrics", "m.prom")
        assert outcome.code == 0
        listed = {tuple(line.split()[:2]) for line in outcome.out.splitlines()}
        assert listed == {("added", "new.md"), ("updated", "3.md"), ("removed", "4.md")}
        assert outcome.sentence.startswith(
            "duowen: dry run, nothing was written: 1 added, 1 updated"
        )
        assert checksums(news) == before

    def test_makes_no_index(self, run, desk):
        write_page(desk / "a.md")
        assert run("index", "a.md", "--dry-run").code == 0
        assert not (desk / "index_data").exists()

    def test_reports_as_json(self, run, news):
        write_page(news / "news/new.md", "New")
        outcome = run("index", "--dry-run", "--report", "-")
        assert outcome.json["dry_run"] is True
        assert [one["id"] for one in outcome.json["changes"]] == ["new.md"]


class TestTheBrake:
    def test_a_large_part_of_a_path_is_not_removed_by_itself(self, run, news):
        for number in range(5):
            (news / f"news/{number}.md").unlink()
        before = checksums(news)
        outcome = run("index", "--metrics", "m.prom")
        assert outcome.code == 1
        assert "5 of" in outcome.complaint
        assert "--force-prune" in outcome.complaint
        metrics = metrics_of(news / "m.prom")
        assert metrics[("last_run_exit_code",)] == 1
        assert ("articles",) not in metrics
        assert {**before, "m.prom": b""}.keys() == checksums(news).keys()
        assert run("index", "--force-prune", "--report", "-").json["counts"]["removed"] == 5


class TestBusy:
    @pytest.fixture
    def busy(self, news):
        with open_engine("local", news / "index_data").writer():
            yield news

    def test_it_fails_and_says_who_is_writing(self, run, busy):
        outcome = run("index", "--metrics", "m.prom")
        assert outcome.code == 75
        assert f"pid {os.getpid()}" in outcome.complaint
        assert metrics_of(busy / "m.prom")[("last_run_exit_code",)] == 75

    def test_or_skips_this_time(self, run, busy):
        outcome = run("index", "--if-busy", "skip", "--metrics", "m.prom")
        assert outcome.code == 0
        assert outcome.sentence.startswith("duowen: Skipped: Another job is writing")
        assert not (busy / "m.prom").exists()  # the other job writes its own
        assert run("index", "--if-busy", "skip", "-q") == (0, "", "")

    def test_no_work_is_skipped_that_was_begun(self, run, news, monkeypatch):
        """The lock file is removed under the job, which cannot commit then."""

        def reading(*arguments):
            (news / "index_data/lock").unlink(missing_ok=True)
            return read(*arguments)

        write_page(news / "news/late.md", "Late")
        monkeypatch.setattr("search.indexing.job.read", reading)
        outcome = run("index", "--if-busy", "skip", "--metrics", "m.prom")
        assert outcome.code == 75
        assert "the lock file was removed" in outcome.complaint
        assert metrics_of(news / "m.prom")[("last_run_exit_code",)] == 75
        assert upkeep.history(news / "index_data")[-1]["outcome"] == "failed"

    def test_nor_is_it_where_alerts_cannot_be_noted(self, run, news, monkeypatch):
        alerting.save(news / "index_data", "late", "late")
        write_page(news / "news/late.md", "Late")
        monkeypatch.setattr("search.alerts.state._PATIENCE", 0.0)
        with exclusive(news / "index_data", name="saved.lock"):
            assert run("index", "--if-busy", "skip").code == 75
        assert run("index", "--if-busy", "skip", "--report", "-").json["counts"]["added"] == 1

    def test_it_waits_as_long_as_it_is_told(self, run, busy):
        started = time.monotonic()
        assert run("index", "--wait", "1s").code == 75
        (busy / "duowen.yaml").write_text("wait: 1s\n")
        assert run("index").code == 75
        assert time.monotonic() - started >= 2
        assert run("index", "--wait", "0").code == 75  # before the settings

    def test_forgetting_waits_too(self, run, busy):
        assert run("index", "--forget", "news", "--wait", "1s").code == 75


class TestMetrics:
    def test_of_a_good_run(self, run, news):
        write_page(news / "news/new.md", "New")
        began = time.time()
        assert run("index", "--metrics", "m.prom").code == 0
        metrics = metrics_of(news / "m.prom")
        assert metrics[("last_run_success",)] == 1
        assert metrics[("articles",)] == 11
        assert metrics[("last_run_articles", "added")] == 1
        assert metrics[("last_run_articles", "unchanged")] == 10
        assert ("last_run_phase_seconds", "reading") in metrics
        assert metrics[("last_success_timestamp_seconds",)] >= began - 1

    def test_each_has_a_type_once(self, run, news):
        run("index", "--metrics", "m.prom")
        lines = (news / "m.prom").read_text().splitlines()
        typed = [line.split()[2] for line in lines if line.startswith("# TYPE")]
        helped = [line.split()[2] for line in lines if line.startswith("# HELP")]
        assert typed == helped == list(dict.fromkeys(typed))
        assert {re.match(r"\w+", line)[0] for line in lines if line[0] != "#"} == set(typed)

    def test_a_failed_run_leaves_no_old_number(self, run, news):
        run("index", "--metrics", "m.prom")
        good_at = metrics_of(news / "m.prom")[("last_success_timestamp_seconds",)]
        (news / "news").rename(news / "gone")
        assert run("index", "--metrics", "m.prom").code != 0
        metrics = metrics_of(news / "m.prom")
        assert metrics[("last_run_success",)] == 0
        assert ("articles",) not in metrics
        assert metrics[("last_success_timestamp_seconds",)] == good_at

    def test_rejected_articles_are_no_failure(self, run, news):
        write_lines(news / "news/bad.jsonl", {"id": "w1"})
        assert run("index", "--metrics", "m.prom").code == 3
        metrics = metrics_of(news / "m.prom")
        assert metrics[("last_run_success",)] == 1
        assert metrics[("last_run_exit_code",)] == 3
        assert metrics[("last_run_articles", "rejected")] == 1

    def test_a_strange_folder_is_escaped(self, run, news):
        run("index", "news", "--index", 'a "b" \\c', "--metrics", "m.prom")
        assert f'index="{news}/a \\"b\\" \\\\c"' in (news / "m.prom").read_text()

    @pytest.mark.parametrize("target", ["nowhere/m.prom", "news"])
    def test_one_that_cannot_be_written_is_told_before_the_work(self, run, news, target):
        outcome = run("index", "--metrics", target)
        assert outcome.code == 2
        assert "--metrics" in outcome.err

    def test_one_that_cannot_be_written_afterwards_fails(self, run, news, monkeypatch):
        from search import files

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(files, "write_whole", full)
        outcome = run("index", "--metrics", "m.prom", "--report", "r.json")
        assert outcome.code == 1
        assert "The index is up to date, but r.json could not be written" in outcome.err
        assert "The run has ended, but m.prom could not be written" in outcome.err

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_that_comes_when_all_is_done_is_no_interruption(
        self, run, news, late_signal, number
    ):
        write_page(news / "news/new.md", "New")
        late_signal(number)
        outcome = run("index", "--metrics", "m.prom", "--report", "r.json")
        assert outcome.code == 0
        assert outcome.sentence.startswith("duowen: 1 added, ")
        assert metrics_of(news / "m.prom")[("last_run_success",)] == 1
        assert json.loads((news / "r.json").read_text())["interrupted"] is False


class TestRejections:
    def test_the_same_ones_are_told_once(self, run, news):
        """A timer that mails the same lines every quarter of an hour is soon read by nobody."""
        write_lines(news / "news/wire.jsonl", {"id": "w1"}, {"id": "w2"})
        first = run("index", "--quiet")
        assert first.code == 3
        assert first.err.count("wire.jsonl") == 2
        second = run("index", "--quiet", "--report", "-")
        assert second.code == 3
        assert second.err == (
            "duowen: Rejected as by the run before: 2, all in quarantine.jsonl of the index.\n"
        )
        assert len(second.json["rejected"]) == 2
        write_lines(news / "news/wire.jsonl", {"id": "w1"}, {"id": "w2"}, {"id": "w3"})
        third = run("index", "--quiet")
        assert third.err.count("wire.jsonl:3") == 1
        assert len(third.err.splitlines()) == 2


class TestAReportOfAFailure:
    """Who reads the report must not take that of an earlier run for it."""

    @pytest.fixture
    def reported(self, run, news):
        """Run the job, and return what its report says then, beside how it ended."""
        assert run("index", "--report", "r.json").code == 0
        assert json.loads((news / "r.json").read_text())["failed"] is None

        def reported(*words):
            outcome = run("index", "--report", "r.json", *words)
            told = json.loads((news / "r.json").read_text())
            assert told.pop("started") >= "2020"
            assert told.pop("schema_version") == 1
            return outcome, told

        return reported

    @pytest.mark.parametrize("dry_run", [False, True])
    def test_tells_why(self, news, reported, dry_run):
        for number in range(5):
            (news / f"news/{number}.md").unlink()
        outcome, told = reported(*["--dry-run"] * dry_run)
        assert outcome.code == 1
        sentence = outcome.complaint.removeprefix("duowen: ")
        assert told == {
            "dry_run": dry_run, "interrupted": False, "failed": sentence, "exit_code": 1
        }  # fmt: skip

    def test_of_a_path_that_is_missing(self, news, reported):
        outcome, told = reported("nowhere")
        assert "does not exist" in outcome.complaint
        assert (told["failed"], told["exit_code"]) == (outcome.sentence.split(" ", 1)[1], 2)

    def test_of_an_index_that_is_busy_or_damaged(self, news, reported):
        with open_engine("local", news / "index_data").writer():
            assert reported()[1]["exit_code"] == 75
            assert reported("--if-busy", "skip")[1]["exit_code"] == 75  # as it was
        (news / "index_data/current.json").write_bytes(b"")
        assert reported()[1]["exit_code"] == 4

    def test_of_what_nobody_expected(self, news, reported, monkeypatch):
        monkeypatch.setattr("search.indexing.job.look_again", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            reported()
        told = json.loads((news / "r.json").read_text())
        assert told["failed"] == "ZeroDivisionError: division by zero"

    def test_of_a_signal_that_ended_it_at_once(self, news, reported, monkeypatch):
        def interrupted(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr("search.indexing.job.look_again", interrupted)
        told = reported()[1]
        assert (told["interrupted"], told["exit_code"]) == (True, 130)

    def test_on_stdout(self, run, news):
        outcome = run("index", "nowhere", "--report", "-")
        assert outcome.code == 2
        assert outcome.json["failed"] in outcome.sentence


class TestMaxAge:
    def test_a_fresh_index(self, run, news):
        outcome = run("stats", "--max-age", "26h", "--json")
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.json["stale"] is False
        assert outcome.json["age_seconds"] < 1_000
        assert outcome.json["last_run"].endswith("Z")

    def test_a_run_that_changes_nothing_makes_it_fresh(self, run, news):
        run("stats")
        long_ago = time.time() - 100_000
        os.utime(news / "index_data/history.jsonl", (long_ago, long_ago))
        outcome = run("stats", "--max-age", "26h")
        assert outcome.code == 1
        assert "articles        10" in outcome.out
        assert outcome.sentence == (
            "duowen: The last good run ended 27h46m ago, longer than 26h;"
            " run duowen index to see why."
        )
        assert json.loads(run("stats", "--max-age", "26h", "--json").out)["stale"] is True
        before = checksums(news / "index_data")
        run("index")
        assert checksums(news / "index_data") == before
        assert run("stats", "--max-age", "26h").code == 0

    def test_an_index_that_no_job_made(self, run, desk):
        from search import open_index

        open_index(desk / "index_data", create=True).close()
        outcome = run("stats", "--max-age", "7d")
        assert outcome.code == 1
        assert outcome.sentence == "duowen: No good run of a job is known; run duowen index."
        assert run("stats", "--json").json["last_run"] is None

    def test_a_duration_that_is_none(self, run, news):
        outcome = run("stats", "--max-age", "soon")
        assert outcome.code == 2
        assert "30s, 15m, 26h or 7d" in outcome.err


class TestChoices:
    def test_a_rebuild_is_a_new_generation_with_the_same_answers(self, run, news):
        before = run("bridge", "--json").json
        outcome = run("index", "--rebuild", "--report", "-")
        assert outcome.code == 0
        assert outcome.json["rebuilt"] is True
        assert outcome.sentence.startswith("duowen: rebuilt: 10 unchanged; 10 articles")
        after = run("bridge", "--json").json
        assert after["generation"] > before["generation"]
        assert after["hits"] == before["hits"]

    def test_reread_trusts_no_time(self, run, news):
        path = news / "news/3.md"
        kept = path.stat()
        text = path.read_text().replace("Bridge 3", "Bridge x")
        path.write_text(text)
        os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
        assert run("index", "--reread", "--report", "-").json["counts"]["updated"] == 1

    @pytest.mark.parametrize("option", ["--dry-run", "--rebuild", "--force-prune", "--reread"])
    def test_forgetting_is_done_alone(self, run, news, option):
        assert run("index", "--forget", "news", option).code == 2
        assert run("stats", "--json").json["articles"] == 10
