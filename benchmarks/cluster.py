"""What does an index on a cluster cost beside the local one? The same articles, the same questions.

    python -m benchmarks.cluster [--articles 50000] [--questions 50] [--rounds 3] [--hosts URL,URL]

Without --hosts three nodes are started on loopback, as the tests start them, and stopped at the end.
Exit codes: 0 measured, 1 measured but some answer was wrong, 2 no articles or no server.
"""

import argparse
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks import adding, asking, checking, cluster_page, corpora, machine
from benchmarks.arena import Arena, present, say
from benchmarks.corpora import Corpus, NoData
from benchmarks.keeping import keep, new_folder
from benchmarks.peers.opensearch import PLACE, settings
from benchmarks.peers.port import Ask
from benchmarks.processes import cpu_seconds
from benchmarks.questions import KINDS, Drawer
from search.engines.opensearch_client import Cluster, path_of

SIDES = ("duowen", "opensearch")
SAMPLE = 5_000
_LISTED = 10
_LONGEST_SETTLING = 600  # seconds


@dataclass(frozen=True, slots=True)
class Nodes:
    """The cluster that is measured; `pids` of those nodes that run on this machine, if that is known."""

    hosts: Sequence[str]
    pids: Sequence[int] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    def cpu(self) -> float:
        """Return the processor time of the nodes so far, in seconds."""
        return sum(map(cpu_seconds, self.pids))


def main() -> int:
    """Measure, print and keep."""
    asked = _options()
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="duowen-bench-")))
        try:
            corpus = corpora.real(corpora.data_folder(asked.data), asked.articles, work)
            nodes = stack.enter_context(_nodes(asked, work))
        except NoData as error:
            sys.stderr.write(f"benchmarks: {error}\n")
            return 2
        results = _measure(asked, corpus, nodes, work)
    folder = new_folder("cluster")
    keep(results, folder)
    text = cluster_page.page(results)
    (folder / "README.md").write_text(text, encoding="utf-8")
    print(text)
    say(f"kept in runs/{folder.name}")
    return 1 if results["faults"] or results["gone"] else 0


def _measure(asked: argparse.Namespace, corpus: Corpus, nodes: Nodes, work: Path) -> dict[str, Any]:
    place = {
        "hosts": list(nodes.hosts),
        "index": f"duowen-bench-{secrets.token_hex(4)}",
        "shards": asked.shards,
        "replicas": asked.replicas,
    }
    os.environ[PLACE] = json.dumps(place)
    gone: dict[str, str] = {}
    faults: list[str] = []
    results = {
        "about": _about(asked, nodes, place),
        "machine": machine.describe(),
        "corpus": corpus.as_mapping(),
        "peers": present(SIDES, work, gone),
        "gone": gone,
        "faults": faults,
    }
    cluster = Cluster(settings(os.environ[PLACE]))
    try:
        arena = Arena(corpus, work, SIDES, gone)
        before = nodes.cpu()
        results["build"] = arena.build(rounds=1)
        results["nodes_build_cpu_seconds"] = round(nodes.cpu() - before, 1)
        results["settling_s"] = _settle(cluster)
        results["index"] = _size(cluster, corpus)
        if not gone:
            results |= _ask(asked, corpus, arena, faults)
    finally:
        cluster.ask("DELETE", path_of(f"{place['index']}-*"))
        cluster.close()
    results["about"]["load_at_end"] = machine.load()
    return results


def _ask(
    asked: argparse.Namespace, corpus: Corpus, arena: Arena, faults: list[str]
) -> dict[str, Any]:
    sample = corpora.sample(corpus, SAMPLE)
    drawer = Drawer(sample, asked.seed)
    questions = {kind: drawer.draw(kind, asked.questions) for kind in KINDS}
    found: dict[str, Any] = {"latency": {}}
    with arena.opened(questions["en1"][0]) as opened:
        found["open"] = opened
        for mode, ask in (("plain", Ask()), ("snippets", Ask(snippets=True))):
            found["latency"][mode] = asking.latency(arena, questions, ask, asked.rounds, faults)
            say(f"  asked, {mode}")
        found["checks"] = checking.check(arena, questions, faults)
        found["same"] = {
            kind: _same(kind, arena.ask(each, Ask(limit=_LISTED, count=True)), faults)
            for kind, each in questions.items()
        }
        found["add"] = adding.add(arena, sample, asked.additions, asked.seed, faults)
    return found


def _same(kind: str, replies: Mapping[str, Any], faults: list[str]) -> dict[str, float]:
    """Return how often the first hit is the same, and how much of the first ten; counts must be."""
    ours, theirs = (replies[side] for side in SIDES)
    for here, there in zip(ours["totals"], theirs["totals"], strict=True):
        if here != there:
            faults.append(f"{kind}: {here} articles match here, {there} on the cluster")
    rows = [(here, there) for here, there in zip(ours["ids"], theirs["ids"], strict=True) if here]
    first = sum(here[:1] == there[:1] for here, there in rows)
    top = sum(len(set(here) & set(there)) / len(here) for here, there in rows)
    return {"first": round(first / len(rows), 3), "first_ten": round(top / len(rows), 3)}


def _settle(cluster: Cluster) -> float:
    """Wait until the server has merged what it wants to merge by itself; return the seconds."""
    started = time.monotonic()
    quiet = 0
    while quiet < 3 and time.monotonic() - started < _LONGEST_SETTLING:  # noqa: PLR2004
        merges = cluster.ask("GET", path_of("_stats", "merge"))["_all"]["total"]["merges"]
        quiet = 0 if merges["current"] else quiet + 1
        time.sleep(1)
    return round(time.monotonic() - started, 1)


def _size(cluster: Cluster, corpus: Corpus) -> dict[str, Any]:
    """Return how many bytes and segments the index has; copies are not counted."""
    index = f"{cluster.settings.index}-0*"
    primaries = cluster.ask("GET", path_of(index, "_stats", "store,segments"))["_all"]["primaries"]
    size = primaries["store"]["size_in_bytes"]
    return {
        "bytes": size,
        "bytes_per_text_byte": round(size / corpus.text_bytes, 2),
        "segments": primaries["segments"]["count"],
    }


@contextmanager
def _nodes(asked: argparse.Namespace, work: Path) -> Iterator[Nodes]:
    """Give the cluster that was named, or one that lives as long as the block."""
    if asked.hosts:
        yield Nodes(asked.hosts, (), _server(asked.hosts, "a cluster that was named"))
        return
    from tests.cluster import nodes, server

    work.chmod(0o711)  # the user that the nodes run as has to get in
    folder = work / "nodes"
    try:
        started = nodes.start(folder, asked.nodes)
    except server.NoServer as error:
        raise NoData(str(error)) from error
    say(f"  {asked.nodes} nodes of OpenSearch {started.version}")
    try:
        pids = [pid for name in started.names if (pid := started.pid(name))]
        how = f"started here from {server.ARTIFACT.format(version=started.version)}"
        yield Nodes(started.urls, pids, _server(started.urls, how))
    finally:
        started.stop()


def _server(hosts: Sequence[str], how: str) -> dict[str, Any]:
    cluster = Cluster(settings(json.dumps({"hosts": list(hosts)})))
    try:
        told = cluster.ask("GET", "/")["version"]
        nodes = cluster.ask("GET", path_of("_nodes", "jvm"))["nodes"].values()
    finally:
        cluster.close()
    return {
        "server": f"{told.get('distribution', 'elasticsearch')} {told['number']}",
        "lucene": told["lucene_version"],
        "how": how,
        "nodes": len(nodes),
        "java": sorted({node["jvm"]["version"] for node in nodes}),
        "heap_mb": sorted(round(node["jvm"]["mem"]["heap_max_in_bytes"] / 1e6) for node in nodes),
    }


def _about(asked: argparse.Namespace, nodes: Nodes, place: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "date": datetime.now(timezone.utc).date().isoformat(),
        "seed": asked.seed,
        "questions": asked.questions,
        "rounds": asked.rounds,
        "shards": place["shards"],
        "replicas": place["replicas"],
        **nodes.about,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    add = parser.add_argument
    add("--articles", type=int, default=50_000, metavar="N", help="how many [50000]")
    add("--questions", type=int, default=50, metavar="N", help="of each kind [50]")
    add("--rounds", type=int, default=3, metavar="N", help="after one to warm up [3]")
    add("--additions", type=int, default=3, metavar="N", help="of 100 articles [3]")
    add("--nodes", type=int, default=3, metavar="N", help="to start [3]")
    add("--hosts", type=lambda text: text.split(","), metavar="URLS", help="of a cluster that runs")
    add("--shards", type=int, default=3, metavar="N", help="of the index [3]")
    add("--replicas", type=int, default=1, metavar="N", help="copies of each shard [1]")
    add("--seed", type=int, default=20231124, help="of the questions")
    add("--data", metavar="DIR", help=f"the real set [${corpora.VARIABLE}, ../shared/data]")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
