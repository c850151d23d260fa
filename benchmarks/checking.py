"""Are the answers right? What was taken from an article must bring it back; and do the peers agree?"""

from collections.abc import Sequence
from typing import Any

from benchmarks.arena import Arena
from benchmarks.asking import Questions
from benchmarks.peers.port import Ask, Question

LISTED = 300
"""Answers with more matches than this are compared by their count alone."""

EXACT = "duowen"
"""The one whose every answer is asserted; of the others it is told how many they find."""

REFERENCE = "tantivy"


def check(arena: Arena, asked: Questions, faults: list[str]) -> dict[str, Any]:
    """Return by kind how often each peer finds the article of the words, and how far they agree."""
    checked: dict[str, Any] = {}
    for kind, questions in asked.items():
        replies = arena.ask(questions, Ask(limit=LISTED, count=True))
        checked[kind] = {
            "found": {peer: _found(questions, reply) for peer, reply in replies.items()},
            "matches": {peer: _mean(reply["totals"]) for peer, reply in replies.items()},
        }
        if EXACT in replies:
            faults += _missed(kind, questions, replies[EXACT])
            if REFERENCE in replies:
                checked[kind]["agreement"] = _agreement(replies[EXACT], replies[REFERENCE])
    return checked


def _found(questions: Sequence[Question], reply: dict[str, Any]) -> float | None:
    """Return the share of questions, of those that list all matches, whose article is among them."""
    rows = zip(questions, reply["ids"], reply["totals"], strict=True)
    told = [question.known in ids for question, ids, total in rows if total <= LISTED]
    return round(sum(told) / len(told), 4) if told else None


def _missed(kind: str, questions: Sequence[Question], reply: dict[str, Any]) -> list[str]:
    faults = []
    for question, ids, total in zip(questions, reply["ids"], reply["totals"], strict=True):
        if total < 1 or (total <= LISTED and question.known not in ids):
            faults.append(f"{EXACT}, {kind}: an article was not found by its own words")
        if len(ids) != min(total, LISTED) or len(set(ids)) != len(ids):
            faults.append(f"{EXACT}, {kind}: {len(ids)} ids listed of {total} matches")
    return faults


def _agreement(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, float | int]:
    """Analysis differs, so sets need not be equal: tell how far they are."""
    overlaps, same_top, equal = [], [], 0
    rows = zip(ours["ids"], theirs["ids"], ours["totals"], theirs["totals"], strict=True)
    for our_ids, their_ids, our_total, their_total in rows:
        equal += our_total == their_total
        top = max(1, min(10, max(our_total, their_total)))
        same_top.append(len(set(our_ids[:10]) & set(their_ids[:10])) / top)
        if max(our_total, their_total) <= LISTED:
            either = set(our_ids) | set(their_ids)
            overlaps.append(len(set(our_ids) & set(their_ids)) / len(either) if either else 1.0)
    return {
        "compared": len(overlaps),
        "overlap_of_matches": round(_mean(overlaps) or 0.0, 4),
        "equal_counts": round(equal / max(1, len(same_top)), 4),
        "overlap_of_top_10": round(_mean(same_top) or 0.0, 4),
    }


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
