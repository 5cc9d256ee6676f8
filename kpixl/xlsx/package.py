"""Open a workbook, change it, save it: everything that is not asked for stays as it was, byte for byte.

What was changed is gathered until `save`; then references follow the tables that grew, cached values that are no
longer sure are dropped, and only the parts that differ are written.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from xml.parsers import expat

from lxml import etree

from kpixl.errors import WorkbookRefused
from kpixl.xlsx.address import Area, address
from kpixl.xlsx.calculation import settle
from kpixl.xlsx.cells import Written
from kpixl.xlsx.container import Container
from kpixl.xlsx.growth import Growth
from kpixl.xlsx.markup import ForbiddenDeclaration, parse, serialize
from kpixl.xlsx.properties import Property, read_properties, write_property
from kpixl.xlsx.references import follow
from kpixl.xlsx.save import Version, replace_file, require_writable, version
from kpixl.xlsx.table import Table, replace_rows, resize
from kpixl.xlsx.views import refresh_views
from kpixl.xlsx.workbook import Workbook

__all__ = ["Package", "Receipt"]

_DAMAGE = (
    ValueError,
    LookupError,
    EOFError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    etree.XMLSyntaxError,
    expat.ExpatError,
)
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\]|^'|'$")


@dataclass(frozen=True)
class Receipt:
    """What a save wrote, or would write: part names, and the number of changed cells per sheet."""

    path: Path
    changed: tuple[str, ...]
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    cells: Mapping[str, int]
    to_calculate: int
    backup: Path | None = None


class Package:
    """A workbook file that is open for changes.

    >>> import tempfile, xlsxwriter
    >>> path = Path(tempfile.mkdtemp()) / "plan.xlsx"
    >>> with xlsxwriter.Workbook(path) as new:
    ...     _ = new.add_worksheet("Plan").write("A1", 1)
    >>> with Package.open(path) as book:
    ...     book.set_cells("Plan", {"A1": 2})
    ...     book.save().changed
    ('xl/worksheets/sheet1.xml',)
    """

    def __init__(self, path: Path, container: Container, workbook: Workbook, opened: Version) -> None:
        self._path = path
        self._container = container
        self._workbook = workbook
        self._opened = opened
        self._growths: list[Growth] = []

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a workbook; WorkbookRefused says why one cannot be changed safely."""
        path = Path(path)
        if not path.is_file():
            raise WorkbookRefused("xlsx_no_file", file=str(path))
        opened = version(path)
        container = Container(path)
        try:
            with _reading(path):
                return cls(path, container, Workbook(container), opened)
        except BaseException:
            container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file without saving."""
        self._container.close()

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of all sheets in order."""
        return tuple(self._workbook.sheets)

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables by name."""
        return dict(self._workbook.tables)

    @property
    def names(self) -> Mapping[str, str]:
        """The defined names of the whole workbook, each with the text it stands for."""
        return {
            element.get("name", ""): element.text or ""
            for element in self._workbook.name_elements()
            if element.get("localSheetId") is None
        }

    @property
    def properties(self) -> Mapping[str, Property]:
        """The custom document properties."""
        with _reading(self._path):
            return read_properties(self._workbook.parts)

    def set_cells(self, sheet: str, cells: Mapping[str, Written]) -> None:
        """Write cells of a sheet by address, e.g. `{"B4": 12, "B5": Formula("B4*2", 24), "B6": Cached(3.5)}`."""
        places = {_single(place): value for place, value in cells.items()}
        with _reading(self._path):
            target = self._workbook.sheet(sheet)
            with target.whole_or_nothing():
                for (column, row), value in places.items():
                    self._leave_headings(sheet, column, row, value)
                    target.write(column, row, value)

    def replace_table(
        self,
        name: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[Written]],
        sources: Sequence[int | None] | None = None,
    ) -> None:
        """Give a table other rows in the columns named; the other columns are the user's and keep their cells.

        `sources[i]` is the index of the old row whose cells in the user's columns row i takes over, None for a new
        row; left out, every row takes over those of the row in its place. Whatever refers to the table's rows follows.
        """
        table = self._table(name)
        old = table.body_area.bottom - table.body_area.top + 1
        given = [index if index < old else None for index in range(len(rows))] if sources is None else sources
        if len(given) != len(rows) or any(source is not None and not 0 <= source < old for source in given):
            raise ValueError(f"sources must name, for each of {len(rows)} rows, one of the {old} old rows or None")
        if any(len(row) != len(columns) for row in rows):
            raise ValueError(f"every row must hold {len(columns)} values, one for each of the columns {list(columns)}")
        with _reading(self._path):
            tree = parse(self._workbook.parts.read(table.part))
            if tree.get("tableType") == "queryTable":
                raise WorkbookRefused("xlsx_query_table", table=name, sheet=table.sheet)
            sheet = self._workbook.sheet(table.sheet)
            neighbours = self._workbook.tables.values()
            with sheet.whole_or_nothing():
                growth = replace_rows(
                    sheet, table, tree, neighbours=neighbours, columns=columns, rows=rows, sources=given
                )
            if growth.new_last != growth.last or tree.get("insertRow"):
                self._workbook.tables[name] = resize(tree, table, growth)
                self._workbook.parts.write(table.part, serialize(tree))
                self._growths.append(growth)

    def add_sheet(self, name: str, rows: Sequence[Sequence[Written]]) -> None:
        """Append a sheet that holds `rows` from its first cell on."""
        taken = name.casefold() in (sheet.casefold() for sheet in self._workbook.sheets)
        if taken or not 0 < len(name) <= 31 or _FORBIDDEN_IN_NAMES.search(name):
            raise WorkbookRefused("xlsx_sheet_name", name=name)
        with _reading(self._path):
            sheet = self._workbook.add_sheet(name)
            for number, row in enumerate(rows, 1):
                for column, value in enumerate(row, 1):
                    sheet.write(column, number, value)

    def set_property(self, name: str, value: Property) -> None:
        """Set a custom document property."""
        with _reading(self._path):
            if self.properties.get(name) != value:
                write_property(self._workbook.parts, name, value)

    def save(self, path: str | Path | None = None, *, dry_run: bool = False) -> Receipt:
        """Write the workbook back (or to another file) and return what was written; nothing when nothing changed.

        `dry_run` writes nothing and says what would be. After a save the package is closed.
        """
        target = self._path if path is None else Path(path)
        with _reading(self._path):
            receipt = self._settled(target)
            if not dry_run:
                require_writable(target)
                if receipt.changed or receipt.added or receipt.dropped or path is not None:
                    receipt = self._write(target, receipt)
                self.close()
            return receipt

    def _settled(self, target: Path) -> Receipt:
        workbook, parts = self._workbook, self._workbook.parts
        follow(workbook, self._growths)
        changes = settle(workbook, self._growths)
        self._growths = []
        refresh_views(workbook, changes)
        workbook.collect()
        return Receipt(
            path=target,
            changed=tuple(sorted(set(parts.changed) - parts.added)),
            added=tuple(sorted(parts.added)),
            dropped=tuple(sorted(parts.dropped)),
            cells=changes.written,
            to_calculate=sum(sheet.rows.forgotten for sheet in workbook.loaded.values()),
        )

    def _write(self, target: Path, receipt: Receipt) -> Receipt:
        parts = self._workbook.parts
        written = [*receipt.changed, *receipt.added]

        def write(out: BinaryIO) -> None:
            self._container.write(out, parts.changed, parts.dropped)

        def verify(fresh: Path) -> None:
            with zipfile.ZipFile(fresh) as archive:
                for name in written:
                    with archive.open(name) as part:
                        expat.ParserCreate().ParseFile(part)
            self.close()  # where open files cannot be replaced, this one must not be in the way

        same = target.resolve() == self._path.resolve()
        try:
            backup = replace_file(target, write, verify, expected=self._opened if same else None)
        except OSError as error:
            raise WorkbookRefused("xlsx_not_written", file=target.name, reason=error.strerror or str(error)) from error
        return replace(receipt, backup=backup)

    def _table(self, name: str) -> Table:
        if name not in self._workbook.tables:
            raise WorkbookRefused("xlsx_no_table", name=name, known=", ".join(self._workbook.tables))
        return self._workbook.tables[name]

    def _leave_headings(self, sheet: str, column: int, row: int, value: Written) -> None:
        """A table's heading is also the name of its column, which formulas use."""
        for table in self._workbook.tables.values():
            area = Area.parse(table.ref)
            if table.sheet == sheet and table.header and row == area.top and area.holds(column, row):
                heading = table.columns[column - area.left]
                if value != heading:
                    raise WorkbookRefused(
                        "xlsx_heading", sheet=sheet, cell=address(column, row), table=table.name, heading=heading
                    )


def _single(place: str) -> tuple[int, int]:
    try:
        area = Area.parse(place)
    except ValueError as error:
        raise WorkbookRefused("xlsx_not_a_cell", cell=place) from error
    if area[:2] != area[2:]:
        raise WorkbookRefused("xlsx_not_a_cell", cell=place)
    return area[:2]


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """What a damaged package makes fail becomes a sentence."""
    try:
        yield
    except ForbiddenDeclaration as error:
        raise WorkbookRefused("xlsx_declaration", file=path.name) from error
    except _DAMAGE as error:
        raise WorkbookRefused("xlsx_damaged", file=path.name, reason=str(error)) from error
