"""What kinds of arguments are there, and how is each read from its cells?

Adapters name the kind of each argument as its type: a number, a vector, dates of closures, a column that is answered
row by row. Numbers and dates may be text as people write it. What cannot be read is refused with the argument's name
and the place of the cell in its range.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Annotated, Any
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from kpixl import texts
from kpixl.engine.checks import Term
from kpixl.engine.numbers import from_serial, parse_date, parse_moment, parse_number
from kpixl.engine.weekend import weekend_days
from kpixl.errors import ErrorCell, InvalidValue, UserError
from udfs.cells import Grid, error_in, is_blank

__all__ = [
    "Anything",
    "Cells",
    "Closures",
    "Country",
    "Date",
    "DateRow",
    "Flag",
    "Kind",
    "Matrix",
    "Moments",
    "MomentsOrBlank",
    "Number",
    "NumberRow",
    "Numbers",
    "NumbersOrBlank",
    "Outcomes",
    "Sample",
    "Text",
    "TextOrBlank",
    "Texts",
    "Weekend",
]

_NO_COUNTRY = {"NONE", "なし"}
_TRUE, _FALSE = {"TRUE", "真", "はい", "YES", "1"}, {"FALSE", "偽", "いいえ", "NO", "0"}


@dataclass(frozen=True)
class Kind:
    """How an argument is read: its name in the documentation, the reader, and whether a range of it means rows.

    `read` takes a grid and the argument's name; where `rows` is true a single cell, the name and the cell's place, and
    `read_all` takes many plain numbers at once.
    """

    name: str
    read: Callable[..., Any]
    vector: bool = False
    rows: bool = False
    may_be_blank: bool = False
    read_all: Callable[[NDArray[np.float64]], NDArray[Any]] | None = None


class _Where(Term):
    """The name of an argument, with the place of a cell where it has several."""

    def __init__(self, name: str, place: int) -> None:
        super().__init__(name)
        self._place = place

    def __str__(self) -> str:
        name = super().__str__()
        return texts.say("udfs.place", name=name, place=self._place) if self._place else name


def _number(cell: Any, name: str, place: int = 0) -> float:
    return float(_read(parse_number, cell, name, place))


def _date(cell: Any, name: str, place: int = 0) -> dt.date:
    if not isinstance(cell, str | float | int | dt.date | Decimal) or isinstance(cell, bool):
        raise InvalidValue("date_kind", name=_Where(name, place), given=str(cell)[:40])
    return _read(parse_date, cell, name, place)  # type: ignore[no-any-return]


def _text(cell: Any, name: str, place: int = 0) -> str:
    return str(_read(_as_text, cell, name, place))


def _flag(cell: Any, name: str, place: int = 0) -> bool:
    word = _text(cell, name, place).strip().upper()
    if word not in _TRUE | _FALSE:
        raise InvalidValue("flag", name=_Where(name, place), given=word[:40])
    return word in _TRUE


def _country(cell: Any, name: str, place: int = 0) -> str | None:
    code = _text(cell, name, place).strip()
    return None if code.upper() in _NO_COUNTRY else code


def _weekend(cell: Any, name: str, place: int = 0) -> str:
    return str(_read(_as_weekend, cell, name, place))


def _as_weekend(cell: Any) -> str:
    plain = normalize("NFKC", cell).strip() if isinstance(cell, str) else parse_number(cell)
    return weekend_days(plain)


def _as_text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, int | float):
        number = parse_number(cell)  # which refuses what is beyond all numbers, or none
        return str(int(number)) if number.is_integer() else str(cell)
    if not isinstance(cell, str | float | dt.date | Decimal):
        raise InvalidValue("text_kind", given=repr(cell)[:40])
    return str(cell)


def _read(reader: Callable[[Any], Any], cell: object, name: str, place: int) -> Any:
    """Read one cell; an error cell comes back as itself, and what cannot be read is named by its argument."""
    if (code := error_in(cell)) is not None:
        raise ErrorCell(code)
    if is_blank(cell):
        raise InvalidValue("missing", name=_Where(name, place))
    try:
        return reader(cell)
    except UserError as reason:
        raise InvalidValue("in_argument", name=_Where(name, place), reason=reason) from None


def _moment(cell: Any, name: str, place: int = 0) -> dt.datetime:
    return _read(parse_moment, cell, name, place)  # type: ignore[no-any-return]


def _raw(cell: Any, name: str, place: int = 0) -> Any:
    return _read(lambda given: given, cell, name, place)


def _single(reader: Callable[..., Any]) -> Callable[[Grid, str], Any]:
    def read(cells: Grid, name: str) -> Any:
        if len(cells) > 1 or len(cells[0]) > 1:
            raise InvalidValue("one_cell", name=Term(name), rows=len(cells), columns=len(cells[0]))
        return reader(cells[0][0], name)

    return read


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
    return np.array([_number(cell, name, place) for place, cell in enumerate(line, 1)])


def _numbers_or_blank(cells: Grid, name: str) -> NDArray[np.float64]:
    line = enumerate(_line(cells, name), 1)
    return np.array([np.nan if is_blank(cell) else _number(cell, name, place) for place, cell in line])


def _moments(cells: Grid, name: str) -> NDArray[np.datetime64]:
    return np.array(
        [_moment(cell, name, place) for place, cell in enumerate(_line(cells, name), 1)], dtype="datetime64[s]"
    )


def _moments_or_blank(cells: Grid, name: str) -> NDArray[np.datetime64]:
    line = enumerate(_line(cells, name), 1)
    return np.array([None if is_blank(cell) else _moment(cell, name, place) for place, cell in line], "datetime64[s]")


def _outcomes(cells: Grid, name: str) -> NDArray[np.bool_]:
    return np.array([_flag(cell, name, place) for place, cell in enumerate(_line(cells, name), 1)])


def _matrix(cells: Grid, name: str) -> NDArray[np.float64]:
    places = count(1)
    return np.array([[_number(cell, name, next(places)) for cell in row] for row in cells])


def _sample(cells: Grid, name: str) -> NDArray[np.float64]:
    return np.array([_number(cell, name, place) for place, cell in _given(cells)])


def _texts(cells: Grid, name: str) -> list[str]:
    return ["" if is_blank(cell) else _text(cell, name, place) for place, cell in enumerate(_line(cells, name), 1)]


def _closures(cells: Grid, name: str) -> tuple[dt.date, ...] | dict[dt.date, float]:
    """Read days off; those in two columns with how much of each is worked, blank for nothing."""
    if len(cells[0]) != 2 or not all(map(_is_share, (row[1] for row in cells))):
        return tuple(_date(cell, name, place) for place, cell in _given(cells))
    shares: dict[dt.date, float] = {}
    for row, (day, share) in enumerate(cells):
        worked = 0.0 if is_blank(share) else parse_number(share)
        if not is_blank(day) or worked:
            date = _date(day, name, 2 * row + 1)
            if shares.setdefault(date, worked) != worked:
                raise InvalidValue("closure_twice", day=date, given=worked, before=shares[date])
    return shares


def _is_share(cell: Any) -> bool:
    try:
        return is_blank(cell) or 0 <= parse_number(cell) <= 1
    except UserError:
        return False


def _given(cells: Grid) -> Iterator[tuple[int, Any]]:
    """Yield the cells that are not blank, row after row, each with its place."""
    flat = (cell for row in cells for cell in row)
    return ((place, cell) for place, cell in enumerate(flat, 1) if not is_blank(cell))


def _cells(cells: Grid, name: str) -> Grid:
    for code in (error_in(cell) for row in cells for cell in row):
        if code is not None:
            raise ErrorCell(code)
    return cells


Number = Annotated[float, Kind("number", _single(_number))]
Date = Annotated[dt.date, Kind("date", _single(_date))]
Text = Annotated[str, Kind("text", _single(_text))]
Country = Annotated[str | None, Kind("text", _single(_country))]
Weekend = Annotated[str, Kind("text", _single(_weekend))]
Flag = Annotated[bool, Kind("flag", _single(_flag))]
Numbers = Annotated[NDArray[np.float64], Kind("numbers", _numbers, vector=True)]
NumbersOrBlank = Annotated[NDArray[np.float64], Kind("numbers", _numbers_or_blank, vector=True)]
Texts = Annotated[list[str], Kind("texts", _texts, vector=True)]
Sample = Annotated[NDArray[np.float64], Kind("numbers", _sample)]
Closures = Annotated[tuple[dt.date, ...] | dict[dt.date, float], Kind("dates", _closures)]
Moments = Annotated[NDArray[np.datetime64], Kind("times", _moments, vector=True)]
MomentsOrBlank = Annotated[NDArray[np.datetime64], Kind("times", _moments_or_blank, vector=True)]
Outcomes = Annotated[NDArray[np.bool_], Kind("flags", _outcomes, vector=True)]
Anything = Annotated[Any, Kind("value", _single(_raw), may_be_blank=True)]
TextOrBlank = Annotated[str | None, Kind("text", _single(_text), may_be_blank=True)]
Matrix = Annotated[NDArray[np.float64], Kind("table", _matrix)]
Cells = Annotated[Grid, Kind("table", _cells)]
NumberRow = Annotated[Any, Kind("number", _number, vector=True, rows=True, read_all=lambda values: values)]
DateRow = Annotated[Any, Kind("date", _date, vector=True, rows=True, read_all=from_serial)]
