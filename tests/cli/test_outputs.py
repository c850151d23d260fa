"""What a run writes beside the index never takes the place of what it reads, or of the index."""

import os

import pytest

from search import reindex
from search.errors import ConfigError
from tests.cli.desk import checksums, write_page


@pytest.fixture
def news(run, desk):
    """Two articles, indexed, by settings."""
    write_page(desk / "news/bridge.md")
    write_page(desk / "news/deep/tram.md", "Tram stops")
    (desk / "duowen.yaml").write_text("paths: [news]\n")
    assert run("index").code == 0
    return desk


@pytest.fixture
def refused(run, news):
    """Run a command that ends with 2 and a sentence, and has changed nothing."""

    def refused(*words):
        before = checksums(news)
        outcome = run(*words)
        assert outcome.code == 2, outcome
        assert checksums(news) == before
        return outcome.complaint

    return refused


@pytest.mark.parametrize("option", ["--report", "--metrics"])
class TestAFile:
    @pytest.mark.parametrize("name", ["current.json", "saved.json", "new.prom"])
    def test_in_the_folder_of_the_index(self, refused, option, name):
        told = refused("index", option, f"index_data/{name}")
        assert f"{option} index_data/{name} lies in the folder of the index" in told

    @pytest.mark.parametrize("name", ["news/bridge.md", "news/deep/tram.md", "news/report.json"])
    def test_that_a_run_would_read(self, refused, option, name):
        assert "would be read as an article" in refused("index", option, name)
        assert "would be read as an article" in refused("index", "news/deep", "news", option, name)

    def test_under_a_path_that_is_merely_known(self, refused, news, option):
        (news / "duowen.yaml").unlink()
        assert "would be read as an article" in refused("index", option, "news/bridge.md")

    def test_that_is_a_path_itself(self, refused, run, news, option):
        (news / "duowen.yaml").unlink()
        write_page(news / "single.text")
        run("index", "single.text")
        assert "would be read as an article" in refused("index", option, "single.text")

    def test_that_is_reached_by_a_link(self, refused, news, option):
        os.symlink(news / "news", news / "linked")
        os.symlink(news / "news/bridge.md", news / "out.json")
        for name in ("linked/bridge.md", "out.json"):
            assert "would be read as an article" in refused("index", option, name)
        assert "would be read" in refused("index", "linked", option, "news/bridge.md")

    def test_of_the_settings(self, refused, news, option):
        assert "is the file of the settings" in refused("index", option, "duowen.yaml")
        (news / "duowen.yaml").rename(news / "other.yaml")
        told = refused("index", "--config", "other.yaml", option, "../" + news.name + "/other.yaml")
        assert "is the file of the settings" in told

    @pytest.mark.parametrize("name", ["news/m.prom", "news/.m.json", "old.json", "/dev/null"])
    def test_that_nobody_reads(self, run, news, option, name):
        (news / "old.json").write_text("{}")
        assert run("index", option, name).code == 0
        assert run("index", option, name, "--report", "-").json["counts"]["rejected"] == 0

    def test_that_was_meant_to_be_indexed(self, run, desk, option):
        """Where the FILE of the option was left out, the PATH is taken for it."""
        whole = '{"id": "1", "title": "Bridge"}'
        (desk / "wire.jsonl").write_text(whole)
        outcome = run("index", option, "wire.jsonl")
        assert outcome.code == 2
        assert "nothing to index is known; name a PATH" in outcome.complaint
        assert (desk / "wire.jsonl").read_text() == whole
        for own in ("", '{"schema_version": 1}', "# HELP duowen_last"):
            (desk / "wire.jsonl").write_text(own)
            assert run("index", option, "wire.jsonl").code == 4  # of the run: there is no index

    def test_in_a_loop_and_in_a_timer(self, refused, option):
        for words in (("watch",), ("schedule", "cron")):
            assert "would be read" in refused(*words, option, "news/bridge.md")


class TestATarget:
    """Alerts that a run would index next time would take the ids of what they tell of."""

    @pytest.mark.parametrize("target", ["jsonl:index_data/x.jsonl", "atom:index_data", "atom:."])
    def test_in_the_folder_of_the_index(self, refused, news, target):
        if target == "atom:.":
            (news / "duowen.yaml").write_text("index: .\npaths: [news]\n")
        assert "lies in the folder of the index" in refused("index", "--alerts", target)

    @pytest.mark.parametrize("target", ["jsonl:news/out.jsonl", "news/deep/out.jsonl", "atom:news"])
    def test_that_a_run_would_read(self, refused, news, target):
        for words in (("index",), ("index", "--dry-run"), ("index", "--rebuild"), ("watch",)):
            told = refused(*words, "--alerts", target)
            assert "The target " in told
            assert "would be read as an article" in told
        (news / "duowen.yaml").write_text(f"paths: [news]\nalerts: ['{target}']\n")
        assert "would be read as an article" in refused("index")
        (news / "duowen.yaml").write_text(f"alerts: ['{target}']\n")
        assert "would be read as an article" in refused("index")

    def test_of_the_settings(self, refused):
        assert "is the file of the settings" in refused("index", "--alerts", "jsonl:duowen.yaml")

    @pytest.mark.parametrize("target", ["jsonl:out.jsonl", "atom:news/feeds", "jsonl:-"])
    def test_that_nobody_reads(self, run, news, target):
        assert run("index", "--alerts", target).code == 0

    @pytest.mark.parametrize("paths", [["news"], []])
    def test_is_refused_to_a_program_too(self, news, paths):
        for target in ("jsonl:news/out.jsonl", "jsonl:index_data/out.jsonl"):
            before = checksums(news)
            with pytest.raises(ConfigError, match="apart from the articles and the index"):
                reindex(paths, "index_data", alerts=[target])
            assert checksums(news).keys() == before.keys()
