"""What does a workbook file hold? It is open to be read: sheets, tables, names, properties, and what cells show."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from kpixl.errors import WorkbookRefused
from kpixl.files.whole import Version, version
from kpixl.xlsx import addition
from kpixl.xlsx.address import Area
from kpixl.xlsx.container import Container
from kpixl.xlsx.damage import reading
from kpixl.xlsx.properties import Property, read_properties
from kpixl.xlsx.table import Table
from kpixl.xlsx.values import Shown, read_rows, read_values
from kpixl.xlsx.workbook import Workbook

__all__ = ["Content"]


class Content:
    """A workbook file that is open, and what it holds."""

    def __init__(self, path: Path, container: Container, workbook: Workbook, opened: Version) -> None:
        self._path = path
        self._container = container
        self._workbook = workbook
        self._opened = opened

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a workbook.

        Parameters
        ----------
        path
            An .xlsx, .xlsm, .xltx, .xltm or .xlam file.

        Raises
        ------
        WorkbookRefused
            It is no workbook, or one that cannot be changed without harm: encrypted, signed, binary, damaged, hostile.
        """
        path = Path(path)
        if path.is_dir():
            raise WorkbookRefused("xlsx_is_folder", file=str(path))
        if not path.is_file():
            raise WorkbookRefused("xlsx_no_file", file=str(path))
        opened = version(path)
        container = Container(path)
        try:
            with reading(path):
                return cls(path, container, Workbook(container), opened)
        except BaseException:
            container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file without saving."""
        self._workbook.close()
        self._container.close()

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of all sheets in order."""
        return tuple(self._workbook.sheets)

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables by name."""
        return dict(self._workbook.tables)

    @property
    def names(self) -> Mapping[str, str]:
        """The defined names of the whole workbook, each with the text it stands for."""
        return self._workbook.names

    @property
    def properties(self) -> Mapping[str, Property]:
        """The custom document properties."""
        with reading(self._path):
            return read_properties(self._workbook.parts)

    def values(self, sheet: str, area: Area) -> list[list[Shown]]:
        """Return what the cells of an area show, row by row: None where nothing stands, errors as `CellError`.

        Raises
        ------
        WorkbookRefused
            There is no such sheet, or it is damaged.
        """
        with reading(self._path):
            return read_values(
                self._workbook.sheet(sheet), area, self._workbook.formats, date1904=self._workbook.date1904
            )

    def rows(self, sheet: str, area: Area) -> Iterator[tuple[int, list[Shown]]]:
        """Yield number and cells, as `values` does, of the rows of an area in which something stands, as they are read.

        Raises
        ------
        WorkbookRefused
            There is no such sheet, or it is damaged.
        """
        with reading(self._path):
            yield from read_rows(
                self._workbook.sheet(sheet), area, self._workbook.formats, date1904=self._workbook.date1904
            )

    def holds_formula(self, sheet: str, column: int, row: int) -> bool:
        """Say whether a formula stands in a cell, also one that fills it from another cell."""
        return self._workbook.sheet(sheet).holds_formula(column, row)

    def style(self, sheet: str, column: int, row: int) -> bytes | None:
        """Return the index of a cell's style, for other cells that are to look the same."""
        with reading(self._path):
            return self._workbook.sheet(sheet).style(column, row)

    def formula(self, sheet: str, column: int, row: int) -> str | None:
        """Return the formula that stands in a cell, None where there is none or it fills several cells."""
        with reading(self._path):
            return self._workbook.sheet(sheet).own_formula(column, row)

    def formulas(self, sheet: str, area: Area) -> list[list[str | None]]:
        """Return the formulas that stand in the cells of an area, row by row, as `formula` does."""
        columns, rows = range(area.left, area.right + 1), range(area.top, area.bottom + 1)
        with reading(self._path):
            own = self._workbook.sheet(sheet).own_formula
            return [[own(column, row) for column in columns] for row in rows]

    def fills(self, sheet: str) -> Sequence[Area]:
        """Return the areas of a sheet that one formula fills."""
        with reading(self._path):
            return self._workbook.sheet(sheet).fills

    def column_formulas(self, table: str) -> Mapping[str, str]:
        """Return the formulas of a table's calculated columns, which new rows get, by heading."""
        with reading(self._path):
            return addition.column_formulas(self._workbook, self._table(table))

    def obstacle(self, sheet: str, area: Area) -> str:
        """Return the first thing that stands in an area (a cell, a table, merged cells, a drawing), or ""."""
        with reading(self._path):
            return addition.obstacle(self._workbook, sheet, area)

    def _table(self, name: str) -> Table:
        if name not in self._workbook.tables:
            raise WorkbookRefused("xlsx_no_table", name=name, known=", ".join(self._workbook.tables))
        return self._workbook.tables[name]
