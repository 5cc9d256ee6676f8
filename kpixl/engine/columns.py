"""One row or ten thousand: how the statistical functions take and give numbers.

Every argument is a number or a vector, and vectors are broadcast as numpy does. When all of them are single numbers the
answer holds plain Python values; otherwise it holds vectors. That is the whole rule.
"""

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl.engine.checks import Term
from kpixl.errors import InvalidValue

__all__ = ["Column", "at_least", "column", "plain", "positive", "share"]

Column: TypeAlias = float | NDArray[np.float64]


def column(name: str, given: ArrayLike) -> NDArray[np.float64]:
    """Return `given` as an array of counts or amounts, or raise InvalidValue for the first that is not 0 or more.

    >>> column("actual", [3, 5])
    array([3., 5.])
    """
    values = np.asarray(given, dtype=float)
    good = (values >= 0) & (values < math.inf)
    if not good.all():
        row = int(np.argmin(good))
        raise InvalidValue("column_range", name=Term(name), row=row + 1, given=f"{values.flat[row]:,.15g}").of_rows(
            ~good
        )
    return values


def positive(name: str, given: ArrayLike) -> NDArray[np.float64]:
    """Return `given` as an array of numbers above 0, or raise InvalidValue for the first that is not.

    >>> positive("unit_value", 1_000_000)
    array(1000000.)
    """
    values = column(name, given)
    if not values.all():
        raise InvalidValue("column_positive", name=Term(name), row=int(np.argmin(values)) + 1).of_rows(values == 0)
    return values


def at_least(name: str, least: float, given: ArrayLike) -> NDArray[np.float64]:
    """Return `given` as an array of numbers of `least` or more, or raise InvalidValue for the first that is not.

    >>> at_least("dispersion", 1.0, [1, 3.5])
    array([1. , 3.5])
    """
    values = column(name, given)
    wrong = values < least
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InvalidValue(
            "column_least", name=Term(name), row=row + 1, given=f"{values.flat[row]:,.15g}", least=least
        ).of_rows(wrong)
    return values


def share(name: str, given: float, *, ends: bool = False) -> float:
    """Return `given`, or raise InvalidValue unless it lies between 0 and 1, which count only with `ends`.

    >>> share("confidence", 0.95), share("threshold", 0.0, ends=True)
    (0.95, 0.0)
    """
    if not (0 < given < 1 or (ends and given in (0, 1))):
        raise InvalidValue("share_range", name=Term(name), given=f"{given:,.15g}").of_rows(True)
    return given


def plain(answer: NDArray[Any]) -> Any:
    """Return a vector as it is, and an array of shape () as the plain Python value in it.

    >>> plain(np.array(0.5)), plain(np.array([0.5]))
    (0.5, array([0.5]))
    """
    return answer.item() if answer.ndim == 0 else answer
