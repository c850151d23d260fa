"""From pending articles to the journal: what fires, once, whoever is killed where."""

import errno
import json
import math
from datetime import datetime, timedelta, timezone

import pytest

from search import alerting, files
from search.alerts import delivering, firing, journal, pending
from search.engines.lock import exclusive
from search.errors import IndexCorrupt
from tests.unit.alerts.desk import NOW, Killed, article, killed


def test_only_what_a_run_added_or_changed_is_tried(desk):
    desk.run(article("old", "trade before"))
    desk.save("trade", "trade")
    assert desk.run(article("new", "trade now"), article("other", "weather")) == (1, 0)
    assert desk.told() == [("trade", "new")]


def test_phrases_dates_and_not_are_honoured_as_in_search(desk):
    desk.save("phrase", '"trade war"')
    desk.save("not", "trade -war")
    desk.save("field", "title:卫星")
    desk.save("recent", "trade since:7d")
    desk.save("day", "trade date:2023-11-24")
    desk.save("near", "trade NEAR/2 China")
    day = datetime(2023, 11, 24, 2, tzinfo=timezone.utc)
    desk.run(
        article("a", "A trade war begins", published=NOW - timedelta(days=2)),
        article("b", "War, then trade", published=day),
        article("c", "trade with China", title="卫星", published=NOW - timedelta(days=8)),
        article("d", "卫星", title="trade", published=NOW - timedelta(days=9)),
    )
    assert sorted(desk.told()) == [
        ("day", "b"), ("field", "c"), ("near", "c"), ("not", "c"), ("not", "d"), ("phrase", "a"),
        ("recent", "a"),
    ]  # fmt: skip


def test_what_fires_is_what_search_finds(desk):
    queries = [
        "trade",
        "trade OR weather",
        "去年 收成",
        "去年的收成",
        "war*",
        "wether~",
        "-trade",
        "source:x trade",
    ]
    articles = [
        article("a", "the trade war", source="x"),
        article("b", "the weather"),
        article("c", "去年的收成很好", published=datetime(2020, 1, 1, tzinfo=timezone.utc)),
        article("d", "去年收成", published=datetime(2023, 5, 1, tzinfo=timezone.utc)),
    ]
    for number, query in enumerate(queries):
        desk.save(f"q{number}", query)
    desk.run(*articles)
    found = {
        (one.search.name, hit.id)
        for one in alerting.try_saved(desk.folder, engine=desk.engine, now=NOW)
        for hit in one.results
    }
    assert set(desk.told()) == found
    assert len(found) >= len(queries)


def test_a_date_that_finds_nothing_in_the_new_articles_alone_stays_a_date(desk):
    """In the whole index it finds something; search would not take it for a word either."""
    desk.run(article("d", "收成", published=datetime(2023, 5, 1, tzinfo=timezone.utc)))
    desk.save("harvest", "去年 收成")
    assert desk.run(article("c", "去年的收成")) == (0, 0)


def test_match_any_is_kept(desk):
    desk.save("any", "trade weather", match="any")
    desk.save("all", "trade weather", match="all")
    desk.run(article("a", "trade"))
    assert desk.told() == [("any", "a")]


def test_each_pair_fires_once_ever(desk):
    desk.save("trade", "trade")
    assert desk.run(article("a", "trade")) == (1, 0)
    assert desk.run(article("a", "trade, edited")) == (0, 0)
    assert desk.run(remove=["a"]) == (0, 0)
    assert desk.run(article("a", "trade is back")) == (0, 0)
    alerting.remove(desk.folder, "trade")
    desk.save("trade", "trade")
    assert desk.run(article("a", "trade again")) == (0, 0)
    assert desk.told() == [("trade", "a")]


def test_an_article_that_was_edited_fires_when_it_first_matches(desk):
    desk.save("trade", "trade")
    assert desk.run(article("a", "weather")) == (0, 0)
    assert desk.run(article("a", "trade")) == (1, 0)


def test_an_article_removed_before_it_was_tried_does_not_fire(desk):
    desk.save("trade", "trade")
    desk.commit(article("a", "trade"))
    assert desk.run(article("b", "weather"), remove=["a"]) == (0, 0)
    assert not (desk.folder / "alerts-pending.json").exists()


def test_where_nothing_is_saved_nothing_is_written(local):
    local.run(article("a", "trade"), to=["jsonl:-"])
    assert not [name for name in local.contents() if "alert" in name or "saved" in name]


def test_a_run_with_nothing_to_do_writes_no_byte(desk, tmp_path):
    target = f"jsonl:{tmp_path / 'out.jsonl'}"
    desk.save("trade", "trade")
    desk.run(article("a", "trade"), to=[target])
    before = desk.contents()
    assert desk.fire(target) == (0, 0)
    assert desk.contents() == before


def test_the_journal_says_what_was_found(local):
    local.save("sat", "卫星 OR satellite", match="any")
    local.run(
        article(
            "a",
            "A satellite was launched on Monday, they said.",
            title="News <b>of</b>\x1b[31m the day",
            summary="周一发射了一颗卫星。",
            source="Reuters",
            url="https://example.org/a",
            path="/archive/a.txt",
            published=datetime(2024, 5, 14, tzinfo=timezone.utc),
            precision="day",
        )
    )
    [alert] = journal.read(local.folder)
    assert alert.pop("generation") == 1
    assert sorted(one["field"] for one in alert.pop("snippets")) == ["body", "summary"]
    assert alert == {
        "schema_version": 1,
        "number": 1,
        "alert": journal.key_of("sat", "a"),
        "search": "sat",
        "query": "卫星 OR satellite",
        "id": "a",
        "title": "News <b>of</b>\x1b[31m the day",
        "source": "Reuters",
        "published": "2024-05-14",
        "url": "https://example.org/a",
        "path": "/archive/a.txt",
        "fired": "2024-05-15T08:30:00Z",
    }
    assert "\x1b" not in (local.folder / "alerts.jsonl").read_text(encoding="utf-8")


# --- who is killed where ---


def test_killed_between_commit_and_firing_the_next_run_fires(desk):
    desk.save("trade", "trade")
    desk.commit(article("a", "trade"))
    assert desk.fire() == (1, 0)


def test_killed_twice_both_runs_fire(desk):
    desk.save("trade", "trade")
    desk.commit(article("a", "trade"))
    desk.commit(article("b", "trade"))
    assert desk.fire() == (2, 0)
    assert desk.told() == [("trade", "a"), ("trade", "b")]


def test_a_search_saved_after_the_commit_is_not_tried_on_its_articles(desk):
    desk.save("trade", "trade")
    desk.commit(article("a", "trade"))
    desk.save("later", "trade")
    desk.fire()
    assert desk.told() == [("trade", "a")]


def test_killed_before_the_commit_nothing_fires(desk):
    desk.save("trade", "trade")
    desk.run(article("a", "weather"))
    desk.lose(article("a", "trade"))
    assert desk.fire() == (0, 0)
    desk.run(article("b", "trade"))  # the file of the other one is as it was again
    assert desk.told() == [("trade", "b")]
    assert not (desk.folder / "alerts-pending.json").exists()


def test_killed_before_the_commit_the_next_job_sees_it_again(desk):
    desk.save("trade", "trade")
    desk.lose(article("a", "trade"))
    assert desk.run(article("a", "trade")) == (1, 0)


@pytest.mark.parametrize("ids", [["c"], []])
def test_after_a_rollback_the_articles_that_went_do_not_fire(local, ids):
    """A job that begins from below drops what the abandoned generations had pending."""
    local.save("trade", "trade")
    pending.add(local.folder, ["a"], 7)
    pending.add(local.folder, ids, 5)
    assert [batch.ids for batch in pending.read(local.folder)] == ([("c",)] if ids else [])


def test_after_a_rollback_what_is_pending_waits_for_the_way_forward(local):
    local.save("trade", "trade")
    local.run(article("a", "weather"))
    pending.add(local.folder, ["a"], 1)  # of generation 2, which is current no more
    assert local.fire() == (0, 0)
    assert len(pending.read(local.folder)) == 1


@pytest.mark.parametrize(
    ("room", "step", "delivered"),
    [
        (delivering, "welcome", 2),
        (journal, "append", 2),
        (pending, "done", 2),
        (delivering, "deliver", 2),
        (delivering._Teller, "_note", 2),
        (journal, "cut", 0),
    ],
)
def test_killed_at_any_step_everything_is_told(desk, tmp_path, monkeypatch, room, step, delivered):
    out = tmp_path / "out.jsonl"
    desk.save("trade", "trade")
    desk.commit(article("a", "trade"), article("b", "trade"))
    with monkeypatch.context() as patched:
        patched.setattr(room, step, killed)
        with pytest.raises(Killed):
            desk.fire(str(out))
    assert desk.fire(str(out))[1] == delivered
    assert desk.told() == [("trade", "a"), ("trade", "b")]
    told = [line for line in out.read_text().splitlines() if line]
    assert len(set(told)) == 2


def test_killed_while_the_journal_was_written(local, monkeypatch):
    local.save("trade", "trade")
    local.commit(article("a", "trade"), article("b", "trade"))
    with monkeypatch.context() as patched:
        patched.setattr(firing, "_WRITTEN_AT_ONCE", 1)
        patched.setattr(pending, "done", killed)
        with pytest.raises(Killed):
            local.fire()
    path = local.folder / "alerts.jsonl"
    path.write_bytes(path.read_bytes()[:-20])  # half of the second line
    assert local.fire() == (1, 0)
    assert local.told() == [("trade", "a"), ("trade", "b")]
    assert [alert["number"] for alert in journal.read(local.folder)] == [1, 2]


# --- two at once, and damage ---


def test_while_another_job_fires_what_is_pending_waits(local, monkeypatch):
    monkeypatch.setattr(firing, "WAIT", 0.0)
    local.save("trade", "trade")
    local.commit(article("a", "trade"))
    with exclusive(local.folder, name="alerts.lock"):
        assert local.fire() == (0, 0)
    assert "done by the next run" in local.failed[0]
    assert local.fire() == (1, 0)


def test_a_damaged_list_of_searches_stops_no_job_and_loses_no_alert(local):
    local.save("trade", "trade")
    path = local.folder / "saved.json"
    whole = path.read_bytes()
    path.write_bytes(b"{")
    assert local.run(article("a", "trade")) == (0, 0)
    assert "saved.json is damaged; mend it" in local.failed[0]
    path.write_bytes(whole)
    assert local.fire() == (1, 0)


def test_a_damaged_list_of_what_is_pending_is_told(local):
    local.save("trade", "trade")
    (local.folder / "alerts-pending.json").write_text('{"schema_version": 1, "batches": [{}]}')
    assert local.fire() == (0, 0)
    assert "remove it" in local.failed[0]
    with pytest.raises(IndexCorrupt, match=r"alerts-pending\.json is damaged"):
        local.commit(article("a", "trade"))


def test_a_line_of_the_journal_that_is_none_is_passed_over(local):
    local.save("trade", "trade")
    local.run(article("a", "trade"))
    with (local.folder / "alerts.jsonl").open("ab") as file:
        file.write(b'\xff\xfe\n[]\n{"number": 9}\n')
    assert local.run(article("b", "trade")) == (1, 0)
    assert [alert["number"] for alert in journal.read(local.folder)] == [1, 2]


@pytest.mark.parametrize(
    "key", ["number", "search", "alert", "id", "fired", "snippets", "text", "title", "query", "url"]
)
@pytest.mark.parametrize("change", ["other key", "other kind"])
def test_a_line_that_lost_what_is_told_of_it_stops_nobody(local, tmp_path, key, change):
    """One flipped bit is enough; the damaged line has not been told yet, the next one is."""
    targets = (f"atom:{tmp_path / 'feeds'}", str(tmp_path / "out.jsonl"), "command:cat")
    local.save("trade", "trade")
    local.run(article("a", "trade"), to=targets)
    local.run(article("b", "trade"))
    path = local.folder / "alerts.jsonl"
    first, last = path.read_text(encoding="utf-8").splitlines()
    alert = json.loads(last)
    if change == "other kind":
        (alert["snippets"][0] if key == "text" else alert)[key] = {} if key == "search" else 5.5
        damaged = json.dumps(alert)
    else:
        damaged = last.replace(f'"{key}"', f'"{key[:-1]}~"')
    path.write_text(f"{first}\n{damaged}\n", encoding="utf-8")
    fired, _ = local.run(article("c", "trade"), to=targets)
    assert (fired, local.failed) == (1, ())
    told = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(told[-1])["id"] == "c"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("alerts-delivered.json", {"targets": {"jsonl:-": {"up_to": math.inf, "beyond": {}}}}),
        (
            "alerts-pending.json",
            {"batches": [{"generation_before": math.inf, "ids": [], "searches": []}]},
        ),
    ],
)
def test_a_number_without_end_is_damage(local, tmp_path, name, values):
    local.save("trade", "trade")
    local.run(article("a", "trade"))
    (local.folder / name).write_text(json.dumps({"schema_version": 1, **values}))
    local.fire(str(tmp_path / "out.jsonl"))
    assert f"{name} is damaged; remove it" in local.failed[0]


def test_a_full_disk_is_told_and_nothing_is_lost(local, monkeypatch):
    local.save("trade", "trade")
    local.commit(article("a", "trade"))

    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        assert local.fire()[1] == 0
    assert "is full" in local.failed[0]
    local.fire()
    assert local.told() == [("trade", "a")]


def test_a_job_that_sweeps_away_a_file_half_written_does_no_harm(local, monkeypatch):
    write, failures = files.replace_durably, [FileNotFoundError(), FileNotFoundError()]

    def swept(path, data):
        if failures:
            raise failures.pop()
        write(path, data)

    monkeypatch.setattr(files, "replace_durably", swept)
    local.save("trade", "trade")
    assert [one.name for one in alerting.saved(local.folder)] == ["trade"]


# --- the journal is bounded, the memory is not ---


def test_what_was_cut_from_the_journal_never_fires_again(local, monkeypatch):
    monkeypatch.setattr(journal, "KEPT", 5)
    monkeypatch.setattr(journal, "KEPT_OF_EACH", 2)
    monkeypatch.setattr(journal, "_SLACK", 3)
    local.save("quiet", "weather")
    local.save("trade", "trade")
    local.run(article("w", "weather"))
    for number in range(30):
        assert local.run(article(f"t{number}", "trade")) == (1, 0)
    assert ("quiet", "w") in local.told()
    assert len(local.told()) <= 10
    assert ("trade", "t0") not in local.told()
    assert local.run(article("t0", "trade"), article("w", "weather"), article("t29", "trade!")) == (
        0,
        0,
    )
    assert (local.folder / "alerts-fired.keys").stat().st_size % 16 == 0


def test_a_target_that_failed_for_too_long_is_told_what_it_missed(local, monkeypatch, tmp_path):
    for name, value in (("KEPT", 2), ("KEPT_OF_EACH", 1), ("_SLACK", 2)):
        monkeypatch.setattr(journal, name, value)
    local.save("trade", "trade")
    complaints = []
    for number in range(8):
        local.run(article(f"t{number}", "trade"), to=[f"jsonl:{tmp_path}"])
        complaints += local.failed
    assert any("3 alerts for jsonl:" in one and "given up" in one for one in complaints)


def test_numbers_go_on_where_the_journal_was_lost(local, tmp_path):
    out = str(tmp_path / "out.jsonl")
    local.save("trade", "trade")
    local.run(article("a", "trade"), to=[out])
    (local.folder / "alerts.jsonl").unlink()
    assert local.run(article("b", "trade"), to=[out]) == (1, 1)


def test_the_last_number_is_found_behind_long_lines(local):
    local.save("trade", "trade")
    local.run(article("a", "trade"))
    (line,) = journal.read(local.folder)
    long = {**line, "title": "x" * 300_000}
    journal.append(local.folder, [{**long, "number": 2}, {**long, "number": 3}])
    assert journal.last_number(local.folder) == 3
