"""Articles as arrays hold the same tokens as articles cut one by one."""

import pytest
from hypothesis import given, settings

from search.analysis.scripts import has_han
from search.analysis.tokens import Tokenizer
from search.article import Article
from search.engines.encoding import Encoder
from tests.properties.test_analysis import TEXTS


def _encoded(text):
    """Return (term, position) of all tokens; of Han, the pairs and the last character of a run."""
    encoder = Encoder()
    tokens = encoder.encode([Article(id="a", title=text, body="filler")])
    found = set()
    lists = (tokens.groups.tolist(), tokens.positions.tolist(), tokens.forms.tolist())
    for group, position, form in zip(*lists, strict=True):
        name = encoder.dictionary.groups[group]
        if name.startswith("="):
            continue
        found.add((name if has_han(name) else "~" + name, position))
        if not has_han(name):
            terms = encoder.dictionary.forms[group][form].split(" ")
            found.update((term, position) for term in terms)
    return {(term, position) for term, position in found if term not in ("filler", "~filler")}


def _cut(text):
    found, characters = set(), {}
    for term, position, _, _ in Tokenizer(chinese_words=False).tokens(text):
        if has_han(term):
            longest = max(term, characters.get(position, ""), key=len)
            characters[position] = longest
        else:
            found.add((term, position))
    return found | {(term, position) for position, term in characters.items()}


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_any_text_is_encoded_as_it_is_cut(text):
    text = text.encode("utf-8", "ignore").decode()
    assert _encoded(text) == _cut(text)


@pytest.mark.parametrize(
    "text",
    ["word. (word) word", '"$3M," $3M', "1,000, x", "U.S. U.S.-led", "ｶﾒﾗ ⼀", "5G手机，F-16战机"],
)
def test_what_stands_around_a_word_changes_nothing(text):
    assert _encoded(text) == _cut(text)


def test_the_sample_archive_is_encoded_as_it_is_cut(corpus_articles):
    for article in corpus_articles:
        for text in (article.title, article.summary, article.body):
            assert _encoded(text) == _cut(text)


def test_a_chunk_of_very_many_words_is_encoded():
    encoded = _encoded("a-" * 70_000)
    assert ("a", 69_999) in encoded
