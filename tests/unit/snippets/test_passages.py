"""Where passages are cut. In the tables [ and ] stand around the match, | around the passage."""

import pytest

from search.marking import columns, display_width
from search.snippets.passages import Cutter, Passage

ENGLISH = (
    "The group said on Monday, in a statement, that the Japanese brands are also up against a strong yen and "
    "bumps in China, where growth has slowed, and that it would close two plants in Europe by the end of next year."
)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("|Oil [rose].|", 40),
        ("|Oil [rose]. It fell.|", 40),
        ("|Oil [rose].| It fell a little later on in the day.", 18),
        ("|Oil [rose] a little on Monday.|\nIt fell later.", 50),
        ("|Oil [rose].\nIt fell a little later in the day.|\nIt rose.", 50),
        ("It fell a little. |Oil [rose] on Monday.|", 24),
        ("|It fell a little. Oil [rose].|", 40),
        ("One two three four five six, |and seven eight. Oil [rose].|", 40),
        ("|One two three [four] five six| seven eight nine ten", 30),
        ("|One two [three], four, five, six seven eight|, nine ten eleven", 48),
        ("|One two [three] four five six seven|, eightnineteneleventwelve", 40),
        ("|One two [three]| fourfivesixseveneight nine", 30),
        ("|我们[发射]卫星|，日本抗议，美国不说话。", 13),
        ("|我们[发射]卫星，日本抗议|，美国不说话。", 26),
        ("一二三四五六七八九十，|一二三四[发射]五六七八九十一二三|四五六七八九十", 30),
        ("我们说：|“朝鲜[发射]了。”|然后走了好远好远好远好远。", 20),
        ("……  |[oil] rose on Monday|, they said to us in the evening", 24),
        ("|说,这[里]用半角逗号|,那里也是一样的没有区别", 22),
    ],
)  # fmt: skip
def test_cuts(text, width):
    assert cut(text.replace("|", ""), width) == text


@pytest.mark.parametrize("width", range(1, 200, 7))
@pytest.mark.parametrize("word", ["Monday", "Japanese", "strong", "China", "Europe", "year"])
def test_no_width_and_no_word_makes_a_bad_cut(width, word):
    start = ENGLISH.index(word)
    match = (start, start + len(word))
    passage = Cutter(ENGLISH, columns(ENGLISH), (0, len(ENGLISH)), width).around(match)
    text = ENGLISH[passage.start : passage.end]
    assert word in text or width < len(word)
    assert display_width(text) <= max(width, len(word))
    assert text[-1] not in ",;: " or not passage.cut_end
    assert text[0] not in ",.;: "
    assert ENGLISH[passage.start - 1 : passage.start] in ("", " ")
    assert (passage.end == len(ENGLISH)) != passage.cut_end
    assert display_width(text) > width * 0.6 or width < 30


def test_the_width_is_used_where_a_clause_ends_early():
    start = ENGLISH.index("yen")
    passage = Cutter(ENGLISH, columns(ENGLISH), (0, len(ENGLISH)), 120).around((start, start + 3))
    assert ENGLISH[passage.start : passage.end] == (
        "brands are also up against a strong yen and bumps in China, where growth has slowed"
    )


def test_other_matches_are_not_cut_in_two():
    text = "One two three four five prime minister six seven eight nine"
    first, later = (text.index("two"), text.index("two") + 3), (24, 38)
    cutter = Cutter(text, columns(text), (0, len(text)), 30)
    assert text[slice(*span(cutter.around(first)))] == "One two three four five prime"
    assert text[slice(*span(cutter.around(first, [later])))] == "One two three four five"


def test_a_word_wider_than_the_width_is_shown_whole_unless_endless():
    text = "a incomprehensibilities z"
    cutter = Cutter(text, columns(text), (0, len(text)), 10)
    assert text[slice(*span(cutter.around((2, 23))))] == "incomprehensibilities"
    text = "a " + "x" * 1_000 + " z"
    cutter = Cutter(text, columns(text), (0, len(text)), 10)
    assert text[slice(*span(cutter.around((2, 1_002))))] == "x" * 40


def test_a_phrase_wider_than_the_width_is_cut_between_words():
    text = "the prime minister of the united kingdom"
    cutter = Cutter(text, columns(text), (0, len(text)), 20)
    assert cutter.around((0, len(text))) == Passage(0, 18, cut_start=False, cut_end=True)


def test_marks_upon_letters_stay_with_them():
    text = "卫e\u0301e\u0301e\u0301e\u0301 oil" + "e\u0301" * 30
    start = text.index("oil")
    for width in range(3, 12):
        passage = Cutter(text, columns(text), (0, len(text)), width).around((start, start + 3))
        assert text[passage.start] != "\u0301"
        assert text[passage.end : passage.end + 1] != "\u0301"


def cut(text, width):
    start, end = text.index("["), text.index("]") - 1
    bare = text.replace("[", "").replace("]", "")
    passage = Cutter(bare, columns(bare), (0, len(bare)), width).around((start, end))
    places = {start: "[", end: "]"}
    return "".join(
        ("|" if at == passage.start else "")
        + (places.get(at, "") if at == start else "")
        + (places.get(at, "") if at == end else "")
        + ("|" if at == passage.end else "")
        + bare[at : at + 1]
        for at in range(len(bare) + 1)
    )


def span(passage):
    return passage.start, passage.end
