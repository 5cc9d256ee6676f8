"""What a person typed into a cell, and what has to stand there so that the formulas read the same.

A text such as 1.2億円 is a number to kpixl and none to a formula, a date with a time is another day, and two names that
differ by a blank are two names. So whatever is read otherwise than it stands is written back as it was read (`Mended`),
or refused with its cell; a formula is the user's and only ever refused.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from kpixl.engine.numbers import parse_date, parse_number
from kpixl.errors import InvalidPlan, InvalidValue, UserError
from kpixl.plan.names import clean, require_distinct, require_fit, same, spelled
from kpixl.texts import say
from kpixl.workbook.store import CellError
from kpixl.xlsx.address import address

__all__ = ["Cell", "Mended", "Row", "distinct_names", "mended_lines", "shown"]

_T = TypeVar("_T")
_REQUIRED: Any = object()


class Mended(NamedTuple):
    """A cell whose content was read as something else, and now says so."""

    cell: str
    before: Any
    after: str | float | dt.date | None


def mended_lines(mended: Sequence[Mended]) -> list[str]:
    """Return a sentence for each cell that was written as it was read."""
    return [
        say(
            "receipt.mended" if after is not None else "receipt.emptied",
            cell=cell,
            before=shown(before),
            after=shown(after),
        )
        for cell, before, after in mended
    ]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with the heading or name that says what it is; `mend` writes another content into it."""

    sheet: str
    column: int
    row: int
    what: str
    value: Any
    mend: Callable[["Cell", Any], None]

    @property
    def place(self) -> str:
        """The sheet and address."""
        return f"{self.sheet}!{address(self.column, self.row)}"

    @property
    def blank(self) -> bool:
        """Whether there is nothing to read; blanks alone are nothing, and are taken out."""
        if isinstance(self.value, CellError):
            raise InvalidPlan("cell_error", cell=self.place, given=self.value)
        if isinstance(self.value, str) and not clean(self.value):
            if self.value:
                self.mend(self, None)
            return True
        return self.value is None

    def number(self) -> float:
        """Return the number in the cell."""
        number = self._read(parse_number)
        if isinstance(self.value, str):
            self.mend(self, number)
        return number

    def date(self) -> dt.date:
        """Return the day in the cell, without its time."""
        day = self._read(parse_date)
        if not _pure(self.value):
            self.mend(self, day)
        return day

    def text(self) -> str:
        """Return a text that people read; it may hold anything, and stays as it stands."""
        return "" if self.blank else clean(_as_text(self.value), lines=True)

    def name(self, known: Sequence[str] = ()) -> str:
        """Return a text that formulas look for, so that it must stand there just so; `known` says how it is spelled."""
        if self.blank:
            return ""
        if isinstance(self.value, bool | dt.date | dt.time):
            raise InvalidPlan("cell_no_name", cell=self.place, given=self.value)
        name = spelled(clean(_as_text(self.value)), known)
        if name != self.value:
            self.mend(self, name)
        return name

    def _read(self, read: Callable[[Any], _T]) -> _T:
        if self.blank:
            raise InvalidPlan("cell_blank", cell=self.place, heading=self.what)
        try:
            return read(self.value)
        except (UserError, InvalidValue) as error:
            raise InvalidPlan("cell_wrong", cell=self.place, reason=error) from error


class Row:
    """A row of a table: its cells by heading, each read as what it should be.

    `places` says in which column each heading stands, from 0; the table begins in column `left`. `apart` are the cells
    of columns that stand elsewhere; those in `added` may be missing, and are blank then.
    """

    def __init__(
        self,
        sheet: str,
        number: int,
        left: int,
        places: Mapping[str, int],
        values: Sequence[Any],
        mend: Callable[[Cell, Any], None],
        apart: Mapping[str, Cell] = MappingProxyType({}),
        added: frozenset[str] = frozenset(),
    ) -> None:
        self._sheet, self._number, self._left, self._places = sheet, number, left, places
        self._apart, self._added = apart, added
        self._values, self._mend = values, mend

    @property
    def blank(self) -> bool:
        """Whether nothing stands in any of its cells; an error is something."""
        cells = (self._cell(heading) for heading, place in self._places.items() if self._values[place] is not None)
        return all(not isinstance(cell.value, CellError) and cell.blank for cell in cells)

    def text(self, heading: str) -> str:
        """Return what people read under a heading, "" where it is blank."""
        return self._cell(heading).text()

    def name(self, heading: str, known: Sequence[str] = ()) -> str:
        """Return the name under a heading, "" where it is blank; one of those `known` is spelled as it is there."""
        return self._cell(heading).name(known)

    def raw(self, heading: str) -> Any:
        """Return what stands under a heading as it is, None where it is blank."""
        value = self._cell(heading).value
        return None if value == "" else value

    def required(self, heading: str, known: Sequence[str] = ()) -> str:
        """Return the name under a heading, which must not be blank."""
        name = self.name(heading, known)
        if not name:
            raise InvalidPlan("cell_blank", cell=self.address(heading), heading=heading)
        return name

    def number(self, heading: str, default: Any = _REQUIRED) -> Any:
        """Return the number under a heading; where it is blank the default, if there is one."""
        cell = self._cell(heading)
        return default if default is not _REQUIRED and cell.blank else cell.number()

    def date(self, heading: str, default: Any = _REQUIRED) -> Any:
        """Return the date under a heading; where it is blank the default, if there is one."""
        cell = self._cell(heading)
        return default if default is not _REQUIRED and cell.blank else cell.date()

    def address(self, heading: str) -> str:
        """Return the sheet and address of the cell under a heading."""
        return self._cell(heading).place

    def _cell(self, heading: str) -> Cell:
        if heading in self._apart:
            return self._apart[heading]
        if heading not in self._places and heading in self._added:
            return Cell(self._sheet, self._left, self._number, heading, None, self._mend)
        if heading not in self._places:
            raise InvalidPlan("heading_missing", sheet=self._sheet, heading=heading, found=", ".join(self._places))
        place = self._places[heading]
        return Cell(self._sheet, self._left + place, self._number, heading, self._values[place], self._mend)


def distinct_names(rows: Sequence[Row], heading: str, kind: str, *, free: bool = False) -> list[str]:
    """Return the names under a heading, of which each must be one that a spreadsheet finds, and only once."""
    names: dict[str | float, str] = {}
    for row in rows:
        name = row.required(heading)
        try:
            require_fit(kind, [name], free=free)
            require_distinct(kind, [names.setdefault(same(name), name), name] if same(name) in names else [name])
        except InvalidPlan as error:
            raise InvalidPlan("cell_wrong", cell=row.address(heading), reason=error) from error
        names[same(name)] = name
    return list(names.values())


def _pure(value: Any) -> bool:
    """Say whether a formula reads a value as just the day that kpixl reads in it."""
    if isinstance(value, str):
        return False
    if isinstance(value, dt.datetime):
        return value.time() == dt.time()
    return isinstance(value, dt.date) or float(value).is_integer()


def _as_text(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)


def shown(value: Any) -> str:
    """Return a value as a sentence names it."""
    if isinstance(value, float):
        return f"{value:.15g}"
    return f"{value:%Y-%m-%d}" if type(value) is dt.date else "" if value is None else str(value)
