"""`duowen search`, bare `duowen QUERY`, `duowen show` and `duowen stats`."""

import json
import unicodedata

import pytest

from tests.cli.desk import write_lines

HIT = [
    "rank",
    "id",
    "score",
    "title",
    "title_spans",
    "source",
    "published",
    "url",
    "path",
    "snippets",
]
HOSTILE = (
    "\x1b[31mred\x1b]0;owned\x07 \x9b2J \u202eevil\u2066 <script>alert(1)</script> a\rb\x08c\x7f"
)


@pytest.fixture
def news(run, desk):
    write_lines(
        desk / "news.jsonl",
        {"id": "n1", "title": "Spy satellite launched", "source": "Reuters", "date": "2023-11-22",
         "url": "", "summary": "朝鲜发射了一颗卫星。", "body": "The launch was seen from afar."},
        {"id": "n2", "title": "Trade talks with China", "source": "AFP", "date": "2023-11-24T02:11:55Z",
         "body": "Trade was the subject. A satellite was not."},
        {"id": "n3", "title": "Trade talks with Chile", "source": "AFP", "body": "Trade once more."},
        {"id": "n4", "title": "How the hash was broken", "body": "-n 5 and -hello are words here."},
    )  # fmt: skip
    assert run("index", "news.jsonl").code == 0
    return desk / "news.jsonl"


def ids(outcome):
    assert outcome.code == (0 if outcome.json["total"] else 1)
    assert outcome.err == ""
    return [hit["id"] for hit in outcome.json["hits"]]


def test_json_has_exactly_the_promised_shape(run, news):
    outcome = run("search", "satellite 卫星", "--json")
    assert (outcome.code, outcome.err, outcome.out.count("\n")) == (0, "", 1)
    assert list(outcome.json) == [
        "schema_version", "query", "total", "took_ms", "generation", "warnings", "hits",
    ]  # fmt: skip
    assert outcome.json["schema_version"] == 1
    assert outcome.json["query"] == "satellite 卫星"
    assert outcome.json["warnings"] == []
    assert outcome.json["took_ms"] > 0
    (hit,) = outcome.json["hits"]
    assert list(hit) == HIT
    assert hit | {"score": 0, "snippets": []} == {
        "rank": 1, "id": "n1", "score": 0, "title": "Spy satellite launched", "title_spans": [[4, 13]],
        "source": "Reuters", "published": "2023-11-22", "url": "", "path": str(news), "snippets": [],
    }  # fmt: skip
    for snippet in hit["snippets"]:
        assert list(snippet) == ["field", "text", "spans", "html"]
    summary = next(one for one in hit["snippets"] if one["field"] == "summary")
    assert [summary["text"][start:end] for start, end in summary["spans"]] == ["卫星"]
    assert summary["html"] == "朝鲜发射了一颗<mark>卫星</mark>。"
    assert "卫星" in outcome.out  # UTF-8, not escapes


def test_json_of_nothing_found_is_whole_and_ends_with_one(run, news):
    outcome = run("search", "zeppelin", "--json")
    assert (outcome.code, outcome.json["total"], outcome.json["hits"]) == (1, 0, [])


def test_words_that_are_no_command_are_a_query(run, news):
    expected = ids(run("search", "trade", "talks", "--json"))
    assert sorted(expected) == ["n2", "n3"]
    for words in (
        ["trade", "talks", "--json"],
        ["--json", "trade", "talks"],
        ["trade talks", "--json"],
    ):
        assert ids(run(*words)) == expected


def test_a_command_can_be_searched_for(run, news):
    assert run("search", "show").code == 1
    assert run("--", "show").code == 1
    assert ids(run("search", "trade", "--json", "-n", "1")) == ids(run("--json", "-n1", "trade"))


def test_a_page_for_people(run, news):
    outcome = run("search", "satellite", "-n", "1")
    assert (outcome.code, outcome.err) == (0, "")
    assert "\x1b" not in outcome.out
    assert outcome.out.splitlines()[0] == "Spy satellite launched"
    assert "Reuters · 2023-11-22 · n1" in outcome.out
    assert "朝鲜发射了一颗卫星。" in outcome.out
    assert "1-1 of 2 articles" in outcome.out


def test_nothing_found_is_said_on_stderr_only(run, news):
    outcome = run("search", "zeppelin")
    assert (outcome.code, outcome.out) == (1, "")
    why, nothing = outcome.err.splitlines()
    assert "No article holds “zeppelin”" in why
    assert "“zeppelin”" in nothing


def test_words_that_no_article_has_together(run, desk):
    write_lines(desk / "a.jsonl", {"title": "Bridge opens"}, {"title": "Tram stops"})
    run("index", "a.jsonl")
    why, _ = run("search", "bridge tram").err.splitlines()
    assert "--match any" in why
    assert len(run("search", "bridge tram", "--match", "any", "--json").json["hits"]) == 2


def test_an_empty_query_finds_nothing(run, news):
    assert run("search", "").code == run("").code == run("   ").code == 1


def test_pages_and_limits(run, news):
    whole = ids(run("trade OR satellite", "--json"))
    pages = [
        i for n in range(4) for i in ids(run("trade OR satellite", "--json", "-n1", "--offset", n))
    ]
    assert pages == whole
    none = run("trade", "--limit", "0")
    assert (none.code, none.out) == (0, "")
    assert "2 articles found, none on this page" in none.sentence


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["trade", "--source", "afp"], {"n2", "n3"}),
        (["satellite", "--source", "afp", "--source", "reuters"], {"n1", "n2"}),
        (["satellite", "--since", "2023-11-23"], {"n2"}),
        (["satellite", "--until=2023-11-22"], {"n1"}),
        (["satellite", "--until", "2023-11"], {"n1", "n2"}),
        (["satellite 卫星", "--match", "any"], {"n1", "n2"}),
        (["satellite source:afp"], {"n2"}),
        (["卫星", "since:2023-11"], {"n1"}),
        (["trade", "-china"], {"n3"}),
        (["-china", "trade"], {"n3"}),
        (["trade", "-china", "-n", "3", "-chile"], set()),
        (["trade", "-source:afp"], set()),
        (['"trade talks"', "-china"], {"n3"}),
        (['"trade talks" -china'], {"n3"}),
        (["--", "-china", "trade"], {"n3"}),
        (["trade", "--", "-china"], {"n3"}),
        (["hash", "-china"], {"n4"}),  # -h and -n are options, but not inside of a word
        (["broken", "-hello"], set()),
        (["broken", "-卫星"], {"n4"}),
        (["broken", "-", "--source="], {"n4"}),
    ],
)
def test_what_a_reader_types_is_what_is_searched(run, news, words, expected):
    for command in ([], ["search"]):
        assert set(ids(run(*command, "--json", *words))) == expected


def test_a_query_may_begin_with_two_hyphens_behind_a_separator(run, news):
    assert ids(run("--json", "--", "--broken")) == ids(run("search", "--json", "--", "--broken"))
    assert run("search", "--json", "--", "--broken").json["query"] == "--broken"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["trade", "--limt", "3"], "No such option"),
        (["--bogus"], "No such option"),
        (["trade", "--limit", "-1"], "write a whole number from 0 on"),
        (["trade", "-n", "-1"], "write a whole number from 0 on"),
        (["trade", "-n", "x"], "'x' is none; write a whole number from 0 on."),
        (["trade", "--offset", "-1"], "'-1' is none; write a whole number from 0 on."),
        (["rollback", "²"], "'²' is none; write a whole number from 0 on."),
        (["trade", "--sort", "best"], "'best' is not one of"),
        (["trade", "--match", "some"], "'some' is not one of"),
        (["trade", "--since"], "requires an argument"),
        (["trade", "--source"], "requires an argument"),
        (["trade", "--json=yes"], "does not take a value"),
        (["search"], "Missing argument"),
        (["--index", "x"], "Missing command"),
        (["--index"], "requires an argument"),
        (["show"], "Missing argument"),
        (["trade", "--since", "soon"], "since 'soon' is no date; write 2023-11-24"),
        (["trade", "--until", "2023-13"], "until '2023-13' is no date; write 2023-11-24"),
    ],
)
def test_wrong_usage_ends_with_two_and_leaves_stdout_empty(run, news, words, complaint):
    outcome = run(*words)
    assert (outcome.code, outcome.out) == (2, "")
    assert complaint in outcome.err
    assert "Traceback" not in outcome.err


def test_warnings_stand_on_stderr_or_in_the_json(run, news):
    query = "date:1066-99 satellite"
    shown, asked = run(query), run(query, "--json")
    assert asked.json["warnings"]
    assert asked.err == ""
    assert shown.err.splitlines()[0] == f"duowen: {asked.json['warnings'][0]}"


@pytest.mark.parametrize("command", [["--help"], ["-h"], ["search", "-h"], ["index", "--help"]])
def test_help_is_data(run, command):
    outcome = run(*command)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Usage: duowen")


def test_no_words_at_all_are_answered_with_help(run):
    outcome = run()
    assert outcome.code == 2
    assert "Exit codes:" in outcome.err + outcome.out


def test_show_gives_a_whole_article(run, news):
    outcome = run("show", "n1")
    assert outcome == (
        0,
        f"Spy satellite launched\nReuters\n2023-11-22\n{news}\n\n朝鲜发射了一颗卫星。\n\nThe launch was seen from afar.\n",
        "",
    )
    article = run("show", "n1", "--json").json
    assert article["schema_version"] == 1
    assert (article["id"], article["summary"]) == ("n1", "朝鲜发射了一颗卫星。")


def test_show_of_an_unknown_id_says_where_ids_are(run, news):
    outcome = run("show", "n9\x1b[31m")
    assert (outcome.code, outcome.out) == (1, "")
    assert "There is no article 'n9" in outcome.complaint
    assert "\x1b" not in outcome.err


def test_stats_count_the_index(run, news):
    counts = run("stats", "--json").json
    assert (counts["articles"], counts["undated"], counts["with_summary"]) == (4, 2, 1)
    assert counts["sources"] == {"AFP": 2, "": 1, "Reuters": 1} | {}
    assert counts["roots"] == [str(news)]
    assert counts["generation"] >= 1
    text = run("stats")
    assert (text.code, text.err) == (0, "")
    assert "articles" in text.out


class TestHostileText:
    """An article must not be able to steer a terminal, forge a mark or turn the text around."""

    @pytest.fixture(autouse=True)
    def indexed(self, run, desk):
        fields = ("id", "title", "source", "summary", "body", "caption", "url", "tags")
        record = {name: f"{name} word {HOSTILE}" for name in fields} | {
            "url": "",
            "tags": [HOSTILE],
        }
        write_lines(
            desk / "evil.jsonl",
            record,
            {"id": HOSTILE},
            {"id": "e2", "title": "word", "date": HOSTILE},
        )
        (desk / "we\x1b[31mird\u202e.md").write_text("")
        self.told = run("index", ".")
        self.id = run("word", "--json").json["hits"][0]["id"]

    def harmless(self, text):
        for character in text:
            assert character == "\n" or unicodedata.category(character) not in (
                "Cc",
                "Cf",
                "Zl",
                "Zp",
            ), ascii(text)

    def test_is_not_printed_by_index(self, run):
        assert self.told.code == 3
        assert "we\ufffd[31mird" in self.told.err
        self.harmless(self.told.err)
        self.harmless(run("index", "--report", "-").out)

    @pytest.mark.parametrize("json_too", [[], ["--json"]])
    @pytest.mark.parametrize("command", ["search", "show", "stats"])
    def test_is_not_printed_as_it_is(self, run, command, json_too):
        words = {"search": ["word evil"], "show": [self.id], "stats": []}[command]
        outcome = run(command, *words, *json_too)
        assert outcome.code == 0
        assert "owned" in outcome.out
        self.harmless(outcome.out)

    def test_comes_back_whole_from_json(self, run):
        assert json.loads(run("show", self.id, "--json").out)["body"] == f"body word {HOSTILE}"

    def test_is_escaped_in_html(self, run):
        snippets = run("word script", "--json").json["hits"][0]["snippets"]
        assert any("&lt;<mark>script</mark>&gt;" in one["html"] for one in snippets)
        assert not any("<script" in one["html"] for one in snippets)

    def test_is_not_printed_where_colour_is_on(self, run, desk):
        painted = run("search", "word", "--color").out
        for code in ("\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[0m"):
            painted = painted.replace(code, "")
        self.harmless(painted)

    def test_in_a_query_is_not_printed(self, run):
        outcome = run(HOSTILE + " zeppelin", "--match", "all")
        assert (outcome.code, outcome.out) == (1, "")
        for line in outcome.err.splitlines():
            self.harmless(line)
