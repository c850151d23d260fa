"""Settings: option, then environment, then file, then default; all mistakes at once."""

from pathlib import Path

import pytest

from search.config import Settings, load, wants_colour
from search.engines.opensearch_settings import OpenSearchSettings
from search.errors import ConfigError
from search.parts import FIELD_NAMES
from search.sources.options import KNOWN_SOURCES


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_anything_the_defaults_hold(desk):
    assert load(environment={}) == Settings()
    assert load(environment={"DUOWEN_INDEX": "", "DUOWEN_CONFIG": ""}) == Settings()
    assert Settings().index == Path("index_data")


def test_option_before_environment_before_file(desk):
    write(desk / "duowen.yaml", "index: from_file\n")
    assert load(environment={}).index == desk / "from_file"
    assert load(environment={"DUOWEN_INDEX": "named"}).index == Path("named")
    assert load(index="option", environment={"DUOWEN_INDEX": "named"}).index == Path("option")


def test_the_file_that_is_named_is_read(desk):
    write(desk / "duowen.yaml", "index: a\n")
    write(desk / "other/b.yaml", "index: b\n")
    write(desk / "other/c.yaml", "index: c\n")
    assert load(environment={"DUOWEN_CONFIG": "other/b.yaml"}).index == desk / "other/b"
    assert (
        load("other/c.yaml", environment={"DUOWEN_CONFIG": "other/b.yaml"}).index
        == desk / "other/c"
    )


def test_paths_in_a_file_are_relative_to_it_and_home_is_known(desk, monkeypatch):
    monkeypatch.setenv("HOME", "/home/reader")
    file = write(desk / "other/a.yaml", "index: ~/index\npaths: [news, /abs, ~/mine]\n")
    loaded = load(file, environment={})
    assert loaded.index == Path("/home/reader/index")
    assert loaded.paths == (str(desk / "other/news"), "/abs", "/home/reader/mine")
    assert load(index="~/i", environment={}).index == Path("/home/reader/i")
    assert load(environment={"DUOWEN_INDEX": "~/e"}).index == Path("/home/reader/e")


def test_one_path_needs_no_list(desk):
    assert load(write(desk / "a.yaml", "paths: news\n"), environment={}).paths == (
        str(desk / "news"),
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "\ufeff{}"])
def test_an_empty_file_sets_nothing(desk, text):
    loaded = load(write(desk / "a.yaml", text), environment={})
    assert loaded.index == desk / "index_data"
    assert loaded.sources == Settings().sources


def test_a_cluster_is_reached_as_the_file_and_the_environment_say(desk):
    write(desk / "secret", "sesame\n")
    text = "opensearch:\n  hosts: https://a:9200\n  user: me\n  password_file: secret\n  ca_file: ca.pem\n"
    moving = load(write(desk / "b.yaml", text), environment={})
    assert moving.engine == "local"
    assert (moving.opensearch.password, moving.opensearch.ca_file) == (
        "sesame",
        str(desk / "ca.pem"),
    )
    file = write(desk / "a.yaml", f"engine: opensearch\n{text}")
    loaded = load(file, environment={"DUOWEN_OPENSEARCH_INDEX": "news"})
    assert loaded.engine == loaded.opensearch
    assert (loaded.engine.hosts, loaded.engine.index) == (("https://a:9200",), "news")
    assert "sesame" not in repr(loaded)


def test_a_cluster_needs_no_mapping(desk):
    file = write(desk / "a.yaml", "engine: opensearch\n")
    assert load(file, environment={}).engine == OpenSearchSettings()
    told = {"DUOWEN_OPENSEARCH_HOSTS": "http://a:1 http://b:1"}
    assert load(file, environment=told).engine.hosts == ("http://a:1", "http://b:1")


def test_what_is_no_yaml_is_not_shown(desk):
    with pytest.raises(ConfigError, match=r"are no YAML .*line 2") as refusal:
        load(write(desk / "a.yaml", "opensearch: {password: sesame\nhosts: [a\n"), environment={})
    assert "sesame" not in str(refusal.value)


def test_own_names_come_before_the_usual_ones(desk):
    loaded = load(
        write(desk / "a.yaml", "fields: {title: Überschrift, body: [a, b]}\n"), environment={}
    )
    assert loaded.sources.names["title"] == ("Überschrift", *FIELD_NAMES["title"])
    assert loaded.sources.names["body"][:2] == ("a", "b")
    assert loaded.sources.names["url"] == tuple(FIELD_NAMES["url"])


def test_own_sources_come_before_the_known_ones_and_once(desk):
    loaded = load(write(desk / "a.yaml", "known_sources: [Our Paper, BBC]\n"), environment={})
    assert loaded.sources.known_sources[:2] == ("Our Paper", "BBC")
    assert sorted(loaded.sources.known_sources) == sorted({"Our Paper", *KNOWN_SOURCES})


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        ("index: 5\nengine: x\npaths: {}\nfields: []\nknown_sources: [1]\nbogus: 1\n",
         ["bogus is unknown, known are index", "index must be text", "engine must be one of",
          "paths must be a list of texts", "fields must map", "known_sources must be a list of texts"]),
        ("fields: {titel: a, bdy: b, url: 7, id: []}\n",
         ["titel is unknown, did you mean title", "bdy is unknown, did you mean body", "url must be a list of texts"]),
        ("index: ''\n", ["index must be text"]),
        ("paths: ['']\n", ["paths must be a list of texts"]),
        ("fields: {title: ' '}\n", ["title must be text"]),
        ("5: 6\nnull: 7\n", ["5 is unknown", "None is unknown"]),
        ("paths: [a, [b]]\n", ["paths must be a list of texts"]),
        ("keep: 0\nopensearch: {colour: red, shards: many, replicas: -1, password: sesame}\n",
         ["keep must be a number", "opensearch: colour: is unknown", "opensearch: shards must be a whole",
          "opensearch: replicas must be 0", "opensearch: password: a password does not belong there"]),
        ("engine: opensearch\nopensearch: 5\n", ["opensearch: must be a mapping"]),
        ("opensearch: {user: me, password_file: absent, hosts: 'ftp://x'}\n",
         ["opensearch: password_file absent cannot", "opensearch: hosts must be URLs"]),
    ],
)  # fmt: skip
def test_all_mistakes_are_named_at_once(desk, text, complaints):
    with pytest.raises(ConfigError) as refusal:
        load(write(desk / "a.yaml", text), environment={})
    for complaint in complaints:
        assert complaint in str(refusal.value)
    assert str(refusal.value).endswith("; mend the file.")
    assert "sesame" not in str(refusal.value)
    assert "user has no password" not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "\t- x",
        "a: b: c",
        "&a [*a",
        "x" * 5 + ": " + "[" * 5000,
        "a: \x01",
        "? [a, b]\n: c\n",
    ],
)
def test_what_is_no_yaml_is_refused(desk, text):
    with pytest.raises(ConfigError, match="are no YAML"):
        load(write(desk / "a.yaml", text), environment={})


def test_a_file_that_is_not_there_is_refused_where_it_was_named(desk):
    with pytest.raises(ConfigError, match=r"b\.yaml cannot be read .*; name another"):
        load("b.yaml", environment={})
    with pytest.raises(ConfigError, match=r"c\.yaml cannot be read"):
        load(environment={"DUOWEN_CONFIG": "c.yaml"})


@pytest.mark.parametrize(
    ("option", "terminal", "environment", "wanted"),
    [
        (None, True, {}, True),
        (None, False, {}, False),
        (True, False, {"NO_COLOR": "1"}, True),
        (False, True, {"FORCE_COLOR": "1"}, False),
        (None, True, {"NO_COLOR": "1"}, False),
        (None, True, {"NO_COLOR": ""}, True),
        (None, False, {"FORCE_COLOR": "1"}, True),
        (None, True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (None, True, {"TERM": "dumb"}, False),
        (None, True, {"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_colour(option, terminal, environment, wanted):
    assert wants_colour(option, is_terminal=terminal, environment=environment) is wanted


def test_what_jobs_keep_wait_for_and_tell(desk):
    file = write(desk / "a.yaml", "keep: 12\nwait: 5m\nalerts: [atom:feeds, 'jsonl:-']\n")
    loaded = load(file, environment={})
    assert (loaded.keep, loaded.wait, loaded.alerts) == (12, 300.0, ("atom:feeds", "jsonl:-"))
    assert load(write(file, "wait: 0\n"), environment={}).wait == 0.0


@pytest.mark.parametrize("keep", ["0", "1001", "true", "five", "2.5", "null"])
def test_all_mistakes_about_jobs_are_told_at_once(desk, keep):
    file = write(desk / "a.yaml", f"keep: {keep}\nwait: 30\nalerts: 7\n")
    with pytest.raises(ConfigError) as told:
        load(file, environment={})
    assert "keep must be a number from 1 to 1,000" in str(told.value)
    assert "wait must be a duration such as 30s" in str(told.value)
    assert "alerts must be a list of texts" in str(told.value)
