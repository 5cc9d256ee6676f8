"""What do the cells hold, and how is an answer put back into cells?

Hosts hand over cells in many shapes, and take back only few: plain floats, texts and booleans, or rows of them. Blank,
zero and error are three things, on the way in and on the way out.
"""

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpixl import texts
from kpixl.engine.numbers import to_serial
from kpixl.errors import InvalidValue, UserError

__all__ = [
    "Grid",
    "Table",
    "columns_of",
    "dates_as_dates",
    "error_in",
    "fields_of",
    "grid",
    "headings",
    "is_blank",
    "plain_column",
    "spoken",
    "to_cell",
    "to_cells",
]

Grid: TypeAlias = list[list[Any]]

_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"}
_ERRORS |= {"#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#EXTERNAL!", "#PYTHON!"}
_COM_ERRORS = {
    2000: "#NULL!",
    2007: "#DIV/0!",
    2015: "#VALUE!",
    2023: "#REF!",
    2029: "#NAME?",
    2036: "#NUM!",
    2042: "#N/A",
    2045: "#SPILL!",
    2050: "#CALC!",
}
_COM_ERRORS = {number - 2146828288: code for number, code in _COM_ERRORS.items()}


_dates_stay: ContextVar[bool] = ContextVar("dates_stay", default=False)


@contextmanager
def dates_as_dates() -> Iterator[None]:
    """Let dates in answers stay dates within the block, where they are printed and no host has to take them.

    >>> with dates_as_dates():
    ...     to_cell(dt.date(2025, 6, 2))
    datetime.date(2025, 6, 2)
    """
    token = _dates_stay.set(True)
    try:
        yield
    finally:
        _dates_stay.reset(token)


@dataclass(frozen=True)
class Table:
    """Columns of an answer side by side, by the keys of their headings, which `header` asks for.

    >>> with texts.speaking("en"):
    ...     Table({"stage": ["Leads"], "target": np.array([500.0])}, header=True).rows()
    [['Stage', 'Target'], ['Leads', 500.0]]
    """

    columns: Mapping[str, Sequence[Any] | NDArray[Any]]
    header: bool

    def rows(self) -> Grid:
        """Return the rows as cells, under their headings in the user's language."""
        rows = [list(row) for row in zip(*map(plain_column, self.columns.values()), strict=True)]
        return [headings(*self.columns), *rows] if self.header else rows


def grid(cells: object) -> Grid:
    """Return whatever a host hands over as rows of cells; a flat list is a column.

    >>> grid(5.0), grid([1.0, 2.0]), grid(((1.0, 2.0),))
    ([[5.0]], [[1.0], [2.0]], [[1.0, 2.0]])
    """
    if not isinstance(cells, list | tuple):
        return [[cells]]
    kinds = set(map(type, cells))
    if not kinds & {list, tuple}:
        return [[cell] for cell in cells] or [[None]]
    if not kinds <= {list, tuple} or len(set(map(len, cells))) > 1:
        raise InvalidValue("range_ragged")
    if not cells[0]:
        return [[None]]
    return list(cells) if kinds == {list} else [list(row) for row in cells]


def is_blank(cell: object) -> bool:
    """Say whether a cell is missing: nothing, or text without a character.

    >>> is_blank(None), is_blank("  "), is_blank(0.0)
    (True, True, False)
    """
    return cell is None or (isinstance(cell, str) and not cell.strip())


def error_in(cell: object) -> str | None:
    """Return the error that a cell holds, as text or as the number COM hands over, or None.

    >>> error_in("#N/A"), error_in(-2146826246), error_in("#1")
    ('#N/A', '#N/A', None)
    """
    if isinstance(cell, str):
        return cell.strip() if cell.startswith("#") and cell.strip() in _ERRORS else None
    return _COM_ERRORS.get(cell) if type(cell) is int else None


def headings(*keys: str) -> list[str]:
    """Return the headings of columns in the user's language: those of the functions, else those of the sheets.

    >>> with texts.speaking("en"):
    ...     headings("stage", "elasticity")
    ['Stage', 'Elasticity']
    """
    own, sheets = texts.section("columns"), texts.section("heading")
    return [str(own[key] if key in own else sheets[key]) for key in keys]


def spoken(section: str, codes: Any) -> Any:
    """Return what a code of the engine, or an array of them, is called in the user's language.

    >>> with texts.speaking("en"):
    ...     spoken("status_said", np.array(["on_track"])).tolist()
    ['on track']
    """
    words = texts.section(section)
    return words[codes] if isinstance(codes, str) else np.array([words[code] for code in codes.tolist()])


def to_cells(answer: object, *, as_row: bool) -> object:
    """Turn what an adapter returns into cells: a value, a vector (down, or along a row), or rows."""
    if isinstance(answer, Table):
        return answer.rows() or ""
    if isinstance(answer, np.ndarray):
        answer = plain_column(answer) if answer.ndim == 1 else [plain_column(row) for row in answer]
    if isinstance(answer, tuple) or is_dataclass(answer):
        return [[to_cell(value) for value in fields_of(answer)]]
    if not isinstance(answer, list):
        return to_cell(answer)
    if not answer:
        return ""
    if isinstance(answer[0], list):
        return [[to_cell(value) for value in row] for row in answer]
    return [[to_cell(value) for value in answer]] if as_row else [[to_cell(value)] for value in answer]


def columns_of(answer: Any) -> dict[str, Any]:
    """Return the fields of a dataclass by name, in their order: the columns of an answer."""
    return {field.name: getattr(answer, field.name) for field in fields(answer)}


def fields_of(answer: object) -> tuple[Any, ...]:
    """Return the parts of an answer: the fields of a dataclass, the members of a tuple, or the answer itself.

    >>> fields_of((1.0, 2.0)), fields_of(1.0)
    ((1.0, 2.0), (1.0,))
    """
    if is_dataclass(answer):
        return tuple(columns_of(answer).values())
    return answer if isinstance(answer, tuple) else (answer,)


def to_cell(value: object) -> float | str | bool | dt.date:
    """Turn one value into what every host takes: a float, a text or a boolean.

    No value is an empty text; an error, or a number beyond all numbers, the error that Excel knows for it.

    >>> to_cell(np.float64(0.5)), to_cell(None), to_cell(np.True_), to_cell(dt.date(2025, 6, 2))
    (0.5, '', True, 45810.0)
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, UserError):
        return value.excel
    if value is None or value != value:  # noqa: PLR0124 - only NaN and NaT differ from themselves
        return ""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, dt.date | np.datetime64):
        day = np.array(value, dtype="datetime64[D]")
        return day.item() if _dates_stay.get() else float(to_serial(day))
    return "#NUM!" if value in (math.inf, -math.inf) else float(value)  # type: ignore[arg-type]


def plain_column(values: Sequence[Any] | NDArray[Any]) -> list[Any]:
    """Turn a column of an answer into cells: plain numbers at once, anything else one by one."""
    if not isinstance(values, np.ndarray):
        return [to_cell(value) for value in values]
    if values.dtype.kind == "M" and not _dates_stay.get():
        values = to_serial(values)
    if values.dtype.kind in "iuf" and np.isfinite(values).all():
        plain: list[Any] = values.astype(float).tolist()
        return plain
    return [to_cell(value) for value in values.tolist()]
