"""One peer in a process of its own: reads commands as JSON lines on stdin, answers on stdout.

    python -m benchmarks.worker PEER FOLDER

It times itself: the way through the pipe is nobody's work.
"""

import gc
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.peers.port import Ask, Peer, PeerMissing, Question
from benchmarks.peers.registry import make_peer

Request = Mapping[str, Any]
Reply = dict[str, Any]


def _versions(peer: Peer, _: Request) -> Reply:
    return {"versions": peer.versions()}


def _build(peer: Peer, request: Request) -> Reply:
    return _timed(lambda: peer.build(Path(request["articles"])))


def _open(peer: Peer, request: Request) -> Reply:
    """Open again and again, each time with a first question, in case opening puts work off."""
    question = Question.from_mapping(request["question"])
    seconds: list[float] = []
    to_answer: list[float] = []
    for number in range(request["rounds"]):
        if number:
            peer.close()
        started = time.perf_counter()
        peer.open()
        seconds.append(time.perf_counter() - started)
        peer.search(question, Ask())
        to_answer.append(time.perf_counter() - started)
    return {"seconds": seconds, "to_answer": to_answer}


def _ask(peer: Peer, request: Request) -> Reply:
    ask = Ask(**{**request["ask"], "weights": tuple(request["ask"]["weights"])})
    questions = [Question.from_mapping(mapping) for mapping in request["questions"]]
    gc.collect()
    seconds, ids, totals, shown = [], [], [], 0
    for question in questions:
        started = time.perf_counter()
        answer = peer.search(question, ask)
        taken = time.perf_counter() - started
        seconds.append(taken if answer.seconds is None else answer.seconds)
        ids.append(list(answer.ids))
        totals.append(answer.total)
        shown += answer.shown
    return {"seconds": seconds, "ids": ids, "totals": totals, "shown": shown}


def _add(peer: Peer, request: Request) -> Reply:
    """Time until the change is durable and a search has found the word that is only in it."""
    question = Question.from_mapping(request["question"])
    started = time.perf_counter()
    peer.add(request["records"])
    answer = peer.search(question, Ask(limit=1, count=True))
    return {"seconds": time.perf_counter() - started, "total": answer.total}


def _close(peer: Peer, _: Request) -> Reply:
    peer.close()
    return {}


COMMANDS: Mapping[str, Callable[[Peer, Request], Reply]] = {
    "versions": _versions,
    "build": _build,
    "open": _open,
    "ask": _ask,
    "add": _add,
    "close": _close,
}


def _timed(work: Callable[[], object]) -> Reply:
    started = time.perf_counter()
    work()
    return {"seconds": time.perf_counter() - started}


def _handle(peer: Peer, request: Request) -> Reply:
    try:
        return COMMANDS[request["do"]](peer, request)
    except (PeerMissing, ImportError) as error:
        return _missing(error)
    except Exception:  # noqa: BLE001  # whatever it is, the driver tells it and goes on with the others
        return {"failed": traceback.format_exc()}


def _missing(error: Exception) -> Reply:
    hint = "" if isinstance(error, PeerMissing) else "; pip install -e '.[bench]'"
    return {"missing": f"{error}{hint}"}


def main() -> None:
    """Serve until stdin ends."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    peer: Peer | None = None
    for line in sys.stdin:
        reply: Reply
        try:
            peer = peer or make_peer(name, folder)
        except (PeerMissing, ImportError) as error:
            reply = _missing(error)
        else:
            reply = _handle(peer, json.loads(line))
        answers.write(json.dumps(reply) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
