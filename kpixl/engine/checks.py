"""Is the argument in its range?

The engine's functions share these few questions. Each raises with the argument's name in the user's language, what was
given and what would be right.
"""

import math
from collections.abc import Sized

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpixl import texts
from kpixl.errors import InvalidValue

__all__ = ["Term", "above_zero", "equal_lengths", "finite", "known", "not_negative", "vector"]


class Term:
    """A word of the trade that an error names, said in the language in force when the error is read.

    >>> from kpixl import texts
    >>> with texts.speaking("ja"):
    ...     print(Term("goal"))
    目標
    """

    def __init__(self, key: str) -> None:
        self._key = key

    def __str__(self) -> str:
        return str(texts.section("terms").get(self._key, self._key))

    __repr__ = __str__


def not_negative(**given: float) -> None:
    """Raise InvalidValue unless every number is finite and 0 or more.

    >>> not_negative(goal=0.0, existing=5.0)
    """
    for name, value in given.items():
        if not 0 <= value < math.inf:
            raise InvalidValue("not_negative", name=Term(name), given=_plain(value))


def above_zero(**given: float) -> None:
    """Raise InvalidValue unless every number is finite and above 0.

    >>> above_zero(unit_value=1.0)
    """
    for name, value in given.items():
        if not 0 < value < math.inf:
            raise InvalidValue("above_zero", name=Term(name), given=_plain(value))


def finite(outcome: float) -> float:
    """Return `outcome`, or raise InvalidValue where it is not finite.

    >>> finite(1.0)
    1.0
    """
    if not math.isfinite(outcome):
        raise InvalidValue("too_large")
    return outcome


def known(name: str, given: str, choices: tuple[str, ...]) -> None:
    """Raise InvalidValue unless `given` is one of `choices`.

    >>> known("rounding", "each", ("each", "end"))
    """
    if given not in choices:
        raise InvalidValue("unknown_choice", name=Term(name), given=given, known=", ".join(choices))


def vector(name: str, given: ArrayLike) -> NDArray[np.float64]:
    """Return `given` as a vector of finite numbers of 0 or more, or raise InvalidValue naming the place.

    >>> vector("weights", [1, 2])
    array([1., 2.])
    """
    values = np.atleast_1d(np.asarray(given, dtype=float))
    good = (values >= 0) & (values < math.inf)
    if not good.all():
        place = int(np.argmin(good))
        raise InvalidValue("vector_range", name=Term(name), place=place + 1, given=_plain(values[place]))
    return values


def equal_lengths(**given: Sized) -> None:
    """Raise InvalidValue unless all vectors have as many entries as the first.

    >>> equal_lengths(targets=np.ones(2), actuals=np.ones(2))
    """
    (first, values), *others = given.items()
    for name, other in others:
        if len(other) != len(values):
            raise InvalidValue(
                "unequal_lengths", name=Term(first), length=len(values), other=Term(name), other_length=len(other)
            )


def _plain(value: float) -> str:
    return f"{value:,.15g}"
