"""What do the cells hold, and how is an answer put back into cells?

Spreadsheets hand over ranges of floats, texts, blanks and errors; adapters want numbers, dates, vectors. Each kind of
argument is read here, once, by the conventions all functions share: blank, zero and error are three things, numbers and
dates may be text as people write it, and what goes back is plain floats, texts and booleans only.
"""

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpixl import texts
from kpixl.engine.checks import Term
from kpixl.engine.numbers import from_serial, parse_date, parse_moment, parse_number, to_serial
from kpixl.errors import ErrorCell, InvalidValue, UserError

__all__ = [
    "Anything",
    "Cells",
    "Date",
    "DateRow",
    "Dates",
    "Flag",
    "Grid",
    "Kind",
    "Matrix",
    "Moments",
    "Number",
    "NumberRow",
    "Numbers",
    "NumbersOrBlank",
    "Outcomes",
    "Sample",
    "Table",
    "Text",
    "TextOrBlank",
    "Texts",
    "columns_of",
    "fields_of",
    "grid",
    "headings",
    "is_blank",
    "only_cell",
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
}
_COM_ERRORS = {number - 2146828288: code for number, code in _COM_ERRORS.items()}
_TRUE, _FALSE = {"TRUE", "真", "はい", "YES", "1"}, {"FALSE", "偽", "いいえ", "NO", "0"}


@dataclass(frozen=True)
class Kind:
    """How an argument is read: its name in the documentation, the reader, and whether a range of it means rows.

    `read` turns a grid into what the adapter gets; where `rows` is true it turns a single cell, and `read_all`, where
    there is one, many plain numbers at once.
    """

    name: str
    read: Callable[[Any, str], Any]
    vector: bool = False
    rows: bool = False
    may_be_blank: bool = False
    read_all: Callable[[NDArray[np.float64]], NDArray[Any]] | None = None


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


def only_cell(cells: Grid, name: str) -> Any:
    """Return the one cell of a range that must be a single cell."""
    if len(cells) > 1 or len(cells[0]) > 1:
        raise InvalidValue("one_cell", name=Term(name), rows=len(cells), columns=len(cells[0]))
    return cells[0][0]


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
    ...     spoken("status", np.array(["on_track"])).tolist()
    ['On track']
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


def to_cell(value: object) -> float | str | bool:
    """Turn one value into what every host takes: a float, a text or a boolean.

    No value is an empty text, a number beyond all numbers the error for it.

    >>> to_cell(np.float64(0.5)), to_cell(None), to_cell(np.True_), to_cell(dt.date(2025, 6, 2))
    (0.5, '', True, 45810.0)
    """
    if isinstance(value, str):
        return str(value)
    if value is None or value != value:  # noqa: PLR0124 - only NaN and NaT differ from themselves
        return ""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if value in (math.inf, -math.inf):
        return "#NUM!"
    if isinstance(value, dt.date | np.datetime64):
        return float(to_serial(np.array(value, dtype="datetime64[D]")))
    return float(value)  # type: ignore[arg-type]


def plain_column(values: Sequence[Any] | NDArray[Any]) -> list[Any]:
    """Turn a column of an answer into cells: plain numbers at once, anything else one by one."""
    if not isinstance(values, np.ndarray):
        return [to_cell(value) for value in values]
    if values.dtype.kind == "M":
        values = to_serial(values)
    if values.dtype.kind in "iuf" and np.isfinite(values).all():
        plain: list[Any] = values.astype(float).tolist()
        return plain
    return [to_cell(value) for value in values.tolist()]


def _number(cell: Any, name: str) -> float:
    return float(_read(parse_number, cell, name))


def _date(cell: Any, name: str) -> dt.date:
    if not isinstance(cell, str | float | int | dt.date | Decimal) or isinstance(cell, bool):
        raise InvalidValue("date_kind", name=Term(name), given=str(cell)[:40])
    return _read(parse_date, cell, name)  # type: ignore[no-any-return]


def _text(cell: Any, name: str) -> str:
    return str(_read(_as_text, cell, name))


def _flag(cell: Any, name: str) -> bool:
    word = _text(cell, name).strip().upper()
    if word not in _TRUE | _FALSE:
        raise InvalidValue("flag", name=Term(name), given=word[:40])
    return word in _TRUE


def _as_text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, int | float) and float(cell).is_integer():
        return str(int(cell))
    if not isinstance(cell, str | float | dt.date | Decimal):
        raise InvalidValue("text_kind", given=repr(cell)[:40])
    return str(cell)


def _read(reader: Callable[[Any], Any], cell: object, name: str) -> Any:
    """Read one cell; an error cell comes back as itself, and what cannot be read is named by its argument."""
    if (code := _error_in(cell)) is not None:
        raise ErrorCell(code)
    if is_blank(cell):
        raise InvalidValue("missing", name=Term(name))
    try:
        return reader(cell)
    except UserError as reason:
        raise InvalidValue("in_argument", name=Term(name), reason=reason) from None


def _error_in(cell: object) -> str | None:
    if isinstance(cell, str):
        return cell.strip() if cell.startswith("#") and cell.strip() in _ERRORS else None
    return _COM_ERRORS.get(cell) if type(cell) is int else None


def _moment(cell: Any, name: str) -> dt.datetime:
    return _read(parse_moment, cell, name)  # type: ignore[no-any-return]


def _raw(cell: Any, name: str) -> Any:
    return _read(lambda given: given, cell, name)


def _single(reader: Callable[[Any, str], Any]) -> Callable[[Grid, str], Any]:
    return lambda cells, name: reader(only_cell(cells, name), name)


def _line(cells: Grid, name: str) -> list[Any]:
    """Return the cells of a single row or column."""
    if len(cells) > 1 and len(cells[0]) > 1:
        raise InvalidValue("one_line", name=Term(name), rows=len(cells), columns=len(cells[0]))
    return cells[0] if len(cells) == 1 else [row[0] for row in cells]


def _numbers(cells: Grid, name: str) -> NDArray[np.float64]:
    line = _line(cells, name)
    if set(map(type, line)) == {float}:
        values = np.array(line)
        if np.isfinite(values).all():
            return values
    return np.array([_number(cell, name) for cell in line])


def _numbers_or_blank(cells: Grid, name: str) -> NDArray[np.float64]:
    return np.array([np.nan if is_blank(cell) else _number(cell, name) for cell in _line(cells, name)])


def _moments(cells: Grid, name: str) -> NDArray[np.datetime64]:
    return np.array([_moment(cell, name) for cell in _line(cells, name)], dtype="datetime64[s]")


def _outcomes(cells: Grid, name: str) -> NDArray[np.bool_]:
    return np.array([_flag(cell, name) for cell in _line(cells, name)])


def _matrix(cells: Grid, name: str) -> NDArray[np.float64]:
    return np.array([[_number(cell, name) for cell in row] for row in cells])


def _sample(cells: Grid, name: str) -> NDArray[np.float64]:
    return np.array([_number(cell, name) for row in cells for cell in row if not is_blank(cell)])


def _texts(cells: Grid, name: str) -> list[str]:
    return ["" if is_blank(cell) else _text(cell, name) for cell in _line(cells, name)]


def _dates(cells: Grid, name: str) -> tuple[dt.date, ...]:
    return tuple(_date(cell, name) for row in cells for cell in row if not is_blank(cell))


def _cells(cells: Grid, name: str) -> Grid:
    for code in (_error_in(cell) for row in cells for cell in row):
        if code is not None:
            raise ErrorCell(code)
    return cells


Number = Annotated[float, Kind("number", _single(_number))]
Date = Annotated[dt.date, Kind("date", _single(_date))]
Text = Annotated[str, Kind("text", _single(_text))]
Flag = Annotated[bool, Kind("flag", _single(_flag))]
Numbers = Annotated[NDArray[np.float64], Kind("numbers", _numbers, vector=True)]
NumbersOrBlank = Annotated[NDArray[np.float64], Kind("numbers", _numbers_or_blank, vector=True)]
Texts = Annotated[list[str], Kind("texts", _texts, vector=True)]
Sample = Annotated[NDArray[np.float64], Kind("numbers", _sample)]
Dates = Annotated[tuple[dt.date, ...], Kind("dates", _dates)]
Moments = Annotated[NDArray[np.datetime64], Kind("times", _moments, vector=True)]
Outcomes = Annotated[NDArray[np.bool_], Kind("flags", _outcomes, vector=True)]
Anything = Annotated[Any, Kind("value", _single(_raw), may_be_blank=True)]
TextOrBlank = Annotated[str | None, Kind("text", _single(_text), may_be_blank=True)]
Matrix = Annotated[NDArray[np.float64], Kind("table", _matrix)]
Cells = Annotated[Grid, Kind("table", _cells)]
NumberRow = Annotated[Any, Kind("number", _number, vector=True, rows=True, read_all=lambda values: values)]
DateRow = Annotated[Any, Kind("date", _date, vector=True, rows=True, read_all=from_serial)]
