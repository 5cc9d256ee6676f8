"""How many convert in the end, and how long does it take?

A rate of this month's orders by this month's leads is none where an order takes three months. Here each entry is
followed from its own first day: which share has converted within so many days, and how sure that is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.answers import Answer
from kpixl.engine.calendar import Date
from kpixl.engine.checks import vector
from kpixl.engine.columns import share
from kpixl.engine.lifetimes import CONVERTED, Curve, curve, lifetimes

__all__ = ["Conversion", "conversion"]

Floats = NDArray[np.float64]

_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Conversion(Answer):
    """By age in days: the share converted by then, its interval, how many were open that long; and the median.

    Shares are not numbers (NaN) at ages that no entry has reached. `median` is the age by which half have converted,
    NaN where fewer do.
    """

    age: Floats
    converted: Floats
    low: Floats
    high: Floats
    at_risk: Floats
    median: float


def conversion(
    starts: ArrayLike,
    ends: ArrayLike,
    *,
    lost: ArrayLike | None = None,
    as_of: Date | None = None,
    ages: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Conversion:
    r"""Return which share of the entries has converted by each age.

    Parameters
    ----------
    starts, ends, lost : array_like of datetime64, shape (entries,)
        When each entry began, converted (NaT: it did not) and was lost (NaT: it was not). An entry without any is none.
    as_of : date or datetime64, optional
        The day, included, up to which is known what happened; today where it is left out.
    ages : array_like of float, optional
        Days after the start, 0 or more; every age at which an entry converted where they are left out.
    confidence : float, default 0.95
        Confidence of the interval, between 0 and 1.

    Returns
    -------
    Conversion
        `at_risk` are the entries that had neither ended nor been last seen before that age.

    Raises
    ------
    InvalidValue
        The columns are not equally long, an entry ends before it begins, an age is negative or not finite, or the
        confidence is not between 0 and 1.
    NothingToSay
        No entry has begun by `as_of`.

    Notes
    -----
    For the share I and its variance V see `kpixl.engine.lifetimes.curve`. The interval is that of
    :math:`\log(-\log(1 - I))`: :math:`1 - (1 - I)^{\exp(\pm z \sqrt V / ((1 - I) \log (1 - I)))}`. Where none or all
    have converted the variance says nothing; the open end is then the binomial one, :math:`1 - \alpha^{1 / n}` of the n
    at risk, or its mirror image.

    References
    ----------
    Kalbfleisch, J. D., Prentice, R. L. (2002), The Statistical Analysis of Failure Time Data, 2nd ed., section 1.4 and
    8.2. Clopper, C. J., Pearson, E. S. (1934), The use of confidence or fiducial limits. Biometrika 26.

    Examples
    --------
    Four leads of 2 June; two became orders, after 7 and 14 days, and it is 30 June:

    >>> days = np.array(["2025-06-02"] * 4, dtype="datetime64[D]")
    >>> ends = np.array(["2025-06-09", "2025-06-16", "NaT", "NaT"], dtype="datetime64[D]")
    >>> found = conversion(days, ends, as_of=np.datetime64("2025-06-30"))
    >>> found.age.tolist(), found.converted.tolist(), found.median
    ([7.0, 14.0], [0.25, 0.5], 14.0)
    """
    outside = (1 - share("confidence", confidence)) / 2
    known = lifetimes(starts, ends, lost, as_of)
    steps = curve(known.days, known.outcome)
    if ages is None:
        wanted = np.unique(known.days[known.outcome == CONVERTED])
        wanted = wanted if len(wanted) else steps.ages[-1:]
    else:
        wanted = vector("ages", ages)
    place = steps.step(wanted)
    reached = wanted <= steps.ages[-1]
    low, high = _interval(steps, outside)
    at_risk = len(known.days) - np.searchsorted(np.sort(known.days), wanted, side="left").astype(float)
    converted, low, high = (np.where(reached, values[place], np.nan) for values in (steps.converted, low, high))
    half = steps.converted >= 0.5 - _ROUNDING
    median = float(steps.ages[np.argmax(half)]) if half.any() else np.nan
    return Conversion(wanted, converted, low, high, at_risk, median)


def _interval(steps: Curve, outside: float) -> tuple[Floats, Floats]:
    from scipy.special import ndtri  # noqa: PLC0415 - only who asks pays for scipy

    left = 1 - steps.converted
    some = (steps.converted > _ROUNDING) & (left > _ROUNDING)
    inside = np.where(some, left, 0.5)
    width = -ndtri(outside) * np.sqrt(steps.variance) / (inside * -np.log(inside))
    low, high = (1 - inside ** np.exp(sign * width) for sign in (-1, 1))
    none, by_chance = steps.converted <= _ROUNDING, outside ** (1 / steps.at_risk)
    low = np.where(some, low, np.where(none, 0.0, outside ** (1 / steps.at_risk[0])))
    return low, np.where(some, high, np.where(none, 1 - by_chance, 1.0))
