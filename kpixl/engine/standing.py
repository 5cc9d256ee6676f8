"""Who differs from the others by more than chance?

Each row (member) is compared, in each column (step of the funnel), with all other rows together by Fisher's exact test,
so that small counts claim no more than they support. Many such questions are asked at once, so that some would stand
out by luck; Benjamini and Hochberg's procedure over all of them keeps the share of lucky ones among those named small.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.checks import Term
from kpixl.engine.columns import column, share
from kpixl.engine.discoveries import discoveries
from kpixl.engine.thresholds import FALSE_ALARMS
from kpixl.errors import InvalidValue

__all__ = ["p_values", "standing"]

Floats = NDArray[np.float64]

_TIES = 1 + 1e-7  # tables as probable as the one seen, but for rounding
_FAR = 40.0  # standard deviations from the mean beyond which no table adds anything


def standing(successes: ArrayLike, trials: ArrayLike, *, false_alarms: float = FALSE_ALARMS) -> NDArray[np.int64]:
    r"""Say for each row and column whether the rate lies above (1) or below (-1) that of the other rows, or not (0).

    Parameters
    ----------
    successes, trials : array_like of float, shape (rows, columns)
        Counts of each member (row) at each step (column), 0 or more; parts of a shared order are rounded.
    false_alarms : float, default 0.05
        The share of those named that chance may have put there, between 0 and 1. Where all are equal, it is the
        probability that anybody is named at all.

    Returns
    -------
    ndarray of int, shape (rows, columns)
        0 also where there is no rate to judge: no trials, more successes than trials, or no others to compare with.

    Raises
    ------
    InvalidValue
        A count is negative or not finite, the shapes differ, or `false_alarms` is not between 0 and 1.

    Notes
    -----
    Those are named of whose p-values (`p_values`) `discoveries` says so.

    References
    ----------
    Benjamini, Y., Hochberg, Y. (1995), Controlling the false discovery rate: a practical and powerful approach to
    multiple testing. Journal of the Royal Statistical Society B 57.

    Examples
    --------
    18 of 20 stand out beside 30 of 100, but 2 of 2 do not:

    >>> standing([[18], [30]], [[20], [100]]).ravel().tolist(), standing([[2], [30]], [[2], [100]]).ravel().tolist()
    ([1, -1], [0, 0])
    """
    level = share("false_alarms", false_alarms)
    won, tried = _tables(successes, trials)
    p = p_values(won, tried)
    tested = ~np.isnan(p)
    named = np.zeros(p.shape, dtype=bool)
    named[tested] = discoveries(p[tested], false_alarms=level)
    others_won, others_tried = _others(won, tried)
    better = np.sign(won * others_tried - others_won * tried)
    return np.where(named, better, 0).astype(np.int64)


def p_values(successes: ArrayLike, trials: ArrayLike) -> Floats:
    r"""Return for each row and column the two-sided p-value of its rate against that of the other rows together.

    Parameters and errors are those of `standing`.

    Returns
    -------
    ndarray of float, shape (rows, columns)
        NaN where there is nothing to test.

    Notes
    -----
    Of all tables with the same sums, :math:`P(x) = \binom{n}{x} \binom{N - n}{S - x} / \binom{N}{S}` with n trials of
    the row, N of all and S successes; p is the sum of those no more probable than the one seen.

    References
    ----------
    Fisher, R. A. (1935), The logic of inductive inference. Journal of the Royal Statistical Society 98. The two-sided
    sum as in Agresti, A. (2013), Categorical Data Analysis, 3rd ed., section 3.5.

    Examples
    --------
    Fisher's tea: three of four cups of milk first, and one of the other four (p = 34 / 70):

    >>> p_values([[3], [1]], [[4], [4]]).round(4).ravel().tolist()
    [0.4857, 0.4857]
    """
    won, tried = _tables(successes, trials)
    others_won, others_tried = _others(won, tried)
    testable = (tried > 0) & (won <= tried) & (others_tried > 0)
    p = np.full(won.shape, np.nan)
    for place in zip(*np.nonzero(testable), strict=True):
        p[place] = _fisher(won[place], tried[place], others_won[place], others_tried[place])
    return p


def _fisher(won: float, tried: float, others_won: float, others_tried: float) -> float:
    from scipy.special import gammaln  # noqa: PLC0415 - scipy is slow to import

    successes, total = won + others_won, tried + others_tried
    least, most = max(0.0, successes - others_tried), min(successes, tried)
    mean = tried * successes / total
    spread = np.sqrt(mean * (others_tried / total) * (1 - successes / total))
    window = max(least, np.floor(mean - _FAR * spread - 1)), min(most, np.ceil(mean + _FAR * spread + 1))
    if not window[0] <= won <= window[1]:
        return 0.0
    x = np.arange(window[0], window[1] + 1)
    rest = tried - x, successes - x, others_tried - successes + x
    weight = -sum((gammaln(part + 1) for part in rest), gammaln(x + 1))
    probability = np.exp(weight - weight.max())
    seen = probability[int(won - window[0])]
    return float(min(1.0, probability[probability <= seen * _TIES].sum() / probability.sum()))


def _tables(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    won, tried = (np.atleast_2d(np.rint(column(*one))) for one in (("successes", successes), ("trials", trials)))
    if won.shape != tried.shape:
        raise InvalidValue(
            "unequal_lengths", name=Term("successes"), length=won.size, other=Term("trials"), other_length=tried.size
        )
    return won, tried


def _others(won: Floats, tried: Floats) -> tuple[Floats, Floats]:
    """Return successes and trials of all other rows together; rows without a rate are left out."""
    sound = won <= tried
    counted_won, counted_tried = np.where(sound, won, 0.0), np.where(sound, tried, 0.0)
    return counted_won.sum(axis=0) - counted_won, counted_tried.sum(axis=0) - counted_tried
