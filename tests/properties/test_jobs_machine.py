"""Whatever happens to files and to jobs, the index holds what a plain dictionary says.

DUOWEN_EXAMPLES=N tries N random histories instead of a few.
"""

import json
import os
import shutil
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from search import upkeep
from search.article import Article
from search.columnar import commit
from search.engines.registry import open_engine
from search.errors import PruneRefused
from search.library import open_index
from search.reindexing import reindex
from tests.cli.desk import checksums
from tests.doubles.killing import Killer

EXAMPLES = int(os.environ.get("DUOWEN_EXAMPLES", "25"))
STEPS = 20
LONG_AGO = 1_600_000_000  # seconds: what was written then is not written again in the same moment
OWN_FILES = {commit.CURRENT, "lock", "history.jsonl", "quarantine.jsonl"}

PAGES = ["a.md", "b.md", "deep/c.md", "deep/d.md", "z.md"]
LINKED = ["e.md", "deep/f.md", "y.md"]  # their ids are their urls, wherever they lie
URLS = ["https://news.example/1", "https://news.example/2"]
TABLES = ["records.jsonl", "deep/more.jsonl"]
RECORDS = [f"r{number}" for number in range(6)]
ASIDE = ["aside0", "aside1"]
ALWAYS = "always.md"  # where no file is left, there is nothing to run on

texts = st.integers(0, 11)
"""Few, so that one comes again, and is in several articles at once."""

points = st.sampled_from(["steps", "calls"])
kinds = st.sampled_from([
    "write", "write", "write_linked", "delete", "rename", "rename_linked", "touch", "put_record",
    "put_record", "move_record", "delete_record", "rename_table",
])  # fmt: skip
changes = st.lists(st.tuples(kinds, st.integers(0, 7), texts), max_size=5)
"""What happens to files before a job runs."""


class Held(NamedTuple):
    """What the index must hold of an article: the number of its text, its url, and its file."""

    text: int
    url: str
    path: str


class Jobs(RuleBasedStateMachine):
    """Files that change, jobs that run or are ended, and what must be found."""

    killer: Killer

    def __init__(self):
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.root = self.place / "news"
        self.index = self.place / "index"
        self.clock = LONG_AGO
        self.pages = {}  # path -> (number of its text, url)
        self.tables = {name: {} for name in TABLES}  # path -> id -> number of its text
        self.held = {}  # what the index holds now
        self.history = {0: {}}  # number of a generation -> what it holds
        self.number = self.top = 0

    def teardown(self):
        shutil.rmtree(self.place)

    @initialize()
    def begin(self):
        (self.root / "deep").mkdir(parents=True)
        self._write_page(ALWAYS, 99, "")
        self._run()

    # What happens to files

    def _edit(self, changes):
        """Change files: each change is a kind and two numbers, which choose among what is there."""
        for kind, first, second in changes:
            getattr(self, kind)(first, second)

    def write(self, first, text):
        self._write_page(PAGES[first % len(PAGES)], text, "")

    def write_linked(self, first, text):
        """Write a page with a url that no other page has."""
        name = LINKED[first % len(LINKED)]
        taken = {url for other, (_, url) in self.pages.items() if other != name}
        free = [url for url in URLS if url not in taken]
        if free:
            self._write_page(name, text, free[text % len(free)])

    def delete(self, first, _):
        names = [name for name in self.pages if name != ALWAYS]
        if names:
            name = names[first % len(names)]
            (self.root / name).unlink()
            del self.pages[name]

    def rename(self, first, second):
        self._rename(PAGES, first, second)

    def rename_linked(self, first, second):
        self._rename(LINKED, first, second)

    def touch(self, first, _):
        names = [*self.pages, *(name for name in TABLES if self.tables[name])]
        self._set_time(names[first % len(names)])

    def put_record(self, first, text):
        one, name = RECORDS[first % len(RECORDS)], TABLES[first % len(TABLES)]
        self._put_record(one, name, text)

    def move_record(self, first, second):
        """Put a record into the other file, or make it the last one of its own."""
        known = [(one, text) for records in self.tables.values() for one, text in records.items()]
        if known:
            one, text = known[first % len(known)]
            self._put_record(one, TABLES[second % len(TABLES)], text)

    def delete_record(self, first, _):
        for records in self.tables.values():
            records.pop(RECORDS[first % len(RECORDS)], None)
        self._write_tables()

    def rename_table(self, first, _):
        """Give a file of records the name of the other one, which may be there."""
        name = TABLES[first % len(TABLES)]
        other = TABLES[1 - first % len(TABLES)]
        if self.tables[name]:
            (self.root / name).replace(self.root / other)
            self.tables[other], self.tables[name] = self.tables[name], {}

    # What happens to the index

    @rule(
        changes=changes,
        keep=st.sampled_from([1, 2, 5]),
        rebuild=st.booleans(),
        reread=st.booleans(),
    )
    def run(self, changes, keep, rebuild, reread):
        self._edit(changes)
        self._run(keep=keep, rebuild=rebuild, reread=reread)

    @rule()
    def run_on_what_is_there(self):
        self._run()

    @rule(changes=changes)
    def run_with_the_brake(self, changes):
        self._edit(changes)
        gone = self._gone()
        there = sum(1 for known in self.held.values() if known.path)
        moved = self._counts()["moved"]
        if not self._ambiguous() and len(gone) > 1 and len(gone) > 0.2 * there:
            before = self._bytes()
            with pytest.raises(PruneRefused):
                reindex(self.root, self.index)
            assert self._bytes() == before, moved
        elif not self._ambiguous():
            self._run(force_prune=False)

    @rule(changes=changes, rebuild=st.booleans())
    def rehearse_and_run(self, changes, rebuild):
        self._edit(changes)
        before = self._bytes()
        rehearsed = reindex(self.root, self.index, dry_run=True, force_prune=True, rebuild=rebuild)
        assert self._bytes() == before
        assert rehearsed.generation == self.number
        report = self._run(rebuild=rebuild)
        assert rehearsed.counts == report.counts
        assert rehearsed.articles == report.articles

    @rule(changes=changes, after=st.integers(0, 30), rebuild=st.booleans())
    def be_interrupted(self, changes, after, rebuild):
        self._edit(changes)
        asked = iter(range(10**6))
        report = reindex(
            self.root, self.index,
            force_prune=True, rebuild=rebuild, stopping=lambda: next(asked) >= after,
        )  # fmt: skip
        if not report.interrupted:
            self._expect(self._wanted())
            return
        archive, found = self._archive(), self._found()
        for one, known in found.items():
            assert known in (self.held.get(one), archive.get(one)), one
        kept = {(known.text, known.url) for known in found.values()}
        for one, known in self.held.items():
            assert one in found or (one not in archive and (known.text, known.url) in kept)
        if rebuild:
            assert found == self.held
        self._expect(found)

    @rule(changes=changes, at=st.integers(1, 4_000), rebuild=st.booleans(), kind=points)
    def be_killed(self, changes, at, rebuild, kind):
        self._edit(changes)
        point = at // 100 + 1 if kind == "steps" else at * 2
        options = {
            "paths": [str(self.root)], "index": str(self.index),
            "force_prune": True, "rebuild": rebuild,
        }  # fmt: skip
        ended = self.killer.run("index", options, kill=(kind, point))
        assert not ended.error, ended.error
        wanted = self._wanted() if self._current() != self.number else self.held
        assert ended.killed or wanted == self._wanted()
        self._expect(wanted)

    @precondition(lambda self: len(upkeep.generations(self.index)) > 1)
    @rule(data=st.data())
    def go_back(self, data):
        kept = [one.number for one in upkeep.generations(self.index)]
        wanted = data.draw(st.sampled_from(kept))
        upkeep.rollback(self.index, wanted)
        self.number, self.held = wanted, self.history[wanted]
        assert self._found() == self.held

    @rule(one=st.sampled_from(ASIDE), text=texts)
    def put_aside(self, one, text):
        """A program puts an article that is in no file."""
        with open_index(self.index) as index, index.writer() as writer:
            title, body = words_of(text)
            writer.put(Article(id=one, title=title, body=body))
        self._expect({**self.held, one: Held(text, "", "")})

    @precondition(lambda self: self.held)
    @rule(data=st.data(), one=st.sampled_from(ASIDE), text=texts)
    def remove_and_put(self, data, one, text):
        """A program removes any article, and puts another one."""
        gone = data.draw(st.sampled_from([*self.held]))
        with open_index(self.index) as index, index.writer() as writer:
            title, body = words_of(text)
            writer.remove(gone)
            writer.put(Article(id=one, title=title, body=body))
        left = {i: known for i, known in self.held.items() if i != gone}
        self._expect({**left, one: Held(text, "", "")})

    @precondition(lambda self: len(upkeep.generations(self.index)) > 1)
    @rule(data=st.data())
    def compare(self, data):
        """A comparison of generations tells what the dictionary says."""
        kept = st.sampled_from([one.number for one in upkeep.generations(self.index)])
        older, newer = data.draw(kept), data.draw(kept)
        before, after = self.history[older], self.history[newer]
        added, changed, moved, removed = upkeep.diff(self.index, older, newer)
        stayed = before.keys() & after.keys()
        renamed = [pair for pair in moved if pair[0] != pair[1]]
        assert {*added, *(new for _, new in renamed)} == after.keys() - before.keys()
        assert {*removed, *(old for old, _ in renamed)} == before.keys() - after.keys()
        assert set(changed) == {i for i in stayed if before[i][:2] != after[i][:2]}
        assert {old for old, new in moved if old == new} == {
            i for i in stayed if before[i][:2] == after[i][:2] and before[i].path != after[i].path
        }
        assert all(before[old][:2] == after[new][:2] for old, new in renamed)
        assert not {after[i][:2] for i in added} & {before[i][:2] for i in removed}

    # The dictionary

    def _archive(self):
        """What is in the files: id -> Held."""
        found = {
            url or name: Held(text, url, str(self.root / name))
            for name, (text, url) in self.pages.items()
        }
        for name, records in self.tables.items():
            found |= {one: Held(text, "", str(self.root / name)) for one, text in records.items()}
        return found

    def _wanted(self):
        """What the index must hold after a run: what is in files, and what is in none."""
        aside = {one: known for one, known in self.held.items() if not known.path}
        return {**aside, **self._archive()}

    def _gone(self):
        """The ids that a run removes, if no text is there more than once."""
        archive = self._archive()
        lost = {i: known for i, known in self.held.items() if known.path and i not in archive}
        added = Counter(known[:2] for i, known in archive.items() if i not in self.held)
        removed = []
        for one, known in lost.items():
            if added[known[:2]] and not Path(known.path).exists():
                added[known[:2]] -= 1
            else:
                removed.append(one)
        return removed

    def _counts(self):
        """What a run counts, if no text is there more than once."""
        archive, gone = self._archive(), self._gone()
        counts = Counter(removed=len(gone))
        lost = sum(1 for i, known in self.held.items() if known.path and i not in archive)
        counts["moved"] = lost - len(gone)
        for one, known in archive.items():
            before = self.held.get(one)
            if before is None:
                counts["added"] += 1
            elif before[:2] != known[:2]:
                counts["updated"] += 1
            else:
                counts["unchanged" if before.path == known.path else "moved"] += 1
        counts["added"] -= lost - len(gone)
        return counts

    def _ambiguous(self):
        """Whether one text is in more than one article, so that either may be what has moved."""
        for articles in (self.held, self._archive()):
            if max(Counter(known[:2] for known in articles.values()).values(), default=0) > 1:
                return True
        return False

    # How it is compared

    def _run(self, *, force_prune=True, **options):
        expected, ambiguous = self._counts(), self._ambiguous()
        before = self.number
        report = reindex(self.root, self.index, force_prune=force_prune, **options)
        assert not report.rejected
        assert not report.interrupted
        counts = {name: report.counts[name] for name in (*COUNTED, "removed")}
        assert sum(counts[name] for name in COUNTED) == len(self._archive())
        if not ambiguous:
            assert counts == {name: expected[name] for name in counts}
        assert report.generation_before == before
        changed = report.counts.changed or options.get("rebuild")
        assert bool(changed) == (report.generation != before)
        self._expect(self._wanted())
        assert report.articles == len(self.held)
        self._assert_done()
        return report

    def _assert_done(self):
        """A second run writes no byte; nothing is damaged, and nothing left over."""
        before = self._bytes()
        report = reindex(self.root, self.index)
        assert not report.counts.changed
        assert report.counts.unchanged == len(self._archive())
        assert self._bytes() == before
        checkup = upkeep.check(self.index, deep=True)
        assert (checkup.damages, checkup.leftovers) == ((), ())
        needed = {
            name for one in checkup.generations for name in commit.read(self.index, one).files()
        }
        assert {path.name for path in self.index.iterdir()} - OWN_FILES == needed

    def _expect(self, held):
        """Assert that the index holds this, in a new generation where that is another thing."""
        number = self._current()
        if number != self.number:
            assert number == self.top + 1
            self.number = self.top = number
            self.history[number] = held
        assert self._found() == held
        self.held = held
        assert self.history[number] == held
        assert not upkeep.check(self.index, deep=True).damages
        by_text = {}
        for one, known in held.items():
            by_text.setdefault(known.text, set()).add(one)
        with open_index(self.index) as index:
            assert len(index) == index.search("bridge").total == len(held)
            for text, ids in by_text.items():
                assert {hit.id for hit in index.search(f"own{text}").hits} == ids

    def _current(self):
        return commit.current(self.index).number

    def _found(self):
        """What the index holds: id -> Held."""
        with closing(open_engine("local", self.index)) as engine:
            articles = [engine.get(one) for one in engine.held()]
            assert len({one.id for one in articles}) == engine.article_count
        for one in articles:
            assert (one.title, one.body) == words_of(number_of(one))
        return {one.id: Held(number_of(one), one.url, one.path) for one in articles}

    def _bytes(self):
        """Return all bytes of the index but those that tell of runs."""
        return {
            name: data for name, data in checksums(self.index).items() if name != "history.jsonl"
        }

    # How files are written

    def _write_page(self, name, text, url):
        title, body = words_of(text)
        head = f"title: {title}\n" + (f"url: {url}\n" if url else "")
        (self.root / name).write_text(f"---\n{head}---\n{body}\n", encoding="utf-8")
        self._set_time(name)
        self.pages[name] = text, url

    def _write_tables(self):
        for name, records in self.tables.items():
            path = self.root / name
            lines = []
            for one, text in records.items():
                title, body = words_of(text)
                lines.append(json.dumps({"id": one, "title": title, "body": body}))
            data = "".join(f"{line}\n" for line in lines)
            if not lines:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.read_text(encoding="utf-8") != data:
                path.write_text(data, encoding="utf-8")
                self._set_time(name)

    def _rename(self, names, first, second):
        there = [name for name in names if name in self.pages]
        if there:
            name, other = there[first % len(there)], names[second % len(names)]
            (self.root / name).replace(self.root / other)
            self.pages[other] = self.pages.pop(name)

    def _put_record(self, one, name, text):
        for records in self.tables.values():
            records.pop(one, None)
        self.tables[name][one] = text
        self._write_tables()

    def _set_time(self, name):
        self.clock += 1
        os.utime(self.root / name, (self.clock, self.clock))


COUNTED = ("added", "updated", "moved", "unchanged")


def words_of(text):
    return f"Bridge {text}", f"own{text} 新桥{text}开通。"


def number_of(article):
    return int(article.title.split()[1])


def test_jobs_against_a_dictionary():
    with Killer() as killer:
        Jobs.killer = killer
        run_state_machine_as_test(
            Jobs,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                print_blob=True,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
