"""Does what somebody remembers bring the article back? Known items, MRR of the first ten."""

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.arena import Arena, say
from benchmarks.peers.port import Ask, Question, Weights
from benchmarks.questions import known_item

WEIGHTINGS: tuple[Weights, ...] = (
    (1, 1, 1),
    (3, 1.6, 1),
    (5, 2, 1),
    (1, 3, 1),
    (1, 1, 3),
    (0.3, 1, 1),
    (0, 0, 1),
    (0, 1, 0),
    (1, 0, 0),
)
"""Title, summary, body. Peers are given the best of these, for each kind by itself."""

TELLING: Mapping[str, Sequence[Weights]] = {"xapian": ((3, 1.6, 1), (5, 2, 1), (9, 1, 1))}
"""Peers for which only these differ: Xapian keeps all fields in one, and the title once more."""


def known_items(
    items: Iterable[Mapping[str, str]], at_most: int, seed: int
) -> dict[str, list[Question]]:
    """Return the questions by kind, a seeded choice where there are more than wanted (0: all)."""
    by_kind: dict[str, list[Question]] = {}
    for item in items:
        question = known_item(item["kind"], item["text"], item["doc_id"])
        if question.english or question.chinese:
            by_kind.setdefault(question.kind, []).append(question)
    chance = random.Random(seed)
    return {
        kind: chance.sample(asked, at_most) if 0 < at_most < len(asked) else asked
        for kind, asked in by_kind.items()
    }


def find(arena: Arena, items: Mapping[str, Sequence[Question]]) -> dict[str, Any]:
    """Return for each kind and peer the best MRR and the weighting that gave it.

    Peers are asked for any of the words, with every weighting; duowen as it is, and for any.
    """
    found: dict[str, Any] = {}
    for kind, questions in items.items():
        scores: dict[str, dict[str, float]] = {}
        for match in ("auto", "any"):
            for peer, reply in arena.ask(questions, Ask(match=match), ("duowen",)).items():
                scores.setdefault(peer, {})[match] = _mrr(questions, reply["ids"])
        for weights in dict.fromkeys((*WEIGHTINGS, *TELLING["xapian"])):
            name = "/".join(f"{weight:g}" for weight in weights)
            asked = [peer for peer in arena.names if weights in _telling(peer)]
            replies = arena.ask(questions, Ask(match="any", weights=weights), asked)
            for peer, reply in replies.items():
                scores.setdefault(peer, {})[name] = _mrr(questions, reply["ids"])
        found[kind] = {"questions": len(questions), **{p: _best(p, s) for p, s in scores.items()}}
        say(f"  looked for {kind}")
    return found


def _telling(peer: str) -> Sequence[Weights]:
    return () if peer == "duowen" else TELLING.get(peer, WEIGHTINGS)


def _best(peer: str, scores: Mapping[str, float]) -> dict[str, Any]:
    best = "auto" if peer == "duowen" else max(scores, key=lambda name: scores[name])
    return {"mrr": scores[best], "by": best, "all": dict(scores)}


def _mrr(questions: Sequence[Question], answers: Sequence[Sequence[str]]) -> float:
    total = 0.0
    for question, ids in zip(questions, answers, strict=True):
        if question.known in ids:
            total += 1 / (list(ids).index(question.known) + 1)
    return round(total / max(1, len(questions)), 4)
