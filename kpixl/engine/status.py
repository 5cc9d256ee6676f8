"""Is it on track, can it still be made, and is it time to sound the alarm?

The status of a KPI compares the actual with the pace and, where it is behind, looks at the odds of catching up. The
alert is simpler and louder: half of the period is over and next to nothing has been reached.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.calendar import Calendar, Closures, Date, Dates, DayCounts
from kpixl.engine.columns import Column, at_least, column, plain, positive, share
from kpixl.engine.landing import chance
from kpixl.engine.pace import so_far
from kpixl.engine.thresholds import ALERT_AFTER, ALERT_UP_TO, RECOVER_AT
from kpixl.engine.thresholds import TOO_SOON_DAYS as _TOO_SOON

__all__ = ["Alert", "Status", "alert", "judged", "status"]

Floats = NDArray[np.float64]

_ROUNDING = 1e-12


class Status(StrEnum):
    """How a KPI stands in its period."""

    ON_TRACK = "on_track"
    RECOVERABLE = "recoverable"
    WILL_MISS = "will_miss"
    UNDECIDED = "undecided"


@dataclass(frozen=True, eq=False)
class Alert(Answer):
    """Whether to raise the alarm, the share of business days that are over, and the share of the target reached."""

    raised: bool | NDArray[np.bool_]
    elapsed: Column
    attainment: Column


def status(
    target: ArrayLike,
    actual: ArrayLike,
    start: Date | Dates,
    end: Date | Dates,
    *,
    as_of: Date | Dates | None = None,
    unit_value: ArrayLike = 1.0,
    recover_at: float = RECOVER_AT,
    closures: Closures = (),
    country: str | None = "JP",
    dispersion: ArrayLike = 1.0,
    weekend: int | str = 1,
) -> str | NDArray[np.str_]:
    """Say how a KPI stands at the end of day `as_of`.

    Parameters
    ----------
    target, actual : float or array_like of float
        Target of the whole period and what was reached so far, 0 or more, in the same unit.
    start, end, as_of, closures, country, weekend
        The period and the day that has just passed, as in `pace`.
    unit_value : float or array_like of float, default 1
        What one order is worth in that unit, above 0, as in `landing`.
    recover_at : float, default 0.25
        The probability of the target from which a KPI that is behind counts as recoverable, between 0 and 1.
    dispersion : float or array_like of float, default 1
        How much more than chance the counts vary, 1 or more, as in `landing`.

    Returns
    -------
    str or ndarray of str
        Values of `Status`; one of them when all arguments are single numbers and days. ``on_track``: at or above the
        pace. ``recoverable``: below it, yet the probability of the target (see `landing`) is at least `recover_at`.
        ``will_miss``: less likely than that. ``undecided``: at most two business days are over, and more are to come.

    Raises
    ------
    InvalidValue
        A number is negative or not finite, the unit value is 0, the dispersion is below 1, `recover_at` is not between
        0 and 1, or the period is not one.
    NothingToSay
        The period has no business day.

    Examples
    --------
    10 of 21 business days are over, so 100 orders are on track from 47.6:

    >>> import datetime as dt
    >>> june = dt.date(2025, 6, 1), dt.date(2025, 6, 30)
    >>> status(100, [48, 46, 30], *june, as_of=dt.date(2025, 6, 13)).tolist()
    ['on_track', 'recoverable', 'will_miss']
    """
    share("recover_at", recover_at)
    done, days = so_far(start, end, as_of, Calendar(closures, country, weekend))
    wanted, got = column("target", target), column("actual", actual)
    unit, varied = positive("unit_value", unit_value), at_least("dispersion", 1.0, dispersion)
    odds = chance(wanted, got, done, days, unit, varied)
    return judged(got >= wanted * (done / days) * (1 - _ROUNDING), odds, done, days, recover_at=recover_at)


def judged(
    on_pace: NDArray[np.bool_], odds: Floats, done: DayCounts, days: DayCounts, *, recover_at: float = RECOVER_AT
) -> str | NDArray[np.str_]:
    """Return the status by whether the pace is kept and the probability of the target, on that business day.

    >>> judged(np.array([True, False]), np.array([0.9, 0.1]), np.array(10), np.array(21)).tolist()
    ['on_track', 'will_miss']
    """
    too_soon = (done <= _TOO_SOON) & (done < days)
    first_true = [(too_soon, Status.UNDECIDED), (on_pace, Status.ON_TRACK), (odds >= recover_at, Status.RECOVERABLE)]
    conditions, codes = zip(*first_true, strict=True)
    answer: str | NDArray[np.str_] = plain(
        np.select(conditions, [code.value for code in codes], Status.WILL_MISS.value)
    )
    return answer


def alert(
    target: ArrayLike,
    actual: ArrayLike,
    start: Date | Dates,
    end: Date | Dates,
    *,
    as_of: Date | Dates | None = None,
    threshold: float = ALERT_UP_TO,
    checkpoint: float = ALERT_AFTER,
    closures: Closures = (),
    country: str | None = "JP",
    weekend: int | str = 1,
) -> Alert:
    """Raise the alarm when much of the period is over and little of the target has been reached.

    Parameters
    ----------
    target, actual : float or array_like of float
        Target of the whole period and what was reached so far, 0 or more, in the same unit.
    start, end, as_of, closures, country, weekend
        The period and the day that has just passed, as in `pace`.
    threshold : float, default 0.3
        The attainment at or below which there is an alarm, from 0 to 1.
    checkpoint : float, default 0.5
        The share of the period's business days that must be over first, from 0 to 1.

    Returns
    -------
    Alert
        Plain values when all arguments are single numbers and days, else vectors. A target of 0 is attained (1).

    Raises
    ------
    InvalidValue
        A number is negative or not finite, threshold or checkpoint are not from 0 to 1, or the period is not one.
    NothingToSay
        The period has no business day.

    Examples
    --------
    On Wednesday evening 3 of the week's 10 meetings are held:

    >>> import datetime as dt
    >>> alert(10, 3, dt.date(2025, 6, 2), dt.date(2025, 6, 6), as_of=dt.date(2025, 6, 4))
    Alert(raised=True, elapsed=0.6, attainment=0.3)
    """
    share("threshold", threshold, ends=True)
    share("checkpoint", checkpoint, ends=True)
    done, days = so_far(start, end, as_of, Calendar(closures, country, weekend))
    wanted, got, over = np.broadcast_arrays(column("target", target), column("actual", actual), done / days)
    attainment = np.where(wanted > 0, got / np.where(wanted > 0, wanted, 1), 1)
    raised = (over >= checkpoint * (1 - _ROUNDING)) & (attainment <= threshold * (1 + _ROUNDING))
    return Alert(plain(raised), plain(over), plain(attainment))
