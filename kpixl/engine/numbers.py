"""What number or date did the person mean?

Sales sheets hold numbers as people type them: full-width digits, 億 and 万, ▲ for a loss, 20%, 令和7年. This module
reads them into floats and dates, and rounds up without being misled by floating-point rounding. What
it cannot read it refuses with a reason; it never guesses.
"""

import datetime as dt
import math
import re
import unicodedata
from decimal import Decimal
from typing import overload

import numpy as np
from numpy.typing import NDArray

from kpixl.errors import InvalidValue

__all__ = ["ceil", "from_serial", "is_whole", "parse_date", "parse_moment", "parse_number", "to_serial"]

_SLACK = 64 * 2.0**-52  # what a chain of divisions can lose to rounding; far below one unit of any count

_DASHES = str.maketrans(dict.fromkeys("−‐‑‒–—ー", "-") | dict.fromkeys("▲△", "▲"))
_SIGNED = r"(?P<open>\()?(?P<sign>[-+▲])?[¥\\$€]?(?P<inner>[-+▲])?(?P<size>[^()]+?)(?P<close>\))?"
_SUFFIX = r"(円|件|社|人|名|回|本|個|台|点|通|日|時間|分|yen|jpy)$"
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+"
_PLAIN = rf"(?:{_DIGITS})(?:e[-+]?\d+)?"
_THOUSANDS = rf"(?:(?P<n1000>{_DIGITS})?千)?(?:(?P<n100>{_DIGITS})?百)?(?:(?P<n10>{_DIGITS})?十)?"
_GROUP = rf"{_THOUSANDS}(?P<n1>{_DIGITS})?(?P<unit>[兆億万]?)"
_ENGLISH = re.compile(rf"({_DIGITS})(k|m|bn?)")
_MAGNITUDES = {"k": 10**3, "m": 10**6, "b": 10**9, "bn": 10**9}
_MYRIADS = {"兆": 10**12, "億": 10**8, "万": 10**4, "": 1}

_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_ERAS |= {name[0]: year for name, year in _ERAS.items()} | dict(zip("MTSHR", _ERAS.values(), strict=True))
_CLOCK = (
    r"(?:T|\s*)(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?|時(?:(?P<minutes>\d{1,2})分)?)"
    r"(?:Z|[-+]\d{2}:?\d{2})?"
)
_TIME = rf"\s*(?:\([月火水木金土日]\)|[月火水木金土日]曜日?)?(?:{_CLOCK})?"
_WESTERN = rf"(?P<year>\d{{4}})[-/.年](?P<month>\d{{1,2}})[-/.月](?P<day>\d{{1,2}})日?{_TIME}"
_COMPACT = r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
_JAPANESE = (
    rf"(?P<era>{'|'.join(sorted(_ERAS, key=len, reverse=True))})(?P<year>元|\d{{1,2}})[-/.年]"
    rf"(?P<month>\d{{1,2}})[-/.月](?P<day>\d{{1,2}})日?{_TIME}"
)
_LAST_SERIAL = 2_958_465  # 9999-12-31
_NO_DAY = 60  # spreadsheets count a 29 February 1900, which never was
_DAY_ZERO = dt.date(1899, 12, 30)  # of the serials beyond that day


def parse_number(value: str | float | Decimal) -> float:
    """Read a number as people write it.

    Parameters
    ----------
    value : str or float
        A number, or text such as ``"1億2,000万円"``, ``"１２３"``, ``"¥1,000"``, ``"20%"``, ``"▲5"``, ``"(5)"``,
        ``"3千"``, ``"12k"``, ``"1.5M"``, ``"2bn"``. A small m is no million: it may be
        metres, minutes or months.

    Returns
    -------
    float
        The number meant; a percentage as a ratio (``"20%"`` is 0.2).

    Raises
    ------
    InvalidValue
        If it is no number: other text, TRUE or FALSE, infinite or not a number.

    Examples
    --------
    >>> parse_number("1億2,000万円"), parse_number("▲５"), parse_number("20%"), parse_number("¥1.5M")
    (120000000.0, -5.0, 0.2, 1500000.0)
    """
    if isinstance(value, str):
        return _number_in(value)
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | Decimal | np.number):
        raise InvalidValue("number_kind", given=_shown(value))
    try:
        number = float(value)
    except (OverflowError, ValueError):
        number = math.inf
    if not math.isfinite(number):
        raise InvalidValue("number_finite", given=_shown(value))
    return number


def parse_date(value: str | float | dt.date | Decimal) -> dt.date:
    """Read a date as people write it.

    Parameters
    ----------
    value : str, float or datetime.date
        Text (``"2025-06-02"``, ``"2025/6/2"``, ``"令和7年6月2日"``, ``"R7.6.2"``, ``"平成元年1月8日"``; a time of day
        behind it is left out) or a serial number of the spreadsheet's 1900 date system, 1 to 2,958,465.

    Returns
    -------
    datetime.date
        The day meant.

    Raises
    ------
    InvalidValue
        If it is no date, a month without a day, or a day that no calendar has.

    Examples
    --------
    >>> parse_date("令和7年6月2日").isoformat(), parse_date(45810).isoformat()
    ('2025-06-02', '2025-06-02')
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str):
        return _date_in(value)
    whole = math.floor(parse_number(value))
    if not 1 <= whole <= _LAST_SERIAL or whole == _NO_DAY:
        raise InvalidValue("date_serial", given=f"{whole:.15g}")
    return _DAY_ZERO + dt.timedelta(whole + (whole < _NO_DAY))


def parse_moment(value: str | float | dt.date | Decimal) -> dt.datetime:
    """Read a day and time of day as people write them.

    Parameters
    ----------
    value : str, float or datetime.datetime
        As for `parse_date`; text may have a time behind the date (``"2025/6/2 14:05"``, ``"2025年6月2日 9時"``), a
        serial number has it in its fraction. A zone behind the time is left out: it is taken as local.

    Returns
    -------
    datetime.datetime
        To the second, without a zone; midnight where no time is given.

    Raises
    ------
    InvalidValue
        As for `parse_date`, or if the clock has no such time.

    Examples
    --------
    >>> parse_moment("令和7年6月2日 14:05").isoformat(), parse_moment(45810.25).isoformat()
    ('2025-06-02T14:05:00', '2025-06-02T06:00:00')
    """
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None, microsecond=0)
    midnight = dt.datetime.combine(parse_date(value), dt.time())
    if isinstance(value, dt.date):
        return midnight
    if isinstance(value, str) and (found := _written_date(_compact(value, keep_spaces=True))) is not None:
        return dt.datetime.combine(midnight, _clock(found, value))
    return midnight + dt.timedelta(seconds=round(parse_number(value) % 1 * 86_400))


def from_serial(serials: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Turn serial numbers of the 1900 date system into dates; the time of day is left out.

    Parameters
    ----------
    serials : ndarray of float
        Days, 1 (1900-01-01) to 2,958,465 (9999-12-31); 60, the 29 February 1900 that never was, is refused.

    Returns
    -------
    ndarray of datetime64[D]

    Raises
    ------
    InvalidValue
        If one of them is no such day.

    Examples
    --------
    >>> from_serial(np.array([1.0, 61.0, 45810.75])).astype(str).tolist()
    ['1900-01-01', '1900-03-01', '2025-06-02']
    """
    whole = np.floor(serials)
    bad = ~((whole >= 1) & (whole <= _LAST_SERIAL)) | (whole == _NO_DAY)
    if bad.any():
        raise InvalidValue("date_serial", given=f"{serials[bad][0]:.15g}")
    days: NDArray[np.datetime64] = np.datetime64(_DAY_ZERO) + (whole + (whole < _NO_DAY)).astype("timedelta64[D]")
    return days


def to_serial(dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Turn dates into serial numbers of the 1900 date system: the inverse of `from_serial`.

    Examples
    --------
    >>> to_serial(np.array(["2025-06-02"], dtype="datetime64[D]")).tolist()
    [45810.0]
    """
    serials = (dates.astype("datetime64[D]") - np.datetime64(_DAY_ZERO)).astype(float)
    return serials - (serials <= _NO_DAY)


@overload
def ceil(x: float) -> float: ...
@overload
def ceil(x: NDArray[np.float64]) -> NDArray[np.float64]: ...
def ceil(x: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
    """Round up to a whole number; a quotient that is whole but for rounding counts as whole.

    Parameters
    ----------
    x : float or ndarray of float
        Any size; what lies above a whole number by the rounding of a few divisions counts as it.

    Returns
    -------
    float or ndarray of float
        The smallest whole number that is not less than `x`.

    Examples
    --------
    21 ÷ 0.35 is 60.00000000000001 in binary, yet sixty calls are enough:

    >>> 21 / 0.35, ceil(21 / 0.35), ceil(60.1)
    (60.00000000000001, 60.0, 61.0)
    """
    if isinstance(x, np.ndarray):
        whole: NDArray[np.float64] = np.ceil(x - np.abs(x) * _SLACK)
        return whole
    return x if math.isinf(x) else float(math.ceil(x - abs(x) * _SLACK))


def is_whole(x: float) -> bool:
    """Say whether `x` is a whole number but for rounding.

    Examples
    --------
    >>> is_whole(0.7 / 0.1), is_whole(7.001), is_whole(math.inf)
    (True, False, False)
    """
    return math.isfinite(x) and abs(x - round(x)) <= abs(x) * _SLACK


def _number_in(text: str) -> float:
    compact = _compact(text)
    percent = compact.endswith("%")
    signed = re.fullmatch(_SIGNED, re.sub(_SUFFIX, "", compact.removesuffix("%")))
    if signed is None or (signed["open"] is None) != (signed["close"] is None):
        raise InvalidValue("number_text", given=_shown(text))
    marks = [mark for mark in (signed["open"], signed["sign"], signed["inner"]) if mark]
    bare = re.sub(_SUFFIX, "", signed["size"])
    size = (
        _size(bare) if (english := _ENGLISH.fullmatch(bare)) is None else _in_english(text, percent, *english.groups())
    )
    if size is None or len(marks) > 1:
        raise InvalidValue("number_text", given=_shown(text))
    number = size if marks in ([], ["+"]) else -size
    if not math.isfinite(number):
        raise InvalidValue("number_finite", given=_shown(text))
    return number / 100 if percent else number


def _size(text: str) -> float | None:
    """Add up the myriads of `text`: 億 before 万 before the rest, each at most once."""
    if re.fullmatch(_PLAIN, text):
        return float(text.replace(",", ""))
    total, ceiling = Decimal(0), 10**13
    while text:
        group = re.match(_GROUP, text)
        if group is None or group[0] == group["unit"] or _MYRIADS[group["unit"]] >= ceiling:
            return None
        within = sum((_places(group, place) for place in (1000, 100, 10)), _decimal(group["n1"] or "0"))
        ceiling = _MYRIADS[group["unit"]]
        total += within * ceiling
        text = text[group.end() :]
    return float(total)


def _in_english(text: str, percent: bool, digits: str, letter: str) -> float | None:
    """Return a size with k, M or B behind it."""
    small = letter in "mb" and letter.upper() not in unicodedata.normalize("NFKC", text)
    return None if percent or small else float(_decimal(digits) * _MAGNITUDES[letter])


def _places(group: re.Match[str], place: int) -> Decimal:
    mark = {1000: "千", 100: "百", 10: "十"}[place]
    return place * _decimal(group[f"n{place}"] or "1") if mark in group[0] else Decimal(0)


def _decimal(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))


def _date_in(text: str) -> dt.date:
    compact = _compact(text, keep_spaces=True)
    if re.fullmatch(_PLAIN, compact) and not re.fullmatch(_COMPACT, compact):
        return parse_date(float(compact.replace(",", "")))
    found = _written_date(compact)
    if found is None:
        raise InvalidValue("date_text", given=_shown(text))
    _clock(found, text)
    year = 1 if found["year"] == "元" else int(found["year"])
    era = found.groupdict().get("era")
    if era and not year:
        raise InvalidValue("date_missing", given=_shown(text))
    try:
        return dt.date(year + (_ERAS[era.upper()] if era else 0), int(found["month"]), int(found["day"]))
    except ValueError:
        raise InvalidValue("date_missing", given=_shown(text)) from None


def _clock(found: re.Match[str], text: str) -> dt.time:
    """Return the time of day behind a date; midnight where there is none."""
    clock = found.groupdict()
    hour, minute, second = (int(clock.get(part) or 0) for part in ("hour", "minute", "second"))
    minute += int(clock.get("minutes") or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise InvalidValue("time_missing", given=_shown(text))
    return dt.time(hour, minute, second)


def _written_date(text: str) -> re.Match[str] | None:
    return re.fullmatch(_WESTERN, text) or re.fullmatch(_COMPACT, text) or re.fullmatch(_JAPANESE, text, re.IGNORECASE)


def _compact(text: str, *, keep_spaces: bool = False) -> str:
    plain = unicodedata.normalize("NFKC", text).strip()
    if len(plain) > 100:
        raise InvalidValue("text_too_long", given=_shown(text))
    return plain if keep_spaces else "".join(plain.split()).translate(_DASHES).lower()


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 40 else text[:40] + "…"
