"""Durations as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("30s", 30), ("15m", 900), ("26h", 93_600), ("7d", 604_800), (" 1H30m ", 5_400)],
)
def test_usual_forms(text, seconds):
    assert durations.parse(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "5", "-5m", "5x", "1m1h", "1.5h", "１５m", "5 m", "m", "inf", "nan", "1" * 30 + "s"],
)
def test_everything_else_is_told_what_it_must_be(text):
    with pytest.raises(ValueError, match="must be a duration such as 30s"):
        durations.parse(text)


def test_nobody_waits_for_longer_than_ten_years():
    with pytest.raises(ValueError, match="ten years"):
        durations.parse("99999d")


@given(st.integers(0, 3_000_000))
def test_what_is_shown_is_read_as_nearly_the_same(seconds):
    shown = durations.shown(seconds)
    assert 0 <= seconds - durations.parse(shown) <= seconds / 24


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (-3, "0s"),
        (59.6, "1m"),
        (90, "1m30s"),
        (3_601, "1h"),
        (93_600, "26h"),
        (180_000, "2d2h"),
        (86_400, "24h"),
    ],
)
def test_two_units_are_shown(seconds, shown):
    assert durations.shown(seconds) == shown
