"""Texts as they are stored: every one comes back, and what many share is stored once."""

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.article import Article
from search.engines.sampling import DICTIONARY_SIZE, dictionary_of
from search.engines.texts import Packer, date_and_tags_of, plain, record_of, texts_of
from search.parts import TEXT_FIELDS, Texts

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT, TEXT, TEXT, st.lists(TEXT, max_size=3), st.binary(max_size=100))
def test_any_texts_come_back(summary, body, caption, tags, dictionary):
    when = datetime(2023, 11, 24, 2, 11, 55, 123456, tzinfo=timezone.utc)
    article = Article("a", "title", "", summary, body, caption, published=when, tags=tuple(tags))
    blob = Packer(dictionary).packed(record_of(article))
    record = plain(blob, dictionary)
    assert texts_of(record) == Texts(summary, body, caption)
    assert date_and_tags_of(record) == (when, tuple(tags))


def test_every_text_field_is_stored():
    article = Article("a", **{name: f"the {name}" for name in TEXT_FIELDS})
    texts = texts_of(record_of(article))
    for name in TEXT_FIELDS[1:]:  # titles have a column of their own
        assert getattr(texts, name) == f"the {name}"


def test_no_date_comes_back_as_none():
    assert date_and_tags_of(record_of(Article("a", "title"))) == (None, ())


@pytest.mark.parametrize("records", [[], [b""], [b"abc"], [b"abc", b"def"]])
def test_few_records_are_the_dictionary_themselves(records):
    assert dictionary_of(records) == b"".join(records)


def test_a_dictionary_holds_what_many_records_share():
    shared = b"The minister of foreign affairs said on Tuesday that "
    records = [shared + str(n * 7919).encode() * 40 for n in range(2_000)]
    dictionary = dictionary_of(records)
    assert dictionary == dictionary_of(records)
    assert len(dictionary) <= DICTIONARY_SIZE
    assert shared[:20] in dictionary
    assert shared[-20:] in dictionary
    with_it, without = (
        sum(len(Packer(chosen).packed(record)) for record in records[::50])
        for chosen in (dictionary, b"")
    )
    assert with_it < 0.6 * without
