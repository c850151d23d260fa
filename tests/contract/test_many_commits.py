"""Articles added, replaced and removed over many commits rank as if all had been indexed at once."""

import random
from datetime import datetime, timezone

import pytest

from search.article import Article
from search.engines.port import Window
from search.engines.registry import open_engine
from search.query.parser import parse
from search.query.planning import make_plan
from search.ranking.pruning import Steps
from tests.doubles.naive import NaiveEngine

WORDS = [
    "kite", "kites", "falcon", "ministers", "minister", "风筝", "中国", "发射卫星", "state-of-the-art",
    "China's", "5G手机", "the", "of",
]  # fmt: skip
QUERIES = [
    "kite", "风筝", "中", '"发射卫星"', "kit*", "falcn~", "minister NEAR/3 kite", "title:kite falcon",
    "state-of-the-art china", "卫星 -kite", "tag:a kite", "since:2022 kite", "caption:风 the",
    "body:发射卫星 OR 中国", "summary:(minister NEAR/4 kite)", "caption:kite",
]  # fmt: skip


def _article(chance):
    def text(most):
        return " ".join(chance.choice(WORDS) for _ in range(chance.randint(0, most)))

    day = datetime(2020 + chance.randint(0, 4), 1, 1 + chance.randint(0, 20), tzinfo=timezone.utc)
    return Article(
        id=f"d{chance.randint(0, 60)}",
        title=text(3),
        summary=text(5),
        body="x " + text(20),
        caption=text(3),
        published=chance.choice([None, day]),
        tags=("a",) if chance.random() < 0.3 else (),
    )


@pytest.mark.parametrize("limit", [50, 3])
def test_many_commits_rank_as_one(tmp_path, monkeypatch, limit):
    monkeypatch.setattr("search.engines.merge_policy.FANOUT", 3)
    monkeypatch.setattr("search.engines.local_writer.BATCH_ARTICLES", 7)
    monkeypatch.setattr("search.columnar.merging._TOKENS_AT_ONCE", 50)
    for name in ("TIGHT", "LOOSE", "KNOWN", "HARD"):
        monkeypatch.setattr(f"search.ranking.pruning.{name}", Steps(2, 2))
    monkeypatch.setattr("search.ranking.pruning._FIRST_PAGES", 2)
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    engine, live = open_engine("local", tmp_path, create=True), {}
    for _ in range(10):
        with engine.writer() as writer:
            for article in [_article(chance) for _ in range(chance.randint(0, 15))]:
                writer.put(article)
                live[article.id] = article
            for gone in [f"d{chance.randint(0, 60)}" for _ in range(chance.randint(0, 8))]:
                writer.remove(gone)
                live.pop(gone, None)
        engine = engine.latest()
        naive = NaiveEngine()
        for article in live.values():
            naive.put(article)
        assert engine.article_count == len(live)
        for query in QUERIES:
            plan = make_plan(parse(query), naive.count_word)
            page = engine.search(plan, Window(limit))
            ranked = naive.ranked(plan)
            assert page.total == len(ranked), (seed, query)
            found = [(f.score, f.article.id) for f in page.found]
            assert found == ranked[:limit], (seed, query)
        for article in live.values():
            assert engine.get(article.id) == article


@pytest.mark.parametrize("count", [65_535, 65_536, 70_000])
def test_a_word_very_often_in_one_article_harms_no_other(tmp_path, count):
    engine = open_engine("local", tmp_path, create=True)
    with engine.writer() as writer:
        writer.put(Article(id="often", body="spam " * count))
        writer.put(Article(id="other", title="late", body="blue spam egg", caption="x"))
    engine = engine.latest()

    def ids(query):
        plan = make_plan(parse(query), engine.count_word)
        return {found.head.id for found in engine.search(plan, Window(9)).found}

    assert ids("spam") == {"often", "other"}
    assert ids('"blue spam egg"') == {"other"}
    assert ids("caption:spam") == ids("title:spam") == set()


def test_more_words_than_one_range_of_the_dictionary_holds(tmp_path, monkeypatch):
    monkeypatch.setattr("search.engines.sorting.MAX_GROUPS", 100)
    monkeypatch.setattr("search.engines.merge_policy.FANOUT", 2)
    engine = open_engine("local", tmp_path, create=True)
    for part in range(2):
        with engine.writer() as writer:
            writer.put(Article(id=f"a{part}", body=" ".join(f"w{n}x" for n in range(part, 900, 2))))
        engine = engine.latest()
    for number in (0, 1, 450, 899):
        plan = make_plan(parse(f"w{number}x"), engine.count_word)
        (found,) = engine.search(plan, Window(9)).found
        assert found.head.id == f"a{number % 2}"
