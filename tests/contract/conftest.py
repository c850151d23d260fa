"""What the contract is held against: the naive engine, and Whoosh's searcher over our segments."""

import pytest

from tests.doubles.layouts import LAYOUTS, laid_out
from tests.doubles.naive import NaiveEngine


@pytest.fixture(scope="module")
def naive(corpus_articles):
    engine = NaiveEngine()
    for article in corpus_articles:
        engine.put(article)
    return engine


@pytest.fixture(scope="module", params=LAYOUTS)
def index(request, corpus_articles, tmp_path_factory):
    """The sample archive, in one segment and in others."""
    with laid_out(request.param, corpus_articles, tmp_path_factory.mktemp("index")) as opened:
        yield opened


@pytest.fixture(scope="module")
def searcher(index):
    with index.whoosh() as opened:
        yield opened
