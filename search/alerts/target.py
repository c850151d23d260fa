"""What is handed to a target of alerts, and what must a target be able to do?"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from search.alerts.journal import Alert


class Delivery(NamedTuple):
    """New alerts of one saved search; `latest` gives its last hundred, these included, newest first."""

    search: str
    alerts: Sequence[Alert]
    latest: Callable[[], Sequence[Alert]]


class Refused(Exception):
    """The target did not take this delivery; another one it may take. Says why, without a full stop."""


class Target(Protocol):
    """Where alerts go."""

    @property
    def name(self) -> str:
        """What tells it from other targets, in this run and the next."""
        ...

    @property
    def path(self) -> Path | None:
        """The file or folder it writes to; None for one that writes to none that we know."""
        ...

    def deliver(self, delivery: Delivery) -> None:
        """Hand over alerts; raises Refused, and OSError where no other one would be taken now."""
        ...
