"""Where the tables and names of a plan workbook are kept: in a file, or in a workbook that is open in Excel.

`Book` knows what they mean to kpixl; a store only reads and writes them. Changes are collected until `save`, which
writes all of them or none.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from kpixl.errors import WorkbookRefused
from kpixl.workbook.blocks import Column
from kpixl.workbook.references import found_at
from kpixl.xlsx import Package, Receipt, Table, Written
from kpixl.xlsx.address import Area
from kpixl.xlsx.properties import Property
from kpixl.xlsx.values import CellError

__all__ = ["CellError", "Rows", "Sources", "Store", "required_area", "required_table"]

Rows = Sequence[Sequence[Written]]
Sources = Sequence[int | None] | None  # the old index of each row, None for a new row; None if all rows stay in place


class Store(Protocol):
    """A workbook as tables, names and properties."""

    @property
    def path(self) -> Path:
        """The path of the file, or the name of a workbook that has not been saved yet."""

    @property
    def folder(self) -> Path | None:
        """The folder that the workbook lies in; None for one that has not been saved yet, or lies in the cloud."""

    @property
    def properties(self) -> Mapping[str, Property]:
        """The custom document properties."""

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables by name."""

    @property
    def package(self) -> Package | None:
        """The file, to which missing tables, columns and names can be added; None if it is open in Excel."""

    def reference(self, name: str) -> str:
        """Return what a defined name refers to, such as `Sheet!$A$1`; "" if there is no such name."""

    def values(self, sheet: str, area: Area) -> list[list[Any]]:
        """Return the values of an area, row by row; blank cells are None or "", errors are `CellError`."""

    def holds_formula(self, sheet: str, column: int, row: int) -> bool:
        """Say whether a cell holds a formula."""

    def formulas(self, sheet: str, area: Area) -> list[list[str | None]]:
        """Return the formulas of an area, row by row and without the leading `=`; None for cells without a formula."""

    def set_cells(self, sheet: str, cells: Mapping[str, Written]) -> None:
        """Write cells of a sheet by address; see `kpixl.xlsx.Package.set_cells`."""

    def stands(self, name: str, columns: Sequence[Column], rows: Rows) -> bool:
        """Say whether a table holds rows already, so that they need not be written; False where this is not sure."""

    def replace_table(self, name: str, columns: Sequence[Column], rows: Rows, sources: Sources) -> None:
        """Replace the rows of a table; see `kpixl.xlsx.Package.replace_table`."""

    def set_property(self, name: str, value: Property) -> None:
        """Set a custom document property."""

    def save(self, *, dry_run: bool = False) -> Receipt:
        """Write everything at once, or with `dry_run` only report what would be written."""

    def close(self) -> None:
        """Release the workbook."""


def required_table(store: Store, name: str) -> Table:
    """Return the table with this name, which a plan workbook must have."""
    if name not in store.tables:
        raise WorkbookRefused("table_missing", table=name, found=", ".join(sorted(store.tables)))
    return store.tables[name]


def required_area(store: Store, name: str) -> tuple[str, Area]:
    """Return the sheet and area of a defined name, which a plan workbook must have."""
    reference = store.reference(name)
    found = found_at(reference)
    if found is None:
        raise WorkbookRefused("name_missing", name=name, found=reference or "–")
    return found
