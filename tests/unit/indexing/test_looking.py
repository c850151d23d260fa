"""What lies under a path, and what is surely there no more."""

import ntpath

from search.indexing.looking import within


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
