"""What narrows by source, tag or date -> the filter: `source:x`, `since:7d`, and 上周 as a word.

Comes in: the value of a field as typed, or a tree of words. Goes out: nodes that filter.
"""

import re
from collections.abc import Callable
from datetime import datetime

from search.patterns import late
from search.query.nodes import And, Node, Not, Or, Published, SourceIs, TagIs, Text
from search.query.periods import CHINESE_ENDS, Interval, chinese_period, parse_bound, period

_EXAMPLES = {
    "date": "date:2023-11",
    "since": "since:7d",
    "until": "until:2023-11-24",
    "after": "after:2023-11-24",
    "before": "before:2023-11-24",
}
_YEARS = r"(\d{4})[-~–—](\d{4})"
NUMERIC_DATE = late(r"(?<!\S)\d{4}([-/.])\d{1,2}(?:\1\d{1,2})?(?!\S)")
"""What may be a date in numbers, typed as a word."""


def example(field: str, shape: str) -> str:
    """Return how to write a value that was not understood, or one like it."""
    years = re.fullmatch(_YEARS, shape)
    return f"date:{years[1]}..{years[2]}" if years and field == "date" else _EXAMPLES[field]


def is_numeric_date(shape: str, now: datetime) -> bool:
    """Say whether a word is a date behind `date:`."""
    return bool(NUMERIC_DATE.fullmatch(shape) and period(shape, now))


def _published(interval: Interval | None) -> Node | None:
    return Published(*interval) if interval and interval != (None, None) else None


FILTERS: dict[str, Callable[[str, str, datetime], Node | None]] = {
    "source": lambda typed, _, __: SourceIs(typed),
    "tag": lambda typed, _, __: TagIs(typed),
    "date": lambda _, shape, now: _published(period(shape, now)),
    "since": lambda _, shape, now: _published((parse_bound(shape, now, upper=False), None)),
    "until": lambda _, shape, now: _published((None, parse_bound(shape, now, upper=True))),
    # Unlike those two these leave out the day, the month or the year itself.
    "after": lambda _, shape, now: _published((parse_bound(shape, now, upper=True), None)),
    "before": lambda _, shape, now: _published((None, parse_bound(shape, now, upper=False))),
}
"""A field that filters -> its reader: the value as typed, the same folded, and now -> the node.

None is what was not understood.
"""


def may_hold_dates(text: str) -> bool:
    """Say, at a glance, whether a text may hold a Chinese date."""
    return not CHINESE_ENDS.isdisjoint(text)


def with_dates(node: Node, now: datetime) -> Node:
    """Return the tree with each chunk that is a Chinese date, all of it, turned into a filter.

    What stands in a text field or beside NEAR is a word.
    """
    if isinstance(node, Text):
        interval = chinese_period(node.text, now)
        return Published(*interval) if interval else node
    if isinstance(node, And | Or):
        return type(node)(tuple([with_dates(child, now) for child in node.children]))
    return Not(with_dates(node.child, now)) if isinstance(node, Not) else node
