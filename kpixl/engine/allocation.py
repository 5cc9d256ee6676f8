"""Who gets how much?

A target is divided by weights into whole units that add up to it exactly. The method is that of the largest remainder
(Hamilton; Balinski and Young, *Fair Representation*, 1982), with bounds per share.
"""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.checks import above_zero, equal_lengths, not_negative, vector
from kpixl.engine.numbers import ceil, is_whole
from kpixl.errors import InvalidValue, NoSolution

__all__ = ["allocate"]

_COUNTABLE = 2**53  # beyond this, floats cannot tell one unit more or less
_COMPARABLE = 1e-100  # of the largest weight; below this, no λ fits both


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
        If an argument is out of range, the lengths differ, `total` is no multiple of `unit`, or more than 2⁵³ of them,
        or weights whose shares have bounds lie more than a hundred digits apart.
    NoSolution
        If the bounds leave no way to reach the total.

    Notes
    -----
    Shares are ``clip(λ · weight, minimum, maximum)`` with the one λ that makes them sum to the total, rounded down; the
    units left over go to the largest remainders, among equals to the first. Quotas and remainders are computed in whole
    numbers of any length, from the weights as they are typed, so that no last bit decides who gets a unit.

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
    if total / unit > _COUNTABLE:
        raise InvalidValue("too_many_units", given=f"{total:,.15g}", unit=f"{unit:,.15g}", most=_COUNTABLE)
    if not is_whole(total / unit):
        raise InvalidValue("not_a_multiple", given=f"{total:,.15g}", unit=f"{unit:,.15g}")
    units = float(round(total / unit))
    low = np.zeros(len(claims)) if minimums is None else ceil(vector("minimums", minimums) / unit)
    high = np.full(len(claims), units) if maximums is None else _most(maximums, unit, units)
    equal_lengths(weights=claims, minimums=low, maximums=high)
    high = np.where(claims > 0, high, low)
    _check_bounds(units, low, high, unit)
    return _in_units(_round(_pinned(units, claims, low, high), units, claims, low, high), unit)


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


def _pinned(
    units: float, claims: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return for each share the bound that ``λ · claims`` is clipped to, NaN where it lies between its bounds.

    The λ is the one that makes the shares sum to `units`.
    """
    positive = claims > 0
    if not low.any() and (high[positive] >= units).all():
        return np.where(positive, np.nan, 0.0)
    claims = claims / claims.max()
    if claims[positive].min() < _COMPARABLE:
        raise InvalidValue("weights_far_apart")

    def shares(scale: float) -> NDArray[np.float64]:
        clipped: NDArray[np.float64] = np.clip(scale * claims, low, high)
        return clipped

    turns = np.unique(np.concatenate([low[positive] / claims[positive], high[positive] / claims[positive]]))
    below, above = 0, len(turns) - 1
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if shares(turns[middle]).sum() <= units else (below, middle)
    at_below, at_above = shares(turns[below]), shares(turns[above])
    missing = at_above.sum() - at_below.sum()
    part = (units - at_below.sum()) / missing if missing else 0.0
    between = at_below + part * (at_above - at_below)
    return np.where((low < between) & (between < high), np.nan, np.clip(between, low, high))


def _round(
    pinned: NDArray[np.float64],
    units: float,
    claims: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Round down and give the units left over to the largest remainders; correct what rounding errors overshot."""
    free = np.flatnonzero(np.isnan(pinned))
    parts = _as_integers(claims[free])
    rest, total = int(units) - int(np.nansum(pinned)), sum(parts)
    quotas = [divmod(rest * part, total) for part in parts]
    whole = pinned.copy()
    whole[free] = np.clip(np.array([quota for quota, _ in quotas], dtype=float), low[free], high[free])
    largest_first = sorted(range(len(free)), key=lambda place: -quotas[place][1])
    order = np.concatenate([free[largest_first], np.flatnonzero(~np.isnan(pinned))])
    while left := int(units - whole.sum()):
        step = math.copysign(1, left)
        willing = order[whole[order] < high[order]] if left > 0 else order[whole[order] > low[order]][::-1]
        whole[willing[: abs(left)]] += step
    return whole


def _as_integers(claims: NDArray[np.float64]) -> list[int]:
    """Return whole numbers in exactly the proportions of the claims as they are typed: 0.05 is a twentieth."""
    ratios = [Fraction(repr(claim)) for claim in claims.tolist()]
    scale = math.lcm(*(ratio.denominator for ratio in ratios))
    return [int(ratio * scale) for ratio in ratios]


def _in_units(counts: NDArray[np.float64], unit: float) -> NDArray[np.float64]:
    parts = 1 / unit
    return counts / round(parts) if unit < 1 and is_whole(parts) else counts * unit
