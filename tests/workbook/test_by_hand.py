"""KPIs tracked by hand: typed on the actuals sheet, shown on the progress sheet, and never counted in the funnel."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.errors import InvalidPlan
from kpixl.plan import Indicator, Kgi
from kpixl.workbook.refresh import refresh
from kpixl.workbook.report import write_report
from kpixl.xlsx import Package

_KPIS = (
    Indicator("成約率", "won", "meeting", role="main", target=0.3),
    Indicator("NPS", role="sub", target=30.0),
    Indicator("市場シェア", unit="%", target=0.2),
    Indicator("紹介の満足度", role="sub"),
)
_KGIS = (Kgi("売上", "revenue", 50_000_000, priority=1), Kgi("粗利益", value=20_000_000, priority=2))
_TYPED = (
    (dt.date(2026, 9, 18), "NPS", 28),
    (dt.date(2026, 9, 10), "NPS", 33),
    (dt.date(2026, 9, 18), "NPS", 27),
    (dt.date(2026, 10, 8), "NPS", 24),
    (dt.date(2026, 9, 4), "粗利益", 4_000_000),
    (dt.date(2026, 9, 30), "粗利益", 9_000_000),
    (dt.date(2026, 9, 11), "商談", 5),
    (dt.date(2026, 9, 15), "紹介の満足度", 4.2),
)
Rows = Callable[[Path, str], list[dict[str, Any]]]


@pytest.fixture
def book(once: Callable[..., Path], small_book: Callable[..., Path], typing: Callable[..., None]) -> Path:
    """The small plan with the entries in `_TYPED`; a row with a name alone is not finished yet."""

    def make() -> Path:
        path = small_book(indicators=_KPIS, kgis=_KGIS)
        for row, (day, name, value) in enumerate(_TYPED, 1):
            typing(path, "kpixl_entries", row, {"日付": day, "KPI": name, "値": value})
        return path

    return once("typed", make)


def _shown(rows: list[dict[str, Any]], first: str) -> dict[str, list[Any]]:
    figures = [heading for heading in rows[0] if heading.startswith(("実績", "累計の実績", "達成率", "累計の達成率"))]
    return {row[first]: [None if row[figure] == "" else row[figure] for figure in figures] for row in rows}


def test_the_last_value_of_the_month_is_the_kpis(book: Path, table_rows: Rows) -> None:
    refresh(book, as_of=dt.date(2026, 9, 30))
    rows = table_rows(book, "kpixl_indicators")
    assert [row["KPI"] for row in rows] == ["成約率", "NPS", "市場シェア", "紹介の満足度"]
    shown = _shown(rows, "KPI")
    assert shown["NPS"] == [27, pytest.approx(0.9)]
    assert shown["市場シェア"] == [None, None]
    assert shown["紹介の満足度"] == [4.2, None]
    assert rows[1]["内容"] == "最後の入力値"


def test_the_last_value_since_the_start_is_the_kgis(book: Path, table_rows: Rows) -> None:
    for day, achieved in ((dt.date(2026, 9, 3), None), (dt.date(2026, 9, 29), 4e6), (dt.date(2026, 10, 14), 9e6)):
        refresh(book, as_of=day)
        profit = _shown(table_rows(book, "kpixl_kgi_progress"), "KGI")["粗利益"]
        assert profit == [achieved, achieved and pytest.approx(achieved / 20_000_000)]


def test_it_is_not_counted(book: Path, table_rows: Rows, tmp_path: Path) -> None:
    """Of all entries the funnel counts only the five meetings."""
    refresh(book, as_of=dt.date(2026, 9, 30))
    counted = {row["KPI"]: row["実績"] for row in table_rows(book, "kpixl_progress")}
    assert counted == {"売上": None, "リード": None, "アポ": None, "商談": 5, "受注": None}
    report = write_report(book, dt.date(2026, 9, 1), tmp_path)
    assert [row["商談"] for row in table_rows(report.path, "report_ranking")] == [0, 0, 5, 5]


def test_it_adds_no_blank_member_to_the_report(
    small_book: Callable[..., Path], typing: Callable[..., None], table_rows: Rows, tmp_path: Path
) -> None:
    path = small_book(indicators=_KPIS)
    typing(path, "kpixl_entries", 1, {"日付": dt.date(2026, 9, 11), "KPI": "NPS", "値": 30})
    assert refresh(path, as_of=dt.date(2026, 9, 30)).unlisted == {}
    report = write_report(path, dt.date(2026, 9, 1), tmp_path)
    assert [row["担当"] for row in table_rows(report.path, "report_ranking")] == ["佐藤", "鈴木", "合計"]


def test_what_may_be_typed_is_chosen_from_a_list_that_follows_the_definitions(
    book: Path, load: Callable[..., Any], typing: Callable[..., None], table_rows: Rows
) -> None:
    sheet = load(book)["実績"]
    [rule] = [rule for rule in sheet.data_validations.dataValidation if str(rule.sqref).startswith("E7")]
    assert rule.formula1 == "kpixl_enterable_list"
    assert load(book).defined_names["kpixl_enterable_list"].value == "kpixl_enterable[KPI]"
    known = ["売上", "リード", "アポ", "商談", "受注", "NPS", "市場シェア", "紹介の満足度", "粗利益"]
    assert [row["KPI"] for row in table_rows(book, "kpixl_enterable")] == known
    typing(book, "kpixl_definitions", 5, {"KPI": "CSAT", "メイン/サブ": "サブ", "個別の目標": 4.5})
    refresh(book, as_of=dt.date(2026, 9, 30))
    assert [row["KPI"] for row in table_rows(book, "kpixl_enterable")] == [*known[:-1], "CSAT", known[-1]]
    shown = [*table_rows(book, "kpixl_indicators"), *table_rows(book, "kpixl_more_indicators")]
    assert shown[4]["KPI"] == "CSAT"


def test_another_kpi_is_refused_with_those_that_may_be_typed(book: Path, typing: Callable[..., None]) -> None:
    typing(book, "kpixl_entries", 9, {"日付": dt.date(2026, 9, 11), "KPI": "成約率", "値": 0.3})
    with pytest.raises(InvalidPlan) as refused:
        refresh(book, as_of=dt.date(2026, 9, 30))
    assert "成約率" in str(refused.value)
    assert "商談, 受注, NPS, 市場シェア, 紹介の満足度, 粗利益" in str(refused.value)


@pytest.mark.calc
def test_cached_values_are_what_the_spreadsheet_computes(
    book: Path, differences: Callable[[Path], tuple[int, dict[Any, Any]]]
) -> None:
    refresh(book, as_of=dt.date(2026, 9, 30))
    assert differences(book)[1] == {}


@pytest.mark.calc
def test_another_day_shows_the_value_last_typed_by_then(
    book: Path, recalculate: Callable[[Path], Path], table_rows: Rows, typing: Callable[..., None]
) -> None:
    """An unfinished row, without a date or a value, does not count."""
    refresh(book, as_of=dt.date(2026, 9, 30))
    typing(book, "kpixl_entries", 9, {"KPI": "NPS", "値": 1})
    typing(book, "kpixl_entries", 10, {"日付": dt.date(2026, 9, 17), "KPI": "NPS"})
    expected = {
        dt.date(2026, 9, 9): (None, 4_000_000),
        dt.date(2026, 9, 17): (33, 4_000_000),
        dt.date(2026, 10, 7): (None, 9_000_000),
        dt.date(2026, 10, 8): (24, 9_000_000),
    }
    for day, (score, profit) in expected.items():
        with Package.open(book) as package:
            sheet, cell = package.names["kpixl_as_of"].replace("$", "").replace("'", "").split("!")
            package.set_cells(sheet, {cell: day})
            package.save()
        computed = recalculate(book)
        assert _shown(table_rows(computed, "kpixl_indicators"), "KPI")["NPS"][0] == score
        assert _shown(table_rows(computed, "kpixl_kgi_progress"), "KGI")["粗利益"][0] == profit
