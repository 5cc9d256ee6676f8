"""Cell addresses: `B4` and `B4:D9` as numbers and back.

Columns and rows count from one, as people read them, and stay within the sheet of today's Excel
(16,384 columns, 1,048,576 rows).
"""

import re
from functools import lru_cache
from typing import NamedTuple

__all__ = ["LAST_COLUMN", "LAST_ROW", "Area", "address", "column_letters", "column_number"]

LAST_COLUMN = 16_384
LAST_ROW = 1_048_576
_COLUMNS = re.compile(r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})")
_ROWS = re.compile(r"\$?([0-9]{1,7}):\$?([0-9]{1,7})")
_AREA = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Za-z]{1,3})\$?([0-9]{1,7}))?")


class Area(NamedTuple):
    """A rectangle of cells, its edges included.

    >>> Area.parse("B4:D9")
    Area(left=2, top=4, right=4, bottom=9)
    >>> str(Area(2, 4, 2, 4))
    'B4'
    >>> Area.parse("$A:$C") == Area(1, 1, 3, LAST_ROW), Area.parse("2:3") == Area(1, 2, LAST_COLUMN, 3)
    (True, True)
    """

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    @lru_cache(maxsize=10_000)
    def parse(cls, text: str) -> "Area":
        """Return the rectangle that `text` names; `$` signs do not matter. ValueError when it names none."""
        if columns := _COLUMNS.fullmatch(text):
            left, right, top, bottom = column_number(columns[1]), column_number(columns[2]), 1, LAST_ROW
        elif rows := _ROWS.fullmatch(text):
            left, right, top, bottom = 1, LAST_COLUMN, int(rows[1]), int(rows[2])
        elif found := _AREA.fullmatch(text):
            left, top = column_number(found[1]), int(found[2])
            right, bottom = (left, top) if found[3] is None else (column_number(found[3]), int(found[4]))
        else:
            raise ValueError(f"no cell address: {text!r}")
        if not (1 <= left <= right <= LAST_COLUMN and 1 <= top <= bottom <= LAST_ROW):
            raise ValueError(f"outside the sheet: {text!r}")
        return cls(left, top, right, bottom)

    @classmethod
    def find(cls, text: str) -> "Area | None":
        """Return the rectangle that `text` names, or None when it is written in another way (`B2:A1`)."""
        try:
            return cls.parse(text)
        except ValueError:
            return None

    def __str__(self) -> str:
        first, last = address(self.left, self.top), address(self.right, self.bottom)
        return first if first == last else f"{first}:{last}"

    def holds(self, column: int, row: int) -> bool:
        """Return whether the cell lies within."""
        return self.left <= column <= self.right and self.top <= row <= self.bottom

    def overlaps(self, other: "Area") -> bool:
        """Return whether the two share a cell."""
        return (
            self.left <= other.right
            and other.left <= self.right
            and self.top <= other.bottom
            and other.top <= self.bottom
        )


def address(column: int, row: int) -> str:
    """Return the A1 address of a cell.

    >>> address(28, 7)
    'AB7'
    """
    return f"{column_letters(column)}{row}"


@lru_cache(maxsize=LAST_COLUMN)
def column_letters(number: int) -> str:
    """Return the letters of a column.

    >>> column_letters(16_384)
    'XFD'
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=LAST_COLUMN)
def column_number(letters: str) -> int:
    """Return the number of a column.

    >>> column_number("XFD")
    16384
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
