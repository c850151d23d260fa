"""The command line on a cluster: one line of settings more, and the same commands."""

import json
import sys
from dataclasses import replace

import pytest

from search import config
from search.commands import jobs
from search.errors import IndexMissing
from tests.cli.desk import write_page
from tests.cluster.server import free_ports
from tests.cluster.sharing import need_library
from tests.conftest import CORPUS
from tests.faults.test_unwilling_cluster import answering


def settle(desk, settings):
    """Write a duowen.yaml that leads to a cluster."""
    hosts = json.dumps(list(settings.hosts))
    (desk / "duowen.yaml").write_text(
        f"engine: opensearch\nindex: beside\nopensearch:\n  hosts: {hosts}\n"
        f"  index: {settings.index}\n  shards: 2\n  patience: 60\n"
    )


@pytest.fixture
def place(desk, cluster_index):
    """A folder whose settings lead to a new index on the cluster."""
    settle(desk, cluster_index())
    return desk


class TestOneLineMore:
    def test_index_search_show_and_stats(self, run, place):
        done = run("index", CORPUS, "--report", "report.json", "--metrics", "run.prom")
        assert (done.code, done.out) == (0, "")
        settings = config.load().engine
        host = settings.hosts[0].removeprefix("http://")
        there = f"the index {settings.index} on {host}"
        assert f"65 added; 65 articles in {there} (" in done.err
        assert f'duowen_articles{{index="{there}"}} 65.0' in (place / "run.prom").read_text()
        report = json.loads((place / "report.json").read_text())
        assert report["articles"] == 65

        found = run("卫星 satellite", "--json")
        assert found.code == 0
        first = found.json["hits"][0]
        assert first["snippets"]
        assert run("search", "foreign ministers", "-n", "1", "--no-snippets").out
        assert run("search", "zeppelin").code == 1
        shown = run("show", first["id"], "--json")
        assert shown.json["title"] == first["title"]
        assert "There is no article" in run("show", "absent").complaint

        counted = run("stats", "--json", "--max-age", "1h")
        assert (counted.code, counted.json["articles"], counted.json["generation"]) == (0, 65, 1)
        assert {path.name for path in (place / "beside").iterdir()} >= {"history.jsonl"}

    def test_an_index_that_is_gone_between_two_rounds_is_not_begun_anew(self, run, place):
        write_page(place / "news/bridge.md")
        settings = config.load()
        assert not jobs.is_there(settings)
        with pytest.raises(
            IndexMissing, match=f"^The index {settings.engine.index} on .* is gone;"
        ):
            jobs.run(settings, ("news",), jobs.Asked(), was_there=True)
        assert not jobs.is_there(settings)
        assert run("index", "news").code == 0
        assert jobs.is_there(settings)
        assert jobs.run(settings, ("news",), jobs.Asked(), was_there=True).code == 0
        nowhere = replace(
            settings.engine, hosts=(f"http://127.0.0.1:{free_ports(1)[0]}",), patience=0.1
        )
        assert not jobs.is_there(settings._replace(engine=nowhere))

    def test_runs_that_change_a_little_or_nothing(self, run, place):
        write_page(place / "news/bridge.md")
        dry = run("index", "news", "--dry-run")
        assert (dry.code, "nothing was written" in dry.err) == (0, True)
        assert not (place / "beside").exists()
        assert run("search", "bridge").code == 4
        assert run("index", "news").code == 0
        assert "nothing to do" in run("index").err
        write_page(place / "news/tram.md", "Tram stops", "广州的有轨电车停了。")
        assert "1 added" in run("index").err
        assert run("电车", "--json").json["total"] == 1
        assert run("stats", "--json").json["generation"] == 2
        assert run("index", "--rebuild").code == 0
        assert run("stats", "--json").json["generation"] == 3
        assert run("电车 OR bridge", "--json").json["total"] == 2
        assert "2 removed" in run("index", "--forget", "news").err
        assert run("stats", "--json").json["articles"] == 0

    def test_saved_searches_fire_once(self, run, place):
        write_page(place / "news/bridge.md")
        assert run("index", "news").code == 0
        assert "Saved trams" in run("saved", "add", "trams", "电车 OR tram").err
        write_page(place / "news/tram.md", "Tram stops", "广州的有轨电车停了。")
        for _ in range(2):
            assert run("index", "--alerts", "jsonl:told.jsonl").code == 0
        (line,) = (place / "told.jsonl").read_text(encoding="utf-8").splitlines()
        assert "Tram stops" in line
        assert run("saved", "list", "--json").json["saved"][0]["name"] == "trams"
        assert run("saved", "run", "trams", "--json").json["saved"][0]["results"]["total"] == 1

    def test_a_search_is_saved_on_a_machine_that_never_indexed(self, run, place):
        write_page(place / "news/bridge.md")
        assert run("index", "news").code == 0
        assert run("--index", "elsewhere", "saved", "add", "trams", "tram").code == 0

    def test_going_back_and_looking_after(self, run, place):
        write_page(place / "news/bridge.md")
        assert run("index", "news").code == 0
        assert "keeps no generation before" in run("rollback").complaint
        write_page(place / "news/tram.md", "Tram stops")
        assert run("index", "--rebuild").code == 0
        listed = run("generations", "--json").json["generations"]
        assert [(one["number"], one["articles"]) for one in listed] == [(1, 1), (2, 2)]
        assert run("generations").out.splitlines()[-1].startswith("*")
        assert "1 added" in run("diff", "1", "2").out
        assert "Generation 1 is searched now, 1 article" in run("rollback").err
        assert run("search", "tram").code == 1
        checked = run("check", "--deep")
        assert (checked.code, "Generation 1 is sound" in checked.out) == (0, True)
        assert "Looked at every article of 3 indexes, " in checked.out
        assert "Nothing to repair" in run("repair").out
        assert "1 added" in run("index").err
        assert run("search", "tram").code == 0

    def test_where_there_is_no_index_yet(self, run, place):
        outcome = run("search", "bridge")
        assert outcome.code == 4
        assert "There is no index test-" in outcome.complaint


class TestMigrate:
    @pytest.fixture
    def moving(self, run, desk, cluster_index):
        """A local index of the sample archive, and settings that name a cluster beside it."""
        settings = cluster_index()
        settle(desk, settings)
        file = desk / "duowen.yaml"
        file.write_text(
            file.read_text().replace("engine: opensearch\n", "") + "  bulk_bytes: 20000\n"
        )
        assert run("index", CORPUS).code == 0
        return settings

    def test_there_and_back(self, run, desk, moving):
        done = run("migrate", "--to", "opensearch")
        assert (done.code, done.out) == (0, "")
        told, way = done.err.splitlines()
        assert "65 sent, 0 removed" in told
        assert f"the index {moving.index} on {moving.hosts[0].removeprefix('http://')}" in told
        assert "holds the same 65 articles as the folder" in told
        assert "write `engine: opensearch` in " in way
        here = run("卫星 satellite", "--json").json
        settle(desk, moving)
        there = run("卫星 satellite", "--json").json
        assert {hit["id"] for hit in there["hits"]} == {hit["id"] for hit in here["hits"]}
        assert "nothing to do" in run("index").err

        write_page(desk / "news/tram.md", "Tram stops", "广州的有轨电车停了。")
        assert run("index", "news").code == 0
        refused = run("migrate", "--to", "opensearch")
        assert refused.code == 1
        assert "1 articles that the old one has not" in refused.complaint
        back = run("migrate", "--to", "local")
        assert (back.code, "1 sent, 0 removed" in back.err) == (0, True)
        assert "write `engine: local` in" in back.err
        assert run("migrate", "--to", "opensearch", "-q") == (0, "", "")

    def test_what_was_broken_off_goes_on(self, run, desk, moving, monkeypatch):
        from search.engines.opensearch_bulk import Bulk

        add, sent = Bulk.add, []

        def broken_off(self, *line):
            sent.append(line)
            if len(sent) > 40:
                raise KeyboardInterrupt
            add(self, *line)

        with monkeypatch.context() as patch:
            patch.setattr(Bulk, "add", broken_off)
            assert run("migrate", "--to", "opensearch").code == 130
        done = run("migrate", "--to", "opensearch")
        assert done.code == 0
        again = int(done.err.split()[1])
        assert 0 < again < 65
        assert "the same 65 articles" in done.err
        settle(desk, moving)
        assert run("stats", "--json").json["articles"] == 65

    def test_another_name(self, run, moving):
        name = f"{moving.index}-other"
        done = run("migrate", "--to", "opensearch", "--index-name", name)
        assert (done.code, f"`index: {name}` under opensearch:" in done.err) == (0, True)
        refused = run("migrate", "--to", "opensearch", "--index-name", "News Archive")
        assert (refused.code, "small letters" in refused.complaint) == (2, True)

    def test_there_must_be_something_to_move(self, run, place):
        outcome = run("migrate", "--to", "opensearch")
        assert outcome.code == 4
        assert "There is no index in" in outcome.complaint


class TestUnwilling:
    @pytest.fixture(autouse=True)
    def _library(self):
        need_library()

    @staticmethod
    def settled(desk, host, more=""):
        write_page(desk / "bridge.md")
        (desk / "duowen.yaml").write_text(
            f"engine: opensearch\nopensearch:\n  hosts: {host}\n  patience: 0.5\n{more}"
        )

    @pytest.mark.parametrize("words", [("index", "."), ("search", "bridge"), ("stats",)])
    def test_nobody_listens(self, run, desk, words):
        self.settled(desk, f"http://127.0.0.1:{free_ports(1)[0]}")
        outcome = run(*words)
        assert outcome.code == 1
        assert "cannot be reached; see that it runs" in outcome.complaint

    @pytest.mark.parametrize("words", [("index", "."), ("search", "bridge"), ("show", "x")])
    def test_a_wrong_password(self, run, desk, words):
        (desk / "secret").write_text("sesame\n")
        with answering(401, "Unauthorized") as (host, asked):
            self.settled(desk, host, "  user: me\n  password_file: secret\n")
            outcome = run(*words)
        assert outcome.code == 1
        assert "does not accept the user or the password; set DUOWEN_" in outcome.complaint
        assert "sesame" not in outcome.err
        assert asked == ["Basic bWU6c2VzYW1l"]

    def test_a_disk_that_is_full(self, run, desk):
        with answering(429, {"type": "x", "reason": "flood-stage watermark"}) as (host, _):
            self.settled(desk, host)
            outcome = run("index", ".")
        assert outcome.code == 1
        assert "make room there and run this again" in outcome.complaint

    @pytest.mark.parametrize("words", [("index", "."), ("search", "bridge")])
    def test_the_library_is_not_installed(self, run, desk, monkeypatch, words):
        monkeypatch.setitem(sys.modules, "opensearchpy", None)
        self.settled(desk, "http://127.0.0.1:9200")
        outcome = run(*words)
        assert outcome.code == 2
        assert "install it: pip install 'duowen[opensearch]'" in outcome.complaint

    def test_wrong_settings_are_told_at_once_and_without_secrets(self, run, desk):
        self.settled(desk, "ftp://x", "  password: sesame\n  shards: 0\nkeep: none\n")
        outcome = run("search", "bridge")
        assert outcome.code == 2
        for mistake in ("hosts must be URLs", "password: a password", "shards must", "keep must"):
            assert mistake in outcome.complaint
        assert "sesame" not in outcome.err

    @pytest.mark.parametrize("host", ["'http://a b:9200'", "http://a|b"])
    def test_a_host_that_is_none(self, run, desk, host):
        self.settled(desk, host)
        outcome = run("search", "bridge")
        assert (outcome.code, "hosts must be URLs" in outcome.complaint) == (2, True)

    @pytest.mark.parametrize("key", ["\n", "two\nlines", "schl\u00fcssel \u2603"])
    def test_a_file_that_holds_no_key(self, run, desk, key):
        (desk / "key").write_text(key, encoding="utf-8")
        self.settled(desk, "http://127.0.0.1:9200", "  api_key_file: key\n")
        outcome = run("search", "bridge")
        assert outcome.code == 2
        assert "is empty" in outcome.complaint or "one line of ASCII" in outcome.complaint
        assert "schl" not in outcome.err
