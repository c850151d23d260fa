"""Name -> peer, each imported only by the process that runs it."""

from importlib import import_module
from pathlib import Path

from benchmarks.peers.port import Peer

_HOMES = {
    "duowen": ("benchmarks.peers.duowen", "Duowen"),
    "tantivy": ("benchmarks.peers.tantivy", "Tantivy"),
    "fts5": ("benchmarks.peers.fts5", "Fts5"),
    "xapian": ("benchmarks.peers.xapian", "Xapian"),
    "lucene": ("benchmarks.peers.lucene", "Lucene"),
    "whoosh": ("benchmarks.peers.whoosh", "PlainWhoosh"),
    "opensearch": ("benchmarks.peers.opensearch", "OpenSearch"),
}

NAMES = tuple(name for name in _HOMES if name != "opensearch")
"""Those that keep their index in a folder; benchmarks/cluster.py measures the other one."""

LARGEST = {"whoosh": 10_000}
"""Articles beyond which a peer is left out unless it is named: it would take the whole afternoon."""


def make_peer(name: str, folder: Path) -> Peer:
    """Make the peer; it opens nothing yet. Raises ImportError where its package is missing."""
    module, attribute = _HOMES[name]
    peer: Peer = getattr(import_module(module), attribute)(folder)
    return peer
