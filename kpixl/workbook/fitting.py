"""How wide a column and how high a row must be for its contents; a full-width character counts as two.

Numbers widen their column, because a number that does not fit shows as ####; long texts wrap and make their row higher.
"""

import math
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from kpixl.texts import say
from kpixl.workbook.blocks import Sheet, Table, Value, value_of
from kpixl.workbook.style import LINE_HEIGHTS, WRAPPED, boxed
from kpixl.xlsx.address import column_letters

__all__ = ["ROW_HEIGHT", "column_widths", "display_width", "row_heights", "shortened", "wraps"]

ROW_HEIGHT = 20  # points
_PADDING = 3  # an indent on one side, and some margin
_AIR = 1  # beside a word of a heading
_MOST_LINES = 8
_HEADING_AIR = 7  # points
_UNITS = {
    "count": 0,
    "gap": 1,
    "decimal": 2,
    "quantity": 2,
    "subtotal": 1,
    "still": 1,
    "still_daily": 2,
    "still_money": 3,
    "money": 2,
    "price": 2,
    "gap_money": 3,
    "effect_money": 3,
}  # what a style adds to the digits


@lru_cache(maxsize=10_000)  # a report says much of each member in the same words
def display_width(text: str) -> int:
    """Return the width of a text in half-width characters.

    >>> display_width("売上 KPI")
    8
    """
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def shortened(text: str, width: int) -> str:
    """Return a text in at most so many half-width characters, with an ellipsis for what does not fit.

    >>> shortened("長い名前の担当者", 10), shortened("佐藤", 10)
    ('長い名前…', '佐藤')
    """
    if display_width(text) <= width:
        return text
    kept = text
    while display_width(kept) > width - 2:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def wraps(text: str, width: float) -> bool:
    """Say whether a text needs more than one line in a column of this width."""
    return _lines(text, width) > 1


def column_widths(sheet: Sheet) -> dict[str, float]:
    """Return the width of each column that needs one, by its letters."""
    widths: dict[str, float] = {}
    for table in sheet.tables:
        for place, column in enumerate(table.columns, table.area.left):
            letters = column_letters(place)
            widths[letters] = max(widths.get(letters, 0), column.width, _heading_width(column.heading))
    widths |= sheet.widths
    for place, content, style in _cells(sheet):
        least = _least_width(content, style)
        if least and (letters := column_letters(place)) in widths:
            widths[letters] = max(widths[letters], least)
    return widths


def row_heights(sheet: Sheet, widths: dict[str, float]) -> dict[int, float]:
    """Return the height in points of each row that is higher than usual, by its number."""
    heights: dict[int, float] = {}

    def reach(row: int, height: float) -> None:
        if height > ROW_HEIGHT:
            heights[row] = max(heights.get(row, 0), height)

    for block in sheet.blocks:
        for place, row, cell in block.cells():
            if cell.style in LINE_HEIGHTS:
                reach(row, LINE_HEIGHTS[cell.style])
            elif cell.style == "paragraph":
                lines = _lines(str(value_of(cell.content)), widths[column_letters(place)])
                reach(row, lines * LINE_HEIGHTS["text"])
    for table in sheet.tables:
        left, top, *_ = table.area
        for place, column in enumerate(table.columns):
            width = widths[column_letters(left + place)]
            reach(top, _HEADING_AIR + LINE_HEIGHTS["heading"] * _lines(column.heading, width))
            if column.style not in WRAPPED:
                continue
            for row, value in enumerate(_values(table, place), top + 1):
                if isinstance(value, str):
                    reach(row, min(_lines(value, width), _MOST_LINES) * LINE_HEIGHTS["text"])
    return heights


def _cells(sheet: Sheet) -> Iterator[tuple[int, Value, str]]:
    """Yield the column number, value and style of each cell in blocks and tables."""
    for block in sheet.blocks:
        yield from ((column, value_of(cell.content), cell.style) for column, _, cell in block.cells())
    for table in sheet.tables:
        for place, column in enumerate(table.columns):
            left, styles = table.area.left + place, table.styles(column)
            yield from ((left, value, style) for value, style in zip(_values(table, place), styles, strict=True))


def _values(table: Table, place: int) -> Iterator[Value]:
    return (value_of(row[place]) for row in table.rows)


def _lines(text: str, width: float) -> int:
    return sum(max(1, math.ceil((display_width(line) + _PADDING - 1) / width)) for line in text.split("\n"))


def _heading_width(heading: str) -> float:
    """Return the width at which a heading takes at most two lines, without breaking its words if it is in English."""
    longest = max(display_width(word) for word in re.split(r"[\s/]", heading))
    words = longest + _AIR if heading.isascii() else 0
    return max(words, math.ceil(display_width(heading) / 2) + _PADDING)


def _least_width(value: Value, style: str) -> float:
    """Return the width that a cell needs at least; 0 where it has no need of one."""
    if isinstance(value, str):
        return _word_width(value) if style == "strong" and value.isascii() else 0
    return _number_width(value, style) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def _word_width(name: str) -> float:
    """Return the width at which the longest word of a name in English does not break."""
    return max(map(len, re.split(r"[\s/]", name))) + _PADDING - 1


def _number_width(value: float, style: str) -> float:
    label, kind = boxed(style)
    if kind not in _UNITS:
        return 0
    said = display_width(say(f"heading.{label}")) - 1 if label else 0  # a box has less air than a table
    return len(f"{abs(value):,.0f}") + _UNITS[kind] + said + _PADDING
