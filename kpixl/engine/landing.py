"""Where will the period land, and how likely is the target still?

The run rate carries what was reached so far to the end of the period. The range around it and the probability of the
target come from counting orders as a Poisson process whose daily rate is itself uncertain (Gamma), so that what the
rest of the period brings is negative binomial; the target itself, worth two business days, steadies the view early on.
Real days vary more than that: `dispersion` says how much more, and 30 orders that vary threefold tell as much as 10.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.calendar import Calendar, Closures, Date, Dates, DayCounts
from kpixl.engine.columns import Column, at_least, column, plain, positive, share
from kpixl.engine.pace import so_far
from kpixl.engine.rest import Rest, rest_at_rate, target_worth
from kpixl.engine.thresholds import LANDING_CONFIDENCE
from kpixl.errors import NothingToSay

__all__ = ["Landing", "chance", "foreseen", "landing", "rest_of"]

Floats = NDArray[np.float64]

_JEFFREYS = 0.5


@dataclass(frozen=True, eq=False)
class Landing(Answer):
    """The run-rate landing, the range around it that holds the outcome, and the probability of the target.

    `probability` is not a number (NaN) where no target was given: there is none to reach.
    """

    landing: Column
    low: Column
    high: Column
    probability: Column


def landing(
    actual: ArrayLike,
    start: Date | Dates,
    end: Date | Dates,
    *,
    as_of: Date | Dates | None = None,
    target: ArrayLike | None = None,
    unit_value: ArrayLike = 1.0,
    confidence: float = 0.8,
    closures: Closures = (),
    country: str | None = "JP",
    dispersion: ArrayLike = 1.0,
    weekend: int | str = 1,
) -> Landing:
    r"""Forecast the end of a period from what was reached by the end of day `as_of`.

    Parameters
    ----------
    actual : float or array_like of float
        Reached so far, 0 or more: a count, or money with its `unit_value`.
    start, end, as_of, closures, country, weekend
        The period and the day that has just passed, as in `pace`.
    target : float or array_like of float, optional
        Target of the whole period, in the unit of `actual`.
    unit_value : float or array_like of float, default 1
        What one order is worth in that unit, above 0. It turns money into orders, whose number is what chance decides.
    confidence : float, default 0.8
        Probability that the outcome lies from `low` to `high`, between 0 and 1.
    dispersion : float or array_like of float, default 1
        Variance of the number of orders divided by its mean, 1 (Poisson) or more; see `dispersion`. For money it is the
        variance divided by `unit_value` times the mean.

    Returns
    -------
    Landing
        Plain floats when all of it is single numbers and days, else vectors. Once the period is over, landing, low and
        high are the actual and the probability is 1 or 0.

    Raises
    ------
    InvalidValue
        A number is negative or not finite, the unit value is 0, the dispersion is below 1, the confidence is not
        between 0 and 1, or the period is not one.
    NothingToSay
        The period has no business day, or none is over and there is no target.

    Notes
    -----
    With d of D business days over, c orders so far and the target worth T orders, the daily rate is
    :math:`\mathrm{Gamma}(2 T / D + c,\ 2 + d)`, and the orders of the rest
    :math:`R \sim \mathrm{NB}(2 T / D + c,\ (2 + d) / (2 + D))`. The landing is :math:`c D / d`, kept from low to high,
    which lean towards the target in the first days; the probability is :math:`P(c + R \ge T)`. Without a target the
    prior is that of Jeffreys, :math:`\mathrm{Gamma}(1/2, 0)`, in place of :math:`\mathrm{Gamma}(2 T / D, 2)`. Before
    the first business day is over (d = 0) what came on days off says nothing about the rate: the prior alone speaks of
    the rest, and the landing is :math:`c + T`.

    With a dispersion :math:`\varphi` the distribution is that of steps worth :math:`\varphi` orders each: the rate is
    :math:`\mathrm{Gamma}(w\,2 T / D + c / \varphi,\ 2 \varphi w + d)` and the rest :math:`\varphi R`, so that the
    variance of its mean :math:`\mu` is that of quasi-Poisson counts, :math:`\varphi \mu (D + b) / (d + b)` where the
    target is worth :math:`b = 2 \varphi w` days. Its weight w lies from :math:`1 / \varphi^2` to 1, and within these
    at what makes of the target a guess that is off by 35%: :math:`1 / 0.35^2 = w\,2 T / D`. Between its steps R is read
    from the same beta integral: :math:`P(\varphi R \ge k) = I_P(x, S)` with :math:`x = (k - 1/2) / \varphi + 1/2` for k
    orders, the shape S and :math:`P = (D - d) / (D + b)`. Where :math:`\varphi = 1` nothing of this differs from the
    above.

    References
    ----------
    Gelman, A. et al. (2013), Bayesian Data Analysis, 3rd ed., section 2.6 (Poisson model, conjugate Gamma prior,
    negative binomial prediction) and 2.8 (Jeffreys' prior). McCullagh, P., Nelder, J. A. (1989), Generalized Linear
    Models, 2nd ed., section 6.2.3 (over-dispersed counts).

    Examples
    --------
    50 of 100 orders after 10 of the 21 business days of June:

    >>> import datetime as dt
    >>> june = dt.date(2025, 6, 1), dt.date(2025, 6, 30)
    >>> forecast = landing(50, *june, as_of=dt.date(2025, 6, 13), target=100)
    >>> f"{forecast.landing:.0f} ({forecast.low:.0f} to {forecast.high:.0f}), {forecast.probability:.0%}"
    '105 (92 to 118), 68%'

    If weeks vary five times as much as chance alone would have it, that is:

    >>> forecast = landing(50, *june, as_of=dt.date(2025, 6, 13), target=100, dispersion=5)
    >>> f"{forecast.landing:.0f} ({forecast.low:.0f} to {forecast.high:.0f}), {forecast.probability:.0%}"
    '105 (79 to 131), 55%'
    """
    done, days = so_far(start, end, as_of, Calendar(closures, country, weekend))
    given = None if target is None else column("target", target)
    if given is None and not done.all():
        raise NothingToSay("landing_no_days").of_rows(done == 0)
    unit, spread = positive("unit_value", unit_value), at_least("dispersion", 1.0, dispersion)
    rest = rest_of(given, column("actual", actual), done, days, unit, spread)
    return foreseen(given, column("actual", actual), done, days, unit, rest, confidence=confidence)


def rest_of(
    target: Floats | None,
    actual: Floats,
    done: DayCounts,
    days: DayCounts,
    unit_value: Floats,
    dispersion: Floats | float = 1.0,
    drift: Floats | float = 0.0,
) -> Rest:
    """Return what the rest of the period brings at the rate of its days so far, leaning on the target.

    Parameters
    ----------
    target, actual, unit_value, dispersion : ndarray of float
        As in `landing`.
    done, days : ndarray of int or float
        Business days that are over, and of the whole period, or what these days weigh (`kpixl.engine.dayweights`).
    drift : ndarray of float, default 0
        Variance of the level of the rest around that of the days so far, by its square (`kpixl.engine.drift.apart`).

    Examples
    --------
    >>> numbers = map(np.array, (100.0, 50.0, 10, 21, 1.0))
    >>> round(float(rest_of(*numbers).mean), 1)
    54.6
    """
    prior = (_JEFFREYS, 0.0) if target is None else target_worth(target / unit_value, days, dispersion)
    return rest_at_rate(actual / unit_value, done, days, prior, dispersion, drift)


def foreseen(
    target: Floats | None,
    actual: Floats,
    done: DayCounts,
    days: DayCounts,
    unit_value: Floats,
    rest: Rest,
    *,
    confidence: float = LANDING_CONFIDENCE,
    known: NDArray[np.bool_] | bool = False,
) -> Landing:
    """Return the landing with this `rest`; where it is `known` from elsewhere, its mean is taken for the run rate.

    Parameters are those of `rest_of` and `landing`.

    Examples
    --------
    >>> numbers = list(map(np.array, (100.0, 50.0, 10, 21, 1.0)))
    >>> foreseen(*numbers, rest_of(*numbers)).landing
    105.0
    """
    outside = (1 - share("confidence", confidence)) / 2
    wanted = np.zeros(()) if target is None else target
    run_rate = np.where(done > 0, actual * (days / np.where(done > 0, done, 1)), actual + wanted)
    run_rate = np.where(known, actual + unit_value * rest.mean, run_rate)
    low, high = (actual + unit_value * rest.quantile(q) for q in (outside, 1 - outside))
    probability = np.full(low.shape, np.nan) if target is None else rest.reaches((target - actual) / unit_value)
    return Landing(plain(np.clip(run_rate, low, high)), plain(low), plain(high), plain(probability))


def chance(
    target: Floats,
    actual: Floats,
    done: DayCounts,
    days: DayCounts,
    unit_value: Floats,
    dispersion: Floats | float = 1.0,
) -> Floats:
    """Return the probability that the rest of the period fills what is missing to the target.

    Parameters
    ----------
    target, actual, unit_value, dispersion : ndarray of float
        As in `landing`.
    done, days : ndarray of int or float
        Business days that are over, and of the whole period.

    Examples
    --------
    >>> round(float(chance(*map(np.array, (100.0, 50.0, 10, 21, 1.0)))), 2)
    0.68
    """
    return rest_of(target, actual, done, days, unit_value, dispersion).reaches((target - actual) / unit_value)
