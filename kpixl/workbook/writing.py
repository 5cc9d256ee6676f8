"""Write kpixl's own tables and blocks into a workbook, wherever users have moved them and whatever columns they added.

What the user typed or added is left alone: typed columns, the user's own columns, and existing formulas.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kpixl.errors import WorkbookRefused
from kpixl.workbook.apart import Apart, row_key, table_apart
from kpixl.workbook.blocks import Block, Calc, Column, Content, Table, value_of
from kpixl.workbook.references import cells_put_in
from kpixl.workbook.schema import heading_of
from kpixl.workbook.store import Store, required_area, required_table
from kpixl.xlsx import Cached, Formula
from kpixl.xlsx import Table as Found
from kpixl.xlsx.address import Area, address

__all__ = ["Renewed", "Writing"]

Renewed = Callable[[int | None, str], bool]  # takes the old row (None: a new row) and the heading of a formula


def _none(source: int | None, heading: str) -> bool:
    """Say that no formula is renewed."""
    return False


class Writing:
    """Writes tables and blocks into the workbook of a store; `values` returns an area of it as kpixl reads it."""

    def __init__(self, store: Store, values: Callable[[str, Area], list[list[Any]]]) -> None:
        self._store, self._values = store, values

    def table(self, table: Table, renewed: Renewed = _none) -> None:
        """Write the rows of one of kpixl's tables.

        Typed columns are the user's: their cells stay with the row they were typed beside. A formula is kept and gets
        its value, unless `renewed` says that the formula in a row must be written.
        """
        found, apart = required_table(self._store, table.name), Apart(self._store.tables)
        elsewhere = apart.of(table.name)
        own = [
            place for place, column in enumerate(table.columns) if not column.typed and column.heading not in elsewhere
        ]
        columns = [table.columns[place] for place in own]
        for heading in (column.heading for column in columns):
            if heading not in found.columns:
                raise WorkbookRefused(
                    "table_column", table=table.name, sheet=found.sheet, heading=heading, found=", ".join(found.columns)
                )
        columns = [
            replace(column, formula=apart.pointed(column.formula, table.name)) if column.formula else column
            for column in columns
        ]
        simple = not any(column.formula for column in columns)  # rows that are the same wherever they come from
        places = {one.key: found.columns.index(one.heading) for one in table.columns if one.heading in found.columns}
        left, top, *_ = found.body_area

        def written(column: Column, content: Content, source: int | None = None) -> Any:
            renew = column.formula is not None and renewed(source, column.heading)
            if isinstance(content, Calc):
                calc = apart.cells(content, table.name)
                calc = cells_put_in(calc, lambda row, key: address(left + places[key], top + row))
                return Formula(apart.pointed(calc.formula, table.name), calc.value)
            if column.formula is None:
                return content
            return Formula(column.formula, content) if renew else Cached(content)

        pairs = list(zip(columns, own, strict=True))
        rows: list[list[Any]] = []
        if simple:
            rows = [
                [written(column, row[place]) for column, place in pairs]
                if Calc in map(type, row)
                else [row[place] for place in own]
                for row in table.rows
            ]
        if not (simple and self._store.stands(table.name, columns, rows)):
            sources = self._sources(found, table) if table.keys else None
            if not simple:
                old = found.body_area.bottom - found.body_area.top + 1
                places_before = sources or [index if index < old else None for index in range(len(table.rows))]
                rows = [
                    [written(column, row[place], source) for column, place in pairs]
                    for row, source in zip(table.rows, places_before, strict=True)
                ]
            self._store.replace_table(table.name, columns, rows, sources)
        self._write_sums(table)
        if elsewhere:
            self.apart(table, renewed)

    def apart(self, table: Table, renewed: Renewed = _none) -> None:
        """Write the columns of a table that are in a second table, lined up with its rows."""
        elsewhere = Apart(self._store.tables).of(table.name)
        if not elsewhere:
            return
        keys = None
        if table.typed:
            found = required_table(self._store, table.name)
            places = [found.columns.index(column.heading) for column in table.columns[: table.keys]]
            keys = [[row[place] for place in places] for row in self._values(found.sheet, found.body_area)]
        self.table(table_apart(table, [*elsewhere], keys), renewed)

    def fill(self, table: str, rows: Mapping[int, Mapping[str, Any]]) -> None:
        """Write into a typed table, by row index and key; the table grows if a row is beyond its end."""
        found = required_table(self._store, table)
        body, headings = found.body_area, list(found.columns)
        old, new = body.bottom - body.top + 1, max(rows) + 1
        if new > old:
            self._store.replace_table(table, [], [()] * new, [*range(old), *[None] * (new - old)])
        cells = {
            address(body.left + headings.index(heading), body.top + place): value
            for place, row in rows.items()
            for heading, value in ((heading_of(table, key), value) for key, value in row.items())
            if heading in headings
        }
        self._store.set_cells(found.sheet, cells)

    def block(self, block: Block, *, formulas: Mapping[str, str] | None = None) -> None:
        """Write the values of a named block, if the block still has the shape that kpixl gave it.

        `formulas` are formulas to write as well, by address.
        """
        sheet, area = required_area(self._store, str(block.name))
        if not block.has_shape_of(area):
            return
        left, top = area.left - block.area.left, area.top - block.area.top
        cells: dict[str, Any] = {}
        for column, row, cell in block.cells():
            at, value = address(left + column, top + row), value_of(cell.content)
            computed = Formula(formulas[at], value) if formulas and at in formulas else Cached(value)
            cells[at] = computed if block.spill or isinstance(cell.content, Calc) else value
        self._store.set_cells(sheet, cells)

    def _write_sums(self, table: Table) -> None:
        """Write the values of the totals row, for those of kpixl's sums that the user has not changed."""
        found = required_table(self._store, table.name)
        area = Area.parse(found.ref)
        sums = {
            address(area.left + found.columns.index(column.heading), area.bottom): Cached(table.sum_of(place))
            for place, column in enumerate(table.columns)
            if table.total and found.totals and column.heading in found.sums
        }
        self._store.set_cells(found.sheet, sums)

    def _sources(self, found: Found, table: Table) -> list[int | None]:
        """Return, for each row of `table`, the row of the workbook that has the same key so far, if any."""
        places = [found.columns.index(column.heading) for column in table.columns[: table.keys]]
        body = found.body_area
        grid = self._values(found.sheet, body._replace(right=body.left + max(places)))
        before = {row_key([row[place] for place in places]): index for index, row in enumerate(grid)}
        return [before.get(row_key(row[: table.keys])) for row in table.rows]
