"""Does the level itself move from week to week, beyond good and bad weeks?

A range that takes a month's rate for fixed is too narrow for a business whose level wanders: what the rest of the month
brings is then off by more than the weeks so far show. Neighbouring weeks tell how much weeks vary, months that follow
each other how far the level has gone in between; the difference is the drift.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer

__all__ = ["LEAST_SPANS", "Drift", "apart", "drifts"]

Floats = NDArray[np.float64]

_BLOCK = 4  # spans that are held against the next as many: four weeks, about a month
_STEADY = 3.0  # pairs of blocks that a steady level is worth: a quarter of evidence is needed to speak of drift
_OUTLYING = 3.0  # robust standard deviations beyond which a span counts as one at the edge
LEAST_SPANS = 2 * _BLOCK + 1


@dataclass(frozen=True, eq=False)
class Drift(Answer):
    """How much neighbouring spans vary beyond chance, and the variance that the level gains, by its square, per span.

    `dispersion` is 1 or more, `drift` 0 or more.
    """

    dispersion: Floats
    drift: Floats


def drifts(counts: ArrayLike, exposures: ArrayLike) -> Drift:
    r"""Estimate dispersion and drift of each row of `counts`; spans run along the last axis, oldest first.

    Parameters
    ----------
    counts : array_like of float, shape (..., spans)
        What each span (week) brought, 0 or more, of at least `LEAST_SPANS` spans.
    exposures : array_like of float, shape (spans,)
        How long each span was, in business days for instance, above 0.

    Returns
    -------
    Drift
        Of the shape of `counts` without its last axis.

    Notes
    -----
    The level is a random walk whose steps have the variance q relative to its square (local level model). Two spans
    with N counts in all, the first of which has the part p of their exposure, differ by
    :math:`z^2 = (y_1 - N p)^2 / (N p (1 - p))`, which does not depend on the level. With :math:`w = N p (1 - p)`

    .. math:: E(z_1^2) = \varphi + q w_1, \qquad E(z_4^2) = \varphi + \tfrac{11}{4} q w_4

    for neighbouring spans and for neighbouring blocks of 4 spans; the means of both give q and :math:`\varphi`. A span
    that is further than three robust standard deviations from the middle of itself and its neighbours is moved there.
    Of n spans there are about n / 4 - 1 pairs of blocks that know nothing of each other; a steady level is worth three
    such pairs, :math:`q (n / 4 - 1) / (n / 4 + 2)`.

    References
    ----------
    Harvey, A. C. (1989), Forecasting, Structural Time Series Models and the Kalman Filter, section 2.3 (local level
    model). Cressie, N. (1985), Fitting variogram models by weighted least squares. Mathematical Geology 17.

    Examples
    --------
    Twelve weeks around 20, and a year that climbs to three times as much and comes back:

    >>> weeks = np.array([18.0, 25, 21, 24, 12, 19, 30, 22, 15, 21, 20, 24])
    >>> drifts(weeks, np.ones(12)).drift.round(4).tolist()
    0.0
    >>> year = 20 + 20 * (1 - np.cos(np.arange(52) / 52 * 2 * np.pi))
    >>> drifts(year, np.ones(52)).drift.round(4).tolist()
    0.0098
    """
    got, lengths = np.asarray(counts, dtype=np.float64), np.asarray(exposures, dtype=np.float64)
    got = _without_freaks(got, lengths)
    near, near_weight = _pairs(got[..., :-1], got[..., 1:], lengths[:-1], lengths[1:])
    blocks, spans = _blocks(got), _blocks(lengths)
    far, far_weight = _pairs(blocks[..., :-_BLOCK], blocks[..., _BLOCK:], spans[:-_BLOCK], spans[_BLOCK:])
    squares, weights = (
        [np.asarray(part.mean(axis=-1)) for part in parts] for parts in ((near, far), (near_weight, far_weight))
    )
    wander = (2 * _BLOCK**2 + 1) / (3 * _BLOCK)  # of means of four spans that follow each other, in steps
    apart = weights[1] * wander - weights[0]
    found = np.divide(squares[1] - squares[0], apart, out=np.zeros_like(apart), where=apart > 0)
    independent = got.shape[-1] / _BLOCK - 1
    drift = np.maximum(found, 0.0) * independent / (independent + _STEADY)
    return Drift(np.maximum(1.0, squares[0] - weights[0] * drift), drift)


def apart(drift: ArrayLike, spans: ArrayLike) -> Floats:
    r"""Return the variance of the level of the rest of a period around that of what is over, by its square.

    Of a random walk the means over d spans and over the r that follow differ with the variance
    :math:`q (d + r) / 3`, wherever in the period one is.

    >>> apart(0.03, 4).round(2)
    np.float64(0.04)
    """
    steps: Floats = np.asarray(drift, dtype=np.float64) * np.asarray(spans, dtype=np.float64) / 3
    return steps


def _pairs(first: Floats, then: Floats, long: Floats, longer: Floats) -> tuple[Floats, Floats]:
    """Return the squared differences of pairs, in units of chance, and how much a step of the level adds to each."""
    both, part = first + then, long / (long + longer)
    weight = both * part * (1 - part)
    squares = np.divide((first - both * part) ** 2, weight, out=np.zeros_like(weight), where=weight > 0)
    return squares, weight


def _without_freaks(counts: Floats, lengths: Floats) -> Floats:
    """Return the spans with those that stand out from both neighbours moved to the edge of what is usual.

    One freak week is no drift; where the level jumps, the weeks after it stay there.
    """
    rates = counts / lengths
    around = np.stack([rates[..., :-2], rates[..., 1:-1], rates[..., 2:]])
    usual = np.concatenate((rates[..., :1], np.median(around, axis=0), rates[..., -1:]), axis=-1) * lengths
    near, _ = _pairs(counts[..., :-1], counts[..., 1:], lengths[:-1], lengths[1:])
    widest = _OUTLYING**2 * np.maximum(1.0, 1.4826**2 * np.median(near, axis=-1, keepdims=True))
    edge = np.sqrt(widest * usual)
    return np.clip(counts, np.maximum(usual - edge, 0.0), usual + edge)


def _blocks(spans: Floats) -> Floats:
    """Return the sums of each `_BLOCK` spans that follow each other."""
    sums = np.cumsum(np.concatenate((np.zeros((*spans.shape[:-1], 1)), spans), axis=-1), axis=-1)
    blocks: Floats = sums[..., _BLOCK:] - sums[..., :-_BLOCK]
    return blocks
