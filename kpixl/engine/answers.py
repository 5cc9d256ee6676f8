"""What dataclasses that hold arrays or frames have in common: two of them are equal where all their numbers are."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

__all__ = ["Answer"]


class Answer:
    """A dataclass that holds arrays or frames, declared with `eq=False` as dataclasses cannot compare those.

    Two answers of a kind are equal where all their fields are (but those with `compare=False`), in shape and values;
    what is unknown (NaN) in both is equal, in the dataclasses that they hold too. There is no hash, as there is none of
    arrays.

    Examples
    --------
    >>> from kpixl.engine import rate
    >>> rate([18, 3], [20, 9]) == rate([18, 3], [20, 9]), rate([18, 3], [20, 9]) == rate([18, 4], [20, 9])
    (True, False)
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return _same_fields(self, other)


def _same_fields(one: Any, other: Any) -> bool:
    names = [field.name for field in fields(one) if field.compare]
    return all(_same(getattr(one, name), getattr(other, name)) for name in names)


def _same(one: Any, other: Any) -> bool:
    if is_dataclass(one) and type(one) is type(other):
        return _same_fields(one, other)
    if hasattr(one, "equals"):  # a frame of pandas, which nothing here loads
        return type(one) is type(other) and bool(one.equals(other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if not any(isinstance(value, np.ndarray | np.generic | float | list) for value in (one, other)):
        return bool(one == other)
    left, right = np.asarray(one), np.asarray(other)
    may_be_unknown = all(values.dtype.kind in "fM" for values in (left, right))
    return np.array_equal(left, right, equal_nan=may_be_unknown)
