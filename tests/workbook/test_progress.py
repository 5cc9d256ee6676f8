"""The progress sheet: weeks, KGIs, rates and landings as a user finds them in the workbook."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import Goal, Indicator, Kgi
from kpixl.workbook.refresh import refresh
from kpixl.xlsx import Package

_FRIDAY = dt.date(2026, 9, 18)  # 14 of September's 19 business days are over; its target of meetings is 33
_KGIS = (
    Kgi("売上", "revenue", 50_000_000, priority=2),
    Kgi("受注件数", "orders", 25, priority=3, trade_off="売上を優先"),
    Kgi("獲得費用", "cost", 300_000, priority=1),
)
_RATES = (
    Indicator("成約率", "won", "meeting", role="main", target=0.3),
    Indicator("開封率", "email_opened", "email_sent", role="sub", target=0.25),
)
Rows = Callable[[Path, str], list[dict[str, Any]]]


@pytest.fixture
def refreshed(small_book: Callable[..., Path], importing: Callable[..., Any]) -> Callable[..., Path]:
    """Make the small plan's workbook and refresh it with meetings and orders, given as (day, event, count)."""

    def run(*events: tuple[int, str, int], as_of: dt.date = _FRIDAY, **changes: Any) -> Path:
        path = small_book(**changes)
        rows = [
            (f"2026-09-{day:02}", event, "佐藤", "Web", "1500000" if event == "受注" else "")
            for day, event, count in events
            for _ in range(count)
        ]
        refresh(path, imported=importing(*rows), as_of=as_of)
        return path

    return run


def _grid(rows: list[dict[str, Any]], kpi: str) -> dict[str, list[Any]]:
    return {
        row["内容"]: [row[f"第{week}週"] for week in range(1, 7)] + [row["今週の残り"], row["アラート"]]
        for row in rows
        if row["KPI"] == kpi
    }


def test_each_week_has_its_share_of_the_month_by_business_days(
    refreshed: Callable[..., Path], table_rows: Rows
) -> None:
    path = refreshed((3, "商談", 6), (9, "商談", 10), (16, "商談", 4))
    grid = _grid(table_rows(path, "kpixl_weeks"), "商談")
    assert grid["目標"][:5] == pytest.approx([33 * days / 19 for days in (4, 5, 5, 2, 3)])
    assert grid["実績"][:3] == [6, 10, 4]
    assert grid["達成率"][:3] == pytest.approx([6 * 19 / 132, 10 * 19 / 165, 4 * 19 / 165])
    assert [cell in (None, "") for cell in grid["実績"][3:6]] == [True] * 3
    assert grid["目標"][5] in (None, "")


def test_this_week_says_what_it_lacks_and_warns_past_its_half(refreshed: Callable[..., Path], table_rows: Rows) -> None:
    """33 × 5 / 19 is 8.7 meetings; on Wednesday 2 of them are 23%, and 4 are 46%."""
    for held, warning in ((2, "▲ 遅れ"), (4, "")):
        path = refreshed((14, "商談", held), as_of=dt.date(2026, 9, 16))
        grid = _grid(table_rows(path, "kpixl_weeks"), "商談")
        assert grid["目標"][6] == pytest.approx(33 * 5 / 19 - held)
        assert (grid["目標"][7] or "") == warning


@pytest.mark.calc
def test_another_day_shows_its_own_weeks(
    refreshed: Callable[..., Path],
    recalculate: Callable[[Path], Path],
    table_rows: Rows,
    load: Callable[..., Any],
) -> None:
    """October 2026 begins on a Thursday and has 5 weeks; the third is shorter by the holiday on Monday the 12th."""
    path = refreshed((3, "商談", 6))
    with Package.open(path) as book:
        sheet, cell = book.names["kpixl_as_of"].replace("$", "").replace("'", "").split("!")
        places = {name: book.names[name].split("!")[1].replace("$", "") for name in _WEEK_NAMES}
        book.set_cells(sheet, {cell: dt.date(2026, 10, 14)})
        book.save()
    computed = recalculate(path)
    page = load(computed, data_only=True)[sheet]
    marks, starts, ends, days = ([cell.value for cell in page[places[name]][0]] for name in _WEEK_NAMES)
    assert [day.day for day in starts[:5]] == [1, 5, 12, 19, 26]
    assert [day.day for day in ends[:5]] == [4, 11, 18, 25, 31]
    assert days[:5] == [2, 5, 4, 5, 5]
    assert [mark or "" for mark in marks] == ["", "", "▶ 今週", "", "", ""]
    assert [cell or "" for cell in (starts[5], ends[5], days[5])] == ["", "", ""]
    grid = _grid(table_rows(computed, "kpixl_weeks"), "商談")
    assert grid["目標"][:5] == pytest.approx([37 * count / 21 for count in (2, 5, 4, 5, 5)])
    assert grid["実績"][:3] == [0, 0, 0]


_WEEK_NAMES = [f"kpixl_week_{name}" for name in ("marks", "starts", "ends", "days")]


def test_kgis_are_in_order_of_priority(refreshed: Callable[..., Path], table_rows: Rows) -> None:
    """25 orders over 40 business days: by the 14th of these, 14/19 of September's 12 are due."""
    path = refreshed((3, "受注", 4), kgis=_KGIS)
    rows = table_rows(path, "kpixl_kgi_progress")
    assert [row["KGI"] for row in rows] == ["獲得費用", "売上", "受注件数"]
    orders = rows[2]
    assert orders["累計の目標"] == pytest.approx(12 * 14 / 19)
    assert (orders["目標"], orders["累計の実績"]) == (25, 4)
    assert orders["累計の達成率"] == pytest.approx(4 * 19 / (12 * 14))
    assert rows[1]["累計の実績"] == 6_000_000
    assert [rows[0][heading] or None for heading in ("累計の実績", "累計の達成率")] == [
        None,
        None,
    ]  # no cost is recorded
    assert orders["トレードオフ（何を優先し、何を譲るか）"] == "売上を優先"


def test_rates_with_a_target_are_counted(refreshed: Callable[..., Path], table_rows: Rows) -> None:
    path = refreshed((3, "商談", 10), (9, "受注", 2), indicators=_RATES)
    win, opened = table_rows(path, "kpixl_indicators")
    assert (win["KPI"], win["目標"], win["分子の数"], win["分母の数"], win["実績"]) == ("成約率", 0.3, 2, 10, 0.2)
    assert win["達成率"] == pytest.approx(2 / 3)
    assert (opened["KPI"], opened["分母の数"], opened["実績"] or "") == ("開封率", 0, "")


def test_typed_mails_count_for_their_rate(
    small_book: Callable[..., Path], typing: Callable[..., None], table_rows: Rows
) -> None:
    path = small_book(indicators=_RATES)
    for row, (kpi, value) in enumerate((("メール送信", 40), ("メール開封", 12)), 1):
        typing(path, "kpixl_entries", row, {"日付": dt.date(2026, 9, 3), "KPI": kpi, "値": value})
    refresh(path, as_of=_FRIDAY)
    opened = table_rows(path, "kpixl_indicators")[1]
    assert (opened["分子の数"], opened["分母の数"], opened["実績"]) == (12, 40, 0.3)


def test_bars_of_a_landing_add_up_to_its_high_end(refreshed: Callable[..., Path], table_rows: Rows) -> None:
    path = refreshed((3, "アポ", 25), (3, "商談", 20), (10, "受注", 4))
    bars = {row["KPI"]: row for row in table_rows(path, "kpixl_bands")}
    for row in table_rows(path, "kpixl_progress"):
        bar = bars[row["KPI"]]
        if row["KPI"] == "リード":  # nobody recorded any
            assert [bar[heading] or None for heading in ("実績", "着地の下限まで", "下限〜上限")] == [None] * 3
            continue
        assert bar["実績"] == pytest.approx(row["実績"] / row["目標"])
        assert bar["実績"] + bar["着地の下限まで"] == pytest.approx(max(row["下限"], row["実績"]) / row["目標"])
        assert bar["実績"] + bar["着地の下限まで"] + bar["下限〜上限"] == pytest.approx(row["上限"] / row["目標"])


def test_a_plan_without_actuals_judges_nothing(small_book: Callable[..., Path], table_rows: Rows) -> None:
    path = small_book()
    for row in table_rows(path, "kpixl_progress"):
        assert {row[name] for name in ("着地見込み", "下限", "上限", "達成確率", "判定", "アラート")} == {None}
        assert row["今日までの差"] in (None, "")
    assert all(row["着地見込み"] is None for row in table_rows(path, "kpixl_risk"))
    weeks = table_rows(path, "kpixl_weeks")
    assert {row["アラート"] or "" for row in weeks} == {""}
    assert {row["第1週"] or "" for row in weeks if row["内容"] == "達成率"} == {""}
    assert {row["累計の達成率"] or "" for row in table_rows(path, "kpixl_kgi_progress")} == {""}
    assert table_rows(path, "kpixl_indicators")[0]["KPI"] is None


@pytest.mark.calc
def test_cached_values_are_what_the_spreadsheet_computes(
    refreshed: Callable[..., Path], differences: Callable[[Path], tuple[int, dict[Any, Any]]]
) -> None:
    path = refreshed((3, "商談", 10), (9, "受注", 2), (16, "商談", 1), kgis=_KGIS, indicators=_RATES)
    _, wrong = differences(path)
    assert wrong == {}


@pytest.mark.calc
def test_secured_revenue_counts_towards_the_goal(
    refreshed: Callable[..., Path],
    table_rows: Rows,
    differences: Callable[[Path], tuple[int, dict[Any, Any]]],
) -> None:
    """September has 19/40 of 10 million, and Friday 14/19 of that: 3.5 million, besides 8 orders of 150万円."""
    path = refreshed((3, "受注", 8), goal=Goal(60_000_000, 2_000_000, 10_000_000))
    revenue = next(row for row in table_rows(path, "kpixl_progress") if row["KPI"] == "売上")
    assert (revenue["目標"], revenue["実績"]) == (24_000_000, 12_000_000)
    goal = table_rows(path, "kpixl_kgi_progress")[0]
    assert goal["累計の目標"] == pytest.approx(24_000_000 * 14 / 19 + 3_500_000)
    assert goal["累計の実績"] == pytest.approx(15_500_000)
    assert differences(path)[1] == {}
