"""What lies under a path, and what is surely there no more."""

import ntpath
import os

import pytest

from search.errors import SourceError
from search.indexing.looking import absolute, look, within


def test_a_path_that_is_not_utf_8_cannot_be_noted(tmp_path):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("the system takes no such names")
    with pytest.raises(SourceError, match=r"caf\\udce9' is not UTF-8; rename it\."):
        look([folder])


def test_the_home_of_nobody_is_a_name_like_any_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert absolute(["~nobody-of-this-name/x"]) == (str(tmp_path / "~nobody-of-this-name/x"),)


class TestWithin:
    def test_is_what_lies_in_or_under_a_path(self):
        is_meant = within(["/a/b", "/c/"])
        assert is_meant("/a/b")
        assert is_meant("/a/b/c")
        assert is_meant("/c/d")
        assert not is_meant("/a/bc")
        assert not is_meant("/a")
        assert within(["/"])("/a")

    def test_a_backslash_is_part_of_a_name(self):
        assert not within(["/a/b\\"])("/a/b/c")
        assert within(["/a/b\\"])("/a/b\\/c")

    def test_but_not_where_it_stands_between_names(self, monkeypatch):
        with monkeypatch.context() as windows:
            windows.setattr("search.indexing.looking.os.path", ntpath)
            is_meant = within(["C:\\a", "D:\\"])
        assert is_meant("C:\\a\\b")
        assert is_meant("D:\\b")
        assert not is_meant("C:\\ab")
