"""Which of some articles match is what a search finds among them, whatever is asked and however the
articles lie in segments.
"""

import random

import pytest

from search.engines.port import Window
from search.engines.registry import open_engine
from search.query.parser import parse
from search.query.plan import Plan
from search.query.planning import make_plan
from tests.contract.queries import QUERIES, random_query
from tests.doubles.layouts import LAYOUTS, laid_out

LONG = (
    "the minister who flew a kite over the harbour bridge at night",
    "卫星在港口车站发射时钟楼的部长和一家茶馆",
)


@pytest.fixture(scope="module", params=[*LAYOUTS, "whoosh"])
def engine(request, corpus_articles, tmp_path_factory):
    folder = tmp_path_factory.mktemp("matching")
    if request.param == "whoosh":
        opened = open_engine("whoosh", folder, create=True)
        with opened.writer() as writer:
            for article in corpus_articles:
                writer.put(article)
        opened = opened.latest()
    else:
        laid_out(request.param, corpus_articles, folder).close()
        opened = open_engine("local", folder)
    yield opened
    opened.close()


def _agrees(engine, plan, chance, ids, context):
    wanted = {found.head.id for found in engine.search(plan, Window(limit=1_000_000)).found}
    for size in (0, 1, 5, len(ids)):
        asked = [*chance.sample(ids, size), "nowhere", "\ud800", f"gone {ids[0]}"]
        assert engine.matching(plan, asked) == [i for i in asked if i in wanted], context


@pytest.mark.parametrize("match", ["auto", "all", "any"])
def test_what_matches_among_some_is_what_is_found_among_them(engine, corpus_articles, match):
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    ids = [article.id for article in corpus_articles]
    words = sorted({word for article in corpus_articles for word in article.body.split()})
    queries = [*QUERIES, *LONG, *(random_query(chance, words) for _ in range(40))]
    for query in queries:
        plan = make_plan(parse(query), engine.count_word, match)
        _agrees(engine, plan, chance, ids, (seed, query))


def test_nothing_matches_a_plan_that_asks_for_nothing(engine, corpus_articles):
    assert engine.matching(Plan(None), [corpus_articles[0].id]) == []


def test_an_id_that_is_asked_for_twice_is_answered_twice(engine, corpus_articles):
    plan = make_plan(parse("-nobodywritesthis"), engine.count_word)
    one, other = (article.id for article in corpus_articles[:2])
    assert engine.matching(plan, (other, one, other)) == [other, one, other]


def test_many_documents_are_looked_at_in_parts(engine, corpus_articles, monkeypatch):
    monkeypatch.setattr("search.ranking.matching._LOOKED_AT_ONCE", 3)
    monkeypatch.setattr("search.engines.documents._LOOK_UP_COST", 0)
    ids = [article.id for article in corpus_articles]
    for query in ('"the kite"', "minister NEAR/9 kite", *LONG):
        plan = make_plan(parse(query), engine.count_word)
        _agrees(engine, plan, random.Random(1), ids, query)
