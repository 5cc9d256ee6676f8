"""What the charts of the gap and progress sheets say: their findings, which follow the figures that they draw."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.workbook.refresh import refresh
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area

_FRIDAY = dt.date(2026, 9, 18)  # 14 of September's 19 business days
Importing = Callable[..., Any]
Rows = Callable[[Path, str], list[dict[str, Any]]]


@pytest.fixture
def refreshed(small_book: Callable[..., Path], importing: Importing) -> Callable[..., Path]:
    """Refresh the small plan's workbook with counts of leads, appointments, meetings and orders of 200万円."""

    def run(*counts: int) -> Path:
        path = small_book()
        events = zip(("リード", "アポ", "商談", "受注"), counts, strict=True)
        rows = [
            ("2026-09-03", event, "佐藤", "Web", "2000000" if event == "受注" else "")
            for event, count in events
            for _ in range(count)
        ]
        refresh(path, imported=importing(*rows), as_of=_FRIDAY)
        return path

    return run


def said(path: Path, name: str) -> Any:
    with Package.open(path) as book:
        sheet, _, cell = book.names[name].rpartition("!")
        return book.values(sheet.strip("'"), Area.parse(cell.replace("$", "")))[0][0]


def test_the_title_of_the_funnel_names_the_stage_furthest_behind(refreshed: Callable[..., Path]) -> None:
    # 188 leads are the month's target, 138.5 of them due by now: 100 are 72 %; all later stages are ahead
    path = refreshed(100, 60, 50, 12)
    assert said(path, "kpixl_title_funnel") == "今日までの達成率：いちばん低いのはリード（72%）"


def test_the_title_of_the_funnel_says_that_nothing_is_behind(refreshed: Callable[..., Path]) -> None:
    assert said(refreshed(180, 60, 50, 12), "kpixl_title_funnel") == "今日までの達成率：すべての段階が目標に届いている"


def test_the_bars_have_counts_and_rates_beside_them(refreshed: Callable[..., Path], table_rows: Rows) -> None:
    first, second, *_ = table_rows(refreshed(100, 20, 10, 2), "kpixl_funnel_bars")
    assert first["label"] == "リード 100件（目標139）"
    assert second["label"].startswith("アポ 20件（目標")
    assert "・率20.0%（計画" in second["label"]
    assert {row["100%"] for row in (first, second)} == {1}


def test_the_title_of_the_waterfall_says_how_far_the_revenue_is_and_why(refreshed: Callable[..., Path]) -> None:
    # 12 orders of 200万円 in the month, 14/19 of them due: 1,768万円; 2 orders are 400万円
    title = said(refreshed(138, 39, 27, 2), "kpixl_title_bridge")
    assert title.startswith("売上は今日までの目標を1,368万円下回る：最大の要因は「商談→受注」（▲")


def test_revenue_ahead_of_its_pace_is_said_to_be_so(refreshed: Callable[..., Path]) -> None:
    assert said(refreshed(180, 60, 50, 10), "kpixl_title_bridge") == "売上は今日までの目標を232万円上回る"


def test_the_burn_up_is_that_of_the_stage_least_likely_to_reach_its_target(
    refreshed: Callable[..., Path], table_rows: Rows
) -> None:
    path = refreshed(20, 60, 50, 12)
    assert said(path, "kpixl_risk_kpi") == "リード"
    assert said(path, "kpixl_title_risk") == "リードの累計：このままでは目標に届かない見込み"
    done = [row["実績"] for row in table_rows(path, "kpixl_risk") if row["実績"] is not None]
    assert done[-1] == 20


def test_before_any_actuals_the_titles_say_what_is_shown(small_book: Callable[..., Path]) -> None:
    path = small_book()
    assert [said(path, f"kpixl_title_{name}") for name in ("funnel", "bridge", "landing", "risk")] == [
        "段階ごとの目標と実績（今日まで）",
        "売上の差はどこで生まれたか：計画から実績まで",
        "着地見込みの幅（目標＝100%）",
        "受注の累計：目標と実績",
    ]


def test_the_charts_take_their_titles_from_these_cells(small_book: Callable[..., Path], parts: Any) -> None:
    charts = b"".join(part for name, part in parts(small_book()).items() if name.startswith("xl/charts/chart"))
    for row in (1, 2, 3, 4):
        assert b"kpixl_telling!$B$%d</c:f>" % row in charts.replace(b"'", b"")
