"""The analyses of a live workbook: one kpixl formula for each, which spills over a block beside the sheet's tables.

In a plain workbook a refresh writes the figures of an analysis into its tables. In a live one it stands in a block, and
the cells of the tables read it from there, since nothing may spill into a table. Formula and values of a block come
from the same arguments: the values are what the function itself answers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpixl.workbook.blocks import BY_ROW, Block, Cell, lettering
from kpixl.workbook.references import column_ref, row_number
from kpixl.workbook.schema import wording
from kpixl.workbook.sheets.formulas import quoted
from kpixl.workbook.state import State
from kpixl.workbook.tables import CLOSURES
from kpixl.xlsx.address import Area, address, column_letters
from udfs.boundary import call
from udfs.cells import Grid

__all__ = ["Given", "calendar", "cell_of", "live_widths", "number_from", "sentence", "spilled", "text_from"]

_WIDTH = 16
_LOOKS = {",.0f": "#,##0", ".0%": "0%"}  # Python's formats in Excel's words
_NO_COUNTRY = "none"  # the closures of a plan are all days off, national holidays included


@dataclass(frozen=True)
class Given:
    """An argument: as the formula writes it, and the cells that stand there now."""

    formula: str
    cells: object


def spilled(
    at: str,
    name: str,
    function: str,
    arguments: Sequence[Given],
    columns: Mapping[str, str],
    rows: Sequence[str],
    *,
    unless: Given | None = None,
) -> tuple[Block, Block]:
    """Return a block named `name` that a function fills, below its headings.

    `columns` gives the style of each by its key; where it is by row, `rows` has the style of each row that the
    function answers. While the condition `unless` is true, nothing is asked, and the block is blank; where it is a
    column, that holds row by row.
    """
    formula = f"{function}({','.join(one.formula for one in arguments)})"
    if unless is not None:
        formula = f'IF({unless.formula},"",{formula})'
    blank = False if unless is None else unless.cells
    answer = "" if blank is True else call(function, [one.cells for one in arguments])
    cells: Grid = answer if isinstance(answer, list) else [[answer]]
    if isinstance(blank, list):
        cells = [[""] * len(columns) if nothing else row for nothing, row in zip(blank, cells, strict=True)]
    filled = [[*row, *[None] * (len(columns) - len(row))] for row in [*cells, *[[]] * (len(rows) - len(cells))]]
    styles = [[own if style == BY_ROW else style for style in columns.values()] for own in rows]
    start = Area.parse(at)
    return (
        lettering(at, [[(wording(key), "heading") for key in columns]]),
        Block(
            address(start.left, start.top + 1),
            tuple(tuple(map(Cell, *looks)) for looks in zip(filled, styles, strict=True)),
            name,
            spill=formula,
        ),
    )


def calendar(state: State) -> tuple[tuple[Given, Given, Given], tuple[Given, Given]]:
    """Return the month as functions take it (first day, last day, as of), and which days of it are off."""
    period, (start, day) = state.plan.period, state.span
    closures = Given(column_ref(CLOSURES, "date"), list(period.closures))
    end = period.ends[period.month_of(day)]
    days = Given("kpixl_month_start", start), Given("kpixl_month_end", end), Given("kpixl_as_of", day)
    return days, (closures, Given(quoted(_NO_COUNTRY), _NO_COUNTRY))


def live_widths(first: str, columns: int) -> dict[str, float]:
    """Return the widths of the columns that blocks stand in, from the cell of the first."""
    left = Area.parse(first).left
    return {column_letters(column): _WIDTH for column in range(left, left + columns)}


def sentence(template: str, figures: Mapping[str, str]) -> str:
    """Return the formula of a sentence whose places (`{name:format}`) are filled with what formulas give.

    >>> sentence("前 {before:,.0f} 件、{days} 日", {"before": "A1", "days": "B1"})
    '"前 "&TEXT(A1,"#,##0")&" 件、"&B1&" 日"'
    """
    parts = [quoted(text) if text else "" for text in re.split(r"\{[^}]+\}", template)]
    filled = [_figure(figures[name], look) for name, look in re.findall(r"\{(\w+):?([^}]*)\}", template)]
    return "&".join(part for pair in zip(parts, [*filled, ""], strict=True) for part in pair if part)


def _figure(formula: str, look: str) -> str:
    return f"TEXT({formula},{quoted(_LOOKS[look])})" if look else formula


def cell_of(block: str, table: str, key: str, column: int) -> str:
    """Return the reference to a block's cell beside a row of a table; `key` is that of any of its columns."""
    return f"INDEX({block},{row_number(table, key)},{column})"


def number_from(block: str, table: str, key: str, column: int) -> str:
    """Return the formula of a table's cell: the number that stands in its row of a block, or nothing."""
    cell = cell_of(block, table, key, column)
    return f'IF(ISNUMBER({cell}),{cell},"")'


def text_from(block: str, table: str, key: str, column: int = 1) -> str:
    """Return the formula of a table's cell: the text that stands in its row of a block.

    It is joined to nothing, because LibreOffice compares only such texts as it made itself.
    """
    return f'{cell_of(block, table, key, column)}&""'
