"""Requests with changes are under way at once, bounded, and counted when each item was acknowledged."""

import json
import threading

import pytest

from search.engines import opensearch_bulk, opensearch_client
from search.engines.opensearch_bulk import Bulk
from search.engines.opensearch_client import Cluster, NotThere
from search.engines.opensearch_settings import OpenSearchSettings
from search.errors import EngineError, EngineUnavailable, IndexBusy

SMALL = OpenSearchSettings(bulk_bytes=10, patience=0.5)


class Server(Cluster):
    """Answers bulk requests by what `outcome` says of a document; keeps what arrived, in order."""

    def __init__(self, settings=SMALL):
        self.settings = settings
        self.outcome = lambda _: 200
        self.is_there = True
        self.arrived = []
        self.held = {}
        self.most_at_once = self._at_once = 0
        self.gate = threading.Event()
        self.gate.set()
        self._lock = threading.Lock()

    def ask(self, method, path, body=None, params=None, *, patient=False):
        assert (method, path, patient) == ("POST", "/x/_bulk", True)
        assert params == {"require_alias": "true"}
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        assert self.gate.wait(10)
        lines = body.decode().splitlines()
        items = []
        with self._lock:
            while lines:
                ((action, own),) = json.loads(lines.pop(0)).items()
                line = lines.pop(0) if action == "index" else None
                status = self.outcome(own["_id"])
                wrong = {"error": {"type": "t", "reason": "r"}}
                was_not_there = status == 404 and action == "delete" and self.is_there
                was_done = status < 300 or was_not_there
                items.append({action: {"status": status, **({} if was_done else wrong)}})
                if status < 300:
                    self.arrived.append((own["_id"], line))
                    self.held[own["_id"]] = line
            self._at_once -= 1
        return {"items": items}


def test_some_requests_are_under_way_at_once_and_no_more():
    server = Server()
    server.gate.clear()
    bulk = Bulk(server, "x")
    threading.Timer(0.2, server.gate.set).start()
    for number in range(20):
        bulk.add(f"{number}", b"1234567")
    bulk.finish()
    assert bulk.changed == len(server.arrived) == 20
    assert server.most_at_once == opensearch_bulk._MOST_UNDER_WAY


def test_the_last_change_to_a_document_wins():
    server = Server()
    bulk = Bulk(server, "x")
    for number in range(30):
        bulk.add("a", b"%d" % number)
        bulk.add("b", None if number % 2 else b"1234567")
    bulk.finish()
    assert server.held == {"a": "29", "b": None}
    assert [line for document, line in server.arrived if document == "a"] == list(
        map(str, range(30))
    )


def test_what_was_busy_is_sent_again_and_only_that():
    server = Server()
    busy = {"3": 2, "7": 1}

    def outcome(document):
        busy[document] = busy.get(document, 0) - 1
        return 429 if busy[document] >= 0 else 201

    server.outcome = outcome
    bulk = Bulk(server, "x")
    for number in range(12):
        bulk.add(f"{number}", b"12")
    bulk.finish()
    assert sorted(server.arrived) == sorted((f"{number}", "12") for number in range(12))
    assert bulk.changed == 12


def test_a_refusal_ends_it_when_nothing_is_under_way_any_more(monkeypatch):
    monkeypatch.setattr(opensearch_client, "_FIRST_PAUSE", 0.01)
    server = Server()
    bulk = Bulk(server, "x")
    server.outcome = lambda document: 429 if document == "1" else 200
    with pytest.raises(EngineUnavailable):
        for number in range(9):
            bulk.add(f"{number}", b"1234567")
        bulk.finish()
    assert server._at_once == 0
    server.outcome = lambda _: 418
    bulk = Bulk(server, "x")
    bulk.add("1", b"1")
    with pytest.raises(EngineError, match="refused a request"):
        bulk.finish()
    server.outcome = lambda _: 400
    bulk = Bulk(server, "x")
    bulk.add("1", b'{"id": "one"}')
    bulk.finish()
    assert [one.id for one in bulk.refused] == ["one"]
    server.outcome = lambda _: 404
    bulk = Bulk(server, "x")
    bulk.add("1", None)
    bulk.finish()
    assert bulk.changed == 0
    server.is_there = False  # not the document, but the index is not there
    bulk = Bulk(server, "x")
    bulk.add("1", None)
    with pytest.raises(NotThere):
        bulk.finish()


def test_nothing_is_sent_that_is_not_confirmed():
    server = Server()
    confirmed = []

    def confirm():
        confirmed.append(len(server.arrived))
        if len(confirmed) == 3:
            raise IndexBusy("It is overtaken on purpose.")

    bulk = Bulk(server, "x", confirm)
    with pytest.raises(IndexBusy):
        for number in range(9):
            bulk.add(f"{number}", b"1234567")
    bulk.abandon()
    assert len(server.arrived) == 2


def test_whoever_is_in_a_hurry_leaves_requests_that_try_nothing_again(monkeypatch):
    server = Server()
    server.gate.clear()
    bulk = Bulk(server, "x")
    bulk.add("1", b"1")
    bulk._send()
    (request,) = bulk._under_way
    monkeypatch.setattr(opensearch_bulk, "_LAST_WAIT", 0.01)
    bulk.add("2", b"2")
    bulk.abandon()
    assert request.daemon
    assert request.is_alive()
    server.outcome = lambda _: 429
    server.gate.set()
    threading.Thread.join(request, 10)
    assert not request.is_alive()
    assert server.arrived == []
