"""duowen with its index on a cluster: the same door, another engine behind it."""

import json
import os
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.duowen import Duowen
from benchmarks.peers.port import PeerMissing
from search.engines.opensearch_settings import OpenSearchSettings

PLACE = "DUOWEN_BENCH_CLUSTER"
"""Names the variable that says where the cluster is: a JSON mapping of settings, without secrets."""


class OpenSearch(Duowen):
    """The folder holds only what stands beside an index on a cluster."""

    def __init__(self, folder: Path) -> None:
        if PLACE not in os.environ:
            raise PeerMissing("no cluster; python -m benchmarks.cluster starts one")
        super().__init__(folder, settings(os.environ[PLACE]))

    def versions(self) -> str:
        """Name the versions of duowen and of the client; that of the server stands apart."""
        return f"{super().versions()}, opensearch-py {version('opensearch-py')}"


def settings(place: str) -> OpenSearchSettings:
    """Return what the variable says."""
    values = json.loads(place)
    return OpenSearchSettings(**{**values, "hosts": tuple(values["hosts"])})
