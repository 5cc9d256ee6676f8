"""How a table changed its rows, and what that means for an area or a formula that covers them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kpixl.xlsx.address import Area, column_letters
from kpixl.xlsx.formulas import rewrite_ranges

__all__ = ["Growth"]

_CORNERS = re.compile(r"(\$?)[A-Za-z]+(\$?)[0-9]+(?::(\$?)[A-Za-z]+(\$?)[0-9]+)?")


@dataclass(frozen=True)
class Growth:
    """How a table changed its rows: from `first`..`last` to `first`..`new_last`, in columns `left`..`right`.

    `travelled` says where the rows that moved now are; None for those that are gone. `sheets` are all sheets of the
    workbook in order, without regard to case.
    """

    sheet: str
    left: int
    right: int
    header: int | None
    first: int
    last: int
    totals: int | None
    new_last: int
    travelled: Mapping[int, int | None] = field(default_factory=dict)
    sheets: Sequence[str] = ()

    @property
    def old_end(self) -> int:
        """The last row that the table had, its totals included."""
        return self.last if self.totals is None else self.totals

    @property
    def end(self) -> int:
        """The last row that the table has now, its totals included."""
        return self.new_last + (self.totals is not None)

    def held_by(self, sheet: str, area: Area) -> bool:
        """Say whether an area of a sheet held the whole table, headings and totals included."""
        top = self.first if self.header is None else self.header
        here = self.sheet.casefold() == sheet.casefold()
        across = area.left <= self.left and self.right <= area.right
        return here and across and area.top <= top and self.old_end <= area.bottom

    def row_now(self, column: int, row: int) -> int | None:
        """Return the row in which what belongs to a cell now stands; None when its row is gone."""
        return self.travelled.get(row, row) if self.left <= column <= self.right else row

    def moved(self, area: Area | None, *, loose: bool = False) -> Area | None:
        """Return where an area that covers the table's rows, or lies in its totals row, now is; else None.

        Where the table had a single row, a single cell may mean the cell or the column: `loose` says the column.
        """
        if area is None or not (self.left <= area.left and area.right <= self.right) or self.new_last == self.last:
            return None
        if self.totals is not None and area.bottom == self.totals:
            top = self.new_last + 1 if area.top == self.totals else area.top
            starts = (self.header, self.first, self.totals)
            return Area(area.left, top, area.right, self.new_last + 1) if area.top in starts else None
        if area.bottom != self.last or area.top not in (self.header, self.first):
            return None
        if area.top == area.bottom and not loose:
            return None
        return Area(area.left, area.top, area.right, self.new_last)

    def areas(self, text: str) -> str:
        """Return a list of areas of the table's own sheet, as formats and validation have it, after the change."""
        moved = ((area, self.moved(Area.find(area), loose=True)) for area in text.split())
        return " ".join(area if new is None else str(new) for area, new in moved)

    def formula(
        self,
        text: str,
        own_sheet: str | None,
        *,
        column: bool = False,
        rows: bool = False,
        row: int | None = None,
    ) -> str:
        """Return a formula after the change.

        A single cell means a column where `column` says so (charts), a single row all rows where `rows` does (print
        areas). `row` is the formula's own.
        """

        if not self._may_mention(text, own_sheet):
            return text

        def change(sheet: str | None, cells: str) -> str | None:
            name = own_sheet if sheet is None else sheet
            if name is None or not self._in(name.casefold()):
                return None
            area = Area.find(cells)
            if area is None:
                return None
            loose = rows or (area.left == area.right and (column or ":" in cells))
            moved = self.moved(area, loose=loose)
            corners = _CORNERS.fullmatch(cells)
            if moved is None or corners is None or (row is not None and self._running(row, corners)):
                return None
            return _written(moved, corners, ranged=":" in cells or moved[:2] != moved[2:])

        return rewrite_ranges(text, change)

    def _in(self, name: str) -> bool:
        """Whether a name means the table's sheet, alone or within a run of sheets (`Jan:Mar`)."""
        here, (first, runs, last) = self.sheet.casefold(), name.partition(":")
        if not runs or first not in self.sheets or last not in self.sheets or here not in self.sheets:
            return name == here
        start, end = sorted((self.sheets.index(first), self.sheets.index(last)))
        return start <= self.sheets.index(here) <= end

    def _running(self, row: int, corners: re.Match[str]) -> bool:
        """A running total ends in its own row: a relative end inside the table is not the end of the table."""
        return self.first <= row <= self.new_last and not corners[4]

    def _may_mention(self, text: str, own_sheet: str | None) -> bool:
        here = own_sheet is not None and own_sheet.casefold() == self.sheet.casefold()
        return (here or "!" in text) and (
            str(self.last) in text or (self.totals is not None and str(self.totals) in text)
        )


def _written(area: Area, corners: re.Match[str], *, ranged: bool) -> str:
    """The area as A1 text, with the `$` signs that the old text had."""
    first = f"{corners[1]}{column_letters(area.left)}{corners[2]}{area.top}"
    if not ranged:
        return first
    across, down = (corners[1], corners[2]) if corners[3] is None else (corners[3], corners[4])
    return f"{first}:{across}{column_letters(area.right)}{down}{area.bottom}"
