"""The command line as a process: what it loads, what it is given as streams, and how it is ended."""

import contextlib
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios

import pytest

from tests.cli.desk import TOP, checksums, ended, write_lines, write_page

HEAVY = {"whoosh", "numpy", "jieba", "rjieba", "yaml"}


@pytest.fixture
def news(run, desk):
    write_page(desk / "bridge.md", "Bridge opens", "The new bridge has opened. 新桥开通。")
    assert run("index", "bridge.md").code == 0
    return desk


def loaded(*words, whole=False):
    """Run a command in a new process and return the packages, or all modules, that it loaded.

    Those that Python itself loads are left out.
    """
    script = (
        "import sys\n"
        "before = set(sys.modules)\n"  # of a Python that measures coverage there are more
        "import contextlib, io, cli\n"
        "sys.argv = ['duowen', *sys.argv[1:]]\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    cli.run()\n"
        "print(*set(sys.modules) - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        env={**os.environ, "PYTHONPATH": str(TOP)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    modules = set(done.stdout.split())
    return modules if whole else {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize(
    "words", [["--help"], ["search", "--help"], ["index", "-h"], ["--bogus"], []]
)
def test_help_loads_nothing_heavy(desk, words):
    assert "click" in loaded(*words)
    assert not loaded(*words) & HEAVY


@pytest.mark.parametrize(
    "words", [["search", "新桥 bridge"], ["bridge", "--json"], ["show", "bridge.md"], ["--help"]]
)
def test_who_searches_loads_nothing_of_jobs(news, words):
    modules = loaded(*words, whole=True)
    ours = {name for name in modules if name.startswith("search.")}
    assert "search.commands.telling" in ours
    of_jobs = (
        "indexing",
        "sources.reading",
        "alerts",
        "alerting",
        "upkeep",
        "reindexing",
        "metrics",
        "engines.opensearch",
    )
    assert not [name for name in ours if name.startswith(tuple(f"search.{one}" for one in of_jobs))]
    assert not {"search.commands.jobs", "search.render_upkeep", "search.scheduling"} & ours


@pytest.mark.parametrize(
    "words", [["search", "新桥 bridge"], ["bridge", "--json"], ["show", "bridge.md"], ["stats"]]
)
def test_reading_loads_neither_jieba_nor_yaml(news, words):
    assert not loaded(*words) & {"jieba", "rjieba", "yaml"}


@pytest.mark.parametrize("words", [["search", "新桥 bridge"], ["search", "bridge", "--json"]])
def test_a_search_loads_nothing_that_it_does_not_need(news, words):
    spared = {"whoosh", "difflib", "hashlib", "importlib_metadata", "email", "asyncio", "zoneinfo"}
    spared |= {"tempfile", "shutil", "random", "locale", "click", "gettext"}
    assert not loaded(*words) & spared


@pytest.mark.parametrize("words", [["search", "新桥 bridge"], ["bridge", "--json"]])
def test_a_search_loads_nothing_of_ours_that_it_does_not_need(news, words):
    spared = {"query.parser", "query.lexer", "article", "dates", "durations", "files"}
    assert not loaded(*words, whole=True) & {f"search.{one}" for one in spared}


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="counts threads as Linux does")
def test_a_search_starts_no_threads(start, news):
    script = "import atexit, os, cli; atexit.register(lambda: print(*os.listdir('/proc/self/task'))); cli.process()"
    done = subprocess.run(
        [sys.executable, "-c", script, "bridge"],
        env={**os.environ, "PYTHONPATH": str(TOP)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert len(done.stdout.splitlines()[-1].split()) == 1


def test_an_interrupt_while_click_is_loaded_is_quiet(desk):
    script = (
        "import sys\n"
        "class Interrupted:\n"
        "    @staticmethod\n"
        "    def find_spec(name, *_):\n"
        "        if name == 'click':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted)\n"
        "from cli import main\n"
        "sys.argv = ['duowen', '--help']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(TOP)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_yaml_is_loaded_where_there_are_settings(news):
    (news / "duowen.yaml").write_text("index: index_data\n")
    assert "yaml" in loaded("search", "bridge")


def test_a_closed_pipe_ends_quietly(start, desk, run):
    write_lines(
        desk / "a.jsonl",
        *({"id": str(n), "title": "Bridge", "body": "bridge " * 40} for n in range(600)),
    )
    run("index", "a.jsonl")
    searching = start("bridge", "-n", "600")
    head = subprocess.run(["head", "-1"], stdin=searching.stdout, capture_output=True, check=True)
    searching.stdout.close()
    searching.stdout = None
    assert head.stdout == b"Bridge\n"
    assert ended(searching) == (0, "", "")


@pytest.mark.parametrize(
    "words", [["--help"], ["bridge"], ["bridge", "--json"], ["show", "bridge.md"], ["stats"]]
)
def test_a_pipe_that_was_closed_before_is_no_error(start, news, words):
    reader, writer = os.pipe()
    os.close(reader)
    process = start(*words, stdout=writer)
    os.close(writer)
    assert ended(process) == (0, "", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_a_full_disk_is_told_in_one_sentence(start, news):
    with open("/dev/full", "wb") as full:
        outcome = ended(start("stats", stdout=full))
    assert outcome.code == 1
    assert "No space left on device" in outcome.sentence


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("words", [["stats"], ["index", "bridge.md", "-"], ["bridge"]])
def test_closed_streams_are_no_error(start, news, words, number):
    """A daemon may start a job so."""
    rejected = words[0] == "index"  # the standard input is empty
    command = f"exec {sys.executable} -c 'import cli; cli.process()' {' '.join(words)} {number}{'<>'[number > 0]}&-"
    done = subprocess.run(
        ["sh", "-c", command], env={**os.environ, "PYTHONPATH": str(TOP)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == (3 if rejected else 0), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1:strict"},
    ],
)
def test_output_is_utf8_whatever_the_locale(start, news, environment):
    for words in (["bridge"], ["bridge", "--json"], ["show", "bridge.md"]):
        outcome = ended(start(*words, environment=environment))
        assert (outcome.code, outcome.err) == (0, "")
        assert "新桥开通。" in outcome.out
    outcome = ended(start("show", "新桥", environment=environment))
    assert outcome.code == 1
    assert "Traceback" not in outcome.err


def on_terminal(start, *words, environment=(), stream="stdout"):
    """Run with one stream on a terminal 80 columns wide; return how it ended and what was shown."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    values = {"TERM": "xterm", **dict(environment)}
    process = start(*words, environment=values, **{stream: theirs})
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 10_000):
            shown += chunk
    except OSError:  # EIO: the other end is closed
        pass
    os.close(ours)
    return ended(process), shown.decode("utf-8")


@pytest.mark.parametrize(
    ("words", "environment", "painted"),
    [
        ([], {}, True),
        (["--no-color"], {"FORCE_COLOR": "1"}, False),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (["--color"], {"NO_COLOR": "1"}, True),
        ([], {"NO_COLOR": ""}, True),
        ([], {"TERM": "dumb"}, False),
    ],
)
def test_colour_on_a_terminal(start, news, words, environment, painted):
    outcome, shown = on_terminal(start, "bridge", *words, environment=environment)
    assert outcome.code == 0
    assert ("\x1b[1;31mBridge\x1b[0m" in shown) == painted
    assert ("\x1b" in shown) == painted


@pytest.mark.parametrize(
    ("words", "environment", "painted"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color"], {}, True),
    ],
)
def test_colour_in_a_pipe(start, news, words, environment, painted):
    for command in (["bridge"], ["show", "bridge.md"], ["stats"]):
        outcome = ended(start(*command, *words, environment=environment))
        assert ("\x1b[" in outcome.out) == painted


def test_json_is_never_painted(start, news):
    outcome, shown = on_terminal(start, "bridge", "--json", "--color")
    assert outcome.code == 0
    assert "\x1b" not in shown
    assert json.loads(shown)["total"] == 1


def test_progress_is_shown_on_a_terminal_and_wiped_away(start, desk):
    write_lines(desk / "a.jsonl", *({"id": str(n), "title": "Bridge"} for n in range(300)))
    outcome, shown = on_terminal(start, "index", "a.jsonl", stream="stderr")
    assert (outcome.code, outcome.out) == (0, "")
    shown, last = shown.rsplit("\r\x1b[K", 1)
    assert "reading: 1 articles" in shown
    assert "writing: 300 articles" in shown
    assert shown.count("\x1b[K") < 100  # not one for each article
    assert last.startswith("duowen: 300 added; 300 articles in index_data")


@pytest.mark.parametrize(
    ("words", "environment"), [(["-q"], {}), ([], {"TERM": "dumb"})], ids=["quiet", "dumb"]
)
def test_no_progress_where_it_is_not_wanted(start, desk, words, environment):
    write_page(desk / "a.md")
    _, shown = on_terminal(start, "index", "a.md", *words, environment=environment, stream="stderr")
    assert "reading" not in shown
    assert "\x1b" not in shown


def test_no_progress_in_a_pipe(start, desk):
    write_page(desk / "a.md")
    outcome = ended(start("index", "a.md"))
    assert outcome.sentence.startswith("duowen: 1 added")


class TestWhileAJobIsRunning:
    """The job reads a named pipe: when that could be opened for writing, the job is in its midst."""

    @pytest.fixture
    def job(self, start, news):
        os.mkfifo(news / "pipe.jsonl")
        write_page(news / "bridge.md", "Bridge closes")
        self.before = checksums(news / "index_data")
        process = start("index", "bridge.md", "pipe.jsonl", "--report", "-")
        self.line = line = json.dumps({"title": "Tram", "body": "Trams run again. " * 200}) + "\n"
        with open(news / "pipe.jsonl", "w", encoding="utf-8") as pipe:  # waits for the job
            pipe.write(line * 200)  # more than the pipe holds: the job is reading
            pipe.flush()
            self.pipe = pipe
            yield process

    def old_index_answers(self, run):
        assert run("bridge", "--json").json["hits"][0]["title"] == "Bridge opens"
        assert run("tram").code == 1
        assert run("stats", "--json").json["articles"] == 1

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_a_signal_ends_it_with_what_it_has_read(self, run, news, job, number, code):
        job.send_signal(number)
        with contextlib.suppress(BrokenPipeError):  # the job may have left by then
            self.pipe.write(self.line * 100)
            self.pipe.close()
        outcome = ended(job)
        assert outcome.code == code
        assert outcome.json["interrupted"] is True
        assert outcome.json["counts"]["updated"] == 1
        told = outcome.err.splitlines()  # at once, and at the end
        assert told[0].startswith(
            "duowen: Stopping once what was read is committed; a second signal"
        )
        assert "interrupted, the next run goes on: " in told[1]
        assert run("bridge", "--json").json["hits"][0]["title"] == "Bridge closes"
        assert run("check", "--deep").code == 0

    def test_a_second_signal_ends_it_at_once_and_the_old_index_answers(self, run, news, job):
        job.send_signal(signal.SIGINT)
        job.send_signal(signal.SIGTERM)
        outcome = ended(job)
        assert outcome.code == outcome.json["exit_code"] == 143
        assert outcome.json["failed"] == "Terminated at once."
        last = outcome.err.strip().splitlines()[-1]
        assert last == "duowen: Terminated; what was indexed before is still there."
        assert "Traceback" not in outcome.err
        assert checksums(news / "index_data") == self.before
        self.old_index_answers(run)
        assert run("index", "bridge.md", "--report", "-").json["counts"]["updated"] == 1

    def test_a_job_that_was_killed_leaves_no_lock_and_the_old_index(self, run, job):
        job.kill()
        assert ended(job).code == -signal.SIGKILL
        self.old_index_answers(run)
        assert run("index", "bridge.md", "--report", "-").json["counts"]["updated"] == 1
        assert run("bridge", "--json").json["hits"][0]["title"] == "Bridge closes"

    def test_a_second_job_says_busy_and_the_first_goes_on(self, start, run, news, job):
        second = ended(start("index", "bridge.md"))
        assert second.code == 75
        assert "try again" in second.complaint
        self.old_index_answers(run)  # readers do not wait
        self.pipe.close()
        outcome = ended(job)
        assert outcome.code == 0
        assert outcome.json["counts"]["added"] == 200
        assert ended(start("index", "bridge.md")).code == 0

    def test_two_jobs_for_two_indexes_do_not_meet(self, run, job):
        assert run("index", "bridge.md", "--index", "second").code == 0


def test_a_search_that_waits_for_nothing_is_not_disturbed_by_a_signal_handler(start, news):
    """SIGTERM before the first line of ours runs ends a process as the system does."""
    process = start("index", "-")  # waits for its standard input
    process.send_signal(signal.SIGTERM)
    assert ended(process).code in (143, -signal.SIGTERM)
