"""One formula for ten thousand rows.

Functions that answer row by row take whole columns: a column of plain floats is read and computed in one go. A row that
cannot be read or computed becomes an error of its own and leaves the others alone. The engine mostly says which rows it
refuses; where it does not, a refused column is halved until only the bad rows are left, for as many of them as people
look at.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.checks import Term
from kpixl.errors import InvalidValue, UserError
from udfs.cells import Grid, fields_of, is_blank, plain_column
from udfs.kinds import Kind

__all__ = ["answer_rows"]


_STORED: dict[str, tuple[Any, str]] = {  # what stands where nothing was read, never to be computed with; the dtype
    "number": (0.0, "float64"),
    "date": (dt.date(1970, 1, 1), "datetime64[D]"),
}


_MOST_SEARCHED = 500


class _Refused:
    """The rows that cannot be answered, each with the error its cell shows, and the reason of the first."""

    def __init__(self) -> None:
        self.shown: dict[int, str] = {}
        self._first: tuple[int, UserError] | None = None
        self._searched = 0

    def add(self, rows: Iterable[int], error: UserError) -> None:
        """Note an error of these rows, but for those that have one."""
        new = [row for row in rows if row not in self.shown]
        self.shown.update(dict.fromkeys(new, error.excel))
        if new and (self._first is None or min(new) < self._first[0]):
            if "row" in error.values:
                error.values["row"] = min(new) + 1
            error.__traceback__ = error.__context__ = None  # they hold whole columns
            self._first = min(new), error

    def count_search(self) -> None:
        """Count a row that was found by halving."""
        self._searched += 1

    @property
    def searched_enough(self) -> bool:
        """Whether so many rows were found by halving that the rest is not looked at one by one."""
        return self._searched >= _MOST_SEARCHED

    @property
    def reason(self) -> UserError | None:
        """Return why the first of them cannot be answered."""
        return self._first[1] if self._first else None


class _Column:
    """One argument of all rows: its values, and where it is missing. The rows that cannot be read go to `refused`."""

    def __init__(self, kind: Kind, cells: list[Any], name: str, refused: _Refused) -> None:
        self._refused = refused
        self.missing = np.zeros(len(cells), dtype=bool)
        if kind.read_all and set(map(type, cells)) == {float}:
            try:
                self.values = kind.read_all(_finite(np.array(cells)))
                return
            except UserError:
                pass  # one of them is wrong: look at each
        read = [self._read(kind, cell, name, row) for row, cell in enumerate(cells)]
        filler, dtype = _STORED[kind.name]
        self.values = np.array([filler if value is None else value for value in read], dtype=dtype)

    def _read(self, kind: Kind, cell: Any, name: str, row: int) -> Any:
        if is_blank(cell):
            self.missing[row] = True
            return None
        try:
            return kind.read(cell, name, row + 1)
        except UserError as error:
            self._refused.add([row], error)
            return None


def answer_rows(
    adapter: Callable[..., Any],
    rows: Mapping[str, tuple[Kind, Grid]],
    fixed: Mapping[str, Any],
    optional: Mapping[str, Any],
) -> tuple[Grid, UserError | None]:
    """Answer every row of the ranges in `rows`, with the arguments in `fixed` the same for all of them.

    Parameters
    ----------
    adapter : callable
        Takes arrays or single values for the arguments in `rows`; answers a value, or a tuple or dataclass of columns.
    rows : mapping of str to (Kind, grid)
        The ranges, of one cell or of as many as the longest.
    fixed, optional : mapping of str
        Arguments that are no ranges; and the values of those that may be missing in a row.

    Returns
    -------
    (grid, error)
        The answers in the orientation of the first range, several columns side by side, blank for a row of blanks;
        and the first error among them.

    Raises
    ------
    InvalidValue
        If the ranges differ in size.
    """
    shape = _common_shape(rows)
    count = shape[0] * shape[1]
    refused = _Refused()
    columns = {
        name: _Column(kind, cells[0] if len(cells) == 1 else list(chain.from_iterable(cells)), name, refused)
        for name, (kind, cells) in rows.items()
        if len(cells) * len(cells[0]) > 1
    }
    singles = {name: kind.read(cells[0][0], name) for name, (kind, cells) in rows.items() if name not in columns}
    required = {name: column for name, column in columns.items() if name not in optional}
    silent = np.all([column.missing for column in columns.values()], axis=0) & bool(required)
    for name, column in required.items():
        refused.add(np.flatnonzero(column.missing & ~silent).tolist(), InvalidValue("missing", name=Term(name)))

    answers: list[tuple[Any, ...]] = [()] * count

    def answer(places: NDArray[np.intp], absent: frozenset[str]) -> None:
        given = {name: column.values[places] for name, column in columns.items() if name not in absent}
        defaults = {name: optional[name] for name in absent}
        try:
            found = _side_by_side(adapter(**given, **singles, **defaults, **fixed), len(places))
        except UserError as error:
            bad = _bad_rows(error, len(places))
            if bad is not None:
                refused.add(places[bad].tolist(), error)
                if not bad.all():
                    answer(places[~bad], absent)
            elif len(places) == 1 or refused.searched_enough:
                refused.count_search()
                refused.add(places.tolist(), error)
            else:
                for half in np.array_split(places, 2):
                    answer(half, absent)
        else:
            for place, values in zip(places.tolist(), found, strict=True):
                answers[place] = values

    good = ~silent
    good[list(refused.shown)] = False
    for absent, places in _patterns({name: columns[name].missing for name in columns if name in optional}, good):
        answer(places, absent)
    width = max(1, *map(len, answers)) if count else 1
    shown, blank = refused.shown, ("",) * width
    filled = [(shown[row],) * width if row in shown else answers[row] or blank for row in range(count)]
    return _in_shape(filled, shape, width), refused.reason


def _bad_rows(error: UserError, count: int) -> NDArray[np.bool_] | None:
    """Return which of so many rows the engine refused, or None where it does not say or says none of them."""
    mask = np.ravel(np.asarray(error.rows, dtype=bool)) if error.rows is not None else np.zeros(0, dtype=bool)
    return np.broadcast_to(mask, (count,)) if mask.size in (1, count) and mask.any() else None


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not np.isfinite(values).all():
        raise InvalidValue("number_finite", given="NaN")
    return values


def _common_shape(rows: Mapping[str, tuple[Kind, Grid]]) -> tuple[int, int]:
    """Return the shape of the first range; all must have as many cells, and blocks the same shape."""
    shapes = {name: (len(cells), len(cells[0])) for name, (_, cells) in rows.items() if len(cells) * len(cells[0]) > 1}
    first, shape = next(iter(shapes.items()))
    for name, other in shapes.items():
        block = 1 not in shape or 1 not in other
        if shape[0] * shape[1] != other[0] * other[1] or (block and shape != other):
            raise InvalidValue(
                "unequal_ranges",
                name=Term(first),
                shape=f"{shape[0]}×{shape[1]}",
                other=Term(name),
                other_shape=f"{other[0]}×{other[1]}",
            )
    return shape


def _patterns(missing: dict[str, NDArray[np.bool_]], good: NDArray[np.bool_]) -> list[tuple[frozenset[str], Any]]:
    """Group the good rows by which optional arguments are missing in them."""
    groups = [(frozenset[str](), np.flatnonzero(good))]
    for name, absent in missing.items():
        groups = [
            (names | {name} if without else names, part)
            for names, places in groups
            for without, part in ((False, places[~absent[places]]), (True, places[absent[places]]))
        ]
        groups = [(names, places) for names, places in groups if places.size]
    return [(names, places) for names, places in groups if places.size]


def _side_by_side(found: Any, count: int) -> list[tuple[Any, ...]]:
    columns = fields_of(found)
    return list(zip(*(plain_column(np.broadcast_to(column, (count,))) for column in columns), strict=True))


def _in_shape(filled: list[tuple[Any, ...]], shape: tuple[int, int], width: int) -> Grid:
    if shape[0] == 1:
        return [list(column) for column in zip(*filled, strict=True)]
    if shape[1] == 1 or width > 1:
        return [list(values) for values in filled]
    return [[filled[row * shape[1] + column][0] for column in range(shape[1])] for row in range(shape[0])]
