"""Whatever the articles and whatever the query: Whoosh finds in our segments what brute force finds."""

import random
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import query as q
from whoosh.query import spans

from search.article import Article
from search.library import open_index
from tests.doubles.brute import Brute

WORDS = [
    "kite", "kites", "Kite's", "minister", "ministers", "the", "of", "US", "us", "F-16", "state-of-the-art", "5G手机",
    "风筝", "中国", "发射卫星", "卫星", "衛星。", "中", "AT&T", "$3.5bn", "Erdoğan", "мир", "カメラ",
]  # fmt: skip
TERMS = [
    "kite", "kites", "~kite", "~minister", "the", "of", "us", "US", "f16", "f", "16", "~state", "art", "手机", "手",
    "风筝", "中", "中国", "=中国", "卫星", "射卫", "at&t", "erdogan", "мир", "カメ", "nosuch", "~nosuch", "魑",
]  # fmt: skip
PLACED = [term for term in TERMS if not term.startswith("=")]
FIELDS = ["title", "summary", "body", "caption", "text"]
START = datetime(2020, 1, 1, tzinfo=timezone.utc)


class Maker:
    """Makes articles and queries from one source of chance."""

    def __init__(self, chance):
        self.chance = chance

    def article(self, number):
        def text(most):
            return " ".join(self.chance.choice(WORDS) for _ in range(self.chance.randint(0, most)))

        days = timedelta(days=self.chance.randint(0, 40), seconds=self.chance.randint(0, 3))
        return Article(
            id=f"d{number}",
            title=text(3),
            summary=text(4),
            body="x " + text(8),
            caption=text(2),
            source=self.chance.choice(["", "Blue Wire", "The Post"]),
            published=self.chance.choice([None, START + days, START + days]),
            tags=tuple(t for t in ("asia", "sea") if self.chance.random() < 0.3),
        )

    def query(self, depth):
        choose = self.chance.choice
        if depth and self.chance.random() < 0.6:
            return choose(
                [
                    lambda: q.And([self.query(depth - 1) for _ in range(choose([2, 3]))]),
                    lambda: q.Or([self.query(depth - 1) for _ in range(choose([2, 3]))]),
                    lambda: q.DisjunctionMax([self.query(depth - 1) for _ in range(2)]),
                    lambda: q.Not(self.query(depth - 1)),
                    lambda: q.And([self.query(depth - 1), q.Not(self.query(depth - 1))]),
                    lambda: q.AndNot(self.query(depth - 1), self.query(depth - 1)),
                    lambda: q.AndMaybe(self.query(depth - 1), self.query(depth - 1)),
                    lambda: q.Require(self.query(depth - 1), self.query(depth - 1)),
                    lambda: q.ConstantScoreQuery(self.query(depth - 1), 2.0),
                ]
            )()
        return self.leaf()

    def leaf(self):
        choose, field = self.chance.choice, self.chance.choice(FIELDS)
        days = sorted(START + timedelta(days=self.chance.randint(0, 40)) for _ in range(2))
        start, end = sorted([choose(TERMS), choose(TERMS)])
        return choose(
            [
                lambda: self.term(field),
                lambda: q.Term(field, choose(TERMS)),
                lambda: q.Term("source", choose(["blue wire", "the post", "none"])),
                lambda: q.Term("tags", choose(["asia", "sea"])),
                lambda: q.Phrase(field, [choose(PLACED) for _ in range(choose([2, 2, 3]))], choose([1, 1, 4])),
                lambda: q.Prefix(field, choose(["k", "min", "~", "中", "=", "f"])),
                lambda: q.Wildcard(field, choose(["k?te*", "*s", "?", "[mu]*", "*星*"])),
                lambda: q.Regex(field, choose(["^.i", "[a-m].*e", "~.*r$", ".{2}$"])),
                lambda: q.FuzzyTerm(field, choose(["kyte", "ministr", "ths", "卫兴"]), choose([1, 2]), 1.0, choose([0, 1])),
                lambda: q.TermRange(field, start, end, choose([True, False]), choose([True, False])),
                lambda: q.DateRange("published", *days, choose([True, False]), choose([True, False])),
                lambda: q.DateRange("published", choose([None, days[0]]), choose([None, days[1]])),
                lambda: q.Every(choose([None, "title", "caption", "published", "tags", "url", "text"])),
                lambda: self.spans(field),
            ]
        )()  # fmt: skip

    def term(self, field):
        return q.Term(field, self.chance.choice(PLACED))

    def spans(self, field):
        choose = self.chance.choice
        two = [self.term(field), self.term(field)]
        near = spans.SpanNear2(
            two, slop=choose([1, 3]), ordered=choose([True, False]), mindist=choose([0, 1])
        )
        return choose(
            [
                near,
                spans.SpanFirst(two[0], limit=choose([0, 2])),
                spans.SpanOr(two),
                spans.SpanNot(*two),
                spans.SpanNear(*two, slop=choose([1, 4]), ordered=choose([True, False])),
                spans.SpanOr([near, two[0]]),
            ]
        )


def filled(index, maker):
    """Write articles in several commits, replace and remove some; return what is left."""
    live = {}
    for _ in range(maker.chance.choice([1, 3])):
        with index.writer() as writer:
            for number in maker.chance.choices(range(30), k=maker.chance.choice([3, 15])):
                live[f"d{number}"] = maker.article(number)
                writer.put(live[f"d{number}"])
            for number in maker.chance.choices(range(30), k=4):
                live.pop(f"d{number}", None)
                writer.remove(f"d{number}")
    return list(live.values())


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_random_queries_find_what_brute_force_finds(seed, tmp_path_factory):
    maker = Maker(random.Random(seed))
    with (
        pytest.MonkeyPatch.context() as patch,
        open_index(tmp_path_factory.mktemp("index"), create=True) as index,
    ):
        patch.setattr("search.codec.vocabulary._BLOCK", 4)
        patch.setattr("search.engines.merge_policy.FANOUT", maker.chance.choice([2, 1000]))
        patch.setattr("search.engines.merge_policy.MOST_DELETED", maker.chance.choice([0.3, 1.0]))
        brute = Brute(filled(index, maker))
        with index.whoosh() as searcher:
            for _ in range(25):
                query = maker.query(2)
                wanted = brute.ids(query)
                found = searcher.search(query, limit=None)
                assert sorted(hit["id"] for hit in found) == sorted(wanted), (seed, query)
                assert {
                    d["id"] for d in map(searcher.stored_fields, searcher.docs_for_query(query))
                } == wanted
                few = searcher.search(query, limit=3)
                assert {hit["id"] for hit in few} <= wanted, (seed, query)
                assert len(few) == len(wanted), (seed, query)
                scores = [hit.score for hit in found][:3]
                assert [hit.score for hit in few] == pytest.approx(scores), (seed, query)
