"""Several segments, asked again and again: what is left out, and read off, as by brute force."""

import random

import pytest

from search.engines.port import Window
from search.engines.registry import open_engine
from search.query.parser import parse
from search.query.planning import make_plan
from tests.contract.test_many_pages import QUERIES, _article, in_time
from tests.doubles.naive import NaiveEngine

ALONE = [
    *("kite", "the", "卫星", "互联网"),
    *("since:2021 kite", "kite until:2020-06", "since:2020-03 the", "since:2030 kite"),
]


@pytest.fixture(scope="module")
def seed():
    return random.randrange(2**32)


@pytest.fixture(scope="module", params=[1, 3])
def engines(request, seed, tmp_path_factory):
    """One segment, or three of which the second one is newer than the others."""
    chance = random.Random(seed)
    articles = [_article(chance, number) for number in range(600)]
    middle = sorted(own.published for own in articles if own.published)[200]
    parts = [[] for _ in range(request.param)]
    for number, article in enumerate(articles):
        is_new = article.published is not None and article.published > middle
        parts[(1 if is_new else 2 * (number % 2)) % request.param].append(article)
    patch = pytest.MonkeyPatch()
    patch.setattr("search.columnar.pages.PAGED", 8)
    engine = open_engine("local", tmp_path_factory.mktemp("segments"), create=True)
    naive = NaiveEngine()
    for part in parts:
        with engine.latest().writer() as writer:
            for article in part:
                writer.put(article)
                naive.put(article)
    patch.undo()
    return engine.latest(), naive


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Bounds decide even of few documents."""
    monkeypatch.setattr("search.ranking.alone._FEW", 2)


@pytest.mark.parametrize("needed", [1, 2, 7])
def test_one_decoded_word_is_ranked_as_by_brute_force(engines, seed, needed):
    engine, naive = engines
    for query in ALONE * 3:
        plan = make_plan(parse(query), naive.count_word)
        page, ranked = engine.search(plan, Window(needed)), naive.ranked(plan)
        found = [(one.score, one.article.id) for one in page.found]
        assert found == ranked[:needed], (seed, query)
        assert page.total == len(ranked), (seed, query)


@pytest.mark.parametrize("sort", ["newest", "oldest", "relevance"])
def test_segments_that_are_left_out_are_counted(engines, seed, sort):
    engine, naive = engines

    place = in_time(naive, sort)
    for query in QUERIES:
        plan = make_plan(parse(query), naive.count_word)
        page = engine.search(plan, Window(7, 3, sort))
        wanted = sorted(naive.matching(plan), key=place)
        if sort == "relevance":
            wanted = [article_id for _, article_id in naive.ranked(plan)]
        assert [one.article.id for one in page.found] == wanted[3:10], (seed, query)
        assert page.total == len(wanted), (seed, query)
