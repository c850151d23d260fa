"""Words for dates -> half-open intervals of aware UTC datetimes.

Comes in: what stands behind `date:`, `since:` or `--until`, or a chunk that may be a Chinese date.
Goes out: the interval, inclusive as typed (`2023-11` ends where December begins); None for what is
not understood, never an exception. Calendar days are those of UTC, weeks begin on Monday. An end
beyond the year 9999 is the last moment there is.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import lru_cache

Interval = tuple[datetime | None, datetime | None]

_LAST = datetime.max.replace(tzinfo=timezone.utc)
_LONGEST = 80  # characters; nothing longer is a date, and it bounds the work on any input
_MOST_REMEMBERED = 256

_NAMED = {
    "today": ("day", 0),
    "yesterday": ("day", -1),
    "this week": ("week", 0),
    "last week": ("week", -1),
    "this month": ("month", 0),
    "last month": ("month", -1),
    "this year": ("year", 0),
    "last year": ("year", -1),
    "今天": ("day", 0),
    "今日": ("day", 0),
    "昨天": ("day", -1),
    "昨日": ("day", -1),
    "前天": ("day", -2),
    "本周": ("week", 0),
    "本週": ("week", 0),
    "这周": ("week", 0),
    "這週": ("week", 0),
    "上周": ("week", -1),
    "上週": ("week", -1),
    "上星期": ("week", -1),
    "本月": ("month", 0),
    "这个月": ("month", 0),
    "這個月": ("month", 0),
    "上月": ("month", -1),
    "上个月": ("month", -1),
    "上個月": ("month", -1),
    "今年": ("year", 0),
    "去年": ("year", -1),
    "前年": ("year", -2),
}

_AGE_UNITS = {
    letter: unit
    for unit in ("hour", "day", "week", "month", "year")
    for letter in (unit[0], unit, unit + "s")
}
CHINESE_ENDS = frozenset("年月日号號周週期天")
"""What every Chinese date ends with."""

_LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
_MONTHS = {"month": 1, "year": 12}
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

# Compiled (and kept, by re) on first use: most queries hold no date.
_AGE = r"(?:(?:last|past) )?(\d{1,6}) ?([a-z]+)"
_NUMBERS = r"(\d{4})(?:([-/.])(\d{1,2})(?:\2(\d{1,2}))?)?"
_CHINESE = r"(\d{4})(年)(?:(\d{1,2})月(?:(\d{1,2})[日号號])?)?"
_COMPACT = r"(\d{4})(\d{2})(\d{2})"
_MONTH_FIRST = r"(\d{1,2})[-/.](\d{4})"
_IN_ENGLISH = r"(?:(\d{1,2})(?:st|nd|rd|th)? )?([a-z]{3,9})(?: (\d{1,2})(?:st|nd|rd|th)?)? (\d{4})"
_YEARLESS = r"(\d{1,2})月(?:(\d{1,2})[日号號])?"
_LONGEST_LEAP = 8
"""Years that may lie between two 29ths of February."""

_INSTANT = (
    r"(\d{4})-(\d{1,2})-(\d{1,2})[t ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?"
    r" ?(z|[-+]\d{2}:?\d{2})?"
)
_BREAKS = r"[\s_-]+"


def period(text: str, now: datetime) -> Interval | None:
    """Return the interval that `text` names: a date, a period, an age (`7d`) or a range with `..`.

    `now` is what relative words count from; without a zone it is UTC. An age reaches from then on,
    with an open end. None when it is not understood, or when a range runs backwards.
    """
    if len(text) > _LONGEST:
        return None
    first, dots, last = text.partition("..")
    if not dots:
        return _single(text, now)
    return _range(first.strip(), last.strip(), now)


def chinese_period(text: str, now: datetime) -> Interval | None:
    """Return the interval of a chunk that is a Chinese date and nothing else (`上周`).

    A month or a day without its year (`9月15日`) is text here.
    """
    if text[-1:] not in CHINESE_ENDS or len(text) > _LONGEST or re.fullmatch(_YEARLESS, text):
        return None
    return _single(text, now)


def parse_bound(text: str, now: datetime, upper: bool) -> datetime | None:  # noqa: FBT001
    """Return one end of what `text` names: its start, or with `upper` where it has passed.

    So `until:2023-11` is 1 December, exclusive. An age (`7d`) is one moment for both ends. None
    when it is not understood.
    """
    if len(text) > _LONGEST:
        return None
    # What names the same days at any time is mostly typed as it is remembered.
    since, until = _days_named(text) or _single(text, now) or (None, None)
    return until if upper and until else since


def _range(first: str, last: str, now: datetime) -> Interval | None:
    since = parse_bound(first, now, upper=False)
    until = parse_bound(_completed(first, last), now, upper=True)
    is_understood = (since or not first) and (until or not last) and (since or until)
    is_backwards = since and until and since >= until
    return (since, until) if is_understood and not is_backwards else None


def _completed(first: str, last: str) -> str:
    """Give the end of a range what it leaves out: `2023-11-20..24` ends on 2023-11-24."""
    start = re.fullmatch(_NUMBERS, first)
    if start is None or start[2] is None:
        return last
    given, ending = first.split(start[2]), last.split(start[2])
    is_short = len(ending) < len(given) and all(re.fullmatch(r"\d{1,2}", part) for part in ending)
    return start[2].join(given[: -len(ending)] + ending) if is_short else last


def _single(text: str, now: datetime) -> Interval | None:
    moment = now.astimezone(timezone.utc) if now.tzinfo else now.replace(tzinfo=timezone.utc)
    typed = " ".join(text.lower().split())
    readings = (read(typed, moment) for read in _READERS)
    return next((reading for reading in readings if reading), None)


def _named(text: str, now: datetime) -> Interval | None:
    unit, offset = _NAMED.get(re.sub(_BREAKS, " ", text), ("", 0))
    start = _shifted(_start(now, unit), unit, offset) if unit else None
    return _span(start, unit) if start else None


def _age(text: str, now: datetime) -> Interval | None:
    match = re.fullmatch(_AGE, re.sub(_BREAKS, " ", text))
    unit = _AGE_UNITS.get(match[2]) if match else None
    start = _shifted(now, unit, -int(match[1])) if match and unit else None
    return (start, None) if start else None


def _calendar(text: str, _now: datetime) -> Interval | None:
    return _days_named(text)


@lru_cache(_MOST_REMEMBERED)
def _days_named(text: str) -> Interval | None:
    """Read what names the same days at any time; a filter is mostly asked with again."""
    if match := re.fullmatch(_NUMBERS, text) or re.fullmatch(_CHINESE, text):
        return _day_or_longer(match[1], match[3], match[4])
    if match := re.fullmatch(_COMPACT, text):
        return _day_or_longer(*match.groups())
    if match := re.fullmatch(_MONTH_FIRST, text):
        return _day_or_longer(match[2], match[1])
    return None


def _in_english(text: str, _now: datetime) -> Interval | None:
    """Read `May 2013`, `15 Sep 2008` and `September 15th, 2008`."""
    match = re.fullmatch(_IN_ENGLISH, re.sub(r"[\s_,.-]+", " ", text))
    if match is None or (match[1] and match[3]):
        return None
    months = [at for at, name in enumerate(_MONTH_NAMES, 1) if name.startswith(match[2])]
    return _day_or_longer(match[4], months[0], match[1] or match[3]) if months else None


def _yearless(text: str, now: datetime) -> Interval | None:
    """Read a month or a day without its year: the last one that has begun."""
    match = re.fullmatch(_YEARLESS, text)
    if match is None:
        return None
    years = range(now.year, max(0, now.year - _LONGEST_LEAP - 1), -1)
    spans = (_day_or_longer(year, match[1], match[2]) for year in years)
    return next((span for span in spans if span and span[0] <= now), None)


def _day_or_longer(
    year: str | int, month: str | int | None, day: str | None = None
) -> tuple[datetime, datetime] | None:
    """Return the day, the month or the year, as much as is given, if there is such a one."""
    try:
        start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=timezone.utc)
    except ValueError:
        return None
    return _span(start, "day" if day else "month" if month else "year")


def _instant(text: str, _now: datetime) -> Interval | None:
    """Read a timestamp; what was typed is as long as its last digit: a minute, a second, less."""
    match = re.fullmatch(_INSTANT, text)
    if match is None:
        return None
    year, month, day, hour, minute = (int(part) for part in match.group(1, 2, 3, 4, 5))
    second, fraction = match[6], match[7]
    try:
        start = datetime(
            year,
            month,
            day,
            hour,
            minute,
            int(second or 0),
            int((fraction or "").ljust(6, "0")),
            tzinfo=_zone(match[8]),
        ).astimezone(timezone.utc)
        length = {"microseconds" if fraction else "seconds" if second else "minutes": 1}
        return start, start + timedelta(**length)
    except (ValueError, OverflowError):
        return None


def _zone(typed: str | None) -> timezone:
    if typed is None or typed == "z":
        return timezone.utc
    offset = timedelta(hours=int(typed[1:3]), minutes=int(typed[-2:]))
    return timezone(-offset if typed[0] == "-" else offset)


_READERS: tuple[Callable[[str, datetime], Interval | None], ...] = (
    _calendar,
    _named,
    _instant,
    _age,
    _in_english,
    _yearless,
)


def _span(start: datetime, unit: str) -> tuple[datetime, datetime]:
    return start, _shifted(start, unit, 1) or _LAST


def _start(moment: datetime, unit: str) -> datetime:
    """Return when the day, week, month or year of this moment began."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {
        "week": lambda: midnight - timedelta(days=midnight.weekday()),
        "month": lambda: midnight.replace(day=1),
        "year": lambda: midnight.replace(month=1, day=1),
    }
    return starts.get(unit, lambda: midnight)()


def _shifted(moment: datetime, unit: str, count: int) -> datetime | None:
    """Move by so many units; the 31st of a shorter month is its last day. None beyond 1-9999."""
    try:
        if unit in _LENGTHS:
            return moment + count * _LENGTHS[unit]
        months = moment.year * 12 + moment.month - 1 + count * _MONTHS[unit]
        year, month = divmod(months, 12)
        is_leap_february = month == 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        day = min(moment.day, _DAYS_IN_MONTH[month] + is_leap_february)
        return moment.replace(year=year, month=month + 1, day=day)
    except (OverflowError, ValueError):
        return None
