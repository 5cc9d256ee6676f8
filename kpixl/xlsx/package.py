"""Open a workbook, change it, save it: everything that is not asked for stays as it was, byte for byte.

What was changed is gathered until `save`; then references follow the tables that grew, cached values that are no
longer sure are dropped, and only the parts that differ are written.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from kpixl.errors import WorkbookRefused
from kpixl.files.whole import replace_file, require_writable
from kpixl.xlsx import addition
from kpixl.xlsx.address import Area, address
from kpixl.xlsx.calculation import settle
from kpixl.xlsx.cells import Written
from kpixl.xlsx.container import Container, require_well_formed
from kpixl.xlsx.damage import reading
from kpixl.xlsx.graft import Graft
from kpixl.xlsx.graft import graft as put_sheets
from kpixl.xlsx.markup import parse, serialize
from kpixl.xlsx.notes import travel
from kpixl.xlsx.numbers import renumber
from kpixl.xlsx.properties import Property, write_property
from kpixl.xlsx.reach import Reach
from kpixl.xlsx.receipt import Receipt
from kpixl.xlsx.references import follow, print_wider
from kpixl.xlsx.shown import open_on
from kpixl.xlsx.styles import Styles
from kpixl.xlsx.tables import Tables
from kpixl.xlsx.validation import Validation, add_validation
from kpixl.xlsx.views import refresh_views
from kpixl.xlsx.workbook import Workbook

__all__ = ["Package"]

_OF_XML = (".xml", ".rels")  # not .vml: Excel itself writes HTML into it that does not end its tags
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\]|^'|'$")


class Package(Tables):
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

    def set_cells(
        self, sheet: str, cells: Mapping[str, Written], styles: Mapping[str, bytes | None] = MappingProxyType({})
    ) -> None:
        """Write cells of a sheet; each keeps its style, and what holds the value already keeps its bytes.

        Parameters
        ----------
        sheet
            The name of a worksheet.
        cells
            What to write, by address, e.g. `{"B4": 12, "B5": Formula("B4*2", 24), "B6": Cached(3.5), "B7": None}`.
            Text is text, also when it begins with `=`. None empties the cell. `Cached` leaves a cell that holds no
            formula as it is.
        styles
            By address, the style (see `style`) of cells that are to have another than their own.

        Raises
        ------
        WorkbookRefused
            There is no such sheet or cell, a text is too long, or the cell is a heading of a table, hidden in merged
            cells or part of a formula that fills several. Then no cell of this call is written.
        """
        places = {_single(place): (value, styles.get(place)) for place, value in cells.items()}
        with reading(self._path):
            target = self._workbook.sheet(sheet)
            self._leave_headings(sheet, {place: value for place, (value, _) in places.items()})
            with target.whole_or_nothing():
                for (column, row), (value, style) in places.items():
                    target.write(column, row, value, style)

    def refill(self, sheet: str, column: int, row: int, text: str) -> None:
        """Give an array formula or one that spills, which begins in a cell, another text; its cells stay the same."""
        with reading(self._path):
            self._workbook.sheet(sheet).refill(column, row, text)

    def define_name(self, name: str, text: str) -> None:
        """Define a name of the whole workbook that stands for a text such as `Sheet!$A$1`.

        Raises
        ------
        WorkbookRefused
            A name or table is called so already.
        """
        with reading(self._path):
            addition.define_name(self._workbook, name, text)

    def redefine_name(self, name: str, text: str) -> None:
        """Let a defined name of the whole workbook stand for another text."""
        with reading(self._path):
            self._workbook.redefine_name(name, text)

    def add_validation(self, sheet: str, rule: Validation) -> bool:
        """Add a rule on what may be typed into an area without one; return whether anything was changed.

        A rule with the same title of its error message gets the hint if it has none; others stay as they are.
        """
        with reading(self._path):
            return add_validation(self._workbook.sheet(sheet), rule)

    def widen(self, sheet: str, widths: Mapping[int, float]) -> None:
        """Make columns of a sheet, by number, at least so wide; those that share their width with others stay."""
        with reading(self._path):
            addition.widen(self._workbook.sheet(sheet), widths)

    def renumber_percent(self, sheet: str, area: Area, code: str) -> int:
        """Give the cells of an area that show numbers in percent another number format; return how many did."""
        with reading(self._path):
            target, part = self._workbook.sheet(sheet), self._workbook.styles_part()
            if part is None:
                return 0
            root = parse(self._workbook.parts.read(part))
            styles, shown = Styles(root, root), 0
            for row in range(area.top, area.bottom + 1):
                for column, cell in target.rows.row(row).items():
                    style = int(target.reader.style(cell) or 0)
                    if area.left <= column <= area.right and styles.in_percent(style):
                        target.restyle(column, row, styles.numbered(style, code))
                        shown += 1
            if styles.changed:
                self._workbook.parts.write(part, serialize(root))
                self._workbook.__dict__.pop("formats", None)
            return shown

    def print_wider(self, sheet: str, held: Area, right: int) -> None:
        """Have a print area that holds a whole area of a sheet end at a column further right."""
        with reading(self._path):
            print_wider(self._workbook, sheet, held, right)

    def add_sheet(self, name: str, rows: Sequence[Sequence[Written]], *, hidden: bool = False) -> None:
        """Append a worksheet that holds `rows` from its first cell on; nobody sees a `hidden` one.

        Raises
        ------
        WorkbookRefused
            The name is taken, or one that Excel does not allow.
        """
        self._require_title(name, {sheet.casefold() for sheet in self._workbook.sheets})
        with reading(self._path):
            sheet = self._workbook.add_sheet(name, hidden=hidden)
            for number, row in enumerate(rows, 1):
                for column, value in enumerate(row, 1):
                    sheet.write(column, number, value)

    def graft(
        self,
        other: bytes,
        grafts: Sequence[Graft],
        *,
        titles: Mapping[str, str] = MappingProxyType({}),
        pointed: Callable[[str], str] = str,
    ) -> list[str]:
        """Put worksheets of another workbook into this one, with all that belongs to them; nothing that is there moves.

        Their tables and names come along; a name that is here already keeps what it stands for.

        Parameters
        ----------
        other
            The bytes of the other workbook.
        grafts
            The sheets, in the order in which they are put in.
        titles
            What other sheets of the other workbook are called here, for links that lead there.
        pointed
            Gives the last form to each formula.

        Returns
        -------
        list[str]
            The cells whose link led to a sheet that is not here, and which have no link now.

        Raises
        ------
        WorkbookRefused
            A sheet, or the name of one or of a table, is taken or cannot be; a sheet has something that cannot be taken
            along, or names cells of which it cannot be told where they are here. Then nothing is changed.
        """
        taken = {sheet.casefold() for sheet in self._workbook.sheets}
        for graft in grafts:
            self._require_title(graft.name, taken)
            taken.add(graft.name.casefold())
        with reading(self._path):
            container = Container(self._path, BytesIO(other))
            source = Workbook(container)
            try:
                return put_sheets(self._workbook, source, grafts, titles=titles, pointed=pointed)
            finally:
                source.close()
                container.close()

    def open_on(self, sheet: str) -> None:
        """Have a worksheet shown, and it alone selected, when the workbook is opened.

        Raises
        ------
        WorkbookRefused
            There is no such worksheet, or it is hidden.
        """
        with reading(self._path):
            open_on(self._workbook, sheet)

    def renumber(self, codes: Mapping[str, str]) -> None:
        """Put other number formats in place of some: `codes` maps the codes that may be there to new ones."""
        with reading(self._path):
            renumber(self._workbook, codes)

    def set_property(self, name: str, value: Property) -> None:
        """Set a custom document property."""
        with reading(self._path):
            if self.properties.get(name) != value:
                write_property(self._workbook.parts, name, value)

    def save(self, path: str | Path | None = None, *, dry_run: bool = False) -> Receipt:
        """Write the workbook, whole or not at all, and close the package.

        Parameters
        ----------
        path
            Another file to write to; left out, the workbook itself, which is not touched when nothing changed.
        dry_run
            Write nothing, leave the package open, and say what would be written.

        Returns
        -------
        Receipt
            The parts that were read, changed, added and dropped, the number of changed cells per sheet, what followed
            the tables that grew or shrank, the number of formulas left to the spreadsheet to compute, and where the
            last version is kept (`.bak` after the name).

        Raises
        ------
        WorkbookRefused
            The file is open elsewhere, read-only, or was changed since it was opened; or it cannot be written.
        """
        target = self._path if path is None else Path(path)
        with reading(self._path):
            receipt = self._settled(target)
            if not dry_run:
                require_writable(target)
                if receipt.changed or receipt.added or receipt.dropped or path is not None:
                    receipt = self._write(target, receipt)
                self.close()
            return receipt

    def _require_title(self, name: str, taken: Collection[str]) -> None:
        if name.casefold() in taken or not 0 < len(name) <= 31 or _FORBIDDEN_IN_NAMES.search(name):
            raise WorkbookRefused("xlsx_sheet_name", name=name)

    def _settled(self, target: Path) -> Receipt:
        workbook, parts = self._workbook, self._workbook.parts
        self._followed += [*follow(workbook, self._growths), *travel(workbook, self._travels)]
        reach = Reach(workbook)
        changes = settle(workbook, self._growths, reach)
        self._growths, self._travels = [], []
        refresh_views(workbook, changes, reach)
        workbook.collect()
        return Receipt(
            path=target,
            read=tuple(self._container.seen),
            changed=tuple(sorted(set(parts.changed) - parts.added)),
            added=tuple(sorted(parts.added)),
            dropped=tuple(sorted(parts.dropped)),
            cells={name: changes.written[name] for name in workbook.sheets if name in changes.written},
            followed=tuple(dict.fromkeys(self._followed)),
            to_calculate=sum(sheet.rows.forgotten for sheet in workbook.loaded.values()),
        )

    def _write(self, target: Path, receipt: Receipt) -> Receipt:
        parts = self._workbook.parts

        def write(out: BinaryIO) -> None:
            self._container.write(out, parts.changed, parts.dropped)

        def verify(fresh: Path) -> None:
            written = (*receipt.changed, *receipt.added)
            require_well_formed(fresh, (name for name in written if name.lower().endswith(_OF_XML)))
            self.close()  # where open files cannot be replaced, this one must not be in the way

        same = target.resolve() == self._path.resolve()
        backup = replace_file(target, write, verify, expected=self._opened if same else None)
        return replace(receipt, backup=backup)

    def _leave_headings(self, sheet: str, cells: Mapping[tuple[int, int], Written]) -> None:
        """A table's heading is also the name of its column, which formulas use."""
        for table in self._workbook.tables.values():
            if table.sheet == sheet and table.header:
                left, top, *_ = Area.parse(table.ref)
                for column, heading in enumerate(table.columns, left):
                    if cells.get((column, top), heading) != heading:
                        raise WorkbookRefused(
                            "xlsx_heading", sheet=sheet, cell=address(column, top), table=table.name, heading=heading
                        )


def _single(place: str) -> tuple[int, int]:
    try:
        area = Area.parse(place)
    except ValueError as error:
        raise WorkbookRefused("xlsx_not_a_cell", cell=place) from error
    if area[:2] != area[2:]:
        raise WorkbookRefused("xlsx_not_a_cell", cell=place)
    return area[:2]
