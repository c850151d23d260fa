"""Who reads while jobs write sees whole generations, each as it was written, and never an error."""

import os
import random

from search import upkeep
from search.article import Article
from search.columnar import commit
from search.library import open_index
from search.reindexing import forget, reindex
from tests.doubles.archive import Archive, contents_of
from tests.doubles.reading import MANNERS, Readers, digest_of

SEED = int(os.environ.get("DUOWEN_SEED") or random.SystemRandom().randrange(10**9))
LEAST_LOOKS, LEAST_JOBS, MOST_JOBS = 20, 40, 2_000


def titles_of(contents):
    return {article_id: title for article_id, (title, _) in contents.items()}


class Writing:
    """Jobs of all kinds, one after the other, on one index; what each generation holds is noted."""

    def __init__(self, folder, chance):
        self.archive = Archive(folder / "archive")
        self.index = folder / "index"
        self.chance = chance
        self.held = {}
        self.aside = {}  # what was put by a program, and is in no file
        self.edition = 0
        for number in range(6):
            self.archive.write(f"page{number}.md", *self.text())
        self.write_edition()
        self.reindex()

    def text(self):
        """Return a title and a body that no other article has."""
        self.edition += 1
        return f"Bridge {self.edition}", f"own{self.edition} 新桥开通。"

    def note(self):
        """Note what the generation that is current now holds."""
        number, contents = contents_of(self.index)
        assert contents == {**self.aside, **self.archive.contents}
        digest = digest_of(titles_of(contents))
        assert self.held.setdefault(number, digest) == digest

    def reindex(self, **options):
        """Bring the index in line with the archive."""
        keep = self.chance.choice([1, 1, 2, 5])
        reindex(self.archive.root, self.index, keep=keep, force_prune=True, **options)
        self.note()

    def rebuild(self):
        """Build the index anew."""
        self.reindex(rebuild=True)

    def write_edition(self):
        """Write all records anew, and more or fewer of them: hollow segments are merged."""
        number = self.chance.randrange(4, 12)
        self.archive.put_records({f"r{n}": self.text() for n in range(number)})

    def new_edition(self):
        self.write_edition()
        self.reindex()

    def some_more(self):
        """Add some pages, one by one: so many small segments are merged."""
        for _ in range(8):
            self.archive.write(f"page{self.edition}.md", *self.text())
            self.reindex()

    def some_fewer(self):
        """Delete most pages."""
        for name in list(self.archive.pages)[2:]:
            self.archive.delete(name)
        self.reindex()

    def rename(self):
        """Rename pages."""
        for name in list(self.archive.pages)[:4]:
            self.archive.rename(name, f"renamed/{self.edition}-{name.rpartition('/')[2]}")
        self.reindex()

    def go_back_and_forth(self):
        """Go back to a generation, and forward again."""
        now = contents_of(self.index)[0]
        for one in upkeep.generations(self.index):
            upkeep.rollback(self.index, one.number)
            assert contents_of(self.index)[0] == one.number
        upkeep.rollback(self.index, now)
        self.note()

    def put_and_remove(self):
        """Let a program write."""
        with open_index(self.index) as index, index.writer() as writer:
            if self.aside:
                writer.remove(self.aside.popitem()[0])
            title, body = self.text()
            writer.put(Article(id=f"aside{self.edition}", title=title, body=body))
            self.aside[f"aside{self.edition}"] = title, body
        self.note()

    def forget_and_find(self):
        """Forget the archive, and index it again."""
        forget(self.archive.root, self.index, keep=1)
        assert contents_of(self.index)[1] == self.aside
        self.held[contents_of(self.index)[0]] = digest_of(titles_of(self.aside))
        self.reindex()


JOBS = [
    Writing.new_edition, Writing.some_more, Writing.some_fewer, Writing.rename, Writing.rebuild,
    Writing.go_back_and_forth, Writing.put_and_remove, Writing.forget_and_find,
]  # fmt: skip


def test_readers_see_whole_generations(tmp_path):
    print(f"DUOWEN_SEED={SEED}")
    writing = Writing(tmp_path, random.Random(SEED))
    done = 0
    with Readers(writing.index, tmp_path / "readers", MANNERS) as readers:
        while done < LEAST_JOBS or readers.looks() < LEAST_LOOKS:
            for job in writing.chance.sample(JOBS, len(JOBS)):
                job(writing)
                done += 1
            assert done < MOST_JOBS, "the readers do not come forward"
        seen = readers.stop()
    for manner, generations in seen.items():
        unknown = {n: one for n, one in generations.items() if writing.held.get(n) != one}
        assert not unknown, (manner, unknown)
    assert len(seen["staying"]) == 1
    assert len(seen["anew"]) > 1
    assert len(seen["reloading"]) > 1


def test_a_reader_that_is_overtaken_between_two_files(tmp_path, monkeypatch):
    """Its generation is swept away after it has read which one is current: it opens the next one."""
    archive = Archive(tmp_path / "archive")
    archive.write("a.md", "Bridge 1", "old")
    index = tmp_path / "index"
    reindex(archive.root, index, keep=1)
    read = commit.read

    def overtaken(folder, number):
        monkeypatch.undo()
        archive.write("a.md", "Bridge 2", "new")
        reindex(archive.root, index, keep=1)
        return read(folder, number)

    monkeypatch.setattr(commit, "read", overtaken)
    assert contents_of(index) == (2, {"a.md": ("Bridge 2", "new")})
