"""A plan workbook in a file that no program has open, as `kpixl.xlsx` reads and writes it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kpixl.workbook.blocks import Column
from kpixl.workbook.store import Rows, Sources
from kpixl.xlsx import Package, Receipt, Table, Written
from kpixl.xlsx.address import Area
from kpixl.xlsx.properties import Property

__all__ = ["FileStore"]


class FileStore:
    """The tables and names of a workbook file; see `kpixl.workbook.store.Store`.

    Raises
    ------
    WorkbookRefused
        If the file is not a workbook, or cannot be changed safely.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.absolute().parent
        self.package = Package.open(path)

    @property
    def properties(self) -> Mapping[str, Property]:
        """The custom document properties."""
        return self.package.properties

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables by name."""
        return self.package.tables

    def reference(self, name: str) -> str:
        """Return what a defined name refers to."""
        return self.package.names.get(name, "")

    def values(self, sheet: str, area: Area) -> list[list[Any]]:
        """Return the values of an area, row by row."""
        return self.package.values(sheet, area)

    def holds_formula(self, sheet: str, column: int, row: int) -> bool:
        """Say whether a cell holds a formula."""
        return self.package.holds_formula(sheet, column, row)

    def formulas(self, sheet: str, area: Area) -> list[list[str | None]]:
        """Return the formulas of an area, row by row."""
        return self.package.formulas(sheet, area)

    def set_cells(self, sheet: str, cells: Mapping[str, Written]) -> None:
        """Write cells of a sheet by address."""
        self.package.set_cells(sheet, cells)

    def stands(self, name: str, columns: Sequence[Column], rows: Rows) -> bool:
        """Say whether a table holds rows already."""
        return self.package.stands(name, [column.heading for column in columns], rows)

    def replace_table(self, name: str, columns: Sequence[Column], rows: Rows, sources: Sources) -> None:
        """Replace the rows of a table."""
        self.package.replace_table(name, [column.heading for column in columns], rows, sources)

    def set_property(self, name: str, value: Property) -> None:
        """Set a custom document property."""
        self.package.set_property(name, value)

    def save(self, *, dry_run: bool = False) -> Receipt:
        """Write the file, whole or not at all."""
        return self.package.save(dry_run=dry_run)

    def close(self) -> None:
        """Close the file."""
        self.package.close()
