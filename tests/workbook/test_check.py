"""The check of a workbook: what is wrong with its plan, in its language, with the sheet and cell to mend."""

import datetime as dt
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.errors import WorkbookRefused
from kpixl.plan import read_template
from kpixl.workbook.check import check_book
from kpixl.workbook.planbook import build
from kpixl.workbook.state import new_state

START = dt.date(2025, 4, 1)
_Place = Callable[..., tuple[str, str]]
_Typing = Callable[..., None]


@pytest.fixture(scope="session")
def _new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("check") / "plan.xlsx"
    build(new_state(read_template("inside_sales", language="ja", start=START)), path)
    return path


@pytest.fixture
def book(_new: Path, tmp_path: Path) -> Path:
    """A new plan workbook of the template for inside sales."""
    return Path(shutil.copy(_new, tmp_path / "plan.xlsx"))


def test_a_new_workbook_has_no_findings(book: Path) -> None:
    before = book.read_bytes()
    assert check_book(book) == ("ja", ())
    assert book.read_bytes() == before


@pytest.mark.parametrize(
    ("table", "row", "heading", "value", "rule"),
    [
        ("kpixl_definitions", 1, "責任者", None, "kpi_owner"),
        ("kpixl_definitions", 2, "データの出どころ", None, "kpi_source"),
        ("kpixl_definitions", 7, "個別の目標", None, "kpi_target"),
        ("kpixl_candidates", 5, "変えやすさ", 1, "controllable"),
        ("kpixl_kgis", 2, "期限", dt.date(2030, 1, 1), "kgi_deadline"),
        ("kpixl_kgis", 2, "目標値", 20_000_000, "kgi_reached"),
        ("kpixl_channels", 1, "月の上限", 100, "channel_capacity"),
    ],
)
def test_a_finding_names_the_cell(
    book: Path, typing: _Typing, place: _Place, table: str, row: int, heading: str, value: Any, rule: str
) -> None:
    typing(book, table, row, {heading: value})
    _, remarks = check_book(book)
    assert {remark.rule for remark in remarks} - {"kgi_leap"} == {rule}
    remark = next(remark for remark in remarks if remark.rule == rule)
    sheet, cell = place(book, table, heading, row)
    assert remark.at == {"sheet": sheet, "cell": cell}
    assert remark.where == f"{sheet}!{cell}"


def test_a_finding_without_a_row_names_the_heading(book: Path, typing: _Typing, place: _Place) -> None:
    for row in (3, 4):
        typing(book, "kpixl_csfs", row, {"CSF（重要成功要因）": None, "なぜ重要か": None})
    _, remarks = check_book(book)
    sheet, first = place(book, "kpixl_csfs", "CSF（重要成功要因）", 1)
    heading = f"{first[0]}{int(first[1:]) - 1}"
    assert [remark.at for remark in remarks if remark.rule == "csf_count"] == [{"sheet": sheet, "cell": heading}]


def test_the_log_of_changes_is_read(book: Path, typing: _Typing, place: _Place) -> None:
    days = [dt.date(2025, 5, 1), dt.date(2025, 6, 1), dt.date(2025, 12, 1)]
    for row, day in enumerate(days, 1):
        typing(book, "kpixl_changes", row, {"日付": day, "KPI": "アポ"})
    typing(book, "kpixl_changes", 4, {"変えた理由": "メモだけの行"})
    _, [remark] = check_book(book)
    assert remark.rule == "changed_often"
    assert remark.at["cell"] == place(book, "kpixl_changes", "KPI", 2)[1]  # the change that came too soon
    assert "2025/06/01" in remark.what


def test_a_target_that_was_typed_over_no_longer_sums(book: Path, typing: _Typing) -> None:
    typing(book, "kpixl_member_targets", 6, {"アポ": 999})
    _, remarks = check_book(book)
    assert [(remark.rule, remark.severity) for remark in remarks] == [("sums_by_month", "error")]
    assert "2025/04" in remarks[0].what
    assert "アポ" in remarks[0].what


def test_an_unusable_cell_is_a_remark(book: Path, typing: _Typing, place: _Place) -> None:
    typing(book, "kpixl_channels", 2, {"構成比": "三割"})
    _, [remark] = check_book(book)
    sheet, cell = place(book, "kpixl_channels", "構成比", 2)
    assert (remark.rule, remark.at) == ("unreadable", {"sheet": sheet, "cell": cell})
    assert "三割" in remark.what


def test_an_entry_that_no_plan_can_hold_is_found_in_its_row(book: Path, typing: _Typing, place: _Place) -> None:
    typing(book, "kpixl_channels", 2, {"商談→有効商談": 1.2})
    _, [remark] = check_book(book)
    sheet, cell = place(book, "kpixl_channels", "チャネル", 2)
    assert (remark.rule, remark.at) == ("unreadable", {"sheet": sheet, "cell": cell})


def test_a_pin_for_a_member_who_is_not_there_yet_is_found(book: Path, typing: _Typing, place: _Place) -> None:
    typing(book, "kpixl_members", 3, {"着任日": dt.date(2030, 1, 1), "受注件数を固定": 5})
    _, [remark] = check_book(book)
    sheet, cell = place(book, "kpixl_members", "担当", 3)
    assert (remark.rule, remark.at) == ("unreadable", {"sheet": sheet, "cell": cell})


def test_a_year_of_actuals_is_held_against_the_plan(loop: Callable[[str], Any]) -> None:
    assert check_book(loop("ja").book) == ("ja", ())
    assert check_book(loop("en").book) == ("en", ())


def test_a_plan_that_leaps_from_its_actuals(loop: Callable[[str], Any], tmp_path: Path, typing: _Typing) -> None:
    """The demo wins about ten orders a month: three times the goal is a leap in every KPI."""
    book = Path(shutil.copy(loop("en").book, tmp_path / "plan.xlsx"))
    typing(
        book, "kpixl_kgis", 1, {"Value to reach": 360_000_000, "Last year": 98_000_000}
    )  # otherwise last year's value is a sample
    _, remarks = check_book(book)
    assert {"leap", "kgi_leap"} <= {remark.rule for remark in remarks}
    assert any("Orders" in remark.what for remark in remarks if remark.rule == "leap")


def test_a_missing_table_is_refused_by_name(book: Path) -> None:
    older = book.with_name("older.xlsx")
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(older, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"kpixl_csfs", b"other_csfs"))
    with pytest.raises(WorkbookRefused, match="kpixl_csfs"):
        check_book(older)
