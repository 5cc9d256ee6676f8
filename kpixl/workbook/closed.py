"""A plan workbook in a file that no program has open: `kpixl.xlsx` finds and writes, calamine reads values in bulk."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import python_calamine

from kpixl.workbook.blocks import Column
from kpixl.workbook.store import CellError
from kpixl.xlsx import Package, Receipt, Table, Written
from kpixl.xlsx.address import Area
from kpixl.xlsx.properties import Property

__all__ = ["FileStore"]


class FileStore:
    """The tables and names of a workbook file; see `kpixl.workbook.store.Store`.

    Raises
    ------
    WorkbookRefused
        When the file is no workbook, or one that cannot be changed safely.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._package = Package.open(path)
        try:
            self._values = python_calamine.CalamineWorkbook.from_path(str(path))
        except BaseException:
            self._package.close()
            raise
        self._grids: dict[str, list[list[Any]]] = {}

    @property
    def properties(self) -> Mapping[str, Property]:
        """The custom document properties."""
        return self._package.properties

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables by name."""
        return self._package.tables

    def reference(self, name: str) -> str:
        """Return what a defined name stands for."""
        return self._package.names.get(name, "")

    def values(self, sheet: str, area: Area) -> list[list[Any]]:
        """Return the values of an area, row by row."""
        if sheet not in self._grids:
            self._grids[sheet] = self._values.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        rows = [row[area.left - 1 : area.right] for row in self._grids[sheet][area.top - 1 : area.bottom]]
        rows += [[] for _ in range(area.bottom - area.top + 1 - len(rows))]
        rows = [[*row, *[None] * (area.right - area.left + 1 - len(row))] for row in rows]
        for (column, row), code in self._package.errors(sheet, area).items():  # calamine takes errors for blanks
            rows[row - area.top][column - area.left] = CellError(code)
        return rows

    def holds_formula(self, sheet: str, column: int, row: int) -> bool:
        """Say whether a formula stands in a cell."""
        return self._package.holds_formula(sheet, column, row)

    def set_cells(self, sheet: str, cells: Mapping[str, Written]) -> None:
        """Write cells of a sheet by address."""
        self._package.set_cells(sheet, cells)

    def replace_table(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Written]],
        sources: Sequence[int | None] | None,
    ) -> None:
        """Give a table other rows."""
        self._package.replace_table(name, [column.heading for column in columns], rows, sources)

    def set_property(self, name: str, value: Property) -> None:
        """Set a custom document property."""
        self._package.set_property(name, value)

    def save(self, *, dry_run: bool = False) -> Receipt:
        """Write the file, whole or not at all."""
        return self._package.save(dry_run=dry_run)

    def close(self) -> None:
        """Let go of the file."""
        self._values.close()
        self._package.close()
