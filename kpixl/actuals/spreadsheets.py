"""Which tables does a spreadsheet hold?

Exports come as .xlsx, .xls and .ods. A cell is read as what it shows: a day as 2026-07-01, a length of time as 0:02:23,
an error as #N/A, so that all files are read by the same rules afterwards. Only what stands there is read: a stray cell
at the far end of a sheet costs nothing.
"""

import datetime as dt
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from kpixl.actuals.header import LOOKED_AT, fitting, header_in, is_note
from kpixl.actuals.old_excel import sheets_in
from kpixl.errors import UnreadableData
from kpixl.xlsx import Package
from kpixl.xlsx.address import LAST_COLUMN, LAST_ROW, Area

__all__ = ["SPREADSHEETS", "SheetTable", "shown", "tables_in"]

SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
_MOST_BYTES = 1 << 30
_MOST_XLS = 200 << 20
_MOST_CELLS = 20_000_000
_MOST_COLUMNS = 1000
_LENGTH = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?")
_ODD = re.compile("[\r\0]")
_TABLE, _OFFICE, _TEXT = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{part}:1.0}}" for part in ("table", "office", "text")
)

Row = tuple[int, list[str]]


@dataclass
class SheetTable:
    """A table of a sheet: its headings, the number of their row, and the rows below with theirs.

    `above` and `below` are the texts of titles and notes that are no part of it; those below are known when the rows
    have been read.
    """

    sheet: str
    row: int
    headings: tuple[str, ...]
    rows: Iterator[Row]
    above: tuple[str, ...] = ()
    below: list[str] = field(default_factory=list)
    fits: int = 0


@contextmanager
def tables_in(
    path: Path, wanted: frozenset[str] = frozenset(), sheet: str | None = None, header: int | None = None
) -> Iterator[list[SheetTable]]:
    """Open the tables of a spreadsheet from which an import reads.

    Parameters
    ----------
    path : Path
        An .xlsx, .xls or .ods file.
    wanted : frozenset of str
        Headings that the mapping names, in plain form.
    sheet : str, optional
        The name of a sheet, or ``*`` for all that have the headings.
    header : int, optional
        The number of the row with the headings.

    Raises
    ------
    UnreadableData
        If it is damaged or too large, has no such sheet, or several sheets that fit equally well.
    """
    read = {".xls": _xls, ".ods": _ods}.get(path.suffix.lower(), _xlsx)
    with read(path, wanted, header) as found:
        if header and found and not any(table.headings for table in found):
            raise UnreadableData("source_header", file=path.name, row=header)
        yield _chosen(path, [table for table in found if table.headings], sheet, [table.sheet for table in found])


def _chosen(path: Path, tables: list[SheetTable], sheet: str | None, known: Sequence[str]) -> list[SheetTable]:
    if sheet not in (None, "*"):
        named = [table for table in tables if table.sheet == sheet]
        if not named:
            raise UnreadableData("source_sheet", file=path.name, sheet=sheet, known=", ".join(known))
        return named
    if not tables:
        raise UnreadableData("source_empty", file=path.name)
    most = max(table.fits for table in tables)
    best = [table for table in tables if table.fits == most]
    if sheet is None and len(best) > 1 and most:
        names = ", ".join(table.sheet for table in best)
        raise UnreadableData("source_sheets", file=path.name, known=names, first=best[0].sheet)
    return best if sheet == "*" else best[:1]


@contextmanager
def _xlsx(path: Path, wanted: frozenset[str], header: int | None) -> Iterator[list[SheetTable]]:
    with Package.open(path) as package:
        yield [_of_package(package, name, wanted, header) for name in package.sheets]


def _of_package(package: Package, sheet: str, wanted: frozenset[str], header: int | None) -> SheetTable:
    top = package.rows(sheet, Area(1, 1, LAST_COLUMN, max(LOOKED_AT, header or 0)))
    rows = [(number, _trimmed(map(shown, row))) for number, row in top]
    table = _table(sheet, iter(rows), wanted, header)
    if not table.headings:
        return table
    if table.row < LAST_ROW:
        below = package.rows(sheet, Area(1, table.row + 1, len(table.headings), LAST_ROW))
        told = ((number, [shown(cell) for cell in row]) for number, row in below)
        table.rows = _without_notes(((number, row) for number, row in told if any(row)), table)
    return table


@contextmanager
def _xls(path: Path, wanted: frozenset[str], header: int | None) -> Iterator[list[SheetTable]]:
    if path.stat().st_size > _MOST_XLS:
        raise UnreadableData("source_too_large", file=path.name, most=_MOST_XLS >> 20)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        sheets = sheets_in(path, Path(folder))
        if sheets is None:
            raise UnreadableData("source_spreadsheet", file=path.name)
        trimmed = {name: ((number, _trimmed(row)) for number, row in rows) for name, rows in sheets.items()}
        yield [_table(name, rows, wanted, header) for name, rows in trimmed.items()]
        for rows in sheets.values():
            rows.close()


@contextmanager
def _ods(path: Path, wanted: frozenset[str], header: int | None) -> Iterator[list[SheetTable]]:
    from lxml import etree  # noqa: PLC0415

    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("content.xml").file_size > _MOST_BYTES:
                raise UnreadableData("source_too_large", file=path.name, most=_MOST_BYTES >> 20)
            with archive.open("content.xml") as content:
                sheets = _ods_sheets(path, content)
                yield [_table(name, iter(rows), wanted, header) for name, rows in sheets]
    except (zipfile.BadZipFile, KeyError, RuntimeError, etree.XMLSyntaxError, ValueError, EOFError) as error:
        raise UnreadableData("source_spreadsheet", file=path.name) from error


def _ods_sheets(path: Path, content: Any) -> list[tuple[str, list[Row]]]:
    from lxml import etree  # noqa: PLC0415

    sheets: list[tuple[str, list[Row]]] = []
    number = cells = 0
    events = etree.iterparse(
        content,
        events=("start", "end"),
        tag=(f"{_TABLE}table", f"{_TABLE}table-row"),
        resolve_entities=False,
        no_network=True,
    )
    for event, element in events:
        if element.tag == f"{_TABLE}table":
            if event == "start":
                sheets.append((element.get(f"{_TABLE}name", ""), []))
                number = 0
            continue
        if event == "start" or not sheets:
            continue
        repeated = int(element.get(f"{_TABLE}number-rows-repeated", "1"))
        row = _ods_row(element)
        for again in range(repeated if row else 0):
            sheets[-1][1].append((number + again + 1, row))
            cells += len(row)
            if cells > _MOST_CELLS:
                raise UnreadableData("source_cells", file=path.name, most=_MOST_CELLS)
        number += repeated
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return sheets


def _ods_row(element: Any) -> list[str]:
    """Return the cells of a row up to the last that shows something; a stray one far to the right is of no table."""
    row: list[str] = []
    for cell in element.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
        repeated = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        row += [_ods_cell(cell)] * min(repeated, max(0, _MOST_COLUMNS + 1 - len(row)))
    return _trimmed(row)


def _ods_cell(cell: Any) -> str:
    kind = cell.get(f"{_OFFICE}value-type")
    if kind in ("float", "percentage", "currency"):
        return shown(float(cell.get(f"{_OFFICE}value", "nan")))
    if kind == "date":
        moment = dt.datetime.fromisoformat(cell.get(f"{_OFFICE}date-value", ""))
        return shown(moment if moment.time() != dt.time() else moment.date())
    if kind == "time" and (found := _LENGTH.fullmatch(cell.get(f"{_OFFICE}time-value", ""))):
        days, hours, minutes = (int(found[part] or 0) for part in (2, 3, 4))
        length = dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=float(found[5] or 0))
        return shown(-length if found[1] else length)
    return "\n".join("".join(line.itertext()) for line in cell.iterchildren(f"{_TEXT}p"))


def _table(sheet: str, rows: Iterator[Row], wanted: frozenset[str], header: int | None) -> SheetTable:
    """Find the headings among the first rows, and leave the others to be read."""
    first = list(islice(rows, LOOKED_AT))
    while header and first and first[-1][0] < header and (more := next(rows, None)):
        first.append(more)
    if not first:
        return SheetTable(sheet, 0, (), iter(()))
    texts = [row for _, row in first]
    if header:
        place = next((place for place, (number, _) in enumerate(first) if number == header), None)
        if place is None:
            return SheetTable(sheet, header, (), iter(()))
    else:
        place = header_in(texts, wanted)
    number, headings = first[place]
    above = tuple(" ".join(filter(None, row)) for row in texts[:place])
    table = SheetTable(sheet, number, tuple(headings), iter(()), above, fits=fitting(headings, wanted))
    width = len(headings)
    fitted = ((number, (row + [""] * width)[:width]) for number, row in chain(first[place + 1 :], rows))
    table.rows = _without_notes(((number, row) for number, row in fitted if any(row)), table)
    return table


def _without_notes(rows: Iterable[Row], table: SheetTable) -> Iterator[Row]:
    """Yield the rows of a table; notes that stand below the last of them are kept apart."""
    waiting: list[Row] = []
    for number, row in rows:
        if is_note(row, len(table.headings)):
            waiting.append((number, row))
            continue
        yield from waiting
        waiting.clear()
        yield number, row
    table.below.extend(" ".join(filter(None, row)) for _, row in waiting)


def _trimmed(cells: Iterable[str]) -> list[str]:
    row = list(islice(cells, _MOST_COLUMNS + 1))
    while row and not row[-1].strip():
        row.pop()
    return row


def shown(value: object) -> str:
    """Return what a cell shows, as text that reads the same everywhere.

    >>> [shown(cell) for cell in (1200.0, 0.6, dt.date(2026, 7, 1), dt.timedelta(seconds=143), True, None)]
    ['1200', '0.6', '2026-07-01', '0:02:23', 'TRUE', '']
    """
    if type(value) is str:  # most are
        return value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "") if _ODD.search(value) else value
    match value:
        case None:
            text = ""
        case bool():
            text = "TRUE" if value else "FALSE"
        case float() | int():
            text = str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
        case dt.datetime():
            text = value.isoformat(sep=" ", timespec="seconds")
        case dt.timedelta():
            seconds = round(abs(value.total_seconds()))
            text = f"{'-' * (value < dt.timedelta())}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        case dt.time():
            text = value.isoformat(timespec="seconds")
        case dt.date():
            text = value.isoformat()
        case _:
            text = shown(str(value))
    return text
