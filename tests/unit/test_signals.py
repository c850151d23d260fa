"""The first signal asks, the second one ends."""

import os
import signal

import pytest

from search import signals

NUMBERS = [
    (signal.SIGINT, 130, KeyboardInterrupt),
    (signal.SIGTERM, 143, signals.Terminated),
    (signal.SIGHUP, 143, signals.Terminated),
]


@pytest.fixture(autouse=True)
def handled():
    numbers = [number for number, _, _ in NUMBERS]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, signal.SIG_DFL)
    signals.handle()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(("number", "code", "ending"), NUMBERS)
def test_the_first_signal_asks_and_the_second_ends(number, code, ending):
    with pytest.raises(ending), signals.deferred() as stop:
        assert not stop()
        assert stop.code == 0
        os.kill(os.getpid(), number)
        assert stop()
        assert stop.code == code
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) == signal.SIG_IGN  # nothing disturbs the ending


@pytest.mark.parametrize(("number", "code", "ending"), NUMBERS)
def test_a_signal_that_nobody_heeds_yet_ends_at_once(number, code, ending):
    with pytest.raises(ending), signals.deferred():
        os.kill(os.getpid(), number)


@pytest.mark.parametrize(("number", "code", "ending"), NUMBERS)
def test_where_nobody_asks_any_more_the_first_signal_ends_in_the_end(
    monkeypatch, number, code, ending
):
    monkeypatch.setattr(signals, "PATIENCE", 0.05)
    reader, writer = os.pipe()
    try:
        with pytest.raises(ending), signals.deferred() as stop:
            assert not stop()
            os.kill(os.getpid(), number)
            os.read(reader, 1)  # nothing ever comes
    finally:
        os.close(reader)
        os.close(writer)


def test_who_heeds_a_signal_has_all_the_time_there_is(monkeypatch):
    monkeypatch.setattr(signals, "PATIENCE", 0.05)
    with signals.deferred() as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop()
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


@pytest.mark.parametrize(
    ("is_asked", "comes"), [(True, "before"), (True, "within"), (False, "within")]
)
def test_the_last_step_has_all_the_time_there_is(is_asked, comes):
    with pytest.raises(signals.Terminated), signals.deferred() as stop:
        if is_asked:
            assert not stop()
        if comes == "before":
            os.kill(os.getpid(), signal.SIGTERM)
            stop.last_step()
        else:
            stop.last_step()
            os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        assert stop.code == 143
        os.kill(os.getpid(), signal.SIGTERM)


def test_afterwards_all_is_as_before(handled):
    before = [signal.getsignal(number) for number, _, _ in NUMBERS]
    with signals.deferred() as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGTERM)
    assert [signal.getsignal(number) for number, _, _ in NUMBERS] == before


def test_what_is_ignored_from_the_start_stays_so():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with signals.deferred() as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGHUP)
        assert not stop()


def test_the_first_signal_that_waits_is_answered_and_no_other():
    heard = []
    with (
        pytest.raises(signals.Terminated),
        signals.deferred(lambda: heard.append(len(heard))) as stop,
    ):
        assert not stop()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop()
        assert heard == [0]
        os.kill(os.getpid(), signal.SIGTERM)
    assert heard == [0]


def test_a_signal_that_ends_at_once_is_not_answered():
    heard = []
    with pytest.raises(signals.Terminated), signals.deferred(lambda: heard.append(1)):
        os.kill(os.getpid(), signal.SIGTERM)
    assert heard == []
