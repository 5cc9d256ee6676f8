"""A refresh brings the workbook up to date, counts an export once, and leaves the file as it was if it fails."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.actuals import Import
from kpixl.errors import InvalidPlan, WorkbookRefused
from kpixl.workbook.refresh import Refreshed, refresh
from kpixl.xlsx import Formula, Package

_DAY = dt.date(2026, 9, 18)
_ROWS = (
    ("2026-09-01", "リード", "", "Web", ""),
    ("2026-09-02", "リード", "", "展示会", ""),
    ("2026-09-03", "アポ", "佐藤", "Web", ""),
    ("2026-09-03", "商談", "佐藤", "Web", ""),
    ("2026-09-17", "受注", "佐藤", "Web", "1,800,000"),
    ("2026-09-17", "受注", "佐藤", "Web", "2,500,000"),
)
Rows = Callable[[Path, str], list[dict[str, Any]]]
Importing = Callable[..., Import]
Refreshing = Callable[..., Refreshed]


def test_imported_events_reach_the_tables(
    refreshing: Refreshing, small_book: Callable[..., Path], importing: Importing, table_rows: Rows
) -> None:
    path = small_book()
    refreshed = refreshing(path, imported=importing(*_ROWS), as_of=_DAY)
    facts = table_rows(path, "kpixl_facts")
    assert [(row["日付"].day, row["担当"], row["件数"], row["金額"]) for row in facts if row["イベント"] == "受注"] == [
        (17, "佐藤", 2, 4_300_000)
    ]
    assert sum(row["件数"] for row in facts) == len(_ROWS)
    progress = {row["KPI"]: row for row in table_rows(path, "kpixl_progress")}
    assert {name: row["実績"] for name, row in progress.items()} == {
        "売上": 4_300_000,
        "リード": 2,
        "アポ": 1,
        "商談": 1,
        "受注": 2,
    }
    assert refreshed.tracking.as_of == _DAY
    assert refreshed.unlisted == {}
    [control] = [row for row in table_rows(path, "kpixl_imports") if row["イベント"] == "受注"]
    assert (control["行数"], control["取込"], control["金額（元）"], control["金額（取込）"]) == (
        6,
        2,
        4_300_000,
        4_300_000,
    )


def test_the_same_export_twice_counts_once_and_changes_nothing(
    small_book: Callable[..., Path], importing: Importing
) -> None:
    path = small_book()
    refresh(path, imported=importing(*_ROWS), as_of=_DAY)
    before = path.read_bytes()
    again = refresh(path, imported=importing(*_ROWS), as_of=_DAY)
    assert again.receipt.changed == again.receipt.added == again.receipt.dropped == ()
    assert path.read_bytes() == before
    assert refresh(path, as_of=_DAY).receipt.changed == ()


def test_a_later_export_replaces_the_days_it_covers(
    refreshing: Refreshing, small_book: Callable[..., Path], importing: Importing, table_rows: Rows
) -> None:
    path = small_book()
    refreshing(path, imported=importing(*_ROWS), as_of=_DAY)
    later = (("2026-09-17", "受注", "佐藤", "Web", "1,800,000"), ("2026-09-18", "受注", "鈴木", "Web", "2,000,000"))
    refreshing(path, imported=importing(*later, file="later.csv"), as_of=_DAY)
    progress = {row["KPI"]: row["実績"] for row in table_rows(path, "kpixl_progress")}
    assert (progress["受注"], progress["売上"], progress["リード"]) == (2, 3_800_000, 2)


def test_another_day_shows_another_month(
    refreshing: Refreshing, small_book: Callable[..., Path], importing: Importing, table_rows: Rows
) -> None:
    path = small_book()
    refreshing(path, imported=importing(*_ROWS, ("2026-10-01", "受注", "鈴木", "Web", "1")), as_of=dt.date(2026, 10, 2))
    progress = {row["KPI"]: row for row in table_rows(path, "kpixl_progress")}
    assert progress["受注"]["実績"] == 1
    assert progress["リード"]["実績"] is None, "nobody wins an order without a lead, so none was recorded"
    assert progress["受注"]["今日までの目標"] == pytest.approx(progress["受注"]["目標"] * 2 / 21)


def test_a_dry_run_says_what_would_change_and_changes_nothing(
    small_book: Callable[..., Path], importing: Importing
) -> None:
    path = small_book()
    before = path.read_bytes()
    refreshed = refresh(path, imported=importing(*_ROWS), as_of=_DAY, dry_run=True)
    assert refreshed.receipt.cells["進捗"] > 0
    assert path.read_bytes() == before
    assert not path.with_name("small.xlsx.bak").exists()


def test_the_former_file_is_kept_as_a_backup(small_book: Callable[..., Path], importing: Importing) -> None:
    path = small_book()
    before = path.read_bytes()
    receipt = refresh(path, imported=importing(*_ROWS), as_of=_DAY).receipt
    assert receipt.backup == path.with_name("small.xlsx.bak")
    assert receipt.backup.read_bytes() == before
    assert path.read_bytes() != before


def test_names_outside_the_plan_are_counted_and_reported(
    refreshing: Refreshing, small_book: Callable[..., Path], importing: Importing, table_rows: Rows
) -> None:
    path = small_book()
    refreshed = refreshing(path, imported=importing(("2026-09-03", "受注", "退職者", "紹介", "5")), as_of=_DAY)
    assert refreshed.unlisted == {"member": ["退職者"], "channel": ["紹介"]}
    assert {row["KPI"]: row["実績"] for row in table_rows(path, "kpixl_progress")}["受注"] == 1


@pytest.mark.parametrize("text", ["=1+1", "+81-3", "-佐藤", "@SUM(A1)", "=cmd|'/c calc'!A1", "  =A1"])
def test_text_of_an_export_never_becomes_a_formula(
    refreshing: Refreshing, small_book: Callable[..., Path], importing: Importing, load: Callable[..., Any], text: str
) -> None:
    path = small_book()
    refreshing(path, imported=importing(("2026-09-03", "受注", text, text, "5")), as_of=_DAY)
    sheet = load(path)["実績"]
    found = [
        cell
        for row in sheet[sheet.tables["kpixl_facts"].ref]
        for cell in row
        if str(cell.value).strip() == text.strip()
    ]
    assert [cell.data_type for cell in found] == ["s", "s"]


def test_a_workbook_open_in_excel_is_refused(small_book: Callable[..., Path], importing: Importing) -> None:
    path = small_book()
    path.with_name("~$small.xlsx").touch()
    _refused_unchanged(path, importing(*_ROWS), "~$small.xlsx")


def test_a_table_that_would_grow_over_cells_of_the_user_is_refused(
    refreshing: Refreshing, small_book: Callable[..., Path], importing: Importing, place: Callable[..., tuple[str, str]]
) -> None:
    path = small_book()
    sheet, below = place(path, "kpixl_facts", "日付", 3)
    with Package.open(path) as book:
        book.set_cells(sheet, {below: "私のメモ"})
        book.save()
    _refused_unchanged(path, importing(*_ROWS), "kpixl_facts", refreshing)


def _refused_unchanged(path: Path, imported: Import, told: str, refreshing: Refreshing = refresh) -> None:
    before = path.read_bytes()
    with pytest.raises(WorkbookRefused) as refused:
        refreshing(path, imported=imported, as_of=_DAY)
    assert told in str(refused.value)
    assert path.read_bytes() == before
    assert list(path.parent.glob(".kpixl-*")) == []


@pytest.mark.parametrize(("heading", "error"), [("エリアの重み", "#DIV/0!"), ("チーム", "#N/A"), ("担当", "#REF!")])
def test_an_error_in_a_cell_is_named_and_not_taken_for_blank_or_text(
    small_book: Callable[..., Path], place: Callable[..., tuple[str, str]], heading: str, error: str
) -> None:
    """A blank weight counts as 1, but an error is not a weight, nor a name."""
    path = small_book()
    sheet, cell = place(path, "kpixl_members", heading, 2)
    with Package.open(path) as book:
        book.set_cells(sheet, {cell: Formula("x", error)})
        book.save()
    before = path.read_bytes()
    with pytest.raises(InvalidPlan) as refused:
        refresh(path, as_of=_DAY)
    assert f"{sheet}!{cell}" in str(refused.value)
    assert error in str(refused.value)
    assert path.read_bytes() == before


def test_a_name_that_reads_like_an_error_is_a_name(
    refreshing: Refreshing, small_book: Callable[..., Path], importing: Importing, table_rows: Rows
) -> None:
    path = small_book()
    refreshing(path, imported=importing(("2026-09-03", "アポ", "#N/A", "Web", "")), as_of=_DAY)
    assert refreshing(path, as_of=_DAY).unlisted == {"member": ["#N/A"]}
    assert [row["担当"] for row in table_rows(path, "kpixl_facts")] == ["#N/A"]
