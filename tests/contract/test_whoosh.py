"""Whoosh's matchers over our segments find what the local engine and brute force find."""

import random
from datetime import datetime, timezone

import pytest
from whoosh import query as whoosh_query

from search.analysis.folding import fold
from search.analysis.scripts import HAN_RUN
from search.engines.port import Window
from search.engines.whoosh_queries import compile_plan
from search.parts import TEXT_FIELDS
from search.query.parser import parse
from search.query.planning import make_plan
from search.ranking.profile import DEFAULT_PROFILE
from tests.contract.queries import QUERIES, random_query

NOW = datetime(2025, 7, 2, tzinfo=timezone.utc)


def by_whoosh(searcher, plan):
    sources = [term.decode() for term in searcher.reader().lexicon("source")]
    found = searcher.search(compile_plan(plan, DEFAULT_PROFILE, sources), limit=None)
    ids = [hit["id"] for hit in found]
    assert len(ids) == len(set(ids)) == len(found)
    return set(ids)


def by_engine(index, plan):
    return {found.head.id for found in index._engine.search(plan, Window(10_000)).found}


@pytest.mark.parametrize("query", QUERIES)
def test_three_ways_find_the_same_articles(index, searcher, naive, query):
    plan = make_plan(parse(query, now=NOW), naive.count_word)
    assert by_whoosh(searcher, plan) == by_engine(index, plan) == naive.matching(plan)


def test_three_ways_find_the_same_for_random_queries(index, searcher, naive, corpus_articles):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    words = sorted(
        {w for a in corpus_articles for name in TEXT_FIELDS for w in getattr(a, name).split()}
        | {r for a in corpus_articles for r in HAN_RUN.findall(a.summary)}
    )
    for _ in range(60):
        query = random_query(chance, words)
        plan = make_plan(parse(query, now=NOW), naive.count_word, chance.choice(["auto", "any"]))
        found = by_whoosh(searcher, plan)
        assert found == by_engine(index, plan) == naive.matching(plan), (seed, query)


def test_the_layouts_are_what_they_are_called(request, index, searcher, corpus_articles):
    layout = request.node.callspec.params["index"]
    assert searcher.reader().is_atomic() == (layout == "one segment")
    assert searcher.reader().has_deletions() == (layout == "changed and removed")
    assert searcher.doc_count() == len(corpus_articles) == len(index)
    if searcher.reader().has_deletions():
        assert searcher.doc_count_all() > searcher.doc_count()


def test_every_han_substring_finds_its_article_as_a_phrase_of_pairs(searcher, corpus_articles):
    for article in corpus_articles:
        runs = [run for run in HAN_RUN.findall(fold(article.summary)) if len(run) > 3]
        for run in runs[:3]:
            pairs = [run[at : at + 2] for at in range(3)]
            found = searcher.search(whoosh_query.Phrase("summary", pairs), limit=None)
            assert article.id in {hit["id"] for hit in found}
