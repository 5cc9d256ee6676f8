"""The tables of a workbook: other rows, new tables and columns, and the formulas of columns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kpixl.errors import WorkbookRefused
from kpixl.files.whole import Version
from kpixl.xlsx import addition
from kpixl.xlsx.addition import NewColumn
from kpixl.xlsx.cells import Written
from kpixl.xlsx.container import Container
from kpixl.xlsx.content import Content
from kpixl.xlsx.damage import reading
from kpixl.xlsx.growth import Growth
from kpixl.xlsx.markup import parse, serialize
from kpixl.xlsx.receipt import Followed
from kpixl.xlsx.table import replace_rows, resize, rows_stand
from kpixl.xlsx.workbook import Workbook

__all__ = ["Tables"]


class Tables(Content):
    """A workbook file whose tables are open for changes; what refers to their rows follows when it is saved."""

    def __init__(self, path: Path, container: Container, workbook: Workbook, opened: Version) -> None:
        super().__init__(path, container, workbook, opened)
        self._growths: list[Growth] = []
        self._travels: list[Growth] = []
        self._followed: list[Followed] = []

    def replace_table(
        self,
        name: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[Written]],
        sources: Sequence[int | None] | None = None,
    ) -> None:
        """Give a table other rows; whatever refers to its rows follows, and the columns not named stay the user's.

        Parameters
        ----------
        name
            The name of the table.
        columns
            The headings of the columns that are given.
        rows
            For each new row one value for each of `columns`. In a column with a formula of its own, `Cached` gives the
            value only. No rows leave one empty row, as Excel does.
        sources
            For each new row the index of the old row (from 0) whose cells in the user's columns it takes over, or
            None for a row that is new. Left out, each row takes over those of the row that stood in its place.

        Raises
        ------
        WorkbookRefused
            There is no such table or column, a query fills the table, or something below it is in the way. Then
            nothing is changed.
        ValueError
            A row has not as many values as there are columns, or a source is no old row.
        """
        table = self._table(name)
        old = table.body_area.bottom - table.body_area.top + 1
        given = [index if index < old else None for index in range(len(rows))] if sources is None else sources
        if len(given) != len(rows) or any(source is not None and not 0 <= source < old for source in given):
            raise ValueError(f"sources must name, for each of {len(rows)} rows, one of the {old} old rows or None")
        if any(len(row) != len(columns) for row in rows):
            raise ValueError(f"every row must hold {len(columns)} values, one for each of the columns {list(columns)}")
        with reading(self._path):
            tree = parse(self._workbook.parts.read(table.part))
            if tree.get("tableType") == "queryTable":
                raise WorkbookRefused("xlsx_query_table", table=name, sheet=table.sheet)
            sheet = self._workbook.sheet(table.sheet)
            neighbours = self._workbook.tables.values()
            with sheet.whole_or_nothing():
                growth = replace_rows(
                    sheet, table, tree, neighbours=neighbours, columns=columns, rows=rows, sources=given
                )
            growth = replace(growth, sheets=tuple(name.casefold() for name in self._workbook.sheets))
            if growth.new_last != growth.last or tree.get("insertRow"):
                resized = self._workbook.tables[name] = resize(tree, table, growth)
                if resized.ref != table.ref:
                    self._followed.append(Followed(name, table.ref, resized.ref))
                self._workbook.parts.write(table.part, serialize(tree))
                self._growths.append(growth)
            if growth.travelled:
                self._travels.append(growth)

    def stands(self, name: str, columns: Sequence[str], rows: Sequence[Sequence[Written]]) -> bool:
        """Say whether a table holds rows already, each in its place, so that they need not be written.

        The values given for formulas are taken note of then, as `replace_table` does. A table that takes a closer look,
        as one that a query fills does, counts as one that does not hold them.
        """
        table = self._table(name)
        with reading(self._path):
            part = self._workbook.parts.read(table.part)
            if b"queryTable" in part or b"insertRow" in part:
                return False
            return rows_stand(self._workbook.sheet(table.sheet), table, columns, rows)

    def add_table(self, sheet: str, name: str, at: str, columns: Sequence[NewColumn]) -> None:
        """Add a table with one empty row, whose headings begin at a cell.

        Raises
        ------
        WorkbookRefused
            The name is taken, or something stands in the cells of its two rows.
        """
        with reading(self._path):
            addition.add_table(self._workbook, sheet, name, at, columns)

    def add_columns(self, table: str, columns: Sequence[NewColumn]) -> None:
        """Append columns at the right end of a table, with empty cells.

        Raises
        ------
        WorkbookRefused
            There is no such table, it shows no headings or has one of them already, or something stands right of it.
        """
        with reading(self._path):
            addition.add_columns(self._workbook, self._table(table), columns)

    def set_formulas(self, table: str, formulas: Mapping[str, str]) -> None:
        """Give columns of a table, by heading, the formula that new rows get; its cells are written by other calls."""
        with reading(self._path):
            addition.set_formulas(self._workbook, self._table(table), formulas)
