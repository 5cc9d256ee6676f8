"""What a person typed into a cell, and what the cell must hold so that formulas read it as kpixl does.

A text such as 1.2億円 is a number to kpixl but not to a formula, a date with a time is not equal to the date, and two
names that differ by a space are two names. So whatever kpixl reads as another value is written back as it was read
(`Mended`), or refused with its cell; the result of a formula is never written back, only refused.
"""

import datetime as dt
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from kpixl.engine.numbers import parse_date, parse_number
from kpixl.errors import InvalidPlan, InvalidValue, UserError
from kpixl.plan.names import clean, require_distinct, require_fit, same, spelled
from kpixl.texts import say
from kpixl.workbook.schema import first_spellings
from kpixl.workbook.store import CellError
from kpixl.xlsx.address import address

__all__ = ["Cell", "Mended", "Row", "distinct_names", "mended_lines", "shown"]

_T = TypeVar("_T")
_REQUIRED: Any = object()


class Mended(NamedTuple):
    """A cell whose content was read as another value, which is written back into it."""

    cell: str
    before: Any
    after: str | float | dt.date | None


def mended_lines(mended: Sequence[Mended]) -> list[str]:
    """Return a sentence for each cell that was mended."""
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
    """A cell with its heading or defined name (`what`); `mend` writes another value into it."""

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
        """Whether there is nothing to read; a text of spaces alone counts as blank and is removed."""
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
        """Return the date in the cell, without its time."""
        day = self._read(parse_date)
        if not _pure(self.value):
            self.mend(self, day)
        return day

    def text(self) -> str:
        """Return a text that only people read; it may hold anything, and the cell is left as it is."""
        return "" if self.blank else clean(_as_text(self.value), lines=True)

    def name(self, known: Sequence[str] = ()) -> str:
        """Return a text that formulas look up, so the cell must hold it exactly; `known` has the right spellings."""
        if self.blank:
            return ""
        if isinstance(self.value, bool | dt.date | dt.time):
            raise InvalidPlan("cell_no_name", cell=self.place, given=self.value)
        name = spelled(clean(_as_text(self.value)), known)
        if name != self.value:
            self.mend(self, name)
        return name

    def word(self, words: Mapping[str, str]) -> str:
        """Return a word in its current spelling, or the text itself if it is none of `words`.

        `words` maps each spelling to its code, with the current spelling of a code before all others.
        """
        name = self.name([*words])
        right = next((spelling for spelling, code in words.items() if code == words.get(name)), name)
        if right != name:
            self.mend(self, right)
        return right

    def code(self, words: Mapping[str, str]) -> str:
        """Return the code of a word in any of its spellings, "" if the cell is blank."""
        word = self.word(words)
        if word and word not in words:
            raise InvalidPlan("cell_choice", cell=self.place, given=word, known=", ".join(first_spellings(words)))
        return words[word] if word else ""

    def read_as(self, read: Callable[[Any], _T]) -> _T:
        """Return what `read` makes of the cell, which must not be blank; its text is freed of invisible characters."""
        plain = clean(self.value) if isinstance(self.value, str) else self.value
        found = self._read(lambda _: read(plain))
        if plain != self.value:
            self.mend(self, plain)
        return found

    def _read(self, read: Callable[[Any], _T]) -> _T:
        if self.blank:
            raise InvalidPlan("cell_blank", cell=self.place, heading=self.what)
        try:
            return read(self.value)
        except (UserError, InvalidValue) as error:
            raise InvalidPlan("cell_wrong", cell=self.place, reason=error) from error


class Row:
    """A row of a table: its cells by the keys of their columns, each read as the kind of value it should hold.

    `called` gives the heading of a key, `places` maps each heading to the index of its column; the table begins in
    column `left`. `apart` are the cells of columns in a second table. Columns in `added` may be missing, then read as
    blank.
    """

    def __init__(
        self,
        called: Callable[[str], str],
        sheet: str,
        number: int,
        left: int,
        places: Mapping[str, int],
        values: Sequence[Any],
        mend: Callable[[Cell, Any], None],
        apart: Mapping[str, Cell] = MappingProxyType({}),
        added: frozenset[str] = frozenset(),
    ) -> None:
        self._called = called
        self._sheet, self._number, self._left, self._places = sheet, number, left, places
        self._apart, self._added = apart, added
        self._values, self._mend = values, mend

    @property
    def blank(self) -> bool:
        """Whether all cells of the row are blank; an error is not blank."""
        first = next((value for value in self._values if value is not None), None)
        if first is None:
            return True
        if not isinstance(first, str) or _is_clean(first):
            return False
        cells = (self._under(heading) for heading, place in self._places.items() if self._values[place] is not None)
        return all(not isinstance(cell.value, CellError) and cell.blank for cell in cells)

    def text(self, key: str) -> str:
        """Return the text in a column, "" if it is blank; see `Cell.text`."""
        value = self._own(key)
        if value is None:
            return ""
        return value if type(value) is str and _is_clean(value) else self._cell(key).text()

    def name(self, key: str, known: Sequence[str] = ()) -> str:
        """Return the name in a column, "" if it is blank, in the spelling of `known`; see `Cell.name`."""
        return self._cell(key).name(known)

    def raw(self, key: str) -> Any:
        """Return the unchecked value in a column, None if it is blank."""
        value = self._cell(key).value
        return None if value == "" else value

    def held(self, key: str) -> Any:
        """Return what stands in a column, as it stands there."""
        heading = self._called(key)
        if heading in self._places and heading not in self._apart:
            return self._values[self._places[heading]]
        return self._under(heading).value

    @staticmethod
    def column(rows: Sequence["Row"], key: str) -> list[Any]:
        """Return what stands in a column of the rows of one table, as it stands there."""
        alone = bool(rows) and not any(map(attrgetter("_apart"), rows))
        place = rows[0]._places.get(rows[0]._called(key)) if alone else None
        return [row.held(key) for row in rows] if place is None else [row._values[place] for row in rows]

    def required(self, key: str, known: Sequence[str] = ()) -> str:
        """Return the name in a column, which must not be blank."""
        name = self.name(key, known)
        if not name:
            raise InvalidPlan("cell_blank", cell=self.address(key), heading=self._called(key))
        return name

    def word(self, key: str, words: Mapping[str, str]) -> str:
        """Return the word in a column, "" if it is blank; see `Cell.word`."""
        return self._cell(key).word(words)

    def code(self, key: str, words: Mapping[str, str], default: str = "") -> str:
        """Return the code of the word in a column, the default if it is blank; see `Cell.code`."""
        cell = self._cell(key)
        return default if cell.blank else cell.code(words)

    def number(self, key: str, default: Any = _REQUIRED) -> Any:
        """Return the number in a column, or the default if it is blank and there is a default."""
        value = self._own(key)
        if type(value) is float and math.isfinite(value):
            return value
        cell = self._cell(key)
        return default if default is not _REQUIRED and cell.blank else cell.number()

    def date(self, key: str, default: Any = _REQUIRED) -> Any:
        """Return the date in a column, or the default if it is blank and there is a default."""
        value = self._own(key)
        if type(value) is dt.date:
            return value
        cell = self._cell(key)
        return default if default is not _REQUIRED and cell.blank else cell.date()

    def address(self, key: str) -> str:
        """Return the sheet and address of the cell in a column."""
        return self._cell(key).place

    def _own(self, key: str) -> Any:
        """Return the value in a column of the table itself; an ellipsis where the column may stand elsewhere."""
        place = None if self._apart else self._places.get(self._called(key))
        return ... if place is None else self._values[place]

    def _cell(self, key: str) -> Cell:
        return self._under(self._called(key))

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
    """Return the names in a column, which must be distinct, and such that a spreadsheet can look them up."""
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


@lru_cache(maxsize=4096)
def _is_clean(text: str) -> bool:
    """Say whether a text plainly is as `clean` leaves it, and not blank: most are, and this is quick to ask."""
    return text.isprintable() and text != "" and text == text.strip() and unicodedata.is_normalized("NFC", text)


def _pure(value: Any) -> bool:
    """Say whether a formula reads a value as exactly the date that kpixl reads."""
    if isinstance(value, str):
        return False
    if isinstance(value, dt.datetime):
        return value.time() == dt.time()
    return isinstance(value, dt.date) or float(value).is_integer()


def _as_text(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)


def shown(value: Any) -> str:
    """Return a value as text for a sentence."""
    if isinstance(value, float):
        return f"{value:.15g}"
    return f"{value:%Y-%m-%d}" if type(value) is dt.date else "" if value is None else str(value)
