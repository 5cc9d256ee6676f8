"""The rules of sharing as formulas: the largest remainder method, and a table whose rows and columns both sum.

They compute in cells what `engine.allocate` and `engine.share_table` compute, so that targets follow every change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpixl.workbook.blocks import Calc
from kpixl.workbook.references import column_ref, own_cell, this_row

__all__ = ["Sharing", "largest_remainder", "rounded"]


def rounded(formula: str) -> str:
    """Return the formula that rounds half up, after removing floating-point noise."""
    return f"ROUND(ROUND({formula},9),0)"


def largest_remainder(total: str, table: str, share: str) -> str:
    """Return the formula of a row's whole-number part of `total`, by the column of shares in its table.

    The remainder after rounding down goes to the rows with the largest fractions; of equal ones, the upper comes first.
    """
    shares, own = column_ref(table, share), this_row(table, share)
    exact, mine = f"ROUND({total}*{shares},9)", f"ROUND({total}*{own},9)"
    rests, rest = f"ROUND({exact}-INT({exact}),9)", f"ROUND({mine}-INT({mine}),9)"
    larger = f"SUMPRODUCT(--({rests}>{rest}))+SUMPRODUCT(({rests}={rest})*(ROW({shares})<ROW({own})))"
    return f"INT({mine})+IF({larger}<{total}-SUMPRODUCT(INT({exact})),1,0)"


@dataclass(frozen=True)
class Sharing:
    """The references that the cells of a shared column are computed from.

    `table` has a row for every month and person, sorted by month, with the number of the person in a column. `rows` are
    the month and target columns of the table of months. `columns` refers to each person's total. The column `due` is
    the share of that total that should be reached by the end of the month (None: the same for all). `since`, if given,
    is a formula of a month; earlier months were not shared by these rules and are left out.
    """

    table: str
    rows: tuple[str, str]
    columns: str
    due: str | None = None
    since: str | None = None

    def cells(self, key: str, counts: NDArray[np.int64], closed: int = 0) -> list[list[Calc]]:
        """Return the cells of a column with the values `counts`, by month and person; none of the `closed` months."""
        people = counts.shape[1]
        own = {part: this_row(self.table, part) for part in ("month", "number", *([self.due] if self.due else ()))}
        found: list[list[Calc]] = [[] for _ in range(closed)]
        for month, row in enumerate(counts[closed:].tolist(), closed):
            first = month * people
            number = own["number"]
            stood = [self._before(key, first, which) for which in (number, f'">"&{number}', f'">="&{number}')]
            found.append(
                [Calc(self._cell(key, first, place, people, own, stood), count) for place, count in enumerate(row)]
            )
        return found

    def _cell(
        self, key: str, first: int, place: int, people: int, mine: Mapping[str, str], before: Sequence[str]
    ) -> str:
        """Return the formula of the person at `place` in the month whose rows begin at `first`.

        `mine` refers to cells of the own row by key; `before` are the terms of earlier months.
        """
        own = first + place
        months, brought = self.rows
        month, number = mine["month"], mine["number"]
        left = f"SUMIFS({brought},{months},{month})"  # what the rows above leave of the month
        if place:
            left += f"-SUM({_cells(first, own - 1, key)})"
        if place == people - 1:
            return left
        stood, stood_after, stood_from = before
        whole, end = f"INDEX({self.columns},{number})", f"INDEX({self.columns},{people})"
        after = f"SUM(INDEX({self.columns},{number}+1):{end})"
        claim, claims = whole, f"SUM({whole}:{end})"
        if self.due:
            claim += f"*{mine[self.due]}"
            claims = f"SUMPRODUCT({whole}:{end},{_cells(own, first + people - 1, self.due)})"
        fair = f"IFERROR({rounded(f'({left}{stood_from})*{claim}/{claims}')},0)"
        return f"MAX(0,{left}{stood_after}-{after},MIN({left},MIN({whole},{fair}){stood.replace('+', '-', 1)}))"

    def _before(self, key: str, first: int, which: str) -> str:
        """Return the term that adds the parts of earlier months for the people whose numbers match `which`."""
        if not first:
            return ""
        months, numbers = (_cells(0, first - 1, part) for part in ("month", "number"))
        shared = f',{months},">="&{self.since}' if self.since else ""
        return f"+SUMIFS({_cells(0, first - 1, key)},{numbers},{which}{shared})"


def _cells(top: int, bottom: int, key: str) -> str:
    return f"{own_cell(top, key)}:{own_cell(bottom, key)}"
