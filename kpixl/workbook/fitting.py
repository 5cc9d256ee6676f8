"""How wide a column and how high a row must be for what stands in it, a full-width character counting as two.

Numbers widen their column, since a number that does not fit shows as ####; long texts wrap and make their row higher.
"""

import math
import re
import unicodedata
from collections.abc import Iterator

from kpixl.workbook.blocks import Calc, Content, Sheet, Table
from kpixl.workbook.style import LINE_HEIGHTS, WRAPPED
from kpixl.xlsx.address import Area, column_letters

__all__ = ["ROW_HEIGHT", "column_widths", "display_width", "row_heights", "wraps"]

ROW_HEIGHT = 20  # points
_PADDING = 3  # an indent on one side, and a little air
_MOST_LINES = 8


def display_width(text: str) -> int:
    """Return how many half-width characters a text is as wide as.

    >>> display_width("売上 KPI")
    8
    """
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def wraps(text: str, width: float) -> bool:
    """Say whether a text needs more than one line in a column of this width."""
    return _lines(text, width) > 1


def column_widths(sheet: Sheet) -> dict[str, float]:
    """Return the width of each column that has one, by its letters."""
    widths: dict[str, float] = {}
    numbers: dict[str, float] = {}
    for table in sheet.tables:
        for place, column in enumerate(table.columns):
            letters = column_letters(Area.parse(table.at).left + place)
            widths[letters] = max(widths.get(letters, 0), column.width, _heading_width(column.heading))
            cells = zip(_contents(table, place), table.styles(column), strict=True)
            needed = (_number_width(content, style) for content, style in cells)
            numbers[letters] = max(numbers.get(letters, 0), *needed, 0)
    widths |= sheet.widths
    return {letters: max(width, numbers.get(letters, 0)) for letters, width in widths.items()}


def row_heights(sheet: Sheet, widths: dict[str, float]) -> dict[int, float]:
    """Return the height in points of each row that is higher than others, by its number."""
    heights: dict[int, float] = {}

    def reach(row: int, height: float) -> None:
        if height > ROW_HEIGHT:
            heights[row] = max(heights.get(row, 0), height)

    for block in sheet.blocks:
        for row, cells in enumerate(block.rows, Area.parse(block.at).top):
            reach(row, max((LINE_HEIGHTS.get(cell.style, 0) for cell in cells if cell), default=0))
    for table in sheet.tables:
        left, top, *_ = Area.parse(table.at)
        reach(top, LINE_HEIGHTS["heading"])
        for place, column in enumerate(table.columns):
            if column.style not in WRAPPED:
                continue
            width = widths[column_letters(left + place)]
            for row, content in enumerate(_contents(table, place), top + 1):
                if isinstance(content, str):
                    reach(row, min(_lines(content, width), _MOST_LINES) * LINE_HEIGHTS["text"])
    return heights


def _contents(table: Table, place: int) -> Iterator[Content]:
    for row in table.rows:
        content = row[place]
        yield content.value if isinstance(content, Calc) else content


def _lines(text: str, width: float) -> int:
    return sum(max(1, math.ceil((display_width(line) + _PADDING - 1) / width)) for line in text.split("\n"))


def _heading_width(heading: str) -> float:
    """Return the width in which a heading takes two lines at most, its words whole where words are spaced."""
    longest = max(display_width(word) for word in re.split(r"[\s/]", heading))
    words = longest if heading.isascii() else 0
    return max(words, math.ceil(display_width(heading) / 2)) + _PADDING


def _number_width(content: Content, style: str) -> float:
    if isinstance(content, bool) or not isinstance(content, int | float):
        return 0
    unit = {"money": 2, "gap_money": 3, "decimal": 2, "gap": 1}.get(style)
    return 0 if unit is None and style != "count" else len(f"{abs(content):,.0f}") + (unit or 0) + _PADDING
