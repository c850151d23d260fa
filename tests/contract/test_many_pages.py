"""Articles enough for many pages: what is left out by bounds, and walks by date, as by brute force."""

import random
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from search.article import Article
from search.engines.local import LocalEngine
from search.engines.port import Window
from search.engines.registry import open_engine
from search.errors import EngineError
from search.query.parser import parse
from search.query.planning import make_plan
from search.ranking import bits
from search.ranking.batch import Batch
from search.ranking.dating import newest
from search.ranking.leaves import Group, Standing
from search.ranking.phrases import Element, starts
from search.ranking.profile import RankingProfile
from search.ranking.pruning import Steps
from tests.contract.queries import random_query
from tests.doubles.naive import NaiveEngine

COMMON = ["the", "of", "kite", "kites", "Kite", "minister", "中国", "发射", "卫星"]
RARE = [
    "falcon",
    "ministers",
    "satellite",
    "state-of-the-art",
    "风筝",
    "北京",
    "China's",
    "5G手机",
    "U.S.",
    "互联网",
]
QUERIES = [
    "kite", "kites", "the kite", "kite minister", "the of kite minister", "中国", "卫星", "发射卫星", "中",
    '"the kite"', '"of the"', '"kites"', '"中国发射"', "kite 卫星", "falcon OR 北京", "the -kite",
    '-"the kite"', "minister NEAR/3 kite", "title:kite the", "title:(the kite)", "kit* the",
    "the of kite kites minister falcon 中国 风筝", "date:2021 kite", "since:2021 卫星", "tag:a kite",
    "source:wire the", "tag:a", "since:2022", '"the of" OR falcon', "-falcon", "互联网", "互联网 the",
]  # fmt: skip


def _text(chance, most):
    count = chance.randint(0, most)
    return " ".join(chance.choice(RARE if chance.random() < 0.1 else COMMON) for _ in range(count))


def _article(chance, number):
    day = datetime(2020, 1, 1, tzinfo=timezone.utc) + timedelta(days=chance.randint(0, 700))
    return Article(
        id=f"d{number}",
        title=_text(chance, 4),
        source=chance.choice(["Wire", "Post"]),
        summary=_text(chance, 6),
        body="x " + _text(chance, 20),
        published=None if chance.random() < 0.05 else day,
        tags=("a",) if chance.random() < 0.3 else (),
    )


@pytest.fixture(scope="module")
def seed():
    return random.randrange(2**32)


@pytest.fixture(scope="module", params=[False, True], ids=["whole", "some deleted"])
def engines(request, seed, tmp_path_factory):
    """The local engine and the naive one; all but the rarest words are in pages."""
    chance = random.Random(seed)
    patch = pytest.MonkeyPatch()
    patch.setattr("search.columnar.pages.PAGED", 8)
    folder = tmp_path_factory.mktemp("pages")
    engine, naive = open_engine("local", folder, create=True), NaiveEngine()
    with engine.writer() as writer:
        articles = [_article(chance, number) for number in range(700)]
        # By chance alone some seeds have these words nowhere side by side.
        articles.append(replace(articles[0], id="side by side", body="minister the falcon kite of"))
        for article in articles:
            writer.put(article)
            naive.put(article)
    if request.param:
        with engine.latest().writer() as writer:
            for number in chance.sample(range(700), 90):
                writer.remove(f"d{number}")
                naive.remove(f"d{number}")
    patch.undo()
    return engine.latest(), naive


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Bounds decide even of few documents."""
    for name in ("TIGHT", "LOOSE", "KNOWN", "HARD"):
        monkeypatch.setattr(f"search.ranking.pruning.{name}", Steps(2, 2))
    monkeypatch.setattr("search.ranking.pruning._FIRST_PAGES", 2)
    monkeypatch.setattr("search.ranking.phrases._FEW", 2)
    monkeypatch.setattr("search.ranking.alone._FEW", 2)


def _queries(chance):
    return QUERIES + [random_query(chance, COMMON + RARE) for _ in range(9)]


def test_the_best_are_those_of_brute_force(engines, seed):
    engine, naive = engines
    chance = random.Random(seed)
    for query in _queries(chance):
        plan = make_plan(parse(query), naive.count_word, chance.choice(["auto", "any"]))
        window = Window(chance.choice([1, 3, 10, 60]), chance.choice([0, 0, 5]))
        page, ranked = engine.search(plan, window), naive.ranked(plan)
        wanted = ranked[window.offset : window.offset + window.limit]
        assert [(f.score, f.article.id) for f in page.found] == wanted, (seed, query)
        assert page.total == len(ranked), (seed, query)


def test_what_was_decoded_scores_as_what_is_read(engines, seed):
    """The first time a word is read, from the second time on it is decoded."""
    engine, naive = engines
    fresh = engine.latest()
    for query in _queries(random.Random(seed)):
        plan = make_plan(parse(query), naive.count_word)
        ranked = naive.ranked(plan)
        for asked in range(3):
            page = fresh.search(plan, Window(20))
            found = [(one.score, one.article.id) for one in page.found]
            assert found == ranked[:20], (seed, query, asked)
            assert page.total == len(ranked), (seed, query, asked)
    (view,) = fresh._searching._views
    decoded = [leaf for leaf in view.kept.leaves.values() if leaf.gains() is not None]
    assert any(isinstance(leaf, Group) for leaf in decoded)
    assert any(isinstance(leaf, Standing) for leaf in decoded)  # a word of three characters


def test_without_room_nothing_is_decoded(engines, seed, monkeypatch):
    engine, naive = engines
    monkeypatch.setattr("search.ranking.view._FOR_GAINS", 0.0)
    fresh = engine.latest()
    for query in [*QUERIES, *QUERIES]:
        plan = make_plan(parse(query), naive.count_word)
        wanted = naive.ranked(plan)[:20]
        found = fresh.search(plan, Window(20)).found
        assert [(one.score, one.article.id) for one in found] == wanted, (seed, query)
    (view,) = fresh._searching._views
    assert all(leaf.gains() is None for leaf in view.kept.leaves.values())


ODD = [
    {"b": 0.0, "k1": 1e-9},
    {"b": 0.999, "k1": 1e6},
    {"recency": 1e4, "half_life": 3.0},
    {"exact": 0.0, "at_boundaries": 0.99, "names": 0.0, "side_by_side": 5.0},
    {"weights": {"title": 0.01, "summary": 30.0, "body": 0.01, "caption": 1.0}, "recency": 0.0},
    {"recency": 1.0, "half_life": 1e14},
    {"exact": 1.0, "at_boundaries": 1.0},
    {"weights": {"title": 0.0, "summary": 1.0, "body": 0.0, "caption": 0.0}},
    {"weights": {"title": 0.0, "summary": 0.0, "body": 0.0, "caption": 0.0}, "recency": 0.0},
]


@pytest.mark.parametrize("numbers", ODD, ids="-".join)
def test_bounds_hold_for_other_numbers_than_an_index_was_written_with(engines, seed, numbers):
    engine, naive = engines
    chance, profile = random.Random(seed), RankingProfile(**numbers)
    odd = LocalEngine.open(engine._location, profile=profile)
    judge = NaiveEngine(profile)
    judge.articles, judge._texts = naive.articles, naive._texts
    for query in _queries(chance):
        plan = make_plan(parse(query), naive.count_word, chance.choice(["auto", "any"]))
        page, ranked = odd.search(plan, Window(1)), judge.ranked(plan)
        found, wanted = page.found, ranked[:1]
        assert page.total == len(ranked), (seed, query)  # whatever an occurrence counts
        assert [f.article.id for f in found] == [i for _, i in wanted], (seed, query)
        assert [f.score for f in found] == pytest.approx([s for s, _ in wanted], rel=1e-9, abs=2e-6)


def test_articles_without_a_date_gain_nothing_however_slowly_news_grows_old(engines):
    engine, naive = engines
    profile = RankingProfile(recency=1.0, half_life=1e14)
    slow = LocalEngine.open(engine._location, profile=profile)
    judge = NaiveEngine(profile)
    judge.articles, judge._texts = naive.articles, naive._texts
    plan = make_plan(parse("kite"), naive.count_word)
    found, wanted = slow.search(plan, Window(700)).found, dict(map(reversed, judge.ranked(plan)))
    undated = [f for f in found if naive.articles[f.article.id].published is None]
    assert undated
    assert [f.score for f in found] == pytest.approx(
        [wanted[f.article.id] for f in found], abs=2e-6
    )


def in_time(naive, sort):
    """What articles are sorted by: their dates, those without one last, then their ids."""

    def place(article_id):
        when = naive.articles[article_id].published
        moment = when.timestamp() if when else 0
        return when is None, -moment if sort == "newest" else moment, article_id

    return place


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_walks_by_date_are_those_of_brute_force(engines, seed, sort):
    engine, naive = engines

    place = in_time(naive, sort)
    for query in _queries(random.Random(seed)):
        plan = make_plan(parse(query), naive.count_word)
        found = engine.search(plan, Window(7, 3, sort)).found
        wanted = sorted(naive.matching(plan), key=place)[3:10]
        assert [one.article.id for one in found] == wanted, (seed, query)


def test_no_documents_are_looked_at_but_those_of_a_batch(engines, monkeypatch):
    """All of a phrase but its first part, at the start of the first document, is looked for first."""
    engine, _ = engines
    view = engine._searching._views[0]
    batch = Batch(view, np.arange(view.count))
    narrowed = Batch.narrowed
    slots = []
    monkeypatch.setattr(
        Batch, "narrowed", lambda *given: slots.append(given[1]) or narrowed(*given)
    )
    the, kite, falcon = (view.postings(name) for name in ("the", "kite", "falcon"))
    for position, postings in enumerate((falcon, kite)):
        keys = batch.keys(postings)
        batch._keys[postings] = np.append(position, keys[keys > 1])
    parts = [Element(falcon, None, 1), Element(kite, None, 2), Element(the, None, 0)]
    found = starts(parts, batch)
    assert len(found)
    assert slots
    assert all((own >= 0).all() for own in slots)


def test_what_is_counted_of_a_batch_stays_as_it_was(engines):
    """Frequencies are shared by the leaves of a query: none may change those of another."""
    engine, _ = engines
    view = engine._searching._views[0]
    batch = Batch(view, np.arange(view.count))
    word = view.postings("the")
    before = batch.frequencies(word, None).copy()
    parts = [Element(view.postings("falcon"), None, 0)]
    Standing(view, parts, None, 0.9, word, is_run=True).frequencies(batch)
    assert (batch.frequencies(word, None) == before).all()


def test_a_walk_for_nothing_finds_nothing(engines):
    engine, _ = engines
    view = engine._searching._views[0]
    everything = bits.between(0, view.count, view.count)
    assert newest(view, everything, None, 0).tolist() == []


def test_what_is_kept_for_the_next_search_has_an_end_for_all_segments_together(
    engines, tmp_path, monkeypatch
):
    engine, naive = engines
    most = 30_000
    monkeypatch.setattr("search.ranking.view._MOST_KEPT", most)
    many = open_engine("local", tmp_path, create=True)
    for first in range(0, 600, 200):
        with many.latest().writer() as writer:
            for number in range(first, first + 200):
                article = naive.articles.get(f"d{number}")
                if article:
                    writer.put(article)
    for own in (engine.latest(), many.latest()):
        views = own._searching._views
        for query in [*"中国发射卫星风筝北京", *COMMON, *RARE, *QUERIES]:
            own.search(make_plan(parse(query), own.count_word), Window(3))
            assert sum(view.kept.bytes for view in views) <= most
        assert any(view.kept.lists for view in views)


@pytest.mark.parametrize("places", [(70, 300), (390, 610)])
def test_a_phrase_that_stands_often_comes_first_wherever_it_is(tmp_path, places):
    """The best of a phrase are in pages that are not opened first, and their bound is above one."""
    chance = random.Random(7)
    engine = open_engine("local", tmp_path, create=True)
    with engine.writer() as writer:
        for number in range(700):
            often = 30 if number in places else chance.randint(2, 12)
            body = "the kite " * often + "x " * (2 * (40 - often))
            day = datetime(2020, 1, 1, tzinfo=timezone.utc) + timedelta(days=number)
            writer.put(Article(f"d{number}", "x", "Wire", body=body, published=day))
    own = LocalEngine.open(tmp_path, profile=RankingProfile(recency=0.0))
    plan = make_plan(parse('"the kite"'), own.count_word)
    first, second = places
    assert [one.article.id for one in own.search(plan, Window(1)).found] == [f"d{second}"]
    assert [one.article.id for one in own.search(plan, Window(1, 1)).found] == [f"d{first}"]


def test_who_closes_while_another_thread_begins_to_search_makes_no_empty_answer(engines):
    engine, naive = engines
    plan = make_plan(parse("kite"), naive.count_word)
    for begin in (
        lambda own: own.search(plan, Window(2)),
        lambda own: own.get("d1"),
        lambda own: own.held(),
        lambda own: own.statistics(),
        lambda own: own.segments(),
    ):
        own = engine.latest()
        guarded = own._intact
        own._intact = lambda action, own=own, go=guarded: (own.close(), go(action))[1]
        with pytest.raises(EngineError, match="closed meanwhile"):
            begin(own)


def test_what_was_not_counted_yet_is_counted_after_closing(engines):
    engine, naive = engines
    plan = make_plan(parse('"the kite"'), naive.count_word)
    own = engine.latest()
    page = own.search(plan, Window(2))
    own.close()
    assert page.total == len(naive.matching(plan))


@pytest.mark.parametrize("weight", [0.0, 1e60])
def test_bounds_are_numbers_whatever_was_written_and_is_weighed(tmp_path, monkeypatch, weight):
    """A word that stands too often for a byte has no bound, and nothing times that is nothing."""
    monkeypatch.setattr("search.columnar.pages.PAGED", 200)
    engine = open_engine("local", tmp_path, create=True)
    with engine.writer() as writer:
        for number in range(300):
            body = "kite " * 600 + "falcon" * (number % 2)
            writer.put(Article(f"d{number}", "x", "Wire", body=body))
    weights = dict.fromkeys(("title", "summary", "body", "caption"), weight)
    other = LocalEngine.open(tmp_path, profile=RankingProfile(weights=weights))
    for query in ("kite", "kite falcon", "falcon"):
        plan = make_plan(parse(query), other.count_word, "any")
        page = other.search(plan, Window(10))
        assert len(page.found) == 10, query
