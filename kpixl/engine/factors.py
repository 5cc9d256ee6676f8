"""What do won deals have in common, and when do calls get through?

Every value of an attribute (industry, channel, size) is compared with the average of all deals, as cautiously as its
few deals require, and the connect rate is laid out by weekday and hour.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.checks import equal_lengths, vector
from kpixl.engine.ranking import shrink
from kpixl.engine.rates import Verdict
from kpixl.engine.thresholds import CONFIDENCE, ENOUGH_TRIALS
from kpixl.errors import InvalidValue, NothingToSay

__all__ = ["Factors", "Heatmap", "factors", "heatmap"]

_THURSDAY = 3


@dataclass(frozen=True, eq=False)
class Factors(Answer):
    """One entry per value of the attribute, the highest `low` first; rates from 0 to 1, a lift of 1 is the average."""

    value: NDArray[np.generic]
    trials: NDArray[np.int64]
    rate: NDArray[np.float64]
    shrunk: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    lift: NDArray[np.float64]
    verdict: NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Heatmap(Answer):
    """Rates and trials by weekday (seven rows, Monday first) and hour (columns, as `hours` says).

    A rate is not a number (NaN) where there are fewer than ten trials: too few to show one.
    """

    hours: NDArray[np.intp]
    rate: NDArray[np.float64]
    trials: NDArray[np.int64]


def factors(attributes: ArrayLike, outcomes: ArrayLike, *, confidence: float = CONFIDENCE) -> Factors:
    """Compare the success rates of the values of an attribute.

    Parameters
    ----------
    attributes : array_like, shape (rows,)
        The value of the attribute in each row (deal), such as its industry.
    outcomes : array_like of bool, shape (rows,)
        True or 1 for a success, False or 0 otherwise.
    confidence : float, default 0.95
        Probability of the interval of each shrunk rate, between 0 and 1.

    Returns
    -------
    Factors
        `lift` is the raw rate over the rate of all rows. `verdict` is ``better`` or ``worse`` where the whole interval
        lies above or below that rate, else ``unclear``.

    Raises
    ------
    InvalidValue
        An outcome is neither 0 nor 1, the lengths differ, or the confidence is not between 0 and 1.
    NothingToSay
        There is no row, or no success.

    Notes
    -----
    Shrunk rates and intervals are those of `ranking.shrink`, so that a value with two deals, both won, does not stand
    out by luck; shrinking also tempers the many comparisons (Gelman, Hill and Yajima 2012).

    References
    ----------
    Gelman, A., Hill, J., Yajima, M. (2012), Why we (usually) don't have to worry about multiple comparisons. Journal of
    Research on Educational Effectiveness 5.

    Examples
    --------
    >>> industries = ["IT"] * 50 + ["retail"] * 50 + ["other"] * 2
    >>> found = factors(industries, [1] * 30 + [0] * 20 + [1] * 10 + [0] * 40 + [1] * 2)
    >>> list(zip(found.value.tolist(), found.rate.tolist(), found.verdict.tolist()))
    [('IT', 0.6, 'better'), ('other', 1.0, 'unclear'), ('retail', 0.2, 'worse')]
    """
    given, won = np.asarray(attributes), _outcomes(outcomes)
    equal_lengths(attributes=given, outcomes=won)
    values, group = np.unique(given, return_inverse=True)
    trials = np.bincount(group, minlength=len(values))
    successes = np.bincount(group, weights=won, minlength=len(values))
    shrunk, low, high = shrink(successes, trials, confidence=confidence)
    average = won.mean()
    if average == 0:
        raise NothingToSay("factors_no_success")
    rate = successes / trials
    verdict = np.select(
        [low > average, high < average], [Verdict.BETTER.value, Verdict.WORSE.value], Verdict.UNCLEAR.value
    )
    surest_first = np.argsort(-low.round(12), kind="stable")
    return Factors(
        value=values[surest_first],
        trials=trials[surest_first],
        rate=rate[surest_first],
        shrunk=shrunk[surest_first],
        low=low[surest_first],
        high=high[surest_first],
        lift=rate[surest_first] / average,
        verdict=verdict[surest_first],
    )


def heatmap(times: ArrayLike, outcomes: ArrayLike) -> Heatmap:
    """Lay success rates out by weekday and hour.

    Parameters
    ----------
    times : array_like of datetime or datetime64, shape (rows,)
        When each trial (call) was made, in local time.
    outcomes : array_like of bool, shape (rows,)
        True or 1 for a success (it got through), False or 0 otherwise.

    Returns
    -------
    Heatmap
        Its hours run from the earliest hour of any trial to the latest without a break.

    Raises
    ------
    InvalidValue
        A time is missing, an outcome is neither 0 nor 1, or the lengths differ.
    NothingToSay
        There is no row.

    Examples
    --------
    Ten calls on a Tuesday at 10:00, four of which got through:

    >>> import datetime as dt
    >>> grid = heatmap([dt.datetime(2025, 6, 3, 10, minute) for minute in range(10)], [1, 1, 1, 1] + [0] * 6)
    >>> grid.hours.tolist(), float(grid.rate[1, 0])
    ([10], 0.4)
    """
    moments, won = np.atleast_1d(np.asarray(times, dtype="datetime64[s]")), _outcomes(outcomes)
    equal_lengths(times=moments, outcomes=won)
    if not len(moments):
        raise NothingToSay("heatmap_no_times")
    if np.isnat(moments).any():
        raise InvalidValue("heatmap_missing_time", row=int(np.argmax(np.isnat(moments))) + 1)
    days = moments.astype("datetime64[D]")
    hour = (moments - days).astype("timedelta64[h]").astype(np.intp)
    weekday = (days.astype(np.intp) + _THURSDAY) % 7  # day 0, 1970-01-01, was a Thursday
    hours = np.arange(hour.min(), hour.max() + 1)
    cell = weekday * len(hours) + hour - hours[0]
    trials, successes = (np.bincount(cell, weights, minlength=7 * len(hours)).reshape(7, -1) for weights in (None, won))
    enough = trials >= ENOUGH_TRIALS
    return Heatmap(hours, np.divide(successes, trials, out=np.full(trials.shape, np.nan), where=enough), trials)


def _outcomes(given: ArrayLike) -> NDArray[np.float64]:
    outcomes = vector("outcomes", given)
    strange = (outcomes != 0) & (outcomes != 1)
    if strange.any():
        row = int(np.argmax(strange))
        raise InvalidValue("outcome_range", row=row + 1, given=f"{outcomes[row]:,.15g}")
    return outcomes
