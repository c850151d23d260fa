"""`duowen schedule`: what it prints runs, and means this index and these settings."""

import os
import shlex
import subprocess
import sys

import pytest

from tests.cli.desk import TOP, write_page


@pytest.fixture
def news(desk):
    write_page(desk / "50% 新闻/bridge.md")
    return desk


def units(outcome):
    """Return key -> value; /tmp is writable too where a test runs in it."""
    assert outcome.code == 0
    lines = [line for line in outcome.out.splitlines() if "=" in line and line[0] != "#"]
    values = dict(line.split("=", 1) for line in lines)
    return {**values, "ReadWritePaths": values["ReadWritePaths"].removesuffix(" /tmp")}


def test_a_service_holds_absolute_paths(run, news):
    (news / "duowen.yaml").write_text("index: here\n")
    unit = units(run("schedule", "systemd", "50% 新闻", "--metrics", "m.prom", "--reread"))
    assert unit["ExecStart"] == " ".join(
        [
            os.path.abspath(sys.executable),
            f"{TOP}/cli.py index --index {news}/here --config {news}/duowen.yaml",
            f'--metrics {news}/m.prom --reread -- "{news}/50%% 新闻"',
        ]
    )
    assert unit["ReadWritePaths"] == str(news)
    assert unit["Type"] == "oneshot"
    assert unit["SuccessExitStatus"] == "3 75 143"
    assert unit["OnCalendar"] == "*:0/15"
    assert unit["Persistent"] == "true"


def test_only_the_index_is_writable_once_it_is_there(run, news):
    run("index", "50% 新闻")
    assert units(run("schedule", "systemd"))["ReadWritePaths"] == f"{news}/index_data"


def test_the_paths_of_the_settings_are_normalised(run, news):
    """systemd ignores a path with .. in it, and would not wait for the disk."""
    (news / "config").mkdir()
    (news / "config/duowen.yaml").write_text("index: ../index_data\npaths: [../50% 新闻, ./x/]\n")
    unit = units(run("schedule", "systemd", "--config", "config/duowen.yaml"))
    assert unit["RequiresMountsFor"] == f'"{news}/50%% 新闻" {news}/config/x {news}'


def test_what_alerts_write_is_writable(run, news):
    (news / "feeds").mkdir()
    (news / "told").mkdir()
    run("index", "50% 新闻")
    outcome = run(
        "schedule", "systemd", "--alerts", "atom:feeds", "--alerts", "jsonl:told/alerts.jsonl",
        "--alerts", "command:mail 'a b'",
    )  # fmt: skip
    unit = units(outcome)
    assert unit["ReadWritePaths"] == f"{news}/index_data {news}/feeds {news}/told"
    assert (
        f"--alerts atom:{news}/feeds --alerts jsonl:{news}/told/alerts.jsonl" in unit["ExecStart"]
    )
    assert "\"command:mail 'a b'\"" in unit["ExecStart"]


def test_each_unit_can_be_had_alone_and_the_head_says_how(run, news):
    both = run("schedule", "systemd", "50% 新闻", "--name", "duowen-news", "--at", "03:30")
    head = [line for line in both.out.splitlines() if line.startswith("#   ") and "tee" in line]
    for kind, line in zip(("service", "timer"), head, strict=True):
        command, target = line.removeprefix("#   ").split(" | sudo tee ")
        assert target == f"/etc/systemd/system/duowen-news.{kind}"
        words = shlex.split(command)
        assert words[:2] == [os.path.abspath(sys.executable), f"{TOP}/cli.py"]
        alone = run(*words[2:])
        assert (alone.code, alone.err) == (0, "")
        assert alone.out in both.out
        assert alone.out.startswith(f"# duowen-news.{kind}: ")


def test_the_line_of_cron_runs(run, news):
    outcome = run("schedule", "cron", "50% 新闻", "--every", "6h")
    *head, line = outcome.out.splitlines()
    assert all(one.startswith("# ") for one in head)
    fields, command = line.split(" cd / ")
    assert fields == "0 */6 * * *"
    # cron makes \% a % and hands the rest to a shell
    done = subprocess.run(
        ["sh", "-c", ("cd / " + command).replace("\\%", "%")],
        env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert run("stats", "--json").json["articles"] == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["systemd"], "nothing to index"),
        (["systemd", "-"], "standard input"),
        (["launchd", "a"], "launchd"),
        (["systemd", "a", "--every", "7m"], "duowen watch"),
        (["systemd", "a", "--every", "15m", "--at", "3:30"], "exclude"),
        (["systemd", "a", "--every", "soon"], "30s, 15m, 26h or 7d"),
        (["cron", "a", "--at", "24:00"], "03:30"),
        (["cron", "a", "--only", "timer"], "--only"),
        (["systemd", "a", "--name", "../evil"], "name of a unit"),
        (["systemd", "a\nb"], "cannot stand in a timer"),
        (["cron", "a", "--every", "15m\n* * * * * evil"], "30s, 15m, 26h or 7d"),
        (["cron", "a", "--alerts", "pigeon:loft"], "pigeon"),
    ],
)
def test_what_cannot_be_scheduled(run, desk, words, why):
    outcome = run("schedule", *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert why in outcome.err


def test_no_comment_is_broken_by_a_line_feed(run, news):
    outcome = run("schedule", "cron", "50% 新闻", "--every", "15m\n")
    lines = outcome.out.splitlines()
    assert [line[0] for line in lines] == ["#", "#", "*"]


class TestOnACluster:
    @pytest.fixture(autouse=True)
    def _settled(self, desk):
        (desk / "duowen.yaml").write_text("engine: opensearch\nopensearch:\n  index: other\n")

    def test_the_variables_that_lead_there_come_along(self, run, monkeypatch):
        assert "/usr/bin/env" not in run("schedule", "cron").out
        monkeypatch.setenv("DUOWEN_OPENSEARCH_INDEX", "news-2024")
        monkeypatch.setenv("DUOWEN_OPENSEARCH_HOSTS", "http://a:1 http://b:2")
        unit = units(run("schedule", "systemd"))
        assert unit["ExecStart"].startswith(
            '/usr/bin/env "DUOWEN_OPENSEARCH_HOSTS=http://a:1 http://b:2"'
            " DUOWEN_OPENSEARCH_INDEX=news-2024 "
        )
        assert unit["After"] == unit["Wants"] == "network-online.target"
        assert "DUOWEN_OPENSEARCH_INDEX=news-2024 " in run("schedule", "cron").out

    def test_a_secret_stands_in_no_timer(self, run, monkeypatch):
        monkeypatch.setenv("DUOWEN_OPENSEARCH_USER", "me")
        monkeypatch.setenv("DUOWEN_OPENSEARCH_PASSWORD", "sesame")
        outcome = run("schedule", "cron")
        assert (outcome.code, outcome.out) == (2, "")
        assert "name that as password_file" in outcome.err
        assert "sesame" not in outcome.err
