"""The report of a closed month is the same before and after the plan is changed, but for what it says of today."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kpixl.actuals import Import
from kpixl.plan import Level, Member
from kpixl.workbook.refresh import refresh
from kpixl.workbook.report import write_report

_SEPTEMBER, _OCTOBER = dt.date(2026, 9, 1), dt.date(2026, 10, 8)


@pytest.fixture
def used(small_book: Callable[..., Path], importing: Callable[..., Import]) -> Path:
    """A plan in use; September is closed."""
    path = small_book(members=(Member("佐藤"), Member("鈴木", level="新人")), levels=(Level("新人", 0.5),))
    events = (
        ("2026-09-03", "リード", "佐藤", "Web", ""),
        ("2026-09-04", "アポ", "佐藤", "Web", ""),
        ("2026-09-10", "受注", "佐藤", "Web", "3000000"),
        ("2026-10-01", "受注", "鈴木", "展示会", "2000000"),
    )
    refresh(path, imported=importing(*events), as_of=_OCTOBER)
    return path


_CHANGES: tuple[tuple[str, int, dict[str, Any]], ...] = (
    ("kpixl_kgis", 1, {"目標値": 90_000_000}),
    ("kpixl_channels", 1, {"構成比": 0.1, "単価": 5_000_000}),
    ("kpixl_channels", 2, {"リード→アポ": 0.9}),
    ("kpixl_members", 1, {"エリアの重み": 3, "受注件数を固定": 20}),
    ("kpixl_members", 2, {"退任日": dt.date(2026, 10, 9)}),
    ("kpixl_levels", 1, {"係数": 2}),
    ("kpixl_seasonality", 9, {"重み": 3}),
)


def test_the_report_of_a_closed_month_stays_cell_by_cell(
    used: Path, typing: Callable[..., None], tmp_path: Path
) -> None:
    before = _cells(write_report(used, _SEPTEMBER, _folder(tmp_path, "before")).path)
    for table, row, values in _CHANGES:
        typing(used, table, row, values)
    typed = _cells(write_report(used, _SEPTEMBER, _folder(tmp_path, "typed")).path)
    assert _without_today(typed) == _without_today(before)
    assert refresh(used, as_of=_OCTOBER).tracking.targets.team("won")[1] > 13
    assert _cells(write_report(used, _SEPTEMBER, _folder(tmp_path, "refreshed")).path) == typed
    assert [before[_REST], typed[_REST]] == ["4,700万円", "8,700万円"]


_REST = ("サマリー", "J7")  # what the rest of the year needs: the goal of 50 or 90 million less September's 3 million
_ASKED = {("佐藤", "E23"), ("佐藤", "E24")}  # what October asks of a person, to be checked next time
_TODAY = {_REST, ("サマリー", "J8"), ("サマリー", "O28"), *_ASKED}  # that on each day, and October in the chart
_WORTH = {
    *(("サマリー", cell) for cell in ("B4", "C11", "C13")),
    ("佐藤", "B16"),
}  # in yen by the plan's rates of today


def _without_today(cells: dict[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
    """Return the cells, of those with a finding only what comes before its size in yen.

    The page of why is left out: all of it is in yen, by the plan's rates and prices of today.
    """
    kept = {place: value for place, value in cells.items() if place not in _TODAY and place[0] != "なぜ"}
    return {place: re.sub(r"▲?[\d,]+万円.*", "", value) if place in _WORTH else value for place, value in kept.items()}


def _folder(path: Path, name: str) -> Path:
    (path / name).mkdir()
    return path / name


def _cells(path: Path) -> dict[tuple[str, str], Any]:
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in openpyxl.load_workbook(path)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
