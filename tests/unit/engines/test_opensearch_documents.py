"""What a cluster gets to see of an article: terms by positions, though it knows one at each only."""

import json
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis.tokens import Tokenizer
from search.article import Article
from search.engines.opensearch_cutting import short
from search.engines.opensearch_documents import (
    DocumentMaker,
    article_of,
    document_id,
    held_of,
)
from search.engines.opensearch_mapping import FILLER, LAYERS, forms, index_body, stems
from search.engines.opensearch_settings import OpenSearchSettings
from search.ranking.profile import DEFAULT_PROFILE


def sent(article):
    return json.loads(DocumentMaker(DEFAULT_PROFILE.weights).document(article).line)


def layers(values, name, field):
    return [
        values[name(field, n)].split(" ") for n in range(LAYERS + 1) if name(field, n) in values
    ]


def at_positions(values, field):
    """Return (position, term) of all layers; stems with the mark they have elsewhere."""
    return {
        (position, term)
        for name in (forms, stems)
        for layer in layers(values, name, field)
        for position, term in enumerate(layer)
        if term != FILLER
    }


@pytest.mark.parametrize(
    "text",
    [
        "China's ministers met AT&T on F-16s.",
        "朝鲜发射卫星，5G手机与GPT-4發布。国",
        "一 a 二三 b",
        "😀 the U.S. said: Erdoğan’s C++",
        "",
    ],
)
def test_every_term_stands_at_its_position(text):
    values = sent(Article(id="x", title="-a", body=text))
    wanted = {
        (row.position, row.term.removeprefix("~"))
        for row in Tokenizer().tokens(text)
        if not row.term.startswith("=")
    }
    assert at_positions(values, "body") == wanted


def test_the_last_character_of_a_run_stands_for_itself():
    values = sent(Article(id="x", body="卫星发射 国"))
    assert values["body_forms"] == "卫星 星发 发射 射 国"
    assert values["body_stems"] == "卫 星 发 射 国"


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_layers_are_of_one_length_at_most_and_hold_no_blank(text):
    values = sent(Article(id="x", title="-a", body=text))
    tokens = list(Tokenizer().tokens(text))
    length = max((token.position + 1 for token in tokens), default=0)
    for name in (forms, stems):
        for number, layer in enumerate(layers(values, name, "body")):
            assert all(layer), layer
            assert len(layer) == length if not number else len(layer) <= length


def test_terms_of_the_title_are_repeated_by_its_weight():
    values = sent(Article(id="x", title="kites", summary="卫星", body="satellites", caption="b"))
    assert values["words"].split() == ["kites"] * 10 + ["=卫星"] * 2 + ["satellites", "b"]
    assert values["stems"].split() == ["kite"] * 10 + ["satellit", "b"]
    assert values["characters"].split() == ["卫", "卫星", "星"] * 2


def test_terms_are_never_longer_than_the_server_takes():
    for word in ("x" * 5_000, "卫" * 9, "a" * 239, "𠀀" * 400):
        assert len(short(word).encode("utf-16-le")) // 2 <= 255
    assert short("x" * 5_000) != short("x" * 5_001)
    assert short("minister") == "minister"


def test_what_is_sent_comes_back_whole():
    article = Article(
        id="http://x/?q=1", title="t", source="S", summary="摘", body="b\n\nc", caption="c",
        published=datetime(2023, 11, 24, 2, 11, 55, 123456, tzinfo=timezone.utc), precision="minute",
        url="http://x", path="/a/b", root="/a", tags=("亚洲", "Two"),
    )  # fmt: skip
    values = sent(article)
    assert article_of(values) == article
    assert held_of(values).path == "/a/b"
    assert values["published"] == "2023-11-24T02:11:55Z"
    assert values["tags"] == ["亚洲", "two"]
    assert values["key"] == document_id(article.id)


def test_dates_have_four_digits():
    old = datetime(1000, 1, 1, tzinfo=timezone.utc)
    assert sent(Article(id="x", body="b", published=old))["published"] == "1000-01-01T00:00:00Z"


def test_the_mapping_knows_every_field_that_is_sent():
    body = index_body(OpenSearchSettings(), DEFAULT_PROFILE)
    article = Article(id="x", title="AT&T-3M-x", body="a&b&c&d&e&f&g&h", tags=("t",))
    assert set(sent(article)) <= set(body["mappings"]["properties"]) | {"title", "body"}
    assert body["settings"]["similarity"]["title"]["k1"] == DEFAULT_PROFILE.k1 / 10
