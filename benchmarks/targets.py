"""What was promised, and whether this run keeps it. Every ratio is duowen / peer, within one run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Results = Mapping[str, Any]
Place = tuple[str, ...]

TANTIVY = "tantivy"
FLAT = 1.15
"""Peak memory may differ so much from that at 10,000 articles and still be called flat."""

_MANY = "10000"
_ENOUGH = 0.9999  # MRR is kept to four digits


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise: ours, theirs (None: a plain limit), their ratio or ours, and the limit for it."""

    name: str
    ours: float | None
    theirs: float | None
    limit: float
    at_least: bool = False
    peer: str = TANTIVY

    @property
    def measured(self) -> float | None:
        """Return the ratio, or our own figure where the limit is a plain one; None: not measured."""
        if not self.peer:
            return self.ours
        if self.ours is None or not self.theirs:
            return None
        return self.ours / self.theirs

    @property
    def word(self) -> str:
        """Say it in a word."""
        if self.measured is None:
            return "not measured"
        kept = self.measured >= self.limit if self.at_least else self.measured <= self.limit
        return "met" if kept else "MISSED"

    def as_mapping(self) -> dict[str, Any]:
        """Return what a run keeps."""
        measured = None if self.measured is None else round(self.measured, 4)
        return {**asdict(self), "measured": measured, "verdict": self.word}


def judge(results: Results) -> list[Verdict]:
    """Return all promises of issue 3, in its order."""
    return [
        *_building(results),
        *_asking(results),
        *_growing(results),
        *_working(results),
        *_finding(results),
    ]


def look(results: Results, *place: str) -> Any:  # noqa: ANN401
    """Return the figure at a place, or None where there is none."""
    value: Any = results
    for name in place:
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value


def _against(results: Results, name: str, place: Place, figure: str, limit: float) -> Verdict:
    ours, theirs = (look(results, *place, peer, figure) for peer in ("duowen", TANTIVY))
    return Verdict(name, ours, theirs, limit)


def _building(results: Results) -> Iterator[Verdict]:
    speed = _against(results, "build, MB/s", ("build",), "mb_per_s", 1.0)
    yield Verdict(speed.name, speed.ours, speed.theirs, 1.0, at_least=True)
    peak = look(results, "build", "duowen", "peak_bytes")
    yield Verdict("peak memory of the build, MB", peak and peak / 1e6, None, 600, peer="")
    before = look(results, "growth", _MANY, "build", "duowen", "peak_bytes")
    if look(results, "corpus", "articles") > int(_MANY):
        yield Verdict("peak memory / that at 10,000", peak, before, FLAT, peer="itself")
    yield _against(results, "bytes on disk / bytes of text", ("build",), "bytes_per_text_byte", 1.0)


def _asking(results: Results) -> Iterator[Verdict]:
    plain, snippets = ("latency", "plain"), ("latency", "snippets")
    yield _against(results, "top 10, p50", (*plain, "words"), "p50_ms", 1.0)
    yield _against(results, "top 10, p95", (*plain, "words"), "p95_ms", 0.5)
    yield _against(results, "top 10 with snippets, p50", (*snippets, "words"), "p50_ms", 0.35)
    yield _against(results, "top 10 with snippets, p95", (*snippets, "words"), "p95_ms", 0.4)
    newest = look(results, *plain, "newest", TANTIVY, "p50_ms")
    for kind in ("recency", "dates", "newest"):
        ours = look(results, *plain, kind, "duowen", "p50_ms")
        yield Verdict(f"{kind}, p50 / its newest first", ours, newest, 0.5)
    for kind in ("phrase_en", "phrase_zh"):
        yield _against(results, f"{kind}, p50", (*plain, kind), "p50_ms", 1.0)


def _growing(results: Results) -> Iterator[Verdict]:
    articles = str(look(results, "corpus", "articles"))
    if int(articles) > int(_MANY):
        now, before = (
            look(results, "growth", size, "words", "duowen", "p50_ms") for size in (articles, _MANY)
        )
        name = f"growth of p50 from 10,000 to {int(articles):,}"
        yield Verdict(name, now, before, 1.8, peer="itself")


def _working(results: Results) -> Iterator[Verdict]:
    for how in ("added", "changed"):
        taken = look(results, "add", "duowen", f"{how}_ms")
        yield Verdict(f"100 articles {how}, ms", taken, None, 150, peer="")
    opening = look(results, "open", "duowen", "again_ms")
    yield Verdict("opening, ms", opening, None, 5, peer="")
    for kind in ("en2", "mixed"):
        ours, theirs = (
            look(results, "start", f"{who}_search_{kind}", "ms") for who in ("duowen", TANTIVY)
        )
        yield Verdict(
            f"process `duowen search`, {kind}", ours, theirs, 1.5, peer="a tantivy script"
        )
    ours, theirs = (look(results, "start", name, "ms") for name in ("duowen_help", "import_click"))
    yield Verdict("process `duowen --help`", ours, theirs, 2.5, peer="import click")


def _finding(results: Results) -> Iterator[Verdict]:
    for kind, by_peer in (look(results, "known_items") or {}).items():
        others = {
            peer: figures["mrr"]
            for peer, figures in by_peer.items()
            if isinstance(figures, Mapping) and peer != "duowen"
        }
        if others:
            best = max(others, key=lambda peer: others[peer])
            ours = look(by_peer, "duowen", "mrr")
            yield Verdict(f"MRR {kind}", ours, others[best], _ENOUGH, at_least=True, peer=best)


def losses(results: Results) -> list[str]:
    """Return a line for every figure in which some peer is ahead of duowen."""
    lines = []
    for name, place, figures in _COMPARED:
        for figure in figures:
            lines += _behind(name, figure, look(results, *place) or {})
    for mode in ("plain", "snippets"):
        for kind, by_peer in (look(results, "latency", mode) or {}).items():
            for figure in ("p50_ms", "p95_ms"):
                lines += _behind(f"{kind}, {mode}", figure, by_peer)
    return lines


_COMPARED: Sequence[tuple[str, Place, Sequence[str]]] = (
    ("build", ("build",), ("mb_per_s", "peak_bytes", "bytes_per_text_byte")),
    ("open", ("open",), ("again_ms", "again_answer_ms")),
    ("add", ("add",), ("added_ms", "changed_ms")),
)
_MORE_IS_BETTER = {"mb_per_s"}


def _behind(name: str, figure: str, by_peer: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    ours = look(by_peer, "duowen", figure)
    theirs = {peer: f[figure] for peer, f in by_peer.items() if peer != "duowen" and figure in f}
    if ours is None or not theirs:
        return
    pick = max if figure in _MORE_IS_BETTER else min
    best = pick(theirs, key=lambda peer: theirs[peer])
    if pick(ours, theirs[best]) != ours:
        yield f"{name}, {figure}: {ours:g} against {theirs[best]:g} ({best})"
