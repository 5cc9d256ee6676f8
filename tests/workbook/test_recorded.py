"""A blank is not zero, neither in formulas nor in the values cached with them."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.workbook.refresh import refresh
from kpixl.workbook.report import write_report

_FRIDAY, _LAST = dt.date(2026, 9, 18), dt.date(2026, 9, 30)
_LEAD, _ORDER = ("2026-09-03", "リード", "佐藤", "Web", ""), ("2026-09-07", "受注", "鈴木", "Web", 2_000_000)
_APPOINTMENT, _MEETING = (("2026-09-04", event, "佐藤", "Web", "") for event in ("アポ", "商談"))
_CASES: dict[str, tuple[list[tuple[Any, ...]], dt.date]] = {
    "leads alone": ([_LEAD], _FRIDAY),
    "orders without amounts": ([_LEAD, (*_ORDER[:4], "")], _FRIDAY),
    "a stage left out": ([_LEAD, _MEETING, _ORDER], _FRIDAY),
    "less than nothing": ([_LEAD, _APPOINTMENT, _MEETING, (*_ORDER[:4], -3_000_000)], _LAST),
    "more meetings than appointments": ([_LEAD, _APPOINTMENT, *[_MEETING] * 3, _ORDER], _FRIDAY),
    "a month over with nothing": ([_LEAD, _APPOINTMENT, _MEETING, _ORDER], dt.date(2026, 10, 31)),
}


@pytest.fixture
def refreshed(small_book: Callable[..., Path], importing: Callable[..., Any]) -> Callable[[str], Path]:
    """Make the workbook of a case."""

    def make(case: str) -> Path:
        rows, day = _CASES[case]
        path = small_book()
        refresh(path, imported=importing(*rows), as_of=day)
        return path

    return make


@pytest.mark.calc
@pytest.mark.parametrize("case", _CASES)
def test_the_spreadsheet_computes_what_was_stored(
    refreshed: Callable[[str], Path], differences: Callable[[Path], tuple[int, dict[Any, Any]]], case: str
) -> None:
    assert differences(refreshed(case))[1] == {}


def test_what_is_not_recorded_has_no_figure_and_says_so(
    refreshed: Callable[[str], Path], table_rows: Callable[[Path, str], list[dict[str, Any]]]
) -> None:
    path = refreshed("leads alone")
    rows = {row["KPI"]: row for row in table_rows(path, "kpixl_progress")}
    won = rows["受注"]
    assert won["アラート"] == "未記録"
    assert {won[heading] or None for heading in ("実績", "月の進捗率", "着地見込み", "判定")} == {None}
    assert rows["リード"]["実績"] == 1
    for row in table_rows(path, "kpixl_member_status"):
        assert not row["受注"]
    [september, *_] = table_rows(path, "kpixl_monthly")
    assert not september["受注"]
    assert september["リード"] > 0


def test_orders_without_amounts_say_that_the_revenue_is_unknown(
    refreshed: Callable[[str], Path], table_rows: Callable[[Path, str], list[dict[str, Any]]], tmp_path: Path
) -> None:
    path = refreshed("orders without amounts")
    revenue = table_rows(path, "kpixl_progress")[0]
    assert revenue["アラート"] == "受注の金額が未記録"
    assert not revenue["実績"]
    report = write_report(path, _FRIDAY.replace(day=1), tmp_path)
    assert any("わかりません" in sentence for sentence in report.sentences)
    kpis = table_rows(report.path, "report_kpis")
    assert (kpis[0]["実績"], kpis[0]["達成率"], kpis[0]["判定"]) == (None, None, "受注の金額が未記録")


def test_a_negative_actual_is_shown_with_its_reason(
    refreshed: Callable[[str], Path], table_rows: Callable[[Path, str], list[dict[str, Any]]]
) -> None:
    path = refreshed("less than nothing")
    revenue = table_rows(path, "kpixl_progress")[0]
    assert revenue["実績"] == -3_000_000
    assert revenue["アラート"] == "取消で実績がマイナスのため判定なし"
    assert not revenue["月の進捗率"]
    assert not revenue["判定"]


def test_a_month_over_with_nothing_is_missed_on_every_sheet(
    refreshed: Callable[[str], Path],
    table_rows: Callable[[Path, str], list[dict[str, Any]]],
    load: Callable[..., Any],
) -> None:
    path = refreshed("a month over with nothing")
    assert load(path)["進捗"]["B3"].value.endswith("時点：5つのKPIのうち5つ未達。")
    assert [row["判定"] for row in table_rows(path, "kpixl_progress")] == ["× 未達"] * 5
    assert table_rows(path, "kpixl_monthly")[1]["受注"] == 0
    assert {row["受注"] for row in table_rows(path, "kpixl_member_status")} == {0}
