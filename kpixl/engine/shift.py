"""Since when is a series off its plan, or off its own past?

What each month brought is held against what was expected of it. Either the whole series lies beside that, or it moved
at some month and has stayed there: a channel that fades, a rate that has risen. Both are asked of every month at once,
and an answer counts only as much as the series' own ups and downs around these levels let it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.checks import Term
from kpixl.engine.columns import column, positive, share
from kpixl.engine.thresholds import SHIFT
from kpixl.errors import InvalidValue

__all__ = ["Shifts", "moving_scale", "shifts", "usual_scale"]

Floats = NDArray[np.float64]

_LEAST = 5.0  # expected on either side, and times the scale: of fewer the normal law says too much


@dataclass(frozen=True, eq=False)
class Shifts(Answer):
    """One entry per series: since which span it is where it is (0: all along), its level then and before, how sure.

    Levels are what came by what was expected; `before` is not a number (NaN) where there is no before. `size` is in
    standard errors, below zero for a fall, and `p` allows for every span that was asked. A series with nothing to tell
    has a size of 0 and a p of 1.
    """

    since: NDArray[np.int64]
    level: Floats
    before: Floats
    size: Floats
    p: Floats


def shifts(
    counts: ArrayLike,
    expected: ArrayLike,
    *,
    least_scale: ArrayLike = 1.0,
    least_degrees: ArrayLike = np.inf,
    usual: ArrayLike | None = None,
    usual_degrees: float = 6.0,
    least: float = SHIFT,
) -> Shifts:
    r"""Find for each series the span since which it is off what was expected, or off what it was before.

    Parameters
    ----------
    counts, expected : array_like of float, shape (series, spans)
        What each span brought and what was expected of it, 0 or more, the oldest first. A span in which nothing was
        expected says nothing.
    least_scale : float or array_like of float, shape (series,), default 1
        The least variance by mean to reckon with, above 0; chance alone makes it 1.
    least_degrees : float or array_like of float, shape (series,), default infinity
        Degrees of freedom that the least scale stands on, above 0.
    usual : float or array_like of float, shape (series,), optional
        Scale that is usual of such series (`usual_scale`), towards which the series' own is drawn.
    usual_degrees : float, default 6
        Degrees of freedom that the usual scale is worth beside the series' own; more where series are much alike.
    least : float, default 0.1
        The smallest share by which a level must differ to be told, between 0 and 1.

    Returns
    -------
    Shifts
        The most striking answer of each series.

    Raises
    ------
    InvalidValue
        A number is negative or not finite, the shapes differ, or `least` is not between 0 and 1.

    Notes
    -----
    With y of E expected, the whole series has the deviance :math:`D = 2 (y \ln (y / E) - (y - E))`. Where
    :math:`y_1, E_1` come before a span and :math:`y_2, E_2` from it on, a move has, with :math:`y = y_1 + y_2` and
    :math:`\pi = E_2 / (E_1 + E_2)`, :math:`D = 2 (y_1 \ln \frac{y_1}{y (1 - \pi)} + y_2 \ln \frac{y_2}{y \pi})`.

    The scale s is that of the spans around the one level or the two, :math:`\sum (y_t - \rho E_t)^2 / \rho E_t` by its
    degrees of freedom n - 1 or n - 2, drawn towards the usual one and not below the least. The size is
    :math:`\pm \sqrt{D / s}`, and p the two-sided one of Student's t, times 2 for the whole series, times twice the
    spans asked for a move (Bonferroni). Neither is asked where less than five, or five times the scale, was to be
    expected on a side.

    References
    ----------
    McCullagh, P., Nelder, J. A. (1989), Generalized Linear Models, 2nd ed., sections 2.3 and 6.2. Hinkley, D. V.
    (1970), Inference about the change-point in a sequence of random variables. Biometrika 57.

    Examples
    --------
    A channel that was to bring 100 leads a month, and since the fourth brings 60:

    >>> found = shifts([[97, 104, 99, 61, 58, 63]], [[100] * 6], usual=1.0)
    >>> int(found.since[0]), float(found.before[0]), round(float(found.level[0]), 2), bool(found.p[0] < 0.01)
    (3, 1.0, 0.61, True)
    """
    share("least", least)
    got, due = _series(counts, expected)
    spans = got.shape[1]
    (before, due_before), (after, due_after) = _sides(got, due)
    level, earlier = _ratio(after, due_after), _ratio(before, due_before)
    mean = level[:, :1]
    positive("least_scale", least_scale)
    lower = _each(least_scale, got), _each(least_degrees, got)
    scale, degrees = _scale(got, due, _each(np.nan if usual is None else usual, got), usual_degrees, lower)
    enough = _LEAST * np.maximum(scale, 1.0)
    moved = (np.minimum(due_before, due_after) * mean >= enough) & (np.abs(level - earlier) >= least * earlier)
    deviance = _deviance(before, due_before * mean) + _deviance(after, due_after * mean)
    asked = moved & (np.arange(spans) > 0)
    asked[:, 0] = (due_after[:, 0] >= enough[:, 0]) & (np.abs(level[:, 0] - 1) >= least)
    deviance[:, 0] = _deviance(after[:, 0], due_after[:, 0])
    size = np.where(asked, np.sqrt(np.maximum(deviance, 0.0) / scale), 0.0)
    places = np.where(np.arange(spans) > 0, 2.0 * max(spans - 1, 1), 2.0)
    p = np.where(asked, np.minimum(1.0, _two_sided(size, degrees) * places), 1.0)
    best = np.lexsort((-size, p))[:, 0]
    level, earlier, size, p = (one[np.arange(len(got)), best] for one in (level, earlier, size, p))
    told = p < 1
    down = level < np.where(best > 0, earlier, 1.0)
    return Shifts(
        np.where(told, best, 0),
        level,
        np.where(told & (best > 0), earlier, np.nan),
        np.where(told, np.where(down, -size, size), 0.0),
        p,
    )


def usual_scale(counts: ArrayLike, expected: ArrayLike) -> float:
    r"""Return the variance by mean that is usual of series of one kind, each around the two levels that fit it best.

    Parameters
    ----------
    counts, expected : array_like of float, shape (series, spans)
        As in `shifts`.

    Returns
    -------
    float
        Not a number (NaN) where no series is long enough to tell.

    Examples
    --------
    Two channels, one of which fell in the fourth month:

    >>> counts = [[100] * 8, [110, 90, 110, 90, 55, 45, 55, 45]]
    >>> usual_scale(counts, np.full((2, 8), 100.0))
    0.6
    """
    got, due = _series(counts, expected)
    squares, degrees = _around(got, due)
    free = np.maximum(degrees[:, -1:] - 1, 0.0) if got.shape[1] > 1 else np.zeros((len(got), 1))
    whole = float(free.sum())
    fits = np.where(degrees > 0, squares, np.inf).min(axis=1, keepdims=True)
    return float(np.where(free > 0, fits, 0.0).sum() / whole) if whole else float("nan")


def moving_scale(counts: ArrayLike, expected: ArrayLike) -> tuple[Floats, Floats]:
    r"""Return how much each series varies from span to span, as variance by mean, and on how many degrees of freedom.

    Parameters
    ----------
    counts, expected : array_like of float, shape (series, spans)
        As in `shifts`.

    Returns
    -------
    scale, degrees : ndarray of float, shape (series,)
        The scale is 0 where the series says nothing of it.

    Notes
    -----
    With the residuals :math:`r_t = y_t - \bar\rho E_t`, :math:`\bar\rho = \sum y / \sum E`, the scale is
    :math:`\sum (r_t - r_{t-1})^2 / \bar\rho \sum (E_t + E_{t-1})`: as in the control chart of individual values, the
    moving range tells the usual variation though the level has moved. n differences are worth about 2 n / 3 degrees.

    References
    ----------
    Neumann, J. von, et al. (1941), The mean square successive difference. Annals of Mathematical Statistics 12.
    Wheeler, D. J. (2000), Understanding Variation, 2nd ed. (XmR charts).

    Examples
    --------
    >>> scale, degrees = moving_scale([[90, 110, 90, 110, 90, 110]], [[100] * 6])
    >>> scale.round(1).tolist(), degrees.round(1).tolist()
    ([2.0], [3.3])
    """
    got, due = _series(counts, expected)
    mean = _ratio(got.sum(axis=1, keepdims=True), due.sum(axis=1, keepdims=True))
    residual = got - mean * due
    both = mean * (due[:, 1:] + due[:, :-1])
    squares, whole = (np.diff(residual, axis=1) ** 2).sum(axis=1), both.sum(axis=1)
    return _ratio(squares, whole), (both > 0).sum(axis=1) * (2 / 3)


def _series(counts: ArrayLike, expected: ArrayLike) -> tuple[Floats, Floats]:
    got, due = (np.atleast_2d(column(*one)) for one in (("counts", counts), ("expected", expected)))
    if got.shape != due.shape:
        raise InvalidValue(
            "unequal_lengths", name=Term("counts"), length=got.size, other=Term("expected"), other_length=due.size
        )
    return got, due


def _each(given: ArrayLike, got: Floats) -> Floats:
    """Return a number for each series."""
    return np.broadcast_to(np.asarray(given, dtype=float), got.shape[:1])[:, None]


def _sides(got: Floats, due: Floats) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return what came and was expected before each span, and from it on."""
    after = tuple(np.cumsum(one[:, ::-1], axis=1)[:, ::-1] for one in (got, due))
    before = tuple(np.maximum(one[:, :1] - one, 0.0) for one in after)
    return (before[0], before[1]), (after[0], after[1])


def _around(got: Floats, due: Floats) -> tuple[Floats, Floats]:
    """Return for each series and span the squares by mean around the levels before and after it, and their degrees.

    The first span is that of one level. As E is all that weighs, the squares follow from running sums.
    """
    weight = due > 0
    of_squares, of_counts = _sides(_ratio(got**2, due), due), _sides(np.where(weight, got, 0.0), due)
    squares = np.zeros_like(got)
    for (own, whole), (brought, _) in zip(of_squares, of_counts, strict=True):
        level = _ratio(brought, whole)
        squares += _ratio(np.maximum(own - level * brought, 0.0), level)
    used = weight.sum(axis=1, keepdims=True)
    after = np.cumsum(weight[:, ::-1], axis=1)[:, ::-1]
    two = (after > 0) & (after < used)
    degrees = np.maximum(used - np.where(two, 2, 1), 0).astype(float)
    return squares, degrees


def _scale(
    got: Floats, due: Floats, usual: Floats, worth: float, least: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return the scale for each series and span, and its degrees of freedom: its own or, where larger, the least."""
    squares, degrees = _around(got, due)
    prior = np.where(np.isnan(usual), 0.0, worth)
    free = degrees + prior
    own = _ratio(squares + np.where(np.isnan(usual), 0.0, usual) * prior, free)
    lower, lower_degrees = (np.broadcast_to(one, own.shape) for one in least)
    known = free > 0
    return np.maximum(own, lower), np.where(known & ((own > lower) | np.isinf(lower_degrees)), free, lower_degrees)


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)
    return ratio


def _deviance(got: Floats, due: Floats) -> Floats:
    grown = np.log(np.divide(got, due, out=np.ones_like(got), where=(got > 0) & (due > 0)))
    deviance: Floats = 2 * (got * grown - (got - due))
    return deviance


def _two_sided(size: Floats, degrees: Floats) -> Floats:
    from scipy.special import ndtr, stdtr  # noqa: PLC0415 - only who asks pays for scipy

    endless = np.isinf(degrees)
    p: Floats = 2 * np.where(endless, ndtr(-size), stdtr(np.where(endless, 1.0, degrees), -size))
    return p
