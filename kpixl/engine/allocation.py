"""Who gets how much?

A target is divided by weights into whole units that add up to it exactly. The method is that of the largest remainder
(Hamilton; Balinski and Young, *Fair Representation*, 1982), with bounds per share. Divided month after month, the
rounding is carried forward, so that nobody is rounded up every time.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.checks import above_zero, equal_lengths, not_negative, vector
from kpixl.engine.numbers import ceil, is_whole
from kpixl.errors import InvalidValue, NoSolution

__all__ = ["allocate", "allocate_each"]

_TINY = 1e-9


def allocate(
    total: float,
    weights: ArrayLike,
    *,
    minimums: ArrayLike | None = None,
    maximums: ArrayLike | None = None,
    unit: float = 1.0,
) -> NDArray[np.float64]:
    """Divide `total` by `weights` into multiples of `unit` that sum to it exactly.

    Parameters
    ----------
    total : float
        What is to be divided, 0 or more, a multiple of `unit`.
    weights : array_like of float, shape (n,)
        Relative claims, 0 or more, not all 0; who has weight 0 gets the minimum.
    minimums, maximums : array_like of float, shape (n,), optional
        Bounds of each share, rounded to units inwards; a minimum equal to its maximum pins a share.
    unit : float, default 1
        The smallest step of a share, above 0: one call, or ten thousand yen.

    Returns
    -------
    ndarray of float, shape (n,)

    Raises
    ------
    InvalidValue
        If an argument is out of range, the lengths differ, or `total` is no multiple of `unit`.
    NoSolution
        If the bounds leave no way to reach the total.

    Notes
    -----
    Shares are ``clip(λ · weight, minimum, maximum)`` with the one λ that makes them sum to the total, rounded down; the
    units left over go to the largest remainders, among equals to the first.

    Examples
    --------
    >>> allocate(100, [1, 1, 1])
    array([34., 33., 33.])
    >>> allocate(100, [1, 1, 1], maximums=[20, 100, 100])
    array([20., 40., 40.])
    """
    not_negative(total=total)
    above_zero(unit=unit)
    claims = _claims(weights)
    if not is_whole(total / unit):
        raise InvalidValue("not_a_multiple", given=f"{total:,.15g}", unit=f"{unit:,.15g}")
    units = float(round(total / unit))
    low = np.zeros(len(claims)) if minimums is None else ceil(vector("minimums", minimums) / unit)
    high = np.full(len(claims), units) if maximums is None else _most(maximums, unit, units)
    equal_lengths(weights=claims, minimums=low, maximums=high)
    high = np.where(claims > 0, high, low)
    _check_bounds(units, low, high, unit)
    return _in_units(_round(_proportional(units, claims, low, high), units, low, high), unit)


def allocate_each(totals: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Divide each of several whole totals by `weights`, carrying the rounding forward.

    Parameters
    ----------
    totals : array_like of float, shape (m,)
        Whole numbers, 0 or more, such as the monthly targets of a team.
    weights : array_like of float, shape (n,) or (m, n)
        Relative claims, 0 or more, the same for every total or a row for each.

    Returns
    -------
    ndarray of float, shape (m, n)
        Whole numbers; every row sums to its total, and every running sum down a column stays less than one unit away
        from what it is entitled to.

    Raises
    ------
    InvalidValue
        If an argument is out of range, a total is not whole, or the shapes do not fit.

    Notes
    -----
    Each share gets the whole part of its claim. A unit left over is due to a column between the row where its running
    claim passes one less and the row where it is complete, and only where it has a claim; the units are matched to the
    rows within these windows, earliest deadline first. Such a matching always exists: running sums and rows make two
    laminar families, whose constraints are totally unimodular (Schrijver, *Combinatorial Optimization*, 2003).

    Examples
    --------
    Three members share ten, ten and ten; nobody is the one rounded up every month:

    >>> allocate_each([10, 10, 10], [1, 1, 1]).tolist()
    [[4.0, 3.0, 3.0], [3.0, 4.0, 3.0], [3.0, 3.0, 4.0]]
    """
    whole = vector("totals", totals)
    for total in whole.tolist():
        if total != round(total):
            raise InvalidValue("not_a_multiple", given=f"{total:,.15g}", unit="1")
    given = np.asarray(weights, dtype=float)
    if given.ndim == 2 and len(given) != len(whole):
        raise InvalidValue("rows_per_total", totals=len(whole), rows=len(given))
    rows = given if given.ndim == 2 else np.broadcast_to(given, (len(whole), given.size))
    exact = np.array([total * claims / claims.sum() for total, claims in zip(whole, map(_claims, rows), strict=True)])
    exact = exact.reshape(len(whole), rows.shape[-1])
    shares: NDArray[np.float64] = np.floor(exact + _TINY)
    claims = np.maximum(exact - shares, 0.0)
    for row, column in _leftovers(claims, np.rint(whole - shares.sum(axis=1)).astype(int).tolist()):
        shares[row, column] += 1
    return shares


def _claims(weights: ArrayLike) -> NDArray[np.float64]:
    claims = vector("weights", weights)
    if not claims.any():
        raise InvalidValue("weights_all_zero")
    return claims


def _most(maximums: ArrayLike, unit: float, units: float) -> NDArray[np.float64]:
    bounded = np.minimum(np.asarray(maximums, dtype=float), units * unit)
    return -ceil(-vector("maximums", bounded) / unit)


def _check_bounds(units: float, low: NDArray[np.float64], high: NDArray[np.float64], unit: float) -> None:
    if (low > high).any():
        place = int(np.argmax(low > high))
        raise NoSolution("bounds_crossed", place=place + 1, low=low[place] * unit, high=high[place] * unit)
    if low.sum() > units:
        raise NoSolution("minimums_exceed", total=units * unit, least=low.sum() * unit)
    if high.sum() < units:
        raise NoSolution("maximums_short", total=units * unit, most=high.sum() * unit)


def _proportional(
    units: float, claims: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return ``clip(λ · claims, low, high)`` for the λ that makes it sum to `units`."""

    def shares(scale: float) -> NDArray[np.float64]:
        clipped: NDArray[np.float64] = np.clip(scale * claims, low, high)
        return clipped

    positive = claims > 0
    turns = np.unique(np.concatenate([low[positive] / claims[positive], high[positive] / claims[positive]]))
    below, above = 0, len(turns) - 1
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if shares(turns[middle]).sum() <= units else (below, middle)
    at_below, at_above = shares(turns[below]), shares(turns[above])
    missing = at_above.sum() - at_below.sum()
    part = (units - at_below.sum()) / missing if missing else 0.0
    between: NDArray[np.float64] = at_below + part * (at_above - at_below)
    return between


def _round(
    shares: NDArray[np.float64], units: float, low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Round down and give the units left over to the largest remainders; take back what the last bits overshot."""
    whole = np.clip(np.floor(shares), low, high)
    order = np.argsort(whole - shares, kind="stable")
    while left := int(units - whole.sum()):
        step = math.copysign(1, left)
        willing = order[whole[order] < high[order]] if left > 0 else order[whole[order] > low[order]][::-1]
        whole[willing[: abs(left)]] += step
    return whole


def _in_units(counts: NDArray[np.float64], unit: float) -> NDArray[np.float64]:
    parts = 1 / unit
    return counts / round(parts) if unit < 1 and is_whole(parts) else counts * unit


def _leftovers(claims: NDArray[np.float64], free: list[int]) -> list[tuple[int, int]]:
    """Match the `free` units of every row to the columns that claim parts of them; return (row, column) of each."""
    units = _units(np.cumsum(claims, axis=0))
    windows = [
        [row for row in range(first, min(last + 1, len(free))) if claims[row, column] > _TINY]
        for last, _, column, first in units
    ]
    held: list[list[int]] = [[] for _ in free]

    def place(unit: int, tried: set[int]) -> bool:
        for row in windows[unit]:
            if len(held[row]) < free[row]:
                held[row].append(unit)
                return True
        for row in windows[unit]:
            if row not in tried:
                tried.add(row)
                for position, other in enumerate(held[row]):
                    if place(other, tried):
                        held[row][position] = unit
                        return True
        return False

    for unit in range(len(units)):
        place(unit, set())
    return [(row, units[unit][2]) for row, placed in enumerate(held) for unit in placed]


def _units(entitled: NDArray[np.float64]) -> list[tuple[int, float, int, int]]:
    """List the units that columns are due, the most urgent first: deadline, part not claimed, column, first row."""
    units = []
    for column, claim in enumerate(entitled.T):
        for count in range(math.ceil(claim[-1] - _TINY) if len(claim) else 0):
            first, last = np.searchsorted(claim, [count + _TINY, count + 1 - _TINY])
            units.append((int(last), max(count + 1 - claim[-1], 0.0), column, int(first)))
    return sorted(units)
