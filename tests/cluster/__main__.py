"""python -m tests.cluster start|stop|status --nodes 3 --folder DIR: a real OpenSearch on loopback."""

import argparse
import shutil
import sys
from pathlib import Path

from tests.cluster import nodes
from tests.cluster.server import NoServer


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("action", choices=("start", "stop", "status"))
    parser.add_argument("--folder", type=Path, required=True, help="where the nodes live")
    parser.add_argument("--nodes", type=int, default=3, help="how many to start")
    parser.add_argument("--remove", action="store_true", help="after stop: remove the folder")
    given = parser.parse_args()
    if given.action == "start":
        cluster = nodes.start(given.folder, given.nodes)
        print(f"OpenSearch {cluster.version}:", *cluster.urls)
        return 0
    try:
        cluster = nodes.Cluster(given.folder)
    except FileNotFoundError:
        print(f"There is no cluster in {given.folder}.", file=sys.stderr)
        return 1
    if given.action == "stop":
        cluster.stop()
        if given.remove:
            shutil.rmtree(given.folder)
        return 0
    for name, url in zip(cluster.names, cluster.urls, strict=True):
        pid = cluster.pid(name)
        print(name, url, f"pid {pid}" if pid else "is down")
    return 0 if all(map(cluster.pid, cluster.names)) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NoServer as failure:
        sys.exit(str(failure))
