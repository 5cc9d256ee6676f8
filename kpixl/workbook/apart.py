"""Columns that are kept in a second table, because their own table had no room when a newer kpixl added them.

The second table has the name of the first with `_more` appended. It repeats the key columns, so that a refresh can
line its rows up with those of the first. Formulas are written as if all columns were in one table; this module
redirects them to where the columns are.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from kpixl.workbook.added import added_headings, added_keys
from kpixl.workbook.blocks import Calc, Content, Table, value_of
from kpixl.workbook.references import cells_put_in, column_called, on_sheet, row_number_called, this_row_called
from kpixl.workbook.schema import MORE, heading_of
from kpixl.xlsx import Table as Found
from kpixl.xlsx.address import address

__all__ = ["Apart", "row_key", "table_apart"]


@dataclass(frozen=True)
class Apart:
    """The tables of a workbook, some of whose columns may be in a second table."""

    tables: Mapping[str, Found]

    def of(self, table: str) -> Mapping[str, Found]:
        """Return, by heading, the second table that holds each separate column of a table."""
        if table not in self._known:
            more = self.tables.get(f"{table}{MORE}")
            added = frozenset() if more is None else added_headings(table)
            self._known[table] = {} if more is None else {name: more for name in more.columns if name in added}
        return self._known[table]

    @cached_property
    def _known(self) -> dict[str, Mapping[str, Found]]:
        return {}

    @cached_property
    def _divided(self) -> tuple[str, ...]:
        """The names of the tables of which columns are in a second one."""
        names = (name.removesuffix(MORE) for name in self.tables if name.endswith(MORE))
        return tuple(name for name in names if name in self.tables)

    def pointed(self, formula: str, own: str = "") -> str:
        """Return a formula with references redirected to the second tables; `own` is the table it is in, if any.

        >>> from kpixl.texts import speaking
        >>> team = Found("kpixl_team", "T", "A1:B3", ("月", "計"), True, False, "")
        >>> more = Found("kpixl_team_more", "M", "D1:E3", ("月", "割合"), True, False, "")
        >>> with speaking("ja"):
        ...     Apart({team.name: team, more.name: more}).pointed("SUM(kpixl_team[割合])")
        'SUM(kpixl_team_more[割合])'
        """
        for table in self._divided:
            if table in formula:
                formula = self._pointed(formula, table, own)
        return formula

    def cells(self, calc: Calc, table: str) -> Calc:
        """Return a formula with the addresses of those of its table's cells that are in a second table (`own_cell`)."""
        apart = self.of(table)
        if not apart:
            return calc

        def elsewhere(row: int, key: str) -> str | None:
            heading = heading_of(table, key) if key in added_keys(table) else ""
            more = apart.get(heading)
            if more is None:
                return None
            left, top, *_ = more.body_area
            return on_sheet(more.sheet, address(left + more.columns.index(heading), top + row))

        return cells_put_in(calc, elsewhere)

    def _pointed(self, formula: str, table: str, own: str) -> str:
        apart = self.of(table)
        for heading, more in apart.items():
            there = column_called(more.name, heading)
            if own == more.name:
                row = this_row_called(more.name, heading)
            else:
                row = f"INDEX({there},{row_number_called(table, self.tables[table].columns[0])})"
            formula = formula.replace(this_row_called(table, heading), row)
            formula = formula.replace(column_called(table, heading), there)
        if own == f"{table}{MORE}":
            number = row_number_called(own, self.tables[own].columns[0])
            for heading in self.tables[table].columns:
                row = f"INDEX({column_called(table, heading)},{number})"
                formula = formula.replace(this_row_called(table, heading), row)
        return formula


def row_key(values: Sequence[Any]) -> tuple[object, ...]:
    """Return the key of a row from the values of its key columns: dates as texts, blanks as ""."""
    return tuple(
        value.isoformat()[:10] if isinstance(value, dt.date) else "" if value is None else value for value in values
    )


def table_apart(table: Table, headings: Sequence[str], rows: Sequence[Sequence[Content]] | None = None) -> Table:
    """Return the second table for the columns with these headings; `rows` are those of a typed table."""
    keys = [
        replace(column, formula=None, typed=False, choices=None, heading="") for column in table.columns[: table.keys]
    ]
    places = [place for place, column in enumerate(table.columns) if column.heading in headings]
    told = [(*map(value_of, row[: table.keys]), *(row[place] for place in places)) for row in table.rows]
    if rows is not None:
        told = [(*row[: table.keys], *[None] * len(places)) for row in rows]
    columns = (*keys, *(table.columns[place] for place in places))
    return replace(
        table,
        name=f"{table.name}{MORE}",
        columns=columns,
        rows=told,
        typed=False,
        total=False,
        summed=False,
        samples=frozenset(),
    )
