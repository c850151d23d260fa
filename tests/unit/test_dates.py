from datetime import datetime, timedelta, timezone

import pytest

from search import dates
from search.errors import ArticleError

THE_SECOND = "2023-11-24T02:11:55+00:00"


@pytest.mark.parametrize(
    "text",
    [
        "2023-11-24T02:11:55Z",
        "2023-11-24t02:11:55z",
        "2023-11-24 02:11:55",
        "2023-11-24T02:11:55+00:00",
        "2023-11-24T10:11:55+08:00",
        "2023-11-24 10:11:55 +0800",
        "2023-11-23T21:11:55-05",
        "2023-11-24 02:11:55 UTC",
        "20231124T021155Z",
        "20231124021155",
        "Fri, 24 Nov 2023 02:11:55 GMT",
        "Fri, 24 Nov 2023 10:11:55 +0800 (CST)",
        "24 Nov 2023 02:11:55",
        "Friday, November 24, 2023 2:11:55 AM",
        "2023年11月24日 上午2时11分55秒",
        "２０２３-１１-２４ ０２：１１：５５",
        "  2023-11-24T02:11:55Z\n",
        "1700791915",
        "1700791915000",
    ],
)
def test_one_second_in_all_its_spellings(text):
    moment, precision = dates.parse(text)
    assert (moment.isoformat(), precision) == (THE_SECOND, "second")
    assert moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "2023-11-24T10:11",
        "2023年11月24日 10:11",
        "2023年11月24日10时11分",
        "2023年11月24日　１０時１１分",
        "2023年11月24日 星期五 10:11",
        "November 24, 2023 10:11 am",
        "Nov. 24, 2023, at 10:11",
    ],
)
def test_without_seconds_the_minute_is_known(text):
    moment, precision = dates.parse(text)
    assert (moment.isoformat(), precision) == ("2023-11-24T10:11:00+00:00", "minute")


@pytest.mark.parametrize(
    "text",
    [
        "2023-11-24",
        "2023/11/24",
        "2023.11.24",
        "20231124",
        "November 24, 2023",
        "NOVEMBER 24 2023",
        "November 24th, 2023",
        "24 November 2023",
        "24-Nov-2023",
        "Nov. 24, 2023",
        "Friday, November 24, 2023",
        "November\u00a024,\u00a02023",
        "2023年11月24日",
        "2023 年 11 月 24 日",
        "２０２３年１１月２４日",
        "2023年11月24日星期五",
        "2023年11月24號",
    ],
)
def test_one_day_in_all_its_spellings(text):
    moment, precision = dates.parse(text)
    assert (moment.isoformat(), precision) == ("2023-11-24T00:00:00+00:00", "day")


@pytest.mark.parametrize(
    ("text", "month", "precision"),
    [
        ("2023-11", 11, "month"),
        ("2023/11", 11, "month"),
        ("2023年11月", 11, "month"),
        ("November 2023", 11, "month"),
        ("2023", 1, "year"),
        ("2023年", 1, "year"),
    ],
)
def test_month_and_year_stand_for_their_first_day(text, month, precision):
    assert dates.parse(text) == (datetime(2023, month, 1, tzinfo=timezone.utc), precision)


@pytest.mark.parametrize(
    ("name", "number"),
    [("Jan", 1), ("february", 2), ("Mar.", 3), ("May", 5), ("Sept", 9), ("sep.", 9), ("DEC", 12)],
)
def test_english_months_come_from_a_table_and_not_from_the_locale(name, number):
    assert dates.parse(f"3 {name} 2021")[0] == datetime(2021, number, 3, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-11-24T24:00:00Z", "2023-11-25T00:00:00+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        ("2023-11-24T02:11:55.25Z", "2023-11-24T02:11:55.250000+00:00"),
        ("2023-11-24T02:11:55,123456789Z", "2023-11-24T02:11:55.123456+00:00"),
        ("2023-11-24 12:05:00 am", "2023-11-24T00:05:00+00:00"),
        ("2023-11-24 12:05:00 pm", "2023-11-24T12:05:00+00:00"),
        ("Fri, 24 Nov 2023 02:11:55 EST", "2023-11-24T07:11:55+00:00"),
    ],
)
def test_edges_of_the_clock(text, expected):
    assert dates.parse(text)[0].isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "11/24/2023",
        "2023-13-01",
        "2023-02-30",
        "2023-11-24T25:00:00Z",
        "2023-11-24T02:61",
        "2023-11-24T02:11:55+99:00",
        "2023-11-24T02:11:55 XYZ",
        "0000-01-01",
        "0001-01-01T00:00+23:00",
        "9999-12-31T24:00",
        "May",
        "November 24",
        "٢٠٢٣-١١-٢٤",
        "2023-11-24 and more",
        "\ud800",
    ],
)
def test_what_is_no_date_is_refused_with_the_way_out(text):
    with pytest.raises(ArticleError) as caught:
        dates.parse(text)
    message = str(caught.value)
    assert message.endswith("write it as 2023-11-24T02:11:55Z.")
    message.encode("utf-8")


def test_a_refusal_quotes_at_most_60_characters():
    with pytest.raises(ArticleError) as caught:
        dates.parse("yesterday, " * 1000)
    quoted = str(caught.value).split("'")[1]
    assert quoted.startswith("yesterday,")
    assert len(quoted) <= 60


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "1970-01-01T00:00:00+00:00"),
        (-1, "1969-12-31T23:59:59+00:00"),
        (1700791915, THE_SECOND),
        (1700791915000, THE_SECOND),
        (1700791915.5, "2023-11-24T02:11:55.500000+00:00"),
    ],
)
def test_timestamps_are_seconds_or_milliseconds(number, expected):
    assert dates.from_timestamp(number).isoformat() == expected


@pytest.mark.parametrize(
    "number",
    [float("nan"), float("inf"), float("-inf"), 10**18, -(10**18), 10**5000],
    ids=["nan", "inf", "-inf", "late", "early", "endless"],
)
def test_a_number_that_is_no_moment_is_refused(number):
    with pytest.raises(ArticleError, match="since 1970"):
        dates.from_timestamp(number)
