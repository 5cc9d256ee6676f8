"""After a refresh a sheet prints everything that it holds then, and the file opens where its user left it."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree

from kpixl.plan import Member
from kpixl.workbook.refresh import refresh
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area

_WIDE = tuple(Member(f"担当{number}") for number in range(1, 6))  # as many as the settings have rows for


def _longer(path: Path, months: int) -> None:
    with Package.open(path) as book:
        sheet, cell = book.names["kpixl_months"].replace("$", "").split("!")
        book.set_cells(sheet, {cell: months})
        rows = [(one.name, *[None] * 7) for one in _WIDE]
        book.replace_table("kpixl_members", book.tables["kpixl_members"].columns[:8], rows)
        book.save()


def _printed(path: Path) -> dict[str, list[Area]]:
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: [Area.parse(area.split("!")[1].replace("$", "")) for area in str(sheet.print_area).split(",")]
        for sheet in book.worksheets
        if sheet.print_area
    }


def test_a_longer_plan_with_more_members_prints_whole(small_book: Callable[..., Path]) -> None:
    path = small_book()
    before = _printed(path)
    _longer(path, 12)
    refresh(path)
    after = _printed(path)
    with Package.open(path) as book:
        tables = list(book.tables.values())
    grown = 0
    for table in tables:
        area = Area.parse(table.ref)
        for old, new in zip(before.get(table.sheet, ()), after.get(table.sheet, ()), strict=True):
            if old.left <= area.left and area.right <= old.right and old.top <= area.top <= old.bottom:
                assert new.holds(area.right, area.bottom), (table.name, str(new))
                grown += new.bottom > old.bottom
    assert grown >= 2


def test_a_shorter_plan_prints_no_blank_rows_and_comes_back_to_what_it_was(small_book: Callable[..., Path]) -> None:
    path = small_book()
    refresh(path)
    first = _printed(path)
    with Package.open(path) as book:
        sheet, cell = book.names["kpixl_months"].replace("$", "").split("!")
    for months in (12, 2):
        with Package.open(path) as book:
            book.set_cells(sheet, {cell: months})
            book.save()
        refresh(path)
    assert _printed(path) == first


def test_a_print_area_of_the_users_own_stays(small_book: Callable[..., Path]) -> None:
    path = small_book()
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    workbook = parts["xl/workbook.xml"].decode()
    mine = re.sub(r"(Print_Area\"[^>]*>'?目標'?!)[^<]*", r"\g<1>$B$6:$D$7", workbook)
    assert mine != workbook
    with zipfile.ZipFile(path, "w") as package:
        for name, content in (parts | {"xl/workbook.xml": mine.encode()}).items():
            package.writestr(name, content)
    _longer(path, 12)
    refresh(path)
    assert _printed(path)["目標"] == [Area.parse("B6:D7")]


@pytest.mark.parametrize("months", [2, 12])
def test_the_file_opens_where_the_user_left_it(small_book: Callable[..., Path], months: int) -> None:
    path = small_book()
    book: Any = openpyxl.load_workbook(path)
    book.active = book.sheetnames.index("ギャップ")
    book["ギャップ"].sheet_view.selection[0].activeCell = "C9"
    book["ギャップ"].sheet_view.selection[0].sqref = "C9"
    book.save(path)
    _longer(path, months)
    before = _views(path)
    refresh(path)
    assert _views(path) == before


def _views(path: Path) -> dict[str, list[bytes]]:
    with zipfile.ZipFile(path) as package:
        return {
            name: [
                etree.tostring(view)
                for view in etree.fromstring(package.read(name)).iter("{*}bookViews", "{*}sheetViews")
            ]
            for name in package.namelist()
            if re.fullmatch(r"xl/(workbook|worksheets/sheet\d+)\.xml", name)
        }
