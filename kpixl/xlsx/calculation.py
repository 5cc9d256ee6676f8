"""Cached values after a change: which formulas now have another value, and what the spreadsheet must compute.

A formula that reads a changed cell, directly or through names, tables and other formulas, keeps its cached value only
where the caller gave the right one; else the value is dropped and the workbook asks to be calculated when it opens.
When it cannot be told what a formula reads, it counts as reading everything.
"""

from array import array
from collections.abc import Iterator, Sequence
from itertools import count

from kpixl.xlsx.address import LAST_COLUMN, LAST_ROW, Area
from kpixl.xlsx.cells import CellFormula
from kpixl.xlsx.formulas import CellRange, Name, Precedent, TableColumns, Unknowable, precedents, shift
from kpixl.xlsx.sheet import Sheet
from kpixl.xlsx.workbook import Workbook

__all__ = ["Changes", "settle"]

_Place = tuple[str, Area]
_EVERYTHING: _Place = ("", Area(1, 1, LAST_COLUMN, LAST_ROW))
_MOST_ROUNDS = 60


class Changes:
    """The cells whose value changed: one byte a row for every column that has one.

    `written` counts, for each sheet, those that were written rather than found to depend on others.
    """

    def __init__(self) -> None:
        self._columns: dict[str, dict[int, bytearray]] = {}
        self.written: dict[str, int] = {}

    @property
    def sheets(self) -> set[str]:
        """The sheets with changed cells, in lower case."""
        return set(self._columns)

    def add(self, sheet: str, column: int, row: int) -> None:
        """Note a changed cell."""
        marks = self._columns.setdefault(sheet.casefold(), {}).setdefault(column, bytearray())
        if len(marks) <= row:
            marks.extend(bytes(max(row + 1 - len(marks), len(marks))))
        marks[row] = 1

    def touch(self, place: _Place) -> bool:
        """Return whether a changed cell lies there."""
        if place is _EVERYTHING:
            return bool(self._columns)
        sheet, area = place
        columns = self._columns.get(sheet)
        if columns is None:
            return False
        across = range(area.left, area.right + 1)
        within = across if len(across) < len(columns) else [column for column in columns if column in across]
        return any(columns[column].find(1, area.top, area.bottom + 1) >= 0 for column in within if column in columns)


def settle(workbook: Workbook) -> Changes:
    """Drop every cached value that is no longer sure, and prepare the workbook for calculation; return what changed."""
    changes = Changes()
    uncomputed = False
    for sheet in workbook.loaded.values():
        for column, row, _, now in sheet.changes():
            formula = None if now is None else now.formula
            changes.written[sheet.name] = changes.written.get(sheet.name, 0) + 1
            for left, top in {(column, row), *sheet.filled_from(column, row)}:
                changes.add(sheet.name, left, top)
            if formula is not None and (row, column) not in sheet.computed:
                uncomputed = True
                sheet.rows.forget_result(column, row)
    dropped = _drop_dependants(workbook, changes) if changes.sheets else False
    if uncomputed or dropped:
        workbook.calculate_on_load()
    if any(_formula_cells_differ(sheet) for sheet in workbook.loaded.values()):
        workbook.forget_calculation_chain()
    return changes


def _drop_dependants(workbook: Workbook, changes: Changes) -> bool:
    reach = _Reach(workbook)
    dropped = False
    formulas: dict[str, _Formulas] = {}
    for round_number in count():
        _load_readers(workbook, changes, reach)
        found = False
        for name, sheet in workbook.loaded.items():
            if name not in formulas:
                formulas[name] = _Formulas(sheet, reach)
            for column, row in formulas[name].take(changes, everything=round_number >= _MOST_ROUNDS):
                found = True
                changes.add(name, column, row)
        dropped |= found
        if not found:
            break
    return dropped


def _load_readers(workbook: Workbook, changes: Changes, reach: "_Reach") -> None:
    """Load the sheets whose formulas may read a changed cell of another sheet."""
    words = {"indirect(", "offset(", *reach.words(changes)}
    for name in workbook.worksheets:
        if name in workbook.loaded:
            continue
        seen = workbook.glance(name)
        if seen is None or seen.mentions(words) or any(seen.names_sheet(sheet) for sheet in changes.sheets):
            workbook.sheet(name)


def _formula_cells_differ(sheet: Sheet) -> bool:
    def formulas(cells: dict[int, bytes]) -> dict[int, bool]:
        found = ((column, sheet.reader.formula(cell)) for column, cell in cells.items())
        return {column: formula.kind == "array" for column, formula in found if formula is not None}

    return any(formulas(sheet.rows.original(row)) != formulas(sheet.rows.row(row)) for row in sheet.rows.edited())


class _Reach:
    """Where names and tables lead: the cells behind what a formula reads."""

    def __init__(self, workbook: Workbook) -> None:
        self._sheets = [name.casefold() for name in workbook.sheets]
        self._tables = {table.name.casefold(): table for table in workbook.tables.values()}
        self._names: dict[tuple[str | None, str], str] = {}
        for element in workbook.name_elements():
            place = element.get("localSheetId")
            local = self._sheets[int(place)] if place and int(place) < len(self._sheets) else None
            self._names[local, element.get("name", "").casefold()] = element.text or ""

    def words(self, changes: Changes) -> Iterator[str]:
        """Yield the names and tables through which a changed cell can be read."""
        for local, name in self._names:
            if any(changes.touch(place) for place in self._name(local or "", name, frozenset())):
                yield name
        for name, table in self._tables.items():
            if changes.touch((table.sheet.casefold(), Area.parse(table.ref))):
                yield name

    def places(self, precedent: Precedent, sheet: str, column: int, row: int) -> list[_Place]:
        """Return the cells that a formula in the given cell reads through this precedent."""
        if isinstance(precedent, CellRange):
            return self._range(precedent, sheet, column, row)
        if isinstance(precedent, TableColumns):
            return self._columns(precedent, sheet, column, row)
        if isinstance(precedent, Name):
            return self._name(
                sheet if precedent.sheet is None else precedent.sheet.casefold(), precedent.name, frozenset()
            )
        return [_EVERYTHING]

    def _range(self, cells: CellRange, sheet: str, column: int, row: int) -> list[_Place]:
        (left, right) = sorted(edge if fixed else column + edge for fixed, edge in (cells.left, cells.right))
        (top, bottom) = sorted(edge if fixed else row + edge for fixed, edge in (cells.top, cells.bottom))
        area = Area(left, top, right, bottom)
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

    def _columns(self, read: TableColumns, sheet: str, column: int, row: int) -> list[_Place]:
        here = (
            table
            for table in self._tables.values()
            if table.sheet.casefold() == sheet and Area.parse(table.ref).holds(column, row)
        )
        table = self._tables.get(read.table) if read.table else next(here, None)
        if table is None:
            return []
        left, top, right, bottom = Area.parse(table.ref)
        if read.this_row:
            top = bottom = row
        known = [name.casefold() for name in table.columns]
        if not read.columns or any(name not in known for name in read.columns):
            return [(table.sheet.casefold(), Area(left, top, right, bottom))]
        places = (left + known.index(name) for name in read.columns)
        return [(table.sheet.casefold(), Area(place, top, place, bottom)) for place in places]

    def _name(self, sheet: str, name: str, seen: frozenset[str]) -> list[_Place]:
        if name in seen:
            return []
        if name in self._tables:
            table = self._tables[name]
            return [(table.sheet.casefold(), Area.parse(table.ref))]
        text = self._names.get((sheet, name), self._names.get((None, name)))
        if text is None:
            return []
        places: list[_Place] = []
        moves = shift(text, 1, 1) != text
        for precedent in precedents(text, 1, 1):
            if isinstance(precedent, Name):
                places += self._name(sheet, precedent.name, seen | {name})
            elif moves and isinstance(precedent, CellRange):
                whole = Area(1, 1, LAST_COLUMN, LAST_ROW)
                places += [(found, whole) for found, _ in self.places(precedent, sheet, 1, 1)]
            else:
                places += self.places(precedent, sheet, 1, 1)
        return places


class _Formulas:
    """The formulas of one sheet that were not yet found to read a changed cell."""

    def __init__(self, sheet: Sheet, reach: _Reach) -> None:
        self._sheet = sheet
        self._key = sheet.name.casefold()
        self._reach = reach
        self._reads: list[tuple[Precedent, ...]] = []
        self._columns, self._rows, self._kinds = array("L"), array("L"), array("L")
        self._filled: dict[tuple[int, int], Area] = {}
        self._blank: set[tuple[int, int]] = set()
        known: dict[tuple[Precedent, ...], int] = {}
        shared: dict[str | None, int] = {}
        for column, row, formula in sheet.rows.formulas():
            if formula.kind == "shared" and formula.text is None and formula.shared in shared:
                kind = shared[formula.shared]
            else:
                reads = self._precedents(column, row, formula)
                kind = known.setdefault(reads, len(self._reads))
                if kind == len(self._reads):
                    self._reads.append(reads)
                if formula.kind == "shared":
                    shared[formula.shared] = kind
            self._columns.append(column)
            self._rows.append(row)
            self._kinds.append(kind)
            if not formula.has_result:
                self._blank.add((column, row))
            if formula.ref and formula.kind in ("array", "dataTable"):
                self._filled[column, row] = Area.parse(formula.ref)
        self._open: Sequence[int] = range(len(self._kinds))

    def take(self, changes: Changes, *, everything: bool) -> Iterator[tuple[int, int]]:
        """Yield the cells of formulas that read a changed cell, without their cached value from now on.

        Each call goes the other way round, so that chains of formulas in either direction need few calls.
        """
        left: list[int] = []
        for index in self._open:
            column, row = self._columns[index], self._rows[index]
            if everything or self._reads_change(changes, index):
                yield from self._drop(column, row)
            else:
                left.append(index)
        self._open = left[::-1]

    def _reads_change(self, changes: Changes, index: int) -> bool:
        column, row = self._columns[index], self._rows[index]
        return any(
            changes.touch(place)
            for precedent in self._reads[self._kinds[index]]
            for place in self._reach.places(precedent, self._key, column, row)
        )

    def _drop(self, column: int, row: int) -> Iterator[tuple[int, int]]:
        area = self._filled.get((column, row), Area(column, row, column, row))
        for down in range(area.top, area.bottom + 1):
            for across in range(area.left, area.right + 1):
                if (down, across) not in self._sheet.computed:
                    if (across, down) not in self._blank:
                        self._sheet.rows.forget_result(across, down)
                    yield across, down

    def _precedents(self, column: int, row: int, formula: CellFormula) -> tuple[Precedent, ...]:
        if formula.kind == "dataTable":
            return (Unknowable(),)
        return precedents(self._sheet.formula_text(column, row, formula), column, row)
