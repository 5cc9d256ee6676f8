"""The whole loop of the demo, run once per language, and fixtures to look inside the workbooks that it makes."""

import csv
import datetime as dt
import math
import os
import pickle
import shutil
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.cell import rows_from_range
from openpyxl.worksheet.formula import ArrayFormula

from kpixl import demo
from kpixl.actuals import Import, import_events, read_mapping
from kpixl.plan import Channel, Level, Member, Period, Plan, read_template
from kpixl.texts import speaking
from kpixl.workbook.opened import in_excel
from kpixl.workbook.planbook import build
from kpixl.workbook.refresh import Refreshed, refresh, refresh_book
from kpixl.workbook.report import Report, write_report
from kpixl.workbook.state import new_state
from kpixl.xlsx import Package
from kpixl.xlsx.address import address

_MAPPING = """
source = "crm"
[files.log]
identical = "keep"
[[events]]
event = { column = "種別", values = { "リード" = "lead", "アポ" = "appointment", "商談" = "meeting", "受注" = "won" } }
occurred_at = "日付"
member = "担当"
channel = "経路"
amount = "金額"
"""


@dataclass(frozen=True)
class Loop:
    """A plan, its new workbook, the same workbook with measures and an import, and its report.

    Tests copy them and never change them.
    """

    plan: Plan
    new: Path
    book: Path
    log: Path
    deals: Path
    mapping: Path
    imported: Import
    refreshed: Refreshed
    report: Report


@pytest.fixture(scope="session")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Loop]:
    """Run the loop of the demo in a language: `loop("ja")`."""

    def made(language: str, folder: Path) -> Loop:
        new, book = folder / "new.xlsx", folder / "plan.xlsx"
        with speaking(language):
            plan = read_template("inside_sales", language=language, start=demo.START)
            build(new_state(plan), new)
            shutil.copy(new, book)
            demo.keep_log(plan, book)
            log, deals, mapping = demo.write_exports(plan, folder)
            imported = import_events([log, deals], read_mapping(mapping))
            refreshed = refresh(book, imported=imported, as_of=demo.AS_OF)
            report = write_report(book, demo.MONTH, folder)
        return Loop(plan, new, book, log, deals, mapping, imported, refreshed, report)

    @cache
    def run(language: str) -> Loop:
        if "PYTEST_XDIST_WORKER" not in os.environ:
            return made(language, tmp_path_factory.mktemp(f"loop_{language}"))
        return _shared(tmp_path_factory.getbasetemp().parent / f"loop_{language}", partial(made, language))

    return run


def _shared(folder: Path, make: Callable[[Path], Loop]) -> Loop:
    """Let the first of several processes make something in a folder, and the others have what came of it."""
    kept, written = folder / "kept", folder / "written"
    made = None
    try:
        folder.mkdir()
    except FileExistsError:
        while not kept.exists():
            time.sleep(0.1)
        made = pickle.loads(kept.read_bytes())  # noqa: S301 # written by these tests
        assert made, "another process has failed to make it"
        return made
    try:
        made = make(folder)
    finally:
        written.write_bytes(pickle.dumps(made))
        written.rename(kept)
    return made


@pytest.fixture(scope="session")
def four_months() -> dict[str, Any]:
    """What a plan of four months replaces in the small one: three channels, and four people who differ."""
    rates = ((0.2, 0.8, 0.3), (0.5, 0.5, 0.5), (0.35, 0.61, 0.27))
    named = zip(("展示会", "Web", "紹介"), (0.5, 0.3, 0.2), rates, strict=True)
    return {
        "channels": tuple(Channel(name, mix, rate) for name, mix, rate in named),
        "members": (
            Member("佐藤", 1.3, level="ベテラン"),
            Member("鈴木", pinned=4),
            Member("高橋", 1.1),
            Member("田中", joined=dt.date(2026, 11, 5), ramp=2, level="新人"),
        ),
        "levels": (Level("新人", 0.6), Level("ベテラン", 1.4)),
        "period": Period(dt.date(2026, 9, 1), 4, (dt.date(2026, 9, 21), dt.date(2026, 11, 3))),
    }


@pytest.fixture
def small_book(
    small_plan: Callable[..., Plan], _made: dict[object, Path], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> Callable[..., Path]:
    """Make a workbook of the small plan, with anything in it replaced: `small_book(members=...)`."""

    def make(**changes: Any) -> Path:
        plan = small_plan(**changes)
        if plan not in _made:
            path = tmp_path_factory.mktemp("small") / "small.xlsx"
            build(new_state(plan), path)
            _made[plan] = path
        return Path(shutil.copy(_made[plan], tmp_path / "small.xlsx"))

    return make


@pytest.fixture(scope="session")
def load() -> Callable[..., Any]:
    """Read a workbook with openpyxl, without its warnings about content that it would lose."""

    @lru_cache(maxsize=6)
    def version(path: Path, changed: int, data_only: bool) -> _Read:
        return _Read(path, data_only)

    def read(path: Path, *, data_only: bool = False) -> Any:
        return version(path, path.stat().st_mtime_ns, data_only)

    return read


class _Read:
    """A workbook that openpyxl reads, a sheet alone where one is asked for by name, and else as a whole."""

    def __init__(self, path: Path, data_only: bool) -> None:
        self._path, self._data_only = path, data_only
        self._alone: dict[str, Any] = {}

    def __getitem__(self, title: str) -> Any:
        if "whole" in vars(self):
            return self.whole[title]
        if title not in self._alone:
            with _quietly():
                self._alone[title] = self._shared.sheet(title)
        return self._alone[title]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.whole)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whole, name)

    @cached_property
    def whole(self) -> Any:
        return self._read(ExcelReader).wb

    @cached_property
    def _shared(self) -> Any:
        return self._read(_SheetBySheet)

    def _read(self, kind: type[ExcelReader]) -> Any:
        reader = kind(self._path, data_only=self._data_only)
        with _quietly():
            reader.read()
        return reader

    def sheet_with(self, table: str) -> Any:
        """Read the sheet that a table stands on."""
        with Package.open(self._path) as book:
            return self[book.tables[table].sheet]


@contextmanager
def _quietly() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _SheetBySheet(ExcelReader):
    """Reads what all sheets share, and then each that is asked for, with the names and the print area of its own."""

    def read_workbook(self) -> None:
        super().read_workbook()
        self._places = {sheet.name: place for place, (sheet, _) in enumerate(self.parser.find_sheets())}
        self._found, self._names = [*self.parser.find_sheets()], self.parser.defined_names.by_sheet()
        self.parser.find_sheets = lambda: iter(())
        self.parser.defined_names.by_sheet = dict

    def sheet(self, title: str) -> Any:
        """Read one sheet."""
        place, count = self._places[title], len(self.wb.worksheets)
        self.parser.find_sheets = lambda: iter(self._found[place : place + 1])
        self.parser.defined_names.by_sheet = lambda: {count: self._names.get(place, {})}
        with zipfile.ZipFile(self.archive.filename) as self.archive:
            self.read_worksheets()
            self.parser.assign_names()
        return self.wb.worksheets[count]


@pytest.fixture(scope="session")
def table_rows(load: Callable[..., Any]) -> Callable[[Path, str], list[dict[str, Any]]]:
    """Read the rows of a table with their cached values: `table_rows(path, "kpixl_team")`."""

    def read(path: Path, name: str) -> list[dict[str, Any]]:
        sheet = load(path, data_only=True).sheet_with(name)
        table = sheet.tables[name]
        head, *rows = [[cell.value for cell in row] for row in sheet[table.ref]]
        return [dict(zip(head, row, strict=True)) for row in rows[: len(rows) - (table.totalsRowCount or 0)]]

    return read


@pytest.fixture(scope="session")
def rows_below() -> Callable[[Any, str], list[list[Any]]]:
    """Read the filled rows of a list that is no table, ten cells each, below a heading: `rows_below(sheet, "ID")`."""

    def read(sheet: Any, heading: str) -> list[list[Any]]:
        cells = (cell for row in sheet.iter_rows() for cell in row if cell.value == heading)
        head = next(cell for cell in cells if cell.offset(0, 1).value)  # the title of a list stands alone
        rows = []
        for row in sheet.iter_rows(min_row=head.row + 1, min_col=head.column, max_col=head.column + 9):
            if row[1].value is None:
                break
            rows.append([cell.value for cell in row])
        return rows

    return read


@pytest.fixture
def parts() -> Callable[[Path], dict[str, bytes]]:
    """All parts of a package by name."""

    def read(path: Path) -> dict[str, bytes]:
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    return read


@pytest.fixture(scope="session")
def place() -> Callable[..., tuple[str, str]]:
    """Find a cell of a table: `place(path, "kpixl_members", "重み", 2)` is its sheet and address in the second row."""

    def find(path: Path, name: str, heading: str, row: int = 1) -> tuple[str, str]:
        with Package.open(path) as book:
            table = book.tables[name]
        left, top, *_ = table.body_area
        return table.sheet, address(left + table.columns.index(heading), top + row - 1)

    return find


@pytest.fixture
def typing(place: Callable[..., tuple[str, str]]) -> Callable[..., None]:
    """Type into a table's row as a user would: `typing(path, "kpixl_members", 2, {"重み": 1.5})`."""

    def write(path: Path, table: str, row: int, values: dict[str, Any]) -> None:
        places = {place(path, table, heading, row): value for heading, value in values.items()}
        with Package.open(path) as book:
            for (sheet, cell), value in places.items():
                book.set_cells(sheet, {cell: value})
            book.save()

    return write


@pytest.fixture
def importing(tmp_path: Path) -> Callable[..., Import]:
    """Import events of the small plan: `importing(("2026-09-03", "リード", "佐藤", "Web", 1), ...)`."""

    def run(*rows: tuple[Any, ...], file: str = "log.csv") -> Import:
        (tmp_path / "mapping.toml").write_text(_MAPPING, encoding="utf-8")
        with (tmp_path / file).open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([("日付", "種別", "担当", "経路", "金額"), *rows])
        return import_events([tmp_path / file], read_mapping(tmp_path / "mapping.toml"))

    return run


@pytest.fixture
def opening() -> Iterator[Callable[[Path], Any]]:
    """Open a workbook in an in-memory Excel: `opening(path).book` is the xlwings book."""
    from open_excel import Opened  # loads xlwings

    books = []

    def run(path: Path) -> Any:
        books.append(Opened(path))
        return books[-1]

    yield run
    for book in books:
        book.close()


@pytest.fixture(params=["closed", "open"])
def refreshing(request: pytest.FixtureRequest, opening: Callable[[Path], Any]) -> Callable[..., Refreshed]:
    """Refresh a workbook, once as a closed file and once while it is open in Excel, which then saves it."""

    def run(path: Path, **options: Any) -> Refreshed:
        if request.param == "closed":
            return refresh(path, **options)
        opened = opening(path)
        with in_excel(opened.book) as book:
            refreshed = refresh_book(book, **options)
        opened.save()
        return refreshed

    return run


@pytest.fixture(scope="session")
def differences(recalculate: Callable[[Path], Path]) -> Callable[..., tuple[int, dict[Any, Any]]]:
    """Compare the cached values of all formulas with LibreOffice's: how many there are, and which differ.

    `compute` recalculates the workbook; by default LibreOffice without kpixl's functions.
    """

    def compare(path: Path, compute: Callable[[Path], Path] = recalculate) -> tuple[int, dict[Any, Any]]:
        formulas = {
            (sheet, place): cell.value
            for sheet, cell in _cells(path, data_only=False)
            if cell.data_type == "f"
            for place in _filled(cell)
        }
        cached, computed = (
            {(sheet, cell.coordinate): cell.value for sheet, cell in _cells(one, data_only=True)}
            for one in (path, compute(path))
        )
        wrong = {}
        for place, formula in formulas.items():
            values = cached.get(place), computed.get(place)
            if not _alike(*map(_plain, values)):
                wrong[place] = (formula, *values)
        return len(formulas), wrong

    return compare


def _cells(path: Path, *, data_only: bool) -> Iterator[tuple[str, Any]]:
    """Read all cells that hold something, with their sheets: in passing, without charts and hints, in half the time."""
    with _quietly():
        book = openpyxl.load_workbook(path, read_only=True, data_only=data_only)
        for sheet in book.worksheets:
            yield from ((sheet.title, cell) for row in sheet.rows for cell in row if cell.value is not None)
        book.close()


def _filled(cell: Any) -> list[str]:
    """The cells that a formula fills: its own, or all cells of its array."""
    if not isinstance(cell.value, ArrayFormula):
        return [cell.coordinate]
    return [place for row in rows_from_range(cell.value.ref) for place in row]


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return (value - dt.datetime(1899, 12, 30)).total_seconds() / 86400
    return "" if value is None else value


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)
