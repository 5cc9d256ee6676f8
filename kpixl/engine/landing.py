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
from kpixl.engine.numbers import ceil
from kpixl.engine.pace import so_far
from kpixl.engine.thresholds import PRIOR_DAYS, TARGET_WORTH
from kpixl.errors import NothingToSay

__all__ = ["Landing", "chance", "landing"]

Floats = NDArray[np.float64]

_JEFFREYS = 0.5
_COUNTABLE = 1e9  # orders beyond which the normal limit is right to the order, and the exact quantile takes for ever


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
    outside = (1 - share("confidence", confidence)) / 2
    done, days = so_far(start, end, as_of, Calendar(closures, country, weekend))
    got, unit = column("actual", actual), positive("unit_value", unit_value)
    spread = at_least("dispersion", 1.0, dispersion)
    if target is None:
        if not done.all():
            raise NothingToSay("landing_no_days").of_rows(done == 0)
        run_rate = got * (days / done)
        shape, part = _rest(got / unit / spread, done, days, (_JEFFREYS, 0.0))
        probability = np.full(shape.shape, np.nan)
    else:
        wanted = column("target", target)
        run_rate = np.where(done > 0, got * (days / np.where(done > 0, done, 1)), got + wanted)
        shape, part = _rest(got / unit / spread, done, days, _prior(wanted / unit, days, spread))
        probability = chance(wanted, got, done, days, unit, spread)
    low, high = (got + unit * _quantile(q, shape, part, spread) for q in (outside, 1 - outside))
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
    from scipy.special import betainc  # noqa: PLC0415 - only who asks pays for scipy

    prior = _prior(target / unit_value, days, dispersion)
    shape, part = _rest(actual / unit_value / dispersion, done, days, prior)
    missing = ceil(np.asarray((target - actual) / unit_value))
    possible = (missing > 0) & (shape > 0)
    steps = _steps(np.where(possible, missing, 1), dispersion)
    reached = betainc(steps, np.where(possible, shape, 1), part)
    return np.where(missing <= 0, 1.0, np.where(possible, reached, 0.0))


def _prior(target: Floats, days: DayCounts, dispersion: Floats | float) -> tuple[Floats, Floats]:
    """Return how many steps of the distribution the target is worth before anything is known, and over how many days.

    It is worth two days. Where days vary more than by chance that would be too little to believe of a small target and
    too much of a large one; as much as `TARGET_WORTH` is aimed at then, and kept from 1 / dispersion² to 1 of it.
    """
    shape = PRIOR_DAYS * target / days
    weight = np.clip(TARGET_WORTH / np.maximum(shape, TARGET_WORTH * 1e-300), 1 / (dispersion * dispersion), 1.0)
    return shape * weight, PRIOR_DAYS * dispersion * weight


def _rest(
    orders: Floats,
    done: DayCounts,
    days: DayCounts,
    prior: tuple[Floats, Floats] | tuple[float, float],
) -> tuple[Floats, Floats]:
    """Return shape and 1 - p of the negative binomial distribution of what the rest of the period brings, in steps.

    Orders count for the rate only over days on which they could be expected: of none, they say nothing about it.
    """
    prior_orders, prior_days = prior
    seen = np.where(done > 0, orders, 0.0)
    shape, part = np.broadcast_arrays(prior_orders + seen, (days - done) / (prior_days + days))
    return shape, part


def _steps(orders: Floats, dispersion: Floats | float) -> Floats:
    """Return where so many orders stand among the steps of the distribution, each worth `dispersion` orders.

    Half a step and half an order are what a continuous scale owes to whole ones; where both are 1, nothing changes.
    """
    steps: Floats = (orders - 0.5) / dispersion + 0.5
    return steps


def _quantile(q: float, shape: Floats, part: Floats, dispersion: Floats | float) -> Floats:
    """Return the quantile of the rest, in orders; of more steps than `_COUNTABLE` that of their normal limit."""
    from scipy.special import ndtri  # noqa: PLC0415 - only who asks pays for scipy

    mean = dispersion * shape * part / (1 - part)
    quantile = np.where(mean > 0, np.ceil(mean + ndtri(q) * np.sqrt(dispersion * mean / (1 - part))), 0.0)
    shape, part, dispersion = np.broadcast_arrays(shape, part, dispersion)
    countable = (mean > 0) & (shape <= _COUNTABLE)
    quantile[countable] = _countable_quantile(q, shape[countable], 1 - part[countable], dispersion[countable])
    return quantile


def _countable_quantile(q: float, shape: Floats, p: Floats, dispersion: Floats) -> Floats:
    """Return the smallest count whose cumulative probability is q or more, from the inverse over the real numbers."""
    from scipy.special import betainc, btdtrib  # noqa: PLC0415 - scipy.stats would take a second to load

    count = np.maximum(np.ceil(dispersion * (btdtrib(shape, q, p) - 0.5) - 0.5), 0.0)
    count = np.where(betainc(shape, _steps(count + 1, dispersion), p) < q, count + 1, count)
    one_less = np.maximum(count - 1, 0.0)
    smaller: Floats = np.where(betainc(shape, _steps(one_less + 1, dispersion), p) >= q, one_less, count)
    return smaller
