"""Every figure of the monthly report, recomputed from the exports with pandas alone: nothing of kpixl computes here.

Targets are those that stand in the plan workbook; counts, amounts, rates and sentences come from the rows of the files.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

_MONTH, _BEFORE = pd.Period("2026-02"), pd.Period("2026-01")
_EVENTS = {
    "リード獲得": "リード",
    "架電": "架電",
    "着電": "着電",
    "アポ獲得": "アポ",
    "商談実施": "商談",
    "有効商談": "有効商談",
    "受注": "受注",
}
_ONCE = ["アポ", "商談", "有効商談", "受注"]  # of which a lead has one at most
_KPIS = ["売上", *_EVENTS.values()]
Rows = Callable[[Path, str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def events(loop: Callable[[str], Any]) -> pd.DataFrame:
    """A row per event of the demo's log: month, KPI, member, channel, value; an order is worth its amount as well."""
    log = pd.read_csv(loop("ja").log, encoding="utf-8-sig", parse_dates=["日時"])
    log = log.assign(kpi=log["種別"].map(_EVENTS), month=log["日時"].dt.to_period("M"), value=1.0)
    log = log[log["kpi"].notna()]
    assert not log[log["kpi"].isin(_ONCE)].duplicated(["kpi", "リードID"]).any()
    money = log[log["kpi"] == "受注"].assign(kpi="売上", value=lambda orders: orders["受注金額"])
    return pd.concat([log, money]).fillna({"担当": "", "チャネル": ""})


@pytest.fixture(scope="module")
def actual(events: pd.DataFrame) -> pd.DataFrame:
    """What there was in each month (rows) of each KPI (columns)."""
    return events.pivot_table(index="month", columns="kpi", values="value", aggfunc="sum", fill_value=0)


@pytest.fixture
def target(loop: Callable[[str], Any], table_rows: Rows) -> pd.DataFrame:
    """What the plan asks of the team in each month of each KPI."""
    rows = pd.DataFrame(table_rows(loop("ja").book, "kpixl_team"))
    return rows.set_index(pd.PeriodIndex(rows["月"], freq="M"))[_KPIS].astype(float)


def _said(yen: float) -> str:
    large, rest = divmod(round(abs(yen) / 10_000), 10_000)
    return (f"{large}億" if large else "") + (f"{rest:,}万円" if rest or not large else "円")


def test_the_kpis_of_the_summary(
    loop: Callable[[str], Any], table_rows: Rows, actual: pd.DataFrame, target: pd.DataFrame
) -> None:
    rows = pd.DataFrame(table_rows(loop("ja").report.path, "report_kpis")).set_index("KPI")
    made, asked = actual.loc[_MONTH], target.loc[_MONTH]
    assert list(rows.index) == _KPIS
    expected = {
        "目標": asked,
        "実績": made,
        "達成率": made / asked,
        "差": made - asked,
        "差（目標比）": (made - asked) / asked,
        "前月": actual.loc[_BEFORE],
        "前月差": made - actual.loc[_BEFORE],
    }
    for heading, figures in expected.items():
        assert rows[heading].astype(float).to_dict() == pytest.approx(figures[_KPIS].to_dict()), heading
    assert {kpi: word[-2:] for kpi, word in rows["判定"].items()} == {
        kpi: "達成" if made[kpi] >= asked[kpi] else "未達" for kpi in _KPIS
    }


def test_the_months_of_the_trends(
    loop: Callable[[str], Any], load: Callable[..., Any], actual: pd.DataFrame, target: pd.DataFrame
) -> None:
    """The months that the small charts are drawn from stand beside the table, in its rows."""
    sheet = load(loop("ja").report.path, data_only=True).worksheets[0]
    left = sheet.tables["report_kpis"].ref.partition(":")[0]
    head = sheet[left].row
    months = {
        cell.column: pd.Period(cell.value, "M")
        for cell in sheet[head]
        if hasattr(cell.value, "year") and cell.column > 12
    }
    assert len(months) == 12
    for place, kpi in enumerate(_KPIS, head + 1):
        shown = {month: sheet.cell(place, column).value for column, month in months.items()}
        known = {month: value for month, value in shown.items() if month <= _MONTH}
        assert known == actual.loc[list(known), kpi].to_dict()


def test_the_revenue_of_the_year(
    loop: Callable[[str], Any], table_rows: Rows, actual: pd.DataFrame, target: pd.DataFrame
) -> None:
    for row in table_rows(loop("ja").report.path, "report_trend_figures"):
        month = pd.Period(row["月"], "M")
        assert row["目標"] == target.loc[month, "売上"] / 10_000
        if month <= _MONTH:
            difference = (actual.loc[month, "売上"] - target.loc[month, "売上"]) / 10_000
            assert row["実績"] == actual.loc[month, "売上"] / 10_000
            assert (row["超過"], row["不足"]) == pytest.approx((max(difference, 0), min(difference, 0)))
        else:
            assert row["実績"] is None


def test_the_headline_and_the_cards(
    loop: Callable[[str], Any], load: Callable[..., Any], actual: pd.DataFrame, target: pd.DataFrame
) -> None:
    sheet = load(loop("ja").report.path, data_only=True).worksheets[0]
    said = "\n".join(str(cell.value) for row in sheet.iter_rows(max_row=8) for cell in row if cell.value)
    made, asked = actual.loc[_MONTH, "売上"], target.loc[_MONTH, "売上"]
    to_date, due = (frame.loc[frame.index <= _MONTH, "売上"].sum() for frame in (actual, target))
    goal = target["売上"].sum()
    assert f"2月の売上は{_said(made)}で、目標{_said(asked)}に{_said(asked - made)}届きません" in said
    assert f"今月は +{_said(made - actual.loc[_BEFORE, '売上'])}" in said
    assert f"計画 {_said(due)}の{to_date / due:.0%}" in said
    assert f"目標 {_said(goal)}の{to_date / goal:.0%}" in said
    for amount in (made, actual.loc[_BEFORE, "売上"], to_date):
        assert _said(amount) in said.split("\n")


@pytest.mark.parametrize(
    ("table", "by", "unnamed"), [("report_channels", "チャネル", "（空欄）"), ("report_ranking", "担当", "（空欄）")]
)
def test_the_channels_and_the_ranking(
    loop: Callable[[str], Any], table_rows: Rows, events: pd.DataFrame, table: str, by: str, unnamed: str
) -> None:
    *rows, total = table_rows(loop("ja").report.path, table)
    of_month = events[events["month"] == _MONTH]
    made = of_month.pivot_table(index=by, columns="kpi", values="value", aggfunc="sum", fill_value=0)
    shown = {"" if row[by] == unnamed else row[by]: row for row in rows}
    for kpi in set(_KPIS) & set(total):
        known = made[kpi][made[kpi] != 0].to_dict()
        assert {name: row[kpi] for name, row in shown.items() if row[kpi]} == known, kpi
        assert total[kpi] == sum(known.values())


def test_the_counts_of_the_funnel(
    loop: Callable[[str], Any], table_rows: Rows, actual: pd.DataFrame, target: pd.DataFrame
) -> None:
    rows = {row["段階"]: row for row in table_rows(loop("ja").report.path, "report_funnel")}
    assert list(rows) == list(_EVENTS.values())
    for stage, row in rows.items():
        made, asked = actual.loc[_MONTH, stage], target.loc[_MONTH, stage]
        assert (row["目標"], row["実績"], row["差"]) == (asked, made, made - asked)
        assert row["達成率"] == pytest.approx(made / asked)


def test_the_bridge_leads_from_the_plan_to_the_actual(
    loop: Callable[[str], Any], table_rows: Rows, actual: pd.DataFrame, target: pd.DataFrame
) -> None:
    first, *steps, last = table_rows(loop("ja").report.path, "report_waterfall")
    assert first["影響"] == target.loc[_MONTH, "売上"]
    assert last["影響"] == actual.loc[_MONTH, "売上"]
    running = first["影響"]
    for step in steps:
        running += step["影響"]
        assert step["影響後の売上"] == pytest.approx(running)
    assert running == pytest.approx(last["影響"])


def test_a_members_own_counts(loop: Callable[[str], Any], table_rows: Rows, events: pd.DataFrame) -> None:
    made = loop("ja")
    asked = pd.DataFrame(table_rows(made.book, "kpixl_member_targets"))
    asked = asked[asked["月"].dt.to_period("M") == _MONTH].set_index("担当")
    of_month = events[events["month"] == _MONTH].groupby(["担当", "kpi"])["value"].sum()
    for number, name in enumerate(asked.index, 1):
        for row in table_rows(made.report.path, f"report_member_{number}"):
            stage = row["段階"]
            assert row["実績"] == of_month.get((name, stage), 0)
            assert row["目標"] == asked.loc[name, stage]
