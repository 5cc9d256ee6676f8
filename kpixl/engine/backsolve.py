"""What must each stage of the funnel bring so that the goal is reached?

The orders a revenue goal needs, divided by one conversion rate after the other, give the volume of every stage up to
the leads; multiplied downwards again they give the outcome if every KPI is met: the causality check of a plan.
"""

import math
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.checks import above_zero, finite, known, not_negative
from kpixl.engine.numbers import ceil
from kpixl.errors import InvalidValue

__all__ = ["ROUNDINGS", "backsolve", "forward"]

ROUNDINGS = ("each", "end", "none")


def backsolve(
    goal: float,
    unit_value: float,
    rates: ArrayLike,
    *,
    existing: float = 0.0,
    rounding: str = "each",
    max_rate: float = 1.0,
) -> NDArray[np.float64]:
    """Return the volume each stage must bring to reach `goal`, top of the funnel first, orders last.

    Parameters
    ----------
    goal : float
        Revenue to reach, in money, 0 or more.
    unit_value : float
        Revenue of one order, above 0.
    rates : array_like of float, shape (n,)
        Conversion rate of each stage to the next, from top to bottom, above 0 and at most `max_rate`.
    existing : float, default 0
        Revenue already secured, which no new order has to bring.
    rounding : {"each", "end", "none"}, default "each"
        Round up at every stage, as planning sheets in Japan do; compute exactly and round up at the end; or not at all.
    max_rate : float, default 1
        A stage cannot pass on more than it has; a step of activity, such as calls per lead, may.

    Returns
    -------
    ndarray of float, shape (n + 1,)

    Raises
    ------
    InvalidValue
        If an amount or a rate is out of its range, or `rounding` is unknown.

    Notes
    -----
    ``orders = (goal - existing) / unit_value`` and, upwards, ``volume[i] = volume[i + 1] / rates[i]``.

    Examples
    --------
    A hundred million a year, a million an order, one meeting in five won: 500 meetings for 100 orders.

    >>> backsolve(100_000_000, 1_000_000, [0.2])
    array([500., 100.])
    """
    not_negative(goal=goal, existing=existing)
    above_zero(unit_value=unit_value)
    known("rounding", rounding, ROUNDINGS)
    step = ceil if rounding == "each" else float
    orders = step(max(goal - existing, 0.0) / unit_value)
    upwards = accumulate(reversed(_checked(rates, max_rate)), lambda volume, rate: step(volume / rate), initial=orders)
    volumes = np.array(list(upwards)[::-1])
    finite(volumes[0])
    return ceil(volumes) if rounding == "end" else volumes


def forward(
    volume: float, rates: ArrayLike, *, unit_value: float = 1.0, existing: float = 0.0, max_rate: float = 1.0
) -> float:
    """Return the outcome if `volume` enters the funnel and every rate is met.

    Parameters
    ----------
    volume : float
        What enters at the top, a count, 0 or more.
    rates, unit_value, existing, max_rate
        As in `backsolve`.

    Returns
    -------
    float
        ``volume × rates[0] × … × rates[-1] × unit_value + existing``: orders, or money where `unit_value` is money.

    Raises
    ------
    InvalidValue
        If an amount or a rate is out of its range.

    Examples
    --------
    >>> forward(200, [0.2], unit_value=500_000)
    20000000.0
    """
    not_negative(volume=volume, existing=existing)
    above_zero(unit_value=unit_value)
    return finite(math.prod(_checked(rates, max_rate), start=volume) * unit_value + existing)


def _checked(rates: ArrayLike, max_rate: float) -> list[float]:
    values: list[float] = rates if isinstance(rates, list) else np.atleast_1d(np.asarray(rates, dtype=float)).tolist()
    for place, rate in enumerate(values, 1):
        if not 0 < rate <= max_rate:
            raise InvalidValue("rate_range", place=place, given=rate, most=max_rate)
    return values
