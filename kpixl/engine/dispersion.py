"""How much more than chance do the numbers vary?

Calls or orders per week scatter more than counts that come one by one by chance (Poisson), since days are good or bad
for all of them at once. The ratio of variance to mean says how much more. It makes ranges as wide and probabilities as
careful as the business's own past asks for; a short past leaves it close to what is usual.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.checks import Term, equal_lengths, vector
from kpixl.errors import InvalidValue, NothingToSay

__all__ = ["dispersion", "estimates", "usual_dispersion"]

Floats = NDArray[np.float64]

_USUAL_SPREAD = 0.25  # by which weeks differ beyond chance in the plans that templates are made for
_USUAL_WORTH = 1.0  # spans that the usual is worth
_OUTLYING = 3.0  # robust standard deviations beyond which a span counts as one at the edge


def dispersion(counts: ArrayLike, *, exposures: ArrayLike | None = None) -> float:
    r"""Estimate the variance-to-mean ratio of what equal spans brought.

    Parameters
    ----------
    counts : array_like of float, shape (spans,)
        What each span (week, month) brought, 0 or more, oldest first or in any order.
    exposures : array_like of float, shape (spans,), optional
        How long each span was, in business days for instance, above 0; all equal where they are left out.

    Returns
    -------
    float
        1 (as Poisson counts) or more. Its place is that of `dispersion` in `landing` and `status`.

    Raises
    ------
    InvalidValue
        A number is negative or not finite, an exposure is 0, or there are not as many exposures as counts.
    NothingToSay
        There is no span.

    Notes
    -----
    Of n spans with counts :math:`y_i`, exposures :math:`e_i` and :math:`\mu_i = e_i \sum y / \sum e`, Pearson's
    residuals :math:`r_i = (y_i - \mu_i) / \sqrt{\mu_i}` have the variance :math:`\varphi`. A square counts at most as
    :math:`3^2 \max(1, s^2)`, where s is 1.4826 times the median of the absolute residuals: one freak week does not
    decide. With :math:`X^2` their sum, the estimate is the mean of a scaled inverse chi-square distribution,

    .. math:: \varphi = \max\left(1, \frac{X^2 + \varphi_0}{n - 1 + 1}\right),

    whose prior, worth one span, is that weeks differ by 25% beyond chance, :math:`\varphi_0 = 1 + 0.25^2 \bar\mu`; it
    alone speaks where only one span is known.

    References
    ----------
    McCullagh, P., Nelder, J. A. (1989), Generalized Linear Models, 2nd ed., section 6.2.3. Gelman, A. et al. (2013),
    Bayesian Data Analysis, 3rd ed., section 3.3 (conjugate prior of a variance). Huber, P. J., Ronchetti, E. M. (2009),
    Robust Statistics, 2nd ed., chapter 5 (median deviation).

    Examples
    --------
    Twelve weeks of appointments, two of them with a fair:

    >>> round(dispersion([18, 25, 21, 44, 12, 19, 30, 22, 15, 51, 20, 24]), 1)
    4.9
    """
    got = vector("counts", counts)
    if not len(got):
        raise NothingToSay("dispersion_no_spans")
    lengths = np.ones(len(got)) if exposures is None else vector("exposures", exposures)
    equal_lengths(counts=got, exposures=lengths)
    if not lengths.all():
        raise InvalidValue("column_positive", name=Term("exposures"), row=int(np.argmin(lengths)) + 1)
    return float(estimates(got, lengths))


def estimates(counts: Floats, exposures: Floats) -> Floats:
    """Return the dispersion of each row of `counts`, as `dispersion` does of one; spans run along the last axis.

    Examples
    --------
    >>> estimates(np.array([[10.0, 10.0, 10.0], [0.0, 0.0, 0.0]]), np.ones(3)).round(2)
    array([1., 1.])
    """
    mean = counts.mean(axis=-1)
    expected = counts.sum(axis=-1, keepdims=True) * (exposures / exposures.sum(axis=-1, keepdims=True))
    squares = np.divide((counts - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 0)
    usual_square = 1.4826**2 * np.median(squares, axis=-1, keepdims=True)
    kept = np.minimum(squares, _OUTLYING**2 * np.maximum(1.0, usual_square)).sum(axis=-1)
    found: Floats = (kept + _USUAL_WORTH * usual_dispersion(mean)) / (counts.shape[-1] - 1 + _USUAL_WORTH)
    return np.maximum(1.0, found)


def usual_dispersion(mean: Any) -> Any:
    """Return the dispersion to expect of spans that bring `mean` each, where nothing is known of how they vary.

    Examples
    --------
    Weeks of 20 appointments, and of 1,000 calls:

    >>> usual_dispersion(20), usual_dispersion(1000)
    (2.25, 63.5)
    """
    return 1.0 + _USUAL_SPREAD**2 * mean
