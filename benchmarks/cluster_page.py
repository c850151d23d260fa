"""A run beside a cluster as a page."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.report import number, table

_MB = 1e6
_MODES = {"plain": "First ten", "snippets": "First ten with passages of both languages"}


def page(results: Mapping[str, Any]) -> str:
    """Return the page in Markdown."""
    parts = [*_head(results), *_building(results)]
    if "latency" in results:
        parts += [*_asking(results), *_agreeing(results), *_adding(results)]
    return "\n".join([*parts, *_faults(results)]) + "\n"


def _head(results: Mapping[str, Any]) -> Iterator[str]:
    about, host, corpus = results["about"], results["machine"], results["corpus"]
    yield f"# An index on a cluster beside the local one, {about['date']}\n"
    yield (
        f"Server: {about['server']} (Lucene {about['lucene']}, Java {', '.join(about['java'])}),"
        f" {about['how']}; {about['nodes']} nodes, heap {about['heap_mb'][0]:,} MB each;"
        f" {about['shards']} shards, each with {about['replicas']} further copies.\n"
    )
    yield (
        f"Corpus: {corpus['name']}, {corpus['articles']:,} articles,"
        f" {corpus['text_bytes'] / _MB:.1f} MB of text (digest {corpus['digest']})."
        f" Seed {about['seed']}; {about['questions']} questions of each kind, {about['rounds']} rounds"
        " after one to warm up.\n"
    )
    yield (
        f"Machine: {host['cpu']}, {host['cores']} cores, {host['memory_gb']} GB, {host['system']};"
        f" Python {host['python']}, numpy {host['numpy']}; load at the start"
        f" {host['load_at_start'][0]}, at the end {about['load_at_end'][0]}. Nodes started here share"
        " these cores with the job and with who asks.\n"
    )
    for peer, versions in results["peers"].items():
        yield f"- {peer}: {versions}"
    for peer, reason in results["gone"].items():
        yield f"- {peer}: broke down: {reason}"
    yield ""


def _building(results: Mapping[str, Any]) -> Iterator[str]:
    yield "## Build\n"
    yield "From a JSONL file to an index that is safe, in a new process.\n"
    articles = results["corpus"]["articles"]
    rows = [
        (
            peer,
            number(built["seconds"][0]),
            number(articles / built["seconds"][0]),
            number(built["mb_per_s"]),
            number(built["cpu_seconds"]),
            number(results["nodes_build_cpu_seconds"] if peer == "opensearch" else None),
            number(built["peak_bytes"] / _MB),
        )
        for peer, built in results["build"].items()
    ]
    heads = (
        "engine",
        "seconds",
        "articles/s",
        "MB/s",
        "CPU s, job",
        "CPU s, nodes",
        "peak MB, job",
    )
    yield table(heads, rows)
    size = results["index"]
    local = results["build"].get("duowen", {}).get("bytes_per_text_byte")
    yield (
        f"The index on the cluster, its copies not counted: {size['bytes'] / _MB:,.0f} MB,"
        f" {size['bytes_per_text_byte']} bytes for a byte of text (the local one: {number(local)}), in"
        f" {size['segments']} segments once the server had merged what it wanted"
        f" ({results['settling_s']} s).\n"
    )


def _asking(results: Mapping[str, Any]) -> Iterator[str]:
    for mode, title in _MODES.items():
        yield f"## {title}, ms\n"
        rows = []
        for kind, by_peer in results["latency"][mode].items():
            here, there = by_peer["duowen"], by_peer["opensearch"]
            figures = [here["p50_ms"], there["p50_ms"], here["p95_ms"], there["p95_ms"]]
            rows.append((kind, *map(number, figures), number(figures[1] / figures[0])))
        heads = ("kind", "local p50", "cluster p50", "local p95", "cluster p95", "p50 ratio")
        yield table(heads, rows)


def _agreeing(results: Mapping[str, Any]) -> Iterator[str]:
    yield "## The same answers?\n"
    yield "As many articles must match; the order may differ among those that are nearly as good.\n"
    rows = [
        (kind, number(same["first"]), number(same["first_ten"]))
        for kind, same in results["same"].items()
    ]
    yield table(("kind", "same first hit", "shared of the first ten"), rows)


def _adding(results: Mapping[str, Any]) -> Iterator[str]:
    yield "## 100 articles, until a search finds them all, ms\n"
    rows = [
        (peer, number(taken["added_ms"]), number(taken["changed_ms"]))
        for peer, taken in results["add"].items()
    ]
    yield table(("engine", "added", "changed"), rows)


def _faults(results: Mapping[str, Any]) -> Iterator[str]:
    faults = results["faults"]
    yield f"## Wrong answers: {len(faults)}\n"
    for fault in sorted(set(faults)):
        yield f"- {fault} (x {faults.count(fault)})"
