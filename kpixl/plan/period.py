"""When a plan runs: whole months, their business days, and how much of the year falls to each."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.calendar import EXACT, Calendar, DayCounts
from kpixl.engine.pace import so_far
from kpixl.engine.weekend import SATURDAY_SUNDAY
from kpixl.errors import InvalidPlan

__all__ = ["MOST_WEIGHT", "Period"]

MOST_WEIGHT = 1e12  # a weight may be a territory's sales in yen; products of much larger ones overflow

_YEARS = (1950, 2090)  # for five years on from each, the holidays are known


@dataclass(frozen=True)
class Period:
    """When the plan runs: whole months from `start`, and the days off within them.

    `closures` are the days off besides the `weekend`, national holidays included, so that the list in the workbook is
    complete; `part_days` are those of which a share is worked, a half day 0.5. `seasonality` weighs the calendar
    months, January first. `weekend` is seven digits from Monday on, 1 for a day off.
    """

    start: dt.date
    months: int
    closures: tuple[dt.date, ...] = ()
    seasonality: tuple[float, ...] = (1.0,) * 12
    weekend: str = SATURDAY_SUNDAY
    part_days: tuple[tuple[dt.date, float], ...] = ()

    def __post_init__(self) -> None:
        if self.start.day != 1:
            raise InvalidPlan("plan_start", given=self.start)
        if not _YEARS[0] <= self.start.year <= _YEARS[1]:
            raise InvalidPlan("plan_years", given=f"{self.start:%Y-%m}", first=_YEARS[0], last=_YEARS[1])
        if not 1 <= self.months <= 60:
            raise InvalidPlan("plan_months", given=self.months)
        if len(self.seasonality) != 12 or not all(0 < weight <= MOST_WEIGHT for weight in self.seasonality):
            raise InvalidPlan("plan_seasonality", given=list(self.seasonality))
        object.__setattr__(self, "weekend", self.calendar.weekend)

    @cached_property
    def starts(self) -> tuple[dt.date, ...]:
        """The first day of each month."""
        first = self.start.year * 12 + self.start.month - 1
        return tuple(dt.date(m // 12, m % 12 + 1, 1) for m in range(first, first + self.months))

    @cached_property
    def ends(self) -> tuple[dt.date, ...]:
        """The last day of each month."""
        return tuple((day + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1) for day in self.starts)

    @cached_property
    def business_days(self) -> DayCounts:
        """The business days of each month."""
        return self.days_from(self.start)

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """The weight of each month: its business days × its seasonality."""
        season = np.array([self.seasonality[start.month - 1] for start in self.starts])
        weights: NDArray[np.float64] = self.business_days * season
        return weights

    @cached_property
    def calendar(self) -> Calendar:
        """The days off; those of the country are among the plan's own."""
        return Calendar(dict.fromkeys(self.closures, 0.0) | dict(self.part_days), None, self.weekend)

    @property
    def end(self) -> dt.date:
        """The last day of the plan."""
        return self.ends[-1]

    def days_from(self, day: dt.date, last: dt.date | None = None) -> DayCounts:
        """Return the business days of each month that are not before `day`, and not after `last` where it is given."""
        ends = np.minimum(np.array(self.ends, dtype="datetime64[D]"), np.datetime64(last or self.end))
        first = np.maximum(np.array(self.starts, dtype="datetime64[D]"), np.datetime64(day))
        days = np.asarray(self.calendar.count(np.minimum(first, ends), ends))
        return np.where(first > ends, 0, days)

    def done_and_left(self, day: dt.date) -> tuple[float, float]:
        """Return the business days of `day`'s month that are over at its end, and those that are left."""
        month = self.month_of(day)
        start, end = self.starts[month], min(self.ends[month], day)
        done = self.calendar.count(start, end) if start <= end else 0
        left = round(self.business_days[month].item() - done, EXACT)
        return _plain(done), _plain(left)

    def elapsed(self, day: dt.date) -> float:
        """Return the share of the business days of `day`'s month that are over at its end."""
        month = self.month_of(day)
        start, end = self.starts[month], self.ends[month]
        done, days = so_far(start, end, day, self.calendar)
        return float(done / days)

    def month_of(self, day: dt.date) -> int:
        """Return the number of the month that `day` falls in, from 0; a day outside counts to the nearest month."""
        index = (day.year - self.start.year) * 12 + day.month - self.start.month
        return min(max(index, 0), self.months - 1)

    def nearest(self, day: dt.date) -> dt.date:
        """Return the day of the plan that is nearest to `day`."""
        return min(max(day, self.start), self.end)


def _plain(days: float) -> float:
    """Return a count of days without a decimal where it needs none."""
    return int(days) if float(days).is_integer() else days
