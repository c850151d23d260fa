"""What Whoosh may ask of our analyzer: the tokens that the room promises, in Whoosh's own shape."""

import pickle
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh.analysis import Token as WhooshToken
from whoosh.fields import TEXT, Schema

from search.analysis.bilingual import BilingualAnalyzer
from search.analysis.folding import fold
from search.analysis.tokens import Tokenizer

TEXTS = [
    "",
    " \n",
    "Kim's F-16s cost $3.5bn, the U.S. said.",
    "朝鲜发射衛星，5G手机与GPT-4發布。",
    "Line one\nline two\tthe　end",
    "co\u00adoperate Erdog\u0306an ｶﾒﾗ 𠀀𠀁 😀",
]


def analysed(text, analyzer=None, **options):
    """Copy each token at once: Whoosh's analyzers yield one object over and over."""
    tokens = (analyzer or BilingualAnalyzer())(
        text, **{"positions": True, "chars": True, **options}
    )
    return [(token.text, token.pos, token.startchar, token.endchar) for token in tokens]


@pytest.mark.parametrize("text", TEXTS)
def test_the_tokens_are_ours(text):
    assert analysed(text) == list(map(tuple, Tokenizer().tokens(text)))


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=80))
def test_the_tokens_of_any_text_are_ours(text):
    assert analysed(text) == list(map(tuple, Tokenizer().tokens(text)))


def test_one_token_is_changed_in_place():
    found = list(BilingualAnalyzer()("two words"))
    assert all(token is found[0] for token in found)
    assert isinstance(found[0], WhooshToken)


def test_positions_and_spans_start_where_whoosh_says():
    """So a field of several values has one row of positions."""
    text = "spy 卫星"
    moved = analysed(text, start_pos=100, start_char=1_000)
    assert moved == [(t, p + 100, s + 1_000, e + 1_000) for t, p, s, e in analysed(text)]


@pytest.mark.parametrize("mode", ["", "index", "query"])
def test_the_same_whatever_it_is_for(mode):
    text = "Foreign ministers met in Busan 卫星"
    assert analysed(text, mode=mode) == analysed(text)
    assert analysed(text, removestops=False) == analysed(text)


def test_only_what_was_asked_for_is_set():
    token = next(BilingualAnalyzer()("words"))
    assert not hasattr(token, "pos")
    assert not hasattr(token, "startchar")
    token = next(BilingualAnalyzer()("words", positions=True))
    assert token.pos == 0
    assert not hasattr(token, "startchar")


def test_the_original_is_kept_when_asked_for():
    text = "Erdoğan’s 衛星"
    originals = [token.original for token in BilingualAnalyzer()(text, keeporiginal=True)]
    assert originals[0] == "Erdoğan’s"
    assert originals[-1] == "星"
    assert set(map(fold, originals)) <= {"Erdoğan's", "卫", "卫星", "星"}


def test_nothing_is_a_stop_word():
    text = "to be or not to be 我们 的"
    tokens = BilingualAnalyzer()(text, removestops=True, positions=True)
    assert [token.pos for token in tokens if not token.stopped][-1] == 8
    assert {"to", "be", "or", "not", "我们", "的"} <= {term for term, *_ in analysed(text)}


def test_a_schema_with_it_survives_being_pickled():
    schema = Schema(body=TEXT(analyzer=BilingualAnalyzer(), phrase=True))
    stored = BytesIO()
    pickle.dump(schema, stored)
    loaded = pickle.loads(stored.getvalue())["body"].analyzer
    text = "F-16 战机"
    assert analysed(text, loaded) == analysed(text)


def test_what_is_pickled_holds_no_text_that_was_seen():
    used = BilingualAnalyzer()
    assert list(used("confidential"))
    assert b"confidential" not in pickle.dumps(used)
    assert pickle.loads(pickle.dumps(used)) == used == BilingualAnalyzer()
    assert hash(used) == hash(BilingualAnalyzer())
    assert used != object()


def test_two_texts_at_once_do_not_disturb_one_another():
    analyzer = BilingualAnalyzer()
    left, right = analyzer("one two three"), analyzer("卫星 发射")
    mixed = [(a.text, b.text) for a, b in zip(left, right, strict=False)]
    alone = [token.text for token in analyzer("one two three")]
    assert [text for text, _ in mixed] == alone[: len(mixed)]
