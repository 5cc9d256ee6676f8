"""Which cells changed: a record that answers at once whether an area holds one."""

from kpixl.xlsx.address import LAST_COLUMN, LAST_ROW, Area

__all__ = ["BLOCK", "EVERYTHING", "Changes", "Place"]

Place = tuple[str, Area]
EVERYTHING: Place = ("", Area(1, 1, LAST_COLUMN, LAST_ROW))
BLOCK = 1024
_MOST_SINGLE = 1 << 16


class Changes:
    """The cells whose value changed: one byte a row for every column that has one.

    `written` counts, for each sheet, those that were written rather than found to depend on others; `blocks` counts
    the blocks of `BLOCK` rows of a column that hold a changed cell.
    """

    def __init__(self) -> None:
        self._columns: dict[str, dict[int, bytearray]] = {}
        self.written: dict[str, int] = {}
        self.blocks = 0
        self._resized: dict[str, list[Area]] = {}
        self._large: dict[str, list[Area]] = {}

    @property
    def sheets(self) -> set[str]:
        """The sheets with changed cells, in lower case."""
        return set(self._columns)

    def add(self, sheet: str, column: int, row: int) -> None:
        """Note a changed cell."""
        sheet_columns = self._columns.setdefault(sheet.casefold(), {})
        marks = sheet_columns.setdefault(column, bytearray())
        if len(marks) <= row:
            marks.extend(bytes(max(row + 1 - len(marks), len(marks))))
        start = row - row % BLOCK
        if marks.find(1, start, start + BLOCK) < 0:
            self.blocks += 1
        marks[row] = 1

    def fill(self, sheet: str, area: Area) -> None:
        """Note that all cells of an area changed; a large one is kept as the area that it is."""
        if (area.right - area.left + 1) * (area.bottom - area.top + 1) > _MOST_SINGLE:
            self._columns.setdefault(sheet.casefold(), {})
            self._large.setdefault(sheet.casefold(), []).append(area)
            self.blocks += 1
            return
        for row in range(area.top, area.bottom + 1):
            for column in range(area.left, area.right + 1):
                self.add(sheet, column, row)

    def resize(self, sheet: str, body: Area) -> None:
        """Note that a table now has these rows: whoever reads all of them reads a change, even of equal cells."""
        self._columns.setdefault(sheet.casefold(), {})
        self._resized.setdefault(sheet.casefold(), []).append(body)

    def touch(self, place: Place) -> bool:
        """Return whether a changed cell, or the whole of a resized table's rows, lies there."""
        if place is EVERYTHING:
            return bool(self._columns)
        sheet, area = place
        columns = self._columns.get(sheet)
        if columns is None:
            return False
        for body in self._resized.get(sheet, ()):
            if area.overlaps(body) and area.top <= body.top and area.bottom >= body.bottom:
                return True
        if any(area.overlaps(large) for large in self._large.get(sheet, ())):
            return True
        across = range(area.left, area.right + 1)
        within = across if len(across) < len(columns) else [column for column in columns if column in across]
        return any(columns[column].find(1, area.top, area.bottom + 1) >= 0 for column in within if column in columns)
