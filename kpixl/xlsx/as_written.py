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

_REMEMBERED, _FORMULAS = 1 << 16, 1 << 12  # values of a column
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
        begins = [place for place, column in enumerate(columns) if place == 0 or column != columns[place - 1] + 1]
        self._runs = list(zip(begins, [*begins[1:], len(columns)], strict=False))  # of columns side by side
        follow = [b"" if place in begins else head for place, head in enumerate(self._heads)]
        self._next = [*follow[1:], b""]
        self._as_made = [False] * len(columns)
        self._tails: list[dict[tuple[object, ...], bytes]] = [{} for _ in columns]
        alone = not (sheet.fills or sheet.frame.merges or sheet.commented)
        self._left = _MISSES if alone and list(columns) == sorted(set(columns)) else 0

    def stands(self, row: int, values: Sequence[Written]) -> bool:
        """Say whether a row that was not changed holds the values just as they would be written."""
        if not self._left:
            return False
        kinds = [*map(type, values)]
        if Cached in kinds:  # so it is in all rows
            self._left = 0
            return False
        keys: list[tuple[object, ...]] = [*zip(kinds, values, strict=True)]
        formulas = [place for place, kind in enumerate(kinds) if kind is Formula] if Formula in kinds else []
        for place in formulas:
            keys[place] = self._key(place, values[place])  # type: ignore[arg-type]
        tails = [known.get(key) for known, key in zip(self._tails, keys, strict=True)]
        if None in tails:
            tails = [tail or self._tail(place, keys[place], values[place]) for place, tail in enumerate(tails)]
        number = b'%d"' % row
        for start, stop in self._runs:
            cells = number.join([self._heads[start], *tails[start:stop]])  # type: ignore[list-item]
            if not self._sheet.rows.hold(row, cells):
                self._left -= 1
                return False
        self._left += 1
        for place in formulas:
            self._sheet.written.add((row, self._columns[place]))
            if values[place].cached is not None:  # type: ignore[union-attr]
                self._sheet.computed.add((row, self._columns[place]))
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
                self._tails[place][type(value), value] = tail + self._next[place]

    def _key(self, place: int, formula: Formula) -> tuple[object, ...]:
        return formula.text, type(formula.cached), formula.cached, self._as_made[place]

    def _tail(self, place: int, key: tuple[object, ...], value: Written) -> bytes:
        """Return what follows the address of a cell that holds a value, up to the address of the next cell."""
        tail = self._sheet.reader.write("A1", self._styles[place], value)[len(self._opening) + 3 :]  # type: ignore[arg-type]
        most = _REMEMBERED
        if isinstance(value, Formula):
            tail, most = _as_made(tail, value.cached) if self._as_made[place] else tail, _FORMULAS
        tail += self._next[place]
        if len(self._tails[place]) < most:
            self._tails[place][key] = tail
        return tail


def _as_made(tail: bytes, cached: Value) -> bytes:
    """Return the end of a formula's cell as XlsxWriter writes it, of which new workbooks are made."""
    tail = tail.replace(b"&quot;", b'"')
    whole = type(cached) is float and tail.endswith(_ENDS) and cached.is_integer()
    return tail.removesuffix(_ENDS) + _DECIMAL + _ENDS if whole else tail
