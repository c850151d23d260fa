"""A job that is killed at any point leaves the old generation or the new one, and the next one completes.

Points are drawn over the whole run. DUOWEN_SEED=N draws the same ones again; DUOWEN_KILLS=N takes N times
as many.
"""

import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from search import upkeep
from search.columnar import commit
from search.errors import IndexMissing
from search.library import open_index
from tests.cli.desk import checksums
from tests.doubles.archive import Archive, contents_of
from tests.doubles.killing import Killer

SEED = int(os.environ.get("DUOWEN_SEED") or random.SystemRandom().randrange(10**9))
TIMES = int(os.environ.get("DUOWEN_KILLS", "1"))
LEAST = 50
OWN_FILES = {commit.CURRENT, "lock", "history.jsonl", "quarantine.jsonl"}
HAS_PROC = Path("/proc").is_dir()

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="jobs are forked, and killed by signal"
)


@dataclass
class Case:
    """A job on an index that was prepared: what the index holds before it and after it."""

    index: Path
    do: str
    options: dict
    before: tuple  # the number of a generation, and what it holds
    after: tuple
    paths: list  # all there is, and what is in it
    newest: dict
    batch: int = 0
    held: dict = field(
        default_factory=lambda: {0: {}}
    )  # what the generations hold that are there before
    may_be_missing: bool = False


class Prepared:
    """Two archives, of which one stays as it is, and an index of them, made by unkilled jobs."""

    def __init__(self, folder, killer):
        self.archive = Archive(folder / "archive")
        self.other = Archive(folder / "other")
        self.other.put_records({f"o{number}": text_of(number) for number in range(300, 304)})
        self.index = folder / "index"
        self.killer = killer
        self.held = {0: {}}

    @property
    def contents(self):
        return {**self.archive.contents, **self.other.contents}

    @property
    def paths(self):
        return [str(self.archive.root), str(self.other.root)]

    def run(self):
        """Index the archives, and note what the generation holds."""
        ended = self.killer.run("index", {"paths": self.paths, "index": str(self.index)})
        assert not ended.error, ended.error
        self.held[ended.result["generation"]] = self.contents

    def case(self, do="index", after=None, batch=0, **options):
        """Return the case of a job that comes next; unless told otherwise, it indexes all there is."""
        number, contents = contents_of(self.index)
        assert contents == self.held[number]
        if do == "index":
            options = {"paths": self.paths, **options}
        return Case(
            self.index, do, options,
            before=(number, contents),
            after=after or (max(self.held) + 1, self.contents),
            newest=self.contents, paths=self.paths, batch=batch, held=self.held,
        )  # fmt: skip


def text_of(number, edition=0):
    """Every text holds the word bridge, and a word of its own."""
    return f"Bridge {number}", f"own{number}e{edition} 新桥{number}开通。"


def filled(prepared):
    """Fill an archive: nine pages, two of them in a folder, and a dozen records."""
    for number in range(9):
        folder = "more/" if number > 6 else ""
        prepared.archive.write(f"{folder}page{number}.md", *text_of(number))
    prepared.archive.put_records({f"r{number}": text_of(number) for number in range(100, 112)})


def changed(archive):
    """Add, edit, delete, rename and touch pages and records."""
    archive.write("page0.md", *text_of(0, 1))
    archive.delete("page1.md")
    archive.rename("page2.md", "renamed2.md")
    archive.rename("more/page7.md", "moved/page7.md")
    archive.touch("page3.md")
    archive.write("new.md", *text_of(20))
    records = dict(archive.records)
    del records["r100"]
    archive.put_records({**records, "r101": text_of(101, 1), "r120": text_of(120)})


def first(prepared):
    """The first job of all makes the index."""
    filled(prepared)
    newest = prepared.contents
    return Case(
        prepared.index, "index", {"paths": prepared.paths}, before=(0, {}), after=(1, newest),
        paths=prepared.paths, newest=newest, may_be_missing=True,
    )  # fmt: skip


def incremental(prepared):
    """A job that adds, updates, moves and removes."""
    filled(prepared)
    prepared.run()
    changed(prepared.archive)
    return prepared.case()


def keep_one(prepared):
    """The same, where the generation before goes at once."""
    filled(prepared)
    prepared.run()
    changed(prepared.archive)
    return prepared.case(keep=1)


def idle(prepared):
    """A job that finds nothing to do."""
    filled(prepared)
    prepared.run()
    case = prepared.case()
    case.after = case.before
    return case


def merging(prepared):
    """The eighth small segment makes one of all; one article is edited, and one is gone."""
    for number in range(7):
        for part in range(2):
            prepared.archive.write(f"page{number}-{part}.md", *text_of(10 * number + part))
        prepared.run()
    assert len(commit.read_current(prepared.index).segments) == 7
    prepared.archive.write("page2-0.md", *text_of(20, 1))
    prepared.archive.delete("page3-1.md")
    prepared.archive.rename("page4-1.md", "renamed.md")
    prepared.archive.write("new.md", *text_of(99))
    return prepared.case(keep=2)


def rebuild(prepared):
    """A rebuild, of an archive that has changed as well."""
    filled(prepared)
    prepared.run()
    changed(prepared.archive)
    return prepared.case(rebuild=True)


def rebuild_of_a_part(prepared):
    """A rebuild that is told one folder: the rest is carried over from the text that is stored."""
    filled(prepared)
    prepared.run()
    return prepared.case(rebuild=True, paths=[str(prepared.other.root)])


def rollback(prepared):
    """Going back."""
    filled(prepared)
    prepared.run()
    changed(prepared.archive)
    prepared.run()
    return prepared.case("rollback", (1, prepared.held[1]), number=1)


def workers(prepared):
    """A job that leaves most of its work to other processes."""
    filled(prepared)
    prepared.run()
    changed(prepared.archive)
    records = {f"w{number}": text_of(number) for number in range(200, 290)}
    prepared.archive.put_records({**prepared.archive.records, **records})
    return prepared.case(batch=20)


def workers_rebuild(prepared):
    """A rebuild by other processes."""
    filled(prepared)
    records = {f"w{number}": text_of(number) for number in range(200, 250)}
    prepared.archive.put_records({**prepared.archive.records, **records})
    prepared.run()
    return prepared.case(batch=12, rebuild=True)


KILLS = {
    first: {"steps": 6, "calls": 4, "seconds": 2},
    incremental: {"steps": 6, "calls": 4, "seconds": 3},
    keep_one: {"steps": 4, "calls": 2},
    idle: {"calls": 2, "seconds": 1},
    merging: {"steps": 7, "calls": 4, "seconds": 2},
    rebuild: {"steps": 6, "calls": 4, "seconds": 2},
    rebuild_of_a_part: {"steps": 2, "calls": 2},
    rollback: {"steps": 5, "calls": 3, "seconds": 1},
    workers: {"steps": 3, "calls": 2, "seconds": 3},
    workers_rebuild: {"steps": 2, "seconds": 2},
}
"""So many kills for each case, by the kind of their points."""


@pytest.fixture(scope="module")
def killer():
    with Killer() as killer:
        yield killer


def test_there_are_enough_kills():
    assert sum(sum(kinds.values()) for kinds in KILLS.values()) >= LEAST


@pytest.mark.parametrize("prepare", KILLS, ids=lambda prepare: prepare.__name__)
def test_a_job_that_is_killed(prepare, killer, tmp_path):
    print(f"DUOWEN_SEED={SEED}")
    chance = random.Random(f"{SEED} {prepare.__name__}")
    case = prepare(Prepared(tmp_path, killer))
    deaths = 0
    for kind, count in KILLS[prepare].items():
        length = length_of(case, killer, kind, tmp_path / f"counted by {kind}")
        for number, point in enumerate(points(chance, kind, length, count * TIMES)):
            index, at = killed(case, killer, tmp_path / f"{kind} {number}", kind, point)
            deaths += 1
            print(f"killed at {at} of {length} {kind}")
            assert_old_or_new(case, index)
            assert_nobody_left(killer)
            complete(case, killer, index)
            shutil.rmtree(index)
    assert deaths == sum(KILLS[prepare].values()) * TIMES


def copied(case, place):
    """Return a copy of the index of a case, which is no index yet where the case makes it."""
    if case.index.exists():
        shutil.copytree(case.index, place)
    return place


def ran(case, killer, index, **how):
    """Run the job of a case on a copy of its index."""
    options = {**case.options, "index": str(index)}
    return killer.run(case.do, options, batch=case.batch, **how)


def length_of(case, killer, kind, place):
    """Return how many steps, calls or seconds an unkilled job takes."""
    ended = ran(case, killer, copied(case, place), count=kind)
    assert not ended.error, ended.error
    assert ended.counted, kind
    return ended.counted


def points(chance, kind, length, count):
    """Draw points over the whole length: one in each of so many parts of it."""
    draw: Callable[[float, float], float]
    if kind == "seconds":
        draw = chance.uniform
    else:
        draw = lambda low, high: chance.randint(int(low) + 1, max(int(low) + 1, int(high)))  # noqa: E731
    return [draw(length * part / count, length * (part + 1) / count) for part in range(count)]


def killed(case, killer, place, kind, point):
    """Kill the job at a point, or sooner where it is too quick; return its index, and the point."""
    while True:
        index = copied(case, place)
        ended = ran(case, killer, index, kill=(kind, point))
        assert not ended.error, (kind, point, ended.error)
        if ended.killed:
            return index, point
        shutil.rmtree(index)
        point = point * 0.8 if kind == "seconds" else point - 1


def assert_old_or_new(case, index):
    """Assert that the index is at the old generation or the new one, and that it is whole."""
    try:
        number, contents = contents_of(index)
    except IndexMissing:
        assert case.may_be_missing
        return
    assert (number, contents) in (case.before, case.after), number
    held = {**case.held, case.after[0]: case.after[1]}
    for generation in upkeep.generations(index):
        assert contents_of(index, generation.number)[1] == held[generation.number]
    assert_found(index, contents)
    assert not upkeep.check(index, deep=True).damages


def assert_found(index, contents):
    """Assert that search finds every article by its own word, and nothing else."""
    with open_index(index) as opened:
        assert opened.search("bridge", snippets=False).total == len(contents)
        for article_id, (_, body) in contents.items():
            hits = opened.search(body.split()[0], snippets=False).hits
            assert [hit.id for hit in hits] == [article_id]


def assert_nobody_left(killer):
    """Assert that no worker outlives its job; they have long to end."""
    for _ in range(600):
        if not (HAS_PROC and killer.offspring()):
            return
        time.sleep(0.05)
    raise AssertionError(killer.offspring())


def complete(case, killer, index):
    """Assert that the next job does all that is to be done, cleans up, and leaves nothing to do."""
    ended = killer.run(case.do, {**case.options, "index": str(index)})
    assert not ended.error, ended.error
    number, contents = contents_of(index)
    assert contents == case.after[1]
    if case.do == "rollback":
        assert number == case.after[0]
    again = {"paths": case.paths, "index": str(index)}
    ended = killer.run("index", again)  # who went back tidied nothing up
    assert not ended.error, ended.error
    assert contents_of(index)[1] == case.newest
    assert_found(index, case.newest)
    found = upkeep.check(index, deep=True)
    assert (found.damages, found.leftovers) == ((), ())
    needed = {name for number in found.generations for name in commit.read(index, number).files()}
    assert {path.name for path in index.iterdir()} - OWN_FILES == needed
    before = checksums(index)
    ended = killer.run("index", again)
    assert not ended.error, ended.error
    assert checksums(index) == before
