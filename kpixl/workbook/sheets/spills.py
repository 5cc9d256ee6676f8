"""The analyses of a live workbook: each is one kpixl formula that spills into a block beside the sheet's tables.

In other workbooks a refresh writes the figures of an analysis into the tables. In a live workbook they are in a block,
from which the cells of the tables take them, since formulas cannot spill into a table. The formula and the values of a
block come from the same arguments: the values are the result of calling the function with them.

Where the workbook's macros do not run (on the web, on a phone, in a blocked download), a block shows the values that
the last refresh left on a hidden sheet (`kept`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpixl.workbook.blocks import BY_ROW, Block, Cell, lettering
from kpixl.workbook.references import row_number
from kpixl.workbook.schema import wording
from kpixl.workbook.sheets.formulas import quoted
from kpixl.xlsx.address import Area, address, column_letters
from udfs.boundary import call
from udfs.cells import Grid

__all__ = [
    "Given",
    "answering",
    "cell_of",
    "kept_name",
    "live_widths",
    "number_from",
    "sentence",
    "spilled",
    "text_from",
]

_WIDTH = 16
# Python's format specifications as Excel number formats
_LOOKS = {",.0f": "#,##0", ".0%": "0%", ".1%": "0.0%", ".1f": "0.0"}


@dataclass(frozen=True)
class Given:
    """An argument: its text in the formula, and its value as cells."""

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
    """Return a block of headings, and below it the block `name` that a function fills.

    `columns` maps the key of each column to its style; where that is by row, `rows` has the style of each row of the
    result. While the condition `unless` is true, the block is blank; if it is a column, this applies row by row.
    """
    formula = f'IFERROR({function}({",".join(argument.formula for argument in arguments)}),"")'
    if unless is not None:
        formula = f'IF({unless.formula},"",{formula})'
    kept = kept_name(name)
    formula = f'IF({answering()},{formula},IF({kept}="","",{kept}))'
    blank = False if unless is None else unless.cells
    answer = "" if blank is True else call(function, [argument.cells for argument in arguments])
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


def kept_name(block: str) -> str:
    """Return the name of the block with the values that the last refresh left of a block."""
    return f"{block}_kept"


def answering(nothing: str = "0") -> str:
    """Return the condition that the functions answer, which they do not if macros are blocked or Python is missing.

    `nothing` is a formula that gives 0: the condition is computed again whenever a cell in it has changed.
    """
    return f"IFERROR(MAX(KPI_BACKSOLVE(100+{nothing},10,0.5))=20,FALSE)"


def live_widths(first: str, columns: int) -> dict[str, float]:
    """Return the widths of the columns that blocks occupy, from the cell `first` on."""
    left = Area.parse(first).left
    return {column_letters(column): _WIDTH for column in range(left, left + columns)}


def sentence(template: str, figures: Mapping[str, str]) -> str:
    """Return the formula of a sentence whose placeholders (`{name:format}`) are filled with formulas.

    >>> sentence("前 {before:,.0f} 件、{days} 日", {"before": "A1", "days": "B1"})
    '"前 "&TEXT(A1,"#,##0")&" 件、"&B1&" 日"'
    """
    parts = [quoted(text) if text else "" for text in re.split(r"\{[^}]+\}", template)]
    filled = [_figure(figures[name], look) for name, look in re.findall(r"\{(\w+):?([^}]*)\}", template)]
    return "&".join(part for pair in zip(parts, [*filled, ""], strict=True) for part in pair if part)


def _figure(formula: str, look: str) -> str:
    return f"TEXT({formula},{quoted(_LOOKS[look])})" if look else formula


def cell_of(block: str, table: str, key: str, column: int) -> str:
    """Return the reference to a block's cell for a row of a table; `key` may be that of any of the table's columns."""
    return f"INDEX({block},{row_number(table, key)},{column})"


def number_from(block: str, table: str, key: str, column: int) -> str:
    """Return the formula of a table's cell: the number in the same row of a block, or ""."""
    cell = cell_of(block, table, key, column)
    return f'IF(ISNUMBER({cell}),{cell},"")'


def text_from(block: str, table: str, key: str, column: int = 1) -> str:
    """Return the formula of a table's cell: the text in the same row of a block.

    An empty text is appended, because LibreOffice compares only texts that it has computed itself.
    """
    return f'{cell_of(block, table, key, column)}&""'
