"""Timers and crontabs: the words that come out are the words that went in, whoever reads them."""

import re
import shlex
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.errors import ConfigError
from search.scheduling import Job, Times, cron, systemd

HARD = '/news/50% of "it\'s" $HOME; `ls` \\ #新闻'


def job(*words, writes=("/var/lib/news",), name="duowen", user="clerk"):
    return Job(name, ("/opt/duowen", *words), ("/news",), tuple(writes), user)


def of_service(text, key):
    (value,) = re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)
    return value


def read_by_systemd(line):
    """Split a line as systemd.syntax(7) says, for what we write: quotes, escapes, doubled % and $."""
    words = shlex.split(line)
    return [word.replace("$$", "$").replace("%%", "%") for word in words]


def test_a_command_comes_back_from_a_unit():
    unit = systemd(job("index", "--", HARD), Times(900))["duowen.service"]
    command = of_service(unit, "ExecStart")
    assert read_by_systemd(command) == ["/opt/duowen", "index", "--", HARD]
    assert not re.search(r"(?<!%)%(?:%%)*(?!%)", command)


def test_paths_come_back_from_a_unit():
    unit = systemd(job(writes=["/var/lib/a b", "/50%/$x"]), Times(900))["duowen.service"]
    assert of_service(unit, "ReadWritePaths") == '"/var/lib/a b" /50%%/$x'
    assert of_service(unit, "RequiresMountsFor") == '/news "/var/lib/a b" /50%%/$x'


words = st.text(st.characters(min_codepoint=32, exclude_categories=["C", "Zl", "Zp"]), min_size=1)


@given(st.lists(words.filter(str.isprintable), max_size=4))
def test_any_command_comes_back_from_a_crontab(arguments):
    line = cron(job(*arguments), Times(900)).removeprefix("*/15 * * * * cd / && nice -n 10 ")
    assert line.endswith("\n")
    assert not re.search(r"(?<!\\)%", line)  # cron would take it for a line feed
    assert shlex.split(line.replace("\\%", "%")) == ["/opt/duowen", *arguments]


@pytest.mark.parametrize("word", ["a\nb", "a\0b", "\ud800", "\x1b[1m", "a\u2028b"])
@pytest.mark.parametrize("kind", [systemd, cron])
def test_what_fits_in_no_line_is_refused(word, kind):
    with pytest.raises(ConfigError, match="cannot stand in a timer"):
        kind(job(word), Times(900))


@pytest.mark.parametrize(
    ("every", "calendar", "fields"),
    [
        (60, "*:0/1", "* * * * *"),
        (900, "*:0/15", "*/15 * * * *"),
        (3_600, "hourly", "0 * * * *"),
        (21_600, "*-*-* 0/6:00:00", "0 */6 * * *"),
        (86_400, "daily", "0 0 * * *"),
        (604_800, "weekly", "0 0 * * 1"),
    ],
)
def test_intervals(every, calendar, fields):
    timer = systemd(job(), Times(every))["duowen.timer"]
    assert of_service(timer, "OnCalendar") == calendar
    assert cron(job(), Times(every)).startswith(f"{fields} cd / ")


def test_times_of_day():
    times = Times(at=((3, 30), (15, 0)))
    timer = systemd(job(), times)["duowen.timer"]
    assert re.findall("^OnCalendar=(.*)$", timer, re.MULTILINE) == [
        "*-*-* 03:30:00",
        "*-*-* 15:00:00",
    ]
    assert "at 03:30, 15:00" in timer
    assert [line[:11] for line in cron(job(), times).splitlines()] == ["30 3 * * * ", "0 15 * * * "]


@pytest.mark.parametrize("every", [0, 30, 90, 420, 5_400, 7 * 3_600, 172_800, 31 * 86_400])
def test_an_interval_that_no_clock_shows_is_refused(every):
    with pytest.raises(ConfigError, match="duowen watch"):
        Times(every)


def test_there_is_a_folder_for_temporary_files():
    unit = systemd(job(), Times(900))["duowen.service"]
    assert of_service(unit, "PrivateTmp") == "true"
    unit = systemd(job(writes=["/tmp/try"]), Times(900))["duowen.service"]
    assert "PrivateTmp" not in unit  # it would hide the index
    assert of_service(unit, "ReadWritePaths") == "/tmp/try /tmp"


def test_a_job_of_root_names_no_user():
    assert "User=" not in systemd(job(user=None), Times(900))["duowen.service"]
    assert of_service(systemd(job(), Times(900))["duowen.service"], "User") == "clerk"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
@pytest.mark.parametrize("times", [Times(60), Times(21_600), Times(604_800), Times(at=((3, 30),))])
def test_systemd_finds_nothing_wrong(tmp_path, times):
    made = Job("news", ("/bin/echo", HARD), ("/tmp",), (str(tmp_path),), "root")
    for name, text in systemd(made, times).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.glob("news.*"))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
