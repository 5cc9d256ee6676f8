"""The rows of a table while it gets others: what its old rows held, and how a new row looks."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kpixl.xlsx.address import Area
from kpixl.xlsx.cells import Cached, Formula, Written
from kpixl.xlsx.formulas import shift
from kpixl.xlsx.markup import children, read_text
from kpixl.xlsx.sheet import Sheet

__all__ = ["NewRows", "OldRows", "cells_between", "most_common", "travelled"]


class OldRows:
    """The cells of the rows that a table had; where rows change their places, all are taken before the first does."""

    def __init__(self, sheet: Sheet, area: Area, body: Area) -> None:
        self._sheet, self._area, self._body = sheet, area, body
        self._taken: dict[int, dict[int, bytes]] | None = None

    def take_all(self) -> None:
        """Take the cells of all rows as they are now."""
        self._taken = dict(self._standing())

    def cells(self, index: int) -> Mapping[int, bytes]:
        """Return the cells of a row by column."""
        if self._taken is not None:
            return self._taken.get(index, {})
        return cells_between(self._sheet, self._area, self._body.top + index)

    def all(self) -> Iterator[Mapping[int, bytes]]:
        """Yield the cells of the rows that stand there."""
        yield from (cells for _, cells in self._standing()) if self._taken is None else self._taken.values()

    def _standing(self) -> Iterator[tuple[int, dict[int, bytes]]]:
        for row in self._sheet.rows.within(self._body):
            yield row - self._body.top, cells_between(self._sheet, self._area, row)


class NewRows:
    """Rows that a table did not have: they look like its last row, and calculated columns bring their formula.

    Where the table does not say that a column is calculated, a cell whose value alone is given gets the formula that
    most rows have, if it reads the same in every row.
    """

    def __init__(self, sheet: Sheet, body: Area, columns: Sequence[Any], old: OldRows) -> None:
        self._sheet = sheet
        self._bottom = body.bottom
        self._old = old
        self._last = old.cells(body.bottom - body.top)
        self._styles = {column: sheet.style(column, body.bottom) for column in range(body.left, body.right + 1)}
        self._formulas = {
            column: read_text(formula.text)
            for column, element in enumerate(columns, body.left)
            for formula in children(element, "calculatedColumnFormula")
            if formula.text
        }
        self._placed = {column for column in self._formulas if self._depends_on_place(column)}
        self._searched: set[int] = set()

    def write(self, column: int, row: int, given: Mapping[int, Written]) -> None:
        """Write one cell: what is given, or the column's own formula (with the value that is given for it)."""
        value, style = given.get(column), self._styles[column] or b"0"
        self._sheet.place(column, row, None)
        if isinstance(value, Cached):
            self._search(column)
        if column in given and not isinstance(value, Cached):
            self._sheet.write(column, row, value, style)
        elif column not in self._formulas:
            self._sheet.write(column, row, None, style)
        elif column in self._placed:
            self._sheet.place(column, row, travelled(self._sheet, self._last[column], row - self._bottom))
            if isinstance(value, Cached):
                self._sheet.write(column, row, value)
        else:
            cached = value.value if isinstance(value, Cached) else None
            self._sheet.write(column, row, Formula(self._formulas[column], cached), style)
            self._sheet.written.discard((row, column))

    def _search(self, column: int) -> None:
        """Look in the old rows for the formula of a column that the table does not say is calculated."""
        if column in self._formulas or column in self._searched:
            return
        self._searched.add(column)
        held = (self._sheet.reader.formula(cells[column]) for cells in self._old.all() if column in cells)
        text = most_common(None if formula is None else formula.text for formula in held)
        if text is not None and shift(text, 0, 1) == text:
            self._formulas[column] = text

    def _depends_on_place(self, column: int) -> bool:
        """Whether the last row's formula is the one to go on with: it names cells by place, or is an array formula."""
        formula = self._sheet.reader.formula(self._last[column]) if column in self._last else None
        if formula is None or formula.text is None:
            return False
        text = self._formulas[column]
        return formula.kind == "array" or shift(text, 0, 1) != text


def most_common(formulas: Iterable[str | None]) -> str | None:
    """Return the formula that most of the cells with a formula have, the first of equally frequent ones.

    >>> most_common(["A+B", None, "7", "A+B"])
    'A+B'
    """
    counted = Counter(formula for formula in formulas if formula is not None).most_common(1)
    return counted[0][0] if counted else None


def travelled(sheet: Sheet, cell: bytes | None, rows: int) -> bytes | None:
    """The cell of a row that now stands so many rows further down; its relative references move along."""
    formula = None if cell is None else sheet.reader.formula(cell)
    if cell is None or formula is None or formula.text is None:
        return cell
    return sheet.reader.with_formula(cell, shift(formula.text, 0, rows))


def cells_between(sheet: Sheet, area: Area, row: int) -> dict[int, bytes]:
    """Return the cells of a row in the columns of an area, by column."""
    return {column: cell for column, cell in sheet.rows.row(row).items() if area.left <= column <= area.right}
