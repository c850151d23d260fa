"""One cluster for all processes of a test run: the first that needs it starts it, the last stops it."""

import contextlib
import json
import os
import shutil
import tempfile
import urllib.request
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest

from tests.cluster import nodes
from tests.cluster.server import NoServer

ASKED = "DUOWEN_TEST_CLUSTER"
"""`required`: no server is a failure, not a skip; `off`: none is wanted; a URL: one that runs already."""


def need_library():
    """Skip where opensearch-py is not installed; where a cluster is `required`, fail."""
    if os.environ.get(ASKED) == "required":
        import_module("opensearchpy")
    else:
        pytest.importorskip("opensearchpy")


class Running:
    """A cluster that somebody else started; its nodes cannot be stopped."""

    def __init__(self, urls):
        self.urls = urls
        self.names = []
        with urllib.request.urlopen(urls[0], timeout=10) as answer:
            self.version = json.load(answer)["version"]["number"]


@contextmanager
def shared(run):
    """Give the cluster of a test run, by its name; raises NoServer."""
    asked = os.environ.get(ASKED, "")
    if asked == "off":
        raise NoServer(f"{ASKED} is off.")
    if asked.startswith("http"):
        yield Running(asked.replace(",", " ").split())
        return
    folder = Path(tempfile.gettempdir()) / f"duowen-cluster-{run}"
    with _turn(folder) as users:
        cluster = _started(folder) if not users else nodes.Cluster(folder / "nodes")
        users.add(os.getpid())
    try:
        yield cluster
    finally:
        with _turn(folder) as users:
            users.discard(os.getpid())
            if not users:
                cluster.stop()
                shutil.rmtree(folder, ignore_errors=True)


def _started(folder):
    place = folder / "nodes"
    with contextlib.suppress(OSError, ValueError):  # left behind by a run that was killed
        nodes.Cluster(place).stop()
    shutil.rmtree(place, ignore_errors=True)
    return nodes.start(place)


@contextmanager
def _turn(folder):
    """Give the set of the processes that use the cluster, while no other can change it."""
    try:
        import fcntl
    except ImportError:
        raise NoServer("The cluster of the tests is for systems with POSIX locks.") from None
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    with (folder / "users").open("a+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        users = {int(pid) for pid in file.read().split() if _lives(int(pid))}
        yield users
        file.seek(0)
        file.truncate()
        file.write(" ".join(map(str, sorted(users))))


def _lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
