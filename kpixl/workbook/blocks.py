"""What is on a sheet, described once for new workbooks and for refreshes.

A sheet is made of blocks of cells, tables and charts. A cell holds a value, or a native formula together with its
current value. Tables and named blocks are kpixl's own and are found again by name; blocks without a name are titles
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
    "Sparkline",
    "Table",
    "Value",
    "figure",
    "lettering",
    "points",
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
    """Return a figure as a cell shows it; `blank` if it is None or NaN."""
    return blank if value is None or math.isnan(value) else float(value)


def points(difference: float | None, blank: Value = "") -> Value:
    """Return a difference of rates in points, as a cell shows it; `blank` if it is None or NaN.

    >>> points(0.25), points(None)
    (25.0, '')
    """
    return figure(None if difference is None else difference * 100, blank)


@dataclass(frozen=True)
class Cell:
    """The content of a cell, the name of its style, and the target of its link (`#Sheet!A1`)."""

    content: Content
    style: str = "text"
    link: str | None = None


@dataclass(frozen=True)
class Block:
    """A rectangle of cells with its top left corner at `at`; None leaves a cell alone.

    A block with a `name` gets a defined name, and a refresh writes it again unless it is `typed`, that is, the user's.
    If it `widens`, a refresh extends it to the right where it has become wider and nothing stands there.
    `spill` is a formula that fills the whole block; the contents of the cells are then its values. `analysed` cells
    hold results as of the day of the last refresh, `ruled` ones have lines between the rows, as tables have.
    """

    at: str
    rows: tuple[tuple[Cell | None, ...], ...]
    name: str | None = None
    typed: bool = False
    choices: str | tuple[str, ...] | None = None
    spill: str | None = None
    analysed: bool = False
    widens: bool = False
    ruled: bool = False

    @property
    def area(self) -> Area:
        """The area that the block covers."""
        left, top, *_ = Area.parse(self.at)
        return Area(left, top, left + max(map(len, self.rows)) - 1, top + len(self.rows) - 1)

    def has_shape_of(self, area: Area) -> bool:
        """Say whether the block is as wide and as high as an area."""
        return (area.right - area.left, area.bottom - area.top) == (
            self.area.right - self.area.left,
            self.area.bottom - self.area.top,
        )

    def cells(self) -> Iterator[tuple[int, int, Cell]]:
        """Yield the column, the row and the cell, for each cell that is not left alone."""
        left, top, *_ = Area.parse(self.at)
        for down, row in enumerate(self.rows, top):
            for across, cell in enumerate(row, left):
                if cell is not None:
                    yield across, down, cell


@dataclass(frozen=True)
class Column:
    """A column of a table: its key, the style of its cells, and their formula if the column is computed.

    `heading` is the current heading of the key (`kpixl.workbook.schema`); the table fills it in.

    `typed` cells are for the user. `choices` is what may be typed: a list, the formula of a range, `"date"` or
    `"whole"`; by default it follows from the style. `analysed` cells hold results as of the day of the last refresh,
    unless they are formulas.
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

    Rows hold values; in a column with a formula, the values of that formula. A cell with a formula of its own is a
    `Calc`, which refers to other cells of its table by `own_cell`. The first `keys` columns identify a row, so that
    whatever a user wrote beside it moves with it; with 0 every row keeps its position. A `typed` table is the user's
    alone: a refresh reads it and never writes it; the same goes for the typed columns of any table. `total` adds a
    totals row over the counted columns; `summed` says that the last row of a table of values is its sum. `samples`
    are the cells, by row and column from 0, that hold an example until somebody changes it. Where rows differ in kind,
    `row_styles` has a style for each row, which columns of style `by_row` take.
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
        """The area of the headings and rows, and of the totals row if there is one."""
        left, top, *_ = Area.parse(self.at)
        return Area(left, top, left + len(self.columns) - 1, top + len(self.rows) + self.total)

    @property
    def body(self) -> Area:
        """The area of the rows alone."""
        left, top, right, bottom = self.area
        return Area(left, top + 1, right, bottom - self.total)

    def column(self, key: str) -> Column:
        """Return the column with a key."""
        return next(column for column in self.columns if column.key == key)

    def styles(self, column: Column) -> tuple[str, ...]:
        """Return the style of each row's cell in a column."""
        return self.row_styles if column.style == BY_ROW else (column.style,) * len(self.rows)

    def sum_of(self, place: int) -> float:
        """Return the sum of the column at an index."""
        return math.fsum(float(str(value_of(row[place]) or 0)) for row in self.rows)


Field = Column | tuple[Column, str | Callable[[Any], Content]]


def table_of(at: str, name: str, entries: Iterable[Any], *fields: Field, room: int = 0, **shown: Any) -> Table:
    """Return a table with a row for each entry, filled up with blank rows to at least `room` rows.

    A column takes the entry's attribute, or its item if the entry is a mapping, with the column's key. Where that has
    another name or must be computed, pair the column with the name or with a function of the entry. "" becomes blank,
    except in a column with a formula, which shows "" in blank rows. `shown` holds any other arguments of `Table`.
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
    """A series of a chart: its column's key, its look (a name in `style.LOOKS`), and whether the legend lists it."""

    key: str
    look: str
    listed: bool = True


@dataclass(frozen=True)
class Chart:
    """A chart over columns of a table, given by key; `kind` is one of `charts.KINDS`.

    `title` is the title that the chart shows. If `titled` names a block, its single cell is the title instead, and
    `title` describes the chart.
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
class Sparkline:
    """A small chart in the cell `at`, over the `cells` of a row or column of the same sheet.

    If it is over a `table` of another sheet, `sheet` is that sheet's title.
    """

    at: str
    cells: str
    sheet: str = ""
    table: str = ""


@dataclass(frozen=True)
class Sheet:
    """A sheet: its title, its contents, and how it is shown and printed.

    Only `print_columns` are printed, each span of them (`A:F,H:K`) on pages of its own. `row_groups` and
    `column_groups` hold the outline level of a row or column; the button of a group comes before it. All of a sheet
    that is `one_screen` shows on a laptop at once. `unseen` maps areas to a formula: while it is true, their contents
    are invisible. An `upright` sheet is never printed lying, and `footer` is what it says at its foot instead of its
    title. A `hidden` sheet is for kpixl's own use, and no user sees it.
    """

    title: str
    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    sparklines: tuple[Sparkline, ...] = ()
    widths: dict[str, float] = field(default_factory=dict)
    freeze: str | None = None
    tab: str = "plain"
    print_columns: str | None = None
    one_page: bool = False
    paper: str = "A4"
    upright: bool = False
    footer: str = ""
    heights: dict[int, float] = field(default_factory=dict)
    row_groups: dict[int, int] = field(default_factory=dict)
    column_groups: dict[str, int] = field(default_factory=dict)
    unseen: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    one_screen: bool = False
    hidden: bool = False

    def table(self, name: str) -> Table:
        """Return the table with a name."""
        return next(table for table in self.tables if table.name == name)


def lettering(at: str, rows: Iterable[Iterable[tuple[Content, str] | None]]) -> Block:
    """Return an unnamed block of titles and labels from (content, style) pairs."""
    return Block(at, tuple(tuple(cell and Cell(*cell) for cell in row) for row in rows))
