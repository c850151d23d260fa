"""Snippets are verbatim, marked where the words are, and safe to show, whatever an article holds.

Lighting is compared with the slow way, by all tokens of a text. Hypothesis prints the failing example and how to replay it.
"""

import json
import re
from html import unescape
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis.english import compounds
from search.analysis.folding import fold
from search.analysis.scripts import HAN
from search.analysis.stemming import stem
from search.analysis.tokens import Tokenizer
from search.article import Article
from search.marking import as_html, columns, display_width, harmless, marked, one_line
from search.query.plan import Fuzzy, Near, Phrase, Prefix, Run, Word
from search.query.terms import phrase_terms
from search.render import MARK, RESET, article_text, as_json, results_text
from search.results import Hit, Results
from search.snippets.excerpts import Excerpts
from search.snippets.fields import Field
from search.snippets.lighting import Lights, merged
from search.snippets.passages import word_begins, word_ends
from search.snippets.reduced import Reading
from search.snippets.sentences import CLOSING, OPENING, ends_between, sentences
from tests.unit.snippets.slowly import light_slowly

QUICK = settings(max_examples=250, deadline=None)

WORDS = (
    "oil", "Oil,", "satellite", "satellites", "U.S.", "US", "us", "China’s", "chinas", "F-16", "f16", "5G手机", "3.5",
    "$5m", "kerb", "curbs", "aeroplane", "airplanes", "S.Korea", "SKorea", "AT&T", "C++", "Erdoğan", "men", "man",
    "co-operate", "卫星", "衛星", "朝鲜", "卫", "星，", "手机", "朝鲜发射卫星。", "の", "５Ｇ", "“oil”", "(oil)", "oil-rich", "-", "o'neill",
    "ﬁnance", "straße", "Привет", "5m", "2tn", "mln", ".NET", "C#", "US's-led", "sat\u200bellite", "o\xadil", "🙂", "haemorrhage",
    "mice", "dying", "die", "wordoil", "oils.", "x", "X-ray", "Mr.", "No.", "said.", "The", "1,000", "！", "……", "\u200b", "é", "e\u0301",
)  # fmt: skip
SPACES = (" ", "  ", "\n", "\n\n", "\u3000", ". ", "。", "", ", ", "，")
HOSTILE = (
    "<mark>", "</mark>", "<script>alert(1)</script>", "&lt;", "&", '"', "'", "\x1b[31m", "\x1b]0;x\x07", "\x9b1m", "\x00",
    "\x08", "\r", "\x7f", "\x85", "\u202e", "\u2066", "\u200f", "\u061c", "\u2028", "\ufff9", "\u206f", "oil", "卫星", " ", "\n",
)  # fmt: skip
STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff]"
)
OURS = re.compile("\x1b\\[(?:1|2|1;31|0)m")

STOPS = (
    ".", ".", "!", "?", "...", "\n", "\n\n", " ", " ", " ", "  ", '"', "'", ")", "]", "(", "Mr", "Inc", "U.S", "e.g", "the",
    "The", "A", "words", "said", "Xy", "no", "3", "3.5", "NEW YORK (Reuters) - ", "(AP) -- ", "\t", "\r", "\x1c", "_", "I",
)  # fmt: skip

ascii_texts = st.lists(st.sampled_from(STOPS), max_size=40).map("".join)
texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(SPACES)), max_size=60).map(
    lambda parts: "".join(word + space for word, space in parts)
)
any_text = st.text(st.characters(), max_size=80)
hostile_texts = st.lists(st.one_of(st.sampled_from(HOSTILE), st.characters()), max_size=30).map(
    "".join
)
storable = hostile_texts.map(lambda text: re.sub("[\ud800-\udfff]", "", text))
widths = st.one_of(st.integers(1, 40), st.just(160))


def asked_words(text: str) -> list[Word]:
    atoms = [atom for compound in compounds(fold(text)) for atom in compound.atoms]
    return [
        Word(form, stemmed)
        for atom in atoms
        for form, stemmed in ((atom.primary, None), (atom.primary, stem(atom.base)))
    ]


WORD = st.sampled_from(
    [word for text in WORDS if not re.search("[\u3041-\u9fff]", text) for word in asked_words(text)]
)
RUN = st.sampled_from(["卫星", "卫", "朝鲜", "鲜发", "手机", "の", "朝鲜发射卫星"]).map(Run)
PHRASE = st.lists(st.one_of(WORD, RUN), min_size=1, max_size=3).map(
    lambda pieces: Phrase(tuple(pieces))
)
FORM = st.sampled_from(["o", "oil", "sat", "f", "chin", "us", "c", "aero", "men", "5", "erdo"])
NEAR = st.builds(
    Near,
    st.lists(PHRASE, min_size=1, max_size=2).map(tuple),
    st.lists(PHRASE, min_size=1, max_size=2).map(tuple),
    st.integers(1, 6),
    st.booleans(),
    st.none(),
)
LEAF = st.one_of(
    st.one_of(WORD, RUN).map(lambda piece: Phrase((piece,))),
    PHRASE,
    FORM.map(Prefix),
    st.builds(Fuzzy, FORM, st.integers(1, 2), st.none()),
    NEAR,
)
LEAVES = st.lists(LEAF, max_size=4).map(tuple)


@st.composite
def texts_with_spans(draw) -> tuple[str, list[tuple[int, int]]]:
    parts = draw(st.lists(hostile_texts.map(lambda text: f"a{text}z"), max_size=6))
    spans, at = [], 0
    for number, part in enumerate(parts):
        if number % 2:
            spans.append((at, at + len(part)))
        at += len(part)
    return "".join(parts), spans


# Marks


@QUICK
@given(texts_with_spans())
def test_html_without_marks_and_escapes_is_the_harmless_text(case):
    text, spans = case
    html = as_html(text, spans)
    assert unescape(html.replace("<mark>", "").replace("</mark>", "")) == harmless(text)
    assert html.count("<mark>") == html.count("</mark>") == len(spans)
    assert re.findall("<[^>]*>", html) == ["<mark>", "</mark>"] * len(spans)
    assert not STEERING.search(html)


@QUICK
@given(texts_with_spans())
def test_terminal_text_without_our_escapes_is_the_line(case):
    text, spans = case
    painted = marked(text, spans, one_line, MARK, RESET)
    assert painted.replace(MARK, "").replace(RESET, "") == one_line(text)
    assert painted.count("\x1b") == 2 * len(spans)
    assert not STEERING.search(OURS.sub("", painted))


@QUICK
@given(hostile_texts)
def test_harmless_text_has_the_same_length_and_steers_nothing(text):
    assert len(harmless(text)) == len(text)
    assert not STEERING.search(harmless(text))
    assert "\n" not in one_line(text)


@QUICK
@given(
    st.recursive(
        storable, lambda inner: st.lists(inner) | st.dictionaries(storable, inner), max_leaves=8
    )
)
def test_json_says_the_same_and_holds_no_raw_control_character(value):
    text = as_json(value)
    assert json.loads(text) == value
    assert not STEERING.search(text)
    assert "\n" not in text


@QUICK
@given(st.lists(st.sampled_from("\ud800\udbff\udc00\udfffa卫"), max_size=6).map("".join))
def test_json_escapes_lone_surrogates(text):
    written = as_json({"text": text})
    assert written.encode()
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert json.loads(written)["text"].encode("utf-16", "surrogatepass") == joined.encode(
        "utf-16", "surrogatepass"
    )


@QUICK
@given(storable, storable, storable, LEAVES)
def test_nothing_of_an_article_is_alive_on_a_terminal(title, summary, body, leaves):
    article = Article(
        "i", title, summary=summary, body=body + "x", source=title, url=body, tags=(title,)
    )
    hit = Hit(
        1, "i" + title, 1.0, title, Excerpts(leaves).title_spans([article.title])[0], title, None, "day", "", "",
        Excerpts(leaves).passages([article])[0],
    )  # fmt: skip
    results = Results(title, 1, 1.0, 1, (), (hit,))
    for colour in (True, False):
        lines = [*results_text(results, colour=colour), *article_text(article, colour=colour)]
        for line in lines:
            bare = OURS.sub("", line) if colour else line
            assert not STEERING.search(bare)
            assert "\n" not in bare


# Passages


def assert_sound(article: Article, leaves, width: int) -> None:
    for snippet in Excerpts(leaves, width).passages([article])[0]:
        assert snippet.text
        assert snippet.text in getattr(article, snippet.field)
        assert snippet.text.strip() == snippet.text
        at = 0
        for start, end in snippet.spans:
            assert at <= start < end <= len(snippet.text)
            at = end
        word_too_wide = len(snippet.text.split()) == 1 and (snippet.spans or len(snippet.text) == 1)
        assert display_width(snippet.text) <= width or word_too_wide


@QUICK
@given(texts, texts, LEAVES, widths)
def test_passages_of_articles_are_sound(summary, body, leaves, width):
    assert_sound(Article("i", summary=summary, body=body + "x"), leaves, width)


@QUICK
@given(any_text, any_text.map(lambda text: text + "\u202eoil 卫星"), LEAVES, widths)
def test_passages_of_anything_are_sound(summary, body, leaves, width):
    plain = [re.sub("[\ud800-\udfff]", "", text) for text in (summary, body)]
    assert_sound(Article("i", summary=plain[0], body=plain[1]), leaves, width)


@QUICK
@given(texts, st.one_of(WORD, RUN), widths)
def test_spans_of_one_word_fold_to_it(body, piece, width):
    leaves = (Phrase((piece,)),)
    article = Article("i", title=body, body=body + "x")
    marks = [
        (article.title[start:end])
        for start, end in Excerpts(leaves).title_spans([article.title])[0]
    ]
    for snippet in Excerpts(leaves, width).passages([article])[0]:
        # A word wider than the width is the only one ever shown in part.
        marks += [snippet.text[s:e] for s, e in snippet.spans if (s, e) != (0, len(snippet.text))]
    for text in marks:
        if isinstance(piece, Run):
            assert set(fold(text)) <= set(piece.characters)
        else:
            wanted = next(phrase_terms((piece,)))
            cutter = Tokenizer(chinese_words=False)
            read = (*cutter.tokens(text), *cutter.tokens("1" + text))  # 1bn is read as a billion
            assert wanted in {token.term for token in read}


@QUICK
@given(texts, LEAVES)
def test_what_is_lit_is_shown(body, leaves):
    """An article whose body is lit has a snippet with a span."""
    article = Article("i", body=body + "x")
    if light(article.body, leaves, "body"):
        assert any(snippet.spans for snippet in Excerpts(leaves).passages([article])[0])


@QUICK
@given(ascii_texts)
def test_sentences_of_ascii_end_where_those_of_other_text_do(text):
    ascii_ends, other_ends = (
        list(ends_between(text + more, 0, len(text))) for more in ("\nx", "\né")
    )
    assert ascii_ends == other_ends


@QUICK
@given(st.one_of(texts, any_text))
def test_sentences_are_in_order_and_cover_all_that_is_no_space(text):
    at = 0
    for start, end in sentences(text):
        assert at <= start < end <= len(text)
        assert text[at:start].strip() == ""
        assert text[start:end].strip() == text[start:end]
        at = end
    assert text[at:].strip() == ""


@QUICK
@given(st.one_of(texts, any_text))
def test_columns_add_up(text):
    place = columns(text)
    assert [place[at] for at in range(len(text) + 1)] == [
        display_width(text[:at]) for at in range(len(text) + 1)
    ]


@QUICK
@given(st.lists(texts, min_size=6, max_size=12).map("".join), LEAVES, widths)
def test_columns_counted_around_a_match_are_enough(body, leaves, width):
    article = Article("i", body=body + "卫 x")
    around = Excerpts(leaves, width).passages([article])[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.snippets.fields._SHORT", 10**9)
        patch.setattr(Field, "columns", lambda field, *_: (columns(field.text), 0))
        assert around == Excerpts(leaves, width).passages([article])[0]


@QUICK
@given(st.lists(texts, min_size=6, max_size=12).map("".join), LEAF, widths)
def test_where_one_leaf_is_looked_for_its_first_places_are_enough(body, leaf, width):
    western = body.encode("latin-1", "ignore").decode("latin-1")
    article = Article("i", body=western + "x")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.snippets.fields._BEGINNING", 20)
        first = Excerpts((leaf,), width).passages([article])[0]
        patch.setattr("search.snippets.fields._BEGINNING", 10**9)
        assert first == Excerpts((leaf,), width).passages([article])[0]


SIGNS = st.text(
    st.sampled_from('ab卫星1 ,\n\u3000é’:-，。…（）「“”·.\u0301\u200b)"—[]\\；x_½'), max_size=14
)
ATTACHED = "\u0300-\u036f\u200b-\u200d\u2060\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef"
HAN_EDGE = (
    rf"(?<=[{HAN}，。；：、！？”」』）】》])(?=[^\s，。；：、！？…·{CLOSING}{ATTACHED}])"
    rf"|(?<=[^\s\d{OPENING}])(?=(?![{ATTACHED}])[{HAN}])"
)


@QUICK
@given(SIGNS)
def test_words_begin_and_end_where_these_patterns_say(text):
    """They take too long to compile."""
    begins = re.compile(rf"(?<=\s)(?=\S)|{HAN_EDGE}").finditer(text)
    ends = re.compile(rf"(?<=\S)(?=\s)|{HAN_EDGE}").finditer(text)
    inside = range(len(text))
    assert [at for at in inside if word_begins(text, at)] == [
        m.start() for m in begins if m.start() < len(text)
    ]
    assert [at for at in inside if word_ends(text, at)] == [
        m.start() for m in ends if m.start() < len(text)
    ]


# Lighting


@QUICK
@given(st.lists(st.one_of(texts, any_text), max_size=6), LEAVES)
def test_titles_are_lit_together_as_each_alone(titles, leaves):
    excerpts = Excerpts(leaves)
    alone = [
        merged([(start, end) for start, end, _ in light(title, leaves, "title")])
        for title in titles
    ]
    assert excerpts.title_spans(titles) == alone


def light(text, leaves, field):
    return Lights(leaves).of(field).marks(Reading(text))


@settings(max_examples=1_000, deadline=None)
@given(st.one_of(texts, any_text), LEAVES)
def test_quick_lighting_is_as_the_slow_way(text, leaves):
    quick = {(start, end, number) for start, end, number in light(text, leaves, "body")}
    assert quick == set(light_slowly(text, leaves))


@QUICK
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 6)).map(lambda p: (p[0], p[0] + p[1])))
)
def test_merged_spans_cover_the_same_and_touch_only_where_neighbours_did(spans):
    result = merged(spans)
    covered = {at for start, end in spans for at in range(start, end)}
    assert {at for start, end in result for at in range(start, end)} == covered
    assert list(result) == sorted(result)
    for (_, end), (start, _) in pairwise(result):
        assert end <= start
        assert end < start or not any(a < end < b for a, b in spans)
