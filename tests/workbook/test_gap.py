"""The gap sheet: the waterfall from plan to actual with the bars that the chart stacks, and the levers."""

import datetime as dt
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import Channel
from kpixl.workbook.refresh import refresh
from kpixl.xlsx import Package

_FRIDAY = dt.date(2026, 9, 18)
_BARS = ("計画", "（土台）", "プラス要因", "プラス要因（0未満）", "マイナス要因", "マイナス要因（0未満）", "実績")
Rows = Callable[[Path, str], list[dict[str, Any]]]


@pytest.fixture
def refreshed(small_book: Callable[..., Path], importing: Callable[..., Any]) -> Callable[..., Path]:
    """Make the small plan's workbook and refresh it with counts of leads, appointments, meetings and orders."""

    def run(*counts: int, as_of: dt.date = _FRIDAY, amount: str = "2000000", **changes: Any) -> Path:
        path = small_book(**changes)
        events = zip(("リード", "アポ", "商談", "受注"), counts, strict=True)
        rows = [
            ("2026-09-03", event, "佐藤", "Web", amount if event == "受注" else "")
            for event, count in events
            for _ in range(count)
        ]
        refresh(path, imported=importing(*rows), as_of=as_of)
        return path

    return run


def test_the_waterfall_adds_up(refreshed: Callable[..., Path], table_rows: Rows) -> None:
    """The target for September is 12 orders of 200万円; 8 of 150万円 came: 800 less by number, 400 less by value."""
    path = refreshed(187, 49, 33, 8, as_of=dt.date(2026, 9, 30), amount="1500000")
    rows = table_rows(path, "kpixl_waterfall")
    assert [row["要因"] for row in rows] == [
        "計画",
        "リードの数",
        "リード→アポ",
        "アポ→商談",
        "商談→受注",
        "時期・単価ほか",
        "実績",
    ]
    changes = [row["影響"] for row in rows]
    assert changes[0] == 24_000_000
    assert sum(changes[1:5]) == pytest.approx(-8_000_000)
    assert changes[5] == pytest.approx(-4_000_000)
    assert changes[6] == 12_000_000
    assert rows[5]["影響後の売上"] == pytest.approx(12_000_000)
    assert rows[0]["グラフの見出し"] == "計画\n2,400万円"
    assert rows[5]["グラフの見出し"] == "時期・単価ほか\n▲400万円"


@pytest.mark.parametrize("counts", [(187, 49, 33, 8), (900, 5, 4, 3), (1, 1, 1, 1), (2000, 300, 2, 30)])
def test_each_bar_reaches_from_the_revenue_before_a_step_to_the_revenue_after_it(
    refreshed: Callable[..., Path], table_rows: Rows, counts: tuple[int, ...]
) -> None:
    """A stacked chart stacks the parts above zero and those below zero separately."""
    rows = table_rows(refreshed(*counts), "kpixl_waterfall")
    before = rows[0]["影響後の売上"]
    for row in rows[1:-1]:
        after = row["影響後の売上"]
        bars = [row[name] or 0 for name in _BARS]
        above, below = (sum(sign * max(sign * bar, 0) for bar in bars) for sign in (1, -1))
        assert above == pytest.approx(max(before, after, 0))
        assert below == pytest.approx(min(before, after, 0))
        assert row["（土台）"] == pytest.approx(max(min(before, after), 0) + min(max(before, after), 0))
        risen = [row[name] for name in ("プラス要因", "プラス要因（0未満）")]
        fallen = [row[name] for name in ("マイナス要因", "マイナス要因（0未満）")]
        assert any(fallen if after >= before else risen) is False
        before = after


def test_the_chart_stacks_the_bars_on_an_invisible_base(
    refreshed: Callable[..., Path], load: Callable[..., Any]
) -> None:
    path = refreshed(187, 49, 33, 8)
    with zipfile.ZipFile(path) as package:
        charts = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/charts/chart")]
    (bridge,) = (chart for chart in charts if "（土台）" in chart)
    assert '<c:grouping val="stacked"/>' in bridge
    series = re.findall(r"<c:ser>.*?</c:ser>", bridge, re.S)
    named = [re.search(r"<c:tx>.*?<c:v>(.*?)</c:v>", one, re.S)[1] for one in series]
    assert tuple(named) == _BARS
    base = series[named.index("（土台）")]
    assert base.count("<a:noFill/>") == 2  # neither filled nor outlined
    assert bridge.count('<c:delete val="1"/>') >= 3  # the base and the two below zero are not in the legend
    _, body = re.search(r"<c:val>.*?<c:f>(.*?)!(.*?)</c:f>", base, re.S).groups()
    table = load(path)["kpixl_charts"].tables["kpixl_waterfall"].ref
    assert [re.sub(r"\D", "", corner) for corner in body.replace("$", "").split(":")] == [
        str(int(re.sub(r"\D", "", table.split(":")[0])) + 1),
        re.sub(r"\D", "", table.split(":")[1]),
    ]


def test_a_difference_of_rates_is_in_points(
    refreshed: Callable[..., Path], table_rows: Rows, load: Callable[..., Any], place: Callable[..., tuple[str, str]]
) -> None:
    path = refreshed(100, 20, 10, 2)
    lead, appointment, meeting, _ = table_rows(path, "kpixl_gap")
    assert lead["率の差"] in (None, "")
    assert appointment["実績率"] == 0.2
    assert appointment["率の差"] == pytest.approx(20 - appointment["目標率"] * 100)
    assert meeting["率の差"] == pytest.approx(50 - meeting["目標率"] * 100)
    sheet, cell = place(path, "kpixl_gap", "率の差", 2)
    assert load(path)[sheet][cell].number_format.startswith('+0.0"pt"')


def test_levers_say_what_each_step_must_reach(refreshed: Callable[..., Path], table_rows: Rows) -> None:
    """280 leads in 14 days mean 100 more in 5; at 20%, 50% and 50% these give 5 orders of 200万円.

    September's target is 12 orders and 6 have come, so the last 5 days must bring 6, but the run rate gives only 5.
    """
    one = (Channel("Web", 1, (0.2, 0.8, 0.3)),)
    path = refreshed(280, 56, 28, 6, channels=one)
    rows = table_rows(path, "kpixl_levers")
    assert [row["打ち手"] for row in rows] == ["リードの数", "リード→アポ", "アポ→商談", "商談→受注", "平均単価"]
    leads, appointments, meetings, orders, worth = rows
    rest = 100 * 0.2 * 0.5 * (6 / 28) * 2e6
    growth = (12 * 2e6 - 12e6) / rest
    assert leads["今のまま"] == pytest.approx(100)
    assert leads["単独で届く値"] == pytest.approx(100 * growth)
    assert leads["これだけで届くか"] == "○ 届く"
    assert meetings["単独で届く値"] is None
    assert meetings["これだけで届くか"] == "× 不足"
    assert (appointments["上限"], orders["上限"], worth["上限"]) == (1, 1, None)
    assert [row["伸ばす幅"] for row in rows] == pytest.approx([growth**0.2 - 1] * 5)
    assert sum(row["分担の割合"] for row in rows) == pytest.approx(1)


def test_a_plan_without_actuals_blames_nobody(
    small_book: Callable[..., Path], table_rows: Rows, load: Callable[..., Any]
) -> None:
    path = small_book()
    levers, bridge = (table_rows(path, name) for name in ("kpixl_levers", "kpixl_waterfall"))
    assert len(levers) == 5
    assert {value for row in levers for name, value in row.items() if name != "打ち手"} == {None}
    assert {row["影響"] for row in bridge} == {None}  # nothing is recorded, so there is no waterfall
    assert bridge[1]["グラフの見出し"] == "リードの数"
    for row in table_rows(path, "kpixl_gap"):
        assert {row[name] or None for name in ("差", "今日までの達成率", "売上への影響", "順位")} == {None}
    assert "実績はまだありません" in load(path)["ギャップ"]["B3"].value


@pytest.mark.calc
@pytest.mark.parametrize("counts", [(900, 5, 4, 3), (0, 0, 0, 0), (280, 56, 28, 6)])
def test_cached_values_are_what_the_spreadsheet_computes(
    refreshed: Callable[..., Path],
    differences: Callable[[Path], tuple[int, dict[Any, Any]]],
    counts: tuple[int, ...],
) -> None:
    _, wrong = differences(refreshed(*counts))
    assert wrong == {}


def test_the_report_says_what_to_do_about_the_steps_that_cost_most(
    loop: Callable[[str], Any], load: Callable[..., Any], table_rows: Rows
) -> None:
    """Each with its effect on revenue as the table has it, a measure and what to watch; the table holds values."""
    made = loop("ja")
    costs = {row["段階"]: row["売上への影響"] for row in table_rows(made.report.path, "report_funnel")}
    worst = sorted((yen, stage) for stage, yen in costs.items() if yen < 0)[:3]
    cells = [cell.value for cell in load(made.report.path)["ファネル"]["B"]]
    start = next(place for place, text in enumerate(cells) if text and "差の大きいステップ" in str(text))
    told = [str(text) for text in cells[start:] if text]
    points = [text for text in told if text.startswith("・")]
    assert len(points) == len(worst) == 3
    for (yen, stage), point in zip(worst, points, strict=True):
        assert stage in point
        assert f"▲{round(-yen / 10_000):,}万円" in point
    assert sum(text.startswith("打ち手") for text in told) == sum(text.startswith("見る数") for text in told) == 3


def test_the_bottleneck_is_a_step_with_its_rate_and_never_a_stage(
    refreshed: Callable[..., Path], load: Callable[..., Any]
) -> None:
    """12 orders of 33 meetings are planned, or 36.4%; 12 came of 40 meetings: the orders are at 100%."""
    path = refreshed(187, 60, 40, 12, as_of=dt.date(2026, 9, 30))
    with Package.open(path) as book:
        sheet, cell = book.names["kpixl_gap_note"].replace("$", "").replace("'", "").split("!")
    told = load(path, data_only=True)[sheet][cell].value
    assert "「商談→受注」の率（計画36.4%→実績30.0%）" in told


def test_a_rate_above_100_percent_is_reported_and_not_judged(
    refreshed: Callable[..., Path], load: Callable[..., Any], table_rows: Rows
) -> None:
    path = refreshed(187, 30, 33, 12, as_of=dt.date(2026, 9, 30))
    with Package.open(path) as book:
        sheet, cell = book.names["kpixl_gap_note"].replace("$", "").replace("'", "").split("!")
    assert "「アポ→商談」は30件から33件が出ています。" in load(path, data_only=True)[sheet][cell].value
    rows = {row["段階"]: row for row in table_rows(path, "kpixl_gap")}
    assert not rows["商談"]["実績率"]  # it is none
    assert [rows[stage]["売上への影響"] or None for stage in ("アポ", "商談")] == [None, None]
