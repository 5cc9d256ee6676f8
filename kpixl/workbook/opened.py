"""A workbook that is open in Excel: its tables and names, read and written through xlwings.

Changes are collected first, and everything that could be refused is checked before a cell changes. Only cells whose
content differs are written, because writing clears Excel's undo history. Computing formulas is left to Excel.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from kpixl.errors import WorkbookRefused
from kpixl.workbook import entries, native
from kpixl.workbook.blocks import Column
from kpixl.workbook.books import Book
from kpixl.workbook.entering import Change, Entering, Resize, way
from kpixl.workbook.entries import Entry
from kpixl.workbook.store import Rows, Sources
from kpixl.xlsx import Cached, Formula, Receipt, Table, Value, Written
from kpixl.xlsx.address import Area, address
from kpixl.xlsx.properties import Property

__all__ = ["ExcelStore", "in_excel", "while_closed"]


def in_excel(workbook: Any) -> Book:
    """Open the plan in a workbook that is open in Excel for Windows.

    Parameters
    ----------
    workbook
        An xlwings Book, or Excel's own Workbook object as passed by a macro; the latter may be unsaved, in the cloud,
        or open in any of several Excel instances.

    Raises
    ------
    WorkbookRefused
        If it is not a plan workbook, was made by a newer kpixl, or Excel is the one for the Mac.
    """
    import xlwings  # noqa: PLC0415 - loads pandas, and is needed only in Excel

    if sys.platform == "darwin":
        raise WorkbookRefused("open_mac")
    if not isinstance(workbook, xlwings.Book):
        workbook = xlwings.Book(impl=xlwings._xlwindows.Book(xl=workbook))  # type: ignore[attr-defined]
    return Book(ExcelStore(workbook))


def while_closed(act: Callable[[Path], str]) -> None:
    """Save and close the workbook that called xlwings' RunPython, act on its file, reopen it and show the message."""
    import xlwings  # noqa: PLC0415

    book = xlwings.Book.caller()
    app, path = book.app, Path(book.fullname)
    book.save()
    book.close()
    try:
        told = act(path)
    finally:
        app.books.open(str(path))
    app.alert(told, "kpixl")


class _Cell(NamedTuple):
    sheet: str
    column: int
    row: int


class ExcelStore:
    """The tables and names of a workbook that is open in Excel; see `kpixl.workbook.store.Store`.

    `book` is an xlwings Book.
    """

    def __init__(self, book: Any) -> None:
        self._book = book
        self.path = Path(book.name)
        self.package = None
        self._values: dict[tuple[str, Area], list[list[Any]]] = {}
        self._changes: dict[_Cell, Change] = {}
        self._resizes: dict[str, Resize] = {}
        self._properties: dict[str, str] = {}

    @property
    def folder(self) -> Path | None:
        """The folder that the workbook lies in; None for one that has not been saved yet, or lies in the cloud."""
        place = str(self._book.api.FullName)  # xlwings would look for a folder of the cloud
        return None if "://" in place or place == self._book.name else Path(place).parent

    @cached_property
    def properties(self) -> Mapping[str, Property]:
        """The custom document properties."""
        return native.properties(self._book)

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """The tables by name."""
        return {name: _described(name, table) for name, table in self._listed.items()}

    def reference(self, name: str) -> str:
        """Return what a defined name refers to."""
        names = self._book.names
        return str(names[name].refers_to or "").removeprefix("=") if name in names else ""

    def values(self, sheet: str, area: Area) -> list[list[Any]]:
        """Return the values of an area, row by row."""
        if (sheet, area) not in self._values:
            cells = self._range(sheet, area)
            rows = _rows(cells.raw_value)
            if any(isinstance(value, Decimal) for row in rows for value in row):
                stored = _rows(native.plain_values(cells))
                rows = [
                    [plain if isinstance(value, Decimal) else value for value, plain in zip(*both, strict=True)]
                    for both in zip(rows, stored, strict=True)
                ]
            self._values[sheet, area] = [[entries.read(value) for value in row] for row in rows]
        return self._values[sheet, area]

    def holds_formula(self, sheet: str, column: int, row: int) -> bool:
        """Say whether a cell holds a formula."""
        [[entry]] = self._contents(sheet, Area(column, row, column, row))
        return isinstance(entry, entries.Held)

    def formulas(self, sheet: str, area: Area) -> list[list[str | None]]:
        """Return the formulas of an area, row by row."""
        return [
            [entry.text.removeprefix("=") if isinstance(entry, entries.Held) else None for entry in row]
            for row in self._contents(sheet, area)
        ]

    def set_cells(self, sheet: str, cells: Mapping[str, Written]) -> None:
        """Write cells of a sheet by address; what Excel computes is left to Excel."""
        wanted = {Area.parse(place): value for place, value in cells.items() if not isinstance(value, Cached)}
        if not wanted:
            return
        left, top = min(area.left for area in wanted), min(area.top for area in wanted)
        around = Area(left, top, max(area.left for area in wanted), max(area.top for area in wanted))
        held = self._contents(sheet, around)
        for area, value in wanted.items():
            self._change(_Cell(sheet, area.left, area.top), held[area.top - top][area.left - left], self._entry(value))

    def stands(self, name: str, columns: Sequence[Column], rows: Rows) -> bool:
        """Say that it is not sure whether a table holds rows already: cells that differ are found when it is saved."""
        return False

    def replace_table(self, name: str, columns: Sequence[Column], rows: Rows, sources: Sources) -> None:
        """Replace the rows of a table; columns not given are the user's, and their cells move with their row."""
        table = self.tables[name]
        body = table.body_area
        old = self._contents(table.sheet, body)
        shown = max(1, len(rows))
        bottom = body.top + shown - 1
        self._require_room(table, bottom + table.totals)
        given = {table.columns.index(column.heading): place for place, column in enumerate(columns)}
        from_row = [*range(min(shown, len(old))), *[None] * (shown - len(old))] if sources is None else [*sources]
        if not rows:
            from_row, rows = [None], [[None] * len(columns)]
        for across in range(len(table.columns)):
            held = [row[across] for row in old]
            place = given.get(across)
            formula: Entry = entries.calculated(held)
            if formula is None and place is not None and (own := columns[place].formula) is not None:
                formula = Formula(own)
            for index, source in enumerate(from_row):
                value = None if place is None else rows[index][place]
                if place is not None and not isinstance(value, Cached):
                    wanted = self._entry(value)
                elif source is None:
                    wanted = entries.moved(formula, index)
                else:
                    wanted = entries.moved(held[source], index - source)
                before = held[index] if index < len(held) else None
                self._change(_Cell(table.sheet, body.left + across, body.top + index), before, wanted, name)
            for index in range(shown, len(held)):
                self._change(_Cell(table.sheet, body.left + across, body.top + index), held[index], None, name)
        if bottom != body.bottom:
            self._resizes[name] = Resize(self._listed[name], table, bottom)

    def set_property(self, name: str, value: Property) -> None:
        """Set a custom document property to a text."""
        if self.properties.get(name) != value:
            self._properties[name] = str(value)

    def save(self, *, dry_run: bool = False) -> Receipt:
        """Write everything into the open workbook, or only report what would be written; the user saves the file.

        Raises
        ------
        WorkbookRefused
            If a sheet is protected, a filter hides rows of a table, or Excel refuses a change; nothing is changed then.
        """
        self._require_open_sheets()
        cells: dict[str, int] = {}
        for place in self._changes:
            cells[place.sheet] = cells.get(place.sheet, 0) + 1
        if not dry_run and (self._changes or self._resizes or self._properties):
            entering = Entering(self._book, self._formulas)
            entering.enter(self._runs(), list(self._resizes.values()), self._properties)
        return Receipt(
            path=self.path, read=(), changed=(), added=(), dropped=(), cells=cells, followed=(), to_calculate=0
        )

    def close(self) -> None:
        """Leave the workbook open: it is the user's."""

    @cached_property
    def _listed(self) -> dict[str, Any]:
        return {table.name: table for sheet in self._book.sheets for table in sheet.tables}

    @cached_property
    def _date1904(self) -> bool:
        return native.counts_from_1904(self._book)

    @cached_property
    def _formulas(self) -> str:
        """The range property that returns formulas unchanged; an Excel without dynamic arrays has only `formula`."""
        try:
            _ = self._book.sheets[0].range("A1").formula2
        except Exception:  # whatever this Excel raises for a property that it does not have
            return "formula"
        return "formula2"

    def _range(self, sheet: str, area: Area) -> Any:
        return self._book.sheets[sheet].range((area.top, area.left), (area.bottom, area.right))

    def _contents(self, sheet: str, area: Area) -> list[list[Entry]]:
        cells = self._range(sheet, area)
        values, formulas = _rows(native.plain_values(cells)), _rows(getattr(cells, self._formulas))
        contents = [
            [entries.content(value, formula) for value, formula in zip(*both, strict=True)]
            for both in zip(values, formulas, strict=True)
        ]
        for place, change in self._changes.items():  # pending changes count as already written
            if place.sheet == sheet and area.holds(place.column, place.row):
                contents[place.row - area.top][place.column - area.left] = change.wanted
        return contents

    def _entry(self, value: Value | Formula) -> Entry:
        return entries.to_enter(value, date1904=self._date1904)

    def _change(self, place: _Cell, before: Entry, wanted: Entry, table: str = "") -> None:
        pending = self._changes.pop(place, None)
        before = before if pending is None else pending.before
        if not entries.same(before, wanted, table):
            self._changes[place] = Change(before, wanted)

    def _runs(self) -> Iterator[tuple[str, Area, list[Change]]]:
        """Yield sheet, area and changes of consecutive cells of a column that are entered in the same way."""

        def kind(numbered: tuple[int, _Cell]) -> tuple[object, ...]:
            number, place = numbered
            return place.sheet, place.column, place.row - number, way(self._changes[place].wanted, self._formulas)

        for _, run in groupby(enumerate(sorted(self._changes)), kind):
            places = [place for _, place in run]
            (sheet, column, first), last = places[0], places[-1].row
            yield sheet, Area(column, first, column, last), [self._changes[place] for place in places]

    def _require_room(self, table: Table, bottom: int) -> None:
        """Refuse to let a table grow over anything below it."""
        area = Area.parse(table.ref)
        if bottom <= area.bottom:
            return
        below = Area(area.left, area.bottom + 1, area.right, bottom)
        taken = [
            address(below.left + across, below.top + down)
            for down, row in enumerate(self._contents(table.sheet, below))
            for across, entry in enumerate(row)
            if entry is not None
        ]
        others = (other for other in self.tables.values() if other.sheet == table.sheet and other.name != table.name)
        taken += [other.name for other in others if Area.parse(other.ref).overlaps(below)]
        if not taken and self._range(table.sheet, below).merge_cells is not False:  # None: some of them
            taken = [str(below)]
        if taken:
            raise WorkbookRefused(
                "xlsx_no_room",
                table=table.name,
                sheet=table.sheet,
                area=str(Area(*area[:3], bottom)),
                obstacle=taken[0],
            )

    def _require_open_sheets(self) -> None:
        sheets = {place.sheet for place in self._changes} | {resize.table.sheet for resize in self._resizes.values()}
        for sheet in sorted(sheets):
            if native.is_protected(self._book.sheets[sheet]):
                raise WorkbookRefused("open_protected", sheet=sheet)
        for name, table in self.tables.items():
            area = Area.parse(table.ref)
            inside = any(place.sheet == table.sheet and area.holds(*place[1:]) for place in self._changes)
            if (inside or name in self._resizes) and native.is_filtered(self._listed[name]):
                raise WorkbookRefused("open_filtered", table=name, sheet=table.sheet)


def _described(name: str, table: Any) -> Table:
    cells, headings = table.range, table.header_row_range
    (top, left), (rows, columns) = (cells.row, cells.column), cells.shape
    return Table(
        name=name,
        sheet=table.parent.name,
        ref=str(Area(left, top, left + columns - 1, top + rows - 1)),
        columns=tuple(str(heading) for row in _rows(headings.raw_value) for heading in row)
        if headings is not None
        else (),
        header=headings is not None,
        totals=bool(table.show_totals),
        part="",
    )


def _rows(raw: Any) -> list[list[Any]]:
    """Return Excel's answer for a range as rows; for a single cell the answer is a bare value."""
    if not isinstance(raw, tuple | list):
        return [[raw]]
    return [list(row) if isinstance(row, tuple | list) else [row] for row in raw]
