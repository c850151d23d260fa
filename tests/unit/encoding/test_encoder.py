"""Articles as arrays hold the same tokens as articles cut one by one."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis import chinese
from search.analysis.folding import fold
from search.analysis.scripts import HAN_RUN, has_han
from search.analysis.tokens import Tokenizer
from search.article import Article
from search.encoding.encoder import Encoder
from tests.properties.test_analysis import TEXTS


def names_of(dictionary, forms):
    """Return, for each of some forms, the name of its group and its label."""
    forms = np.unique(forms)[::-1]  # pairs, which are below 0, come last
    names = [name.decode() for name in dictionary.names_of(dictionary.groups_of(forms)).strings()]
    is_labelled = dictionary.is_labelled(forms)
    labels = iter(dictionary.labels_of(forms[is_labelled]).strings())
    labels = [next(labels).decode() if has else "" for has in is_labelled]
    return dict(zip(forms.tolist(), zip(names, labels, strict=True), strict=True))


def _encoded(text):
    """Return (term, position) of all tokens; of Han, the pairs and the last character of a run."""
    encoder = Encoder()
    tokens = encoder.encode([Article(id="a", title=text, body="filler")])
    found = set()
    names = names_of(encoder.dictionary, tokens.forms)
    for form, position in zip(tokens.forms.tolist(), tokens.positions.tolist(), strict=True):
        name, label = names[form]
        if name.startswith("="):
            continue
        found.add((name if has_han(name) else "~" + name, position))
        if not has_han(name):
            found.update((term, position) for term in label.split(" "))
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


MARKED = st.lists(
    st.sampled_from(
        (*"aSM35.'-,$+#&_s é\u0301£\u200b卫", "SKorea", "US", "Who", "AT", "1,000", ".NET", "3M", "bn", "'s",
         "abcdefghijklmnop", "Town", "٣")
    ),
    max_size=9,
).map("".join)  # fmt: skip


@settings(max_examples=1_000, deadline=None)
@given(MARKED)
def test_marks_part_words_only_where_they_join_none(text):
    assert _encoded(text) == _cut(text)


@pytest.mark.parametrize(
    "text",
    ["word. (word) word", '"$3M," $3M', "1,000, x", "U.S. U.S.-led", "ｶﾒﾗ ⼀", "5G手机，F-16战机", "S.T..NET",
     "word... 'word' dogs'", "either/or -- so-called", "US Us us SKorea SKOREA",
     "0.5.2 3.50 $3,000.5 1,00 12,345,678.9 1,2345", "US's It's it'S SKorea's N's x's CLASSES's 1990's", "𠀀𠀁\U00030000x\U000e0001y"],
)  # fmt: skip
def test_what_stands_around_a_word_changes_nothing(text):
    assert _encoded(text) == _cut(text)


def test_the_sample_archive_is_encoded_as_it_is_cut(corpus_articles):
    for article in corpus_articles:
        for text in (article.title, article.summary, article.body):
            assert _encoded(text) == _cut(text)


def test_a_chunk_of_very_many_words_is_encoded():
    encoded = _encoded("a-" * 70_000)
    assert ("a", 69_999) in encoded


def _counted(encoder, articles):
    """Return how often each (document, position, terms) was encoded; words of Chinese have no stem."""
    tokens = encoder.encode(articles)
    names = names_of(encoder.dictionary, tokens.forms)
    arrays = tokens.forms, tokens.documents, tokens.positions
    rows = zip(*(array.tolist() for array in arrays), strict=True)
    return Counter((*names[form], *place) for form, *place in rows), tokens.lengths.tolist()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5))
def test_what_was_encoded_before_and_beside_changes_nothing(texts):
    cleaned = [[text.encode("utf-8", "ignore").decode() for text in own] for own in texts]
    articles = [
        Article(id=str(number), title=title, summary=summary, body=f"{body} filler")
        for number, (title, summary, body) in enumerate(cleaned)
    ]
    used = Encoder()
    at_once, lengths = _counted(used, articles)
    assert _counted(used, articles) == (at_once, lengths)
    each = Counter()
    for number, article in enumerate(articles):
        alone, length = _counted(Encoder(), [article])
        each.update({(*key[:2], number, key[3]): count for key, count in alone.items()})
        assert length == [lengths[number]]
    assert at_once == each
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.encoding.encoder._BLOCK_CHARACTERS", 1)
        assert _counted(Encoder(), articles) == (at_once, lengths)
    forms = np.arange(-used.dictionary.pair_count, len(used.dictionary))
    assert len(set(names_of(used.dictionary, forms).values())) == len(forms)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(TEXTS, MARKED), min_size=2, max_size=4))
def test_what_was_forgotten_is_learned_again(texts):
    articles = [
        Article(id="a", title=title.encode("utf-8", "ignore").decode(), body=f"{body} filler")
        for title, body in texts
    ]
    used = Encoder()
    expected = [_counted(Encoder(), [article]) for article in articles]
    for article in articles:
        forms = used.encode([article]).forms
        is_kept = np.zeros(len(used.dictionary), bool)
        is_kept[forms[forms > 0]] = True
        used.keep(is_kept)
        assert len(used.dictionary) == is_kept.sum() + 1
        assert [_counted(used, [one]) for one in articles] == expected
        forms = np.arange(-used.dictionary.pair_count, len(used.dictionary))
        assert len(set(names_of(used.dictionary, forms).values())) == len(forms)


def test_words_of_chinese_are_counted_where_their_field_begins(corpus_articles):
    for article in corpus_articles:
        found, lengths = _counted(Encoder(), [article])
        expected, start = Counter(), 0
        for name, length in zip(("title", "summary", "body", "caption"), lengths[0], strict=True):
            for run in HAN_RUN.findall(fold(getattr(article, name))):
                words = (run[first:last] for first, last in chinese.words(run))
                expected.update(("=" + word, "", 0, start) for word in words)
            start += length + 1
        assert Counter({k: n for k, n in found.items() if k[0].startswith("=")}) == expected


def test_words_longer_than_a_key_are_counted():
    run = "中华人民共和国国务院总理"
    found, _ = _counted(Encoder(), [Article(id="a", title=f"{run} {run}")])
    for first, last in chinese.words(run):
        assert found["=" + run[first:last], "", 0, 0] >= 2


def test_nothing_is_encoded_of_no_articles():
    tokens = Encoder().encode([])
    assert len(tokens.forms) == 0
    assert tokens.lengths.shape == (0, 4)
