"""Who is really better, and who was lucky on three calls.

Rates from few trials jump about. Each member's rate is therefore drawn towards the team's, the more so the fewer trials
there are and the less the members differ beyond chance (empirical Bayes, beta-binomial); the ranking follows the shrunk
rates. Whether somebody differs from the team at all is read from the control limits of a funnel plot.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.columns import share
from kpixl.engine.rates import counts
from kpixl.errors import NothingToSay

__all__ = ["Ranking", "rank", "shrink"]

Floats = NDArray[np.float64]

_SHRINKAGES = 100
_OUTSIDE = 0.001


@dataclass(frozen=True)
class Ranking:
    """One entry per row, in the order of the rows: rank from 1, rates from 0 to 1, outside the control limits or not.

    `rate` is not a number (NaN) for a row without trials: there is no such rate.
    """

    rank: NDArray[np.int64]
    rate: Floats
    shrunk: Floats
    low: Floats
    high: Floats
    outside: NDArray[np.bool_]


def rank(successes: ArrayLike, trials: ArrayLike, *, confidence: float = 0.95) -> Ranking:
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
        Equal shrunk rates share the better rank (1, 1, 3). `outside` is true beyond the 99.8% limits of the funnel
        plot: a row of the team's rate would be so high, or so low, less than once in 1,000 times.

    Raises
    ------
    NothingToSay
        There is no row, or no row has trials.
    InvalidValue
        A count is negative or not finite, successes exceed trials, or the confidence is not between 0 and 1.

    Notes
    -----
    The control limits are exact binomial tails of the pooled rate. For the shrunk rates see `shrink`.

    References
    ----------
    Spiegelhalter, D. J. (2005), Funnel plots for comparing institutional performance. Statistics in Medicine 24.

    Examples
    --------
    Three wins out of three do not lead over 80 out of 100:

    >>> rank([3, 80, 40], [3, 100, 100]).rank
    array([2, 1, 3])
    """
    won, tried = _rows(successes, trials)
    shrunk, low, high = shrink(won, tried, confidence=confidence)
    best_first = -shrunk.round(12)  # so that equal rates tie, whatever their last bits
    places = 1 + np.searchsorted(np.sort(best_first), best_first)
    raw = np.divide(won, tried, out=np.full(tried.shape, np.nan), where=tried > 0)
    team = won.sum() / tried.sum()
    by_chance = np.minimum(_at_least(won, tried, team), _at_least(tried - won, tried, 1 - team))
    return Ranking(places, raw, shrunk, low, high, by_chance < _OUTSIDE)


def shrink(successes: ArrayLike, trials: ArrayLike, *, confidence: float = 0.95) -> tuple[Floats, Floats, Floats]:
    r"""Return the shrunk rate of each row with the low and high end of its interval.

    Parameters and errors are those of `rank`.

    Notes
    -----
    True rates are taken to vary as :math:`\mathrm{Beta}(\mu M, (1 - \mu) M)` around the team's :math:`\mu = S / N`
    (S successes in N trials), so a row's rate given M is :math:`(s + \mu M) / (n + M)`. How strongly to shrink,
    :math:`B = M / (M + \bar n)`, is not picked but averaged over the beta-binomial likelihood of all rows with a
    uniform prior: the ends, where everybody or nobody is average, never win by accident. The interval is that of the
    beta distribution with the mean and variance of the average, its :math:`\mu` kept half a success from 0 and 1.

    References
    ----------
    Casella, G. (1985), An introduction to empirical Bayes data analysis. The American Statistician 39. Morris, C. N.
    (1983), Parametric empirical Bayes inference: theory and applications. JASA 78. Uniform prior on B: Christiansen,
    C. L., Morris, C. N. (1997), Hierarchical Poisson regression modeling. JASA 92.

    Examples
    --------
    >>> shrunk, low, high = shrink([3, 80, 40], [3, 100, 100])
    >>> [f"{rate:.0%}" for rate in shrunk]
    ['72%', '78%', '42%']
    """
    from scipy.special import betaincinv  # noqa: PLC0415 - only who asks pays for scipy

    won, tried = _rows(successes, trials)
    beyond = (1 - share("confidence", confidence)) / 2
    total = tried.sum()
    team = won.sum() / total
    inside = float(np.clip(team, 0.5 / (total + 1), 1 - 0.5 / (total + 1)))
    pull, mean, square = np.zeros((3, *tried.shape))
    for strength, weight in _strengths(won, tried, inside):
        expected = (won + inside * strength) / (tried + strength)
        pull += weight * strength / (tried + strength)
        mean += weight * expected
        square += weight * (expected * (1 - expected) / (tried + strength + 1) + expected**2)
    size = mean * (1 - mean) / (square - mean**2) - 1
    low, high = (betaincinv(mean * size, (1 - mean) * size, p) for p in (beyond, 1 - beyond))
    shrunk = pull * team + (1 - pull) * won / np.maximum(tried, 1)
    return shrunk, np.minimum(low, shrunk), np.maximum(high, shrunk)


def _rows(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    won, tried = np.atleast_1d(*counts(successes, trials))
    if not tried.any():
        raise NothingToSay("rank_no_trials")
    return won, tried


def _strengths(won: Floats, tried: Floats, team: float) -> list[tuple[float, float]]:
    """Return the strengths M of the prior, in trials, each with its share of the likelihood."""
    from scipy.special import betaln, softmax  # noqa: PLC0415 - only who asks pays for scipy

    nodes, weights = np.polynomial.legendre.leggauss(_SHRINKAGES)
    usual = tried.sum() / np.count_nonzero(tried)
    strengths = usual * (1 + nodes) / (1 - nodes)
    likelihoods = [
        np.sum(betaln(won + team * m, tried - won + (1 - team) * m) - betaln(team * m, (1 - team) * m))
        for m in strengths
    ]
    return list(zip(strengths.tolist(), softmax(np.array(likelihoods) + np.log(weights)).tolist(), strict=True))


def _at_least(won: Floats, tried: Floats, rate: float) -> Floats:
    """Return the probability of at least `won` successes in `tried` trials."""
    from scipy.special import betainc  # noqa: PLC0415 - only who asks pays for scipy

    some = won > 0
    return np.where(some, betainc(np.where(some, won, 1), tried - won + 1, rate), 1)
