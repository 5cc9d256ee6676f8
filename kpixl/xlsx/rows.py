"""The rows of a worksheet as bytes: find one, change one, write all of them back.

Only rows that change are taken apart. The others are copied from the part as it was, so a sheet of millions of cells
costs little more than its own size; rows and cells that leave out their address get the one that their place implies.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

from kpixl.xlsx.address import LAST_COLUMN, LAST_ROW, Area, address, column_letters, column_number
from kpixl.xlsx.cells import CellFormula, CellReader, Content, PlainCell, column_of
from kpixl.xlsx.markup import ATTRIBUTES, attribute, with_attribute, without_attribute

__all__ = ["Rows"]

_PIECE = 1 << 16


class Rows:
    """The rows between two places of a worksheet's XML."""

    def __init__(self, xml: bytes, start: int, end: int, prefix: bytes, reader: CellReader) -> None:
        self._xml = xml
        self._start = start
        self._end = end
        self._reader = reader
        self._prefix = prefix
        self._close = b"</" + prefix + b"row>"
        self._tag = re.compile(b"<" + re.escape(prefix) + rb"row(?=[\s/>])(" + ATTRIBUTES + rb")(/?)>")
        self._formula = re.compile(b"<" + re.escape(prefix) + rb"f[\s/>]")
        self._numbers = array("L")
        self._starts = array("Q")
        self._edited: dict[int, dict[int, bytes]] = {}
        self._before: dict[int, Mapping[int, bytes]] = {}
        self._without_result: set[tuple[int, int]] = set()
        self.unknown: str | None = None
        self._last: tuple[int, Mapping[int, bytes]] = (0, {})
        number = 0
        for found in self._tag.finditer(xml, start, end):
            given = attribute(found[1], b"r")
            previous, number = number, number + 1 if given is None else int(given)
            if not previous < number <= LAST_ROW:
                raise ValueError(f"row {number} follows row {previous}")
            self._numbers.append(number)
            self._starts.append(found.start())
        if not self._numbers and xml[start:end].strip():
            raise ValueError("the rows cannot be told apart")

    def snapshot(self) -> dict[int, dict[int, bytes]]:
        """Return what `restore` needs to take back the changes made from now on."""
        return {number: dict(cells) for number, cells in self._edited.items()}

    def restore(self, snapshot: dict[int, dict[int, bytes]]) -> None:
        """Take back the changes made since the snapshot."""
        self._edited = snapshot

    def edited(self) -> Iterator[int]:
        """Yield the numbers of the rows that were taken apart for a change."""
        return iter(self._edited)

    def last(self) -> int:
        """Return the number of the last row, or 0."""
        return max(self._numbers[-1] if self._numbers else 0, max(self._edited, default=0))

    def row(self, number: int) -> Mapping[int, bytes]:
        """Return the cells of a row by column, to be read only."""
        if number in self._edited:
            return self._edited[number]
        if self._last[0] != number:
            self._last = (number, self.original(number))
        return self._last[1]

    def plain(self, area: Area) -> Iterator[tuple[int, list[PlainCell] | None]]:
        """Yield the number of each row that stands in an area, with its cells, at least those left of the area's end.

        None where a row was changed, or is not written as Excel does: then it takes `shown`.
        """
        xml, match, close, cells = self._xml, self._tag.match, self._close, self._reader.plain
        ends = "" if area.right == LAST_COLUMN else column_letters(area.right + 1)
        beyond = b"<" + self._prefix + b'c r="' + ends.encode()
        place = bisect_left(self._numbers, area.top)
        for number in self.within(area):
            standing = place < len(self._numbers) and self._numbers[place] == number
            place += standing
            if not standing or number in self._edited:
                yield number, None
                continue
            start = self._starts[place - 1]
            stop = self._starts[place] if place < len(self._starts) else self._end
            tag, end = match(xml, start, stop), stop - len(close)
            if tag is None or tag[2] or not xml.startswith(close, end):
                yield number, None
                continue
            if ends and (found := xml.find(b'%s%d"' % (beyond, number), tag.end(), end)) >= 0:
                end = found
            yield number, cells(xml, tag.end(), end)

    def shown(self, number: int) -> list[tuple[int, bytes | None, str, str | float]]:
        """Return column, index of the format, kind and value of the cells of a row that show something, in order."""
        values = ((column, cell, *self._reader.value(cell)) for column, cell in self.row(number).items())
        return [
            (column, self._reader.style(cell), kind, value)
            for column, cell, kind, value in values
            if kind and value != ""
        ]

    def contents(self, number: int) -> dict[int, Content] | None:
        """Return what the cells of a row hold, by column; None if it was changed, or is not written as Excel does."""
        found = self._between_tags(number)
        return None if found is None else self._reader.contents(*found)

    def hold(self, number: int, cells: bytes) -> bool:
        """Say whether a row that was not changed has this XML of cells in it."""
        place = None if number in self._edited else self._find(number)
        if place is None:
            return False
        stop = self._starts[place + 1] if place + 1 < len(self._starts) else self._end
        return self._xml.find(cells, self._starts[place], stop) >= 0

    def edit(self, number: int) -> dict[int, bytes]:
        """Return the cells of a row by column, to be changed."""
        if number not in self._edited:
            before = self._before.setdefault(number, self.row(number))
            self._edited[number] = dict(before)
        return self._edited[number]

    def original(self, number: int) -> Mapping[int, bytes]:
        """Return the cells of a row as the part had them."""
        if number in self._before:
            return self._before[number]
        place = self._find(number)
        return {} if place is None else self._cells(self._slice(place), number)

    def tag(self, number: int) -> bytes:
        """Return the start tag of a row."""
        place = self._find(number)
        if place is None:
            return b"<" + self._prefix + b'row r="%d">' % number
        found = self._tag.match(self._xml, self._starts[place])
        assert found is not None  # noqa: S101 - the index holds the starts of such tags
        tag = found[0] if not found[2] else found[0][:-2].rstrip() + b">"
        return with_attribute(tag, b"r", str(number).encode())

    def within(self, area: Area) -> list[int]:
        """Return the numbers of the rows of an area that stand there, in order."""
        start, stop = bisect_left(self._numbers, area.top), bisect_left(self._numbers, area.bottom + 1)
        standing = self._numbers[start:stop].tolist()
        edited = {number for number in self._edited if area.top <= number <= area.bottom}.difference(standing)
        return sorted([*standing, *edited]) if edited else standing

    def occupied(self, area: Area) -> Iterator[tuple[int, int, bytes]]:
        """Yield column, row and XML of the cells that stand within an area."""
        for number in self.within(area):
            for column, cell in self.row(number).items():
                if area.left <= column <= area.right:
                    yield column, number, cell

    def mention(self, *words: bytes) -> bool:
        """Return whether the rows, as the part had them, contain one of the words."""
        return any(self._xml.find(word, self._start, self._end) >= 0 for word in words)

    def formulas(self) -> Iterator[tuple[int, int, CellFormula]]:
        """Yield column, row and formula of every cell with a formula."""
        place = 0
        for number in sorted(self._edited):
            stop = bisect_left(self._numbers, number)
            yield from self._formulas_between(place, stop)
            for column, cell in self._edited[number].items():
                if formula := self._reader.formula(cell):
                    yield column, number, formula
            place = stop + (stop < len(self._numbers) and self._numbers[stop] == number)
        yield from self._formulas_between(place, len(self._numbers))

    def forget_result(self, column: int, row: int) -> None:
        """Write this cell without its cached value, or with `unknown` in its place."""
        self._without_result.add((row, column))

    def forgets(self, column: int, row: int) -> bool:
        """Return whether this cell is written without its cached value."""
        return (row, column) in self._without_result

    @property
    def forgotten(self) -> int:
        """How many cells lose a cached value."""
        return len(self._without_result)

    @property
    def touched(self) -> bool:
        """Whether anything differs from the part as it was."""
        return bool(self._without_result) or any(
            cells != self.original(number) for number, cells in self._edited.items()
        )

    def extent(self) -> Area | None:
        """Return the rectangle around the cells of edited rows, or None."""
        columns = [
            column for cells in self._edited.values() for column in (min(cells, default=0), max(cells, default=0))
        ]
        numbers = [number for number, cells in self._edited.items() if cells]
        columns = [column for column in columns if column]
        return Area(min(columns), min(numbers), max(columns), max(numbers)) if numbers else None

    def chunks(self) -> Iterator[bytes]:
        """Yield the XML of all rows."""
        forgotten: dict[int, list[int]] = {}
        for number, column in self._without_result:
            forgotten.setdefault(number, []).append(column)
        start = place = 0
        begin = self._starts[0] if self._starts else self._end
        for number in sorted({*self._edited, *forgotten}):
            place = bisect_left(self._numbers, number, start)
            stop = self._starts[place] if place < len(self._starts) else self._end
            yield from self._copied(begin, stop)
            if place < len(self._numbers) and self._numbers[place] == number:
                place += 1
            begin = self._starts[place] if place < len(self._starts) else self._end
            start = place
            yield self._written(number, forgotten.get(number, ()))
        yield from self._copied(begin, self._end)

    def _written(self, number: int, forgotten: Iterable[int]) -> bytes:
        cells = self.row(number)
        for column in forgotten:
            if column in cells:
                cells = {**cells, column: self._reader.with_result(cells[column], self.unknown)}
        if not cells and self._find(number) is None:
            return b""
        tag = self.tag(number)
        spans = attribute(tag, b"spans")
        if spans is not None and cells:
            first, _, last = spans.split(b" ")[0].partition(b":")
            if not (first.isdigit() and last.isdigit() and int(first) <= min(cells) and max(cells) <= int(last)):
                tag = without_attribute(tag, b"spans")
        return tag + b"".join(cells[column] for column in sorted(cells)) + self._close

    def _between_tags(self, number: int) -> tuple[bytes, int, int] | None:
        """Return the XML of a row as the part has it, and where its cells begin and end; None if it was changed."""
        place = None if number in self._edited else self._find(number)
        if place is None:
            return None
        xml = self._slice(place)
        inside = self._inside(xml)
        return None if inside is None else (xml, *inside)

    def _inside(self, xml: bytes) -> tuple[int, int] | None:
        """Return where the cells of a row begin and end in its XML; None if the row has none."""
        tag = self._tag.match(xml)
        if tag is None or tag[2] or not xml.endswith(self._close):
            return None
        return tag.end(), len(xml) - len(self._close)

    def _copied(self, begin: int, stop: int) -> Iterator[bytes]:
        for place in range(begin, stop, _PIECE):
            yield self._xml[place : min(place + _PIECE, stop)]

    def _find(self, number: int) -> int | None:
        place = bisect_left(self._numbers, number)
        return place if place < len(self._numbers) and self._numbers[place] == number else None

    def _slice(self, place: int) -> bytes:
        stop = self._starts[place + 1] if place + 1 < len(self._starts) else self._end
        return self._xml[self._starts[place] : stop]

    def _cells(self, xml: bytes, number: int) -> dict[int, bytes]:
        inside = self._inside(xml)
        plain = None if inside is None else self._reader.plain(xml, *inside)
        cells = {column_of(cell[1]): cell[0] for cell in plain or ()}
        if plain and len(cells) == len(plain) and [*cells] == sorted(cells):
            return cells
        cells = {}
        column = 0
        for place, cell in self._reader.cells(xml):
            if place is None:
                column += 1
                cells[column] = self._reader.moved(cell, address(column, number))
                continue
            previous, column = column, column_number(place.rstrip(b"0123456789").decode())
            if column <= previous:
                raise ValueError(f"cell {place.decode()} stands out of order")
            cells[column] = cell
        return cells

    def _formulas_between(self, start: int, stop: int) -> Iterator[tuple[int, int, CellFormula]]:
        if start >= stop:
            return
        end = self._starts[stop] if stop < len(self._starts) else self._end
        opening, closing = b"<" + self._prefix + b"c", b"</" + self._prefix + b"c"
        place = start
        for found in self._formula.finditer(self._xml, self._starts[start], end):
            begin = self._xml.rfind(opening, self._start, found.start())
            beyond = self._xml.find(opening, found.start(), end)
            closed = self._xml.find(closing, found.start(), end if beyond < 0 else beyond)
            if begin < 0 or closed < 0:
                raise ValueError(f"the cell of a formula does not end: {self._xml[begin : found.end() + 60]!r}")
            cell = self._xml[begin : closed + len(closing) + 1]
            formula = self._reader.formula(cell)
            if formula is None:
                continue
            given = attribute(cell[: cell.index(b">")], b"r")
            if given is not None:
                letters = given.rstrip(b"0123456789")
                yield column_number(letters.decode()), int(given[len(letters) :]), formula
                continue
            while place + 1 < stop and self._starts[place + 1] <= begin:
                place += 1
            number = self._numbers[place]
            before = len(self._reader.cells(self._xml[self._starts[place] : begin]))
            yield list(self._cells(self._slice(place), number))[before], number, formula
