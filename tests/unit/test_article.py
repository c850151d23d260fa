"""Article: validated at birth, made from records of any usual spelling, and hashed."""

import math
from dataclasses import FrozenInstanceError, replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.article import Article, content_hash
from search.errors import ArticleError, DuowenError
from search.parts import FIELD_NAMES

UTC = timezone.utc


def made(**record):
    return Article.from_mapping({"id": "a", "title": "t", **record})


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"id": ""}, "needs an id; give it a url or an id"),
        ({"id": " \n"}, "needs an id"),
        ({"title": "", "body": " \n\u3000"}, "holds no text; give it"),
        ({"published": datetime(2023, 1, 1)}, "has no time zone; add one"),  # noqa: DTZ001
        (
            {"published": datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))},
            "cannot be told in UTC, beyond the calendar; give another",
        ),
        ({"precision": "week"}, "precision must be one of"),
        ({"body": "half \ud83d"}, "The field body holds half a character"),
        ({"path": "/a/\udcff"}, "The field path holds half a character"),
        ({"tags": ("\ud83d",)}, "The field tags holds half a character"),
    ],
)
def test_what_is_no_article_is_refused_in_one_sentence(values, complaint):
    with pytest.raises(ArticleError, match=complaint) as refusal:
        Article(**{"id": "a", "title": "t", **values})
    assert str(refusal.value).endswith(".")
    assert isinstance(refusal.value, DuowenError)
    assert isinstance(refusal.value, ValueError)


def test_an_article_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Article(id="a", title="t").title = "other"


@pytest.mark.parametrize("text", ["title", "summary", "body", "caption"])
def test_any_one_text_is_enough(text):
    assert getattr(Article(**{"id": "a", text: "words"}), text) == "words"


def test_dates_are_kept_in_utc():
    article = Article(
        id="a", title="t", published=datetime(2023, 11, 24, 2, tzinfo=timezone(timedelta(hours=8)))
    )
    assert article.published == datetime(2023, 11, 23, 18, tzinfo=UTC)
    assert article.published.tzinfo is UTC


@pytest.mark.parametrize("field", sorted(set(FIELD_NAMES) - {"published", "tags", "id", "url"}))
def test_every_usual_name_is_understood(field):
    for name in FIELD_NAMES[field]:
        article = Article.from_mapping(
            {"id": "a", "title" if field != "title" else "body": "t", name: "word"}
        )
        assert getattr(article, field) == "word", name


def test_the_first_name_with_something_in_it_wins():
    record = {"id": "a", "title": "", "headline": None, "name": "n"}
    assert Article.from_mapping(record).title == "n"
    assert Article.from_mapping(record | {"headline": "h"}).title == "h"


def test_identity_is_the_url_else_the_id_else_the_default():
    record = {"title": "t", "id": " 7 ", "url": " http://x/ "}
    assert Article.from_mapping(record, default_id="d").id == "http://x/"
    assert Article.from_mapping(record | {"url": ""}, default_id="d").id == "7"
    assert Article.from_mapping({"title": "t"}, default_id="d").id == "d"
    assert Article.from_mapping({"title": "t", "id": 7}).id == "7"
    with pytest.raises(ArticleError, match="needs an id"):
        Article.from_mapping({"title": "t"})


def test_titles_and_sources_are_trimmed_and_texts_are_verbatim():
    article = made(title=" t ", source=" s\n", body=" b\r\n\n", summary="\u3000新")
    assert (article.title, article.source, article.body, article.summary) == (
        "t",
        "s",
        " b\r\n\n",
        "\u3000新",
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1984, "1984"),
        (3.5, "3.5"),
        (date(2023, 11, 24), "2023-11-24"),
        (["one", "two"], "one\n\ntwo"),
        ({"id": None, "name": "Reuters"}, "Reuters"),
        (None, ""),
    ],
)
def test_texts_that_are_no_text(value, text):
    assert made(summary=value).summary == text


@pytest.mark.parametrize("value", [True, {"a": 1}, [1, 2], b"bytes", object()])
def test_texts_that_can_be_none_are_refused(value):
    with pytest.raises(ArticleError, match=r"The field body is a \w+; make it text\."):
        made(body=value)


@pytest.mark.parametrize(
    ("value", "published", "precision"),
    [
        ("2023-11-24T02:11:55Z", datetime(2023, 11, 24, 2, 11, 55, tzinfo=UTC), "second"),
        ("2023-11-24", datetime(2023, 11, 24, tzinfo=UTC), "day"),
        ("2023-11", datetime(2023, 11, 1, tzinfo=UTC), "month"),
        (1999, datetime(1999, 1, 1, tzinfo=UTC), "year"),
        (1700791915, datetime(2023, 11, 24, 2, 11, 55, tzinfo=UTC), "second"),
        (1700791915000, datetime(2023, 11, 24, 2, 11, 55, tzinfo=UTC), "second"),
        (date(2023, 11, 24), datetime(2023, 11, 24, tzinfo=UTC), "day"),
        (datetime(2023, 11, 24, 2, 11), datetime(2023, 11, 24, 2, 11, tzinfo=UTC), "second"),  # noqa: DTZ001
        (None, None, "second"),
    ],
)
def test_dates_of_all_kinds(value, published, precision):
    article = made(date=value)
    assert (article.published, article.precision) == (published, precision)


@pytest.mark.parametrize("value", ["soon", True, [2023], math.nan, math.inf, 1e300, -1e300])
def test_dates_that_can_be_none_are_refused(value):
    with pytest.raises(ArticleError):
        made(date=value)


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ("a, b;c、d，e", ("a", "b", "c", "d", "e")),
        (["a", " b ", "", "a", 5], ("a", "b", "5")),
        (None, ()),
        ("", ()),
    ],
)
def test_tags(value, tags):
    assert made(tags=value).tags == tags


def test_tags_that_can_be_none_are_refused():
    with pytest.raises(ArticleError, match="The tags are a int; make them"):
        made(tags=5)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = sorted({name for names in FIELD_NAMES.values() for name in names})


@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6))
def test_any_record_becomes_an_article_or_is_refused(record):
    try:
        article = Article.from_mapping(record, default_id="d")
    except ArticleError:
        return
    assert article == replace(article)


class TestContentHash:
    ARTICLE = Article(
        id="a", title="t", source="s", summary="u", body="b", caption="c", url="http://x",
        published=datetime(2023, 11, 24, tzinfo=UTC), precision="day", tags=("x", "y"),
    )  # fmt: skip

    @pytest.mark.parametrize(
        "change",
        [
            {"title": "T"}, {"source": ""}, {"summary": "v"}, {"body": "b "}, {"caption": ""}, {"url": ""},
            {"published": None}, {"precision": "second"}, {"tags": ("y", "x")}, {"tags": ("xy",)},
            {"title": "ts", "source": ""}, {"summary": "ub", "body": ""},
        ],
        ids=str,
    )  # fmt: skip
    def test_changes_with_what_is_shown_or_searched(self, change):
        assert content_hash(replace(self.ARTICLE, **change)) != content_hash(self.ARTICLE)

    def test_does_not_change_with_the_place(self):
        moved = replace(self.ARTICLE, id="b", path="/x", root="/")
        assert content_hash(moved) == content_hash(self.ARTICLE)

    def test_changes_with_the_version(self):
        assert content_hash(self.ARTICLE, "1") != content_hash(self.ARTICLE, "2")

    def test_is_the_same_on_every_machine(self):
        """It is stored in indexes: another value would make every article count as changed."""
        assert content_hash(self.ARTICLE, "1") == "26ee22a92f9ff9bf58f403a364053b70"
