"""What stands on a sheet, told once for the workbook that is made and for the one that is refreshed.

A sheet is blocks of cells, tables and charts. A cell holds a value, or a native formula together with the value it
has now. Tables and named blocks are kpixl's own and found again by name; blocks without a name are lettering.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kpixl.workbook.schema import heading_of
from kpixl.xlsx.address import Area, address

__all__ = [
    "BY_ROW",
    "Block",
    "Calc",
    "Cell",
    "Chart",
    "Column",
    "Content",
    "Field",
    "Series",
    "Sheet",
    "Table",
    "Value",
    "column_called",
    "column_ref",
    "headings_ref",
    "own_cell",
    "placed",
    "row_number",
    "row_number_called",
    "table_of",
    "this_row",
    "this_row_called",
]

BY_ROW = "by_row"
Value = str | float | int | bool | dt.date | None
_OWN = re.compile(r"⟦(\d+)\|([^⟧]*)⟧")


@dataclass(frozen=True)
class Calc:
    """A native formula and its value; the formula is written as Excel stores it, without the leading `=`."""

    formula: str
    value: Value


Content = Value | Calc


@dataclass(frozen=True)
class Cell:
    """The content of a cell, the name of its style, and where a click leads (`#Sheet!A1`)."""

    content: Content
    style: str = "text"
    link: str | None = None


@dataclass(frozen=True)
class Block:
    """A rectangle of cells with its top left corner at `at`; None leaves a cell alone.

    With a `name` it becomes a defined name, and a refresh writes it again, unless it is `typed` by the user. The one
    formula of a `spill` fills all cells, whose contents are the values it has. `analysed` cells hold what a
    refresh found on its day.
    """

    at: str
    rows: tuple[tuple[Cell | None, ...], ...]
    name: str | None = None
    typed: bool = False
    choices: str | tuple[str, ...] | None = None
    spill: str | None = None
    analysed: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a table: its key, the style of its cells, the formula of all its cells if it is computed.

    Its `heading` is the one in force for its key (`kpixl.workbook.schema`), which its table puts in.

    `typed` cells are for the user. `choices` is what may be typed: a list, the formula of a range, `"date"` or
    `"whole"`; without them the style says. `analysed` cells hold what a refresh found on its day, unless they
    are formulas.
    """

    key: str
    style: str = "text"
    width: float = 11
    formula: str | None = None
    typed: bool = False
    choices: str | tuple[str, ...] | None = None
    analysed: bool = False
    heading: str = ""


@dataclass(frozen=True)
class Table:
    """An Excel table whose heading row starts at `at`.

    Rows hold values; in a column with a formula, the value that the formula has. A cell with a formula of its own is a
    `Calc`, which refers to other cells of its table by `own_cell`. The first `keys` columns say which
    row is which, so that what a user wrote beside a row moves with it; with 0 every row keeps its place. A `typed`
    table is the user's alone: a refresh reads it and never writes it; so are the typed columns of any table. `total`
    adds a row of sums over the counted columns; in a table of values the last row is the sum itself (`summed`).
    `samples` are the cells, by row and column from 0, whose content is an example until somebody changes it.
    Where the rows are of different kinds, `row_styles` has a style for each, which columns of style `by_row` take.
    """

    at: str
    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Content]]
    keys: int = 1
    typed: bool = False
    total: bool = False
    summed: bool = False
    row_styles: tuple[str, ...] = ()
    samples: frozenset[tuple[int, int]] = frozenset()

    def __post_init__(self) -> None:
        columns = (
            column if column.heading else replace(column, heading=heading_of(self.name, column.key))
            for column in self.columns
        )
        object.__setattr__(self, "columns", tuple(columns))

    def column(self, key: str) -> Column:
        """Return the column with a key."""
        return next(column for column in self.columns if column.key == key)

    def styles(self, column: Column) -> tuple[str, ...]:
        """Return the style of each row's cell in a column."""
        return self.row_styles if column.style == BY_ROW else (column.style,) * len(self.rows)

    def sum_of(self, place: int) -> float:
        """Return the sum of a column by its place."""
        cells = (row[place] for row in self.rows)
        values = (cell.value if isinstance(cell, Calc) else cell for cell in cells)
        return math.fsum(float(str(value or 0)) for value in values)


Field = tuple[Column, str | Callable[[Any], Content]]


def table_of(at: str, name: str, entries: Iterable[Any], *fields: Field, room: int = 0, **shown: Any) -> Table:
    """Return a table with a row for each entry, and as many blank ones as make `room` rows in all.

    Beside each column stands what it holds of an entry: the name of an attribute or of a part of a record, whose "" is
    blank, or what a function gives. In blank rows the formulas show "". `shown` is whatever else a `Table` takes.
    """
    rows = [tuple(_held(entry, value) for _, value in fields) for entry in entries]
    blank = tuple("" if column.formula else None for column, _ in fields)
    columns = tuple(column for column, _ in fields)
    return Table(at, name, columns, [*rows, *[blank] * (room - len(rows))], **shown)


def _held(entry: Any, value: str | Callable[[Any], Content]) -> Content:
    if not isinstance(value, str):
        return value(entry)
    found: Content = entry[value] if isinstance(entry, Mapping) else getattr(entry, value)
    return None if found == "" else found


@dataclass(frozen=True)
class Series:
    """A series of a chart: the key of its column, how it looks (a name in `style.LOOKS`), whether it is listed."""

    key: str
    look: str
    listed: bool = True


@dataclass(frozen=True)
class Chart:
    """A chart over columns of a table, by key (a kind in `charts.KINDS`), with its title as the sentence it shows.

    `titled` is the name of a block whose one cell says the title as it is now; `title` describes the chart then.
    """

    at: str
    kind: str
    title: str
    table: str
    categories: str
    series: tuple[Series, ...]
    size: tuple[int, int] = (720, 300)
    titled: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A sheet: its title, what stands on it, and how it is shown and printed.

    On paper a table of `print_tables`, beside the printed columns, has a page of its own under its section and
    headings, and a new page begins before each row of `breaks`. `row_groups` and `column_groups` say how many groups a
    row or column folds with; a group's button is before it. `unseen` says of which areas nothing is to be seen while a
    formula is true. A `hidden` sheet is kpixl's own, and nobody sees it.
    """

    title: str
    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    widths: dict[str, float] = field(default_factory=dict)
    freeze: str | None = None
    tab: str = "plain"
    print_columns: str | None = None
    print_tables: tuple[str, ...] = ()
    one_page: bool = False
    breaks: tuple[int, ...] = ()
    paper: str = "A4"
    heights: dict[int, float] = field(default_factory=dict)
    row_groups: dict[int, int] = field(default_factory=dict)
    column_groups: dict[str, int] = field(default_factory=dict)
    unseen: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    zoom: int = 100
    hidden: bool = False

    def table(self, name: str) -> Table:
        """Return the table of this name."""
        return next(table for table in self.tables if table.name == name)


def column_ref(table: str, key: str) -> str:
    """Return the reference to a table's column.

    >>> column_ref("kpixl_team", "month")
    'kpixl_team[月]'
    """
    return column_called(table, heading_of(table, key))


def column_called(table: str, heading: str) -> str:
    """Return the reference to a table's column by its heading.

    >>> column_called("kpixl_team", "#1")
    "kpixl_team['#1]"
    """
    return f"{table}[{_escape(heading)}]"


def headings_ref(table: str, first: str, last: str) -> str:
    """Return the reference to a table's headings from one column to another, in the form that LibreOffice reads too.

    >>> headings_ref("kpixl_team", "month", "secured")
    'kpixl_team[[#Headers],[月]:[確保済み]]'
    """
    ends = (_escape(heading_of(table, key)) for key in (first, last))
    return f"{table}[[#Headers],[{']:['.join(ends)}]]"


def this_row(table: str, key: str) -> str:
    """Return the reference to a column's cell in the formula's own row.

    >>> this_row("kpixl_team", "month")
    'kpixl_team[[#This Row],[月]]'
    """
    return this_row_called(table, heading_of(table, key))


def this_row_called(table: str, heading: str) -> str:
    """Return the reference to a column's cell in the formula's own row, by the column's heading."""
    return f"{table}[[#This Row],[{_escape(heading)}]]"


def row_number(table: str, key: str) -> str:
    """Return the formula of a row's number within its table, from 1; `key` is that of any column.

    >>> row_number("kpixl_team", "month")
    'ROW()-ROW(kpixl_team[[#Headers],[月]])'
    """
    return row_number_called(table, heading_of(table, key))


def row_number_called(table: str, heading: str) -> str:
    """Return the formula of a row's number within its table, from 1, by the heading of any column."""
    return f"ROW()-ROW({table}[[#Headers],[{_escape(heading)}]])"


def own_cell(row: int, key: str) -> str:
    """Return the reference to a cell of the formula's own table, by its row (from 0) and column.

    A formula cannot name the column that it stands in without referring to itself; where the table stands is known
    when it is written, so `placed` puts the address in.

    >>> own_cell(0, "share")
    '⟦0|share⟧'
    """
    return f"⟦{row}|{key}⟧"


def placed(calc: Calc, body: Area, places: Mapping[str, int]) -> Calc:
    """Return a formula with the addresses of its table's cells: the body's area, and the place of each key from 0.

    >>> placed(Calc("⟦0|share⟧*2", 4), Area.parse("C7:D9"), {"month": 0, "share": 1}).formula
    'D7*2'
    """

    def found(match: re.Match[str]) -> str:
        return address(body.left + places[match[2]], body.top + int(match[1]))

    return Calc(_OWN.sub(found, calc.formula), calc.value)


def _escape(heading: str) -> str:
    return "".join(f"'{char}" if char in "[]#'" else char for char in heading)


def lettering(at: str, rows: Iterable[Iterable[tuple[Content, str] | None]]) -> Block:
    """Return a block without a name from (content, style) pairs."""
    return Block(at, tuple(tuple(cell and Cell(*cell) for cell in row) for row in rows))
