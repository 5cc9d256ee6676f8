"""Workbooks that the tests change, with all that can point at a table, and ways to look inside files."""

import shutil
import warnings
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from lxml import etree

from kpixl.xlsx import Package

_PROTECTED = ("poi_encrypted.xlsx", "poi_signed.xlsx")  # by a password or a signature
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Make a workbook: `make(lambda book: ...)` with an XlsxWriter workbook."""

    def workbook(fill: Callable[[Any], object], name: str = "book.xlsx", **options: Any) -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(path, options) as book:
            fill(book)
        return path

    return workbook


@pytest.fixture
def sales(make: Callable[..., Path]) -> Path:
    """A table of ten sales (Data!A1:F11) with all that can point at it."""
    return make(_sales)


@pytest.fixture
def parts() -> Callable[[Path], dict[str, bytes]]:
    """All parts of a package by name."""

    def read(path: Path) -> dict[str, bytes]:
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    return read


@pytest.fixture
def edit_part() -> Callable[..., None]:
    """Rewrite one part of a package by hand, as another program would have written it."""

    def edit(path: Path, name: str, change: Callable[[bytes], bytes], rename: str | None = None) -> None:
        with zipfile.ZipFile(path) as archive:
            contents = {item: archive.read(item) for item in archive.namelist()}
        if name not in contents or (change(contents[name]) == contents[name] and rename is None):
            raise AssertionError(f"nothing changed in {name}")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for item, content in contents.items():
                changed = change(content) if item == name else content
                archive.writestr((rename or item) if item == name else item, changed)

    return edit


@pytest.fixture
def load() -> Callable[..., Any]:
    """Read a workbook with openpyxl, which warns of what it would lose."""

    def read(path: Path, **options: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(path, **options)

    return read


class Cells:
    """The cells of a sheet as they stand in the file."""

    def __init__(self, path: Path, sheet: str) -> None:
        with Package.open(path) as book:
            part = book._workbook.worksheets[sheet]
        with zipfile.ZipFile(path) as archive:
            self.root = etree.fromstring(archive.read(part))
        self._space = f"{{{etree.QName(self.root).namespace}}}"
        self._by_place = {cell.get("r"): cell for cell in self.root.iter(f"{self._space}c")}

    def __contains__(self, place: str) -> bool:
        return place in self._by_place

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_place)

    def formula(self, place: str) -> str | None:
        found = self._by_place[place].find(f"{self._space}f")
        return None if found is None else found.text

    def value(self, place: str) -> str | None:
        """The cached or constant value as text, inline strings included; None when there is none."""
        if place not in self._by_place:
            return None
        cell = self._by_place[place]
        found = cell.find(f"{self._space}v")
        if found is not None:
            return found.text
        texts = [text.text or "" for text in cell.iter(f"{self._space}t")]
        return "".join(texts) if texts else None

    def attribute(self, place: str, name: str) -> str | None:
        return self._by_place[place].get(name)


@pytest.fixture
def cells() -> type[Cells]:
    """Look at the cells of a sheet in a file: `cells(path, "Data").value("B2")`."""
    return Cells


def _sales(book: Any) -> None:
    data, report, dash = (book.add_worksheet(name) for name in ("Data", "Report", "Dashboard"))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    money = book.add_format({"num_format": "#,##0"})
    headings = ["Date", "Region", "Amount", "Qty", "Total", "Note"]
    data.add_table(
        0,
        0,
        10,
        5,
        {
            "name": "Sales",
            "columns": [{"header": heading} for heading in headings[:4]]
            + [{"header": "Total", "formula": "=Sales[@[Amount]]*Sales[@[Qty]]"}, {"header": "Note"}],
        },
    )
    for row in range(1, 11):
        data.write_datetime(row, 0, datetime(2025, 4, row), day)
        data.write_string(row, 1, ["North", "South", "East"][row % 3])
        data.write_number(row, 2, row * 100, money)
        data.write_number(row, 3, row)
        data.write_formula(row, 4, "=Sales[[#This Row],[Amount]]*Sales[[#This Row],[Qty]]", money, row * row * 100)
        data.write_string(row, 5, f"note {row}")
    data.conditional_format("C2:C11", {"type": "data_bar", "data_bar_2010": True})
    data.conditional_format("D2:D11", {"type": "3_color_scale"})
    data.conditional_format("A2:A11", {"type": "formula", "criteria": "=COUNTIF($B$2:$B$11,$B2)>3"})
    book.define_name("Amounts", "=Data!$C$2:$C$11")
    book.define_name("Rate", "=Report!$A$20")
    report.write_formula("B1", "=SUM(Sales[Amount])", None, 5500)
    report.write_formula("B2", "=SUM(Data!C2:C11)", None, 5500)
    report.write_formula("B3", "=SUM(Amounts)", None, 5500)
    report.write_formula("B4", "=B3*Rate", None, 550)
    report.write_formula("B5", "=Data!C1048576", None, 0)
    report.write_formula("B6", "=COUNTA(Data!$B$1:$B$11)", None, 11)
    report.write_formula("B7", "=SUM(Data!C2:C10)", None, 4500)
    report.write("A20", 0.1)
    report.write_formula("B20", "=A20*2", None, 0.2)
    report.data_validation("D1", {"validate": "list", "source": "=Data!$B$2:$B$11"})
    dash.add_sparkline("A1", {"range": "Data!C2:C11"})
    chart = book.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": "=Data!$C$1",
            "categories": "=Data!$B$2:$B$11",
            "values": "=Data!$C$2:$C$11",
            "values_data": [row * 100 for row in range(1, 11)],
        }
    )
    dash.insert_chart("C2", chart)
    dash.insert_textbox("L2", "a text box")
    dash.write_comment("A5", "a comment")
    book.set_custom_property("kpixl.version", "1.0")


@pytest.fixture
def copies(real_data: Path, tmp_path: Path) -> Iterator[Path]:
    """Give a copy of each real workbook that can be changed."""
    found = [path for path in sorted((real_data / "xlsx").glob("*.xlsx")) if path.name not in _PROTECTED]
    return (Path(shutil.copyfile(path, tmp_path / path.name)) for path in found)
