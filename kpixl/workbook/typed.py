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
from kpixl.workbook.schema import first_spellings, heading_of
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

    def word(self, words: Mapping[str, str]) -> str:
        """Return a word as it is in force, or a text that is none of `words` as it stands.

        `words` has the code of each spelling, that in force before all others of its code.
        """
        name = self.name([*words])
        right = next((one for one in first_spellings(words) if words[one] == words.get(name)), name)
        if right != name:
            self.mend(self, right)
        return right

    def code(self, words: Mapping[str, str]) -> str:
        """Return the code of a word in any of its spellings, "" where the cell is blank."""
        word = self.word(words)
        if word and word not in words:
            raise InvalidPlan("cell_choice", cell=self.place, given=word, known=", ".join(first_spellings(words)))
        return words[word] if word else ""

    def _read(self, read: Callable[[Any], _T]) -> _T:
        if self.blank:
            raise InvalidPlan("cell_blank", cell=self.place, heading=self.what)
        try:
            return read(self.value)
        except (UserError, InvalidValue) as error:
            raise InvalidPlan("cell_wrong", cell=self.place, reason=error) from error


class Row:
    """A row of a table: its cells by the keys of their columns, each read as what it should be.

    `places` says in which column each heading stands, from 0; the table begins in column `left`. `apart` are the cells
    of columns that stand elsewhere; those in `added` may be missing, and are blank then.
    """

    def __init__(
        self,
        table: str,
        sheet: str,
        number: int,
        left: int,
        places: Mapping[str, int],
        values: Sequence[Any],
        mend: Callable[[Cell, Any], None],
        apart: Mapping[str, Cell] = MappingProxyType({}),
        added: frozenset[str] = frozenset(),
    ) -> None:
        self._table = table
        self._sheet, self._number, self._left, self._places = sheet, number, left, places
        self._apart, self._added = apart, added
        self._values, self._mend = values, mend

    @property
    def blank(self) -> bool:
        """Whether nothing stands in any of its cells; an error is something."""
        cells = (self._under(heading) for heading, place in self._places.items() if self._values[place] is not None)
        return all(not isinstance(cell.value, CellError) and cell.blank for cell in cells)

    def text(self, key: str) -> str:
        """Return what people read in a column, "" where it is blank."""
        return self._cell(key).text()

    def name(self, key: str, known: Sequence[str] = ()) -> str:
        """Return the name in a column, "" where it is blank; one of those `known` is spelled as it is there."""
        return self._cell(key).name(known)

    def raw(self, key: str) -> Any:
        """Return what stands in a column as it is, None where it is blank."""
        value = self._cell(key).value
        return None if value == "" else value

    def required(self, key: str, known: Sequence[str] = ()) -> str:
        """Return the name in a column, which must not be blank."""
        name = self.name(key, known)
        if not name:
            raise InvalidPlan("cell_blank", cell=self.address(key), heading=heading_of(self._table, key))
        return name

    def word(self, key: str, words: Mapping[str, str]) -> str:
        """Return the word in a column, "" where it is blank; see `Cell.word`."""
        return self._cell(key).word(words)

    def code(self, key: str, words: Mapping[str, str], default: str = "") -> str:
        """Return the code of the word in a column, the default where it is blank; see `Cell.code`."""
        cell = self._cell(key)
        return default if cell.blank else cell.code(words)

    def number(self, key: str, default: Any = _REQUIRED) -> Any:
        """Return the number in a column; where it is blank the default, if there is one."""
        cell = self._cell(key)
        return default if default is not _REQUIRED and cell.blank else cell.number()

    def date(self, key: str, default: Any = _REQUIRED) -> Any:
        """Return the date in a column; where it is blank the default, if there is one."""
        cell = self._cell(key)
        return default if default is not _REQUIRED and cell.blank else cell.date()

    def address(self, key: str) -> str:
        """Return the sheet and address of the cell in a column."""
        return self._cell(key).place

    def _cell(self, key: str) -> Cell:
        return self._under(heading_of(self._table, key))

    def _under(self, heading: str) -> Cell:
        if heading in self._apart:
            return self._apart[heading]
        if heading not in self._places and heading in self._added:
            return Cell(self._sheet, self._left, self._number, heading, None, self._mend)
        if heading not in self._places:
            raise InvalidPlan("heading_missing", sheet=self._sheet, heading=heading, found=", ".join(self._places))
        place = self._places[heading]
        return Cell(self._sheet, self._left + place, self._number, heading, self._values[place], self._mend)


def distinct_names(rows: Sequence[Row], key: str, kind: str, *, free: bool = False) -> list[str]:
    """Return the names in a column, of which each must be one that a spreadsheet finds, and only once."""
    names: dict[str | float, str] = {}
    for row in rows:
        name = row.required(key)
        try:
            require_fit(kind, [name], free=free)
            require_distinct(kind, [names.setdefault(same(name), name), name] if same(name) in names else [name])
        except InvalidPlan as error:
            raise InvalidPlan("cell_wrong", cell=row.address(key), reason=error) from error
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
