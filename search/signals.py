"""Who may end this process, and how? Once it is ending, nobody hurries it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

PATIENCE = 60.0
"""Seconds in which a job has to heed a signal: longer, and it hangs on a file that does not answer."""


class Terminated(BaseException):
    """SIGTERM or SIGHUP came."""


def handle() -> None:
    """Let signals end the process by KeyboardInterrupt or Terminated; only for the main thread.

    A signal that is ignored from the start stays so, as with nohup.
    """
    for number, handler in _HANDLERS.items():
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


class Stop:
    """Says, when it is called, whether a signal asked to stop; `code` is what to exit with then.

    `heard` is called once, by the first signal that is waited for: whoever sent it may see nothing else
    for minutes. It runs in the midst of anything, and must not write to a stream that is buffered.
    """

    def __init__(self, heard: Callable[[], None] | None = None) -> None:
        self._heard = heard
        self._is_heeded = False
        self._is_last_step = False
        self._number = 0

    def __call__(self) -> bool:
        """Say whether to stop; from the first call on, the first signal waits for the next one."""
        self._is_heeded = True
        if self._number:
            _wake(0)
        return bool(self._number)

    def last_step(self) -> None:
        """Say that what comes now is to be brought to its end, however long it takes: the commit.

        From here on the first signal waits for it, and only the second one ends the process.
        """
        self._is_heeded = self._is_last_step = True
        if self._number:
            _wake(0)

    @property
    def code(self) -> int:
        """The exit code: 130 after SIGINT, 143 after the others, 0 where no signal came."""
        if not self._number:
            return 0
        return 130 if self._number == signal.SIGINT else 143

    def note(self, number: int, frame: object) -> None:
        """Take a signal: at once where nobody heeds this, or when it is the second one."""
        if not self._is_heeded or self._number:
            self.end(number, frame)
        self._number = number
        if not self._is_last_step:
            _wake(PATIENCE)
        if self._heard:
            self._heard()

    def end(self, number: int, frame: object) -> None:
        """End the process: as the first signal asked, if this one is an alarm."""
        _wake(0)
        _HANDLERS[signal.Signals(number if number in _HANDLERS else self._number)](number, frame)


@contextmanager
def deferred(heard: Callable[[], None] | None = None) -> Iterator[Stop]:
    """Let the first signal ask to stop and the second one end the process; for the main thread only.

    Where nobody asks for PATIENCE seconds whether to stop, the process ends as well, but not in its
    last step. Until somebody asks for the first time, the first signal ends the process at once: a job
    that waits for another one has nothing to finish. `heard` is called by the first signal that waits.
    """
    stop = Stop(heard)
    before = {number: signal.getsignal(number) for number in _HANDLERS}
    taken = [number for number, handler in before.items() if handler != signal.SIG_IGN]
    for number in taken:
        signal.signal(number, stop.note)
    if _ALARM:
        before[_ALARM] = signal.signal(_ALARM, stop.end)
    try:
        yield stop
    finally:
        if _ALARM:
            _wake(0)
            signal.signal(_ALARM, before[_ALARM])
        for number in taken:
            if signal.getsignal(number) == stop.note:  # else the process is ending
                signal.signal(number, before[number])


def _wake(seconds: float) -> None:
    """Have an alarm come after so many seconds, 0 for none; where the system has alarms."""
    if _ALARM:
        signal.setitimer(signal.ITIMER_REAL, seconds)


def ignore() -> None:
    """Let nothing disturb the ending: it is short."""
    for number in _HANDLERS:
        signal.signal(number, signal.SIG_IGN)


def _terminated(_signal: int, _frame: object) -> NoReturn:
    ignore()
    raise Terminated


def _interrupted(_signal: int, _frame: object) -> NoReturn:
    ignore()
    raise KeyboardInterrupt


_ALARM = getattr(signal, "SIGALRM", None)
_HANDLERS = {signal.SIGINT: _interrupted, signal.SIGTERM: _terminated}
if hasattr(signal, "SIGHUP"):
    _HANDLERS[signal.SIGHUP] = _terminated
