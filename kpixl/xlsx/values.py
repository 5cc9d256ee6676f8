"""What the cells of an area show, as Python values: numbers, texts, dates, booleans, errors.

Only the rows that stand in the area are taken apart, so a stray cell at the end of a sheet costs nothing. Whether a
number is a date is said by its format alone: by one of the numbers that Excel gives its own date formats, or by the
letters of days and hours in the format's text.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise

from kpixl.errors import WorkbookRefused
from kpixl.xlsx.address import Area
from kpixl.xlsx.cells import column_of, read_plain
from kpixl.xlsx.markup import children, parse
from kpixl.xlsx.sheet import Sheet

__all__ = ["CellError", "Formats", "Shown", "read_rows", "read_values"]

Shown = str | float | bool | date | time | timedelta | None

_DATES = {*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)}  # from 27 on: the formats of East Asian Excel
_DURATIONS = {46}
_SAID = re.compile(r'"[^"]*"?|\\.|_.|\*.', re.DOTALL)
_DURATION = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\[[^\]]*\]?")
_OF_DATES = re.compile(r"[dmhys]", re.IGNORECASE)
_FIRST_DAY = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}
_LAST_DAY = {False: 2_958_465, True: 2_957_003}  # 31 December 9999
_MOST_CELLS = 20_000_000
_REMEMBERED = 50_000
_DAY = timedelta(days=1)


class CellError(str):
    """The error that a cell shows, such as ``#N/A``; a text may read the same."""


def _iso(text: str) -> date:
    there = datetime.fromisoformat(text)
    return there.date() if len(text) == len("2025-06-01") else there


_READ: dict[str, Callable[[str], Shown]] = {
    "b": lambda text: text in ("1", "true"),
    "e": CellError,
    "d": _iso,
    "text": str,
}


class Formats:
    """Which of a workbook's cell formats show a number as a date or as a duration."""

    def __init__(self, styles: Callable[[], bytes | None]) -> None:
        self._styles = styles

    def kind(self, style: bytes | None) -> str:
        """Return `date`, `duration` or nothing for the index of a cell's format."""
        return self._kinds.get(int(style or 0), "")

    @cached_property
    def _kinds(self) -> dict[int, str]:
        xml = self._styles()
        if xml is None:
            return {}
        root = parse(xml)
        texts = {
            int(own.get("numFmtId", "0")): own.get("formatCode", "")
            for owns in children(root, "numFmts")
            for own in children(owns, "numFmt")
        }
        formats = (int(one.get("numFmtId", "0")) for all_ in children(root, "cellXfs") for one in children(all_, "xf"))
        kinds = ((index, _kind(number, texts.get(number))) for index, number in enumerate(formats))
        return {index: kind for index, kind in kinds if kind}


def read_values(sheet: Sheet, area: Area, formats: Formats, *, date1904: bool) -> list[list[Shown]]:
    """Return what an area shows, row by row; rows in which nothing stands are one and the same list of None."""
    blank: list[Shown] = [None] * (area.right - area.left + 1)
    rows = [blank] * (area.bottom - area.top + 1)
    for number, row in read_rows(sheet, area, formats, date1904=date1904):
        rows[number - area.top] = row
    return rows


def read_rows(sheet: Sheet, area: Area, formats: Formats, *, date1904: bool) -> Iterator[tuple[int, list[Shown]]]:
    """Yield number and content of the rows of an area in which something stands, one after the other."""
    width = area.right - area.left + 1
    if len(sheet.rows.within(area)) * width > _MOST_CELLS:
        raise WorkbookRefused("xlsx_area_too_large", sheet=sheet.name, area=str(area), most=_MOST_CELLS)
    left, right = area.left, area.right
    cell = _Cells(sheet, formats, date1904=date1904)
    before: list[bytes] = []
    inside: list[tuple[int, int]] = []
    for number, plain in sheet.rows.plain(area):
        row: list[Shown] = [None] * width
        if plain is None:
            for column, style, kind, value in sheet.rows.shown(number):
                if left <= column <= right:
                    row[column - left] = cell.shown(style, kind, value)
        else:
            letters = [one[1] for one in plain]
            if letters != before:  # most rows have the columns of the row above
                before, inside = letters, _inside(letters, number, area)
            for place, there in inside:
                one = plain[place]
                if one[5] or one[3]:
                    row[there] = cell[one[2:]]
        if row.count(None) < width:
            yield number, row


def _inside(letters: Sequence[bytes], number: int, area: Area) -> list[tuple[int, int]]:
    """Return which cells of a row lie in an area, by their place in the row and in the area."""
    columns = [column_of(one) for one in letters]
    for place, (column, following) in enumerate(pairwise(columns), 1):
        if following <= column:
            raise ValueError(f"cell {letters[place].decode()}{number} stands out of order")
    return [(place, column - area.left) for place, column in enumerate(columns) if area.left <= column <= area.right]


class _Cells(dict[tuple[bytes, ...], Shown]):
    """What cells of a sheet show, by what is written in them: what was met before need not be read again."""

    def __init__(self, sheet: Sheet, formats: Formats, *, date1904: bool) -> None:
        self._string, self._formats, self._date1904 = sheet.string, formats, date1904

    def __missing__(self, written: tuple[bytes, ...]) -> Shown:
        style, inline, kind, text = written
        there = self._string(int(text)) if kind == b"s" else self.shown(style, *read_plain(inline, kind, text))
        if len(self) < _REMEMBERED:
            self[written] = there
        return there

    def shown(self, style: bytes | None, kind: str, value: str | float) -> Shown:
        """Return what a cell with this format, kind and value shows."""
        if kind == "n":
            format_kind = self._formats.kind(style) if style else ""
            if not format_kind:
                return value
            number = float(value)
            return _duration(number) if format_kind == "duration" else moment(number, date1904=self._date1904)
        if kind == "s":
            return self._string(int(value))
        return _READ[kind](str(value))


def moment(serial: float, *, date1904: bool = False) -> date | time | float:
    """Return the day, the time of day or both that a serial number means; the number where it means none.

    >>> moment(45810), moment(0.25), moment(45810.75)
    (datetime.date(2025, 6, 2), datetime.time(6, 0), datetime.datetime(2025, 6, 2, 18, 0))
    """
    if not 0 <= serial < _LAST_DAY[date1904] + 1:
        return serial
    start = _FIRST_DAY[date1904]
    if not date1904 and 1 <= serial < 60:  # Excel takes 1900 for a leap year
        start += _DAY
    there = start + _duration(serial)
    if serial < 1:
        return there.time()
    return there if there.hour or there.minute or there.second or there.microsecond else there.date()


def _duration(days: float) -> timedelta:
    """A length of time to the thousandth of a second, which is as far as serial numbers go."""
    return timedelta(milliseconds=round(days * 86_400_000))


def _kind(number: int, text: str | None) -> str:
    if text is None:
        return "date" if number in _DATES else "duration" if number in _DURATIONS else ""
    first = _SAID.sub("", text).partition(";")[0]
    if _DURATION.search(first):
        return "duration"
    return "date" if _OF_DATES.search(_IN_BRACKETS.sub("", first)) else ""
