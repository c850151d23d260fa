"""Where one article is plainly the best, it comes first on the local engine and on a cluster."""

from datetime import datetime, timedelta, timezone

import pytest

from search.article import Article
from search.engines.port import Window
from search.engines.registry import open_engine
from search.query.parser import parse
from search.query.planning import make_plan
from tests.doubles.naive import NaiveEngine

_PLAINLY = 1.5
"""So much better is the plainly best article than the second, by the exact score."""

TOPICS = [
    ("walrus", "harbour", "海象"), ("violin", "bridge", "小提琴"), ("glacier", "ferry", "冰川"),
    ("saffron", "market", "藏红花"), ("lantern", "parade", "灯笼"), ("quarry", "strike", "采石场"),
    ("orchid", "museum", "兰花"), ("beacon", "storm", "灯塔"), ("tractor", "auction", "拖拉机"),
    ("falcon", "tower", "猎鹰"),
]  # fmt: skip

KINDS = {
    "English word": "{a}",
    "two English words": "{a} {b}",
    "Chinese word": "{zh}",
    "both languages": "{a} {zh}",
    "any of two": "{a} OR {b}",
    "without": "{a} -aubergine",
    "source": '{a} source:"Harbour Wire"',
    "since": "{a} since:2020",
}

FILLER = (
    "The council met again on Tuesday and put off what it had to decide until the autumn, when more will"
    " be known of the costs and of those who are to bear them."
)


def _archive():
    """For each topic an article about it, and three newer ones that name it once, far from the start."""
    day = datetime(2021, 3, 1, tzinfo=timezone.utc)
    for number, (a, b, chinese) in enumerate(TOPICS):
        about = f"A {a} came to the {b}. The {a} stayed, and the {b} with the {a} was closed."
        yield Article(
            id=f"about {a}",
            title=f"{a.capitalize()} at the {b} {chinese}",
            source="Harbour Wire",
            summary=f"{chinese}来了。{chinese}不走，人们都来看{chinese}。",
            body=about,
            published=day + timedelta(days=number),
        )
        for other in range(3):
            yield Article(
                id=f"{other} beside {a}",
                title="What the council did not decide",
                source="Harbour Wire",
                summary=f"市议会周二再次开会，决定推迟到秋天，那时费用会更清楚，会上也提到了{chinese}的事情和别的许多事情。",
                body=f"{FILLER} {FILLER} Somebody named a {a} and a {b}. {FILLER} {FILLER} {FILLER}",
                published=day + timedelta(days=100 + number),
            )


@pytest.fixture(scope="module", params=["local", "opensearch"])
def engines(request, tmp_path_factory):
    """The engine and the naive one, with the same articles."""
    choice = request.param
    if choice == "opensearch":
        choice = request.getfixturevalue("cluster_index")()
    naive = NaiveEngine()
    engine = open_engine(choice, tmp_path_factory.mktemp("plain"), create=True)
    with engine.writer() as writer:
        for article in _archive():
            writer.put(article)
            naive.put(article)
    yield engine.latest(), naive
    engine.close()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_plainly_the_best_comes_first(engines, kind):
    engine, naive = engines
    for a, b, chinese in TOPICS:
        plan = make_plan(parse(KINDS[kind].format(a=a, b=b, zh=chinese)), naive.count_word)
        (best, first), (second, _) = naive.ranked(plan)[:2]
        assert first == f"about {a}"
        assert best > _PLAINLY * second  # else there would be nothing to be seen here
        found = engine.search(plan, Window(limit=1)).found
        assert found[0].article.id == first
