"""Which days are business days?

The weekend (Saturday and Sunday, if nothing else is said), the national holidays of the country and the company's own
closures are off; every other day counts, and of a half day half. The holidays come from the `holidays` package, Japan's
substitute holidays included; counting is numpy's.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from typing import Final, TypeAlias, TypedDict, overload

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.weekend import SATURDAY_SUNDAY, weekend_days
from kpixl.errors import InvalidValue

__all__ = [
    "EXACT",
    "Calendar",
    "Closures",
    "Date",
    "Dates",
    "DayCounts",
    "DaysOff",
    "as_days",
    "business_dates",
    "businessdays",
    "months",
    "national_holidays",
    "today",
]

Date: TypeAlias = dt.date | np.datetime64
Dates: TypeAlias = NDArray[np.datetime64]
Closures: TypeAlias = Iterable[Date] | Mapping[Date, float]
DayCounts: TypeAlias = NDArray[np.int64] | NDArray[np.float64]

_MOST_YEARS = 200  # no plan is longer: a year was mistyped
_A_DAY = np.timedelta64(1, "D")
_SWAPPED = str.maketrans("01", "10")
EXACT: Final = 9  # decimals of a count: sums of 0.1 and 0.3 differ beyond


class DaysOff(TypedDict):
    """A calendar as the public functions take it, argument by argument."""

    closures: Closures
    country: str | None
    weekend: int | str


@dataclass(frozen=True)
class Calendar:
    """Which days are off: what all functions with these arguments hand on as one.

    Parameters
    ----------
    closures : iterable of date, or mapping of date to float, default none
        Days the company is closed, beyond weekends and national holidays. A mapping says how much of each such day
        is worked, from 0 (closed) by 0.5 (a half day) to 1 (open, though it is a holiday or a weekend).
    country : str, default "JP"
        ISO 3166 code of the country whose national holidays are off; None where `closures` are all there are.
    weekend : int or str, default 1
        The days of the week that are off, as NETWORKDAYS.INTL writes them: 1 is Saturday and Sunday, 11 Sunday only,
        "0010000" Wednesday only, "0000000" none. It is kept as seven digits from Monday on.

    Raises
    ------
    InvalidValue
        If the weekend is none of these, or a share does not lie from 0 to 1.

    Examples
    --------
    >>> january = dt.date(2025, 1, 1), dt.date(2025, 1, 31)
    >>> Calendar((dt.date(2025, 1, 6),)).count(*january)
    20
    >>> Calendar({dt.date(2025, 1, 6): 0.5}, weekend=11).count(*january)
    24.5
    """

    closures: Closures = ()
    country: str | None = "JP"
    weekend: int | str = SATURDAY_SUNDAY
    parts: tuple[tuple[Date, float], ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        closures = self.closures if isinstance(self.closures, Mapping) else dict.fromkeys(self.closures, 0.0)
        shares = {as_days(day).item(): share for day, share in closures.items()}
        for day, share in shares.items():
            if not 0 <= share <= 1:
                raise InvalidValue("closure_share", day=day, given=share).of_rows(True)
        object.__setattr__(self, "closures", tuple(day for day, share in shares.items() if not share))
        object.__setattr__(self, "parts", tuple((day, float(share)) for day, share in shares.items() if share))
        object.__setattr__(self, "weekend", weekend_days(self.weekend))

    @property
    def days_off(self) -> DaysOff:
        """The calendar as arguments of a public function: ``pace(1, start, end, **calendar.days_off)``."""
        closures = dict.fromkeys(self.closures, 0.0) | dict(self.parts) if self.parts else self.closures
        return {"closures": closures, "country": self.country, "weekend": self.weekend}

    @overload
    def count(self, start: Date, end: Date) -> int | float: ...
    @overload
    def count(self, start: Date | Dates, end: Date | Dates) -> int | float | DayCounts: ...
    def count(self, start: Date | Dates, end: Date | Dates) -> int | float | DayCounts:
        """Count the business days from `start` to `end`, as `businessdays` does."""
        first, last = as_days(start), as_days(end)
        if (last < first).any():
            place = np.unravel_index(np.argmax(last < first), np.broadcast_shapes(first.shape, last.shape))
            wrong_first, wrong_last = (np.broadcast_to(days, (last < first).shape)[place] for days in (first, last))
            raise InvalidValue("period_reversed", start=wrong_first, end=wrong_last).of_rows(last < first)
        counts = np.busday_count(first, last + _A_DAY, busdaycal=self._between(first, last))
        if self.parts:
            days, worked = self._worked
            counts = np.round(
                counts + worked[np.searchsorted(days, last, "right")] - worked[np.searchsorted(days, first)], EXACT
            )
        return counts.item() if np.ndim(counts) == 0 else counts

    def dates(self, start: Date, end: Date) -> Dates:
        """List the business days from `start` to `end`, as `business_dates` does."""
        first, last = as_days(start), as_days(end)
        if last < first:
            raise InvalidValue("period_reversed", start=first, end=last)
        busdays = self._between(first, last)
        days: Dates = first + np.arange(int((last - first) // _A_DAY) + 1)
        open_days = np.is_busday(days, busdaycal=busdays) | np.isin(days, self._worked[0])
        business_days: Dates = days[open_days]
        return business_days

    def worked_before(self, dates: Dates) -> DayCounts:
        """Return how many days' work lies before each of these business days, and lastly on all of them."""
        if not self.parts:
            return np.arange(len(dates) + 1)
        days, worked = self._worked
        place = np.minimum(np.searchsorted(days, dates), len(days) - 1)
        shares = np.where(days[place] == dates, np.diff(worked)[place], 1.0)
        sums: NDArray[np.float64] = np.concatenate(([0.0], np.cumsum(shares)))
        return np.round(sums, EXACT)

    def __getstate__(self) -> dict[str, object]:
        """Leave out what is worked out when asked for, as numpy's calendar cannot be pickled."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    @cached_property
    def _worked(self) -> tuple[Dates, NDArray[np.float64]]:
        """The days of which a part is worked, in order, and how much is worked on them before each and in all."""
        ordered = sorted((as_days(day), share) for day, share in self.parts)
        days = np.array([day for day, _ in ordered], dtype="datetime64[D]")
        return days, np.concatenate(([0.0], np.cumsum([share for _, share in ordered])))

    @cached_property
    def _of_any_year(self) -> np.busdaycalendar:
        """The days off where no country has others in each year."""
        return _busdays(self, 2000, 2000)

    def _between(self, first: Dates, last: Dates) -> np.busdaycalendar:
        """Return the days off of these years, as numpy counts by them."""
        if not first.size or not last.size:
            return _busdays(Calendar(country=None), 2000, 2000)
        start, end = (days.astype("datetime64[Y]").astype(int) + 1970 for days in (first, last))
        _first_of(end - start > _MOST_YEARS, "period_too_long", first, last, most=_MOST_YEARS)
        if self.country is None:
            return self._of_any_year
        oldest, latest = _years_of(self.country)
        unknown = (start < oldest) | (end > latest)
        _first_of(unknown, "holidays_years", first, last, country=self.country, oldest=oldest, latest=latest)
        return _busdays(self, int(start.min()), int(end.max()))


@overload
def businessdays(
    start: Date, end: Date, *, closures: Closures = (), country: str | None = "JP", weekend: int | str = 1
) -> int | float: ...
@overload
def businessdays(
    start: Date | Dates,
    end: Date | Dates,
    *,
    closures: Closures = (),
    country: str | None = "JP",
    weekend: int | str = 1,
) -> int | float | DayCounts: ...
def businessdays(
    start: Date | Dates,
    end: Date | Dates,
    *,
    closures: Closures = (),
    country: str | None = "JP",
    weekend: int | str = 1,
) -> int | float | DayCounts:
    """Count the business days from `start` to `end`, both included.

    Parameters
    ----------
    start, end : date or ndarray of datetime64[D]
        First and last day; arrays are broadcast against each other.
    closures : iterable of date, or mapping of date to float, default none
        Days the company is closed, beyond weekends and national holidays. A mapping says how much of each such day
        is worked, from 0 (closed) by 0.5 (a half day) to 1 (open, though it is a holiday or a weekend).
    country : str, default "JP"
        ISO 3166 code of the country whose national holidays are off; None where `closures` are all there are.
    weekend : int or str, default 1
        The days of the week that are off, as NETWORKDAYS.INTL writes them: 1 to 7 (two days, from Saturday and Sunday
        on), 11 to 17 (one day, from Sunday on), or seven digits from Monday on, 1 for a day off.

    Returns
    -------
    int or ndarray of int
        A plain int where both are single days; floats where a part of a day may be among them.

    Raises
    ------
    InvalidValue
        If an end lies before its start, the span is longer than 200 years, the country is unknown, its holidays are
        not known for all of the years, the weekend is none of those, or a share does not lie from 0 to 1.

    Examples
    --------
    >>> january = dt.date(2025, 1, 1), dt.date(2025, 1, 31)
    >>> businessdays(*january), businessdays(*january, weekend="0010000")
    (21, 25)

    The 31st is a half day:

    >>> businessdays(*january, closures={dt.date(2025, 1, 31): 0.5})
    20.5
    """
    return Calendar(closures, country, weekend).count(start, end)


def business_dates(
    start: Date, end: Date, *, closures: Closures = (), country: str | None = "JP", weekend: int | str = 1
) -> Dates:
    """List the business days from `start` to `end`, both included; a half day is one of them.

    Parameters and errors are those of `businessdays`, for one period.

    Examples
    --------
    >>> business_dates(dt.date(2025, 5, 2), dt.date(2025, 5, 8)).astype(str).tolist()
    ['2025-05-02', '2025-05-07', '2025-05-08']
    """
    return Calendar(closures, country, weekend).dates(start, end)


def national_holidays(start: Date, end: Date, country: str) -> tuple[dt.date, ...]:
    """List the national holidays from `start` to `end`, both included, on whatever day of the week they fall.

    Examples
    --------
    >>> [day.isoformat() for day in national_holidays(dt.date(2025, 5, 1), dt.date(2025, 5, 31), "JP")]
    ['2025-05-03', '2025-05-04', '2025-05-05', '2025-05-06']
    """
    first, last = as_days(start), as_days(end)
    Calendar((), country).count(start, end)  # refuses what is no period of known holidays
    listed = [day for year in range(_year(first), _year(last) + 1) for day in _holidays_of(country, year)]
    days = np.array(sorted(listed), dtype="datetime64[D]")
    return tuple(days[(first <= days) & (days <= last)].tolist())


def months(start: Date | Dates, count: int) -> Dates:
    """Return the first days of `count` months, beginning with the month of `start`.

    Examples
    --------
    >>> months(dt.date(2025, 11, 15), 3).astype(str).tolist()
    ['2025-11-01', '2025-12-01', '2026-01-01']
    """
    first = as_days(start).astype("datetime64[M]")
    return (first + np.arange(count)).astype("datetime64[D]")


def as_days(given: Date | Dates) -> Dates:
    """Return a date, or an array of them, as an array of datetime64[D].

    >>> as_days(dt.date(2025, 6, 2))
    array('2025-06-02', dtype='datetime64[D]')
    """
    return np.asarray(given, dtype="datetime64[D]")


def today(as_of: Date | Dates | None) -> Dates:
    """Return `as_of`, or today's date where it is None.

    >>> today(dt.date(2025, 6, 2)).astype(str).tolist()
    '2025-06-02'
    """
    return as_days(dt.date.today() if as_of is None else as_of)


def _first_of(wrong: NDArray[np.bool_], key: str, first: Dates, last: Dates, **values: object) -> None:
    """Raise for the first period that is wrong."""
    if np.any(wrong):
        place = np.unravel_index(np.argmax(wrong), np.shape(wrong))
        start, end = (np.broadcast_to(days, np.shape(wrong))[place] for days in (first, last))
        raise InvalidValue(key, start=start, end=end, **values).of_rows(wrong)


def _year(day: Dates) -> int:
    return int(day.astype("datetime64[Y]").astype(int)) + 1970


@lru_cache(maxsize=256)
def _busdays(calendar: Calendar, first: int, last: int) -> np.busdaycalendar:
    country, years = calendar.country, range(first, last + 1)
    days = [] if country is None else [day for year in years for day in _holidays_of(country, year)]
    apart = [*calendar.closures, *(day for day, _ in calendar.parts)]
    open_days = str(calendar.weekend).translate(_SWAPPED)
    return np.busdaycalendar(open_days, np.array([*days, *apart], dtype="datetime64[D]"))


@lru_cache(maxsize=4096)
def _holidays_of(country: str, year: int) -> tuple[dt.date, ...]:
    import holidays  # noqa: PLC0415 - as slow to import as numpy, and needed only to count days

    return tuple(holidays.country_holidays(country, years=[year]))


@lru_cache(maxsize=256)
def _years_of(country: str) -> tuple[int, int]:
    """Return the first and the last year whose holidays are known; in others the package knows of none."""
    import holidays  # noqa: PLC0415 - as slow to import as numpy, and needed only to count days

    if not re.fullmatch("[A-Z]{2}", country):  # the package would accept the name of any Python module
        raise InvalidValue("country_unknown", given=country[:40]).of_rows(True)
    try:
        known = holidays.country_holidays(country)
    except NotImplementedError:
        raise InvalidValue("country_unknown", given=country).of_rows(True) from None
    return known.start_year, known.end_year
