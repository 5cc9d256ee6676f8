"""Cached values after a change: which formulas now have another value, and what the spreadsheet must compute.

A formula that reads a changed cell, directly or through names, tables and other formulas, keeps its cached value only
where the caller gave the right one; else the value is dropped and the workbook asks to be calculated when it opens.
Where its user calculates by hand, a formula without a value would show a 0 until then, so there it is `#N/A`.
When it cannot be told what a formula reads, it counts as reading everything.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from kpixl.xlsx.address import Area
from kpixl.xlsx.cells import CellFormula
from kpixl.xlsx.changes import BLOCK, EVERYTHING, Changes, Place
from kpixl.xlsx.formulas import Precedent, TableColumns, Unknowable, precedents, row_pattern
from kpixl.xlsx.growth import Growth
from kpixl.xlsx.reach import Reach
from kpixl.xlsx.sheet import Sheet
from kpixl.xlsx.workbook import Workbook

__all__ = ["settle"]

_MOST_ROUNDS = 60
_NOT_AVAILABLE = "#N/A"
_MOST_PATTERNS = 10_000


def settle(workbook: Workbook, growths: Iterable[Growth], reach: Reach) -> Changes:
    """Drop every cached value that is no longer sure, and prepare the workbook for calculation; return what changed."""
    changes = Changes()
    for growth in growths:
        changes.resize(growth.sheet, Area(growth.left, growth.first, growth.right, growth.new_last))
    uncomputed = False
    for sheet in workbook.loaded.values():
        for column, row, _, now in sheet.changes():
            formula = None if now is None else now.formula
            changes.written[sheet.name] = changes.written.get(sheet.name, 0) + 1
            changes.add(sheet.name, column, row)
            for left, top in sheet.filled_from(column, row):
                changes.add(sheet.name, left, top)
            if formula is not None and (row, column) not in sheet.computed:
                uncomputed = True
                sheet.rows.forget_result(column, row)
    dropped = _drop_dependants(workbook, changes, reach) if changes.sheets else False
    if uncomputed or dropped:
        workbook.calculate_on_load()
        if workbook.calculated_by_hand:
            for sheet in workbook.loaded.values():
                sheet.rows.unknown = _NOT_AVAILABLE
    if any(_formula_cells_differ(sheet) for sheet in workbook.loaded.values()):
        workbook.forget_calculation_chain()
    return changes


def _drop_dependants(workbook: Workbook, changes: Changes, reach: Reach) -> bool:
    dropped = False
    formulas: dict[str, _Formulas] = {}
    for round_number in count():
        _load_readers(workbook, changes, reach)
        found = False
        for name, sheet in workbook.loaded.items():
            if name not in formulas:
                formulas[name] = _Formulas(sheet, reach)
            for area in formulas[name].take(changes, everything=round_number >= _MOST_ROUNDS):
                found = True
                changes.fill(name, area)
        dropped |= found
        if not found:
            break
    return dropped


def _load_readers(workbook: Workbook, changes: Changes, reach: Reach) -> None:
    """Load the sheets whose formulas may read a changed cell of another sheet."""
    words = {"indirect", "offset", *reach.words(changes)}
    for name in workbook.worksheets:
        if name in workbook.loaded:
            continue
        seen = workbook.glance(name)
        if seen is None or seen.mentions(words) or any(seen.names_sheet(sheet) for sheet in changes.sheets):
            workbook.sheet(name)


def _formula_cells_differ(sheet: Sheet) -> bool:
    def kind(cell: bytes | None) -> str:
        formula = None if cell is None else sheet.reader.formula(cell)
        return "" if formula is None else "array" if formula.kind == "array" else "other"

    for number in sheet.rows.edited():
        before, now = sheet.rows.original(number), sheet.rows.row(number)
        for column in before.keys() | now.keys():
            old, new = before.get(column), now.get(column)
            if old != new and kind(old) != kind(new):
                return True
    return False


class _Formulas:
    """The formulas of one sheet that were not yet found to read a changed cell."""

    def __init__(self, sheet: Sheet, reach: Reach) -> None:
        self._sheet = sheet
        self._key = sheet.name.casefold()
        self._reach = reach
        self._reads: list[tuple[Precedent, ...]] = []
        self._columns, self._rows, self._kinds = array("L"), array("L"), array("L")
        self._filled: dict[tuple[int, int], Area] = {}
        self._blank: set[tuple[int, int]] = set()
        self._known: dict[tuple[int, str], tuple[Precedent, ...]] = {}
        self._hopeless: tuple[int, dict[tuple[int, int, int], bool]] = (-1, {})
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

    def take(self, changes: Changes, *, everything: bool) -> Iterator[Area]:
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
        column, row, kind = self._columns[index], self._rows[index], self._kinds[index]
        if self._hopeless[0] != changes.blocks:
            self._hopeless = (changes.blocks, {})
        known, key = self._hopeless[1], (kind, column, row // BLOCK)
        if key not in known:
            known[key] = not any(changes.touch(place) for place in self._places_of_block(*key))
        if known[key]:
            return False
        return any(changes.touch(place) for place in self._places(kind, column, row))

    def _places(self, kind: int, column: int, row: int) -> Iterator[Place]:
        for precedent in self._reads[kind]:
            yield from self._reach.places(precedent, self._key, column, row)

    def _places_of_block(self, kind: int, column: int, block: int) -> Iterator[Place]:
        """The blocks that formulas of this pattern read from a block of rows: where none changed, no row is looked at.

        The edges of what a formula reads are fixed or move with its row, so the ends of the block say it all; only
        which table is meant by one without a name is another question in every row.
        """
        if any(isinstance(read, TableColumns) and not read.table for read in self._reads[kind]):
            yield EVERYTHING
            return
        ends = (self._places(kind, column, row) for row in (block * BLOCK, block * BLOCK + BLOCK - 1))
        for (sheet, first), (_, last) in zip(*ends, strict=True):
            top, bottom = max(0, min(first.top, last.top)) // BLOCK, max(first.bottom, last.bottom) // BLOCK
            blocks = Area(first.left, top * BLOCK, first.right, bottom * BLOCK + BLOCK - 1)
            yield EVERYTHING if first is EVERYTHING[1] else (sheet, blocks)

    def _drop(self, column: int, row: int) -> Iterator[Area]:
        area = self._filled.get((column, row))
        if area is None:
            if (row, column) in self._sheet.computed:
                return
            if (column, row) not in self._blank:
                self._sheet.rows.forget_result(column, row)
            yield Area(column, row, column, row)
            return
        for across, down, _ in self._sheet.rows.occupied(area):
            if (down, across) not in self._sheet.computed and (across, down) not in self._blank:
                self._sheet.rows.forget_result(across, down)
        if (row, column) not in self._sheet.computed:
            yield area

    def _precedents(self, column: int, row: int, formula: CellFormula) -> tuple[Precedent, ...]:
        if formula.kind == "dataTable":
            return (Unknowable(),)
        text = self._sheet.formula_text(column, row, formula)
        pattern = row_pattern(text, row)
        if pattern is None:
            return precedents(text, column, row)
        if (column, pattern) not in self._known:
            if len(self._known) >= _MOST_PATTERNS:
                self._known.clear()
            self._known[column, pattern] = precedents(text, column, row)
        return self._known[column, pattern]
