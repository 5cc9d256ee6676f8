"""The rules of sharing as formulas: the largest remainder, and a table whose rows and columns both sum.

They say in a cell what `engine.allocate` and `engine.share_table` compute, so that targets follow every change.
"""

import numpy as np
from numpy.typing import NDArray

from kpixl.workbook.blocks import Calc, column_ref, own_cell, this_row

__all__ = ["largest_remainder", "rounded", "shared_cells"]


def rounded(formula: str) -> str:
    """Return the formula that rounds half up, the last bits of floating point rounded off first."""
    return f"ROUND(ROUND({formula},9),0)"


def largest_remainder(total: str, table: str, share: str) -> str:
    """Return the formula of a row's whole part of `total`, by the column of shares in its table.

    What rounding down leaves over goes to the largest remainders, the upper row first among equals.
    """
    shares, own = column_ref(table, share), this_row(table, share)
    exact, mine = f"ROUND({total}*{shares},9)", f"ROUND({total}*{own},9)"
    rests, rest = f"ROUND({exact}-INT({exact}),9)", f"ROUND({mine}-INT({mine}),9)"
    larger = f"SUMPRODUCT(--({rests}>{rest}))+SUMPRODUCT(({rests}={rest})*(ROW({shares})<ROW({own})))"
    return f"INT({mine})+IF({larger}<{total}-SUMPRODUCT(INT({exact})),1,0)"


def shared_cells(
    heading: str, counts: NDArray[np.int64], *, number: str, rows: str, columns: str, due: str | None = None
) -> list[list[Calc]]:
    """Return the cells of a column that shares a stage's months among people or channels, by month and person.

    The table has a row for every month and person, month after month, with the person's `number` in a column. `rows`
    refers to what each month is to bring, `columns` to what each person carries in all; the column `due` says which
    part of it should be there by the end of the month (without it the part is the same for all).
    """
    people = counts.shape[1]
    return [
        [
            Calc(_share(heading, month, place, people, number, rows, columns, due), int(count))
            for place, count in enumerate(row)
        ]
        for month, row in enumerate(counts)
    ]


def _share(
    heading: str, month: int, place: int, people: int, number: str, rows: str, columns: str, due: str | None
) -> str:
    first, own = month * people, month * people + place
    left = f"INDEX({rows},{month + 1})"  # what the month has still to give, with those above served
    if place:
        left += f"-SUM({_cells(first, own - 1, heading)})"
    if place == people - 1:
        return left
    own_number = own_cell(own, number)
    stood = _before(first, heading, number, own_number)
    stood_after = _before(first, heading, number, f'">"&{own_number}')
    whole = f"INDEX({columns},{place + 1})"
    after = f"SUM(INDEX({columns},{place + 2}):INDEX({columns},{people}))"
    everyone = f"INDEX({columns},{place + 1}):INDEX({columns},{people})"
    claim, claims = whole, f"SUM({everyone})"
    if due:
        claim += f"*{own_cell(own, due)}"
        claims = f"SUMPRODUCT({everyone},{_cells(own, first + people - 1, due)})"
    fair = f"IFERROR({rounded(f'({left}{stood}{stood_after})*{claim}/{claims}')},0)"
    return f"MAX(0,{left}{stood_after}-{after},MIN({left},{whole}{_minus(stood)},{fair}{_minus(stood)}))"


def _before(first: int, heading: str, number: str, which: str) -> str:
    """Return the formula of what was given in the months before to the people with these numbers, to be added."""
    if not first:
        return ""
    return f"+SUMIFS({_cells(0, first - 1, heading)},{_cells(0, first - 1, number)},{which})"


def _minus(added: str) -> str:
    return added.replace("+", "-", 1)


def _cells(top: int, bottom: int, heading: str) -> str:
    return f"{own_cell(top, heading)}:{own_cell(bottom, heading)}"
