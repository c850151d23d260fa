"""Which passages are chosen. In the tables ⟦ and ⟧ stand around what is lit, … where a sentence is cut."""

import pytest

from search.analysis.stemming import stem
from search.article import Article
from search.query.plan import Near, Phrase, Run, Word
from search.snippets.excerpts import Excerpts

FILLING = "Nothing of note is to be read in this sentence, which is here to be long enough. "
OTHER = "这一句里没有什么值得一读的内容，只是为了让文章长一些而已。"


def word(form, field=None):
    return Phrase((Word(form, stem(form)),), field)


def run(characters, field=None):
    return Phrase((Run(characters),), field)


def shown(article, leaves, width=160):
    return [
        (snippet.field, drawn(snippet))
        for snippet in Excerpts(leaves, width).passages([article])[0]
    ]


def drawn(snippet):
    parts, at = [], 0
    for start, end in snippet.spans:
        parts += [snippet.text[at:start], "⟦", snippet.text[start:end], "⟧"]
        at = end
    text = "".join([*parts, snippet.text[at:]])
    return "…" * snippet.cut_start + text + "…" * snippet.cut_end


def test_the_best_english_and_the_best_chinese_passage():
    article = Article(
        "i", summary=OTHER + "朝鲜发射了一颗卫星。", body=FILLING + "A satellite was launched."
    )
    assert shown(article, [word("satellite"), run("卫星")], width=60) == [
        ("summary", "…只是为了让文章长一些而已。朝鲜发射了一颗⟦卫星⟧。"),
        ("body", "…which is here to be long enough. A ⟦satellite⟧ was launched."),
    ]


def test_the_language_with_more_matches_stands_first():
    article = Article("i", summary="朝鲜发射了卫星。", body="North Korea launched a spy satellite.")
    leaves = [word("spy"), word("satellite"), run("卫星")]
    assert [field for field, _ in shown(article, leaves)] == ["body", "summary"]


def test_a_language_without_a_match_shows_how_the_article_begins():
    article = Article("i", summary=OTHER + "第二句。", body="Oil rose. " + FILLING * 3)
    assert shown(article, [], width=60) == [
        ("summary", "这一句里没有什么值得一读的内容，只是为了让文章长一些而已。"),
        ("body", "Oil rose. Nothing of note is to be read in this sentence…"),
    ]


def test_the_opening_of_a_report_is_kept_where_it_is_the_beginning():
    article = Article("i", body="NEW YORK (Reuters) - Oil rose. " + FILLING * 3)
    assert shown(article, [], width=60) == [("body", "NEW YORK (Reuters) - Oil rose.")]
    assert shown(article, [word("oil")], width=40) == [
        ("body", "⟦Oil⟧ rose. Nothing of note is to be read…")
    ]


def test_a_language_in_which_nothing_is_written_shows_nothing():
    assert [field for field, _ in shown(Article("i", summary="卫星。"), [run("卫星")])] == [
        "summary"
    ]
    assert [field for field, _ in shown(Article("i", body="Oil rose."), [run("卫星")])] == ["body"]
    assert shown(Article("i", title="Oil"), [word("oil")]) == []


def test_a_name_or_a_number_in_chinese_is_no_english():
    article = Article("i", body="iPhone。2023-11-24。苹果发布了新手机。")
    assert shown(article, [word("iphone")]) == [
        ("body", "⟦iPhone⟧。2023-11-24。苹果发布了新手机。")
    ]


def test_both_languages_of_one_field():
    article = Article("i", body="朝鲜发射卫星。North Korea launched a satellite. 日本抗议。")
    assert shown(article, [run("卫星"), word("satellite")]) == [
        ("body", "朝鲜发射⟦卫星⟧。"),
        ("body", "North Korea launched a ⟦satellite⟧."),
    ]


@pytest.mark.parametrize(
    ("body", "leaves", "passage"),
    [
        (
            "Oil fell. " + FILLING * 3 + "Oil and gas prices rose on Monday in thin trade.",
            [word("oil"), word("gas")],
            "⟦Oil⟧ and ⟦gas⟧ prices rose on Monday in thin trade.",
        ),
        (
            "Oil oil oil oil, said the man of oil to us. " + FILLING * 3 + "Oil and gas prices rose on Monday.",
            [word("oil"), word("gas")],
            "⟦Oil⟧ and ⟦gas⟧ prices rose on Monday.",
        ),
        (
            "Oil fell in New York on Monday, it was said. " + FILLING * 3 + "Oil rose in London on Tuesday.",
            [word("oil")],
            "⟦Oil⟧ fell in New York on Monday, it was said.",
        ),
        (
            "The strong. " + FILLING * 3 + "The strong the strong. " + FILLING * 3 + "The yen is the thing now.",
            [word("strong"), word("yen"), word("the")],
            "…which is here to be long enough. ⟦The⟧ ⟦yen⟧ is ⟦the⟧ thing now.",
        ),
        (
            "Prime time. A minister spoke. " + FILLING * 3 + "The prime minister spoke in the evening.",
            [Phrase((Word("prime"), Word("minister")))],
            "The ⟦prime minister⟧ spoke in the evening.",
        ),
        (
            "China grew. " + FILLING * 3 + "China and trade were on the table on Monday.",
            [Near((word("china"),), (word("trade"),), 5, ordered=False)],
            "⟦China⟧ and ⟦trade⟧ were on the table on Monday.",
        ),
        (
            "The yen is near, too. " + FILLING * 3 + "To 276.2 billion yen. It rose to 3 billion yen. Margins were strong.",
            [word("yen"), word("strong")],
            "It rose to 3 billion ⟦yen⟧. Margins were ⟦strong⟧.",
        ),
    ],
    ids=["distinct words", "not the most", "the earliest", "the rare", "a phrase", "near", "no repetitions"],
)  # fmt: skip
def test_the_passage_with_most_words_wins(body, leaves, passage):
    assert shown(Article("i", body=body), leaves, width=64) == [("body", passage)]


@pytest.mark.parametrize(
    ("summary", "leaves", "passage"),
    [
        ("發射偵察衛星。", [run("卫星")], "發射偵察⟦衛星⟧。"),
        ("香港貿發局香港，香港香港。", [run("香港")], "⟦香港⟧貿發局⟦香港⟧，⟦香港⟧⟦香港⟧。"),
        (
            "中国经济，经济中国。",
            [run("中国经济"), run("中国"), run("经济")],
            "⟦中国经济⟧，⟦经济⟧⟦中国⟧。",
        ),
        ("全角ＡＩ与5G手机。", [word("ai"), word("5g")], "全角⟦ＡＩ⟧与⟦5G⟧手机。"),
    ],
)
def test_chinese_marks(summary, leaves, passage):
    assert shown(Article("i", summary=summary), leaves) == [("summary", passage)]


def test_words_of_a_stem_are_lit_as_they_stand():
    article = Article(
        "i",
        title="Satellites’ launch: a satellite",
        body="Both satellites, said the satellite’s owner.",
    )
    assert shown(article, [word("satellite")]) == [
        ("body", "Both ⟦satellites⟧, said the ⟦satellite’s⟧ owner.")
    ]
    lit = [
        article.title[start:end]
        for start, end in Excerpts([word("satellite")]).title_spans([article.title])[0]
    ]
    assert lit == ["Satellites’"[:-1], "satellite"]


def test_titles_are_lit_for_leaves_of_the_title_or_of_no_field():
    article = Article("i", title="朝鲜衛星与oil")
    leaves = [run("卫星"), word("oil", "title"), run("朝鲜", "body")]
    assert Excerpts(leaves).title_spans([article.title])[0] == ((2, 4), (5, 8))


def test_a_field_asked_for_is_the_only_one_lit():
    article = Article("i", summary="卫星一号。", body="卫星二号。")
    assert shown(article, [run("卫星", "body")]) == [("body", "⟦卫星⟧二号。")]


def test_a_caption_is_shown_where_only_it_matches():
    article = Article("i", body=FILLING, caption="An oil rig at sea, seen from the air on Monday.")
    assert shown(article, [word("rig")]) == [
        ("caption", "An oil ⟦rig⟧ at sea, seen from the air on Monday.")
    ]


def test_100_000_matches_are_no_trouble():
    """Not timed: a loop over all pairs would not end."""
    article = Article("i", summary="油" * 100_000, body="oil price " * 100_000)
    near = Near((word("oil"),), (word("price"),), 3, ordered=False)
    (chinese, english) = Excerpts([word("oil"), near, run("油")], 20).passages([article])[0]
    assert (chinese.text, english.text) == ("oil price oil price", "油" * 10)
    assert english.spans == tuple((at, at + 1) for at in range(10))


def test_a_wide_space_takes_two_columns():
    (english,) = Excerpts([word("oil")], 7).passages([Article("i", body="oiloil oil\u3000oil x")])[
        0
    ]
    assert english.text == "oil"


@pytest.mark.parametrize("signs", ["::::", "…" * 500])
def test_a_passage_behind_many_signs(signs):
    article = Article("i", summary=signs + "0\U0001e8d7卫星升空。" + OTHER * 20)
    for width in (1, 40):
        assert Excerpts([run("卫星")], width).passages([article])[0]
        assert Excerpts([], width).passages([article])[0]
