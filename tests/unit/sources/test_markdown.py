from datetime import datetime, timezone

import pytest

from search.sources.rejected import Rejected

MOMENT = datetime(2023, 11, 24, 2, 11, 55, tzinfo=timezone.utc)
DAY = datetime(2023, 11, 24, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: A\ndate: 2023-11-24T02:11:55Z\ntags: [x, y]\n---\n\nBody *here*.\n",
        "---\r\ntitle: A\r\ndate: 2023-11-24 10:11:55 +0800\r\ntags:\r\n - x\r\n - y\r\n...\r\nBody *here*.",
        '+++\ntitle = "A"\ndate = 2023-11-24T02:11:55Z\ntags = ["x", "y"]\n+++\nBody *here*.\n',
        '{\n "title": "A",\n "date": "2023-11-24T02:11:55Z",\n "tags": ["x", "y"]\n}\nBody *here*.\n',
        "\ufeff---\ntitle: A\ndate: Fri, 24 Nov 2023 02:11:55 GMT\ncategories: x, y\n---\nBody *here*.\n",
    ],
    ids=["YAML", "YAML, CRLF", "TOML", "JSON", "BOM"],
)
def test_front_matter_of_all_kinds_gives_the_same_article(desk, text):
    article = desk.read_one("posts/a.md", text)
    assert (article.title, article.body) == ("A", "Body *here*.")
    assert (article.published, article.precision) == (MOMENT, "second")
    assert article.tags == ("x", "y")
    assert article.id == "posts/a.md"


@pytest.mark.parametrize(
    ("date", "published", "precision"),
    [
        ("2023-11-24", DAY, "day"),
        ("2023-11-24 02:11:55", MOMENT, "second"),
        ("November 24, 2023", DAY, "day"),
        ("2023-11-24T10:11:55+08:00", MOMENT, "second"),
        ("1700791915", MOMENT, "second"),
    ],
)
def test_dates_as_yaml_gives_them(desk, date, published, precision):
    article = desk.read_one("a.md", f"---\ntitle: A\ndate: {date}\n---\n")
    assert (article.published, article.precision) == (published, precision)


def test_the_body_is_verbatim(desk):
    body = "# Head\n\n    code\n---\n\n* a\n\t* b  \n<b>x</b>"
    assert desk.read_one("a.md", f"---\ntitle: A\n---\n{body}\n").body == body


def test_a_first_heading_is_the_title_where_there_is_none(desk):
    assert desk.read_one("a.md", "\n# The Head #\n\nText\n").title == "The Head"
    assert desk.read_one("a.md", "---\ntitle: A\n---\n# The Head\n").title == "A"
    assert desk.read_one("a.md", "---\ntags: [x]\n---\n# The Head\n").title == "The Head"
    assert desk.read_one("a.md", "#hashtag on top\n").title == ""
    assert desk.read_one("a.md", "Text\n\n# Later\n").title == ""


def test_a_jekyll_name_gives_the_day_when_nothing_else_does(desk):
    assert desk.read_one("x/2023-11-24-a-day.md", "Text").published == DAY
    assert (
        desk.read_one("2023-11-24-a.md", "---\ndate: 2020-01-02\n---\nText").published.year == 2020
    )
    assert desk.read_one("2023-99-24-a.md", "Text").published is None


def test_a_title_that_yaml_takes_for_a_date_is_text(desk):
    assert desk.read_one("a.md", "---\ntitle: 2023-11-24\n---\nText").title == "2023-11-24"


@pytest.mark.parametrize(
    "text",
    ["---\n\nText between rulers\n\n---\nMore\n", "---\n\nA ruler on top\n", "{{ template }}\n"],
)
def test_what_only_looks_like_front_matter_is_body(desk, text):
    assert desk.read_one("a.md", text).body == text.strip("\n")


def bomb(first: str, more: str) -> str:
    lines = [f"a0: &a0 {first}"]
    for n in range(1, 12):
        aliases = ", ".join([f"*a{n - 1}"] * 9)
        lines.append(f"a{n}: &a{n} " + more.replace("?", aliases))
    return "---\n" + "\n".join(lines) + "\ntags: *a11\n---\nText\n"


@pytest.mark.parametrize(
    ("text", "part_of_reason"),
    [
        ("---\ntitle: A\n", "not closed"),
        ("---\ntitle: [A\n---\nText", "in line"),
        ("---\n- a\n- b\n---\nText", "is a list"),
        ("---\ntitle: A\ndate: 2023-02-30\n---\nText", "cannot be read"),
        ("---\ntitle: A\ndate: soon\n---\nText", "'soon'"),
        ("---\ntitle: !!bool maybe\n---\nText", "cannot be read"),
        ("---\ntitle: !!timestamp maybe\n---\nText", "cannot be read"),
        ("---\ntitle: !!python/object:os.system x\n---\nText", "not YAML"),
        ("---\ntitle: 0x" + "f" * 5000 + "\n---\nText", "cannot be held"),
        ("---\ntitle: " + "[" * 50_000 + "]" * 50_000 + "\n---\nText", "nests too deeply"),
        ("---\ndate: 0001-01-01T00:00:00+23:00\n---\nText", "cannot be"),
        ("+++\ntitle = A\n+++\nText", "not TOML"),
        ("+++\ntitle = 'A'\n", "not closed"),
        ('{"title": "A"\nText', "not whole JSON"),
        (bomb("[x]", "[?]"), "repeats itself"),
        (bomb("{x: y}", "{<<: [?]}"), "repeats itself"),
    ],
    ids=range(16),
)
def test_front_matter_that_cannot_be_read_is_rejected(desk, text, part_of_reason):
    value = desk.read_one("a.md", text)
    assert isinstance(value, Rejected)
    assert part_of_reason in value.reason


def test_a_few_aliases_are_fine(desk):
    assert desk.read_one("a.md", "---\ntitle: &t A\nsummary: *t\n---\nText").summary == "A"
