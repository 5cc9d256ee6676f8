"""Every figure of the monthly report, recomputed from the exports with pandas alone: nothing of kpixl computes here.

Targets are those that stand in the plan workbook; counts, amounts, rates and sentences come from the rows of the files.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bridges import Planned, gap_parts

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
_UNIT = 1_000_000  # yen, of an order in the plan
_MILESTONES = ["アポ獲得", "商談実施", "有効商談"]
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
    if by == "チャネル":
        for row in (*rows, total):
            for stage in ("リード", "受注"):
                assert row[f"{stage}の達成率"] == pytest.approx(row[stage] / row[f"{stage}目標"])
            assert row["リード→受注（同じ月）"] == pytest.approx(row["受注"] / row["リード"])
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


def test_what_each_step_of_the_funnel_costs(loop: Callable[[str], Any], table_rows: Rows, target: pd.DataFrame) -> None:
    """The gap in orders shared by logarithmic means (LMDI), at the plan's order value, with the rates of the table."""
    rows = table_rows(loop("ja").report.path, "report_funnel")
    asked = target.loc[_MONTH, list(_EVENTS.values())].to_numpy()
    rates = np.array([row["実績率"] for row in rows[1:]], dtype=float)
    followed = np.concatenate([[rows[0]["実績"]], rows[0]["実績"] * np.cumprod(rates)])
    whole = (followed[-1] - asked[-1]) / np.log(followed[-1] / asked[-1])
    factors = np.concatenate([followed[:1] / asked[:1], rates / (asked[1:] / asked[:-1])])
    assert [row["売上への影響"] for row in rows] == pytest.approx((whole * np.log(factors) * _UNIT).tolist())
    costs = sorted(row["売上への影響"] for row in rows)
    assert [row["順位"] for row in rows] == [costs.index(row["売上への影響"]) + 1 for row in rows]
    for before, row in pairwise(rows):
        assert row["目標率"] == pytest.approx(row["目標"] / before["目標"])
        if row["率の取り方"] != "成熟率":
            assert row["実績率"] == pytest.approx(row["実績"] / before["実績"])
        if row["率の差"] is not None:
            assert row["率の差"] == pytest.approx(100 * (row["実績率"] - row["目標率"]))


@pytest.fixture
def parts(loop: Callable[[str], Any], table_rows: Rows, events: pd.DataFrame) -> pd.DataFrame:
    """What made the gap of the month, by step, channel and member."""
    stages, book = list(_EVENTS.values()), loop("ja").book
    set_up = pd.DataFrame(table_rows(book, "kpixl_channels")).dropna(subset="チャネル").set_index("チャネル")
    asked = pd.DataFrame(table_rows(book, "kpixl_channel_targets"))
    people = pd.DataFrame(table_rows(book, "kpixl_member_targets"))
    of_month, by = events[events["month"] == _MONTH].rename(columns={"チャネル": "channel", "担当": "member"}), {}
    for name, frame in (("チャネル", asked), ("担当", people)):
        by[name] = frame[frame["月"].dt.to_period("M") == _MONTH].set_index(name)[stages]
    planned = Planned(
        stages,
        _UNIT,
        set_up[[f"{upper}→{lower}" for upper, lower in pairwise(stages)]].astype(float),
        asked.groupby("チャネル")[stages].sum(),
        by["チャネル"]["リード"],
        by["担当"],
    )
    return gap_parts(of_month, of_month[of_month["kpi"] == "売上"], planned)


@pytest.mark.parametrize(
    ("table", "by"), [("report_why_step", "step"), ("report_why_channel", "channel"), ("report_why_member", "member")]
)
def test_the_bridges_lead_from_the_plan_to_the_actual(
    loop: Callable[[str], Any],
    table_rows: Rows,
    actual: pd.DataFrame,
    target: pd.DataFrame,
    parts: pd.DataFrame,
    table: str,
    by: str,
) -> None:
    first, *steps, last = table_rows(loop("ja").report.path, table)
    assert first["影響"] == target.loc[_MONTH, "売上"]
    assert last["影響"] == actual.loc[_MONTH, "売上"]
    running = first["影響"]
    for step in steps:
        running += step["影響"]
        assert step["影響後の売上"] == pytest.approx(running)
    assert running == pytest.approx(last["影響"])
    found = parts.groupby(by)["yen"].sum()
    rest = last["影響"] - first["影響"] - parts["yen"].sum()  # of targets in whole numbers
    named = {name: yen for name, yen in found.items() if name} if by != "step" else {}
    shown = {step["要因"]: step["影響"] for step in steps}
    if by == "step":
        stages = list(_EVENTS.values())
        names = {"": "リードの数", "revenue": "受注単価"}
        names |= {lower: f"{upper}→{lower}" for upper, lower in pairwise(stages)}
        named = {names[str(name)]: yen for name, yen in found.items()} | {"端数": rest}
    else:
        named["チャネルなし" if by == "channel" else "担当なし（リードなど）"] = found.get("", 0.0) + rest
    assert shown == pytest.approx(named)


def test_the_largest_parts_of_the_gap(loop: Callable[[str], Any], table_rows: Rows, parts: pd.DataFrame) -> None:
    rows = [row["売上への影響"] for row in table_rows(loop("ja").report.path, "report_why_parts")]
    assert rows == pytest.approx([*parts["yen"].nsmallest(5), *parts["yen"].nlargest(5)])


def test_the_rates_before_and_after_each_measure(
    loop: Callable[[str], Any], table_rows: Rows, events: pd.DataFrame
) -> None:
    """Of the 28 days before it and the 28 from its day on, and whether that is more than a test by hand allows."""
    rows = [row for row in table_rows(loop("ja").report.path, "report_measures") if row["前の率"] is not None]
    assert len(rows) == 2
    day = events["日時"].dt.normalize()
    for row in rows:
        upper, lower = row["対象の率"].split("→")
        for heading, first in (("前の率", row["日付"] - pd.Timedelta(days=28)), ("後の率", row["日付"])):
            inside = events[(day >= first) & (day < first + pd.Timedelta(days=28))]["kpi"].value_counts()
            assert row[heading] == pytest.approx(inside[lower] / inside[upper])


def test_the_kpis_with_a_reason_for_a_review(
    loop: Callable[[str], Any], table_rows: Rows, actual: pd.DataFrame, target: pd.DataFrame
) -> None:
    """Three months in a row below the target are one."""
    months = pd.period_range(_MONTH - 2, _MONTH)
    short = (actual.loc[months, _KPIS] < target.loc[months, _KPIS]).all()
    rows = {row["KPI"]: row["理由"] for row in table_rows(loop("ja").report.path, "report_triggers")}
    assert {kpi for kpi in _KPIS if "未達が続いている（3か月以上）" in rows.get(kpi, "")} == set(short[short].index)


def test_the_deals_by_stage_age_and_month(
    loop: Callable[[str], Any], load: Callable[..., Any], rows_below: Callable[[Any, str], list[list[Any]]]
) -> None:
    """Counted from the list of deals, and for those that have moved since from the log, as of the end of the month."""
    made, end = loop("ja"), pd.Timestamp("2026-02-28")
    log = pd.read_csv(made.log, encoding="utf-8-sig", parse_dates=["日時"])
    before = log["日時"] < end + pd.Timedelta(days=1)
    deals = pd.read_csv(made.deals, encoding="utf-8-sig", parse_dates=["案件化日", "受注日", "失注日"])
    deals = deals[deals["案件化日"] <= end].set_index("案件ID")
    won, lost = deals["受注日"] <= end, deals["失注日"] <= end
    open_ones = deals[~won & ~lost]
    later = log[~before & log["種別"].isin([*_MILESTONES, "受注"])]["リードID"]
    changed = pd.Series(deals.index.isin(later) | (deals["失注日"] > end), deals.index)  # the list is of a later day
    sheet = load(made.report.path, data_only=True)["案件"]
    rows = rows_below(sheet, "段階")
    ages = (end - open_ones["案件化日"]).dt.days
    total = rows[0]
    assert total[:3] == ["合計", len(open_ones), open_ones["金額"].sum()]
    assert total[3:7] == [
        ((ages > low) & (ages <= high)).sum() for low, high in ((-1, 30), (30, 60), (60, 90), (90, 1e9))
    ]
    listed = open_ones["フェーズ"].where(~changed.reindex(open_ones.index, fill_value=False))
    reached = log[before & log["種別"].isin(_MILESTONES)].groupby("リードID")["種別"].last()
    stages = listed.fillna(reached.reindex(open_ones.index)).value_counts()
    assert {row[0]: row[1] for row in rows[1:]} == stages.to_dict()
    begun = deals["案件化日"].dt.to_period("M")
    for row in rows_below(sheet, "登録月")[1:]:
        mine = begun == pd.Period(row[0], "M")
        counts = [mine.sum(), (mine & won).sum(), (mine & lost).sum(), (mine & ~won & ~lost).sum()]
        assert [*row[1:5], row[5]] == [*counts, pytest.approx(counts[1] / counts[0])]
    taken = (deals["受注日"] - deals["案件化日"]).dt.days[won]
    for row in rows_below(sheet, "チャネル"):
        days = taken if row[0] == "合計" else taken[deals["チャネル"] == row[0]]
        assert row[1:5] == [len(days), *days.quantile([0.25, 0.5, 0.75])]
    reasons = deals[lost]["失注理由"].value_counts()
    shown = {row[0]: row[1:3] for row in rows_below(sheet, "失注理由")}
    assert shown == {name: [count, pytest.approx(count / reasons.sum())] for name, count in reasons.items()}
    longest = ages.sort_values(ascending=False)
    assert [row[4] for row in rows_below(sheet, "ID")] == longest[:8].tolist()


def test_the_totals_of_data_quality(loop: Callable[[str], Any], table_rows: Rows, events: pd.DataFrame) -> None:
    made = loop("ja")
    log = pd.read_csv(made.log, encoding="utf-8-sig", parse_dates=["日時"])
    counts = log["種別"].map(_EVENTS).value_counts()
    amounts = log.loc[log["種別"] == "受注", "受注金額"].sum()
    for row in table_rows(made.report.path, "report_imports"):
        if row["ファイル"] == made.log.name:
            assert (row["行数"], row["取込"]) == (len(log), counts[row["イベント"]])
            assert row["金額（取込）"] == (amounts if row["イベント"] == "受注" else 0)
            days = log.loc[log["種別"].map(_EVENTS) == row["イベント"], "日時"].dt.normalize()
            assert (row["最初の日"], row["最後の日"]) == (days.min(), days.max())
    for row in table_rows(made.report.path, "report_balances"):
        if row["イベント"] in counts:
            assert row["記録上の件数"] == row["ブックの件数"] == counts[row["イベント"]]
    for row in table_rows(made.report.path, "report_reconciled"):
        of_kpi = events[events["kpi"] == row["KPI"]]
        of_month = of_kpi[of_kpi["month"] == _MONTH]["value"].sum()
        nobody = of_kpi[of_kpi["担当"] == ""]["value"].sum()
        assert [row[key] for key in ("すべて", "計画期間内", "今月", "担当空欄")] == [
            *[of_kpi["value"].sum()] * 2,
            of_month,
            nobody,
        ]
        assert [row[key] for key in ("計画期間外", "チャネル空欄", "計画外チャネル", "計画外の担当")] == [0, 0, 0, 0]


def test_a_members_own_counts_and_rates(
    loop: Callable[[str], Any], table_rows: Rows, events: pd.DataFrame, target: pd.DataFrame
) -> None:
    made = loop("ja")
    asked = pd.DataFrame(table_rows(made.book, "kpixl_member_targets"))
    asked = asked[asked["月"].dt.to_period("M") == _MONTH].set_index("担当")
    of_month = events[events["month"] == _MONTH].groupby(["担当", "kpi"])["value"].sum()
    for number, name in enumerate(asked.index, 1):
        before = None
        for row in table_rows(made.report.path, f"report_member_{number}"):
            stage, actual = row["段階"], of_month.get((name, row["段階"]), 0)
            assert row["実績"] == actual
            assert row["目標"] == asked.loc[name, stage]
            assert row["達成率"] == pytest.approx(actual / asked.loc[name, stage])
            if before is not None:
                assert row["計画の率"] == pytest.approx(target.loc[_MONTH, stage] / target.loc[_MONTH, before])
            if stage in ("着電", "アポ"):  # the later steps follow deals
                assert row["本人の率"] == pytest.approx(actual / of_month[name, before])
                team = of_month.groupby("kpi").sum()
                assert row["チームの率"] == pytest.approx(team[stage] / team[before])
            before = stage


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_demos_exports_do_not_contradict_each_other(loop: Callable[[str], Any], language: str) -> None:
    """Every order of the log is one of the list of deals, of the same day and amount."""
    log, deals = (pd.read_csv(path, encoding="utf-8-sig") for path in (loop(language).log, loop(language).deals))
    orders = log[log.iloc[:, 1].isin(["受注", "Won"])]
    shown = deals[deals.iloc[:, 7].notna()]
    of_list = set(zip(shown.iloc[:, 0], shown.iloc[:, 7], shown.iloc[:, 5], strict=True))
    assert set(zip(orders.iloc[:, 4], orders.iloc[:, 0].str[:10], orders.iloc[:, 5], strict=True)) == of_list
