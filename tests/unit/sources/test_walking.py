import inspect
import os
import sys

import pytest

from search.errors import SourceError, SourceMissing
from search.sources.rejected import Rejected
from search.sources.source_file import UNKNOWN_TIME
from search.sources.walking import SourceFile, walk


def relatives(*paths):
    return [file.relative for file in walk(paths)]


def test_a_folder_gives_its_articles_sorted_and_nothing_else(desk):
    for name in (
        "b.txt", "a/z.md", "a/c.jsonl.gz", "a/B.MARKDOWN", "c.csv", ".hidden.txt", ".git/x.txt",
        "picture.png", "x.tar.gz", "noend", "a.json",
    ):  # fmt: skip
        desk.write(name, "text")
    expected = ["a/B.MARKDOWN", "a/c.jsonl.gz", "a/z.md", "a.json", "b.txt", "c.csv"]
    files = list(walk([desk.folder]))
    assert [file.relative for file in files] == expected
    assert {file.root for file in files} == {str(desk.folder)}
    assert [file.path for file in files] == [str(desk.folder / name) for name in expected]


def test_a_file_is_its_folder_and_its_name_whatever_its_suffix(desk, monkeypatch):
    path = desk.write("a/.odd.name", "text")
    seen = path.stat()
    expected = (str(path.parent), str(path), ".odd.name", seen.st_size, seen.st_mtime_ns)
    assert [one[:5] for one in walk([path])] == [expected]
    monkeypatch.chdir(desk.folder)
    assert [one[:5] for one in walk(["a/.odd.name"])] == [expected]


def test_size_and_time_are_those_of_the_file_itself(desk):
    path = desk.write("a/.store", "some text")
    os.utime(path, ns=(1, 1_234_567_890_123_456_789))
    (desk.folder / "a/link.txt").symlink_to(".store")
    (desk.folder / "a/nowhere.txt").symlink_to("gone")
    (desk.folder / "a/plain.txt").write_bytes(b"12345")
    os.utime(desk.folder / "a/plain.txt", ns=(1, 7))
    link, nowhere, plain = walk([desk.folder])
    assert (link.relative, *link[3:5]) == ("a/link.txt", 9, 1_234_567_890_123_456_789)
    assert (nowhere.relative, *nowhere[3:5]) == ("a/nowhere.txt", 0, UNKNOWN_TIME)
    assert (plain.relative, *plain[3:5]) == ("a/plain.txt", 5, 7)
    assert next(walk([path]))[3:5] == link[3:5]


def test_a_relative_folder_has_an_absolute_root(desk, monkeypatch):
    desk.write("news/a.txt", "text")
    monkeypatch.chdir(desk.folder)
    (file,) = walk(["./news/../news"])
    assert (file.root, file.relative) == (str(desk.folder / "news"), "a.txt")


def test_standard_input_comes_once():
    assert list(walk(["-", "-"])) == [SourceFile("-", "-", "-")]


def test_overlapping_paths_give_a_file_once(desk):
    path = desk.write("a/b.txt", "text")
    desk.write("c.txt", "text")
    (desk.folder / "link").symlink_to(desk.folder / "a")
    assert relatives(desk.folder, path, desk.folder / "a", desk.folder / "link") == [
        "a/b.txt",
        "c.txt",
    ]
    assert relatives(path, desk.folder) == ["b.txt", "c.txt"]


def test_loops_of_links_are_survived(desk):
    desk.write("a/b.txt", "text")
    (desk.folder / "a" / "up").symlink_to("..")
    (desk.folder / "a" / "here").symlink_to(".")
    (desk.folder / "a" / "self.d").symlink_to("self.d")
    assert relatives(desk.folder) == ["a/b.txt"]


def test_links_are_followed_inside_the_root_only(desk, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "o.txt").write_text("text")
    desk.write(".store/object", "text")
    desk.write("real/r.txt", "text")
    (desk.folder / "in.txt").symlink_to(".store/object")
    (desk.folder / "out.txt").symlink_to(outside / "o.txt")
    (desk.folder / "out").symlink_to(outside)
    assert relatives(desk.folder) == ["in.txt", "real/r.txt"]


def test_what_lies_apart_is_not_reached_by_any_link(desk):
    desk.write("a/1.md", "text")
    desk.write("a/apart/2.md", "text")
    desk.write("a/apart/deep/3.md", "text")
    desk.write("a/apartment/4.md", "text")
    (desk.folder / "a/file.md").symlink_to("apart/2.md")
    (desk.folder / "a/folder").symlink_to("apart/deep")
    (desk.folder / "link").symlink_to("a")
    apart = desk.folder / "link/apart"
    for root in ("a", "link"):
        found = [one.relative for one in walk([desk.folder / root], apart)]
        assert found == ["1.md", "apartment/4.md"]
    inside = [desk.folder / f"link/apart{one}" for one in ("", "/deep", "/2.md")]
    assert list(walk(inside, apart)) == []


def test_a_named_link_is_followed_wherever_it_leads(desk, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "o.txt").write_text("text")
    link = desk.folder / "link"
    link.symlink_to(outside)
    (file,) = walk([link])
    assert (file.root, file.relative) == (str(link), "o.txt")


def test_all_paths_are_checked_before_the_first_file(desk):
    path = desk.write("a.txt", "text")
    with pytest.raises(SourceMissing, match="does not exist"):
        walk([path, desk.folder / "gone"])
    with pytest.raises(SourceMissing):
        walk([path, path / "below a file"])
    with pytest.raises(SourceMissing):
        walk(["nul\0"])


def test_a_folder_without_articles_is_an_error_that_names_the_suffixes(desk):
    desk.write("empty/picture.png", "")
    with pytest.raises(
        SourceError,
        match=r"holds no article files \(\.txt \.md .*is indexed of it stays; check whether",
    ):
        walk([desk.folder])


def test_a_folder_may_be_deeper_than_calls_may_nest(desk):
    depth = 150
    desk.write("d/" * depth + "a.txt", "text")
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + depth)
    try:
        (file,) = walk([desk.folder])
    finally:
        sys.setrecursionlimit(usual)
    assert file.relative == "d/" * depth + "a.txt"


def test_a_name_that_is_not_utf_8_is_rejected_and_printable(tmp_path):
    try:
        (tmp_path / os.fsdecode(b"a\xff.txt")).write_text("text")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (value,) = walk([tmp_path])
    assert isinstance(value, Rejected)
    value.path.encode("utf-8")


def test_a_folder_that_cannot_be_listed(desk, monkeypatch):
    """The refusal is played, because it does not bind every user."""
    desk.write("a.txt", "text")
    desk.write("closed/b.txt", "text")
    closed = str(desk.folder / "closed")
    scandir = os.scandir

    def refusing(path="."):
        if os.fspath(path) == closed:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    first, second = walk([desk.folder])
    assert first.relative == "a.txt"
    assert isinstance(second, Rejected)
    assert (second.path, second.line) == (closed, 0)
    with pytest.raises(SourceError, match="Permission denied"):
        walk([closed])
