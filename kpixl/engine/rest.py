"""What may the rest of a period still bring: a negative binomial distribution, in steps of a few orders each.

It is found in one of two ways: from the days so far, whose rate goes on, or as it is known from elsewhere, such as from
the deals that are open, by its mean and variance. Chances and quantiles are the same beta integrals for both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.calendar import DayCounts
from kpixl.engine.numbers import ceil
from kpixl.engine.thresholds import PRIOR_DAYS, TARGET_WORTH

__all__ = ["Rest", "either", "given_rest", "rest_at_rate", "target_worth"]

Floats = NDArray[np.float64]

_COUNTABLE = 1e9  # orders beyond which the normal limit is right to the order, and the exact quantile takes for ever


@dataclass(frozen=True, eq=False)
class Rest(Answer):
    """Steps of `step` orders, negative binomial with this `shape` and 1 - p = `part`; none where either is 0.

    The mean is step × shape × part / (1 - part), the variance step / (1 - part) times that.
    """

    step: Floats
    shape: Floats
    part: Floats

    @property
    def mean(self) -> Floats:
        """The orders to expect."""
        mean: Floats = self.step * self.shape * self.part / (1 - self.part)
        return mean

    def reaches(self, orders: Floats) -> Floats:
        """Return the probability of at least so many orders."""
        from scipy.special import betainc  # noqa: PLC0415 - only who asks pays for scipy

        missing = ceil(np.asarray(orders))
        possible = (missing > 0) & (self.shape > 0)
        steps = _steps(np.where(possible, missing, 1), self.step)
        reached = betainc(steps, np.where(possible, self.shape, 1), self.part)
        return np.where(missing <= 0, 1.0, np.where(possible, reached, 0.0))

    def quantile(self, q: float) -> Floats:
        """Return the quantile, in orders; of more steps than `_COUNTABLE` that of their normal limit."""
        from scipy.special import ndtri  # noqa: PLC0415 - only who asks pays for scipy

        step, shape, part, mean = np.broadcast_arrays(self.step, self.shape, self.part, self.mean)
        quantile = np.where(mean > 0, np.ceil(mean + ndtri(q) * np.sqrt(step * mean / (1 - part))), 0.0)
        countable = (mean > 0) & (shape <= _COUNTABLE)
        quantile[countable] = _countable_quantile(q, shape[countable], 1 - part[countable], step[countable])
        return quantile


def rest_at_rate(
    orders: Floats,
    done: DayCounts,
    days: DayCounts,
    prior: tuple[Floats, Floats] | tuple[float, float],
    dispersion: Floats | float,
    drift: Floats | float = 0.0,
) -> Rest:
    """Return what the rest of the days brings if they go on as the `orders` of those that are `done`.

    `prior` is what is believed before, as orders in steps and over how many days, and `drift` the variance of the level
    of the rest around that of the days so far, by its square. Orders count for the rate only over days on which they
    could be expected: of none, they say nothing about it. The method is that of `kpixl.engine.landing.landing`.

    Examples
    --------
    50 orders in 10 of 21 days, without and with a level that may be off by 20 %:

    >>> fifty, ten, days = np.array(50.0), np.array(10), np.array(21)
    >>> sure, unsure = (rest_at_rate(fifty, ten, days, (0.5, 0.0), 1.0, drift) for drift in (0.0, 0.04))
    >>> round(float(sure.mean), 2), round(float(unsure.mean), 2), sure.quantile(0.9), unsure.quantile(0.9)
    (55.55, 55.55, array(70.), array(76.))
    """
    prior_orders, prior_days = prior
    seen = np.where(done > 0, orders / dispersion, 0.0)
    step, shape, part, moved = np.broadcast_arrays(
        np.asarray(dispersion, dtype=np.float64), prior_orders + seen, (days - done) / (prior_days + days), drift
    )
    wandering = (moved > 0) & (shape > 0) & (part > 0)
    if not wandering.any():
        return Rest(step, shape, part)
    mean = step * shape * part / (1 - part)
    loose = np.where(wandering, shape / (1 + moved * shape), shape)
    return Rest(step, loose, np.where(wandering, mean / (mean + step * np.where(wandering, loose, 1)), part))


def given_rest(mean: Floats, variance: Floats, dispersion: Floats) -> Rest:
    """Return the distribution with this mean and variance, in steps of `dispersion` orders or, if it needs, finer ones.

    >>> found = given_rest(np.array(10.0), np.array(25.0), np.array(4.0))
    >>> float(found.mean), float(found.step * found.mean / (1 - found.part))
    (10.0, 25.0)
    """
    some = (mean > 0) & (variance > 0)
    around, spread = np.where(some, mean, 1.0), np.where(some, variance, 2.0)
    step = np.minimum(dispersion, spread / around / 2)
    shape = around * around / (spread - step * around)
    part = around / (around + step * shape)
    return Rest(step, np.where(some, shape, 0.0), np.where(some, part, 0.0))


def either(which: NDArray[np.bool_], one: Rest, other: Rest) -> Rest:
    """Return one rest where `which` is true, and the other elsewhere.

    >>> ones, twos = (Rest(*np.full((3, 2), number)) for number in (0.1, 0.2))
    >>> either(np.array([True, False]), ones, twos).step.tolist()
    [0.1, 0.2]
    """
    return Rest(
        *(np.where(which, *pair) for pair in ((one.step, other.step), (one.shape, other.shape), (one.part, other.part)))
    )


def target_worth(target: Floats, days: DayCounts, dispersion: Floats | float) -> tuple[Floats, Floats]:
    """Return how many steps of the distribution the target is worth before anything is known, and over how many days.

    It is worth two days. Where days vary more than by chance that would be too little to believe of a small target and
    too much of a large one; as much as `TARGET_WORTH` is aimed at then, and kept from 1 / dispersion² to 1 of it.
    """
    shape = PRIOR_DAYS * target / days
    weight = np.clip(TARGET_WORTH / np.maximum(shape, TARGET_WORTH * 1e-300), 1 / (dispersion * dispersion), 1.0)
    return shape * weight, PRIOR_DAYS * dispersion * weight


def _steps(orders: Floats, dispersion: Floats | float) -> Floats:
    """Return where so many orders stand among the steps of the distribution, each worth `dispersion` orders.

    Half a step and half an order are what a continuous scale owes to whole ones; where both are 1, nothing changes.
    """
    steps: Floats = (orders - 0.5) / dispersion + 0.5
    return steps


def _countable_quantile(q: float, shape: Floats, p: Floats, dispersion: Floats) -> Floats:
    """Return the smallest count whose cumulative probability is q or more, from the inverse over the real numbers."""
    from scipy.special import betainc, btdtrib  # noqa: PLC0415 - scipy.stats would take a second to load

    count = np.maximum(np.ceil(dispersion * (btdtrib(shape, q, p) - 0.5) - 0.5), 0.0)
    count = np.where(betainc(shape, _steps(count + 1, dispersion), p) < q, count + 1, count)
    one_less = np.maximum(count - 1, 0.0)
    smaller: Floats = np.where(betainc(shape, _steps(one_less + 1, dispersion), p) >= q, one_less, count)
    return smaller
