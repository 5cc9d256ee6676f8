"""What a report is about: a week, a month or a quarter of a plan, and what of its targets falls to it.

Targets are set by month. A quarter sums those of its months, three from the beginning of the plan on; a week has of
each month's targets the part that its business days are of the month's, as the grid of weeks in the workbook says. A
week runs from Monday to Sunday, within the plan, so that one across the end of a month has a part of both.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.plan.period import Period

__all__ = ["Span", "SpanKind", "months_on", "span_of", "week_of_month"]

Floats = NDArray[np.float64]

_YEAR, _QUARTER = 12, 3  # months
_WEEKS_A_YEAR = 52  # after which the same day of the week comes round


class SpanKind(StrEnum):
    """How long a reporting period is."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True)
class Span:
    """A reporting period: its first and last day, within the plan's `period`."""

    kind: SpanKind
    start: dt.date
    end: dt.date
    period: Period

    @cached_property
    def months(self) -> slice:
        """The places of the months of the plan that it touches."""
        return slice(self.period.month_of(self.start), self.period.month_of(self.end) + 1)

    @cached_property
    def parts(self) -> Floats:
        """Which part of each month's targets falls to it."""
        return self.due(self.end, 1.0)

    def of(self, monthly: ArrayLike) -> Floats:
        """Return what falls to it of targets by month, which are along the first axis."""
        share: Floats = np.tensordot(self.parts, np.asarray(monthly, dtype=np.float64), axes=(0, 0))
        return share

    def due(self, day: dt.date, elapsed: float | None = None) -> Floats:
        """Return which part of each month's targets is due by the end of one of its days.

        `elapsed` is the share of `day`'s month that is due by then; None: that of its business days. Within a week
        business days alone count.
        """
        if self.kind is SpanKind.WEEK:
            days, whole = self.period.days_from(self.start, min(day, self.end)), self.period.business_days
            return np.divide(days, whole, out=np.zeros(self.period.months), where=np.asarray(whole) > 0)
        month, parts = self.period.month_of(day), np.zeros(self.period.months)
        parts[self.months.start : month] = 1.0
        parts[month] = self.period.elapsed(day) if elapsed is None else elapsed
        return parts

    @property
    def business_days(self) -> float:
        """How many business days it has."""
        return sum(self.done_and_left(self.end))

    def done_and_left(self, day: dt.date) -> tuple[float, float]:
        """Return the business days that are over at the end of a day, and those that are left."""
        if self.kind is SpanKind.MONTH:
            return self.period.done_and_left(day)
        tomorrow = min(day, self.end) + dt.timedelta(days=1)
        return self._count(self.start, min(day, self.end)), self._count(tomorrow, self.end)

    def over(self, day: dt.date) -> bool:
        """Say whether it is over at the end of a day; a week is when its business days are."""
        return day >= self.end or (self.kind is SpanKind.WEEK and not self.done_and_left(day)[1])

    @property
    def earlier(self) -> "Span | None":
        """The one before, None where that lies before the plan."""
        before = self.start - dt.timedelta(days=1)
        return span_of(self.period, self.kind, before) if before >= self.period.start else None

    @property
    def later(self) -> "Span | None":
        """The next one, None where that lies beyond the plan."""
        after = self.end + dt.timedelta(days=1)
        return span_of(self.period, self.kind, after) if after <= self.period.end else None

    def back(self, *, years: int = 0) -> tuple[dt.date, dt.date]:
        """Return the first and last day of the one before, or of the same one so many years ago, in the plan or not.

        Of weeks it is the one that many times 52 weeks ago.
        """
        if self.kind is SpanKind.WEEK:
            monday = self.start - dt.timedelta(days=self.start.weekday())
            first = monday - dt.timedelta(weeks=_WEEKS_A_YEAR * years or 1)
            return first, first + dt.timedelta(days=6)
        whole = _QUARTER if self.kind is SpanKind.QUARTER else 1
        first = months_on(self.start, -(_YEAR * years or whole))
        length = self.months.stop - self.months.start if years else whole
        return first, months_on(first, length) - dt.timedelta(days=1)

    @property
    def number(self) -> int:
        """Which week it is of its month, which month or quarter of its year; a year begins where the plan does."""
        if self.kind is SpanKind.WEEK:
            return week_of_month(self.shown_day)
        month = self.period.month_of(self.start) % _YEAR
        return month // (_QUARTER if self.kind is SpanKind.QUARTER else 1) + 1

    @property
    def year(self) -> dt.date:
        """The first day of its year, which begins where the plan does."""
        return self.period.starts[self.period.month_of(self.start) // _YEAR * _YEAR]

    @property
    def shown_day(self) -> dt.date:
        """The day by whose month it is named: of a week its Thursday, as ISO 8601 has it, else its first day."""
        if self.kind is not SpanKind.WEEK:
            return self.start
        thursday = self.start + dt.timedelta(days=3 - self.start.weekday())
        return min(max(thursday, self.start), self.end)

    def _count(self, first: dt.date, last: dt.date) -> float:
        days = float(self.period.calendar.count(first, last)) if first <= last else 0.0
        return int(days) if days.is_integer() else days


def span_of(period: Period, kind: SpanKind, day: dt.date) -> Span:
    """Return the week, month or quarter of a plan that a day falls into; a day outside counts to the nearest one.

    >>> plan = Period(dt.date(2026, 4, 1), 12)
    >>> week = span_of(plan, SpanKind.WEEK, dt.date(2026, 7, 15))
    >>> str(week.start), str(week.end), week.number
    ('2026-07-13', '2026-07-19', 3)
    >>> quarter = span_of(plan, SpanKind.QUARTER, dt.date(2026, 7, 15))
    >>> str(quarter.start), str(quarter.end), quarter.number
    ('2026-07-01', '2026-09-30', 2)
    """
    day = period.nearest(day)
    if kind is SpanKind.WEEK:
        monday = day - dt.timedelta(days=day.weekday())
        return Span(kind, max(monday, period.start), min(monday + dt.timedelta(days=6), period.end), period)
    months = _QUARTER if kind is SpanKind.QUARTER else 1
    first = period.month_of(day) // months * months
    return Span(kind, period.starts[first], period.ends[min(first + months, period.months) - 1], period)


def week_of_month(day: dt.date) -> int:
    """Return which week of its month a day falls into, where weeks begin on Mondays and the first with the month.

    >>> week_of_month(dt.date(2026, 7, 5)), week_of_month(dt.date(2026, 7, 6))
    (1, 2)
    """
    return (day.replace(day=1).weekday() + day.day - 1) // 7 + 1


def months_on(first: dt.date, count: int) -> dt.date:
    """Return the first day of the month that comes so many months after that of another first day.

    >>> months_on(dt.date(2026, 11, 1), 3)
    datetime.date(2027, 2, 1)
    """
    month = first.year * _YEAR + first.month - 1 + count
    return dt.date(month // _YEAR, month % _YEAR + 1, 1)
