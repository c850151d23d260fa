"""Where the index and the settings are looked for, and what is said when they are not there."""

import pytest

from tests.cli.desk import checksums, write_lines, write_page


@pytest.fixture
def four(run, desk, monkeypatch):
    """Four indexes, for four places to name one."""
    for place in ("option", "environment", "file", "index_data"):
        write_page(desk / f"{place}.md", f"From {place}")
        run("--index", place, "index", f"{place}.md")
    (desk / "duowen.yaml").write_text("index: file\n")
    monkeypatch.setenv("DUOWEN_INDEX", "environment")


def found(outcome):
    return [hit["title"] for hit in outcome.json["hits"]]


def test_the_home_of_nobody_is_a_folder_like_any_other(run, desk):
    home = "~nobody-of-this-name"
    write_page(desk / "a.md", "A page")
    for words in (["search", "page"], ["check"], ["saved", "list"], ["index"]):
        outcome = run(*words, "--index", f"{home}/index", "--config", f"{home}/duowen.yaml")
        assert (outcome.code, home in outcome.sentence) == (2, True)
        outcome = run(*words, "--index", f"{home}/index")
        assert (outcome.code, home in outcome.sentence) == (4, True)
    (desk / "duowen.yaml").write_text(f"index: {home}/index\npaths: [{home}/news]\n")
    write_page(desk / home / "news/a.md", "A page")
    assert run("index", "--report", f"{home}/report").code == 0
    assert (desk / home / "index/current.json").exists()
    assert (desk / home / "report").exists()


def test_option_before_environment_before_file_before_default(run, four, desk, monkeypatch):
    for words in (
        ["--index", "option", "from"],
        ["from", "--index=option"],
        ["search", "from", "--index", "option"],
    ):
        assert found(run("--json", *words) if words[0] == "from" else run(*words, "--json")) == [
            "From option"
        ]
    assert found(run("--index", "file", "search", "from", "--json", "--index", "option")) == [
        "From option"
    ]
    assert found(run("from", "--json")) == ["From environment"]
    monkeypatch.setenv("DUOWEN_INDEX", "")
    assert found(run("from", "--json")) == ["From file"]
    (desk / "duowen.yaml").unlink()
    assert found(run("from", "--json")) == ["From index_data"]


def test_the_settings_file_is_named_by_option_or_environment(run, four, desk, monkeypatch):
    monkeypatch.delenv("DUOWEN_INDEX")
    (desk / "other").mkdir()
    (desk / "other/my.yaml").write_text("index: ../option\n")  # relative to the file
    for words in (["--config", "other/my.yaml", "from"], ["from", "--config", "other/my.yaml"]):
        assert found(run(*words, "--json")) == ["From option"]
    monkeypatch.setenv("DUOWEN_CONFIG", "other/my.yaml")
    assert found(run("from", "--json")) == ["From option"]


def test_the_paths_of_the_settings_are_indexed_where_none_is_named(run, desk):
    write_page(desk / "news/a.md")
    (desk / "duowen.yaml").write_text("paths: [news]\n")
    assert run("index", "--report", "-").json["counts"]["added"] == 1


class TestPathsOfTheSettingsThatAreMissing:
    """They are treated as those that the index remembers."""

    @pytest.fixture
    def two(self, run, desk):
        write_page(desk / "news/bridge.md")
        write_page(desk / "disk/far.md", "Far away")
        (desk / "duowen.yaml").write_text("paths: [news, disk]\n")
        return desk

    @pytest.mark.parametrize("is_empty", [False, True])
    def test_one_is_rejected_and_does_not_stop_the_others(self, run, two, is_empty):
        assert run("index").code == 0
        (two / "disk").rename(two / "unmounted")
        if is_empty:
            (two / "disk").mkdir()
        write_page(two / "news/tram.md", "Tram")
        outcome = run("index", "--report", "-")
        counts = {name: count for name, count in outcome.json["counts"].items() if count}
        assert (outcome.code, counts) == (3, {"added": 1, "unchanged": 1, "rejected": 1})
        assert f"Rejected {two}/disk: '{two}/disk' " in outcome.err
        assert run("far").code == 0
        assert run("index", "news", "disk").code in (1, 2)  # those on the line must all be there

    def test_a_file_is_rejected_too_and_keeps_its_articles(self, run, two):
        (two / "duowen.yaml").write_text("paths: [news, disk/far.md]\n")
        assert run("index").code == 0
        (two / "disk/far.md").unlink()
        assert run("index").code == 3
        assert run("far").code == 0

    @pytest.mark.parametrize("paths", ["[disk, news]", "[disk/far.md]"])
    def test_where_all_are_no_index_is_made(self, run, two, paths):
        (two / "duowen.yaml").write_text(f"paths: {paths}\n")
        for name in ("news", "disk"):
            (two / name).rename(two / f"{name}-away")
        outcome = run("index")
        assert outcome.code == 2
        assert "disk" in outcome.complaint
        assert not (two / "index_data").exists()


def test_field_names_of_the_settings_are_understood(run, desk):
    write_lines(desk / "a.jsonl", {"id": "1", "schlagzeile": "Brücke offen"})
    (desk / "duowen.yaml").write_text("fields:\n  title: schlagzeile\n", encoding="utf-8")
    assert run("index", "a.jsonl").code == 0
    assert found(run("brücke", "--json")) == ["Brücke offen"]


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        ("indx: a\npaths: 5\nfields: {titel: x, body: 7}\n",
         ["indx is unknown, did you mean index", "paths must be", "titel is unknown, did you mean title", "body must be"]),
        ("index: [a\n", ["are no YAML"]),
        ("- a\n- b\n", ["are no mapping"]),
        ("index: !!python/object/apply:os.system ['touch pwned']\n", ["are no YAML"]),
        ("engine: solr\n", ["engine must be one of"]),
        ("index: \x00\n", ["are no YAML"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", [["search", "x"], ["index"], ["stats"], ["show", "x"]])
def test_wrong_settings_end_with_two_and_name_every_mistake(run, desk, command, text, complaints):
    (desk / "duowen.yaml").write_text(text)
    outcome = run(*command)
    assert (outcome.code, outcome.out) == (2, "")
    for complaint in complaints:
        assert complaint in outcome.complaint
    assert "mend the file" in outcome.err or "write lines such as" in outcome.err
    assert not (desk / "pwned").exists()


@pytest.mark.parametrize("name", ["nowhere.yaml", "folder", "latin.yaml"])
def test_settings_that_cannot_be_read_end_with_two(run, desk, name):
    (desk / "folder").mkdir()
    (desk / "latin.yaml").write_bytes("index: Zürich\n".encode("latin-1"))
    outcome = run("--config", name, "search", "x")
    assert outcome.code == 2
    assert name in outcome.complaint


@pytest.mark.parametrize(
    "command", [["search", "x"], ["x"], ["show", "x"], ["stats"], ["x", "--json"]]
)
@pytest.mark.parametrize("place", ["nowhere", "empty", "file"])
def test_no_index_ends_with_four_and_says_how_to_make_one(run, desk, command, place):
    (desk / "empty").mkdir()
    (desk / "file").write_text("mine")
    outcome = run("--index", place, *command)
    assert (outcome.code, outcome.out) == (4, "")
    assert place in outcome.complaint
    assert "duowen index PATH" in outcome.err or "--index" in outcome.err
    assert (desk / "file").read_text() == "mine"
    assert not (desk / "nowhere").exists()


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nowhere"])
def test_an_index_that_cannot_be_made_ends_with_four(run, desk, place):
    (desk / "file").write_text("mine")
    write_page(desk / "a.md")
    outcome = run("index", "a.md", "--index", place)
    assert outcome.code == 4
    assert place in outcome.complaint
    assert (desk / "file").read_text() == "mine"


def test_a_wrong_path_makes_no_index(run, desk):
    (desk / "empty").mkdir()
    assert run("index", "nowhere").code == 2
    assert run("index", "empty").code == 1
    assert not (desk / "index_data").exists()


@pytest.mark.parametrize(
    ("index", "path"),
    [
        ("news", "news"),
        (".", "news"),
        (".", "news/bridge.md"),
        ("linked", "news"),
        ("news", "linked"),
    ],
)
def test_an_index_that_would_leave_out_all_there_is_to_index_is_refused(run, desk, index, path):
    write_page(desk / "news/bridge.md")
    (desk / "linked").symlink_to("news")
    before = checksums(desk)
    for words in (("index",), ("index", "--dry-run"), ("index", "--rebuild")):
        outcome = run(*words, path, "--index", index)
        assert outcome.code == 2
        assert "in the folder of the index" in outcome.complaint
    assert checksums(desk) == before
    (desk / "duowen.yaml").write_text(f"index: {index}\npaths: [{path}]\n")
    assert run("index").code == 2
    assert checksums(desk).keys() == {*before, "duowen.yaml"}


def test_an_index_that_was_put_above_what_it_knows_says_so(run, desk):
    write_page(desk / "news/bridge.md")
    run("index", "news", "--index", "here")
    (desk / "news").rename(desk / "here/news")
    (desk / "news").symlink_to("here/news")
    outcome = run("index", "--index", "here")
    assert outcome.code == 2
    assert "in the folder of the index" in outcome.complaint


def test_an_index_among_the_articles_is_none_of_them(run, desk):
    write_page(desk / "news/bridge.md")
    assert run("index", "news", "--index", "news/index").code == 0
    assert run("index", "--index", "news/index", "--report", "-").json["articles"] == 1
