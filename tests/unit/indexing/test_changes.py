"""What a run says of each article, by comparison with what the index holds."""

import pytest

from search.article import Article, content_hash
from search.engines.port import Held
from search.indexing.changes import Comparison
from search.indexing.looking import within
from search.schema import ANALYSIS_VERSION
from search.sources.rejected import Rejected


def article(article_id, text="text", path="/news/a.txt", root="/news"):
    return Article(id=article_id, body=text, path=path, root=root)


def compare(*held, gone=(), unchanged=()):
    """A comparison with an index that holds these articles; the files in `gone` are no longer there."""
    known = {
        one.id: Held(content_hash(one, str(ANALYSIS_VERSION)), one.path, one.root) for one in held
    }
    return Comparison(known, gone.__contains__, dict(unchanged))


def test_added_updated_unchanged():
    comparison = compare(article("a"), article("b"))
    assert comparison.judge(article("a")) == "unchanged"
    assert comparison.judge(article("b", "other")) == "updated"
    assert comparison.judge(article("c")) == "added"
    assert comparison.counts == {"unchanged": 1, "updated": 1, "added": 1}


def test_another_file_with_the_same_id_has_moved():
    comparison = compare(article("a"))
    assert comparison.judge(article("a", path="/news/b.txt")) == "moved"
    assert comparison.removed(["/news"], []) == []


def test_the_same_file_through_another_root_is_unchanged():
    assert compare(article("a")).judge(article("a", root="/news/a.txt")) == "unchanged"


def test_the_same_file_through_another_root_with_another_id_has_moved():
    comparison = compare(article("deep/a.txt", path="/news/deep/a.txt"))
    assert comparison.judge(article("a.txt", path="/news/deep/a.txt", root="/news/deep")) == "moved"
    assert comparison.removed(["/news/deep"], []) == []
    assert comparison.former_of("a.txt") == "deep/a.txt"


def test_a_renamed_file_has_moved_from_its_former_self():
    comparison = compare(
        article("a.txt"), article("c.txt", "other", "/news/c.txt"), gone={"/news/a.txt"}
    )
    assert comparison.judge(article("b.txt", path="/news/b.txt")) == "moved"
    assert comparison.judge(article("c.txt", "other", "/news/c.txt")) == "unchanged"
    assert comparison.removed(["/news"], []) == []
    assert (comparison.former_of("b.txt"), comparison.former_of("c.txt")) == ("a.txt", "c.txt")
    assert +comparison.articles_in == {"/news/b.txt": 1, "/news/c.txt": 1}


def test_a_file_renamed_out_of_its_root_takes_its_former_self_along():
    comparison = compare(article("a.txt"), gone={"/news/a.txt"})
    assert comparison.judge(article("b.txt", path="/else/b.txt", root="/else")) == "moved"
    assert comparison.former_of("b.txt") == "a.txt"
    assert +comparison.articles_in == {"/else/b.txt": 1}


def test_one_former_self_is_claimed_once():
    comparison = compare(article("a.txt"), gone={"/news/a.txt"})
    assert comparison.judge(article("b.txt", path="/news/b.txt")) == "moved"
    assert comparison.judge(article("c.txt", path="/news/c.txt")) == "added"


def test_a_copy_is_no_rename():
    comparison = compare(article("a.txt"))
    assert comparison.judge(article("b.txt", path="/news/b.txt")) == "added"
    assert comparison.former_of("b.txt") == "b.txt"
    assert comparison.removed(["/news"], []) == ["a.txt"]


@pytest.mark.parametrize("path", ["", "-"])
def test_what_came_from_no_file_is_never_taken_for_a_former_self_or_removed(path):
    comparison = compare(article("a", path=path, root=path), gone={"", "-"})
    assert comparison.judge(article("b")) == "added"
    assert comparison.removed(["/news", "/"], []) == []


def test_only_what_lies_under_the_roots_is_removed():
    comparison = compare(
        article("in", path="/news/in.txt"),
        article("deep", path="/news/x/y.txt"),
        article("beside", path="/newspaper/a.txt"),
        article("single", path="/one.txt"),
        article("hand", path=""),
    )
    assert comparison.removed(["/news", "/one.txt"], []) == ["in", "deep", "single"]


def test_what_could_not_be_read_is_kept():
    comparison = compare(
        article("a#1", path="/news/a.jsonl"),
        article("x", path="/news/closed/x.txt"),
        article("b", path="/news/b.txt"),
    )
    assert comparison.removed(["/news"], ["/news/a.jsonl", "/news/closed"]) == ["b"]


def test_the_second_of_two_articles_with_one_id_is_rejected():
    comparison = compare()
    assert comparison.judge(article("a")) == "added"
    verdict = comparison.judge(article("a", "other", "/news/b.txt"))
    assert isinstance(verdict, Rejected)
    assert verdict.path == "/news/b.txt"
    assert "in /news/a.txt; give each its own" in verdict.reason
    assert comparison.counts == {"added": 1}


def test_the_same_article_twice_counts_once():
    comparison = compare()
    assert comparison.judge(article("a")) == "added"
    assert comparison.judge(article("a", path="/news/b.txt")) == "duplicate"
    assert comparison.counts == {"added": 1}


@pytest.mark.parametrize(
    ("path", "root", "expected"),
    [
        ("/a/b", "/a", True),
        ("/a", "/a", True),
        ("/ab", "/a", False),
        ("/a", "/a/b", False),
        ("/a", "/", True),
        ("/a/b", "/a/", True),
    ],
)
def test_within(path, root, expected):
    assert within([root])(path) is expected
    assert within(["/zzz", root])(path) is expected
    assert not within([])(path)


class TestUnchangedFiles:
    """They are not read; what they hold counts as if they had been."""

    def test_their_articles_are_seen(self):
        comparison = compare(
            article("a"), article("b", path="/news/b.txt"), unchanged={"/news/a.txt": 1}
        )
        assert comparison.pass_over("/news/a.txt")
        assert not comparison.pass_over("/news/b.txt")
        assert comparison.counts == {"unchanged": 1}
        assert comparison.removed(["/news"], []) == ["b"]

    def test_the_same_id_in_a_later_file_is_a_duplicate_or_rejected(self):
        comparison = compare(article("a"), unchanged={"/news/a.txt": 1})
        comparison.pass_over("/news/a.txt")
        assert comparison.judge(article("a", path="/news/b.txt")) == "duplicate"
        verdict = comparison.judge(article("a", "other", path="/news/c.txt"))
        assert "already taken by another article, in /news/a.txt" in verdict.reason

    def test_the_same_id_in_an_earlier_file_has_the_unchanged_one_read(self):
        comparison = compare(
            article("b", path="/news/b.txt"),
            article("c", path="/news/b.txt"),
            unchanged={"/news/b.txt": 2},
        )
        assert comparison.judge(article("b", "other", path="/news/a.txt")) == "updated"
        assert not comparison.pass_over("/news/b.txt")
        assert isinstance(comparison.judge(article("b", path="/news/b.txt")), Rejected)
        assert comparison.judge(article("c", path="/news/b.txt")) == "unchanged"
        assert +comparison.articles_in == {"/news/a.txt": 1, "/news/b.txt": 1}

    def test_one_that_lost_an_article_is_read(self):
        """Somebody removed it from the index by hand."""
        comparison = compare(article("a"), unchanged={"/news/a.txt": 2})
        assert not comparison.pass_over("/news/a.txt")

    def test_their_articles_are_nobodys_former_selves(self):
        comparison = compare(article("a"), unchanged={"/news/a.txt": 1}, gone={"/news/a.txt"})
        assert comparison.judge(article("b", path="/news/b.txt")) == "added"


def test_an_id_whose_article_was_renamed_is_free_for_another():
    comparison = compare(article("1", path="/news/old.jsonl"), gone={"/news/old.jsonl"})
    assert comparison.judge(article("2", path="/news/new.jsonl")) == "moved"
    assert comparison.former_of("2") == "1"
    assert comparison.judge(article("1", path="/news/next.jsonl")) == "added"
    assert comparison.removed(["/news"], []) == []
    assert +comparison.articles_in == {"/news/new.jsonl": 1, "/news/next.jsonl": 1}
