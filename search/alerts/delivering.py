"""How far was each target told? alerts-delivered.json, advanced after what it says.

Whoever is killed between the two is told again: an alert comes at least once, and its key tells which.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from search.alerts import journal, state
from search.alerts.journal import Alert
from search.alerts.target import Delivery, Refused, Target
from search.marking import one_line

FILE_NAME = "alerts-delivered.json"
_WAY_OUT = "remove it: the targets then begin with the alerts of the run that follows"
_BATCH = 500
"""Alerts that are handed over at once, at most."""


class Place(NamedTuple):
    """All alerts up to the number `up_to` were told; of the searches in `beyond`, up to theirs."""

    up_to: int
    beyond: dict[str, int]


class Outcome(NamedTuple):
    """How many alerts were handed over, and a sentence for each that failed."""

    delivered: int
    failed: tuple[str, ...]


def places(folder: Path) -> dict[str, Place]:
    """Return how far each target was told; raises IndexCorrupt."""
    path = folder / FILE_NAME
    values = state.read(path, _WAY_OUT)
    if values is None:
        return {}
    try:
        return {
            str(name): Place(
                int(place["up_to"]), {str(key): int(n) for key, n in place["beyond"].items()}
            )
            for name, place in values["targets"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise state.damaged(path, _WAY_OUT) from None


def last_number(folder: Path) -> int:
    """Return the highest number an alert ever had, also where the file of alerts was lost."""
    return max([journal.last_number(folder), *(place.up_to for place in places(folder).values())])


def is_behind(folder: Path, targets: Iterable[Target]) -> bool:
    """Say whether a target was not told of everything; those never seen begin with the next alert."""
    known = places(folder)
    last = journal.last_number(folder)
    return any(known[target.name].up_to < last for target in targets if target.name in known)


def welcome(folder: Path, targets: Sequence[Target]) -> None:
    """Note targets that are new, before alerts are fired: what they miss from now on is theirs."""
    known = places(folder)
    if any(target.name not in known for target in targets):
        last = last_number(folder)
        _write(folder, {**{target.name: Place(last, {}) for target in targets}, **known})


def deliver(folder: Path, targets: Iterable[Target]) -> Outcome:
    """Tell each target what it was not told yet; one that fails is tried again by the next run."""
    delivered = 0
    failed: list[str] = []
    for target in targets:
        teller = _Teller(folder, target)
        teller.tell()
        delivered += teller.told
        failed += [
            f"The alerts for {one_line(target.name)} were not delivered: {one_line(why)};"
            f" the next run tries again."
            for why in dict.fromkeys(teller.complaints)
        ]
    return Outcome(delivered, tuple(failed))


def given_up(folder: Path, targets: Iterable[Target], cut: Sequence[int]) -> Iterator[str]:
    """Tell which targets will never be told of alerts that were cut from the file."""
    known = places(folder)
    for target in targets:
        place = known.get(target.name)
        missed = sum(1 for number in cut if place is not None and number > place.up_to)
        if missed:
            yield (
                f"{missed:,} alerts for {one_line(target.name)} waited for too long and were given up;"
                f" mend that target."
            )


class _Teller:
    """Tells one target, batch by batch."""

    def __init__(self, folder: Path, target: Target) -> None:
        self._folder = folder
        self._target = target
        self._up_to, beyond = places(folder)[target.name]
        self._beyond = dict(beyond)
        self._refused: set[str] = set()
        self._latest: dict[str, list[Alert]] | None = None
        self.told = 0
        self.complaints: list[str] = []

    def tell(self) -> None:
        """Hand over what there is; what was taken is in `told`, what was not in `complaints`."""
        path = self._target.path
        if path is not None and _real(path).is_relative_to(_real(self._folder)):
            self.complaints.append("it lies in the folder of the index, name another place")
            return
        alerts = journal.read(self._folder, self._up_to)
        try:
            while batch := list(islice(alerts, _BATCH)):
                self._tell_batch(batch)
        except OSError as error:
            self.complaints.append(error.strerror or str(error) or type(error).__name__)

    def _tell_batch(self, batch: Sequence[Alert]) -> None:
        by_search: dict[str, list[Alert]] = {}
        for alert in batch:
            search = alert["search"]
            if search not in self._refused and alert["number"] > self._beyond.get(search, 0):
                by_search.setdefault(search, []).append(alert)
        try:
            for search, alerts in by_search.items():
                self._hand_over(search, alerts)
            if not self._refused:
                self._up_to, self._beyond = batch[-1]["number"], {}
        finally:
            self._note()

    def _hand_over(self, search: str, alerts: Sequence[Alert]) -> None:
        try:
            self._target.deliver(Delivery(search, alerts, lambda: self._last(search)))
        except Refused as refused:
            self._refused.add(search)
            self.complaints.append(str(refused))
        else:
            self.told += len(alerts)
            self._beyond[search] = alerts[-1]["number"]

    def _last(self, search: str) -> list[Alert]:
        if self._latest is None:
            self._latest = journal.latest(self._folder, journal.KEPT_OF_EACH)
        return self._latest.get(search, [])

    def _note(self) -> None:
        known = places(self._folder)
        place = Place(self._up_to, self._beyond)
        if known.get(self._target.name) != place:
            _write(self._folder, {**known, self._target.name: place})


def _real(path: Path) -> Path:
    """Return the path without links; Path.resolve of Python 3.12 raises where they go in a circle."""
    return Path(os.path.realpath(path))


def _write(folder: Path, known: dict[str, Place]) -> None:
    state.replace(
        folder / FILE_NAME,
        {"targets": {name: place._asdict() for name, place in sorted(known.items())}},
    )
