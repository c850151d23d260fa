"""However files are edited, an index that is brought in line step by step is as one made from scratch."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from search import reindex
from search.engines.registry import open_engine

LONG_AGO = 1_700_000_000
PAGES = ["a.md", "m/b.md", "z.md"]
TABLES = ["a.jsonl", "m/b.jsonl", "z.jsonl"]
BODIES = [f"Body {n}" for n in range(3)]
IDS = ["id0", "id1"]
records = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from([*BODIES, ""])), max_size=3)
edits = st.one_of(
    st.tuples(st.just("page"), st.sampled_from(PAGES), st.sampled_from(BODIES)),
    st.tuples(st.just("table"), st.sampled_from(TABLES), records),
    st.tuples(st.just("restore"), st.sampled_from(PAGES + TABLES), st.integers(1, 3)),
    st.tuples(st.just("delete"), st.sampled_from(PAGES + TABLES)),
    st.tuples(st.just("rename"), st.sampled_from(PAGES), st.sampled_from(PAGES)),
    st.tuples(st.just("rename"), st.sampled_from(TABLES), st.sampled_from(TABLES)),
    st.tuples(st.just("touch"), st.sampled_from(PAGES + TABLES)),
)
runs = st.one_of(
    st.just(("run", "")),
    st.just(("run", "")),
    st.sampled_from([("run", "reread"), ("run", "rebuild")]),
    st.tuples(st.just("stop"), st.integers(0, 25)),
)
rounds = st.lists(st.tuples(st.lists(edits, min_size=1, max_size=4), runs), min_size=4, max_size=8)


class Folder:
    """Files, of which a plain dictionary says what they hold: path -> [(id, body), ...]."""

    def __init__(self, path):
        self.path = path
        self.times = iter(range(LONG_AGO, LONG_AGO + 10_000))
        self.versions = {}
        self.page("always.md", "Always there")

    def page(self, name, body):
        self._write(name, f"---\ntitle: Page\n---\n{body}\n")

    def table(self, name, lines):
        # A record without a text is rejected.
        dumped = (json.dumps({"id": i, "body": body}) + "\n" for i, body in lines)
        self._write(name, "".join(dumped))

    def restore(self, name, steps):
        """Bring an earlier version back, with its time."""
        known = self.versions.get(name, [])[-steps:]
        if known:
            text, at = known[0]
            (self.path / name).write_text(text)
            os.utime(self.path / name, (1, at))

    def delete(self, name):
        (self.path / name).unlink(missing_ok=True)

    def rename(self, name, other):
        if (self.path / name).exists():
            (self.path / name).replace(self.path / other)

    def touch(self, name):
        if (self.path / name).exists():
            os.utime(self.path / name, (1, next(self.times)))

    def _write(self, name, text):
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        self.touch(name)
        self.versions.setdefault(name, []).append((text, path.stat().st_mtime))


def holdings(index, engine):
    opened = open_engine(engine, index)
    try:
        articles = [opened.get(one) for one in opened.held()]
        return {one.id: (one.path, one.body) for one in articles}
    finally:
        opened.close()


def expected(folder, before):
    """What the index must hold, by plain reading in order: the first file has the id.

    What a file held before stays while a record in it cannot be read.
    """
    held, broken = {}, set()
    names = sorted(p.relative_to(folder.path) for p in folder.path.rglob("*") if p.is_file())
    for name in sorted(names, key=lambda name: name.parts):
        path = folder.path / name
        if path.suffix == ".md":
            held[name.as_posix()] = str(path), path.read_text().split("---\n")[2].strip("\n")
            continue
        lines = path.read_text().splitlines()
        if not lines:
            broken.add(str(path))
        for record in map(json.loads, lines):
            if record["body"]:
                held.setdefault(record["id"], (str(path), record["body"]))
            else:
                broken.add(str(path))
    kept = {i: one for i, one in before.items() if i not in held and one[0] in broken}
    return {**kept, **held}


@pytest.mark.parametrize("engine", ["local", "whoosh"])
def test_step_by_step_is_as_from_scratch(engine):
    @settings(
        max_examples=50 if engine == "local" else 10,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(rounds)
    def check(done):
        place = Path(tempfile.mkdtemp())
        try:
            walk(place, [step for steps, run in done for step in (*steps, run)])
        finally:
            shutil.rmtree(place)

    def walk(place, steps):
        (place / "news/m").mkdir(parents=True)
        folder, index = Folder(place / "news"), place / "index"
        reindex(folder.path, index, engine=engine)
        for action, *values in [*steps, ("run", ""), ("run", "again")]:
            note(f"{action} {values}")
            if action not in ("run", "stop"):
                getattr(folder, action)(*values)
                continue
            before = holdings(index, engine)
            told = {"engine": engine, "force_prune": True}
            if action == "stop":
                asked = iter(range(10_000))
                told["stopping"] = lambda asked=asked, at=values[0]: next(asked) >= at
            elif values[0] in ("reread", "rebuild"):
                told[values[0]] = True
            wanted = expected(folder, before)
            report = reindex(folder.path, index, **told)
            after = holdings(index, engine)
            assert report.articles == len(after)
            if report.interrupted:
                assert {*wanted} - {*after} <= {*wanted} - {*before}  # nothing is lost
            else:
                assert after == wanted
                counts = report.counts
                assert len(after) == len(before) + counts.added - counts.removed
            if values[0] == "again":
                assert not report.counts.changed
                assert report.generation == report.generation_before

    check()
