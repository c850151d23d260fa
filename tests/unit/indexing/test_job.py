"""The job itself, with an engine that keeps all in memory."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from search.article import content_hash
from search.engines.port import DEFAULT_WRITER, Committed, Files, Held
from search.errors import SourceError, SourceMissing
from search.indexing import job
from search.schema import ANALYSIS_VERSION


class Store:
    """What an engine keeps; `before_lock` is what another job does just before ours gets the lock."""

    def __init__(self):
        self.articles, self.roots, self.generation = {}, set(), 0
        self.files = Files()
        self.before_lock = lambda: None

    def commit(self, writer):
        if writer.changed:
            self.articles, self.files = writer.articles, writer.files
            self.generation += 1
        self.roots |= writer.known
        writer.committed = self.committed

    @property
    def committed(self):
        return Committed(self.generation, len(self.articles))


class Engine:
    """A reader at the generation at which it was opened."""

    def __init__(self, store):
        self.store, self.generation, self.article_count = (
            store,
            store.generation,
            len(store.articles),
        )
        self._articles, self._files = dict(store.articles), store.files
        self.is_closed = False

    def latest(self):
        return Engine(self.store)

    def close(self):
        self.is_closed = True

    def held(self):
        return {
            i: Held(content_hash(one, str(ANALYSIS_VERSION)), one.path, one.root)
            for i, one in self._articles.items()
        }

    def get(self, article_id):
        return self._articles.get(article_id)

    def files(self):
        return self._files

    def roots(self):
        return tuple(sorted(self.store.roots))

    def statistics(self):
        return SimpleNamespace(analysis_version=ANALYSIS_VERSION)

    @contextmanager
    def writer(self, options=DEFAULT_WRITER):
        self.store.before_lock()
        writer = Writer(self.store)
        yield writer
        self.store.commit(writer)


class Writer:
    """Does at once, to a copy, what it is told."""

    def __init__(self, store):
        self.articles, self.files, self.known = dict(store.articles), store.files, set()
        self.changed, self.committed, self.refused = False, store.committed, ()

    def put(self, article):
        self.articles[article.id] = article
        self.changed = True

    def remove(self, article_id):
        del self.articles[article_id]
        self.changed = True

    def move(self, former_id, article):
        former = self.articles.pop(former_id)
        assert content_hash(former) == content_hash(article)
        self.put(article)

    def rebuild(self):
        assert not self.changed
        self.articles, self.changed = {}, True

    def remember(self, files):
        self.files = files

    def know(self, root):
        self.known.add(root)


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def news(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: {name}\n---\ntext {name}\n")
    return tmp_path


def run(store, *paths, **options):
    return job.run(Engine(store), job.look(paths), job.JobOptions(**options))


def test_a_run_is_one_commit(store, news):
    report = run(store, news)
    assert report.counts.added == 3
    assert (report.generation_before, report.generation, report.articles) == (0, 1, 3)
    assert store.roots == {str(news)}
    assert set(report.seconds) == {"looking", "reading", "writing"}


def test_a_run_that_changes_nothing_commits_nothing(store, news):
    run(store, news)
    report = run(store, news)
    assert (report.counts.unchanged, report.counts.changed) == (3, False)
    assert report.generation == report.generation_before == 1


def test_an_interrupt_commits_nothing(store, news):
    run(store, news)
    (news / "a.md").unlink()

    def interrupt(_phase, _count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(store, news, progress=interrupt)
    assert (store.generation, len(store.articles)) == (1, 3)


def test_what_another_job_did_before_the_lock_is_seen(store, news):
    """Else an article that the other one removed would count as unchanged, and be lost."""
    run(store, news)
    store.before_lock = store.articles.clear
    engine = Engine(store)
    report = job.run(engine, job.look([news]), job.JobOptions())
    assert report.counts.added == 3
    assert len(store.articles) == 3


def test_progress_counts_up_and_tells_of_the_writing(store, news):
    told = []
    run(store, news, progress=lambda *step: told.append(step))
    assert told == [("reading", 1), ("reading", 2), ("reading", 3), ("writing", 3)]


def test_a_rejection_keeps_what_its_file_held(store, news):
    (news / "w.jsonl").write_text('{"id": "1", "title": "one"}\n{"id": "2", "title": "two"}\n')
    run(store, news)
    (news / "w.jsonl").write_text('{"id": "1", "title": "one"}\n{"id": "2", "tit')
    report = run(store, news)
    assert (report.counts.rejected, report.counts.removed, len(store.articles)) == (1, 0, 5)


def test_an_id_taken_twice_does_not_keep_what_else_left_the_file(store, news):
    """The file was read to its end: only what could not be read is kept."""
    (news / "w.jsonl").write_text('{"id": "1", "title": "one"}\n{"id": "2", "title": "two"}\n')
    run(store, news)
    (news / "w.jsonl").write_text('{"id": "1", "title": "one"}\n{"id": "1", "title": "two"}\n')
    report = run(store, news)
    assert (report.counts.rejected, report.counts.removed) == (1, 1)
    assert "2" not in store.articles


def test_looking_raises_before_an_index_is_touched(news):
    with pytest.raises(SourceMissing):
        job.look([news, news / "none"])
    (news / "empty").mkdir()
    with pytest.raises(SourceError):
        job.look([news / "empty"])


def test_looking_leaves_out_the_index_wherever_it_lies(news, tmp_path_factory):
    index = news / "index"
    index.mkdir()
    (index / "x.md").write_text("text")
    link = tmp_path_factory.mktemp("else") / "link"
    link.symlink_to(index)
    for folder in (index, link):
        names = [entry.relative for entry in job.look([news], folder).entries]
        assert names == ["a.md", "b.md", "c.md"]


class TestLookingAgain:
    def relatives(self, *paths):
        return [getattr(entry, "relative", entry) for entry in job.look_again(paths).entries]

    def test_is_as_looking_where_all_is_well(self, news):
        sources = job.look_again([news, news / "a.md"])
        assert sources.roots == (str(news), str(news / "a.md"))
        assert [entry.relative for entry in sources.entries] == ["a.md", "b.md", "c.md"]

    def test_a_folder_that_is_missing_is_rejected_and_the_others_are_read(self, news):
        sources = job.look_again([news / "none", news])
        first, *others = sources.entries
        assert (first.path, first.line) == (str(news / "none"), 0)
        assert "does not exist" in first.reason
        assert len(others) == 3

    def test_a_file_that_was_deleted_is_looked_for_no_more(self, news):
        sources = job.look_again([news / "gone.md", news / "a.md"])
        assert sources.roots == (str(news / "gone.md"), str(news / "a.md"))
        assert [entry.relative for entry in sources.entries] == ["a.md"]

    def test_a_deleted_file_alone_is_no_failure(self, news):
        assert self.relatives(news / "gone.md") == []

    def test_a_file_whose_folder_is_missing_is_not_taken_for_deleted(self, news):
        with pytest.raises(SourceMissing):
            job.look_again([news / "unmounted" / "a.md"])

    def test_nothing_left_to_look_at_is_an_error(self, news):
        with pytest.raises(SourceMissing, match="none"):
            job.look_again([news / "none", news / "neither"])
