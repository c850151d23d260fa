"""Figures from many measurements: medians, percentiles, spread."""

from collections.abc import Sequence
from statistics import median


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share lies, between neighbours in proportion."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def milliseconds(seconds: float) -> float:
    """Return milliseconds, to the microsecond."""
    return round(seconds * 1000, 3)


def spread(values: Sequence[float]) -> float:
    """Return how far apart the least and the greatest are, as a share of the median."""
    return (max(values) - min(values)) / median(values)


def medians(rounds: Sequence[Sequence[float]]) -> list[float]:
    """Return for each question the median over the rounds."""
    return [median(one) for one in zip(*rounds, strict=True)]


def summary(values: Sequence[float]) -> dict[str, float]:
    """Return p50 and p95 in milliseconds, of seconds."""
    return {
        "p50_ms": milliseconds(percentile(values, 0.5)),
        "p95_ms": milliseconds(percentile(values, 0.95)),
    }
