"""A segment that workers made holds what one made at once holds."""

import pytest

from search.article import Article
from search.columnar import commit
from search.columnar.segment import Segment
from search.engines import crew, local_writer
from search.engines.checking import check
from search.engines.documents import StoredDocuments
from search.engines.registry import open_engine
from search.errors import EngineError


@pytest.fixture
def index(tmp_path, monkeypatch):
    """Index articles in batches of so many, by the workers that so many cores allow."""

    def index(articles, batch, cores=2, removed=()):
        monkeypatch.setattr(local_writer, "BATCH_ARTICLES", batch)
        monkeypatch.setattr(crew, "cores", lambda: cores)
        folder = tmp_path / f"{batch}-{cores}"
        engine = open_engine("local", folder, create=True)
        with engine.writer() as writer:
            for article in articles:
                writer.put(article)
            for article_id in removed:
                writer.remove(article_id)
        return folder

    return index


def content(folder):
    """Return all that the only segment in a folder holds, without the numbers that are its own."""
    (entry,) = commit.read_current(folder).segments
    assert not entry.deleted
    segment = Segment(folder / entry.file)
    stored = StoredDocuments(segment)
    groups = {}
    for group, name in enumerate(segment.groups):
        part = segment.postings(group)
        labels = segment.labels.between(*segment.label_starts.between(group, group + 2).tolist())
        forms = segment.forms_of(group).tolist()
        groups[name] = (
            segment.documents_of(group).tolist(),
            segment.token_counts(part).tolist(),
            segment.positions_of(group).tolist(),
            [labels[form] for form in forms],
            sorted(labels),
            sorted(term for label in labels for term in label.decode().split(" ")),
        )
        for term in groups[name][-1]:
            assert group in {found for found, _ in segment.exact(term)}
    articles = [stored.article(document) for document in range(segment.count)]
    return articles, segment.lengths.tolist(), list(groups), groups, len(segment.terms)


@pytest.mark.parametrize("cores", [1, 2])
def test_workers_make_the_same_segment(index, corpus_articles, cores, monkeypatch):
    monkeypatch.setattr("search.columnar.merging._TOKENS_AT_ONCE", 500)
    at_once = content(index(corpus_articles, 10_000))
    assert content(index(corpus_articles, 7, cores)) == at_once


def test_the_last_put_of_an_id_wins_across_batches_and_what_was_removed_is_gone(index):
    texts = ["one", "two", "three", "四", "five"]
    articles = [Article(id=str(n % 3), body=text) for n, text in enumerate(texts)]
    articles, _, names, _, _ = content(index(articles, 1, removed=["0", "nowhere"]))
    assert {(article.id, article.body) for article in articles} == {("1", "five"), ("2", "three")}
    assert names == [b"five", b"three"]


def test_an_id_that_is_put_on_both_sides_of_a_full_segment_is_one_article(index, monkeypatch):
    """The second one waits for a batch of its own when the segment with the first one is finished."""
    monkeypatch.setattr("search.engines.bulk._MOST_BATCHES", 2)
    monkeypatch.setattr("search.engines.merge_policy.MOST_DELETED", 1.0)  # nothing is written anew
    first = [Article(id=str(n), body="one") for n in range(6)]
    second = [Article(id=str(n), body="two") for n in (4, 1, 9, 8)]
    folder = index([*first, *second], 3)
    assert len(commit.read_current(folder).segments) == 2
    engine = open_engine("local", folder)
    assert {one: engine.get(one).body for one in engine.held()} == {
        **dict.fromkeys("0235", "one"),
        **dict.fromkeys("1489", "two"),
    }
    assert engine.article_count == 8
    assert check(folder, deep=True).damages == ()


def test_a_bulk_of_which_nothing_is_left(index):
    folder = index(
        [Article(id=str(n), body="word") for n in range(4)], 1, removed=map(str, range(4))
    )
    assert open_engine("local", folder).article_count == 0
    assert not list(folder.glob("*.seg"))
    assert not list(folder.glob(".scratch-*"))


def test_a_bulk_that_is_full_is_followed_by_another(index, monkeypatch):
    monkeypatch.setattr("search.engines.bulk.MAX_DOCUMENTS", 4)
    articles = [Article(id=str(n % 7), body=f"word{n}") for n in range(11)]
    engine = open_engine("local", index(articles, 2))
    assert engine.article_count == 7
    assert {engine.get(str(n)).body for n in range(7)} == {f"word{n}" for n in range(4, 11)}


def test_without_processes_the_job_does_it_all_itself(index, monkeypatch, corpus_articles):
    def refused(*_, **__):
        raise OSError

    monkeypatch.setattr(crew.subprocess, "Popen", refused)
    assert len(content(index(corpus_articles, 7))[0]) == len(corpus_articles)


@pytest.mark.parametrize(
    "program", ["raise SystemExit(3)", "print(1, flush=True); import time; time.sleep(60)"]
)
def test_processes_that_are_no_workers_are_done_without(
    index, monkeypatch, corpus_articles, program
):
    monkeypatch.setattr(crew, "_PROGRAM", program)
    assert len(content(index(corpus_articles, 7))[0]) == len(corpus_articles)


def test_what_a_task_raises_is_raised_by_who_waits_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "cores", lambda: 2)
    workers = crew.Crew()
    try:
        missing = {"do": "sort", "batch": str(tmp_path / "none"), "dictionary": "", "into": ""}
        with pytest.raises(FileNotFoundError):
            workers.wait(workers.ask(missing))
        with pytest.raises(RuntimeError, match="KeyError"):
            workers.wait(workers.ask({"do": "sort"}))
    finally:
        workers.close()


def test_a_worker_that_was_killed_is_named(monkeypatch):
    monkeypatch.setattr(crew, "cores", lambda: 2)
    workers = crew.Crew()
    try:
        while not all(member.is_ready for member in workers._members):
            workers._take_answer()
        for member in workers._members:
            member._process.kill()
        with pytest.raises(EngineError, match="killed by signal 9; nothing was changed"):
            workers.wait(workers.ask({"do": "sort"}))
    finally:
        workers.close()
