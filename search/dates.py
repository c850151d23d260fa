"""Dates as articles write them, read without asking the locale.

In goes a text or a number, out comes an aware UTC datetime and how much of it the text really said.
A date and a time of day are read apart, each by its own short table of patterns, so that every form
of date goes with every form of time. `11/24/2023` and its like are refused: nobody can tell the day
from the month.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import cache

from search.errors import ArticleError
from search.parts import Precision

_LONGEST = 80  # characters; no date is longer, and a page taken for one is not worth a look
_SHOWN = 60
_MILLISECONDS_FROM = 1e11  # as seconds this would be the year 5138
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",),
            ("june", "jun"), ("july", "jul"), ("august", "aug"), ("september", "sep", "sept"),
            ("october", "oct"), ("november", "nov"), ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip

_ZONES = {
    "": 0, "z": 0, "utc": 0, "gmt": 0, "ut": 0,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
"""Hours east of Greenwich; the American names as RFC 2822 has them."""

_WEEKDAY = (
    r"(?:(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)"
    r"(?:day|sday|nesday|rsday|urday)?\.?,? )?"
)
_WEEKDAY_ZH = r"(?: ?\(?(?:星期|周|週)[一二三四五六日天]\)?)?"
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATE = (
    r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
    r"(?P<year>\d{4}) ?年 ?(?P<month>\d{1,2}) ?月 ?(?P<day>\d{1,2}) ?[日号號]" + _WEEKDAY_ZH,
    rf"{_WEEKDAY}{_MONTH} {_DAY},? (?P<year>\d{{4}})",
    rf"{_WEEKDAY}{_DAY}[ -]{_MONTH},?[ -](?P<year>\d{{4}})",
)
_SHORT_DATE = (
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})",
    r"(?P<year>\d{4}) ?年 ?(?P<month>\d{1,2}) ?月",
    rf"{_MONTH},? (?P<year>\d{{4}})",
    r"(?P<year>\d{4}) ?年?",
)
_ZONE = r" ?(?P<zone>[a-z]{0,3})(?P<offset>[+-]\d{2}(?::?\d{2})?)?(?: ?\([a-z ]+\))?"
_PART = r"(?:[.,](?P<part>\d+))?"
_HALF = r"(?: ?(?P<half>[ap])\.?m\.?(?![a-z]))?"
_HALF_ZH = r" ?(?P<half>上午|下午|凌晨|早上|中午|晚上)? ?"
_SECOND_ZH = r"(?:分|(?=[: ]|$))(?:[: ]?(?P<second>\d{1,2})秒?)?"
_SECOND = rf"(?::(?P<second>\d{{2}}){_PART})?"
_TIME = (
    rf"(?:t|,? (?:at )?)(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}}){_SECOND}{_HALF}{_ZONE}",
    rf"t?(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<second>\d{{2}})?{_PART}{_ZONE}",
    rf"t(?P<hour>\d{{2}}){_ZONE}",
    rf"{_HALF_ZH}(?P<hour>\d{{1,2}})(?::|[时時点點] ?)(?P<minute>\d{{1,2}}){_SECOND_ZH}{_ZONE}",
)
_TIMESTAMP = (r"\d{10}(?:\d{3})?",)


def parse(text: str) -> tuple[datetime, Precision]:
    """Read a date in any of the usual English, Chinese and ISO forms; no zone means UTC.

    Raises ArticleError, with the text's first 60 characters, when it is none of them.
    """
    plain = _plain(text)
    try:
        return _read(plain)
    except (ValueError, OverflowError):  # a 30th of February, an offset out of the calendar
        raise ArticleError(
            f"'{_shown(text)}' is not a date that can be read; write it as 2023-11-24T02:11:55Z."
        ) from None


def from_timestamp(number: float) -> datetime:
    """Read seconds, or milliseconds, since 1970."""
    try:
        if abs(number) >= _MILLISECONDS_FROM:
            return _EPOCH + timedelta(milliseconds=number)
        return _EPOCH + timedelta(seconds=number)
    except (ValueError, OverflowError):  # not a number, or beyond the years 1 to 9999
        raise ArticleError(
            f"{_shown_number(number)} is no moment between the years 1 and 9999; "
            "give seconds or milliseconds since 1970."
        ) from None


def _plain(text: str) -> str:
    """Fold full-width digits, no-break spaces and case; an overlong text becomes an empty one."""
    if len(text) > _LONGEST:
        return ""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def _read(plain: str) -> tuple[datetime, Precision]:
    for _ in _matches(_TIMESTAMP, plain, whole=True):
        return from_timestamp(int(plain)), "second"
    for found in _matches(_DATE, plain, whole=False):
        rest = plain[found.end() :]
        if not rest:
            return _day(found), "day"
        for time in _matches(_TIME, rest, whole=True):
            return _moment(_day(found), time)
    for found in _matches(_SHORT_DATE, plain, whole=True):
        return _day(found), "month" if found.groupdict().get("month") else "year"
    raise ValueError


def _matches(patterns: tuple[str, ...], text: str, *, whole: bool) -> Iterator[re.Match[str]]:
    for pattern in _compiled(patterns):
        found = pattern.fullmatch(text) if whole else pattern.match(text)
        if found is not None:
            yield found


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Compile on first use: most commands never read a date."""
    return tuple(re.compile(pattern, re.ASCII) for pattern in patterns)


def _day(found: re.Match[str]) -> datetime:
    parts = found.groupdict()
    month = parts.get("month") or "1"
    number = _MONTHS.get(month) or int(month)
    return datetime(int(parts["year"]), number, int(parts.get("day") or 1), tzinfo=timezone.utc)


def _moment(day: datetime, time: re.Match[str]) -> tuple[datetime, Precision]:
    parts = time.groupdict()
    hour, minute = int(parts["hour"]), int(parts.get("minute") or 0)
    second = int(parts.get("second") or 0)
    if hour > 24 or minute > 59 or second > 60:  # noqa: PLR2004 - 24:00 and leap seconds exist
        raise ValueError
    fraction = int((parts.get("part") or "0")[:6].ljust(6, "0"))
    since_midnight = timedelta(
        hours=_on_24_hours(hour, parts.get("half")),
        minutes=minute,
        seconds=second,
        microseconds=fraction,
    )
    precision: Precision = "second" if parts.get("second") else "minute"
    return day + since_midnight - _offset(parts["zone"], parts["offset"]), precision


def _on_24_hours(hour: int, half: str | None) -> int:
    if half in ("p", "下午", "中午", "晚上") and 1 <= hour < 12:  # noqa: PLR2004
        return hour if half == "中午" and hour == 11 else hour + 12  # noqa: PLR2004
    return 0 if half in ("a", "凌晨") and hour == 12 else hour  # noqa: PLR2004


def _offset(zone: str, offset: str | None) -> timedelta:
    if zone not in _ZONES:
        raise ValueError
    if not offset:
        return timedelta(hours=_ZONES[zone])
    digits = offset[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:  # noqa: PLR2004
        raise ValueError
    east = timedelta(hours=hours, minutes=minutes)
    return -east if offset[0] == "-" else east


def _shown(text: str) -> str:
    """Quote the start of a text on one line, with half characters spelled out."""
    line = " ".join(text[: _SHOWN + 1].split())
    safe = line.encode("utf-8", "backslashreplace").decode("utf-8")
    return safe if len(safe) <= _SHOWN else safe[: _SHOWN - 1] + "…"


def _shown_number(number: float) -> str:
    try:
        return _shown(str(number))
    except ValueError:  # Python refuses to write an integer of thousands of digits
        return "A number of thousands of digits"
