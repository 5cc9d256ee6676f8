"""Agreements from 1on1s are kept in the plan and shown in each report; no new report loses what was typed."""

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpixl.errors import WorkbookRefused
from kpixl.plan import Period
from kpixl.workbook.report import Report, write_report

_MONTH, _NEXT = dt.date(2025, 9, 1), dt.date(2025, 10, 1)
Rows = Callable[[Path, str], list[dict[str, Any]]]


def _type(path: Path, table: str, row: int, values: dict[str, Any]) -> None:
    """Type into a row of a table as an office program does, which changes the date of the file."""
    book = openpyxl.load_workbook(path)
    sheet = next(sheet for sheet in book.worksheets if table in sheet.tables)
    head, *rows = sheet[sheet.tables[table].ref]
    for cell, heading in zip(rows[row - 1], head, strict=True):
        if heading.value in values:
            cell.value = values[heading.value]
    book.save(path)


def _filled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if any(value is not None for value in row.values())]


@pytest.fixture
def reporting(small_book: Callable[..., Path], tmp_path: Path) -> Any:
    """A small plan of two months that are over, and its reports."""
    path = small_book(period=Period(_MONTH, 2))

    def report(month: dt.date = _MONTH) -> Report:
        return write_report(path, month, tmp_path)

    return path, report


def test_what_was_agreed_comes_back_until_it_is_done(reporting: Any, table_rows: Rows) -> None:
    path, report = reporting
    _type(path, "kpixl_agreements", 1, {"月": _MONTH, "担当": "佐藤", "行動": "初回架電を午前に", "だれが": "佐藤"})
    _type(path, "kpixl_agreements", 2, {"月": _MONTH, "担当": "鈴木", "行動": "同行 2 件", "済": "済"})
    shown = {
        (month.month, number): [
            row["行動"] for row in _filled(table_rows(report(month).path, f"report_agreed_{number}"))
        ]
        for month in (_MONTH, _NEXT)
        for number in (1, 2)
    }
    assert shown == {
        (9, 1): ["初回架電を午前に"],
        (9, 2): ["同行 2 件"],
        (10, 1): ["初回架電を午前に"],
        (10, 2): [],
    }


def test_what_was_typed_into_a_report_goes_into_the_plan_and_into_the_next_report(
    reporting: Any, table_rows: Rows
) -> None:
    path, report = reporting
    first = report().path
    typed = {"行動": "資料を 1 枚に", "だれが": "鈴木", "いつまで": dt.datetime(2025, 9, 30)}
    _type(first, "report_agreed_2", 1, typed)
    again = report()
    [agreed] = _filled(table_rows(path, "kpixl_agreements"))
    assert agreed == typed | {"月": dt.datetime(2025, 9, 1), "担当": "鈴木", "済": None}
    for written in (again.path, report(_NEXT).path):
        assert [row["行動"] for row in _filled(table_rows(written, "report_agreed_2"))] == ["資料を 1 枚に"]
    assert _filled(table_rows(again.path, "report_agreed_1")) == []
    assert "1件" in again.kept[0]
    assert report().kept == ()
    assert len(_filled(table_rows(path, "kpixl_agreements"))) == 1


def test_a_report_that_somebody_saved_is_kept_under_another_name(reporting: Any, tmp_path: Path) -> None:
    _, report = reporting
    first = report().path
    book = openpyxl.load_workbook(first)
    book.worksheets[0]["H2"] = "会議のメモ"
    book.save(first)
    saved = first.read_bytes()
    again = report()
    kept = tmp_path / "small_2025-09 (2).xlsx"
    assert kept.read_bytes() == saved
    assert str(kept) in again.kept[-1]
    assert report().kept == ()
    found = sorted(one.name for one in tmp_path.glob("small_*"))
    assert found == ["small_2025-09 (2).xlsx", "small_2025-09.xlsx", "small_2025-09.xlsx.bak"]


def test_done_is_copied_and_a_contradicting_row_becomes_another_agreement(reporting: Any, table_rows: Rows) -> None:
    path, report = reporting
    _type(path, "kpixl_agreements", 1, {"月": _MONTH, "担当": "佐藤", "行動": "同行", "だれが": "佐藤"})
    _type(report().path, "report_agreed_1", 1, {"済": "済"})
    report()
    assert [(row["行動"], row["済"]) for row in _filled(table_rows(path, "kpixl_agreements"))] == [("同行", "済")]
    _type(report().path, "report_agreed_1", 1, {"だれが": "課長"})
    report()
    assert [row["だれが"] for row in _filled(table_rows(path, "kpixl_agreements"))] == ["佐藤", "課長"]


def test_more_agreements_than_there_are_rows_make_the_table_longer(reporting: Any, table_rows: Rows) -> None:
    path, report = reporting
    for row in range(1, 11):
        _type(path, "kpixl_agreements", row, {"月": _MONTH, "担当": "佐藤", "行動": f"行動 {row}"})
    _type(report().path, "report_agreed_2", 3, {"行動": "十一番目"})
    report()
    actions = [row["行動"] for row in _filled(table_rows(path, "kpixl_agreements"))]
    assert actions == [*(f"行動 {row}" for row in range(1, 11)), "十一番目"]


def test_a_plan_that_cannot_be_written_keeps_the_older_report(reporting: Any, table_rows: Rows) -> None:
    path, report = reporting
    first = report().path
    _type(first, "report_agreed_1", 1, {"行動": "同行"})
    path.with_name("~$small.xlsx").touch()
    before = path.read_bytes()
    again = report()
    assert path.read_bytes() == before
    [kept] = again.kept
    assert "(2)" in kept
    assert [row["行動"] for row in _filled(table_rows(again.path, "report_agreed_1"))] == ["同行"]


def test_a_file_that_is_no_report_is_refused_and_left_as_it_is(reporting: Any, tmp_path: Path) -> None:
    path, report = reporting
    other = tmp_path / "small_2025-09.xlsx"
    shutil.copy(path, other)
    with pytest.raises(WorkbookRefused) as refusal:
        report()
    assert refusal.value.key == "not_own"
    assert other.read_bytes() == path.read_bytes()
    assert sorted(one.name for one in tmp_path.glob("small_*")) == [other.name]
