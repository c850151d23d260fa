"""How many articles does an index on a cluster hold, with which terms, and how new is the newest?"""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from search.engines.opensearch_asking import total_of
from search.engines.opensearch_mapping import CHARACTERS, STEMS, WORDS

Json = dict[str, Any]

NOTHING: Mapping[str, int] = {"": 0, WORDS: 0, STEMS: 0, CHARACTERS: 0}
"""The totals of an index without an article."""


class Facts(NamedTuple):
    """How many articles there are, and how many with which fields; and the date of the newest."""

    totals: Mapping[str, int]
    newest: datetime | None


FACTS: Json = {
    "size": 0,
    "track_total_hits": True,
    "aggs": {
        "newest": {"max": {"field": "published"}},
        **{field: {"filter": {"exists": {"field": field}}} for field in (WORDS, STEMS, CHARACTERS)},
    },
}


def facts_of(answer: Json) -> Facts:
    """Return what an answer to FACTS tells."""
    told = answer["aggregations"]
    totals = {field: int(told[field]["doc_count"]) for field in (WORDS, STEMS, CHARACTERS)}
    return Facts({"": total_of(answer), **totals}, _moment(told["newest"]["value"]))


def _moment(milliseconds: float | None) -> datetime | None:
    if milliseconds is None:
        return None
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    return epoch + timedelta(milliseconds=milliseconds)


def iso(milliseconds: float | None) -> str | None:
    """Return a moment as text in UTC."""
    moment = _moment(milliseconds)
    return moment.isoformat() if moment else None
