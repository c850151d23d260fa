from datetime import datetime, timezone
from pathlib import Path

import pytest

from search.article import Article
from search.sources.reading import read
from search.sources.rejected import LayoutDrift, Rejected
from search.sources.source_file import SourceFile

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"

SITE = "真相集中营"
TITLE = "Reuters-Ministers of SKorea China Japan to meet"
META = "November 24, 2023 \u00a0 2\u00a0min \u00a0 14\u00a0words"
SUMMARY = "这次会谈标志着一次外交交流,三国领导人已有四年未举行峰会。"
STAMP = "2023-11-24T02:11:55Z"
CAPTION = "A man waves flags, May 7, 2023. REUTERS/Kim"
BODY = "The ministers will meet.\n\nThey had agreed."  # 8 + 7 = 15 words with the caption, less one


def page(*parts: str) -> str:
    return "\n\n".join(parts)


def full_page(**changes: str) -> str:
    parts = {
        "site": SITE, "title": TITLE, "meta": META.replace("14", "15"), "summary": SUMMARY,
        "stamp": f"{STAMP}\n{CAPTION}", "body": BODY,
    } | changes  # fmt: skip
    return page(*(part for part in parts.values() if part))


def shape(article: Article) -> tuple[str, ...]:
    return (article.source, article.title, article.summary, article.caption, article.body)


EXPECTED = ("Reuters", "Ministers of SKorea China Japan to meet", SUMMARY, CAPTION, BODY)


def test_the_archives_own_page_is_read_as_it_stands():
    path = SHARED / "example-page.txt"
    if not path.exists():
        pytest.skip("the archive's example page is not beside this checkout")
    (article,) = read(SourceFile(str(path.parent), str(path), path.name))
    assert isinstance(article, Article)
    assert article.source == "Reuters"
    assert article.title == "Foreign ministers of SKorea China Japan to discuss trilateral summit"
    assert article.published == datetime(2023, 11, 24, 2, 11, 55, tzinfo=timezone.utc)
    assert article.precision == "second"
    assert article.caption.startswith("A member of a conservative civic group")
    assert article.caption.endswith("File Photo")
    assert article.body.startswith("The foreign ministers of South Korea")
    assert article.body.count("\n\n") == 7
    assert article.summary == path.read_text(encoding="utf-8").split("\n")[6]
    assert len(f"{article.caption} {article.body}".split()) == 294


def test_a_full_page_has_every_piece_in_its_place(desk):
    article = desk.read_one("2023/a.txt", full_page())
    assert shape(article) == EXPECTED
    assert article.published == datetime(2023, 11, 24, 2, 11, 55, tzinfo=timezone.utc)
    assert article.id == "2023/a.txt"
    assert article.root == str(desk.folder)
    assert article.path == str(desk.folder / "2023/a.txt")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"summary": ""}, {2: ""}),
        ({"summary": f"{SUMMARY}\n\n{SUMMARY}"}, {2: f"{SUMMARY}\n\n{SUMMARY}"}),
        ({"summary": "", "body": f"{BODY}\n\n{SUMMARY}"}, {}),
        ({"site": ""}, {}),
        ({"site": "", "body": f"{BODY}\n\n{SITE}"}, {}),
        ({"body": f"{BODY}\n\n{SITE}"}, {}),
        ({"site": "Another Site"}, {}),
        ({"title": "Night trains return"}, {0: "", 1: "Night trains return"}),
        ({"stamp": STAMP, "body": f"{BODY}\n\n{CAPTION}"}, {}),
        ({"stamp": f"{STAMP}\n{CAPTION}\n{CAPTION}", "meta": ""}, {3: f"{CAPTION}\n{CAPTION}"}),
        ({"stamp": f"{STAMP}\n\n{STAMP}\n{CAPTION}"}, {}),
        ({"body": f"{BODY}\n\nRead more\n\nShare Facebook Twitter\n\nAdvertisement"}, {}),
        ({"meta": "2023年11月24日 \u00a0 约 2 分钟 \u00a0 15 字"}, {}),
        ({"meta": "November 24, 2023 · 2 min read · 15 words"}, {}),
        ({"meta": "November 24, 2023"}, {}),
        ({"meta": ""}, {}),
    ],
)  # fmt: skip
def test_variants_give_the_same_article_but_for_what_is_missing(desk, changes, expected):
    article = desk.read_one("a.txt", full_page(**changes))
    assert shape(article) == tuple(expected.get(at, part) for at, part in enumerate(EXPECTED))
    assert article.published == datetime(2023, 11, 24, 2, 11, 55, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n\n", "\n\u3000\n\u3000\u3000"),
        lambda text: f"\n\n{text}\n\n\n",
    ],
    ids=["CRLF", "CR", "BOM", "ideographic spaces", "blank lines"],
)
def test_white_space_of_the_file_is_no_part_of_the_text(desk, change):
    assert shape(desk.read_one("a.txt", change(full_page()))) == EXPECTED


def test_utf_16_is_known_by_its_byte_order_mark(desk):
    assert shape(desk.read_one("a.txt", full_page().encode("utf-16"))) == EXPECTED


def test_without_a_timestamp_the_day_of_the_page_counts(desk):
    article = desk.read_one("a.txt", full_page(stamp=CAPTION))
    assert shape(article) == EXPECTED
    assert article.published == datetime(2023, 11, 24, tzinfo=timezone.utc)
    assert article.precision == "day"


def test_without_a_blank_line_the_first_line_under_the_timestamp_is_the_caption(desk):
    article = desk.read_one("a.txt", full_page().replace("\n\n", "\n"))
    assert shape(article) == EXPECTED


def test_text_directly_under_the_timestamp_with_nothing_else_is_the_body(desk):
    article = desk.read_one("a.txt", page(SITE, TITLE, f"{STAMP}\nThe ministers met."))
    assert (article.caption, article.body) == ("", "The ministers met.")


def test_a_chinese_page_is_parted_by_its_count(desk):
    text = page(
        SITE, "远山-泥哨", "March 3, 2024   1 min   2 words", "摘要。", "正文一。", "正文二。"
    )
    article = desk.read_one("a.txt", text)
    assert (article.summary, article.body) == ("摘要。", "正文一。\n\n正文二。")


@pytest.mark.parametrize("between", [f"{SITE}\n\n", f"{SITE}\n\n{SITE}\n\n", ""])
def test_two_pages_in_one_file_are_two_articles(desk, between):
    second = full_page(site="", title="AFP-Another day")
    first, other = desk.read("a.txt", f"{full_page()}\n\n{between}{second}")
    assert shape(first) == EXPECTED
    assert shape(other) == ("AFP", "Another day", *EXPECTED[2:])
    assert (first.id, other.id) == ("a.txt#1", "a.txt#2")


def test_a_wrong_count_of_words_is_told_with_both_numbers(desk):
    article, drift = desk.read("a.txt", full_page(meta=META.replace("14", "1,400")))
    assert shape(article) == EXPECTED
    assert isinstance(drift, LayoutDrift)
    assert "1400 words" in drift.message
    assert "15 were found" in drift.message
    assert drift.line == 3  # of the title


@pytest.mark.parametrize(("day", "drifts"), [("23", 0), ("25", 0), ("22", 1), ("26", 1)])
def test_a_page_date_more_than_a_day_off_is_told(desk, day, drifts):
    meta = META.replace("14", "15").replace("24", day)
    values = desk.read("a.txt", full_page(meta=meta))
    assert len(values) == 1 + drifts
    assert values[0].published.day == 24


def test_an_impossible_timestamp_leaves_the_day_of_the_page(desk):
    stamp = f"2023-02-30T02:11:55Z\n{CAPTION}"
    article, drift = desk.read("a.txt", full_page(stamp=stamp))
    assert (article.published.day, article.precision) == (24, "day")
    assert "2023-02-30" in drift.message


def test_an_impossible_timestamp_and_no_other_date_is_rejected(desk):
    value = desk.read_one("a.txt", full_page(stamp="2023-02-30T02:11:55Z", meta=""))
    assert isinstance(value, Rejected)
    assert (value.line, "2023-02-30" in value.reason) == (3, True)


def test_a_text_without_any_mark_is_a_title_and_a_body(desk):
    article = desk.read_one("a.txt", "\nA walk to the sea\n\nFirst.\nStill first.\n\nShare Tweet\n")
    assert article.title == "A walk to the sea"
    assert article.body == "First.\nStill first.\n\nShare Tweet"
    assert article.published is None


@pytest.mark.parametrize("content", ["", "\n \u3000\n", "\ufeff"])
def test_an_empty_file_is_rejected(desk, content):
    value = desk.read_one("a.txt", content)
    assert isinstance(value, Rejected)
    assert (value.line, "empty" in value.reason) == (0, True)


def test_a_page_without_text_is_rejected_and_the_next_one_is_read(desk):
    rejected, article = desk.read("a.txt", f"{STAMP}\n\n{full_page()}")
    assert isinstance(rejected, Rejected)
    assert (rejected.line, "no text" in rejected.reason) == (1, True)
    assert article.title == EXPECTED[1]
