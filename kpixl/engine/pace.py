"""What should be reached by now?

The pace (標準進捗) is the part of a period's target that its business days so far stand for. Actuals are compared
with it: above it the plan holds, below it something must be made up.
"""

from typing import overload

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.calendar import Calendar, Closures, Date, Dates, DayCounts, as_days, today
from kpixl.errors import NothingToSay

__all__ = ["elapsed", "pace", "so_far"]


@overload
def pace(
    target: float,
    start: Date,
    end: Date,
    *,
    as_of: Date | None = None,
    closures: Closures = (),
    country: str | None = "JP",
    weekend: int | str = 1,
) -> float: ...
@overload
def pace(
    target: float | NDArray[np.float64],
    start: Date | Dates,
    end: Date | Dates,
    *,
    as_of: Date | Dates | None = None,
    closures: Closures = (),
    country: str | None = "JP",
    weekend: int | str = 1,
) -> float | NDArray[np.float64]: ...
def pace(
    target: float | NDArray[np.float64],
    start: Date | Dates,
    end: Date | Dates,
    *,
    as_of: Date | Dates | None = None,
    closures: Closures = (),
    country: str | None = "JP",
    weekend: int | str = 1,
) -> float | NDArray[np.float64]:
    """Return the part of `target` that should be reached at the end of day `as_of`.

    Parameters
    ----------
    target : float or ndarray of float
        Target of the whole period, in its own unit.
    start, end : date or ndarray of datetime64[D]
        First and last day of the period.
    as_of : date or ndarray of datetime64[D], optional
        The day that has just passed; today where it is left out.
    closures, country, weekend
        As in `businessdays`.

    Returns
    -------
    float or ndarray of float
        ``target × business days so far / business days``; 0 before the period and `target` after it.

    Raises
    ------
    InvalidValue
        If a period ends before it starts, or the country is unknown.
    NothingToSay
        If a period has no business day.

    Examples
    --------
    >>> import datetime as dt
    >>> pace(38, dt.date(2026, 9, 1), dt.date(2026, 9, 30), as_of=dt.date(2026, 9, 18))
    28.0
    """
    done, days = so_far(start, end, as_of, Calendar(closures, country, weekend))
    reached = target * (done / days)
    return float(reached) if np.ndim(reached) == 0 else reached


def elapsed(
    start: Date | Dates,
    end: Date | Dates,
    *,
    as_of: Date | Dates | None = None,
    closures: Closures = (),
    country: str | None = "JP",
    weekend: int | str = 1,
) -> tuple[DayCounts, DayCounts]:
    """Return how many business days of the period are over at the end of day `as_of`, and how many it has.

    Parameters and errors are those of `pace`; the two arrays have the shape of the periods, () for a single one.

    Examples
    --------
    >>> import datetime as dt
    >>> [int(days) for days in elapsed(dt.date(2026, 5, 1), dt.date(2026, 5, 31), as_of=dt.date(2026, 5, 15))]
    [8, 18]
    """
    return so_far(start, end, as_of, Calendar(closures, country, weekend))


def so_far(
    start: Date | Dates, end: Date | Dates, as_of: Date | Dates | None, calendar: Calendar
) -> tuple[DayCounts, DayCounts]:
    """Return what `elapsed` does, by a calendar.

    Examples
    --------
    >>> import datetime as dt
    >>> may = dt.date(2026, 5, 1), dt.date(2026, 5, 31)
    >>> [int(days) for days in so_far(*may, dt.date(2026, 5, 15), Calendar((dt.date(2026, 5, 1),)))]
    [7, 17]
    """
    first, last, now = as_days(start), as_days(end), today(as_of)
    days = np.asarray(calendar.count(first, last))
    if not days.all():
        place = int(np.argmin(days))
        starts, ends = (np.broadcast_to(day, days.shape).flat for day in (first, last))
        raise NothingToSay("no_business_days", start=starts[place], end=ends[place]).of_rows(days == 0)
    reached = calendar.count(first, np.clip(now, first, last))
    done = np.where(now < first, 0, reached)
    return done, np.broadcast_to(days, done.shape)
