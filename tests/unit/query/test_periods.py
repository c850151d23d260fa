"""Words for dates beside the intervals that are expected."""

from datetime import datetime, timedelta, timezone

import pytest

from search.query.periods import chinese_period, parse_bound, period

NOW = datetime(2023, 11, 24, 10, 30, tzinfo=timezone.utc)  # a Friday
LAST = datetime.max.replace(tzinfo=timezone.utc)


def at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc) if text else None


PERIODS = [
    ("2023", "2023-01-01", "2024-01-01"),
    ("2023-11", "2023-11-01", "2023-12-01"),
    ("2023-12", "2023-12-01", "2024-01-01"),
    ("2023-11-24", "2023-11-24", "2023-11-25"),
    ("2023-1-2", "2023-01-02", "2023-01-03"),
    ("2024-02-29", "2024-02-29", "2024-03-01"),
    ("2023/11/24", "2023-11-24", "2023-11-25"),
    ("2023.11", "2023-11-01", "2023-12-01"),
    (" 2023-11 ", "2023-11-01", "2023-12-01"),
    ("2023年", "2023-01-01", "2024-01-01"),
    ("2023年11月", "2023-11-01", "2023-12-01"),
    ("2023年11月24日", "2023-11-24", "2023-11-25"),
    ("2023年11月24号", "2023-11-24", "2023-11-25"),
    ("２０２３年１月２日", "2023-01-02", "2023-01-03"),
    ("2023-11-24T08:30", "2023-11-24T08:30", "2023-11-24T08:31"),
    ("2023-11-24 08:30:15", "2023-11-24T08:30:15", "2023-11-24T08:30:16"),
    ("2023-11-24T08:30:15Z", "2023-11-24T08:30:15", "2023-11-24T08:30:16"),
    ("2023-11-24T08:30:15.5Z", "2023-11-24T08:30:15.500000", "2023-11-24T08:30:15.500001"),
    ("2023-11-24T08:30+08:00", "2023-11-24T00:30", "2023-11-24T00:31"),
    ("2023-11-24T08:30-0530", "2023-11-24T14:00", "2023-11-24T14:01"),
    ("today", "2023-11-24", "2023-11-25"),
    ("Yesterday", "2023-11-23", "2023-11-24"),
    ("this week", "2023-11-20", "2023-11-27"),
    ("last week", "2023-11-13", "2023-11-20"),
    ("last-week", "2023-11-13", "2023-11-20"),
    ("LAST  MONTH", "2023-10-01", "2023-11-01"),
    ("last year", "2022-01-01", "2023-01-01"),
    ("今天", "2023-11-24", "2023-11-25"),
    ("昨天", "2023-11-23", "2023-11-24"),
    ("前天", "2023-11-22", "2023-11-23"),
    ("本周", "2023-11-20", "2023-11-27"),
    ("上周", "2023-11-13", "2023-11-20"),
    ("上週", "2023-11-13", "2023-11-20"),
    ("上个月", "2023-10-01", "2023-11-01"),
    ("上月", "2023-10-01", "2023-11-01"),
    ("本月", "2023-11-01", "2023-12-01"),
    ("今年", "2023-01-01", "2024-01-01"),
    ("去年", "2022-01-01", "2023-01-01"),
    ("12h", "2023-11-23T22:30", None),
    ("7d", "2023-11-17T10:30", None),
    ("2W", "2023-11-10T10:30", None),
    ("3m", "2023-08-24T10:30", None),
    ("1y", "2022-11-24T10:30", None),
    ("last 3 days", "2023-11-21T10:30", None),
    ("past 1 month", "2023-10-24T10:30", None),
    ("2023-11-20..2023-11-24", "2023-11-20", "2023-11-25"),
    ("2023-11-20 .. 2023-11-24", "2023-11-20", "2023-11-25"),
    ("2023-11-20..24", "2023-11-20", "2023-11-25"),
    ("2023-11-20..12-05", "2023-11-20", "2023-12-06"),
    ("2023-10..11", "2023-10-01", "2023-12-01"),
    ("2022..2023", "2022-01-01", "2024-01-01"),
    ("2023.11.20..24", "2023-11-20", "2023-11-25"),
    ("2023-11-24..2023-11-24", "2023-11-24", "2023-11-25"),
    ("2023-11..", "2023-11-01", None),
    ("..2023-11-24", None, "2023-11-25"),
    ("上周..昨天", "2023-11-13", "2023-11-24"),
    ("7d..yesterday", "2023-11-17T10:30", "2023-11-24"),
    ("0001", "0001-01-01", "0002-01-01"),
    ("9999-11", "9999-11-01", "9999-12-01"),
]


@pytest.mark.parametrize(("typed", "since", "until"), PERIODS)
def test_a_period_is_inclusive_as_typed_and_half_open_as_stored(
    typed: str, since: str | None, until: str | None
) -> None:
    assert period(typed, NOW) == (at(since), at(until))


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "..", "...", "soon", "last", "week", "0000", "10000", "0年", "10000年", "2023-13",
        "2023-00", "2023-02-30", "2023-02-29", "2023年13月", "2023-11-24T25:00", "2023-11-24T08:61",
        "2023-11-24T08:30+99:00", "0001-01-01T00:00+08:00", "9999-12-31T23:59Z", "7", "7x", "-7d",
        "3000y", "999999w", "9999999d", "2023-12..2023-11", "7d..7d", "soon..", "..soon", "2023..soon",
        "2023-11-20..31", "2023-11/24", "11月", "昨天的", "\x00", "\ud800", "²023", "9" * 5000, "2" * 81,
    ],
)  # fmt: skip
def test_what_is_no_period_is_none(typed: str) -> None:
    assert period(typed, NOW) is None


def test_the_last_year_ends_with_the_last_moment() -> None:
    assert period("9999", NOW) == (at("9999-01-01"), LAST)
    assert parse_bound("9999", NOW, upper=True) == LAST


@pytest.mark.parametrize(
    ("typed", "lower", "upper"),
    [
        ("7d", "2023-11-17T10:30", "2023-11-17T10:30"),
        ("2023-11", "2023-11-01", "2023-12-01"),
        ("2023-11-24", "2023-11-24", "2023-11-25"),
        ("2023-11-24T08:30:00", "2023-11-24T08:30:00", "2023-11-24T08:30:01"),
        ("上周", "2023-11-13", "2023-11-20"),
        ("yesterday", "2023-11-23", "2023-11-24"),
        ("2023年", "2023-01-01", "2024-01-01"),
        ("soon", None, None),
        ("2023-11..2023-12", None, None),
        ("", None, None),
        ("x" * 1000, None, None),
    ],
)
def test_a_bound_is_one_end_of_its_period(typed: str, lower: str | None, upper: str | None) -> None:
    assert parse_bound(typed, NOW, upper=False) == at(lower)
    assert parse_bound(typed, NOW, upper=True) == at(upper)


@pytest.mark.parametrize(
    ("now", "typed", "since"),
    [
        ("2024-03-31", "1m", "2024-02-29"),
        ("2023-03-31", "1m", "2023-02-28"),
        ("1900-03-31", "1m", "1900-02-28"),
        ("2000-03-31", "1m", "2000-02-29"),
        ("2024-02-29", "1y", "2023-02-28"),
        ("2024-01-15", "上个月", "2023-12-01"),
        ("2024-01-01", "yesterday", "2023-12-31"),
        ("2024-01-01", "上周", "2023-12-25"),
        ("2023-11-26", "本周", "2023-11-20"),
        ("2023-11-27", "本周", "2023-11-27"),
    ],
)
def test_relative_words_cross_the_ends_of_months_and_years(
    now: str, typed: str, since: str
) -> None:
    moment = at(now)
    assert moment is not None
    assert parse_bound(typed, moment, upper=False) == at(since)


@pytest.mark.parametrize("typed", ["昨天", "yesterday", "1d", "前年", "上月", "本周"])
def test_at_the_beginning_of_time_nothing_raises(typed: str) -> None:
    first = datetime.min.replace(tzinfo=timezone.utc)
    found = period(typed, first)
    assert found is None or found[0] == first


def test_days_are_those_of_utc_whatever_the_zone_of_now() -> None:
    beijing = datetime(2023, 11, 25, 1, 0, tzinfo=timezone(timedelta(hours=8)))
    assert period("today", beijing) == (at("2023-11-24"), at("2023-11-25"))
    assert period("today", NOW.replace(tzinfo=None)) == period("today", NOW)


@pytest.mark.parametrize("typed", ["上周", "昨天", "2023年", "2023年11月", "2023年11月24日"])
def test_a_chinese_date_is_the_period_it_names(typed: str) -> None:
    assert chinese_period(typed, NOW) == period(typed, NOW) is not None


@pytest.mark.parametrize("typed", ["", "today", "2023", "2023-11", "7d", "11月", "星期天", "生日"])
def test_other_chunks_are_no_chinese_date(typed: str) -> None:
    assert chinese_period(typed, NOW) is None
