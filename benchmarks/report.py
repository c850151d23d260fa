"""A run as a page: Markdown, the same on the screen and in runs/."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.peers.port import HALF_LIFE
from benchmarks.targets import Results, Verdict, look, losses

_DAY = 86_400
_MB = 1e6


def page(results: Results, verdicts: Sequence[Verdict]) -> str:
    """Return the whole page."""
    parts = [
        *_head(results),
        "## Targets\n",
        *_targets(verdicts),
        *_faults(results),
        *_building(results),
        *_asking(results),
        *_checks(results),
        *_finding(results),
        *_working(results),
        *_growing(results),
        *_losses(results),
    ]
    return "\n".join(parts) + "\n"


def _head(results: Results) -> Iterator[str]:
    about, machine, corpus = results["about"], results["machine"], results["corpus"]
    yield f"# Benchmark of {about['date']}\n"
    yield f"    {about['command']}\n"
    yield (
        f"Corpus: {corpus['name']}, {corpus['articles']:,} articles,"
        f" {corpus['text_bytes'] / _MB:.1f} MB of text (digest {corpus['digest']})."
        f" Seed {about['seed']}; {about['questions']} questions of each kind, {about['rounds']} rounds"
        " after one to warm up.\n"
    )
    limited = machine["numpy_limited_by"]
    yield (
        f"Machine: {machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB,"
        f" {machine['system']}; Python {machine['python']}, numpy {machine['numpy']}"
        f"{f' (OPENBLAS_CORETYPE={limited})' if limited else ''}; load at the start"
        f" {machine['load_at_start'][0]}, at the end {about.get('load_at_end', ['?'])[0]}.\n"
    )
    yield f"Noise, as the spread of one measurement repeated: {_noise(results)}.\n"
    yield "Peers:\n"
    for peer, versions in results["peers"].items():
        yield f"- {peer}: {versions}"
    for peer, reason in {**results.get("left_out", {}), **results["gone"]}.items():
        yield f"- {peer}: left out: {reason}"
    yield ""


def _noise(results: Results) -> str:
    parts = [
        f"{peer} {share:.0%} {when}"
        for when, by_peer in (results.get("noise") or {}).items()
        for peer, share in by_peer.items()
    ]
    return ", ".join(parts) or "not measured"


def _targets(verdicts: Sequence[Verdict]) -> Iterator[str]:
    rows = [
        (
            verdict.name,
            number(verdict.ours),
            number(verdict.theirs),
            verdict.peer or "-",
            number(verdict.measured),
            f"{'>=' if verdict.at_least else '<='} {verdict.limit:.4g}",
            verdict.word,
        )
        for verdict in verdicts
    ]
    yield table(("what", "duowen", "peer", "which", "ratio or figure", "target", ""), rows)


def _faults(results: Results) -> Iterator[str]:
    faults = results.get("faults") or []
    yield f"## Wrong answers: {len(faults)}\n"
    for fault in sorted(set(faults)):
        yield f"- {fault} (x {faults.count(fault)})"
    yield ""


def _building(results: Results) -> Iterator[str]:
    yield "## Build and open\n"
    yield (
        "From a JSONL file to an index that is safe on disk, in a new process; medians. Peak memory is"
        " of the process with its children, pages of mapped files included; `own` without them.\n"
    )
    rows = []
    for peer, built in (results.get("build") or {}).items():
        opened = look(results, "open", peer) or {}
        rows.append(
            (
                peer,
                number(built["mb_per_s"]),
                ", ".join(number(value) for value in built["seconds"]),
                number(built["cpu_seconds"]),
                number(built["peak_bytes"] / _MB),
                number(built["peak_own_bytes"] / _MB),
                number(built["bytes_per_text_byte"]),
                number(opened.get("first_ms")),
                number(opened.get("again_ms")),
                number(opened.get("again_answer_ms")),
                number((look(results, "memory_after", peer) or 0) / _MB),
            )
        )
    heads = (
        "peer",
        "MB/s",
        "seconds",
        "CPU seconds",
        "peak MB",
        "own MB",
        "bytes / text",
        "first open ms",
    )
    yield table((*heads, "open ms", "open and ask ms", "MB after all questions"), rows)


def _asking(results: Results) -> Iterator[str]:
    texts = {
        "plain": "ten hits with id and title",
        "snippets": "with passages of body and summary besides",
        "counted": "ten hits and the exact count",
    }
    for mode, text in texts.items():
        by_kind = look(results, "latency", mode)
        if not by_kind:
            continue
        yield f"## Latency, {mode}: {text}\n"
        yield "p50 / p95 in ms over the questions, of each the median over the rounds; warm.\n"
        yield _latency_table(results, by_kind)
        first = ", ".join(
            f"{peer} {number(figures['first_p50_ms'])}" for peer, figures in by_kind["en2"].items()
        )
        yield f"The first time that they were asked, p50 of en2: {first}.\n"
    yield (
        "`recency` is duowen's own ranking; tantivy weights by a fast field, FTS5 by SQL, Xapian and"
        f" Lucene add a clause (half-life {HALF_LIFE // _DAY} days), Whoosh gives the newest."
        " `zh_bigram` are any two neighbouring characters: engines that cut words miss many of them.\n"
    )


def _latency_table(results: Results, by_kind: Mapping[str, Any]) -> str:
    peers = [peer for peer in results["peers"] if peer in by_kind.get("words", {})]
    rows = []
    for kind, by_peer in by_kind.items():
        cells = [_pair(by_peer.get(peer)) for peer in peers]
        ratios = [
            _ratio(look(by_peer, "duowen", figure), look(by_peer, "tantivy", figure))
            for figure in ("p50_ms", "p95_ms")
        ]
        rows.append((kind, *cells, " / ".join(ratios)))
    return table(("kind", *peers, "duowen / tantivy"), rows)


def _checks(results: Results) -> Iterator[str]:
    checks = results.get("checks")
    if not checks:
        return
    peers = [peer for peer in results["peers"] if peer in next(iter(checks.values()))["found"]]
    yield "## Answers\n"
    yield (
        "How often the article that a question was taken from is among the matches, where there are"
        " at most 300:\n"
    )
    rows = [
        (kind, *(number(row["found"].get(peer)) for peer in peers)) for kind, row in checks.items()
    ]
    yield table(("kind", *peers), rows)
    yield (
        "How far duowen and tantivy agree (analysis differs: stems, exact forms, cuts), and how many"
        " match in the mean:\n"
    )
    rows = [
        (
            kind,
            *(number(row["agreement"][name]) for name in _AGREEMENT),
            *(number(row["matches"].get(peer)) for peer in ("duowen", "tantivy")),
        )
        for kind, row in checks.items()
        if "agreement" in row
    ]
    heads = ("kind", "compared", "overlap of matches", "equal counts", "overlap of top 10")
    yield table((*heads, "duowen matches", "tantivy matches"), rows)


_AGREEMENT = ("compared", "overlap_of_matches", "equal_counts", "overlap_of_top_10")


def _finding(results: Results) -> Iterator[str]:
    found = results.get("known_items")
    if not found:
        return
    yield "## Known items: MRR of the first ten\n"
    yield (
        "Peers: any of the words, and for each kind by itself the best of nine weightings of"
        " title/summary/body.\n"
    )
    peers = [peer for peer in results["peers"] if any(peer in row for row in found.values())]
    rows = []
    for kind, row in found.items():
        cells = [
            f"{row[peer]['mrr']:.3f} ({row[peer]['by']})" if peer in row else "-" for peer in peers
        ]
        rows.append(
            (kind, str(row["questions"]), *cells, number(look(row, "duowen", "all", "any")))
        )
    yield table(("kind", "questions", *peers, "duowen, any word"), rows)


def _working(results: Results) -> Iterator[str]:
    if results.get("add"):
        yield "## Adding and changing 100 articles, until durable and found; ms\n"
        names = ("added_ms", "added_worst_ms", "changed_ms", "changed_worst_ms")
        rows = [
            (peer, *(number(taken.get(name)) for name in names))
            for peer, taken in results["add"].items()
        ]
        yield table(("peer", "added", "worst", "changed", "worst"), rows)
    if results.get("start"):
        yield "## Whole processes, page cache warm; ms\n"
        rows = [(name, number(taken["ms"])) for name, taken in results["start"].items()]
        yield table(("process", "ms"), rows)


def _growing(results: Results) -> Iterator[str]:
    for key, title in (
        ("growth", "Growth"),
        ("generated", "Growth with generated articles, duowen alone"),
    ):
        rows = []
        for size, stage in (results.get(key) or {}).items():
            for peer, asked in stage["words"].items():
                built = look(stage, "build", peer) or {}
                rows.append(
                    (
                        f"{int(size):,}",
                        peer,
                        number(built.get("mb_per_s")),
                        number((built.get("peak_bytes") or 0) / _MB),
                        number(built.get("bytes_per_text_byte")),
                        number(look(stage, "open", peer, "again_ms")),
                        _pair(asked),
                    )
                )
        if rows:
            yield f"## {title}: the same questions at each size, p50 / p95 in ms\n"
            heads = ("articles", "peer", "MB/s", "peak MB", "bytes / text", "open ms", "words")
            yield table(heads, rows)


def _losses(results: Results) -> Iterator[str]:
    lines = losses(results)
    yield f"## Where some peer is ahead: {len(lines)}\n"
    yield from (f"- {line}" for line in lines)


def _pair(figures: Mapping[str, Any] | None) -> str:
    return f"{figures['p50_ms']:.3g} / {figures['p95_ms']:.3g}" if figures else "-"


def _ratio(ours: float | None, theirs: float | None) -> str:
    return f"{ours / theirs:.2f}" if ours is not None and theirs else "-"


def number(value: float | None) -> str:
    """Return three digits that count, or a dash for nothing."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"  # noqa: PLR2004


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"
