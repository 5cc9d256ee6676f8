"""A workbook as tables and names: the one small interface through which kpixl reads and writes a user's file.

The file may be closed, or open in Excel: a store reads and writes it, and everything else is said here once. Whatever
a cell should not hold is said with its sheet and address.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kpixl import __version__
from kpixl.errors import InvalidPlan, WorkbookRefused
from kpixl.texts import LANGUAGES
from kpixl.workbook.blocks import Block, Calc, Column, Content, Table, placed
from kpixl.workbook.closed import FileStore
from kpixl.workbook.store import Store
from kpixl.workbook.typed import Cell, Mended, Row, shown
from kpixl.xlsx import Cached, Formula, Receipt
from kpixl.xlsx import Table as Found
from kpixl.xlsx.address import Area, address

__all__ = ["LIVE", "Book", "Row"]

LIVE = "kpixl_live"  # the property of a workbook whose analyses are formulas of kpixl

_PLACE = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!([$A-Z0-9:]+)")


class Book:
    """A plan workbook, opened for reading and for one save: the file at a path, or one in another store.

    `read` is what was read of it, by name, and where it stands; `mended` are the cells that were read as something else
    than stands in them, which a save writes as they were read.

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
        self._mended: dict[tuple[str, int, int], Mended] = {}

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

    @property
    def timezone(self) -> str:
        """The time zone of the plan's days."""
        return str(self._store.properties.get("kpixl_timezone", "Asia/Tokyo"))

    @property
    def mended(self) -> tuple[Mended, ...]:
        """The cells that hold something else than was read in them."""
        return tuple(self._mended.values())

    def rows(self, table: str, *, blank: bool = False) -> list["Row"]:
        """Return the rows of a table, those that are blank only where asked for."""
        found = self._table(table)
        left, top, *_ = found.body_area
        self.read[table] = f"{found.sheet}!{found.body}"
        places = {heading: place for place, heading in enumerate(found.columns)}
        rows = [
            Row(found.sheet, number, left, places, values, self._mend)
            for number, values in enumerate(self._values(found.sheet, found.body_area), top)
        ]
        return [row for row in rows if blank or not row.blank]

    def has(self, table: str) -> bool:
        """Say whether there is a table of this name."""
        return table in self._store.tables

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
        return self._typed(name).number()

    def date(self, name: str) -> dt.date:
        """Return the date in the cell with a defined name."""
        return self._typed(name).date()

    def month(self, name: str) -> dt.date:
        """Return the month in the cell with a defined name, which must hold its first day."""
        cell = self._typed(name)
        day = cell.date()
        if day.day != 1:
            raise InvalidPlan("cell_month", cell=cell.place, given=day, right=day.replace(day=1))
        return day

    def text(self, name: str) -> str:
        """Return the text in the cell with a defined name, "" where it is blank."""
        sheet, area = self._place(name)
        [[value, *_], *_] = self._store.values(sheet, area)
        self.read[name] = f"{sheet}!{address(area.left, area.top)}"
        return "" if value is None else str(value).strip()

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

    def fill(self, table: str, rows: Mapping[int, Mapping[str, Any]]) -> None:
        """Write into rows of a typed table, by their place from 0 and by heading; it grows for those beyond its end."""
        found = self._table(table)
        body, headings = found.body_area, list(found.columns)
        old, new = body.bottom - body.top + 1, max(rows) + 1
        if new > old:
            self._store.replace_table(table, [], [()] * new, [*range(old), *[None] * (new - old)])
        cells = {
            address(body.left + headings.index(heading), body.top + place): value
            for place, row in rows.items()
            for heading, value in row.items()
            if heading in headings
        }
        self._store.set_cells(found.sheet, cells)

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
        grid = self._values(found.sheet, found.body_area)
        before = {_key([row[place] for place in places]): index for index, row in enumerate(grid)}
        return [before.get(_key(row[: table.keys])) for row in table.rows]

    def _typed(self, name: str) -> Cell:
        sheet, area = self._place(name)
        if area[:2] != area[2:]:
            raise WorkbookRefused("name_missing", name=name, found=self._store.reference(name))
        [[value]] = self._values(sheet, area)
        cell = Cell(sheet, area.left, area.top, name, value, self._mend)
        self.read[name] = cell.place
        return cell

    def _values(self, sheet: str, area: Area) -> list[list[Any]]:
        """Return the values of an area, with what was read otherwise than it stands as it was read."""
        rows = self._store.values(sheet, area)
        for (title, column, row), (_, _, right) in self._mended.items():
            if title == sheet and area.holds(column, row):
                rows[row - area.top][column - area.left] = right
        return rows

    def _mend(self, cell: Cell, right: Any) -> None:
        """Have a cell hold what was read in it; what a formula gives is its user's to mend."""
        if self._store.holds_formula(cell.sheet, cell.column, cell.row):
            raise InvalidPlan("cell_formula", cell=cell.place, given=shown(cell.value), right=shown(right))
        place = cell.sheet, cell.column, cell.row
        before = self._mended[place].before if place in self._mended else cell.value
        self._mended[place] = Mended(cell.place, before, right)
        self._store.set_cells(cell.sheet, {address(cell.column, cell.row): right})

    def _place(self, name: str) -> tuple[str, Area]:
        reference = self._store.reference(name)
        found = _PLACE.fullmatch(reference)
        area = Area.find(found[3]) if found else None
        if found is None or area is None:
            raise WorkbookRefused("name_missing", name=name, found=reference or "–")
        return (found[1] or "").replace("''", "'") or found[2], area


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
