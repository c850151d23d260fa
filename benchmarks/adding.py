"""How long until 100 articles more, or 100 changed ones, are safe on disk and can be found?"""

import random
from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.arena import Arena, say
from benchmarks.figures import milliseconds
from benchmarks.peers.port import Question, Record

BATCH = 100


def add(
    arena: Arena, articles: Sequence[Record], rounds: int, seed: int, faults: list[str]
) -> dict[str, Any]:
    """Return the medians; every batch carries a word of its own, which must be found 100 times."""
    chance = random.Random(seed)
    taken: dict[str, dict[str, list[float]]] = {}
    size = min(BATCH, len(articles))
    for number in range(rounds):
        for how in ("added", "changed"):
            marker = f"zq{how}{chr(ord('a') + number)}x"
            records = [
                _marked(record, marker, new=how == "added")
                for record in chance.sample(list(articles), size)
            ]
            question = Question("marker", marker, english=(marker,))
            for peer, reply in arena.add(records, question).items():
                taken.setdefault(peer, {}).setdefault(how, []).append(reply["seconds"])
                if reply["total"] != size:
                    faults.append(f"{peer}: {reply['total']} of {size} articles {how} were found")
    say(f"  added {size} articles, {rounds} times")
    return {peer: _figures(times) for peer, times in taken.items() if peer in arena.names}


def _figures(times: dict[str, list[float]]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for how, seconds in times.items():
        figures[f"{how}_ms"] = milliseconds(median(seconds))
        figures[f"{how}_worst_ms"] = milliseconds(max(seconds))
        figures[f"{how}_each_ms"] = [milliseconds(value) for value in seconds]
    return figures


def _marked(record: Record, marker: str, *, new: bool) -> dict[str, Any]:
    changed = {**record, "body": f"{record['body']}\n\n{marker}"}
    if new:
        changed["id"] = f"{marker}/{record['id']}"
    return changed
