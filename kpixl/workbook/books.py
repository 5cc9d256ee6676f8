"""A workbook as tables and names: the one small interface through which kpixl reads and writes a user's file.

The file may be closed, or open in Excel: a store reads and writes it, and everything else is defined here once. Every
complaint about the content of a cell names its sheet and address.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kpixl import __version__
from kpixl.errors import InvalidPlan, WorkbookRefused
from kpixl.plan.currency import YEN, paid_in
from kpixl.plan.names import clean
from kpixl.texts import LANGUAGES, speaking
from kpixl.workbook.added import added_headings, is_added_name, is_added_table
from kpixl.workbook.apart import Apart, row_key
from kpixl.workbook.blocks import Sheet
from kpixl.workbook.closed import FileStore
from kpixl.workbook.keys import read_keys, write_keys
from kpixl.workbook.money import CURRENCY, currency_codes, follow_currency
from kpixl.workbook.schema import heading_of, in_force
from kpixl.workbook.store import Store, required_area, required_table
from kpixl.workbook.typed import Cell, Mended, Row, shown
from kpixl.workbook.writing import Writing
from kpixl.xlsx import Package, Receipt
from kpixl.xlsx import Table as Found
from kpixl.xlsx.address import Area, address
from kpixl.xlsx.properties import Property

__all__ = ["LIVE", "Book", "Row"]

LIVE = "kpixl_live"  # the property of a workbook whose analyses are formulas of kpixl


class Book:
    """A plan workbook, opened for reading and for one save: a file at a path, or a workbook in another store.

    `read` maps the tables and names that were read to their addresses. `mended` are the cells whose content was read
    as another value; a save writes that value into them. `writing` writes kpixl's own tables and blocks.

    Raises
    ------
    WorkbookRefused
        If it is not a plan workbook, was made by a newer kpixl, or cannot be changed safely.
    """

    def __init__(self, source: Path | Store) -> None:
        self._store: Store = FileStore(source) if isinstance(source, Path) else source
        try:
            self.template, self.language = self._identity()
            self.written = read_keys(self._store, self.language)
        except BaseException:
            self._store.close()
            raise
        self.writing = Writing(self._store, self.values)
        self.read: dict[str, str] = {}
        self._mended: dict[tuple[str, int, int], Mended] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """Use the workbook's language, headings, words and currency within the `with` block."""
        with speaking(self.language, self.written.words), in_force(self.written.headings), paid_in(self._currency()):
            yield

    @property
    def path(self) -> Path:
        """The path of the file, or the name of a workbook that has not been saved yet."""
        return self._store.path

    @property
    def folder(self) -> Path | None:
        """The folder that the workbook lies in, if it lies in one."""
        return self._store.folder

    @property
    def live(self) -> bool:
        """Whether the analyses of the workbook are kpixl formulas."""
        return LIVE in self._store.properties

    @property
    def timezone(self) -> str:
        """The time zone of the plan's days."""
        return str(self._store.properties.get("kpixl_timezone", "Asia/Tokyo"))

    @property
    def mended(self) -> tuple[Mended, ...]:
        """The cells that hold something other than what was read from them."""
        return tuple(self._mended.values())

    def rows(self, table: str, *, blank: bool = False, up_to: str | None = None) -> list["Row"]:
        """Return the rows of a table, including blank ones only if asked for.

        Of a long table only the columns may be read `up_to` the one with this key.
        """
        if not self.has(table) and is_added_table(table):
            return []
        found = required_table(self._store, table)
        left, top, *_ = found.body_area
        self.read[table] = f"{found.sheet}!{found.body}"
        places = {heading: place for place, heading in enumerate(found.columns)}
        called, added = cache(partial(heading_of, table)), added_headings(table)
        area = found.body_area
        if up_to is not None and called(up_to) in places and not Apart(self._store.tables).of(table):
            area = area._replace(right=left + places[called(up_to)])
            places = {heading: place for heading, place in places.items() if left + place <= area.right}
        grid = self.values(found.sheet, area)
        apart = self._cells_apart(found, grid)
        rows = [
            Row(called, found.sheet, top + index, left, places, values, self._mend, apart[index], added)
            for index, values in enumerate(grid)
        ]
        return [row for row in rows if blank or not row.blank]

    def has(self, table: str) -> bool:
        """Say whether there is a table with this name."""
        return table in self._store.tables

    def headings(self, table: str) -> dict[str, str]:
        """Return the headings of a table with the sheet and address of each."""
        found = required_table(self._store, table)
        area = Area.parse(found.ref)
        return {
            heading: f"{found.sheet}!{address(area.left + index, area.top)}"
            for index, heading in enumerate(found.columns)
        }

    def number(self, name: str, default: float | None = None) -> float:
        """Return the number in the cell with a defined name; a default, if given, where it is blank or not there."""
        if default is not None and is_added_name(name) and not self._store.reference(name):
            return default
        cell = self._typed(name)
        return default if default is not None and cell.blank else cell.number()

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

    def code(self, name: str, words: Mapping[str, str]) -> str:
        """Return the code of the word in the cell with a defined name, "" if the cell is blank; see `Cell.code`."""
        if is_added_name(name) and not self._store.reference(name):
            return ""
        return self._typed(name).code(words)

    def name(self, name: str, known: Sequence[str] = ()) -> str:
        """Return the name in the cell with a defined name, "" if it is blank; see `Cell.name`."""
        if is_added_name(name) and not self._store.reference(name):
            return ""
        return self._typed(name).name(known)

    def read_as(self, name: str, read: Callable[[Any], str], default: str) -> str:
        """Return what `read` makes of the cell with a defined name; the default if the cell is blank or not there."""
        if is_added_name(name) and not self._store.reference(name):
            return default
        cell = self._typed(name)
        return default if cell.blank else cell.read_as(read)

    @property
    def package(self) -> Package | None:
        """The file, to which missing parts can be added; None if the workbook is open in Excel."""
        return self._store.package

    @property
    def tables(self) -> Mapping[str, Found]:
        """The tables by name."""
        return self._store.tables

    @property
    def properties(self) -> Mapping[str, Property]:
        """The custom document properties."""
        return self._store.properties

    def set_property(self, name: str, value: str) -> None:
        """Set a custom document property."""
        self._store.set_property(name, value)

    def values(self, sheet: str, area: Area) -> list[list[Any]]:
        """Return the values of an area, row by row; mended cells have the value that was read from them."""
        rows = self._store.values(sheet, area)
        for (title, column, row), (_, _, right) in self._mended.items():
            if title == sheet and area.holds(column, row):
                rows[row - area.top][column - area.left] = right
        return rows

    def refers_to(self, name: str) -> str:
        """Return what a defined name refers to, "" if there is no such name."""
        return self._store.reference(name)

    def place(self, name: str) -> tuple[str, Area] | None:
        """Return the sheet and area of a defined name; None if a newer kpixl added the name and it is missing."""
        return None if is_added_name(name) and not self._store.reference(name) else required_area(self._store, name)

    def see_columns(self) -> None:
        """Take the columns that were added to tables into the headings that `speaking` uses from then on."""
        self.written = read_keys(self._store, self.language)

    def write_keys(self, sheets: Sequence[Sheet]) -> str:
        """Record the keys of all headings that `sheets` describe; return the title of the key sheet if it is new."""
        return write_keys(self._store, sheets)

    def save(self, *, dry_run: bool = False) -> Receipt:
        """Write everything at once, or with `dry_run` only report what would be written."""
        self._store.set_property("kpixl_version", __version__)
        return self._store.save(dry_run=dry_run)

    def _currency(self) -> str:
        """Return the currency, yen if its cell is missing or cannot be read, which is for `read_plan` to say."""
        if not self._store.reference(CURRENCY):
            return YEN
        sheet, area = required_area(self._store, CURRENCY)
        said = self._store.values(sheet, area)[0][0]
        return currency_codes().get(clean(said) if isinstance(said, str) else "", YEN) if said else ""

    def follow_currency(self, currency: str) -> tuple[str, ...]:
        """Have the formats of amounts follow the currency; see `kpixl.workbook.money`."""
        return follow_currency(self._store, currency, self.language)

    def _identity(self) -> tuple[str, str]:
        properties, name = self._store.properties, self._store.path.name
        if "kpixl_template" not in properties:
            raise WorkbookRefused("not_a_plan", path=name)
        made_by = str(properties.get("kpixl_version", "0"))
        if _version(made_by) > _version(__version__):
            raise WorkbookRefused("newer_kpixl", path=name, given=made_by, own=__version__)
        language = str(properties.get("kpixl_language"))
        return str(properties["kpixl_template"]), language if language in LANGUAGES else LANGUAGES[0]

    def _cells_apart(self, found: Found, grid: Sequence[Sequence[Any]]) -> list[dict[str, Cell]]:
        """Return, for each row of a table, its cells in the second table, looked up by the key of the row."""
        elsewhere = Apart(self._store.tables).of(found.name)
        if not elsewhere:
            return [{} for _ in grid]
        more = next(iter(elsewhere.values()))
        keys = self._shared(found, more)
        own, others = [found.columns.index(name) for name in keys], [more.columns.index(name) for name in keys.values()]
        body = more.body_area
        rows = self.values(more.sheet, body)
        by_key = {row_key([row[place] for place in others]): index for index, row in enumerate(rows)}
        cells = []
        for index, values in enumerate(grid):
            there = by_key.get(row_key([values[place] for place in own]), len(rows)) if keys else index
            row: dict[str, Cell] = {}
            for heading in elsewhere if there < len(rows) else ():
                place = more.columns.index(heading)
                value = rows[there][place]
                row[heading] = Cell(more.sheet, body.left + place, body.top + there, heading, value, self._mend)
            cells.append(row)
        return cells

    def _shared(self, found: Found, more: Found) -> dict[str, str]:
        """Return the headings of the columns that a table shares with its second table, mapped to those there."""
        known = self.written.headings.known
        pairs = {known.get((found.name, key)): heading for (table, key), heading in known.items() if table == more.name}
        if pairs:
            return {own: heading for own, heading in pairs.items() if own in found.columns}
        return {heading: heading for heading in more.columns if heading in found.columns}

    def _typed(self, name: str) -> Cell:
        sheet, area = required_area(self._store, name)
        if area[:2] != area[2:]:
            raise WorkbookRefused("name_missing", name=name, found=self._store.reference(name))
        [[value]] = self.values(sheet, area)
        cell = Cell(sheet, area.left, area.top, name, value, self._mend)
        self.read[name] = cell.place
        return cell

    def _mend(self, cell: Cell, right: Any) -> None:
        """Write the value that was read into its cell; the result of a formula is for the user to mend."""
        if self._store.holds_formula(cell.sheet, cell.column, cell.row):
            raise InvalidPlan("cell_formula", cell=cell.place, given=shown(cell.value), right=shown(right))
        place = cell.sheet, cell.column, cell.row
        before = self._mended[place].before if place in self._mended else cell.value
        self._mended[place] = Mended(cell.place, before, right)
        self._store.set_cells(cell.sheet, {address(cell.column, cell.row): right})


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,9}", text)[:3])
