"""A run as pictures, where matplotlib is installed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.arena import say
from benchmarks.targets import Results, look

Matplotlib = Any
"""It is imported late, so its types are not known here."""

_WIDTH = 0.8


def draw(results: Results, folder: Path) -> None:
    """Write the PNG files beside the results; do nothing but say so without matplotlib."""
    try:
        import matplotlib as mpl
    except ImportError:
        say("no plots: pip install matplotlib")
        return
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    for mode in ("plain", "snippets"):
        by_kind = look(results, "latency", mode)
        if by_kind:
            _latency(plt, results, by_kind, mode, folder)
    if results.get("build"):
        _build(plt, results, folder)
    if results.get("growth"):
        _growth(plt, results["growth"], folder)
    if results.get("known_items"):
        _known_items(plt, results, folder)


def _latency(
    plt: Matplotlib, results: Results, by_kind: Mapping[str, Any], mode: str, folder: Path
) -> None:
    kinds = list(by_kind)
    figure, axes = plt.subplots(figsize=(14, 5))
    middles, highs = (
        {
            peer: [look(by_kind, kind, peer, name) or 0.0 for kind in kinds]
            for peer in results["peers"]
            if peer in by_kind["words"]
        }
        for name in ("p50_ms", "p95_ms")
    )
    places = _bars(axes, kinds, middles)
    for peer, high in highs.items():
        axes.scatter(places[peer], high, marker="_", color="black", s=30)
    axes.set_yscale("log")
    axes.set_ylabel("ms: bars p50, dashes p95")
    articles = look(results, "corpus", "articles")
    axes.set_title(f"Latency, {mode}, {articles:,} articles")
    _save(plt, figure, axes, folder / f"latency-{mode}.png")


def _build(plt: Matplotlib, results: Results, folder: Path) -> None:
    names = {"mb_per_s": "MB/s", "peak_bytes": "peak MB", "bytes_per_text_byte": "bytes / text"}
    figure, all_axes = plt.subplots(1, len(names), figsize=(14, 4))
    peers = list(results["build"])
    for axes, (name, label) in zip(all_axes, names.items(), strict=True):
        scale = 1e6 if name == "peak_bytes" else 1
        values = [results["build"][peer][name] / scale for peer in peers]
        axes.bar(peers, values)
        axes.set_title(label)
        axes.tick_params(axis="x", rotation=45)
    figure.tight_layout()
    figure.savefig(folder / "build.png", dpi=110)
    plt.close(figure)


def _growth(plt: Matplotlib, growth: Mapping[str, Any], folder: Path) -> None:
    figure, axes = plt.subplots(figsize=(8, 5))
    peers = list(dict.fromkeys(peer for stage in growth.values() for peer in stage["words"]))
    for peer in peers:
        points = [
            (int(size), stage["words"][peer]["p50_ms"])
            for size, stage in growth.items()
            if peer in stage["words"]
        ]
        axes.plot(*zip(*points, strict=True), marker="o", label=peer)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("articles")
    axes.set_ylabel("p50 in ms, words, no snippets")
    _save(plt, figure, axes, folder / "growth.png")


def _known_items(plt: Matplotlib, results: Results, folder: Path) -> None:
    found = results["known_items"]
    kinds = list(found)
    figure, axes = plt.subplots(figsize=(10, 4))
    values = {
        peer: [look(found, kind, peer, "mrr") or 0.0 for kind in kinds]
        for peer in results["peers"]
        if any(peer in by_peer for by_peer in found.values())
    }
    _bars(axes, kinds, values)
    axes.set_ylabel("MRR of the first ten")
    _save(plt, figure, axes, folder / "known-items.png")


def _bars(
    axes: Matplotlib,
    groups: Sequence[str],
    values: Mapping[str, Sequence[float]],
) -> dict[str, list[float]]:
    width = _WIDTH / max(1, len(values))
    places: dict[str, list[float]] = {}
    for number, (peer, heights) in enumerate(values.items()):
        shift = (number + 0.5) * width - _WIDTH / 2
        places[peer] = [group + shift for group in range(len(groups))]
        axes.bar(places[peer], heights, width, label=peer)
    axes.set_xticks(range(len(groups)), groups, rotation=30)
    return places


def _save(plt: Matplotlib, figure: Matplotlib, axes: Matplotlib, path: Path) -> None:
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    axes.grid(visible=True, axis="y", alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
