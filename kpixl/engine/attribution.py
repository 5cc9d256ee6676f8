"""Which factor made the gap, when factors multiply and segments add up.

Revenue is leads x conversion rate x deal size, for every channel; the sales manager asks how much of the gap each of
them made. Three answers, all of which sum to the change: LMDI (Ang 2004), which treats the factors alike and adds up
over segments; the Shapley value (Shapley 1953), which also bears signs; one factor after the other, left to right.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.checks import known
from kpixl.errors import InvalidValue

__all__ = ["attribution"]


def attribution(targets: ArrayLike, actuals: ArrayLike, *, method: str = "lmdi") -> NDArray[np.float64]:
    r"""Return what each factor contributes to the change from `targets` to `actuals`.

    Parameters
    ----------
    targets, actuals : array_like of float, shape (factors,) or (segments, factors)
        The factors of each segment, in any units; along a row they multiply to the segment's value. Both have the same
        shape. `lmdi` needs factors of zero or more.
    method : {"lmdi", "shapley", "sequential"}
        How the change is shared among the factors.

    Returns
    -------
    ndarray of float, same shape as `targets`
        The contribution of each factor, in the unit of the product. A row sums to that segment's change, the largest
        contribution taking up the rounding.

    Raises
    ------
    InvalidValue
        The shapes differ or have no factor, a factor is not finite, or negative under `lmdi`, a product is too large,
        or the method is unknown.

    Notes
    -----
    With :math:`V = \prod_k x_k`, before (0) and after (T):

    - lmdi: :math:`L(V^T, V^0) \ln(x_k^T / x_k^0)`, :math:`L(a, b) = (a - b) / \ln(a / b)`, :math:`L(a, a) = a`. Where
      a factor is zero, the limit for a zero replaced by one same small number: factors that rise from zero (or fall to
      it) share the whole change equally, and the others contribute nothing.
    - shapley: the mean over all orders in which the factors could have changed. A product is its own multilinear
      extension, so this is :math:`(x_k^T - x_k^0) \int_0^1 \prod_{j \ne k} (x_j^0 + t (x_j^T - x_j^0))\,dt`
      (Owen 1972), a polynomial that Gauss-Legendre quadrature integrates exactly, for any number of factors.
    - sequential: :math:`\prod_{j<k} x_j^T \cdot (x_k^T - x_k^0) \cdot \prod_{j>k} x_j^0`.

    References
    ----------
    Ang, B. W. (2004), Decomposition analysis for policymaking in energy: which is the preferred method? Energy
    Policy 32. Ang, B. W. (2005), The LMDI approach to decomposition analysis: a practical guide. Energy Policy 33.
    Ang, B. W., Zhang, F. Q., Choi, K.-H. (1998), Factorizing changes in energy and environmental indicators through
    decomposition. Energy 23. Shapley, L. S. (1953), A value for n-person games. Owen, G. (1972), Multilinear extensions
    of games. Management Science 18.

    Examples
    --------
    1,000 calls at 15% gave 150 appointments; now 1,200 at 12% give 144. More calls made +26.8, the lower rate -32.8.

    >>> attribution([1000, 0.15], [1200, 0.12]).round(1)
    array([ 26.8, -32.8])
    """
    before, after = np.asarray(targets, dtype=float), np.asarray(actuals, dtype=float)
    if before.shape != after.shape or before.ndim not in (1, 2) or before.shape[-1] == 0:
        raise InvalidValue("attribution_shape", targets=_size(before), actuals=_size(after))
    known("method", method, tuple(_METHODS))
    with np.errstate(over="ignore", invalid="ignore"):
        change = after.prod(axis=-1) - before.prod(axis=-1)
        shares = _summing_to(change, _METHODS[method](before, after))
    if not np.isfinite(shares).all():
        raise InvalidValue("attribution_not_finite")
    return shares


def _size(values: NDArray[np.float64]) -> str:
    return " x ".join(str(length) for length in values.shape) or "1"


def _lmdi(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    lowest = min(before.min(initial=0), after.min(initial=0))
    if lowest < 0:
        raise InvalidValue("attribution_negative", value=lowest)
    was_zero, is_zero = before == 0, after == 0
    some_zero = (was_zero | is_zero).any(axis=-1, keepdims=True)
    growth = np.log(np.where(some_zero, 1, after)) - np.log(np.where(some_zero, 1, before))
    start, end = before.prod(axis=-1, keepdims=True), after.prod(axis=-1, keepdims=True)
    at_the_limit = (end - start) * _equal_shares(was_zero ^ is_zero)
    shares: NDArray[np.float64] = _logarithmic_mean(start, end, growth.sum(axis=-1, keepdims=True)) * growth
    return np.where(some_zero, at_the_limit, shares)


def _equal_shares(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = chosen / np.maximum(chosen.sum(axis=-1, keepdims=True), 1)
    return shares


def _logarithmic_mean(
    start: NDArray[np.float64], end: NDArray[np.float64], growth: NDArray[np.float64]
) -> NDArray[np.float64]:
    # Written from the larger side, with the logarithm of the ratio already known, it neither overflows nor cancels.
    size = np.abs(growth)
    ratio = np.where(size > 0, -np.expm1(-size) / np.where(size > 0, size, 1), 1)
    mean: NDArray[np.float64] = np.maximum(start, end) * ratio
    return mean


def _shapley(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    factors = before.shape[-1]
    nodes, weights = np.polynomial.legendre.leggauss((factors + 1) // 2)
    change = after - before
    path = before + change * ((nodes + 1) / 2).reshape(-1, *[1] * before.ndim)
    others = np.stack([np.delete(path, k, axis=-1).prod(axis=-1) for k in range(factors)], axis=-1)
    return change * np.tensordot(weights / 2, others, axes=1)


def _sequential(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    one = np.ones_like(before[..., :1])
    to_the_left = np.cumprod(np.concatenate([one, after[..., :-1]], axis=-1), axis=-1)
    to_the_right = np.cumprod(np.concatenate([one, before[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return to_the_left * (after - before) * to_the_right


def _summing_to(change: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    largest = np.abs(shares).argmax(axis=-1, keepdims=True)
    rest = np.expand_dims(change, -1) - shares.sum(axis=-1, keepdims=True)
    np.put_along_axis(shares, largest, np.take_along_axis(shares, largest, axis=-1) + rest, axis=-1)
    return shares


_METHODS = {"lmdi": _lmdi, "shapley": _shapley, "sequential": _sequential}
