"""What a run tells, and what it keeps of what could not be read."""

import json
from dataclasses import replace

from search.indexing import quarantine
from search.indexing.report import Counts, Report
from search.sources.rejected import LayoutDrift, Rejected


def report(refused=(), warnings=(), **counts):
    return Report(
        Counts(**counts), refused, warnings, 1, 2, 1234, {"reading": 1.25, "writing": 0.5}
    )


def test_the_summary_names_what_happened_and_nothing_else():
    told = report(added=1200, moved=1).summary("there")
    assert told == "1,200 added, 1 moved; 1,234 articles in there (1.8 s)"
    assert report().summary("there").startswith("nothing to do; ")


def test_a_rebuild_is_never_nothing():
    told = replace(report(unchanged=65), rebuilt=True)
    assert told.summary("there").startswith("rebuilt: 65 unchanged; 1,234 articles")
    dry = replace(told, dry_run=True).summary("there")
    assert dry.startswith("dry run, nothing was written: rebuilt: 65 unchanged;")
    assert replace(report(), rebuilt=True).summary("there").startswith("rebuilt: nothing; ")


def test_the_mapping_is_json():
    value = report((Rejected("p", 3, "r"),), (LayoutDrift("p", 4, "m"),), rejected=1).as_mapping()
    assert json.loads(json.dumps(value)) == {
        "schema_version": 1,
        "started": "",
        "dry_run": False,
        "interrupted": False,
        "rebuilt": False,
        "failed": None,
        "counts": {
            "added": 0,
            "updated": 0,
            "removed": 0,
            "moved": 0,
            "unchanged": 0,
            "rejected": 1,
        },
        "rejected": [{"path": "p", "line": 3, "reason": "r"}],
        "warnings": [{"path": "p", "line": 4, "message": "m"}],
        "generation_before": 1,
        "generation": 2,
        "articles": 1234,
        "alerts": {"fired": 0, "delivered": 0, "failed": []},
        "seconds": {"reading": 1.25, "writing": 0.5},
    }


def test_complaints_name_the_place_and_are_cut_short():
    told = report(
        tuple(Rejected("p", line, "reason") for line in range(12)),
        (LayoutDrift("q", 0, "odd"),) * 2,
    )
    assert list(told.complaints(2)) == [
        "Rejected p: reason",
        "Rejected p:1: reason",
        "And 10 more rejected, all in quarantine.jsonl of the index.",
        "Doubtful q: odd",
        "Doubtful q: odd",
    ]
    assert list(told.complaints(1))[-1] == "And 1 more doubtful, all in the --report."
    assert list(report().complaints(10)) == []


def test_what_the_run_before_rejected_is_only_counted():
    told = report(
        refused=(Rejected("p", 0, "old"), Rejected("p", 0, "new"), Rejected("q", 1, "old"))
    )
    known = {Rejected("p", 0, "old"), Rejected("q", 1, "old"), Rejected("gone", 1, "old")}
    assert list(told.complaints(10, known)) == [
        "Rejected p: new",
        "Rejected as by the run before: 2, all in quarantine.jsonl of the index.",
    ]


def test_moving_and_removing_are_changes():
    assert [name for name in Counts.__slots__ if Counts(**{name: 1}).changed] == [
        "added", "updated", "removed", "moved",
    ]  # fmt: skip


def test_the_quarantine_keeps_the_last_run(tmp_path):
    path = quarantine.keep(tmp_path, [Rejected("/新", 1, "\x1b[31m"), Rejected("b", 0, "r")])
    lines = path.read_bytes().splitlines()
    assert json.loads(lines[0]) == {"path": "/新", "line": 1, "reason": "\x1b[31m"}
    assert b"\x1b" not in path.read_bytes()
    assert len(lines) == 2
    before = path.stat().st_ino
    quarantine.keep(tmp_path, [Rejected("/新", 1, "\x1b[31m"), Rejected("b", 0, "r")])
    assert path.stat().st_ino == before  # the same again is not written again
    assert quarantine.keep(tmp_path, []) is None
    assert list(tmp_path.iterdir()) == []
    assert quarantine.keep(tmp_path, []) is None
