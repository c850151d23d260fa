"""How long do answers take, and are they the same each time?"""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.arena import Arena, say
from benchmarks.figures import medians, milliseconds, percentile, spread, summary
from benchmarks.peers.port import Ask, Question
from benchmarks.questions import WORD_KINDS

Questions = Mapping[str, Sequence[Question]]

NOISE_ROUNDS = 9


def latency(
    arena: Arena, asked: Questions, ask: Ask, rounds: int, faults: list[str]
) -> dict[str, Any]:
    """Return p50 and p95 by kind and peer: of each question's median over the rounds.

    The first round warms up and is told apart. Kinds take turns within a round, peers within a kind.
    """
    seconds: dict[tuple[str, str], list[list[float]]] = {}
    answers: dict[tuple[str, str], Any] = {}
    for number in range(rounds + 1):
        for kind, questions in asked.items():
            for peer, reply in arena.ask(questions, ask).items():
                seconds.setdefault((kind, peer), []).append(reply["seconds"])
                # Whoosh numbers the marks in its snippets anew each time, so only ours are compared.
                shown = reply["shown"] if peer == "duowen" else reply["shown"] > 0
                given = (reply["ids"], reply["totals"], shown)
                if answers.setdefault((kind, peer), given) != given:
                    faults.append(
                        f"{peer}, {kind}: round {number} gave other answers than the first"
                    )
    by_kind: dict[str, Any] = {}
    for (kind, peer), times in seconds.items():
        if peer in arena.names:
            by_kind.setdefault(kind, {})[peer] = _figures(times)
    return _pooled(by_kind)


def _figures(times: Sequence[Sequence[float]]) -> dict[str, Any]:
    first, rest = times[0], times[1:]
    middle = medians(rest)
    return {
        **summary(middle),
        "first_p50_ms": milliseconds(percentile(first, 0.5)),
        "each_ms": [milliseconds(value) for value in middle],
    }


def _pooled(by_kind: dict[str, Any]) -> dict[str, Any]:
    """Add `words`: all kinds of words together, each question once."""
    kinds = [kind for kind in WORD_KINDS if kind in by_kind]
    pooled: dict[str, Any] = {}
    for peer in by_kind.get(kinds[0], {}) if kinds else ():
        each = [value for kind in kinds for value in by_kind[kind].get(peer, {}).get("each_ms", [])]
        pooled[peer] = {**summary([value / 1000 for value in each]), "questions": len(each)}
    return {"words": pooled, **by_kind}


def noise(arena: Arena, questions: Sequence[Question]) -> dict[str, float]:
    """Repeat one measurement and return its spread: less than that means nothing."""
    middles: dict[str, list[float]] = {}
    arena.ask(questions, Ask(), ("duowen", "tantivy"))
    for _ in range(NOISE_ROUNDS):
        for peer, reply in arena.ask(questions, Ask(), ("duowen", "tantivy")).items():
            middles.setdefault(peer, []).append(percentile(reply["seconds"], 0.5))
    return {peer: round(spread(values), 3) for peer, values in middles.items()}


def growth(arena: Arena, asked: Questions, rounds: int, faults: list[str]) -> dict[str, Any]:
    """Build and ask at one size of several: words only, without snippets."""
    words = {kind: asked[kind] for kind in WORD_KINDS if asked.get(kind)}
    built = arena.build(rounds=1)
    with arena.opened(next(iter(words.values()))[0]) as opened:
        asked_words = latency(arena, words, Ask(), rounds, faults)["words"]
    say(f"  grown to {arena.corpus.articles}")
    return {
        "corpus": arena.corpus.as_mapping(),
        "build": built,
        "open": opened,
        "words": asked_words,
    }
