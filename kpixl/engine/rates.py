"""How sure is this rate, and did it change?

18 wins out of 20 are not 90% sure to be 90%. A sales manager reads the range that a conversion rate may lie in (Wilson
1927) and whether the rate after a measure differs from the rate before it (Newcombe 1998), or how many more trials it
takes to tell.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.checks import equal_lengths
from kpixl.engine.columns import Column, column, plain, share
from kpixl.engine.numbers import ceil
from kpixl.engine.thresholds import CONFIDENCE, POWER
from kpixl.errors import InvalidValue, NoTrials

__all__ = ["Effect", "Rate", "Verdict", "counts", "effect", "rate"]


@dataclass(frozen=True, eq=False)
class Rate(Answer):
    """A rate and the interval it lies in, all from 0 to 1."""

    rate: Column
    low: Column
    high: Column


class Verdict(StrEnum):
    """What the numbers before and after a measure allow to say."""

    BETTER = "better"
    UNCLEAR = "unclear"
    WORSE = "worse"


@dataclass(frozen=True, eq=False)
class Effect(Answer):
    """How a rate changed: difference and interval from -1 to 1, p-value, trials still needed per side, verdict."""

    difference: Column
    low: Column
    high: Column
    p: Column
    trials_needed: Column
    verdict: str | NDArray[np.str_]


def rate(successes: ArrayLike, trials: ArrayLike, *, confidence: float = CONFIDENCE) -> Rate:
    r"""Return the share of `trials` that were `successes`, with Wilson's score interval.

    Parameters
    ----------
    successes, trials : float or array_like of float
        Counts; at least one trial, and no more successes than trials.
    confidence : float, default 0.95
        Share of such intervals that hold the true rate, between 0 and 1.

    Returns
    -------
    Rate
        Plain floats when both counts are single numbers, else vectors.

    Raises
    ------
    NoTrials
        A row has no trials.
    InvalidValue
        A count is negative or not finite, successes exceed trials, or the confidence is not between 0 and 1.

    Notes
    -----
    The ends solve :math:`|\hat p - p| = z \sqrt{p (1 - p) / n}` for :math:`p`.

    References
    ----------
    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference. JASA 22. Recommended by
    Agresti, A., Coull, B. A. (1998), Approximate is better than "exact" for interval estimation of binomial
    proportions. The American Statistician 52.

    Examples
    --------
    18 of 20 proposals won, so the true rate is somewhere from 70% to 97%:

    >>> sure = rate(18, 20)
    >>> f"{sure.rate:.1%}, from {sure.low:.1%} to {sure.high:.1%}"
    '90.0%, from 69.9% to 97.2%'
    """
    won, tried = _tested(successes, trials)
    low, high = _wilson(won, tried, share("confidence", confidence))
    return Rate(plain(won / tried), plain(low), plain(high))


def effect(
    before_successes: ArrayLike,
    before_trials: ArrayLike,
    after_successes: ArrayLike,
    after_trials: ArrayLike,
    *,
    confidence: float = CONFIDENCE,
) -> Effect:
    r"""Compare the rate after a measure with the rate before it.

    Parameters
    ----------
    before_successes, before_trials, after_successes, after_trials : float or array_like of float
        Counts; at least one trial on each side, and no more successes than trials.
    confidence : float, default 0.95
        Confidence of the interval, between 0 and 1; a p-value below ``1 - confidence`` counts as a difference.

    Returns
    -------
    Effect
        Plain values when all counts are single numbers, else vectors. `difference` is after minus before.
        `trials_needed` is how many more trials the smaller side needs until a difference as large as the present one
        would be found with 80% power: 0 when it is found already, infinite when the rates are equal.

    Raises
    ------
    NoTrials
        A row has no trials on one side.
    InvalidValue
        A count is negative or not finite, successes exceed trials, or the confidence is not between 0 and 1.

    Notes
    -----
    Interval: Newcombe's hybrid score interval (method 10),
    :math:`d - \sqrt{(p_2 - l_2)^2 + (u_1 - p_1)^2}` to :math:`d + \sqrt{(u_2 - p_2)^2 + (p_1 - l_1)^2}`, where l and u
    are Wilson's ends. p: two-sided, of :math:`z = d / \sqrt{\bar p (1 - \bar p)(1/n_1 + 1/n_2)}` with the pooled rate.
    Trials per side, where :math:`\bar p` is the mean of the two rates:
    :math:`(z_{1 - \alpha / 2} \sqrt{2 \bar p (1 - \bar p)} + z_{0.8} \sqrt{p_1 (1 - p_1) + p_2 (1 - p_2)})^2 / d^2`.

    References
    ----------
    Newcombe, R. G. (1998), Interval estimation for the difference between independent proportions: comparison of eleven
    methods. Statistics in Medicine 17. Fleiss, J. L., Levin, B., Paik, M. C. (2003), Statistical Methods for Rates and
    Proportions, 3rd ed., chapter 4.

    Examples
    --------
    After a new script 30 instead of 20 of 200 calls led to an appointment. Was it the script?

    >>> script = effect(20, 200, 30, 200)
    >>> f"{script.difference:+.1%}, p = {script.p:.2f}: {script.verdict}, {script.trials_needed:.0f} more calls each"
    '+5.0%, p = 0.13: unclear, 486 more calls each'
    """
    from scipy.special import ndtr  # noqa: PLC0415 - scipy is slow to import

    alpha = 1 - share("confidence", confidence)
    won_1, tried_1 = _tested(before_successes, before_trials)
    won_2, tried_2 = _tested(after_successes, after_trials)
    rate_1, rate_2 = won_1 / tried_1, won_2 / tried_2
    low_1, high_1 = _wilson(won_1, tried_1, confidence)
    low_2, high_2 = _wilson(won_2, tried_2, confidence)
    difference = rate_2 - rate_1
    pooled = (won_1 + won_2) / (tried_1 + tried_2)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / tried_1 + 1 / tried_2))
    p = 2 * ndtr(-np.abs(difference) / np.where(spread > 0, spread, 1))
    needed = _trials_per_side(rate_1, rate_2, alpha) - np.minimum(tried_1, tried_2)
    return Effect(
        difference=plain(difference),
        low=plain(difference - np.hypot(rate_2 - low_2, high_1 - rate_1)),
        high=plain(difference + np.hypot(high_2 - rate_2, rate_1 - low_1)),
        p=plain(np.asarray(p)),
        trials_needed=plain(np.where(p < alpha, 0, np.maximum(needed, 1))),
        verdict=plain(
            np.select([p >= alpha, difference > 0], [Verdict.UNCLEAR.value, Verdict.BETTER.value], Verdict.WORSE.value)
        ),
    )


def counts(successes: ArrayLike, trials: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return successes and trials as arrays of one shape, or raise where lengths differ or successes exceed trials.

    >>> counts([1, 2], 4)
    (array([1., 2.]), array([4., 4.]))
    """
    given, of = column("successes", successes), column("trials", trials)
    if given.ndim and of.ndim:
        equal_lengths(successes=given, trials=of)
    won, tried = np.broadcast_arrays(given, of)
    if (won > tried).any():
        row = int(np.argmax(won > tried))
        raise InvalidValue(
            "successes_exceed", row=row + 1, given=f"{won.flat[row]:,.15g}", most=f"{tried.flat[row]:,.15g}"
        ).of_rows(won > tried)
    return won, tried


def _tested(successes: ArrayLike, trials: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    won, tried = counts(successes, trials)
    if (tried == 0).any():
        raise NoTrials("no_trials", row=int(np.argmin(tried)) + 1).of_rows(tried == 0)
    return won, tried


def _wilson(
    won: NDArray[np.float64], tried: NDArray[np.float64], confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from scipy.special import ndtri  # noqa: PLC0415 - scipy is slow to import

    z = -ndtri((1 - confidence) / 2)
    return _wilson_low(won, tried, z), 1 - _wilson_low(tried - won, tried, z)


def _wilson_low(won: NDArray[np.float64], tried: NDArray[np.float64], z: float) -> NDArray[np.float64]:
    # The smaller root of Wilson's quadratic in the form that does not cancel: exactly 0 without a success.
    root = z * np.sqrt(z**2 + 4 * won * (tried - won) / tried)
    low: NDArray[np.float64] = 2 * won**2 / tried / (2 * won + z**2 + root)
    return low


def _trials_per_side(rate_1: NDArray[np.float64], rate_2: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    from scipy.special import ndtri  # noqa: PLC0415 - scipy is slow to import

    mean = (rate_1 + rate_2) / 2
    by_chance = -ndtri(alpha / 2) * np.sqrt(2 * mean * (1 - mean))
    by_design = ndtri(POWER) * np.sqrt(rate_1 * (1 - rate_1) + rate_2 * (1 - rate_2))
    size = np.abs(rate_2 - rate_1)
    enough = ceil(((by_chance + by_design) / np.where(size > 0, size, 1)) ** 2)
    return np.where(size > 0, enough, np.inf)
