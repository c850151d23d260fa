"""Who may end this process, and how? Once it is ending, nobody hurries it."""

import signal
from typing import NoReturn


class Terminated(BaseException):
    """SIGTERM or SIGHUP came."""


def handle() -> None:
    """Let signals end the process by KeyboardInterrupt or Terminated; only for the main thread.

    A signal that is ignored from the start stays so, as with nohup.
    """
    for number, handler in _HANDLERS.items():
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


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


_HANDLERS = {signal.SIGINT: _interrupted, signal.SIGTERM: _terminated}
if hasattr(signal, "SIGHUP"):
    _HANDLERS[signal.SIGHUP] = _terminated
