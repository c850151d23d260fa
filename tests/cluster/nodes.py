"""Nodes of a cluster as processes of their own: started, waited for, and stopped by their PIDs."""

import json
import os
import pwd
import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

from tests.cluster import server

_DESCRIPTION = "cluster.json"
_LONGEST_START, _LONGEST_STOP = 240, 60  # seconds
_UNPRIVILEGED = "nobody"


class Cluster:
    """The cluster of a folder: its nodes by name, each with its http port and its PID."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.description = json.loads((self.folder / _DESCRIPTION).read_text(encoding="utf-8"))

    @property
    def version(self):
        return self.description["version"]

    @property
    def names(self):
        return list(self.description["nodes"])

    @property
    def urls(self):
        return [f"http://127.0.0.1:{port}" for port in self.description["nodes"].values()]

    def pid(self, name):
        """Return the PID of a node that runs, else None; a PID that others have now is not it."""
        try:
            pid = int((self.folder / name / "pid").read_text(encoding="ascii"))
            os.kill(pid, 0)
            told = Path(f"/proc/{pid}/cmdline")
            ours = str(self.folder).encode() in told.read_bytes() if told.exists() else True
        except (OSError, ValueError):
            return None
        return pid if ours else None

    def start_node(self, name):
        """Start a node as a process of its own, whose PID stands in its folder."""
        node = self.folder / name
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(node),
            "OPENSEARCH_JAVA_HOME": self.description["java"],
            "OPENSEARCH_PATH_CONF": str(node / "config"),
            "OPENSEARCH_TMPDIR": str(node / "tmp"),
        }
        # A shell starts it and ends, so that it is nobody's child: others may be the ones to stop it.
        script = Path(self.description["home"]) / "bin/opensearch"
        started = subprocess.run(
            ["/bin/sh", "-c", '"$0" >>"$1" 2>&1 </dev/null & echo $!', script, node / "logs/out"],
            cwd=node,
            env=environment,
            stdout=subprocess.PIPE,
            start_new_session=True,
            check=True,
            **_identity(),
        )
        # The script ends by becoming the server, under the same PID.
        (node / "pid").write_bytes(started.stdout)

    def wait(self, nodes, status="green", seconds=_LONGEST_START):
        """Wait until so many nodes have joined and the cluster is of that colour, or raise."""
        until = time.monotonic() + seconds
        wanted = urlencode({"wait_for_nodes": nodes, "wait_for_status": status, "timeout": "5s"})
        while time.monotonic() < until:
            if any(_is_well(f"{url}/_cluster/health?{wanted}") for url in self.urls):
                return
            time.sleep(0.5)
        logs = [self.folder / name / "logs" / "out" for name in self.names]
        ends = [log.read_text(errors="replace")[-600:] for log in logs if log.exists()]
        raise server.NoServer(
            f"The nodes were not {status} after {seconds} s; see the ends of their logs: {ends}"
        )

    def stop_node(self, name, how=signal.SIGTERM):
        """End one node by its PID; one that does not end when asked is killed."""
        pid = self.pid(name)
        if pid is None:
            return
        os.kill(pid, how)
        until = time.monotonic() + _LONGEST_STOP
        while self.pid(name) is not None and time.monotonic() < until:
            time.sleep(0.1)
        if self.pid(name) is not None:
            os.kill(pid, signal.SIGKILL)

    def stop(self):
        """End all nodes."""
        pids = {name: self.pid(name) for name in self.names}
        for pid in filter(None, pids.values()):
            os.kill(pid, signal.SIGTERM)
        for name in self.names:
            self.stop_node(name)


def start(folder, nodes=3):
    """Fetch the server, start its nodes in a folder of their own, and wait until all is green.

    Raises server.NoServer where no server can be had, with nothing left running.
    """
    folder = Path(folder).resolve()
    cluster = Cluster(folder) if (folder / _DESCRIPTION).exists() else _made(folder, nodes)
    try:
        for name in cluster.names:
            if cluster.pid(name) is None:
                cluster.start_node(name)
        cluster.wait(len(cluster.names))
    except BaseException:
        cluster.stop()
        raise
    return cluster


def _is_well(question):
    try:
        with urllib.request.urlopen(question, timeout=10) as answer:
            return not json.load(answer)["timed_out"]
    except (OSError, ValueError):
        return False


def _made(folder, nodes):
    java = server.java_home()
    folder.mkdir(parents=True, exist_ok=True)
    home = server.unpack(server.fetch(folder), folder)
    names = [f"node-{number}" for number in range(1, nodes + 1)]
    numbers = server.free_ports(2 * nodes)
    ports = list(zip(numbers[:nodes], numbers[nodes:], strict=True))
    server.configure(home, folder, names, ports)
    if os.geteuid() == 0:
        _give_away(folder)
    description = {
        "version": home.name.rpartition("-")[2],
        "home": str(home),
        "java": java,
        "nodes": dict(zip(names, [http for http, _ in ports], strict=True)),
    }
    (folder / _DESCRIPTION).write_text(json.dumps(description, indent=1), encoding="utf-8")
    return Cluster(folder)


def _identity():
    """Return who is to run the server, which refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    who = pwd.getpwnam(_UNPRIVILEGED)
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


def _give_away(folder):
    who = pwd.getpwnam(_UNPRIVILEGED)
    for parent in folder.parents:
        if parent.stat().st_mode & 0o001 == 0:
            raise server.NoServer(
                f"The user {_UNPRIVILEGED} cannot reach {folder}, for {parent} is closed to it;"
                f" choose a --folder elsewhere."
            )
    for place, _, files in os.walk(folder):
        for path in (place, *(os.path.join(place, name) for name in files)):
            os.chown(path, who.pw_uid, who.pw_gid)
