"""Dates as numbers, for engines that want them so."""

from datetime import datetime, timedelta, timezone

from benchmarks.peers.port import Question

DAY = 86_400
FAR = 1 << 40


def epoch(date: str) -> int:
    """Return the seconds since 1970 of an ISO date with its zone."""
    moment = datetime.fromisoformat(date.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return int(moment.timestamp())


def window(question: Question) -> tuple[int, int] | None:
    """Return the first and last second of the days asked for, or None where all are wanted."""
    if not (question.since or question.until):
        return None
    start = epoch(question.since) if question.since else -FAR
    end = epoch(question.until) + DAY - 1 if question.until else FAR
    return start, end


def day(date: str, shift: int = 0) -> str:
    """Return the UTC day of a date, some days later."""
    moment = datetime.fromtimestamp(epoch(date), timezone.utc) + timedelta(days=shift)
    return moment.date().isoformat()


NEWEST = epoch("2026-01-01T00:00:00Z")
"""A fixed now for the peers' recency, so that runs can be compared."""


def recency(published: int, half_life: float) -> float:
    """Return 1 for an article of now, less for an older one: half_life / (half_life + age)."""
    return half_life / (half_life + max(0, NEWEST - published))
