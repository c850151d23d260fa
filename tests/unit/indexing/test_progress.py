"""Progress: seldom enough, and without a trace."""

import errno
import io
import os
import time

import pytest

from search.indexing.progress import shown


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setenv("TERM", "xterm")
    return now


def test_a_phase_is_shown_at_once_and_its_counts_ten_times_a_second(clock):
    terminal = Terminal()
    with shown(terminal) as progress:
        for count in range(1, 1001):
            clock[0] += 0.001
            progress("reading", count)
        progress("writing", 1000)
    lines = terminal.getvalue().split("\r\x1b[K")[1:]
    assert lines[0] == "reading: 1 articles"
    assert 9 <= sum(line.startswith("reading") for line in lines) <= 11
    assert lines[-2:] == ["writing: 1,000 articles, 1,000 a second", ""]


def test_the_rate_is_shown_as_soon_as_it_says_something(clock):
    terminal = Terminal()
    with shown(terminal) as progress:
        for count in (2_000, 4_000, 9_000):
            clock[0] += 0.6
            progress("reading", count)
    assert terminal.getvalue().split("\r\x1b[K")[1:-1] == [
        "reading: 2,000 articles",
        "reading: 4,000 articles, 3,333 a second",
        "reading: 9,000 articles, 5,000 a second",
    ]


def test_an_error_leaves_no_trace_either(clock):
    terminal = Terminal()

    def interrupted():
        with shown(terminal) as progress:
            progress("reading", 1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_a_terminal_that_was_closed_is_left_alone_and_the_job_goes_on(clock, monkeypatch):
    terminal = Terminal()
    tries = []

    def closed(text):
        tries.append(text)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with shown(terminal) as progress:
        progress("reading", 1)
        monkeypatch.setattr(terminal, "write", closed)
        for count in range(2, 10):
            clock[0] += 1.0
            progress("reading", count)
        progress("writing", 10)
    assert len(tries) == 1


@pytest.mark.parametrize("terminal", [None, io.StringIO()])
def test_nobody_is_told_where_there_is_no_terminal(clock, terminal):
    with shown(terminal) as progress:
        assert progress is None


def test_a_dumb_terminal_is_left_alone(clock, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    with shown(Terminal()) as progress:
        assert progress is None
