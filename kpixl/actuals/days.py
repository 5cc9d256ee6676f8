"""Which day does a cell of a column of dates mean?

7/8/2026 is the 8th of July in one country and the 7th of August in another. One cell cannot say which; its column often
can, where another cell has a day beyond 12, and a mapping can (`dates = "MM/DD/YYYY"`). What neither says is not
guessed. Everything that can be meant in one way only (15-Jul-2026, Jul 15, 2026, 15.07.2026, 令和8年7月15日) is read
without being asked for.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from kpixl.actuals.headings import plain
from kpixl.engine.numbers import parse_moment
from kpixl.errors import InvalidValue

__all__ = ["DAY_FIRST", "MONTH_FIRST", "Days", "is_pattern", "read_days"]

MONTH_FIRST, DAY_FIRST = "MM/DD/YYYY", "DD/MM/YYYY"

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NAMES = {name[:length]: place for place, name in enumerate(_MONTHS, 1) for length in (3, len(name))} | {"sept": 9}
_NAME = rf"(?P<name>{'|'.join(sorted(_NAMES, key=len, reverse=True))})\.?"
_TIME = r"(?:[t,]?\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?\s*(?P<half>[ap]\.?m\.?)?)?"
_ZONE = r"(?:\s*(?:z|utc|(?P<sign>[-+])(?P<ahead_hours>\d\d):?(?P<ahead_minutes>\d\d)))?"
_REST = rf"{_TIME}{_ZONE}"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_WORDED = (
    re.compile(rf"{_WEEKDAY}{_DAY}[-\s/]*{_NAME}[-,\s/]*{_YEAR}{_REST}"),
    re.compile(rf"{_WEEKDAY}{_NAME}\s*{_DAY},?\s*{_YEAR}{_REST}"),
)
_DOTTED = re.compile(rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.{_YEAR}{_REST}")
_YEAR_FIRST = re.compile(rf"{_YEAR}[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_REST}")
_EITHER_WAY = re.compile(rf"(?P<one>\d{{1,2}})[/-](?P<other>\d{{1,2}})[/-]{_YEAR}{_REST}")
_OFFSET = re.compile(r"(?::\d\d(?:\.\d+)?|時|分)\s*(?:z|utc|(?P<sign>[-+])(?P<hours>\d\d):?(?P<minutes>\d\d))$")
_TOKENS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<year>\d{2})",
    "MMM": _NAME,
    "MM": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "M": r"(?P<month>\d{1,2})",
    "D": r"(?P<day>\d{1,2})",
}


@dataclass(frozen=True)
class Days:
    """What the texts of a column mean: a day each (None where it cannot be read), and the `unsure` ones among those.

    `order` is how dates that could be read either way were read, `because` the text that decided it; both are "" where
    nothing had to be decided. `hours` are those of the days whose time is told; midnight is not.
    """

    days: tuple[dt.date | None, ...]
    hours: tuple[int | None, ...] = ()
    unsure: frozenset[str] = frozenset()
    order: str = ""
    because: str = ""


def is_pattern(text: str) -> bool:
    """Say whether a text names how dates are written: year, month and day, each once.

    >>> is_pattern("MM/DD/YYYY"), is_pattern("DD-MMM-YY"), is_pattern("MM/DD")
    (True, True, False)
    """
    found = [token[0] for token in re.findall("|".join(_TOKENS), text)]
    letters = re.sub("|".join(_TOKENS), "", text)
    return sorted(found) == ["D", "M", "Y"] and not re.search(r"[A-Za-z]", letters)


def read_days(texts: Sequence[str], zone: ZoneInfo, pattern: str | None = None) -> Days:
    """Read all distinct texts of one column of dates, none of them blank.

    >>> us = read_days(["7/8/2026", "7/15/2026", "15-Jul-2026"], ZoneInfo("Asia/Tokyo"))
    >>> [day.isoformat() for day in us.days if day], us.order, us.because
    (['2026-07-08', '2026-07-15', '2026-07-15'], 'MM/DD/YYYY', '7/15/2026')
    >>> sorted(read_days(["7/8/2026", "8/7/2026"], ZoneInfo("Asia/Tokyo")).unsure)
    ['7/8/2026', '8/7/2026']
    """
    order, because = (pattern, "") if pattern else _order(texts)
    days: list[dt.date | None] = []
    hours: list[int | None] = []
    day: dt.date | None
    unsure: set[str] = set()
    for text in texts:
        try:
            moment, timed = _moment(text, zone, order)
        except (InvalidValue, ValueError, OverflowError):
            day = hour = None
        else:
            day, hour = moment.date(), moment.hour if timed else None
        days.append(day)
        hours.append(hour)
        if day is None and not order and _either_way(text):
            unsure.add(text)
    return Days(tuple(days), tuple(hours), frozenset(unsure), "" if pattern else order, because)


def _order(texts: Iterable[str]) -> tuple[str, str]:
    """Return how a column has dates such as 7/8/2026, and the text that says so; nothing where none or both do."""
    said: dict[str, str] = {}
    for text in texts:
        found = _EITHER_WAY.fullmatch(plain(text))
        if found is None:
            continue
        one, other = int(found["one"]), int(found["other"])
        if one > 12 >= other:
            said.setdefault(DAY_FIRST, text)
        elif other > 12 >= one:
            said.setdefault(MONTH_FIRST, text)
    return next(iter(said.items())) if len(said) == 1 else ("", "")


def _either_way(text: str) -> bool:
    found = _EITHER_WAY.fullmatch(plain(text))
    return found is not None and int(found["one"]) <= 12 and int(found["other"]) <= 12


def _moment(text: str, zone: ZoneInfo, order: str) -> tuple[dt.datetime, bool]:
    """Return what a text means, and whether it tells a time of day."""
    said = plain(text)
    asked = _pattern(order).fullmatch(said) if order else None
    either = _EITHER_WAY.fullmatch(said)
    found = asked or next((got for form in (*_WORDED, _DOTTED, _YEAR_FIRST) if (got := form.fullmatch(said))), None)
    if found is not None:
        return _of(found, zone)
    if either is None:
        return _as_written(text, zone)
    one, other = int(either["one"]), int(either["other"])
    if order or (one <= 12 and other <= 12):
        if one == other and not order:
            return _of(either, zone, month=one, day=other)
        raise InvalidValue("date_text", given=text)
    return _of(either, zone, month=min(one, other), day=max(one, other))


def _of(found: re.Match[str], zone: ZoneInfo, month: int = 0, day: int = 0) -> tuple[dt.datetime, bool]:
    parts = found.groupdict()
    name = parts.get("name")
    month = month or (_NAMES[name] if name else int(parts["month"]))
    year = int(parts["year"]) + (2000 if len(parts["year"]) == 2 else 0)
    hour = int(parts["hour"] or 0)
    if parts["half"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + 12 * (parts["half"][0] == "p")
    moment = dt.datetime(
        year, month, day or int(parts["day"]), hour, int(parts["minute"] or 0), int(parts["second"] or 0)
    )
    timed = moment.time() != dt.time()
    if not re.search(r"(?:z|utc|[-+]\d\d:?\d\d)$", found[0]) or parts["minute"] is None:
        return moment, timed
    return _local(moment, parts["sign"], parts["ahead_hours"], parts["ahead_minutes"], zone), timed


def _as_written(text: str, zone: ZoneInfo) -> tuple[dt.datetime, bool]:
    """Return the moment of a date as Japanese people write it, or of a serial number."""
    moment, offset = parse_moment(text), _OFFSET.search(plain(text))
    timed = moment.time() != dt.time()
    if offset is None:
        return moment, timed
    return _local(moment, offset["sign"], offset["hours"], offset["minutes"], zone), timed


def _local(
    moment: dt.datetime, sign: str | None, hours: str | None, minutes: str | None, zone: ZoneInfo
) -> dt.datetime:
    """Return the day and time in a time zone of a moment that was written with an offset."""
    ahead = dt.timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return (moment - (-ahead if sign == "-" else ahead)).replace(tzinfo=dt.UTC).astimezone(zone)


@cache
def _pattern(order: str) -> re.Pattern[str]:
    """Return what matches dates that are written in this order; any of / and - may stand between."""
    parts = re.split(f"({'|'.join(_TOKENS)})", order)
    return re.compile("".join(_TOKENS.get(part) or _between(part) for part in parts) + _REST)


def _between(signs: str) -> str:
    return "[/-]" if signs in ("/", "-") else re.escape(plain(signs))
