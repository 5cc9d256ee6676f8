"""References in formulas: to a column of a table, a cell in the formula's own row or in a looked-up row, or a sheet.

Columns are named by key; the formula itself contains the current heading.
"""

import re
from collections.abc import Callable

from kpixl.workbook.blocks import Calc
from kpixl.workbook.schema import heading_of
from kpixl.xlsx.address import Area

__all__ = [
    "cells_put_in",
    "column_called",
    "column_ref",
    "found_at",
    "headings_ref",
    "looked_up",
    "on_sheet",
    "own_cell",
    "row_number",
    "row_number_called",
    "this_row",
    "this_row_called",
]

_ADDRESS = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!([$A-Z0-9:]+)")
_ESCAPED = str.maketrans({char: f"'{char}" for char in "[]#'"})
_OWN_CELL = re.compile(r"⟦(\d+)\|([^⟧]*)⟧")


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


def looked_up(table: str, key: str, by: str, name: str) -> str:
    """Return the formula that looks up a column's cell in the row where column `by` holds the value of `name`.

    >>> looked_up("kpixl_team", "secured", "month", "kpixl_month_start")
    'INDEX(kpixl_team[確保済み],MATCH(kpixl_month_start,kpixl_team[月],0))'
    """
    return f"INDEX({column_ref(table, key)},MATCH({name},{column_ref(table, by)},0))"


def headings_ref(table: str, first: str, last: str) -> str:
    """Return the reference to a table's headings from one column to another, in a form that LibreOffice also reads.

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
    """Return the formula of a row's number within its table, from 1; `key` may be that of any column.

    >>> row_number("kpixl_team", "month")
    'ROW()-ROW(kpixl_team[[#Headers],[月]])'
    """
    return row_number_called(table, heading_of(table, key))


def row_number_called(table: str, heading: str) -> str:
    """Return the formula of a row's number within its table, from 1, by the heading of any column."""
    return f"ROW()-ROW({table}[[#Headers],[{_escape(heading)}]])"


def on_sheet(sheet: str, cells: str) -> str:
    """Return the reference to cells of a sheet.

    >>> on_sheet("Joe's", "$A$1")
    "'Joe''s'!$A$1"
    """
    title = sheet.replace("'", "''")
    return f"'{title}'!{cells}"


def found_at(reference: str) -> tuple[str, Area] | None:
    """Return the sheet and the cells of a reference; None if it is not an address on a sheet.

    >>> found_at("'Joe''s'!$A$1")
    ("Joe's", Area(left=1, top=1, right=1, bottom=1))
    """
    match = _ADDRESS.fullmatch(reference)
    area = Area.find(match[3]) if match else None
    return None if match is None or area is None else ((match[1] or "").replace("''", "'") or match[2], area)


def own_cell(row: int, key: str) -> str:
    """Return a placeholder for a cell of the formula's own table, by its row (from 0) and column.

    A formula that named its own column would refer to itself. The position of the table is known only when it is
    written, so `cells_put_in` then replaces the placeholder with the address.

    >>> own_cell(0, "share")
    '⟦0|share⟧'
    """
    return f"⟦{row}|{key}⟧"


def cells_put_in(calc: Calc, where: Callable[[int, str], str | None]) -> Calc:
    """Return a formula with addresses in place of `own_cell`; `where` gives an address by row (from 0) and key.

    A placeholder for which it returns None is left as it is.

    >>> cells_put_in(Calc("⟦0|share⟧*2", 4), lambda row, key: f"D{7 + row}").formula
    'D7*2'
    """
    if "⟦" not in calc.formula:
        return calc
    return Calc(_OWN_CELL.sub(lambda cell: where(int(cell[1]), cell[2]) or cell[0], calc.formula), calc.value)


def _escape(heading: str) -> str:
    return heading.translate(_ESCAPED)
