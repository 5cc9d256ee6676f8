"""Rows of a table that hold already what is to be written: told by their bytes, without taking them apart.

A refresh writes rows by the thousand, nearly all of which stand as it left them the last time. What it would write is
put together and looked for in the row; where it is not found, the row may still hold the same, written in another way,
which `Sheet.stands` tells.
"""

from collections.abc import Sequence

from kpixl.xlsx.address import column_letters
from kpixl.xlsx.cells import Cached, Formula, Value, Written
from kpixl.xlsx.sheet import Sheet

__all__ = ["AsWritten"]

_REMEMBERED = 1 << 16  # values of a column
_MISSES = 2000  # more than rows that were found, and the next one is not looked at any more
_DECIMAL, _ENDS = b".0", b"</v></c>"


class AsWritten:
    """Compares rows of a table with what is to be written into its columns; all are to look like one `row` of it."""

    def __init__(self, sheet: Sheet, columns: Sequence[int], row: int) -> None:
        self._sheet = sheet
        self._columns = columns
        self._styles = [sheet.style(column, row) for column in columns]
        self._opening = b"<" + sheet.frame.prefix + b'c r="'
        self._heads = [self._opening + column_letters(column).encode() for column in columns]
        self._apart = [column != before + 1 for before, column in zip([-1, *columns], columns, strict=False)]
        self._as_made = [False] * len(columns)
        self._tails: list[dict[tuple[type, Written], bytes]] = [{} for _ in columns]
        alone = not (sheet.fills or sheet.frame.merges or sheet.rows.mention(b"<!--", b"<![CDATA["))
        self._left = _MISSES if alone and list(columns) == sorted(set(columns)) else 0

    def stands(self, row: int, values: Sequence[Written]) -> bool:
        """Say whether a row that was not changed holds the values just as they would be written."""
        if not self._left:
            return False
        wanted: list[list[bytes]] = []
        formulas: list[tuple[int, Formula]] = []
        number = b'%d"' % row
        for place, value in enumerate(values):
            kind = type(value)
            if kind is Cached:
                return False
            if kind is Formula:
                formulas.append((self._columns[place], value))  # type: ignore[arg-type]
            if self._apart[place]:
                wanted.append([])
            wanted[-1] += (self._heads[place], number, self._tail(place, kind, value))
        if not all(self._sheet.rows.hold(row, b"".join(cells)) for cells in wanted):
            self._left -= 1
            return False
        self._left += 1
        self._sheet.written.update((row, column) for column, _ in formulas)
        self._sheet.computed.update((row, column) for column, formula in formulas if formula.cached is not None)
        return True

    def learn(self, row: int, values: Sequence[Written]) -> None:
        """Take over how a row that holds the values in another way writes them: what repeats is found from then on."""
        if not self._left:
            return
        cells = self._sheet.rows.row(row)
        for place, value in enumerate(values):
            cell = cells.get(self._columns[place], b"")
            tail = cell[len(self._heads[place]) + len(b'%d"' % row) :]
            if type(value) is Formula:
                plain = b"&quot;" not in tail and b'"' in tail.partition(b">")[2]
                self._as_made[place] = plain or tail.endswith(_DECIMAL + _ENDS)
            elif tail and type(value) is not Cached and len(self._tails[place]) < _REMEMBERED:
                self._tails[place][type(value), value] = tail

    def _tail(self, place: int, kind: type, value: Written) -> bytes:
        """Return what follows the address of a cell that holds a value."""
        known = self._tails[place]
        tail = None if kind is Formula else known.get((kind, value))
        if tail is None:
            tail = self._sheet.reader.write("A1", self._styles[place], value)[len(self._opening) + 3 :]  # type: ignore[arg-type]
            if kind is Formula:
                tail = _as_made(tail, value.cached) if self._as_made[place] else tail  # type: ignore[union-attr]
            elif len(known) < _REMEMBERED:
                known[kind, value] = tail
        return tail


def _as_made(tail: bytes, cached: Value) -> bytes:
    """Return the end of a formula's cell as XlsxWriter writes it, of which new workbooks are made."""
    tail = tail.replace(b"&quot;", b'"')
    whole = type(cached) is float and tail.endswith(_ENDS) and cached.is_integer()
    return tail.removesuffix(_ENDS) + _DECIMAL + _ENDS if whole else tail
