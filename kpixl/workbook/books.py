"""A workbook as tables and names: the one small interface through which kpixl reads and writes a user's file.

The file may be closed, or open in Excel: a store reads and writes it, and everything else is said here once. Whatever
a cell should not hold is said with its sheet and address.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from kpixl import __version__
from kpixl.engine.numbers import parse_date, parse_number
from kpixl.errors import InvalidPlan, InvalidValue, UserError, WorkbookRefused
from kpixl.texts import LANGUAGES
from kpixl.workbook.blocks import Block, Calc, Column, Content, Table, placed
from kpixl.workbook.closed import FileStore
from kpixl.workbook.store import CellError, Store
from kpixl.xlsx import Cached, Formula, Receipt
from kpixl.xlsx import Table as Found
from kpixl.xlsx.address import Area, address

__all__ = ["LIVE", "Book", "Row"]

LIVE = "kpixl_live"  # the property of a workbook whose analyses are formulas of kpixl

_T = TypeVar("_T")
_REQUIRED: Any = object()
_PLACE = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!([$A-Z0-9:]+)")


class Book:
    """A plan workbook, opened for reading and for one save: the file at a path, or one in another store.

    `read` is what was read of it, by name, and where it stands.

    Raises
    ------
    WorkbookRefused
        When it is no workbook of kpixl, was made by a newer kpixl, or cannot be changed safely.
    """

    def __init__(self, source: Path | Store) -> None:
        self._store: Store = FileStore(source) if isinstance(source, Path) else source
        try:
            self.template, self.language = self._identity()
        except BaseException:
            self._store.close()
            raise
        self.read: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()

    @property
    def path(self) -> Path:
        """The file, or the name of a workbook that has none yet."""
        return self._store.path

    @property
    def live(self) -> bool:
        """Whether the analyses of the workbook are formulas of kpixl."""
        return LIVE in self._store.properties

    def rows(self, table: str, *, blank: bool = False) -> list["Row"]:
        """Return the rows of a table, those that are blank only where asked for."""
        found = self._table(table)
        left, top, *_ = found.body_area
        self.read[table] = f"{found.sheet}!{found.body}"
        rows = [
            Row(found.sheet, number, left, found.columns, values)
            for number, values in enumerate(self._store.values(found.sheet, found.body_area), top)
        ]
        return [row for row in rows if blank or any(value not in (None, "") for value in row.values)]

    def headings(self, table: str) -> dict[str, str]:
        """Return the headings of a table with the sheet and address of each."""
        found = self._table(table)
        area = Area.parse(found.ref)
        return {
            heading: f"{found.sheet}!{address(area.left + place, area.top)}"
            for place, heading in enumerate(found.columns)
        }

    def number(self, name: str) -> float:
        """Return the number in the cell with a defined name."""
        return self._typed(name, parse_number)

    def date(self, name: str) -> dt.date:
        """Return the date in the cell with a defined name."""
        return self._typed(name, parse_date)

    def write_table(self, table: Table) -> None:
        """Write the rows of a table of kpixl's into the workbook, whatever place and columns it has there by now.

        Typed columns are the user's: their cells stay with the row they were typed beside.
        """
        found = self._table(table.name)
        own = [place for place, column in enumerate(table.columns) if not column.typed]
        columns = [table.columns[place] for place in own]
        for heading in (column.heading for column in columns):
            if heading not in found.columns:
                raise WorkbookRefused(
                    "table_column", table=table.name, sheet=found.sheet, heading=heading, found=", ".join(found.columns)
                )
        body, headings = found.body_area, found.columns
        rows = [[_written(table.columns[place], row[place], body, headings) for place in own] for row in table.rows]
        sources = self._sources(found, table) if table.keys else None
        self._store.replace_table(table.name, columns, rows, sources)
        self._write_sums(table)

    def write_block(self, block: Block) -> None:
        """Write the values of a named block, if it still has the shape in which kpixl made it."""
        sheet, area = self._place(str(block.name))
        shape = area.bottom - area.top + 1, area.right - area.left + 1
        if shape != (len(block.rows), max(len(row) for row in block.rows)):
            return
        cells = {
            address(area.left + across, area.top + down): _content(cell.content, spilled=bool(block.spill))
            for down, row in enumerate(block.rows)
            for across, cell in enumerate(row)
            if cell is not None
        }
        self._store.set_cells(sheet, cells)

    def save(self, *, dry_run: bool = False) -> Receipt:
        """Write everything at once, or only say what would be written."""
        self._store.set_property("kpixl_version", __version__)
        return self._store.save(dry_run=dry_run)

    def _identity(self) -> tuple[str, str]:
        properties, name = self._store.properties, self._store.path.name
        if "kpixl_template" not in properties:
            raise WorkbookRefused("not_a_plan", path=name)
        made_by = str(properties.get("kpixl_version", "0"))
        if _version(made_by) > _version(__version__):
            raise WorkbookRefused("newer_kpixl", path=name, given=made_by, own=__version__)
        language = str(properties.get("kpixl_language"))
        return str(properties["kpixl_template"]), language if language in LANGUAGES else LANGUAGES[0]

    def _table(self, name: str) -> Found:
        tables = self._store.tables
        if name not in tables:
            raise WorkbookRefused("table_missing", table=name, found=", ".join(sorted(tables)))
        return tables[name]

    def _write_sums(self, table: Table) -> None:
        """Write the values of the totals row, where the user has left it the sums that kpixl made."""
        found = self._table(table.name)
        area = Area.parse(found.ref)
        sums = {
            address(area.left + found.columns.index(column.heading), area.bottom): Cached(table.sum_of(place))
            for place, column in enumerate(table.columns)
            if table.total and found.totals and column.heading in found.sums
        }
        self._store.set_cells(found.sheet, sums)

    def _sources(self, found: Found, table: Table) -> list[int | None]:
        """Return, for each row of `table`, which row of the workbook it was so far, by its key columns."""
        places = [found.columns.index(column.heading) for column in table.columns[: table.keys]]
        grid = self._store.values(found.sheet, found.body_area)
        before = {_key([row[place] for place in places]): index for index, row in enumerate(grid)}
        return [before.get(_key(row[: table.keys])) for row in table.rows]

    def _typed(self, name: str, read: Callable[[Any], _T]) -> _T:
        sheet, area = self._place(name)
        if area[:2] != area[2:]:
            raise WorkbookRefused("name_missing", name=name, found=self._store.reference(name))
        [[value]] = self._store.values(sheet, area)
        self.read[name] = f"{sheet}!{address(area.left, area.top)}"
        return _read(value, read, self.read[name], name)

    def _place(self, name: str) -> tuple[str, Area]:
        reference = self._store.reference(name)
        found = _PLACE.fullmatch(reference)
        area = Area.find(found[3]) if found else None
        if found is None or area is None:
            raise WorkbookRefused("name_missing", name=name, found=reference or "–")
        return (found[1] or "").replace("''", "'") or found[2], area


class Row:
    """A row of a table: its values by heading, each read as what it should be."""

    def __init__(self, sheet: str, number: int, left: int, headings: Sequence[str], values: Sequence[Any]) -> None:
        self.values = values
        self._sheet, self._number, self._left, self._headings = sheet, number, left, headings

    def text(self, heading: str) -> str:
        """Return the text under a heading, "" where it is blank."""
        value = self._value(heading)
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return "" if value is None else str(value).strip()

    def raw(self, heading: str) -> Any:
        """Return what stands under a heading as it is, None where it is blank."""
        value = self.values[self._index(heading)]
        return None if value == "" else value

    def required(self, heading: str) -> str:
        """Return the text under a heading, which must not be blank."""
        text = self.text(heading)
        if not text:
            raise InvalidPlan("cell_blank", cell=self.address(heading), heading=heading)
        return text

    def number(self, heading: str, default: Any = _REQUIRED) -> Any:
        """Return the number under a heading; where it is blank the default, if there is one."""
        return self._as(heading, parse_number, default)

    def date(self, heading: str, default: Any = _REQUIRED) -> Any:
        """Return the date under a heading; where it is blank the default, if there is one."""
        return self._as(heading, parse_date, default)

    def _as(self, heading: str, read: Callable[[Any], Any], default: Any) -> Any:
        value = self._value(heading)
        if value in (None, "") and default is not _REQUIRED:
            return default
        return _read(value, read, self.address(heading), heading)

    def _value(self, heading: str) -> Any:
        """Return what stands under a heading, which must not be an error."""
        value = self.values[self._index(heading)]
        if isinstance(value, CellError):
            raise InvalidPlan("cell_error", cell=self.address(heading), given=value)
        return value

    def _index(self, heading: str) -> int:
        if heading not in self._headings:
            raise InvalidPlan("heading_missing", sheet=self._sheet, heading=heading, found=", ".join(self._headings))
        return list(self._headings).index(heading)

    def address(self, heading: str) -> str:
        """Return the sheet and address of the cell under a heading."""
        return f"{self._sheet}!{address(self._left + self._index(heading), self._number)}"


def _read(value: Any, read: Callable[[Any], _T], cell: str, what: str) -> _T:
    if value in (None, ""):
        raise InvalidPlan("cell_blank", cell=cell, heading=what)
    try:
        return read(value)
    except (UserError, InvalidValue) as error:
        raise InvalidPlan("cell_wrong", cell=cell, reason=error) from error


def _written(column: Column, content: Content, body: Area, headings: Sequence[str]) -> Any:
    if isinstance(content, Calc):
        calc = placed(content, body, headings)
        return Formula(calc.formula, calc.value)
    return content if column.formula is None else Cached(content)


def _content(content: Content, *, spilled: bool) -> Any:
    value = content.value if isinstance(content, Calc) else content
    return Cached(value) if spilled or isinstance(content, Calc) else value


def _key(values: Sequence[Any]) -> tuple[object, ...]:
    return tuple(
        value.isoformat()[:10] if isinstance(value, dt.date) else "" if value is None else value for value in values
    )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,9}", text)[:3])
