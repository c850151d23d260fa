"""Patterns that are compiled when they are first asked for something."""

import re

import pytest

from search.patterns import late


def test_it_answers_as_the_pattern_does():
    for pattern, text in ((r"(?P<word>\w+)!", "one! two!"), (rb"[0-9]", b"a1b2")):
        own, compiled = late(pattern), re.compile(pattern)
        for _ in range(2):  # the second time it is compiled
            assert own.findall(text) == compiled.findall(text)
            assert own.search(text)[0] == compiled.search(text)[0]
            assert own.sub(text[:0], text) == compiled.sub(text[:0], text)
            assert own.pattern == pattern


def test_flags_count():
    assert late("[a-z]+", re.IGNORECASE).fullmatch("ABC")
    assert not late("[a-z]+").fullmatch("ABC")


def test_it_is_compiled_when_it_is_first_used():
    broken = late("(")
    with pytest.raises(re.error):
        broken.search("")
