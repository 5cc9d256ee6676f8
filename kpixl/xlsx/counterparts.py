"""Where cells of one workbook stand in another that has the same tables and names.

A formula that is carried over names tables and names as before. What it says by sheet and address is looked up: cells
of a table or of a name are those of the table or name that is called so in the other workbook, wherever it stands
there and whatever rows and columns it has by now.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from kpixl.errors import WorkbookRefused
from kpixl.xlsx.address import Area, column_letters
from kpixl.xlsx.formulas import CellRange, Name, TableColumns, precedents, redirect, references
from kpixl.xlsx.table import Table
from kpixl.xlsx.workbook import Workbook

__all__ = ["Counterparts"]


class _Named(NamedTuple):
    sheet: str
    area: Area


class Counterparts:
    """Finds what formulas of the workbook `other` name in the workbook `own`.

    `sheets` are those that come along, each with its name here; `titles` what other sheets are called here, for links.
    `pointed` has the last word on every formula.
    """

    def __init__(
        self,
        own: Workbook,
        other: Workbook,
        sheets: Mapping[str, str],
        titles: Mapping[str, str],
        pointed: Callable[[str], str],
    ) -> None:
        self._own, self._other, self._sheets, self._titles, self._pointed = own, other, sheets, titles, pointed
        self._here, self._there = names(own), names(other)
        self.mentioned: set[str] = set()

    def formula(self, text: str) -> str:
        """Return a formula as it reads here, and note which names and tables it mentions.

        Raises
        ------
        WorkbookRefused
            It names cells of which it cannot be told where they are here.
        """
        for read in precedents(text, 1, 1):
            if isinstance(read, Name) and read.sheet is None:
                self.mentioned.add(read.name)
            elif isinstance(read, TableColumns) and read.table:
                self.mentioned.add(read.table)
        return self._pointed(redirect(text, self._reference))

    def link(self, location: str) -> str | None:
        """Return where a link within the workbook leads here; None where its sheet is not here."""
        if "!" not in location:
            text = self._there.get(location.casefold(), "")
            if location.casefold() in self._here or self.comes_along(text):
                return location
            return self.link(text) if "!" in text else None
        gone = False

        def change(sheet: str, reference: str) -> str | None:
            nonlocal gone
            title = self._sheets.get(sheet) or self._titles.get(sheet, sheet)
            gone |= title not in (*self._sheets.values(), *self._own.sheets)
            return None if title == sheet else f"{_quoted(title)}!{reference}"

        new = redirect(location, change)
        return None if gone else new

    def comes_along(self, text: str) -> bool:
        """Say whether a formula names cells or tables of the sheets that come along."""
        sheets = {title.casefold() for title in self._sheets}
        tables = {table.name.casefold() for table in self._other.tables.values() if table.sheet in self._sheets}
        for read in precedents(text, 1, 1):
            if isinstance(read, CellRange) and read.sheet is not None and read.sheet.casefold() in sheets:
                return True
            if isinstance(read, Name) and read.name in tables:
                return True
            if isinstance(read, TableColumns) and read.table in tables:
                return True
        return False

    def _reference(self, sheet: str, reference: str) -> str | None:
        title = next((title for title in self._sheets if title.casefold() == sheet.casefold()), None)
        if title is not None:
            return None if self._sheets[title] == title else f"{_quoted(self._sheets[title])}!{reference}"
        area = Area.find(reference)
        found = None if area is None else self._cells(sheet, area)
        if area is None or found is None:
            raise WorkbookRefused("xlsx_graft_reference", reference=f"{sheet}!{reference}")
        if (found.sheet, found.area) == (sheet, area):
            return None
        fixed = "$" if "$" in reference else ""
        corners = [found.area[:2], *([found.area[2:]] if ":" in reference or found.area[:2] != found.area[2:] else [])]
        cells = ":".join(f"{fixed}{column_letters(column)}{fixed}{row}" for column, row in corners)
        return f"{_quoted(found.sheet)}!{cells}"

    def _cells(self, sheet: str, area: Area) -> _Named | None:
        for name, table in self._other.tables.items():
            here = self._own.tables.get(name)
            if here is not None and table.sheet.casefold() == sheet.casefold() and _inside(area, Area.parse(table.ref)):
                moved = _in_table(table, here, area)
                if moved is not None:
                    return _Named(here.sheet, moved)
        for name, text in self._there.items():
            there, now = _area(text), _area(self._here.get(name, ""))
            if there is None or now is None or there.sheet.casefold() != sheet.casefold():
                continue
            columns, rows = now.area.left - there.area.left, now.area.top - there.area.top
            same = now.area[2:] == (there.area.right + columns, there.area.bottom + rows)
            if same and _inside(area, there.area):
                moved = Area(area.left + columns, area.top + rows, area.right + columns, area.bottom + rows)
                return _Named(now.sheet, moved)
        return None


def names(workbook: Workbook) -> dict[str, str]:
    """Return the names of the whole workbook, without regard to case, and what each stands for."""
    return {
        element.get("name", "").casefold(): element.text or ""
        for element in workbook.name_elements()
        if element.get("localSheetId") is None
    }


def _in_table(there: Table, here: Table, area: Area) -> Area | None:
    """Return the cells of a table that are of the same headings and rows as those of its like."""
    left = Area.parse(there.ref).left
    headings = there.columns[area.left - left : area.right - left + 1]
    if any(heading not in here.columns for heading in headings) or not here.header >= there.header:
        return None
    places = [here.columns.index(heading) for heading in headings]
    if places != list(range(places[0], places[0] + len(places))):
        return None
    edges = [_row(there, here, row) for row in (area.top, area.bottom)]
    if (area.top, area.bottom) == (there.body_area.top, there.body_area.bottom):
        edges = [here.body_area.top, here.body_area.bottom]
    elif area.bottom == there.body_area.bottom and area.top < there.body_area.top:
        edges[1] = here.body_area.bottom
    first = Area.parse(here.ref).left + places[0]
    if edges[0] is None or edges[1] is None:
        return None
    return Area(first, edges[0], first + len(places) - 1, edges[1])


def _row(there: Table, here: Table, row: int) -> int | None:
    """Return the row of a table that is the heading, the total or the one of the same number, of as many rows."""
    body, now = there.body_area, here.body_area
    if row < body.top:
        return now.top - 1
    if row > body.bottom:
        return now.bottom + 1 if here.totals else None
    same = body.bottom - body.top == now.bottom - now.top
    return now.top + row - body.top if same else None


def _area(text: str) -> _Named | None:
    """Return the sheet and cells that a name stands for, if it is just that."""
    found = references(text) or ()
    if len(found) != 1 or not isinstance(found[0], CellRange) or found[0].sheet is None:
        return None
    edges = (found[0].left, found[0].top, found[0].right, found[0].bottom)
    return _Named(found[0].sheet, Area(*(number for _, number in edges))) if all(edge[0] for edge in edges) else None


def _inside(area: Area, other: Area) -> bool:
    return other.holds(*area[:2]) and other.holds(*area[2:])


def _quoted(title: str) -> str:
    escaped = title.replace("'", "''")
    return f"'{escaped}'"
