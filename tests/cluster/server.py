"""A real OpenSearch server: fetched from Maven Central, unpacked, and a configuration for each node.

What is fetched is OpenSearch's own minimal distribution, which its builds test with: the server and its
network, without plugins.
"""

import os
import shutil
import socket
import subprocess
import zipfile
from pathlib import Path

VERSION = "2.19.1"
ARTIFACT = "org.opensearch.distribution.integ-test-zip:opensearch:{version}:zip"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy"
_OLDEST_JAVA = 11
_HEAP = "512m"
# Files that the stock options put where only the owner of the distribution may write.
_UNWANTED_OPTIONS = ("Xlog:gc", "Xloggc", "HeapDump", "ErrorFile", "-Xms", "-Xmx")


class NoServer(Exception):
    """No server can be had here; str() says why, and what to do."""


def java_home():
    """Return the home of a Java that is new enough; raises NoServer."""
    java = shutil.which("java")
    home = os.environ.get("JAVA_HOME")
    if home and (Path(home) / "bin/java").exists():
        java = str(Path(home) / "bin/java")
    if not java:
        raise NoServer("There is no Java here; install Java 17 to run an OpenSearch server.")
    told = subprocess.run(
        [java, "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=False
    ).stderr
    found = {
        line.split("=")[0].strip(): line.split("=")[1].strip()
        for line in told.splitlines()
        if "=" in line
    }
    release = int(found.get("java.specification.version", "0").removeprefix("1."))
    if release < _OLDEST_JAVA or "java.home" not in found:
        raise NoServer(f"The Java here is too old ({release}); install Java 17.")
    return found["java.home"]


def fetch(folder, version=VERSION):
    """Return the zip of the server: the one $DUOWEN_OPENSEARCH_ZIP names, else by way of Maven."""
    named = os.environ.get("DUOWEN_OPENSEARCH_ZIP")
    if named:
        if not Path(named).is_file():
            raise NoServer(f"DUOWEN_OPENSEARCH_ZIP names {named}, which is no file; name a zip.")
        return Path(named)
    maven = shutil.which("mvn")
    if not maven:
        raise NoServer(
            "There is no Maven here to fetch the server by; install it, or download the zip of an"
            " OpenSearch distribution and name it in DUOWEN_OPENSEARCH_ZIP."
        )
    command = [
        maven, "-B", "-q", _COPY, f"-Dartifact={ARTIFACT.format(version=version)}",
        f"-DoutputDirectory={folder}", "-Dmdep.useBaseVersion=true",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    fetched = folder / f"opensearch-{version}.zip"
    if done.returncode or not fetched.exists():
        last = [line for line in done.stdout.splitlines() if "ERROR" in line][:1]
        raise NoServer(f"Maven did not fetch the server ({' '.join(last)}); see to its network.")
    return fetched


def unpack(archive, folder):
    """Unpack the server into the folder and return the folder that holds bin, lib and config."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
        members = opened.namelist()
    home = folder / members[0].split("/")[0]
    for program in (home / "bin").iterdir():
        program.chmod(0o755)
    return home


def free_ports(count):
    """Return ports on loopback that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def configure(home, folder, names, ports):
    """Give every node a configuration of its own; `ports` are (http, transport) for each."""
    for name, (http, transport) in zip(names, ports, strict=True):
        node = folder / name
        config = node / "config"
        shutil.copytree(home / "config", config)
        options = (config / "jvm.options").read_text(encoding="utf-8").splitlines()
        kept = [line for line in options if not any(word in line for word in _UNWANTED_OPTIONS)]
        kept += [f"-Xms{_HEAP}", f"-Xmx{_HEAP}"]
        (config / "jvm.options").write_text("\n".join(kept) + "\n", encoding="utf-8")
        for place in ("data", "logs", "tmp"):
            (node / place).mkdir()
        settings = {
            "cluster.name": f"duowen-{ports[0][1]}",
            "node.name": name,
            "network.host": "127.0.0.1",
            "http.port": http,
            "transport.port": transport,
            "path.data": node / "data",
            "path.logs": node / "logs",
            "discovery.seed_hosts": [f"127.0.0.1:{port}" for _, port in ports],
            "cluster.initial_cluster_manager_nodes": list(names),
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            "node.store.allow_mmap": "false",
        }
        lines = [f"{key}: {_written(value)}" for key, value in settings.items()]
        (config / "opensearch.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _written(value):
    return f"[{', '.join(value)}]" if isinstance(value, list) else value
