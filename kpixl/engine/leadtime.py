"""How long before must it happen?

An order of this month began weeks earlier, with the call that led to it. Each month's orders are
back-solved up the funnel, and each stage's volume is moved ahead by its business days to the order, into the months in
which the work must be done. What is done after a stage's last day can no longer become an order within the plan.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.allocation import allocate
from kpixl.engine.answers import Answer
from kpixl.engine.backsolve import backsolve
from kpixl.engine.calendar import EXACT, Calendar, Closures, Date, Dates, DayCounts, months
from kpixl.engine.checks import equal_lengths, vector
from kpixl.errors import InvalidValue, NothingToSay

__all__ = ["LeadTime", "ahead", "leadtime"]

_MOST_DAYS = 1000  # about four years of business days: no sale takes longer


@dataclass(frozen=True, slots=True, eq=False)
class LeadTime(Answer):
    """What each stage must bring in each month.

    `months` are first days, from the first in which something must happen; `volumes` has a row for each and a column
    for each stage, orders last; `last_days` is the day of each stage after which its work no longer counts.
    """

    months: Dates
    volumes: NDArray[np.float64]
    last_days: Dates


def leadtime(
    orders: ArrayLike,
    rates: ArrayLike,
    lead_days: ArrayLike,
    start: Date,
    *,
    closures: Closures = (),
    country: str | None = "JP",
    weekend: int | str = 1,
) -> LeadTime:
    """Return what each stage must bring in which month, so that the orders come in theirs.

    Parameters
    ----------
    orders : array_like of float, shape (m,)
        Orders wanted in each month, 0 or more, beginning with the month of `start`.
    rates : array_like of float, shape (n,)
        Conversion rate of each stage to the next, from top to bottom, above 0 and at most 1.
    lead_days : array_like of float, shape (n,)
        Business days from each stage to the order, whole, 0 to 1,000, not growing from top to bottom.
    start : date
        Any day of the first month.
    closures, country, weekend
        As in `businessdays`.

    Returns
    -------
    LeadTime
        Whole volumes; the columns add up to those of `backsolve` month by month, which `lead_days` of 0 give unmoved.

    Raises
    ------
    InvalidValue
        If an argument is out of range, or there are not as many lead times as rates.
    NothingToSay
        If a month has no business day.

    Notes
    -----
    A month's orders are taken as spread evenly over its business days, of which a half day counts half. A stage's share
    of the month goes to the days that lie its lead time before, and is divided among their months by largest remainder.

    Examples
    --------
    Ten orders in June 2025 from fifty meetings, ten business days before: half of the meetings belong to May.

    >>> import datetime as dt
    >>> found = leadtime([10], [0.2], [10], dt.date(2025, 6, 1))
    >>> found.months.astype(str).tolist(), found.volumes.tolist(), str(found.last_days[0])
    (['2025-05-01', '2025-06-01'], [[24.0, 0.0], [26.0, 10.0]], '2025-06-16')
    """
    wanted, leads = vector("orders", orders), _lead_days(lead_days)
    equal_lengths(rates=np.atleast_1d(np.asarray(rates)), lead_days=leads)
    needed = np.array([backsolve(count, 1.0, rates) for count in wanted])
    return ahead(needed, lead_days, start, closures=closures, country=country, weekend=weekend)


def ahead(
    volumes: ArrayLike,
    lead_days: ArrayLike,
    start: Date,
    *,
    closures: Closures = (),
    country: str | None = "JP",
    weekend: int | str = 1,
) -> LeadTime:
    """Return when each stage must bring what belongs to the orders of each month.

    Parameters
    ----------
    volumes : array_like of float, shape (m, n + 1)
        Whole volumes of each stage that belong to the orders of each month, orders last.
    lead_days : array_like of float, shape (n,)
        Business days from each stage to the order, whole, 0 to 1,000, not growing from top to bottom.
    start, closures, country, weekend
        As in `leadtime`.

    Returns
    -------
    LeadTime
        The columns add up to those of `volumes`.

    Raises
    ------
    InvalidValue
        If an argument is out of range.
    NothingToSay
        If a month has no business day.

    Examples
    --------
    >>> import datetime as dt
    >>> ahead([[50, 10]], [10], dt.date(2025, 6, 1)).volumes.tolist()
    [[24.0, 0.0], [26.0, 10.0]]
    """
    needed, leads = np.asarray(volumes, dtype=float), _lead_days(lead_days)
    plan = months(start, len(needed) + 1)
    days, worked = _business_days_before(plan, int(leads.max(initial=0)), Calendar(closures, country, weekend))
    begins = worked[np.searchsorted(days, plan)]
    if not np.diff(begins).all():
        empty = int(np.argmin(np.diff(begins)))
        raise NothingToSay("no_business_days", start=plan[empty], end=plan[empty + 1] - np.timedelta64(1, "D"))
    leads = np.append(leads, 0)
    first = days[np.searchsorted(worked[1:], round(begins[0] - leads.max(), EXACT), "right")].astype("datetime64[M]")
    calendar = np.arange(first, plan[-1].astype("datetime64[M]")).astype("datetime64[D]")
    edges = worked[np.searchsorted(days, np.append(calendar, plan[-1]))]
    moved = np.zeros((len(calendar), len(leads)))
    for stage, lead in enumerate(leads):
        for month, volume in enumerate(needed[:, stage]):
            spread = np.clip(edges, begins[month] - lead, begins[month + 1] - lead)
            moved[:, stage] += allocate(volume, np.diff(spread).round(EXACT))
    return LeadTime(calendar, moved, days[np.searchsorted(worked[1:], np.round(begins[-1] - leads, EXACT))])


def _lead_days(given: ArrayLike) -> NDArray[np.int64]:
    days = vector("lead_days", given)
    for place, day in enumerate(days.tolist(), 1):
        if day != round(day) or day > _MOST_DAYS:
            raise InvalidValue("lead_days_whole", place=place, given=f"{day:,.15g}", most=_MOST_DAYS)
    if (np.diff(days) > 0).any():
        raise InvalidValue("lead_days_grow", place=int(np.argmax(np.diff(days) > 0)) + 2)
    return days.astype(np.int64)


def _business_days_before(plan: Dates, lead: int, calendar: Calendar) -> tuple[Dates, DayCounts]:
    """List the business days of the plan and at least `lead` more before it, and how much is worked before each."""
    earliest = plan[0] - np.timedelta64(2 * lead + 31, "D")
    while True:
        days = calendar.dates(earliest, plan[-1] - np.timedelta64(1, "D"))
        worked = calendar.worked_before(days)
        if worked[np.searchsorted(days, plan[0])] >= lead:
            return days, worked
        earliest -= np.timedelta64(2 * lead + 31, "D")
