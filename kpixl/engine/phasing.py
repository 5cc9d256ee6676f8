"""When is how much due?

A target for a period is spread over its months, weeks or days by business days, so that a February asks for less than a
July, and by seasonal weights where there are any. The parts are whole units and add up to the target exactly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.allocation import allocate
from kpixl.engine.answers import Answer
from kpixl.engine.calendar import EXACT, Calendar, Closures, Date, Dates, DayCounts, as_days, months
from kpixl.engine.checks import equal_lengths, known, vector
from kpixl.errors import NothingToSay

__all__ = ["PERIODS", "Phasing", "phase"]

PERIODS = ("month", "week", "day")


@dataclass(frozen=True, slots=True, eq=False)
class Phasing(Answer):
    """The periods of a plan: first day, business days and share of each."""

    starts: Dates
    business_days: DayCounts
    shares: NDArray[np.float64]


def phase(
    total: float,
    start: Date,
    end: Date,
    *,
    by: str = "month",
    weights: ArrayLike | None = None,
    closures: Closures = (),
    unit: float = 1.0,
    country: str | None = "JP",
    weekend: int | str = 1,
) -> Phasing:
    """Spread `total` over the periods from `start` to `end` by business days × weights.

    Parameters
    ----------
    total : float
        What is to be spread, 0 or more, a multiple of `unit`.
    start, end : date
        First and last day.
    by : {"month", "week", "day"}, default "month"
        Calendar months, weeks that begin on Monday, or business days.
    weights : array_like of float, shape (n,), optional
        Seasonal weight of each period, 0 or more; all equal where left out.
    closures, country, weekend
        As in `businessdays`.
    unit : float, default 1
        The smallest step of a share, above 0.

    Returns
    -------
    Phasing
        First and last periods may be cut by `start` and `end`; a period begins on its first day within them.

    Raises
    ------
    InvalidValue
        If an argument is out of range, or there are not as many weights as periods.
    NothingToSay
        If there is no business day from `start` to `end`.

    Examples
    --------
    >>> import datetime as dt
    >>> phased = phase(120, dt.date(2025, 4, 1), dt.date(2025, 6, 30))
    >>> phased.business_days.tolist(), phased.shares.tolist()
    ([21, 20, 21], [41.0, 39.0, 40.0])
    """
    known("by", by, PERIODS)
    calendar = Calendar(closures, country, weekend)
    days = calendar.dates(start, end)
    if not days.size:
        raise NothingToSay("no_business_days", start=start, end=end)
    starts = days if by == "day" else _starts(as_days(start), as_days(end), by)
    worked = calendar.worked_before(days)
    counts = np.diff(worked[np.searchsorted(days, starts)], append=worked[-1]).round(EXACT)
    seasons = np.ones(len(starts)) if weights is None else vector("weights", weights)
    equal_lengths(periods=starts, weights=seasons)
    return Phasing(starts, counts, allocate(total, counts * seasons, unit=unit))


def _starts(start: Dates, end: Dates, by: str) -> Dates:
    if by == "month":
        first = start.astype("datetime64[M]")
        count = (end.astype("datetime64[M]") - first).astype(int) + 1
        return np.maximum(months(start, count), start)
    monday = start - (start.astype(int) + 3) % 7  # 1970-01-01 was a Thursday
    mondays: Dates = monday + np.arange(0, (end - monday).astype(int) + 1, 7)
    return np.maximum(mondays, start)
