"""The command line on a cluster where somebody has been at work: a sentence, and a way out that works."""

import pytest

from search import config
from search.engines.opensearch_client import Cluster, path_of
from tests.cli.desk import write_page
from tests.cli.test_cluster import place

__all__ = ["place"]

OTHERWISE = {
    "strict": {"dynamic": "strict", "properties": {"id": {"type": "long"}}},
    "published": {
        "dynamic": "strict",
        "properties": {"published": {"type": "text"}, "key": {"type": "text"}},
    },
    "dynamic": {},
}


@pytest.fixture
def ask(place):
    """Asks the cluster itself: ask("GET", "-meta", "_doc", "current")."""
    settings = config.load().engine
    cluster = Cluster(settings)
    yield lambda method, name, *path, body=None, **params: cluster.ask(
        method, path_of(f"{settings.index}{name}", *path), body, params
    )
    cluster.close()


@pytest.fixture
def indexed(run, place):
    write_page(place / "news/bridge.md")
    assert run("index", "news").code == 0
    return place


class TestFieldsOfAnotherKind:
    @pytest.fixture
    def otherwise(self, indexed, ask):
        def otherwise(kind):
            ask("DELETE", "-000001")
            ask("PUT", "-000001", body={"mappings": OTHERWISE[kind]})
            write_page(indexed / "news/tram.md", "Tram stops")

        return otherwise

    @pytest.mark.parametrize("kind", ["strict", "published"])
    def test_every_command_says_so_and_a_rebuild_mends_it(self, run, otherwise, kind):
        otherwise(kind)
        for words in (("index",), ("search", "bridge"), ("bridge", "--sort", "newest"), ("stats",)):
            outcome = run(*words)
            assert outcome.code == 4, words
            assert "not as duowen made them (" in outcome.complaint
            assert outcome.complaint.endswith("duowen index --rebuild.")
        assert run("check").code == 4
        assert "2 added" in run("index", "--rebuild").err
        assert run("search", "bridge").code == 0
        assert run("repair").code == 0
        assert run("check").code == 0

    def test_a_repair_begins_anew(self, run, otherwise):
        otherwise("dynamic")
        assert "Begun anew, with the same paths; generation 2 with 0" in run("repair").out
        assert "2 added" in run("index").err
        assert run("search", "tram").code == 0


class TestDeleted:
    def test_one_sentence_and_a_repair_that_knows_the_paths(self, run, indexed, ask):
        (shown,) = run("search", "bridge", "--json").json["hits"]
        write_page(indexed / "news/tram.md", "Tram stops")
        ask("DELETE", "-000001")
        for words in (
            ("bridge",), ("stats",), ("show", shown["id"]), ("index",), ("index", "--rebuild"),
        ):  # fmt: skip
            outcome = run(*words)
            assert outcome.code == 4, words
            assert "was deleted on the cluster" in outcome.complaint
            assert "duowen repair, and index your paths again" in outcome.complaint
        assert run("check").code == 4
        assert "Begun anew, with the same paths; generation 2 with 0" in run("repair").out
        assert "2 added" in run("index").err
        assert run("show", shown["id"]).code == 0


class TestRefusedForGood:
    """An article that the server does not take stops no other; here bodies that begin with `refuse`."""

    @pytest.fixture
    def picky(self, monkeypatch):
        """Let the server answer so for one item, as it does where a term is too long for it."""
        answers = Cluster.ask

        def ask(self, method, path, body=None, params=None, **more):
            if not path.endswith("_bulk"):
                return answers(self, method, path, body, params, **more)
            lines = body.splitlines(keepends=True)
            pairs = list(zip(lines[::2], lines[1::2], strict=True))
            passed = [pair for pair in pairs if b'"body":"refuse' not in pair[1]]
            taken = iter(())
            if passed:
                sent = b"".join(line for pair in passed for line in pair)
                taken = iter(answers(self, method, path, sent, params, **more)["items"])
            why = {"type": "illegal_argument_exception", "reason": "an immense term"}
            refused = {"index": {"status": 400, "error": why}}
            return {"items": [next(taken) if pair in passed else refused for pair in pairs]}

        monkeypatch.setattr(Cluster, "ask", ask)

    def test_it_is_rejected_and_the_rest_is_indexed(self, run, place, picky):
        write_page(place / "news/bridge.md")
        bad = write_page(place / "news/bad.md", "Bad page", "refuse me")
        done = run("index", "news")
        assert (done.code, "1 added, 1 rejected; 1 article in" in done.err) == (3, True)
        assert "bad.md is not taken by the cluster (an immense term); mend its source." in done.err
        done = run("index", "news")
        assert (done.code, "1 unchanged, 1 rejected; 1 article in" in done.err) == (3, True)
        assert run("stats", "--json").json["articles"] == 1
        write_page(bad, "Bad page", "A better one.")
        assert "1 added, 1 unchanged" in run("index").err
        assert run("search", "better").code == 0
