import json

import pytest

from search.article import Article
from search.sources.rejected import LayoutDrift, Rejected

GOOD = {"title": "A", "body": "text", "date": "2023-11-24T02:11:55Z"}
GOOD_LINE = json.dumps(GOOD)
DEEP = "[" * 100_000 + "]" * 100_000


def kinds(values):
    return [type(value).__name__ for value in values]


# JSONL


def test_jsonl_takes_the_url_then_the_id_then_the_place_as_identity(desk):
    records = [
        {"title": "A", "id": 7, "url": "https://x.org/a"},
        {"title": "B", "id": 7},
        {"title": "C"},
    ]
    text = "\n\n".join(json.dumps(record) for record in records)
    assert [a.id for a in desk.read("f/n.jsonl", text)] == ["https://x.org/a", "7", "f/n.jsonl#3"]


@pytest.mark.parametrize(
    ("line", "part_of_reason"),
    [
        ('{"title": "A", "body": "tex', "not whole JSON"),
        ("[1, 2]", "is a list"),
        ('"title"', "is a str"),
        ("null", "is a NoneType"),
        ('{"author": "A"}', "holds no text"),
        ('{"title": ""}', "holds no text"),
        ('{"title": "A", "date": "soon"}', "'soon' is not a date"),
        ('{"title": "A", "date": 1e300}', "no moment"),
        ('{"title": "A", "date": NaN}', "no moment"),
        ('{"title": {"a": 1}}', "title is a dict"),
        ('{"title": "A\\ud800"}', "lone surrogate"),
        ('{"title": "A", "tags": ["\\ud800"]}', "lone surrogate"),
        ('{"id": "\\ud800"}', "holds no text"),
        ('{"title": "A", "date": ' + "9" * 5000 + "}", "cannot be held"),
        ('{"title": ' + DEEP + "}", "nested too deeply"),
        ("a\0b", "NUL"),
    ],
    ids=range(16),
)
def test_a_bad_record_is_rejected_with_its_line_and_the_rest_goes_on(desk, line, part_of_reason):
    values = desk.read("n.jsonl", f"{GOOD_LINE}\n{line}\n{GOOD_LINE}\n")
    assert kinds(values) == ["Article", "Rejected", "Article"]
    assert values[1].line == 2
    assert part_of_reason in values[1].reason
    assert len(values[1].reason) < 600
    values[1].reason.encode("utf-8")


def test_bytes_that_are_no_utf_8_cost_their_line_only(desk):
    data = '{"title": "外长会谈"}\n'.encode() + b'{"title": "\xff\xff"}\n' + GOOD_LINE.encode()
    values = desk.read("n.jsonl", data)
    assert kinds(values) == ["Article", "Rejected", "Article"]


def test_jsonl_in_gb18030(desk):
    line = '{"title": "外长会谈", "body": "这次会谈为重启合作关系提供了契机"}\n'
    assert [a.title for a in desk.read("n.jsonl", (line * 2).encode("gb18030"))] == ["外长会谈"] * 2


@pytest.mark.parametrize("name", ["n.jsonl", "n.json", "n.csv", "n.md", "n.txt"])
def test_an_empty_file_is_rejected_once(desk, name):
    value = desk.read_one(name, "")
    assert isinstance(value, Rejected)
    assert value.line == 0


def test_names_of_fields_can_be_told_and_spelled_in_the_usual_ways(desk):
    line = '{"Ueberschrift": "A", "Text": "B"}'
    article = desk.read_one("n.jsonl", line, names={"title": ["Ueberschrift"], "body": ["text"]})
    assert (article.title, article.body) == ("A", "B")
    article = desk.read_one("n.jsonl", '{"Title": "A", "publishedAt": "2023-11-24", "title": "B"}')
    assert (article.title, article.precision) == ("B", "day")


# JSON


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (GOOD_LINE, ["n.json"]),
        (json.dumps(GOOD, indent=2), ["n.json"]),
        (f"[{GOOD_LINE}]", ["n.json#1"]),
        (json.dumps([GOOD, GOOD], indent=2), ["n.json#1", "n.json#2"]),
        (f'{{"articles": [{GOOD_LINE}, {GOOD_LINE}]}}', ["n.json#1", "n.json#2"]),
        (f'{{"title": "Feed", "n": {{"a": []}}, "items": [{GOOD_LINE}]}}', ["n.json#1"]),
        (f"{GOOD_LINE}\n{GOOD_LINE}\n", ["n.json#1", "n.json#2"]),
    ],
    ids=["object", "indented", "list of one", "list", "articles", "items", "lines"],
)
def test_shapes_of_json(desk, text, ids):
    values = desk.read("n.json", text)
    assert [value.id for value in values] == ids
    assert all((value.title, value.body) == ("A", "text") for value in values)


@pytest.mark.parametrize(
    "element",
    [
        "null",
        "7",
        "9" * 5000,
        DEEP,
        '{"a": "]}", "b": ' + "9" * 5000 + "}",
        '{"author": "A"}',
        '"]"',
    ],
    ids=["null", "number", "huge number", "deep", "huge in an object", "no text", "string"],
)
def test_a_bad_element_costs_itself_only(desk, element):
    values = desk.read("n.json", f"[\n{GOOD_LINE},\n{element},\n{GOOD_LINE}\n]")
    assert kinds(values) == ["Article", "Rejected", "Article"]
    assert values[1].line == 3
    assert [values[0].id, values[2].id] == ["n.json#1", "n.json#3"]


@pytest.mark.parametrize("end", ["", ",", ',\n{"title": "B"', ',\n{"title": "B\\', "}"])
def test_a_list_that_breaks_off_gives_what_stands_before(desk, end):
    values = desk.read("n.json", f"[{GOOD_LINE}{end}")
    assert isinstance(values[0], Article)
    assert {type(value) for value in values[1:]} == {Rejected}
    assert "breaks off" in values[-1].reason


@pytest.mark.parametrize("text", ["[]", '{"articles": []}', "{", "nonsense", DEEP, "{} {}"])
def test_json_without_articles_is_rejected(desk, text):
    assert set(kinds(desk.read("n.json", text))) == {"Rejected"}


# CSV


def test_csv_rows_are_articles_and_quotes_may_hold_lines(desk):
    text = 'Title,Body,Pub Date,Link\nA,"one, ""two""\nthree",2023-11-24,\nB,b,,https://x.org/b\n'
    first, second = desk.read("n.csv", text)
    assert (first.title, first.body, first.precision) == ("A", 'one, "two"\nthree', "day")
    assert (first.id, second.id) == ("n.csv#1", "https://x.org/b")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(desk, delimiter):
    text = delimiter.join(["title", "body"]) + "\r\n" + delimiter.join(["A", "b"]) + "\r\n\r\n"
    article = desk.read_one("n.csv", text)
    assert (article.title, article.body) == ("A", "b")


def test_a_field_may_be_huge(desk):
    body = "word " * 200_000
    assert desk.read_one("n.tsv", f"title\tbody\nA\t{body}\n").body == body


def test_a_bad_row_costs_itself_only(desk):
    text = 'title,body,date\nA,a,2023\nB,b,2023,too much\nC,c,soon\n"D"d,d,2023\nE,e,2023\n'
    values = desk.read("n.csv", text)
    assert kinds(values) == ["Article", "Rejected", "Rejected", "Rejected", "Article"]
    assert [value.line for value in values[1:4]] == [3, 4, 5]
    assert values[4].id == "n.csv#5"


def test_a_row_in_no_encoding_costs_itself_only(desk):
    values = desk.read("n.csv", "title,body\n外长,会谈\n".encode() + b"\xff,\xff\nC,c\n")
    assert kinds(values) == ["Article", "Rejected", "Article"]
    assert values[1].line == 3


def test_a_quote_that_does_not_close_is_told(desk):
    values = desk.read("n.csv", 'title,body\nA,a\nB,"b\nC,c\n')
    assert kinds(values) == ["Article", "Rejected"]
    assert values[1].line == 3


def test_a_short_row_is_read_and_told(desk):
    article, drift = desk.read("n.csv", "title,body,url\nA,a\n")
    assert article.body == "a"
    assert isinstance(drift, LayoutDrift)
    assert "2 of 3" in drift.message


def test_a_table_without_a_header_is_rejected_once(desk):
    value = desk.read_one("n.csv", "A,a\nB,b\n")
    assert (value.line, "add a header" in value.reason) == (0, True)
