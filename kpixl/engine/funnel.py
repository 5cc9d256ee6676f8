"""Where does the funnel leak?

Target and actual are compared stage by stage. The gap at the bottom is shared out to the volume at the
top and to each conversion rate by the logarithmic mean Divisia index (see `kpixl.engine.attribution`), so the effects
add up to the whole gap. What costs most is a step, not a stage: that from 商談 to 受注 may be the bottleneck while the
orders stand at 100 % of their target, and a stage far below its target may only suffer from the steps before it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.attribution import attribution
from kpixl.engine.checks import above_zero, equal_lengths, vector
from kpixl.errors import InvalidValue, NoTrials

__all__ = ["FunnelGap", "funnel_bottleneck", "funnel_gap", "funnel_rates"]


@dataclass(frozen=True, slots=True, eq=False)
class FunnelGap(Answer):
    """Target against actual per stage, top first; where a rate or an attainment has no meaning, the value is NaN.

    `effect` is that of the step into each stage, of the first stage that of its volume: its share of the gap at the
    last stage, in units of `unit_value`. `rank` 1 is the bottleneck.
    """

    target: NDArray[np.float64]
    actual: NDArray[np.float64]
    gap: NDArray[np.float64]
    attainment: NDArray[np.float64]
    target_rate: NDArray[np.float64]
    actual_rate: NDArray[np.float64]
    rate_gap: NDArray[np.float64]
    effect: NDArray[np.float64]
    rank: NDArray[np.int64]


def funnel_rates(counts: ArrayLike) -> NDArray[np.float64]:
    """Return the conversion rate from each stage to the next.

    Parameters
    ----------
    counts : array_like of float, shape (n,)
        What each stage brought, top first, 0 or more, two stages at least.

    Returns
    -------
    ndarray of float, shape (n - 1,)

    Raises
    ------
    InvalidValue
        If a count is negative or there is only one.
    NoTrials
        If a stage before the last brought nothing.

    Examples
    --------
    >>> funnel_rates([500, 100, 40])
    array([0.2, 0.4])
    """
    stages = _stages("counts", counts)
    if not stages[:-1].all():
        raise NoTrials("stage_without_trials", place=int(np.argmin(stages[:-1])) + 1)
    rates: NDArray[np.float64] = stages[1:] / stages[:-1]
    return rates


def funnel_gap(targets: ArrayLike, actuals: ArrayLike, *, unit_value: float = 1.0) -> FunnelGap:
    """Compare a funnel with its target and share the gap at the bottom out to its stages.

    Parameters
    ----------
    targets, actuals : array_like of float, shape (n,)
        Volume of each stage, top first, 0 or more, two stages at least.
    unit_value : float, default 1
        What one unit of the last stage is worth, above 0: the revenue of an order turns effects into money.

    Returns
    -------
    FunnelGap

    Raises
    ------
    InvalidValue
        If a volume is negative, the lengths differ, or `unit_value` is not above 0.

    Notes
    -----
    Orders are volume × rate × … × rate. Where the funnel ran dry, the rates below are unknown and count as met, so the
    effect stands at the stage that brought nothing; so does a stage without a count above one that has some.

    Examples
    --------
    Enough leads and meetings, yet too few orders:

    >>> gap = funnel_gap([500, 100, 25], [500, 100, 20])
    >>> gap.effect.round(9).tolist(), gap.rank.tolist()
    ([0.0, 0.0, -5.0], [2, 3, 1])
    """
    above_zero(unit_value=unit_value)
    target, actual = _stages("targets", targets), _stages("actuals", actuals)
    equal_lengths(targets=target, actuals=actual)
    target_rate, actual_rate = _rates(target), _rates(actual)
    effect = unit_value * attribution(_factors(target, actual), _factors(actual, target))
    rank = np.empty(len(effect), dtype=np.int64)
    rank[np.argsort(effect, kind="stable")] = np.arange(1, len(effect) + 1)
    return FunnelGap(
        target=target,
        actual=actual,
        gap=actual - target,
        attainment=_ratio(actual, target),
        target_rate=target_rate,
        actual_rate=actual_rate,
        rate_gap=actual_rate - target_rate,
        effect=effect,
        rank=rank,
    )


def funnel_bottleneck(targets: ArrayLike, actuals: ArrayLike) -> int | None:
    """Return the index of the stage into which the costliest step leads, or None where no step costs anything.

    Parameters and errors are those of `funnel_gap`. Of the first stage it is the volume that costs.

    Notes
    -----
    An effect below a thousand-millionth of the larger funnel's last stage is the noise of the sums and costs nothing.

    Examples
    --------
    Enough leads and meetings, yet too few orders of them: the step from the second stage to the third.

    >>> funnel_bottleneck([500, 100, 25], [500, 100, 20])
    2
    """
    gap = funnel_gap(targets, actuals)
    worst = int(np.argmin(gap.effect))
    negligible = 1e-9 * max(gap.target[-1], gap.actual[-1])
    return worst if gap.effect[worst] < -negligible else None


def _stages(name: str, counts: ArrayLike) -> NDArray[np.float64]:
    stages = vector(name, counts)
    if len(stages) < 2:
        raise InvalidValue("too_few_stages", given=len(stages))
    return stages


def _rates(stages: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([[np.nan], _ratio(stages[1:], stages[:-1])])


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return ratio


def _factors(stages: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the volume and the rates of a funnel, which multiply to its last stage.

    What this funnel cannot tell is taken from the other: a stage without a count although a later one has some, and the
    rates below the stage where it ran dry.
    """
    flowing = int(np.max(np.flatnonzero(stages), initial=-1))
    planned = np.concatenate([other[:1], _rates(other)[1:]])
    planned = np.where(planned > 0, planned, 1.0)
    filled = stages.copy()
    for gap in np.flatnonzero(stages[: flowing + 1] == 0):
        filled[gap] = planned[gap] * (filled[gap - 1] if gap else 1.0)
    factors = np.concatenate([filled[:1], _rates(filled)[1:]])
    known: NDArray[np.float64] = np.where(np.isnan(factors), planned, factors)
    return known
