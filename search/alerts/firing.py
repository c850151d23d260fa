"""THE PAGE OF ALERTS: pending articles -> saved searches -> journal -> targets.

Each step is on the disk before the next begins, and can be done again: an article stays pending until
what it fired is in the journal, and an alert waits in the journal for each target until that was told.
"""

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from search.alerts import delivering, journal, matching, pending, saved, state
from search.alerts.saved import SavedSearch
from search.alerts.target import Target
from search.engines.port import SearchEngine
from search.errors import DuowenError
from search.query.plan import Plan

WAIT = 5.0
"""Seconds to wait for another process that fires."""

_WRITTEN_AT_ONCE = 500


class AlertsOutcome(NamedTuple):
    """How many alerts are new, how many were handed to targets (an alert counts for each of them), and
    a sentence for each thing that failed and is tried again by the next run.
    """  # noqa: D205

    fired: int = 0
    delivered: int = 0
    failed: tuple[str, ...] = ()


def fire(
    engine: SearchEngine, folder: Path, targets: Sequence[Target], now: datetime | None = None
) -> AlertsOutcome:
    """Try the saved searches on what is pending and tell the targets; writes nothing where nothing is.

    `engine` must see the newest generation; `now` is what relative dates count from. Raises nothing
    that we know of: what fails is in the outcome, and tried again by the next run.
    """
    fired, delivered = 0, 0
    failed: list[str] = []
    try:
        if not _due(engine, folder) and not delivering.is_behind(folder, targets):
            return AlertsOutcome()
        with state.firing(folder, WAIT) as ours:
            if not ours:
                return AlertsOutcome(failed=(_BUSY.format(folder),))
            delivering.welcome(folder, targets)
            fired, complaints = _record(engine, folder, now or datetime.now(timezone.utc))
            failed += complaints
            outcome = delivering.deliver(folder, targets)
            delivered = outcome.delivered
            failed += outcome.failed
            if fired:
                gone = journal.cut(folder, [search.name for search in saved.read(folder)])
                failed += delivering.given_up(folder, targets, gone)
    except DuowenError as error:
        failed.append(str(error))
    except OSError as error:
        failed.append(f"The alerts of {folder} failed ({error}); the next run tries again.")
    return AlertsOutcome(fired, delivered, tuple(failed))


_BUSY = "Another job is firing the alerts of {}; what is left is done by the next run."


def _due(engine: SearchEngine, folder: Path) -> list[pending.Batch]:
    """Return the batches whose commit came about."""
    return [one for one in pending.read(folder) if one.generation_before < engine.generation]


def _record(engine: SearchEngine, folder: Path, now: datetime) -> tuple[int, list[str]]:
    """Fire what is due: everything is in the journal before it is pending no more."""
    due = _due(engine, folder)
    if not due:
        return 0, []
    try:
        searches = saved.read(folder)
    except DuowenError as error:  # what waits for a target is told all the same
        return 0, [str(error)]
    found: list[tuple[SavedSearch, Plan, list[str]]] = []
    for search in searches:
        ids = dict.fromkeys(one for batch in due if batch.is_for(search.name) for one in batch.ids)
        if ids:
            plan = matching.plan_of(engine, search, now)
            found.append((search, plan, engine.matching(plan, ids)))
    keys = {journal.key_of(search.name, one) for search, _, matched in found for one in matched}
    fired_before = journal.fired(folder, keys)
    first = number = delivering.last_number(folder)
    for search, plan, matched in found:
        fresh = [one for one in matched if journal.key_of(search.name, one) not in fired_before]
        for start in range(0, len(fresh), _WRITTEN_AT_ONCE):
            some = fresh[start : start + _WRITTEN_AT_ONCE]
            made = matching.alerts_of(engine, search, plan, some, now)
            alerts = [{"number": count, **alert} for count, alert in enumerate(made, number + 1)]
            journal.append(folder, alerts)
            number += len(alerts)
    pending.done(folder, due)
    return number - first, []
