"""What stands on a sheet, told once for the workbook that is made and for the one that is refreshed.

A sheet is blocks of cells, tables and charts. A cell holds a value, or a native formula together with the value it
has now. Tables and named blocks are kpixl's own and found again by name; blocks without a name are titles
and labels.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kpixl.workbook.schema import heading_of
from kpixl.xlsx.address import Area

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
    "figure",
    "lettering",
    "table_of",
    "value_of",
]

BY_ROW = "by_row"
Value = str | float | int | bool | dt.date | None


@dataclass(frozen=True)
class Calc:
    """A native formula and its value; the formula is written as Excel stores it, without the leading `=`."""

    formula: str
    value: Value


Content = Value | Calc


def value_of(content: Content) -> Value:
    """Return the value that a cell with this content shows."""
    return content.value if isinstance(content, Calc) else content


def figure(value: float | None, blank: Value = "") -> Value:
    """Return a figure as a cell shows it, `blank` where there is none."""
    return blank if value is None or math.isnan(value) else float(value)


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

    @property
    def area(self) -> Area:
        """The cells from the first to the last."""
        left, top, *_ = Area.parse(self.at)
        return Area(left, top, left + max(map(len, self.rows)) - 1, top + len(self.rows) - 1)

    def has_shape_of(self, area: Area) -> bool:
        """Say whether it is as wide and as high as an area."""
        return (area.right - area.left, area.bottom - area.top) == (
            self.area.right - self.area.left,
            self.area.bottom - self.area.top,
        )

    def cells(self) -> Iterator[tuple[int, int, Cell]]:
        """Yield column and row of each cell that is not left alone, and the cell."""
        left, top, *_ = Area.parse(self.at)
        for down, row in enumerate(self.rows, top):
            for across, cell in enumerate(row, left):
                if cell is not None:
                    yield across, down, cell


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

    @property
    def area(self) -> Area:
        """Headings and rows, and the row of sums if there is one."""
        left, top, *_ = Area.parse(self.at)
        return Area(left, top, left + len(self.columns) - 1, top + len(self.rows) + self.total)

    @property
    def body(self) -> Area:
        """The rows."""
        left, top, right, bottom = self.area
        return Area(left, top + 1, right, bottom - self.total)

    def column(self, key: str) -> Column:
        """Return the column with a key."""
        return next(column for column in self.columns if column.key == key)

    def styles(self, column: Column) -> tuple[str, ...]:
        """Return the style of each row's cell in a column."""
        return self.row_styles if column.style == BY_ROW else (column.style,) * len(self.rows)

    def sum_of(self, place: int) -> float:
        """Return the sum of a column by its place."""
        return math.fsum(float(str(value_of(row[place]) or 0)) for row in self.rows)


Field = Column | tuple[Column, str | Callable[[Any], Content]]


def table_of(at: str, name: str, entries: Iterable[Any], *fields: Field, room: int = 0, **shown: Any) -> Table:
    """Return a table with a row for each entry, and as many blank ones as make `room` rows in all.

    A column holds what an entry has under the column's key: an attribute, or a part of a record. Where it is called
    otherwise, or has to be made, its name or a function of the entry stands beside the column. "" is blank, but in a
    column with a formula, which shows "" in blank rows. `shown` is whatever else a `Table` takes.
    """
    pairs = [(field, str(field.key)) if isinstance(field, Column) else field for field in fields]
    rows = [tuple(_held(entry, column, value) for column, value in pairs) for entry in entries]
    blank = tuple("" if column.formula else None for column, _ in pairs)
    columns = tuple(column for column, _ in pairs)
    return Table(at, name, columns, [*rows, *[blank] * (room - len(rows))], **shown)


def _held(entry: Any, column: Column, value: str | Callable[[Any], Content]) -> Content:
    if not isinstance(value, str):
        return value(entry)
    held: Content = entry[value] if isinstance(entry, Mapping) else getattr(entry, value)
    return None if held == "" and not column.formula else held


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

    On paper there are only `print_columns`, each span of them (`A:F,H:K`) on pages of its own. A table of
    `print_tables`, beside them, has a page of its own under its section and headings, and a new page begins before each
    row of `breaks`. `row_groups` and `column_groups` say how many groups a row or column folds with; a group's button
    is before it. `unseen` says of which areas nothing is to be seen while a formula is true. A `hidden` sheet is
    kpixl's own, and nobody sees it.
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


def lettering(at: str, rows: Iterable[Iterable[tuple[Content, str] | None]]) -> Block:
    """Return a block of titles and labels, which has no name, from (content, style) pairs."""
    return Block(at, tuple(tuple(cell and Cell(*cell) for cell in row) for row in rows))
