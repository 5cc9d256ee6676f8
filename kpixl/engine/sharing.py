"""Who gets how much, and when?

A total is spread over periods, and shared among people or channels, so that the whole numbers sum both ways: every
period to what is to be done in it, everybody to what they carry in all. The rules are simple enough to stand in a
cell of a sheet: a running total is rounded, and of what is still to give each takes their part of the rest.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.checks import not_negative, vector
from kpixl.errors import InvalidValue

__all__ = ["share_table", "spread"]

_DIGITS = 9  # a difference beyond these is rounding, not a larger claim
_NOISE = 10.0**_DIGITS
_ALL_WHOLE = 2.0**53  # from here on there are only whole numbers


def spread(total: float, weights: ArrayLike) -> NDArray[np.float64]:
    """Spread a whole total over periods by `weights`, rounding its running sum.

    Parameters
    ----------
    total : float
        A whole number, 0 or more.
    weights : array_like of float, shape (n,)
        Relative claims of the periods in their order, 0 or more, not all 0.

    Returns
    -------
    ndarray of float, shape (n,)
        Whole numbers that sum to the total; every running sum is the exact one, rounded half up.

    Raises
    ------
    InvalidValue
        If an argument is out of range.

    Notes
    -----
    ``x[i] = round(total · w[0..i] / Σw) − round(total · w[0..i−1] / Σw)``. Unlike the largest remainder, what has been
    reached by any period never depends on those after it.

    Examples
    --------
    >>> spread(10, [1, 1, 1, 1])
    array([3., 2., 3., 2.])
    """
    not_negative(total=total)
    claims = vector("weights", weights)
    if not claims.any():
        raise InvalidValue("weights_all_zero")
    running = _rounded(total * np.cumsum(claims) / claims.sum())
    return np.diff(running, prepend=0.0)


def share_table(rows: ArrayLike, columns: ArrayLike, claims: ArrayLike) -> NDArray[np.float64]:
    """Fill a table with whole numbers that sum to `rows` across and to `columns` down.

    Parameters
    ----------
    rows : array_like of float, shape (m,)
        Whole numbers, 0 or more, such as the monthly targets of a team.
    columns : array_like of float, shape (n,)
        Whole numbers, 0 or more, with the same sum, such as what each member carries in all.
    claims : array_like of float, shape (m, n)
        What part of a column should fall to each row, relative to its column, 0 or more.

    Returns
    -------
    ndarray of float, shape (m, n)
        Whole numbers, 0 or more, as near to the claims as a running sum can be.

    Raises
    ------
    InvalidValue
        If an argument is out of range, the shapes do not fit, or the two sums differ.

    Notes
    -----
    Row after row, each column in turn takes its part of the rest: with the running sum ``C`` of the rows and the
    running claims ``q``, column ``j`` stands at ``round((C − Σ before) · q[j] / Σ q[j..])``, but not below where it
    stood, not above its own sum, and never so that the columns after it could not come out. These bounds leave a way
    open in every step, so both sums are exact whatever the claims are.

    Examples
    --------
    Three members share ten, ten and ten; nobody is the one rounded up every month:

    >>> share_table([10, 10, 10], [10, 10, 10], [[1, 1, 1]] * 3).tolist()
    [[3.0, 4.0, 3.0], [4.0, 3.0, 3.0], [3.0, 3.0, 4.0]]
    """
    across, down = vector("totals", rows), vector("totals", columns)
    wanted = np.asarray(claims, dtype=float)
    if wanted.shape != (len(across), len(down)) or not np.isfinite(wanted).all() or (wanted < 0).any():
        raise InvalidValue("rows_per_total", totals=len(across), rows=len(wanted))
    if across.sum() != down.sum():
        raise InvalidValue("sums_differ", rows=float(across.sum()), columns=float(down.sum()))
    running = np.cumsum(wanted, axis=0)
    part = down * np.divide(running, running[-1:], out=np.zeros_like(running), where=running[-1:] > 0)
    stood, reached = np.zeros((len(across) + 1, len(down))), np.cumsum(across)
    most, most_after = down.tolist(), _after(down)
    for row, total in enumerate(reached.tolist()):
        stood[row + 1] = _row(total, stood[row], most, most_after, part[row])
    return np.diff(stood, axis=0)


def _row(
    total: float,
    stood: NDArray[np.float64],
    most: list[float],
    most_after: list[float],
    claims: NDArray[np.float64],
) -> list[float]:
    """Share the running total of a row among columns that stand at `stood` and end at `most`."""
    now, rest = [], total
    ends = zip(stood.tolist(), _after(stood), most, most_after, claims.tolist(), _after(claims), strict=True)
    for least, stood_after, own_most, others_most, claim, others_claim in ends:
        claimed = claim + others_claim
        fair = _whole(rest * claim / claimed) if claimed > 0 else 0.0
        high = min(own_most, rest - stood_after)
        now.append(max(least, rest - others_most, min(high, fair)))
        rest -= now[-1]
    return now


def _after(values: NDArray[np.float64]) -> list[float]:
    """Return for each value the sum of those after it."""
    after: list[float] = np.append(np.cumsum(values[:0:-1])[::-1], 0.0).tolist()
    return after


def _whole(value: float) -> float:
    """Round one number as `_rounded` does many, which takes it many times as long."""
    return float(math.floor(round(value * _NOISE) / _NOISE + 0.5)) if value < _ALL_WHOLE else value


def _rounded(value: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Round half up, as a spreadsheet does, after removing floating-point noise."""
    rounded: NDArray[np.float64] = np.floor(np.round(value, _DIGITS) + 0.5)
    return rounded
