"""A file per member of a report: their page alone; what is typed there comes back into the plan."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpixl.errors import InvalidValue, WorkbookRefused
from kpixl.plan import Member, Period
from kpixl.workbook.agreed import take_over
from kpixl.workbook.books import Book
from kpixl.workbook.report import Report, write_report

_MONTH = dt.date(2025, 9, 1)
Rows = Callable[[Path, str], list[dict[str, Any]]]


@pytest.fixture
def reporting(small_book: Callable[..., Path], tmp_path: Path) -> Callable[..., Report]:
    path = small_book(period=Period(_MONTH, 2), members=(Member("佐藤"), Member("鈴木/2課"), Member("鈴木:2課")))
    return lambda **options: write_report(path, _MONTH, tmp_path, members=True, **options)


def _texts(path: Path) -> str:
    book = openpyxl.load_workbook(path)
    return " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)


def _agree(path: Path, number: int, **values: Any) -> None:
    book = openpyxl.load_workbook(path)
    [sheet] = book.worksheets
    head, first, *_ = sheet[sheet.tables[f"report_agreed_{number}"].ref]
    for cell, heading in zip(first, head, strict=True):
        cell.value = values.get(str(heading.value))
    book.save(path)


def _agreed(path: Path, table_rows: Rows) -> list[tuple[Any, Any]]:
    return [(row["担当"], row["行動"]) for row in table_rows(path, "kpixl_agreements") if row["行動"]]


def test_a_member_gets_no_page_of_another(reporting: Callable[..., Report]) -> None:
    written = reporting()
    assert [path.name for path in written.own] == [
        f"{written.path.stem}_{name}.xlsx" for name in ("佐藤", "鈴木_2課", "鈴木_2課 2")
    ]
    first, second, third = map(_texts, written.own)
    assert "佐藤" in first
    assert "鈴木" not in first
    assert "佐藤" not in second + third
    assert ("鈴木/2課" in second, "鈴木:2課" in second) == (True, False)
    assert ("鈴木/2課" in third, "鈴木:2課" in third) == (False, True)


def test_what_is_typed_into_a_members_file_comes_into_the_plan(
    reporting: Callable[..., Report], tmp_path: Path, table_rows: Rows
) -> None:
    written = reporting()
    plan = tmp_path / "small.xlsx"
    _agree(written.own[1], 2, 行動="同行 2 件", だれが="鈴木")
    (written.own[0].parent / "~$open.xlsx").write_bytes(b"")
    with Book(plan) as book:
        [would] = take_over(book, tmp_path, dry_run=True)
    assert "移します" in would
    assert _agreed(plan, table_rows) == []
    with Book(plan) as book:
        [told] = take_over(book, tmp_path)
    assert "移しました" in told
    assert _agreed(plan, table_rows) == [("鈴木/2課", "同行 2 件")]
    with Book(plan) as book:
        assert take_over(book, tmp_path) == ["4個のファイルを読みました。新しい約束はありません。"]
    assert _agreed(plan, table_rows) == [("鈴木/2課", "同行 2 件")]


def test_a_rerun_keeps_what_was_typed_into_a_members_file(
    reporting: Callable[..., Report], tmp_path: Path, table_rows: Rows
) -> None:
    first = reporting()
    _agree(first.own[0], 1, 行動="資料を 1 枚に")
    again = reporting()
    assert _agreed(tmp_path / "small.xlsx", table_rows) == [("佐藤", "資料を 1 枚に")]
    assert [row["行動"] for row in table_rows(again.own[0], "report_agreed_1") if row["行動"]] == ["資料を 1 枚に"]


def test_a_folder_without_reports_is_named(reporting: Callable[..., Report], tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    reporting()
    with Book(tmp_path / "small.xlsx") as book:
        for folder in (empty, tmp_path / "nowhere"):
            with pytest.raises(WorkbookRefused, match=folder.name):
                take_over(book, folder)


def test_the_month_left_out_is_the_last_that_was_over_at_the_last_refresh(
    small_book: Callable[..., Path], tmp_path: Path, typing: Callable[..., None]
) -> None:
    path = small_book(period=Period(_MONTH, 3))
    with pytest.raises(InvalidValue, match="2025-09"):
        write_report(path, None, tmp_path)
    for day, name in ((dt.date(2025, 10, 30), "small_2025-09.xlsx"), (dt.date(2025, 10, 31), "small_2025-10.xlsx")):
        book = openpyxl.load_workbook(path)
        sheet, cell = next(iter(book.defined_names["kpixl_as_of"].destinations))
        book[sheet][cell] = day
        book.save(path)
        assert write_report(path, None, tmp_path).path.name == name


def test_a_report_in_another_language_stands_beside_the_first(small_book: Callable[..., Path], tmp_path: Path) -> None:
    path = small_book(period=Period(_MONTH, 2))
    first, second = (write_report(path, _MONTH, tmp_path, spoken=language).path for language in (None, "en"))
    assert (first.name, second.name) == ("small_2025-09.xlsx", "small_2025-09_en.xlsx")
    assert openpyxl.load_workbook(first).sheetnames[0] == "サマリー"
    assert openpyxl.load_workbook(second).sheetnames[0] == "Summary"
