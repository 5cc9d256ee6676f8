"""Who is really better, and who was lucky on three calls.

Rates from few trials jump about. Each member's rate is therefore drawn towards the team's, the more so the fewer trials
there are and the less the members differ beyond chance (empirical Bayes, beta-binomial), and the ranking goes by the
low end of its interval. Whether somebody differs from the team at all is read from the control limits of a funnel plot.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.columns import share
from kpixl.engine.rates import counts
from kpixl.engine.thresholds import CONFIDENCE, OUTSIDE
from kpixl.errors import InvalidValue, NothingToSay

__all__ = ["Ranking", "rank", "shrink"]

Floats = NDArray[np.float64]

_SHRINKAGES = 100
_MOST_TRIALS = 10**10  # of one row; beyond this, the likelihood of the strengths is lost in rounding


@dataclass(frozen=True, eq=False)
class Ranking(Answer):
    """One entry per row, in the order of the rows: rank from 1, rates from 0 to 1, outside the control limits or not.

    `rate` is not a number (NaN) for a row without trials: there is no such rate.
    """

    rank: NDArray[np.int64]
    rate: Floats
    shrunk: Floats
    low: Floats
    high: Floats
    outside: NDArray[np.bool_]


def rank(successes: ArrayLike, trials: ArrayLike, *, confidence: float = CONFIDENCE) -> Ranking:
    r"""Rank rows (members, channels) by their rates, allowing for how many trials each rate stands on.

    Parameters
    ----------
    successes, trials : array_like of float, shape (rows,)
        Counts; no more successes than trials. A row without trials has no rate of its own and is taken for average.
    confidence : float, default 0.95
        Probability of the interval of each shrunk rate, between 0 and 1.

    Returns
    -------
    Ranking
        Ranks go by `low`, the low end of the interval: of two equal rates the one from more trials leads, and rows that
        are equal in both share the better rank (1, 1, 3). `outside` is true beyond the 99.8% limits of the funnel plot:
        a row of the team's rate would be so high, or so low, less than once in 1,000 times.

    Raises
    ------
    NothingToSay
        There is no row, or no row has trials.
    InvalidValue
        A count is negative or not finite, successes exceed trials, a row has more than 10¹⁰ trials, or the confidence
        is not between 0 and 1.

    Notes
    -----
    The control limits are exact binomial tails of the pooled rate. For the shrunk rates see `shrink`. They alone would
    not do for a ranking: a shrunk rate still lies on the same side of the team's as the raw one, so that three wins out
    of three would lead every team whose others are average.

    References
    ----------
    Spiegelhalter, D. J. (2005), Funnel plots for comparing institutional performance. Statistics in Medicine 24.

    Examples
    --------
    Three wins out of three do not lead over 40 out of 100:

    >>> rank([3, 40, 30], [3, 100, 100]).rank
    array([3, 1, 2])
    """
    won, tried = _rows(successes, trials)
    shrunk, low, high = shrink(won, tried, confidence=confidence)
    surest_first = -low.round(12)  # so that equal rows tie, whatever the rounding
    places = 1 + np.searchsorted(np.sort(surest_first), surest_first)
    raw = np.divide(won, tried, out=np.full(tried.shape, np.nan), where=tried > 0)
    team = won.sum() / tried.sum()
    by_chance = np.minimum(_at_least(won, tried, team), _at_least(tried - won, tried, 1 - team))
    return Ranking(places, raw, shrunk, low, high, by_chance < OUTSIDE)


def shrink(successes: ArrayLike, trials: ArrayLike, *, confidence: float = CONFIDENCE) -> tuple[Floats, Floats, Floats]:
    r"""Return the shrunk rate of each row with the low and high end of its interval.

    Parameters and errors are those of `rank`.

    Notes
    -----
    True rates are taken to vary as :math:`\mathrm{Beta}(\mu M, (1 - \mu) M)` around the team's :math:`\mu = S / N`
    (S successes in N trials), so a row's rate given M is :math:`(s + \mu M) / (n + M)`. How strongly to shrink,
    :math:`B = M / (M + \bar n)` with the harmonic mean of the trials, is not picked but averaged over the beta-binomial
    likelihood of all rows with a uniform prior: the ends, where everybody or nobody is average, never win by accident.
    The interval is that of the beta distribution with the mean and variance of the average, its :math:`\mu` kept half
    a success from 0 and 1.

    References
    ----------
    Casella, G. (1985), An introduction to empirical Bayes data analysis. The American Statistician 39. Morris, C. N.
    (1983), Parametric empirical Bayes inference: theory and applications. JASA 78. Uniform prior on B: Christiansen,
    C. L., Morris, C. N. (1997), Hierarchical Poisson regression modeling. JASA 92.

    Examples
    --------
    >>> shrunk, low, high = shrink([3, 80, 40], [3, 100, 100])
    >>> [f"{rate:.0%}" for rate in shrunk]
    ['76%', '79%', '41%']
    """
    from scipy.special import betaincinv  # noqa: PLC0415 - scipy is slow to import

    won, tried = _rows(successes, trials)
    beyond = (1 - share("confidence", confidence)) / 2
    total = tried.sum()
    team = won.sum() / total
    inside = float(np.clip(team, 0.5 / (total + 1), 1 - 0.5 / (total + 1)))
    strengths, weights = _strengths(won, tried, inside)
    expected = (won + inside * strengths) / (tried + strengths)
    mean = np.sum(weights * expected, axis=0)
    variance = np.sum(weights * (expected * (1 - expected) / (tried + strengths + 1) + (expected - mean) ** 2), axis=0)
    size = mean * (1 - mean) / variance - 1
    low, high = (betaincinv(mean * size, (1 - mean) * size, p) for p in (beyond, 1 - beyond))
    pull = np.sum(weights * strengths / (tried + strengths), axis=0)
    shrunk = pull * team + (1 - pull) * won / np.maximum(tried, 1)
    return shrunk, np.minimum(low, shrunk), np.maximum(high, shrunk)


def _rows(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    won, tried = np.atleast_1d(*counts(successes, trials))
    if not tried.any():
        raise NothingToSay("rank_no_trials")
    if tried.max() > _MOST_TRIALS:
        row = int(np.argmax(tried))
        raise InvalidValue("too_many_trials", row=row + 1, given=f"{tried[row]:,.15g}", most=_MOST_TRIALS)
    return won, tried


def _strengths(won: Floats, tried: Floats, team: float) -> tuple[Floats, Floats]:
    """Return strengths M of the prior, in trials, and the share of the likelihood of each; both stand as a column."""
    from scipy.special import betaln, softmax  # noqa: PLC0415 - scipy is slow to import

    nodes, weights = _nodes()
    usual = 1 / np.mean(1 / tried[tried > 0])
    strengths = (usual * (1 + nodes) / (1 - nodes)).reshape(-1, 1)
    for_team, against = team * strengths, (1 - team) * strengths
    likelihood = np.sum(betaln(won + for_team, tried - won + against) - betaln(for_team, against), axis=1)
    return strengths, softmax(likelihood + np.log(weights)).reshape(-1, 1)


@cache
def _nodes() -> tuple[Floats, Floats]:
    """Return the nodes and weights of the average over all shrinkages, by the rule of Gauss and Legendre."""
    nodes, weights = np.polynomial.legendre.leggauss(_SHRINKAGES)
    return nodes, weights


def _at_least(won: Floats, tried: Floats, rate: float) -> Floats:
    """Return the probability of at least `won` successes in `tried` trials."""
    from scipy.special import betainc  # noqa: PLC0415 - scipy is slow to import

    some = won > 0
    return np.where(some, betainc(np.where(some, won, 1), tried - won + 1, rate), 1)
