"""Requests to a cluster that are too large for it are halved, and one article alone is refused."""

import json

import pytest

from search.engines.opensearch_bulk import Bulk
from search.engines.opensearch_meaning import TooLarge, failure_of, meaning
from search.engines.opensearch_settings import OpenSearchSettings
from search.errors import EngineUnavailable, IndexCorrupt

REASON = (
    "rejected execution of coordinating operation [coordinating_and_primary_bytes=0,"
    " replica_bytes=0, all_bytes=0, coordinating_operation_bytes={},"
    " max_coordinating_and_primary_bytes=53687091]"
)


def busy(count):
    return {"type": "rejected_execution_exception", "reason": REASON.format(count)}


class Small:
    """A cluster that takes requests of so many bytes; `per_item`: it says so item by item."""

    settings = OpenSearchSettings(bulk_bytes=10_000, patience=1.0)

    def __init__(self, most, *, per_item):
        self.most, self.per_item, self.taken = most, per_item, []

    def ask(self, _method, _path, body=None, _params=None, **_):
        lines = body.splitlines()
        ids = [json.loads(line)["index"]["_id"] for line in lines[::2]]
        if len(body) > self.most and self.per_item:
            error = {"status": 429, "error": busy(60_000_000)}
            return {"items": [{"index": error} for _ in ids]}
        if len(body) > self.most:
            raise failure_of(self.settings, 429, {"error": busy(60_000_000)})
        self.taken += ids
        return {"items": [{"index": {"status": 201}} for _ in ids]}


def line_of(name, size):
    return json.dumps({"id": name, "path": f"/{name}", "body": "x" * size}).encode()


@pytest.mark.parametrize("per_item", [True, False])
def test_what_is_too_large_together_is_sent_in_parts(per_item):
    cluster = Small(700, per_item=per_item)
    bulk = Bulk(cluster, "news")
    for number in range(9):
        bulk.add(f"n{number}", line_of(f"n{number}", 900 if number == 4 else 100))
    bulk.finish()
    assert sorted(cluster.taken) == [f"n{number}" for number in range(9) if number != 4]
    assert bulk.changed == 8
    (refused,) = bulk.refused
    assert refused[:2] == ("n4", "/n4")
    assert refused.reason == (
        "Article n4 is too long for this cluster; split it into several articles."
    )


def test_a_server_that_is_only_busy_has_room_later():
    settings = OpenSearchSettings()
    assert isinstance(failure_of(settings, 429, {"error": busy(1_000)}), EngineUnavailable)
    assert isinstance(failure_of(settings, 429, {"error": busy(60_000_000)}), TooLarge)
    assert isinstance(meaning(settings, 413, "", ""), TooLarge)


def test_a_closed_index_is_no_fault_of_an_article():
    closed = meaning(OpenSearchSettings(), 400, "index_closed_exception", "closed")
    assert isinstance(closed, IndexCorrupt)
    assert str(closed).endswith("open it there: POST /duowen/_open.")
