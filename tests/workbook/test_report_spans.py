"""The reports of a week and of a quarter, recomputed from the exports with pandas alone, and what they are called.

Targets are those of the months in the plan workbook. February 2026 has 18 business days, four of them from the 9th to
the 15th, as the 11th is a holiday.
"""

import datetime as dt
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kpixl.cli import main
from kpixl.errors import InvalidValue
from kpixl.plan import Period, SpanKind, Wanted, parse_quarter, parse_week
from kpixl.workbook.report import Report, write_report

Rows = Callable[[Path, str], list[dict[str, Any]]]
_EVENTS = {
    "リード獲得": "リード",
    "架電": "架電",
    "着電": "着電",
    "アポ獲得": "アポ",
    "商談実施": "商談",
    "有効商談": "有効商談",
    "受注": "受注",
}
_KPIS = ["売上", *_EVENTS.values()]
_WEEK, _BEFORE = ("2026-02-09", "2026-02-15"), ("2026-02-02", "2026-02-08")
_QUARTER, _QUARTER_BEFORE = ("2025-10-01", "2025-12-31"), ("2025-07-01", "2025-09-30")
_MONTH = dt.date(2026, 9, 1)


@pytest.fixture(scope="module")
def written(loop: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """The demo's reports of a week in February and of the quarter before."""
    folder = tmp_path_factory.mktemp("spans")
    wanted = {"week": parse_week("2026-02-12"), "quarter": parse_quarter("2025Q3")}
    return {kind: write_report(loop("ja").book, span, folder, html=True) for kind, span in wanted.items()}


@pytest.fixture(scope="module")
def events(loop: Callable[[str], Any]) -> pd.DataFrame:
    """A row per event of the demo's log: day, KPI, member, channel, value; an order is worth its amount as well."""
    log = pd.read_csv(loop("ja").log, encoding="utf-8-sig", parse_dates=["日時"])
    log = log.assign(kpi=log["種別"].map(_EVENTS), day=log["日時"].dt.normalize(), value=1.0)
    log = log[log["kpi"].notna()]
    money = log[log["kpi"] == "受注"].assign(kpi="売上", value=lambda orders: orders["受注金額"])
    return pd.concat([log, money]).fillna({"担当": "", "チャネル": ""})


@pytest.fixture
def asked(loop: Callable[[str], Any], table_rows: Rows) -> dict[str, "pd.Series[float]"]:
    """What the plan asks of the team in the week and in the quarter."""
    rows = pd.DataFrame(table_rows(loop("ja").book, "kpixl_team"))
    monthly = rows.set_index(pd.PeriodIndex(rows["月"], freq="M"))[_KPIS].astype(float)
    return {"week": monthly.loc[pd.Period("2026-02")] * 4 / 18, "quarter": monthly.loc["2025-10":"2025-12"].sum()}


def _made(events: pd.DataFrame, first: str, last: str) -> "pd.Series[float]":
    inside = events[events["day"].between(first, last)]
    return inside.groupby("kpi")["value"].sum().reindex(_KPIS, fill_value=0.0)


@pytest.mark.parametrize(
    ("kind", "days", "before", "noun"),
    [("week", _WEEK, _BEFORE, "前週"), ("quarter", _QUARTER, _QUARTER_BEFORE, "前四半期")],
)
def test_the_kpis_of_the_summary(
    written: dict[str, Report],
    table_rows: Rows,
    events: pd.DataFrame,
    asked: dict[str, "pd.Series[float]"],
    kind: str,
    days: tuple[str, str],
    before: tuple[str, str],
    noun: str,
) -> None:
    rows = pd.DataFrame(table_rows(written[kind].path, "report_kpis")).set_index("KPI")
    made, target, earlier = _made(events, *days), asked[kind], _made(events, *before)
    expected = {
        "目標": target,
        "実績": made,
        "達成率": made / target,
        "差": made - target,
        "差（目標比）": (made - target) / target,
        noun: earlier,
        f"{noun}差": made - earlier,
    }
    for heading, figures in expected.items():
        assert rows[heading].astype(float).to_dict() == pytest.approx(figures[_KPIS].to_dict()), heading
    assert {kpi: word[-2:] for kpi, word in rows["判定"].items()} == {
        kpi: "達成" if made[kpi] >= target[kpi] * (1 - 1e-12) else "未達" for kpi in _KPIS
    }


@pytest.mark.parametrize(("kind", "days"), [("week", _WEEK), ("quarter", _QUARTER)])
def test_channels_ranking_funnel_and_bridge_agree_with_the_summary(
    written: dict[str, Report],
    table_rows: Rows,
    events: pd.DataFrame,
    asked: dict[str, "pd.Series[float]"],
    kind: str,
    days: tuple[str, str],
) -> None:
    path, inside = written[kind].path, events[events["day"].between(*days)]
    for table, by in (("report_channels", "チャネル"), ("report_ranking", "担当")):
        *rows, total = table_rows(path, table)
        made = inside.pivot_table(index=by, columns="kpi", values="value", aggfunc="sum", fill_value=0)
        shown = {row[by].replace("（空欄）", ""): row for row in rows}
        for kpi in set(_KPIS) & set(total):
            known = made[kpi][made[kpi] != 0].to_dict()
            assert {name: row[kpi] for name, row in shown.items() if row[kpi]} == known, (table, kpi)
            assert total[kpi] == sum(known.values())
    [*_, total] = table_rows(path, "report_channels")
    assert (total["リード目標"], total["受注目標"]) == pytest.approx((asked[kind]["リード"], asked[kind]["受注"]))
    for row in table_rows(path, "report_funnel"):
        assert row["実績"] == _made(events, *days)[row["段階"]]
        assert row["目標"] == pytest.approx(asked[kind][row["段階"]])
    for table in ("report_why_step", "report_why_channel", "report_why_member"):
        first, *steps, last = table_rows(path, table)
        assert first["影響"] == pytest.approx(asked[kind]["売上"])
        assert last["影響"] == _made(events, *days)["売上"]
        assert first["影響"] + sum(step["影響"] for step in steps) == pytest.approx(last["影響"])


def test_the_weeks_and_quarters_of_the_trends(
    written: dict[str, Report], table_rows: Rows, events: pd.DataFrame
) -> None:
    weeks = table_rows(written["week"].path, "report_trend_figures")
    assert [row["週（始まり）"].date() for row in weeks] == [
        dt.date(2025, 11, 24) + dt.timedelta(weeks=place) for place in range(12)
    ]
    for row in weeks:
        first = row["週（始まり）"]
        made = _made(events, str(first.date()), str((first + dt.timedelta(days=6)).date()))
        assert row["実績"] == pytest.approx(made["売上"] / 10_000)
    quarters = table_rows(written["quarter"].path, "report_trend_figures")
    assert [row["四半期（始まり）"] for row in quarters] == [f"第{number}四半期" for number in (1, 2, 3, 4)]
    assert [row["実績"] is None for row in quarters] == [False, False, False, True]


def test_a_members_own_counts_of_a_quarter(
    loop: Callable[[str], Any], written: dict[str, Report], table_rows: Rows, events: pd.DataFrame
) -> None:
    asked = pd.DataFrame(table_rows(loop("ja").book, "kpixl_member_targets"))
    asked = asked[asked["月"].between("2025-10-01", "2025-12-31")].groupby("担当", sort=False).sum(numeric_only=True)
    inside = events[events["day"].between(*_QUARTER)].groupby(["担当", "kpi"])["value"].sum()
    for number, name in enumerate(asked.index, 1):
        for row in table_rows(written["quarter"].path, f"report_member_{number}"):
            assert row["実績"] == inside.get((name, row["段階"]), 0)
            assert row["目標"] == asked.loc[name, row["段階"]]


def test_names_of_files_and_pages_say_the_span(written: dict[str, Report], load: Callable[..., Any]) -> None:
    names = {
        "week": ("plan_2026-W07.xlsx", "2026年2月第3週（2/9〜2/15）"),
        "quarter": ("plan_2025-Q3.xlsx", "2025年度第3四半期（10〜12月）"),
    }
    for kind, (file, title) in names.items():
        report = written[kind]
        assert report.path.name == file
        assert [page.name for page in report.web] == [file.replace(".xlsx", ".html")]
        book = load(report.path, data_only=True)
        assert book.worksheets[0]["B2"].value == f"{title} 営業KPIレポート"
        assert any(cell.value and title in str(cell.value) for row in book["佐藤"].iter_rows(max_row=3) for cell in row)
        assert "kpixl" in report.web[0].read_text("utf-8")


def test_no_page_of_a_week_or_a_quarter_speaks_of_its_month(
    written: dict[str, Report], load: Callable[..., Any]
) -> None:
    """But for the page of deals, which says what a month brings, and what is by month and says so."""
    for kind, report in written.items():
        book = load(report.path, data_only=True)
        for sheet in book.worksheets:
            if sheet.title == "案件":
                continue
            said = " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str))
            assert "今月" not in said, (kind, sheet.title)
            assert "nan" not in said.split(), (kind, sheet.title)


def _at(path: Path, day: dt.date, typing: Callable[..., None]) -> None:
    import openpyxl

    book = openpyxl.load_workbook(path)
    sheet, cell = next(iter(book.defined_names["kpixl_as_of"].destinations))
    book[sheet][cell] = day
    book.save(path)


def test_without_a_value_it_is_the_last_one_that_was_over_at_the_last_refresh(
    small_book: Callable[..., Path], tmp_path: Path, typing: Callable[..., None]
) -> None:
    start = dt.date(2025, 9, 1)
    path = small_book(period=Period(start, 6))
    for kind in (SpanKind.WEEK, SpanKind.QUARTER):
        with pytest.raises(InvalidValue, match=f"--{kind} 2025"):
            write_report(path, Wanted(kind), tmp_path)
    for day, kind, name in (
        (dt.date(2025, 10, 16), SpanKind.WEEK, "small_2025-W41.xlsx"),
        (dt.date(2025, 10, 17), SpanKind.WEEK, "small_2025-W42.xlsx"),
        (dt.date(2025, 12, 5), SpanKind.QUARTER, "small_2025-Q1.xlsx"),
    ):
        _at(path, day, typing)
        assert write_report(path, Wanted(kind), tmp_path).path.name == name


def test_the_command_line_takes_one_span(small_book: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    path = small_book(period=Period(dt.date(2025, 9, 1), 6))

    def run(*options: str) -> tuple[object, str]:
        with pytest.raises(SystemExit) as ended:
            main(["report", *options])
        said = capsys.readouterr()
        return ended.value.code, said.out + said.err

    code, said = run(str(path), "--month", "2025-09", "--week")
    assert code == 2
    assert "--week" in said
    code, said = run("--week", str(path))
    assert (code, "--week 2025-W36" in said) == (2, True)
    code, said = run(str(path), "--quarter", "2025-10", "--lang", "en", "--members")
    assert code in (0, None)
    assert path.with_name("small_2025-Q1_en.xlsx").is_file()
    assert len([*path.with_name("small_2025-Q1_en").glob("*.xlsx")]) == 2


@pytest.mark.parametrize(
    ("table", "by", "kpi"), [("report_channel_months", "チャネル", "リード"), ("report_member_months", "担当", "受注")]
)
def test_past_months_are_those_of_the_exports(
    written: dict[str, Report], table_rows: Rows, events: pd.DataFrame, table: str, by: str, kpi: str
) -> None:
    rows = pd.DataFrame(table_rows(written["quarter"].path, table)).set_index(by)
    mine = events[(events["kpi"] == kpi) & (events["day"] <= _QUARTER[1])]
    counts = mine.groupby([by, mine["day"].dt.strftime("%Y/%m")])["value"].sum().unstack(fill_value=0.0)
    assert len(rows.columns) == 9, "April to December"
    pd.testing.assert_frame_equal(rows.astype(float), counts.loc[rows.index, rows.columns], check_names=False)


def test_rates_of_channels_are_what_came_out_by_what_went_in_above_those_of_the_targets(
    written: dict[str, Report], table_rows: Rows
) -> None:
    path = written["quarter"].path
    counts = {row["チャネル"]: row for row in table_rows(path, "report_channels")}
    rows = table_rows(path, "report_channel_rates")
    steps = [f"{upper}→{lower}" for upper, lower in pairwise(_EVENTS.values())]
    for actual, planned in zip(rows[:8:2], rows[1:8:2], strict=True):
        came, total = counts[actual["チャネル"]], counts["合計"]
        assert actual["売上の構成比"] == pytest.approx(came["売上"] / total["売上"])
        assert actual["受注の構成比"] == pytest.approx(came["受注"] / total["受注"])
        assert planned["受注の構成比"] == pytest.approx(came["受注目標"] / total["受注目標"])
        rates = math.prod(planned[step] for step in steps)
        assert rates == pytest.approx(came["受注目標"] / came["リード目標"])
        for step in steps:
            upper, lower = step.split("→")
            rate = came[lower] / came[upper]
            assert actual[step] == (pytest.approx(rate) if rate <= 1 or step == steps[0] else None)
    assert rows[-2]["リード→架電"] == pytest.approx(counts["合計"]["架電"] / counts["合計"]["リード"])


def test_the_ranking_shows_how_far_each_has_come(written: dict[str, Report], table_rows: Rows) -> None:
    rows = table_rows(written["quarter"].path, "report_member_trend")
    assert [row["担当"] for row in rows] == [
        row["担当"] for row in table_rows(written["quarter"].path, "report_ranking") if row["順位"]
    ]
    for row in rows:
        assert row["前四半期差"] == pytest.approx((row["達成率"] - row["前四半期"]) * 100)
