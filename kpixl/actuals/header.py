"""In which row of a table are its headings, and where does it end?

Reports begin with a title, the date of the export or blank rows, and end with a note. Where the mapping names headings
the row that has most of them is the one; else it is the first that is about as wide as what follows it.
"""

import re
from collections.abc import Iterable, Sequence
from statistics import median

from kpixl.actuals.headings import plain

__all__ = ["LOOKED_AT", "fitting", "header_in", "is_note"]

_FIGURE = re.compile(r"[\d/.:,\-年月日 ]+")
LOOKED_AT = 60  # rows at the top of a table in which headings may stand
_WIDE = 0.6  # of the width of the rows below, that headings have at least


def header_in(rows: Sequence[Sequence[str]], wanted: frozenset[str] = frozenset()) -> int:
    """Return the place of the row with the headings among the first rows of a table; `wanted` are in plain form.

    >>> header_in([["活動レポート"], ["2026-07-01 出力"], ["日時", "担当", "種別"], ["2026-07-01", "佐藤", "架電"]])
    2
    >>> header_in([["期間", "7月", "担当", "全員"], ["日時", "担当"], ["2026", "佐藤"]], frozenset({"日時", "担当"}))
    1
    """
    fits = [fitting(row, wanted) for row in rows]
    most = max(fits, default=0)
    if most:
        return fits.index(most)
    widths = [_width(row) for row in rows]
    filled = [width for width in widths if width]
    if not filled:
        return 0
    usual = median(filled[-max(1, len(filled) - 1) :])
    enough = max(_WIDE * usual, 1)
    return next((place for place, width in enumerate(widths) if width and width >= enough), 0)


def fitting(row: Iterable[str], wanted: frozenset[str]) -> int:
    """Return how many of the headings that are wanted a row has."""
    return len(wanted.intersection(map(plain, row)))


def is_note(row: Sequence[str], columns: int) -> bool:
    """Say whether a row below a table is a note: it has text in one cell only, and that is no day or number.

    >>> is_note(["出力: 2026-07-31", "", ""], 3), is_note(["2026-07-31", "", ""], 3)
    (True, False)
    """
    filled = 0
    for cell in row:
        filled += bool(cell) and not cell.isspace()
        if filled > 1:  # as nearly all rows are
            return False
    return filled == 1 and columns >= 3 and not any(map(_FIGURE.fullmatch, row))


def _width(row: Iterable[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)
