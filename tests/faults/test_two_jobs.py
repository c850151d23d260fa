"""Two jobs at once: one runs, the others say who runs, skip, or wait; nothing is lost, and nothing twice."""

import json
import os
import re
import signal
import socket
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from search import upkeep
from tests.cli.desk import ended, write_page
from tests.doubles.archive import Archive, contents_of
from tests.doubles.killing import Killer

HOLDER = re.compile(r"\(pid (\d+) on (\S+) since (\S+): (.*)\)")
ROUNDS = 12


@pytest.fixture
def holding(run, start, desk):
    """A job in its midst: it reads a named pipe, and so it runs for as long as we like."""
    write_page(desk / "bridge.md", "Bridge opens")
    write_page(desk / "tram.md", "Tram runs")
    assert run("index", "bridge.md").code == 0
    os.mkfifo(desk / "pipe.jsonl")
    process = start("index", "pipe.jsonl", "--report", "-")
    with open(desk / "pipe.jsonl", "w", encoding="utf-8") as pipe:  # it has opened the other end
        pipe.write(json.dumps({"id": "ferry", "title": "Ferry sails"}) + "\n")
        pipe.flush()
        yield SimpleNamespace(process=process, pipe=pipe)


def found(run):
    hits = run("bridge OR ferry OR tram", "--json").json["hits"]
    return {hit["title"] for hit in hits}


def test_the_second_one_says_who_runs(run, start, holding):
    second = ended(start("index", "tram.md"))
    assert second.code == 75
    pid, host, since, command = HOLDER.search(second.complaint).groups()
    assert int(pid) == holding.process.pid
    assert host == socket.gethostname()
    assert datetime.fromisoformat(since) <= datetime.now(timezone.utc)
    assert command.split()[-1] == "index"  # what else was typed may hold a secret
    assert found(run) == {"Bridge opens"}  # who searches waits for nobody
    holding.pipe.close()
    assert ended(holding.process).json["counts"]["added"] == 1
    assert ended(start("index", "tram.md")).code == 0
    assert found(run) == {"Bridge opens", "Ferry sails", "Tram runs"}


def test_or_it_skips(run, start, holding):
    second = ended(start("index", "tram.md", "--if-busy", "skip"))
    assert second.code == 0
    assert HOLDER.search(second.sentence)[1] == str(holding.process.pid)
    assert found(run) == {"Bridge opens"}
    holding.pipe.close()
    assert ended(holding.process).code == 0
    assert found(run) == {"Bridge opens", "Ferry sails"}


def test_or_it_waits_and_then_it_runs(run, start, holding):
    second = start("index", "tram.md", "--wait", "10m", "--report", "-")
    wait_until_it_tries(second)
    assert found(run) == {"Bridge opens"}
    assert second.poll() is None
    holding.pipe.close()
    first, second = ended(holding.process), ended(second)
    assert (first.code, second.code) == (0, 0)
    assert second.json["generation_before"] == first.json["generation"]
    assert found(run) == {"Bridge opens", "Ferry sails", "Tram runs"}


def test_one_that_waits_runs_when_the_other_is_killed(run, start, holding):
    second = start("index", "tram.md", "--wait", "10m")
    wait_until_it_tries(second)
    holding.process.kill()
    assert ended(holding.process).code == -signal.SIGKILL
    assert ended(second).code == 0
    assert found(run) == {"Bridge opens", "Tram runs"}


def test_one_that_waits_can_be_interrupted(run, start, holding):
    second = start("index", "tram.md", "--wait", "10m")
    wait_until_it_tries(second)
    second.send_signal(signal.SIGTERM)
    outcome = ended(second)
    assert (outcome.code, outcome.out) == (143, "")
    holding.pipe.close()
    assert ended(holding.process).code == 0
    assert found(run) == {"Bridge opens", "Ferry sails"}


def wait_until_it_tries(process):
    """Wait until a process has loaded what reads an index, and a moment longer."""
    loaded = Path(f"/proc/{process.pid}/maps")
    for _ in range(600):
        if not loaded.exists() or "_multiarray_umath" in loaded.read_text():
            break
        time.sleep(0.05)
    time.sleep(0.3)


@pytest.fixture(scope="module")
def killer():
    with Killer() as killer:
        yield killer


@pytest.fixture
def archives(tmp_path):
    """Three archives, of five articles each."""
    archives = [Archive(tmp_path / f"archive{number}") for number in range(3)]
    for number, archive in enumerate(archives):
        archive.put_records({f"{number}-{one}": (f"Bridge {one}", "opens") for one in range(5)})
    return archives


def contents_of_all(archives):
    return {one: text for archive in archives for one, text in archive.contents.items()}


def jobs_on(archives, index, **options):
    return [
        ("index", {"paths": [str(archive.root)], "index": str(index), **options})
        for archive in archives
    ]


def assert_sound(index):
    checkup = upkeep.check(index, deep=True)
    assert (checkup.damages, checkup.leftovers) == ((), ())


@pytest.mark.parametrize("there", [False, True], ids=["no index yet", "an index"])
class TestStartedAtTheSameMoment:
    @pytest.fixture
    def index(self, tmp_path, killer, there):
        """Return the way to a folder for each round, in which there is an index or none."""

        def index(number):
            folder = tmp_path / f"index{number}"
            if there:
                other = Archive(tmp_path / f"other{number}")
                other.put_records({"other": ("Bridge", "opens")})
                ((_, _, _, error),) = killer.race(*jobs_on([other], folder))
                assert not error
            return folder

        return index

    def test_those_that_wait_all_run(self, killer, archives, index, there):
        for number in range(ROUNDS):
            folder = index(number)
            for one in killer.race(*jobs_on(archives, folder, wait=600)):
                assert not one.error, (number, one.error)
                assert one.result["counts"]["added"] == 5
            contents = contents_of(folder)[1]
            contents.pop("other", None)
            assert contents == contents_of_all(archives)
            assert_sound(folder)

    def test_those_that_do_not_wait_are_told_so(self, killer, archives, index, there):
        told = Counter()
        for number in range(ROUNDS):
            folder = index(number)
            left = archives
            while left:
                outcomes = killer.race(*jobs_on(left, folder))
                assert not all(one.error for one in outcomes), outcomes[0].error
                for one in outcomes:
                    told[one.error.strip().splitlines()[-1].split(":")[0] if one.error else ""] += 1
                left = [archive for archive, one in zip(left, outcomes, strict=True) if one.error]
            contents = contents_of(folder)[1]
            contents.pop("other", None)
            assert contents == contents_of_all(archives)
            assert_sound(folder)
        assert told.keys() <= {"", "search.errors.IndexLocked"}

    def test_on_the_same_archive_nothing_is_added_twice(self, killer, archives, index, there):
        for number in range(ROUNDS):
            folder = index(number)
            outcomes = killer.race(*jobs_on(archives[:1] * 3, folder, wait=600))
            assert not any(one.error for one in outcomes), outcomes
            counts = [one.result["counts"] for one in outcomes]
            assert sorted(one["added"] for one in counts) == [0, 0, 5]
            assert sorted(one["unchanged"] for one in counts) == [0, 5, 5]
            contents = contents_of(folder)[1]
            contents.pop("other", None)
            assert contents == archives[0].contents
            assert_sound(folder)


def test_a_job_a_rebuild_and_going_back_at_the_same_moment(killer, archives, tmp_path):
    """In whichever order they come: each sees what the one before left."""
    held = [archive.contents for archive in archives]
    both = {**held[0], **held[1]}
    for number in range(ROUNDS):
        index = tmp_path / f"index{number}"
        first, second = jobs_on(archives[:2], index, wait=600)
        assert not killer.race(first)[0].error
        rebuild = (first[0], {**first[1], "rebuild": True})
        back = ("rollback", {"index": str(index), "number": 1, "wait": 600})
        outcomes = killer.race(second, rebuild, back)
        assert not any(one.error for one in outcomes), outcomes
        order = sorted(
            (one.result["generation_before"], one.result["generation"]) for one in outcomes[:2]
        )
        assert [after for _, after in order] == [2, 3]
        assert contents_of(index)[1] in (held[0], both)
        assert contents_of(index, 1)[1] == held[0]
        assert contents_of(index, outcomes[0].result["generation"])[1] == both
        assert_sound(index)
