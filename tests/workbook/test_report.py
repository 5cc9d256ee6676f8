"""The monthly report: values only, a page per member, and rows that sum to the team."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.errors import InvalidValue
from kpixl.plan import Goal, Member
from kpixl.workbook.refresh import refresh
from kpixl.workbook.report import write_report

_ODD_NAMES = (
    "佐藤/営業:1課",
    "[外注]佐藤\\",
    "ア" * 40,
    "ア" * 39 + "イ",
    "'引用'",
    "x" * 30 + "'s",
    "佐藤/営業_1課",
    "History",
    "サマリー",
    "データ品質",
)
_TODAY = dt.date(2026, 9, 1)
Rows = Callable[[Path, str], list[dict[str, Any]]]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_report_holds_values_only(loop: Callable[[str], Any], load: Callable[..., Any], language: str) -> None:
    book = load(loop(language).report.path)
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) > 500
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []


@pytest.mark.parametrize("language", ["ja", "en"])
def test_there_is_a_page_for_everybody(loop: Callable[[str], Any], load: Callable[..., Any], language: str) -> None:
    made = loop(language)
    titles = load(made.report.path).sheetnames
    assert set(titles) >= {member.name for member in made.plan.members}
    assert titles[0] == {"ja": "サマリー", "en": "Summary"}[language]
    assert titles[-1] == {"ja": "データ品質", "en": "Data quality"}[language]


def test_the_report_is_of_its_month_only(loop: Callable[[str], Any], table_rows: Rows) -> None:
    """An independent count of the demo's log for February 2026."""
    made = loop("ja")
    facts = made.imported.facts
    month = facts[(facts["date"] >= "2026-02-01") & (facts["date"] < "2026-03-01")]
    counts = month.groupby("event")["count"].sum()
    kpis = {row["KPI"]: row["実績"] for row in table_rows(made.report.path, "report_kpis")}
    assert kpis["リード"] == counts["lead"]
    assert kpis["受注"] == counts["won"]
    assert kpis["売上"] == month.loc[month["event"] == "won", "amount"].sum()
    before = facts[(facts["date"] >= "2026-01-01") & (facts["date"] < "2026-02-01")]
    last = {row["KPI"]: row["前月"] for row in table_rows(made.report.path, "report_kpis")}
    assert last["商談"] == before.loc[before["event"] == "meeting", "count"].sum()


@pytest.mark.parametrize(("page", "first"), [("report_ranking", "担当"), ("report_channels", "チャネル")])
def test_rows_sum_to_the_team(loop: Callable[[str], Any], table_rows: Rows, page: str, first: str) -> None:
    made = loop("ja")
    *rows, total = table_rows(made.report.path, page)
    assert total[first] == "合計"
    kpis = {row["KPI"]: row["実績"] for row in table_rows(made.report.path, "report_kpis")}
    assert len(set(kpis) & set(total)) >= 7
    for kpi in set(kpis) & set(total):
        assert sum(row[kpi] for row in rows) == total[kpi] == kpis[kpi]


def test_control_totals_reconcile_rows_and_amounts(loop: Callable[[str], Any], table_rows: Rows) -> None:
    made = loop("ja")
    controls = table_rows(made.report.path, "report_imports")
    lines = {path.name: len(path.read_text("utf-8-sig").splitlines()) - 1 for path in (made.log, made.deals)}
    assert {(row["ファイル"], row["行数"]) for row in controls} == set(lines.items())
    of_log = [row["取込"] for row in controls if row["ファイル"] == made.log.name]
    assert sum(of_log) == lines[made.log.name]
    for row in controls:
        assert row["行数"] == row["取込"] + row["除外"] + row["重複"] + row["対象外"]
        assert row["金額（元）"] == row["金額（取込）"]


@pytest.mark.parametrize("names", [_ODD_NAMES])
def test_odd_names_become_legal_titles(
    small_book: Callable[..., Path], load: Callable[..., Any], tmp_path: Path, names: tuple[str, ...]
) -> None:
    path = small_book(members=tuple(Member(name) for name in names))
    report = write_report(path, _TODAY, tmp_path)
    titles = load(report.path).sheetnames
    assert len(titles) == len(names) + 7
    assert len({title.lower() for title in titles}) == len(titles)
    for title in titles:
        assert 1 <= len(title) <= 31
        assert not re.search(r"[\[\]:*?/\\]|^'|'$", title)
        assert title.lower() != "history"


def test_unlisted_and_blank_names_have_their_rows(
    small_book: Callable[..., Path], importing: Callable[..., Any], tmp_path: Path, table_rows: Rows
) -> None:
    path = small_book()
    rows = (("2026-09-03", "受注", who, where, "100") for who, where in (("佐藤", "Web"), ("退職者", ""), ("", "紹介")))
    refresh(path, imported=importing(*rows), as_of=_TODAY)
    report = write_report(path, _TODAY, tmp_path)
    by_member = {row["担当"]: row["受注"] for row in table_rows(report.path, "report_ranking")}
    assert (by_member["退職者"], by_member["（空欄）"], by_member["鈴木"]) == (1, 1, 0)
    by_channel = {row["チャネル"]: row["受注"] for row in table_rows(report.path, "report_channels")}
    assert (by_channel["紹介"], by_channel["（空欄）"]) == (1, 1)
    [quality] = [row for row in table_rows(report.path, "report_reconciled") if row["KPI"] == "受注"]
    found = [quality[column] for column in ("すべて", "チャネル空欄", "計画外チャネル", "担当空欄", "計画外の担当")]
    assert found == [3, 1, 1, 1, 1]


def test_a_month_outside_the_plan_names_those_inside(loop: Callable[[str], Any], tmp_path: Path) -> None:
    for month in (dt.date(2025, 3, 1), dt.date(2026, 4, 1)):
        with pytest.raises(InvalidValue) as refused:
            write_report(loop("ja").book, month, tmp_path)
        assert all(named in str(refused.value) for named in (f"{month:%Y-%m}", "2025-04", "2026-03"))
    assert list(tmp_path.iterdir()) == []


def test_writing_a_report_leaves_the_plan_and_replaces_the_older_report(
    loop: Callable[[str], Any], tmp_path: Path
) -> None:
    made = loop("ja")
    before = made.book.read_bytes()
    first = write_report(made.book, dt.date(2025, 6, 1), tmp_path).path
    content = first.read_bytes()
    assert write_report(made.book, dt.date(2025, 6, 1), tmp_path).path.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["plan_2025-06.xlsx"]
    assert made.book.read_bytes() == before


def test_a_month_without_a_target_has_no_attainment(
    small_book: Callable[..., Path], typing: Callable[..., None], tmp_path: Path
) -> None:
    """The one order in two months falls to the busier October. Zero revenue so far is typed."""
    path = small_book(goal=Goal(2_000_000, 2_000_000))
    typing(path, "kpixl_entries", 1, {"日付": dt.date(2026, 9, 1), "KPI": "売上", "値": 0})
    first, second = (write_report(path, month, tmp_path).sentences[0] for month in (_TODAY, dt.date(2026, 10, 1)))
    assert "%" not in first
    assert "目標200万円に200万円届きませんでした（0%）" in second
