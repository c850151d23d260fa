"""What does a monitor read of a run? A run -> the text form of Prometheus.

To be written as a file for the textfile collector of the node exporter. All values are gauges about the
last run; what a failed run does not know is left out, so that no old number passes for a new one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from search.indexing.report import Report

GOOD_CODES = (0, 3)
"""Exit codes of runs that were completed; 3 means that some articles were rejected."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: when it began and ended, in seconds since 1970, its exit code, and its report."""

    began: float
    ended: float
    code: int
    report: Report | None = None


def as_text(run: Run, last_good: datetime | None, index: str) -> str:
    """Return all metrics; `last_good` is when the last completed run ended, this one included."""
    return "".join(_lines(run, last_good, index))


def _lines(run: Run, last_good: datetime | None, index: str) -> Iterator[str]:
    labels = {"index": index}
    yield from _gauge(
        "last_run_success",
        "Whether the last run was completed.",
        {"": int(run.code in GOOD_CODES)},
        labels,
    )
    yield from _gauge("last_run_exit_code", "Its exit code.", {"": run.code}, labels)
    yield from _gauge("last_run_timestamp_seconds", "When it ended.", {"": run.ended}, labels)
    took = run.ended - run.began
    yield from _gauge("last_run_duration_seconds", "How long it took.", {"": took}, labels)
    if last_good is not None:
        at = last_good.timestamp()
        name = "last_success_timestamp_seconds"
        yield from _gauge(name, "When the last completed run ended.", {"": at}, labels)
    report = run.report
    if report is None:
        return
    yield from _gauge(
        "generation", "The generation after the run.", {"": report.generation}, labels
    )
    yield from _gauge("articles", "Articles in the index.", {"": report.articles}, labels)
    counts = asdict(report.counts)
    yield from _gauge("last_run_articles", "Articles by what happened.", counts, labels, "change")
    told = "Seconds by phase."
    yield from _gauge("last_run_phase_seconds", told, report.seconds, labels, "phase")
    told_of = {name: report.alerts.get(name, 0) for name in ("fired", "delivered")}
    alerts = {name: count for name, count in told_of.items() if isinstance(count, int)}
    alerts["failed"] = len(report.failed_alerts)
    yield from _gauge(
        "last_run_alerts", "Alerts by what became of them.", alerts, labels, "outcome"
    )


def _gauge(
    name: str,
    told: str,
    values: Mapping[str, float],
    labels: Mapping[str, str],
    label: str = "",
) -> Iterator[str]:
    """Yield the lines of one metric, of which `label` tells the values apart."""
    yield f"# HELP duowen_{name} {told}\n# TYPE duowen_{name} gauge\n"
    for key, value in values.items():
        named = {**labels, label: key} if label else labels
        marks = ",".join(f'{one}="{_escaped(text)}"' for one, text in named.items())
        # Nine digits hold a moment of this century to the thousandth; repr is the shortest exact form.
        yield f"duowen_{name}{{{marks}}} {round(float(value), 3)!r}\n"


def _escaped(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
