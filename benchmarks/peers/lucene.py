"""Lucene in a Java process of its own, which times itself: see ../lucene/LucenePeer.java."""

import shutil
import struct
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers import cutting, dating
from benchmarks.peers.port import Answer, Ask, PeerMissing, Question, Record
from benchmarks.peers.reading import records

_JAVA = Path(__file__).resolve().parents[1] / "lucene"
_HEAP = "-Xmx512m"
_SEPARATOR = "\x1f"


class Lucene:
    """Messages are lists of texts, each with its length before it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        command = [
            "java",
            _HEAP,
            "-cp",
            _class_path(folder.parent / "lucene-classes"),
            "LucenePeer",
        ]
        self._process = subprocess.Popen(
            [*command, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def versions(self) -> str:
        """Name the versions of Lucene and Java."""
        return self._call("versions")[0]

    def build(self, articles: Path) -> None:
        """Send all articles, then have them committed."""
        self._put(records(articles))

    def open(self) -> None:
        """Have it opened for reading."""
        self._call("open")

    def search(self, question: Question, ask: Ask) -> Answer:
        """Ask; the time is Java's own, and that of cutting the Chinese."""
        started = time.perf_counter()
        chinese = [token for run in question.chinese for token in cutting.tokens(run)]
        first, last = dating.window(question) or (-dating.FAR, dating.FAR)
        cutting_seconds = time.perf_counter() - started
        nanoseconds, total, shown, *ids = self._call(
            "search",
            _SEPARATOR.join(question.english),
            _SEPARATOR.join(chinese),
            "phrase" if question.phrase else ask.match,
            question.source,
            str(first),
            str(last),
            question.sort,
            str(ask.limit),
            "snippets" if ask.snippets else "",
            "count" if ask.count else "",
            _SEPARATOR.join(map(str, ask.weights)),
        )
        seconds = int(nanoseconds) / 1e9 + cutting_seconds
        return Answer(ids, int(shown), int(total) if ask.count else None, seconds)

    def add(self, records: Sequence[Record]) -> None:
        """Replace by id, commit, look again."""
        self._put(records)
        self._call("refresh")

    def close(self) -> None:
        """Close the reader; Java ends with this process, when its stdin does."""
        self._call("close")

    def _put(self, articles: Sequence[Record]) -> None:
        for record in articles:
            self._send(
                "put",
                record["id"],
                record["source"],
                str(dating.epoch(record["date"])),
                record["title"],
                cutting.spaced(record["summary"]),
                record["body"],
            )
        self._call("commit")

    def _call(self, *message: str) -> list[str]:
        self._send(*message)
        self._process.stdin.flush()
        count = self._number()
        return [self._read(self._number()).decode() for _ in range(count)]

    def _send(self, *message: str) -> None:
        parts = [struct.pack(">i", len(message))]
        for text in message:
            encoded = text.encode()
            parts += (struct.pack(">i", len(encoded)), encoded)
        self._process.stdin.write(b"".join(parts))

    def _number(self) -> int:
        return int(struct.unpack(">i", self._read(4))[0])

    def _read(self, size: int) -> bytes:
        data = self._process.stdout.read(size)
        if len(data) < size:
            raise RuntimeError("Java ended in the middle of an answer; what it said is on stderr.")
        return data


def _class_path(classes: Path) -> str:
    """Fetch the jars and compile, once for each run."""
    note = classes / "class-path"
    if not note.exists():
        missing = [tool for tool in ("java", "javac", "mvn") if not shutil.which(tool)]
        if missing:
            raise PeerMissing(
                f"no {', '.join(missing)}: apt-get install openjdk-17-jdk-headless maven"
            )
        classes.mkdir(parents=True, exist_ok=True)
        jars = classes / "jars"
        pom = ["mvn", "-q", "-B", "-f", str(_JAVA / "pom.xml")]
        _run([*pom, "dependency:build-classpath", f"-Dmdep.outputFile={jars}"])
        found = jars.read_text(encoding="utf-8").strip()
        _run(["javac", "-d", str(classes), "-cp", found, str(_JAVA / "LucenePeer.java")])
        note.write_text(f"{classes}:{found}", encoding="utf-8")
    return note.read_text(encoding="utf-8")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-3:]
        raise PeerMissing(f"{command[0]} failed: {' '.join(said)}")
