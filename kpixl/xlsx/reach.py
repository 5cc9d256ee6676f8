"""Which cells lie behind the ranges, names and table columns that a formula reads."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from kpixl.xlsx.address import LAST_COLUMN, LAST_ROW, Area
from kpixl.xlsx.changes import EVERYTHING, Changes, Place
from kpixl.xlsx.formulas import (
    CellRange,
    Name,
    Precedent,
    TableColumns,
    Unknowable,
    precedents,
    references,
    shift,
)
from kpixl.xlsx.table import Table
from kpixl.xlsx.workbook import Workbook

__all__ = ["Reach"]


_FIXED = re.compile(r"(?:'((?:[^']|'')+)'|([^\W\d][\w.]*))!(\$[A-Z]{1,3}\$[0-9]{1,7}(?::\$[A-Z]{1,3}\$[0-9]{1,7})?)")


class _Table(NamedTuple):
    """Where a table stands, and its columns by heading; all in lower case, as formulas ignore case."""

    sheet: str
    area: Area
    columns: dict[str, int]

    @classmethod
    def of(cls, table: Table) -> "_Table":
        area = Area.parse(table.ref)
        places = enumerate(table.columns, area.left)
        columns: dict[str, int] = {}
        for place, name in places:
            columns.setdefault(name.casefold(), place)
        return cls(table.sheet.casefold(), area, columns)


class Reach:
    """The names and tables of a workbook, and the cells behind them, during one save."""

    def __init__(self, workbook: Workbook) -> None:
        self._sheets = [name.casefold() for name in workbook.sheets]
        self._tables = {name.casefold(): _Table.of(table) for name, table in workbook.tables.items()}
        self._names: dict[tuple[str | None, str], str] = {}
        self._places: dict[tuple[str, str], list[Place]] = {}
        self._whole: dict[TableColumns, list[Place]] = {}  # columns, which are the same wherever the formula stands
        self._touched: set[tuple[str, str]] = set()
        for element in workbook.name_elements():
            place = element.get("localSheetId")
            local = self._sheets[int(place)] if place and int(place) < len(self._sheets) else None
            self._names[local, element.get("name", "").casefold()] = element.text or ""

    def words(self, changes: Changes) -> Iterator[str]:
        """Yield the names and tables through which a changed cell can be read."""
        for local, name in self._names:
            key = local or "", name
            if key not in self._touched and any(changes.touch(place) for place in self._named_places(*key)):
                self._touched.add(key)
            if key in self._touched:
                yield name
        for name, table in self._tables.items():
            if changes.touch((table.sheet, table.area)):
                yield name

    def places(self, precedent: Precedent, sheet: str, column: int, row: int) -> list[Place]:
        """Return the cells that a formula in the given cell reads through this precedent."""
        if isinstance(precedent, CellRange):
            return self._range(precedent, sheet, column, row)
        if isinstance(precedent, TableColumns):
            if not precedent.table or precedent.this_row:
                return self._columns(precedent, sheet, column, row)
            if precedent not in self._whole:
                self._whole[precedent] = self._columns(precedent, sheet, column, row)
            return self._whole[precedent]
        if isinstance(precedent, Name):
            return self._named_places(sheet if precedent.sheet is None else precedent.sheet.casefold(), precedent.name)
        return [EVERYTHING]

    def listed(self, text: str) -> list[Place] | None:
        """Return the cells that a list of ranges and names means, in its order; None when it is not such a list."""
        return self._listed(text, "", frozenset())

    def _listed(self, text: str, sheet: str, seen: frozenset[str]) -> list[Place] | None:
        places: list[Place] = []
        for read in references(text) or (Unknowable(),):
            inner: list[Place] | None = None
            if isinstance(read, CellRange):
                inner = self._range(read, sheet, 0, 0)
            elif isinstance(read, Name) and read.name not in seen:
                named = self._named(sheet if read.sheet is None else read.sheet.casefold(), read.name)
                inner = None if named is None else self._listed(named, sheet, seen | {read.name})
            if inner is None:
                return None
            places += inner
        return places

    def _named(self, sheet: str, name: str) -> str | None:
        return self._names.get((sheet, name), self._names.get((None, name)))

    def _range(self, cells: CellRange, sheet: str, column: int, row: int) -> list[Place]:
        left, right = _edge(cells.left, column), _edge(cells.right, column)
        top, bottom = _edge(cells.top, row), _edge(cells.bottom, row)
        area = Area(min(left, right), min(top, bottom), max(left, right), max(top, bottom))
        if cells.sheet is None:
            return [(sheet, area)]
        name = cells.sheet.casefold()
        if name in self._sheets:
            return [(name, area)]
        first, _, last = name.partition(":")
        if first in self._sheets and last in self._sheets:
            ends = sorted((self._sheets.index(first), self._sheets.index(last)))
            return [(between, area) for between in self._sheets[ends[0] : ends[1] + 1]]
        return []

    def _columns(self, read: TableColumns, sheet: str, column: int, row: int) -> list[Place]:
        table = self._tables.get(read.table) if read.table else self._around(sheet, column, row)
        if table is None:
            return []
        left, top, right, bottom = table.area
        if read.this_row:
            top = bottom = row
        places = [table.columns.get(name) for name in read.columns]
        if not places or None in places:
            return [(table.sheet, Area(left, top, right, bottom))]
        return [(table.sheet, Area(place, top, place, bottom)) for place in places if place is not None]

    def _around(self, sheet: str, column: int, row: int) -> "_Table | None":
        here = (table for table in self._tables.values() if table.sheet == sheet and table.area.holds(column, row))
        return next(here, None)

    def _named_places(self, sheet: str, name: str) -> list[Place]:
        """Return the cells behind a name, which are looked for once."""
        if (sheet, name) not in self._places:
            self._places[sheet, name] = self._name(sheet, name, frozenset())
        return self._places[sheet, name]

    def _name(self, sheet: str, name: str, seen: frozenset[str]) -> list[Place]:
        if name in seen:
            return []
        if name in self._tables:
            table = self._tables[name]
            return [(table.sheet, table.area)]
        text = self._named(sheet, name)
        if text is None:
            return []
        if fixed := _FIXED.fullmatch(text):  # most names, where there are many of them
            named = (fixed[1].replace("''", "'") if fixed[1] else fixed[2]).casefold()
            area = Area.find(fixed[3])
            if area is not None and named in self._sheets:
                return [(named, area)]
        places: list[Place] = []
        moves = shift(text, 1, 1) != text
        for precedent in precedents(text, 1, 1):
            if isinstance(precedent, Name):
                places += self._name(sheet, precedent.name, seen | {name})
            elif isinstance(precedent, TableColumns) and precedent.this_row:  # the row of whoever uses the name
                places += self.places(precedent._replace(this_row=False), sheet, 1, 1)
            elif moves and isinstance(precedent, CellRange):
                whole = Area(1, 1, LAST_COLUMN, LAST_ROW)
                places += [(found, whole) for found, _ in self.places(precedent, sheet, 1, 1)]
            else:
                places += self.places(precedent, sheet, 1, 1)
        return places


def _edge(edge: tuple[bool, int], origin: int) -> int:
    fixed, number = edge
    return number if fixed else origin + number
