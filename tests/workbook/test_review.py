"""The review: the attainment of each month, and a log of changed targets that keeps what the user wrote there."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import Period
from kpixl.workbook.refresh import refresh

_LOG = "kpixl_changes"
_YEAR = {"period": Period(dt.date(2026, 4, 1), 12)}
_SEPTEMBER, _OCTOBER, _JANUARY = dt.date(2026, 9, 18), dt.date(2026, 10, 2), dt.date(2027, 1, 5)
Rows = Callable[[Path, str], list[dict[str, Any]]]


@pytest.fixture
def running(once: Callable[..., Path], small_book: Callable[..., Path], importing: Callable[..., Any]) -> Path:
    """A one-year plan from April 2026 with a lead in April and an order; its 25 orders are in force since April."""

    def make() -> Path:
        path = small_book(**_YEAR)
        rows = (("2026-04-03", "リード", "", "Web", ""), ("2026-09-03", "受注", "佐藤", "Web", "2000000"))
        refresh(path, imported=importing(*rows), as_of=_SEPTEMBER)
        return path

    return once("running", make)


@pytest.fixture
def logged(table_rows: Rows) -> Callable[[Path, str], list[tuple[Any, ...]]]:
    """The changes of a KPI: `logged(path, "受注")` has day, before, after, reason and interval of each."""

    def read(path: Path, kpi: str) -> list[tuple[Any, ...]]:
        rows = (row for row in table_rows(path, _LOG) if row["KPI"] == kpi)
        return [(row["日付"].date(), row["変更前"], row["変更後"], row["変えた理由"], row["変更間隔"]) for row in rows]

    return read


def test_attainment_of_a_month_is_its_actual_over_its_target(
    small_book: Callable[..., Path], importing: Callable[..., Any], table_rows: Rows
) -> None:
    book = small_book()
    rows = [("2026-09-03", "受注", "佐藤", "Web", "2000000")] * 3
    refresh(book, imported=importing(*rows), as_of=dt.date(2026, 9, 30))
    target = table_rows(book, "kpixl_team")[0]["受注"]
    september, october = table_rows(book, "kpixl_monthly")
    assert september["受注"] == pytest.approx(3 / target)
    assert october["受注"] in (None, "")


def test_changes_before_any_actuals_are_not_logged(
    small_book: Callable[..., Path], typing: Callable[..., None], importing: Callable[..., Any], table_rows: Rows
) -> None:
    path = small_book(**_YEAR)
    refresh(path, as_of=_SEPTEMBER)
    typing(path, "kpixl_kgis", 1, {"目標値": 60_000_000})
    refresh(path, as_of=_SEPTEMBER)
    assert {row["今の目標（全期間）"] for row in table_rows(path, "kpixl_triggers")} == {None}
    refresh(path, imported=importing(("2026-09-03", "受注", "佐藤", "Web", "1")), as_of=_SEPTEMBER)
    assert {row["KPI"] for row in table_rows(path, _LOG)} == {None}
    [orders] = [row for row in table_rows(path, "kpixl_triggers") if row["KPI"] == "受注"]
    assert (orders["今の目標（全期間）"], orders["適用開始日"].date(), orders["運用月数"]) == (
        30,
        dt.date(2026, 9, 1),
        0,
    )


def test_a_changed_target_is_logged_once_and_keeps_its_reason(
    running: Path, typing: Callable[..., None], logged: Callable[[Path, str], list[tuple[Any, ...]]]
) -> None:
    typing(running, "kpixl_kgis", 1, {"目標値": 60_000_000})
    refresh(running, as_of=_SEPTEMBER)
    typing(running, _LOG, 1, {"変えた理由": "増員"})
    assert refresh(running, as_of=_SEPTEMBER).receipt.changed == ()
    assert logged(running, "売上") == [(_SEPTEMBER, 50_000_000, 60_000_000, "増員", None)]
    assert logged(running, "受注") == [(_SEPTEMBER, 25, 30, None, None)]


def test_a_second_change_within_three_months_is_marked(
    running: Path, typing: Callable[..., None], logged: Callable[[Path, str], list[tuple[Any, ...]]]
) -> None:
    """By October two weeks have passed, by January three months and three days."""
    for day, goal in ((_SEPTEMBER, 60_000_000), (_OCTOBER, 64_000_000), (_JANUARY, 66_000_000)):
        typing(running, "kpixl_kgis", 1, {"目標値": goal})
        refresh(running, as_of=day)
    found = [(day, after, interval or "") for day, _, after, _, interval in logged(running, "売上")]
    assert found == [
        (_SEPTEMBER, 60_000_000, ""),
        (_OCTOBER, 64_000_000, "3か月未満で変更"),
        (_JANUARY, 66_000_000, ""),
    ]


def test_a_change_in_the_first_three_months_of_the_plan_is_marked(
    small_book: Callable[..., Path],
    importing: Callable[..., Any],
    typing: Callable[..., None],
    logged: Callable[[Path, str], list[tuple[Any, ...]]],
) -> None:
    path = small_book()
    refresh(path, imported=importing(("2026-09-03", "受注", "佐藤", "Web", "1")), as_of=_SEPTEMBER)
    typing(path, "kpixl_kgis", 1, {"目標値": 60_000_000})
    refresh(path, as_of=_OCTOBER)
    assert [row[-1] for row in logged(path, "受注")] == ["3か月未満で変更"]


def test_rows_of_the_user_stay_whatever_they_hold(running: Path, typing: Callable[..., None], table_rows: Rows) -> None:
    typing(running, _LOG, 1, {"日付": "夏ごろ", "KPI": "商談", "変更前": "なし", "変えた理由": "口頭で合意"})
    typing(running, _LOG, 3, {"変えた理由": "あとで書く"})
    typing(running, "kpixl_kgis", 1, {"目標値": 60_000_000})
    refresh(running, as_of=_SEPTEMBER)
    rows = [tuple(row.values())[:5] for row in table_rows(running, _LOG)]
    assert rows[0] == ("夏ごろ", "商談", "なし", None, "口頭で合意")
    assert rows[1] == (None,) * 5
    assert rows[2] == (None, None, None, None, "あとで書く")
    assert rows[3][1:] == ("売上", 50_000_000, 60_000_000, None)


def test_a_log_that_is_full_grows(running: Path, typing: Callable[..., None], table_rows: Rows) -> None:
    """Five KPIs change each time; the log begins with room for twelve."""
    for goal in (60_000_000, 70_000_000, 80_000_000):
        typing(running, "kpixl_kgis", 1, {"目標値": goal})
        refresh(running, as_of=_SEPTEMBER)
    assert [row["KPI"] for row in table_rows(running, _LOG)][:15] == ["売上", "リード", "アポ", "商談", "受注"] * 3


def test_what_was_decided_stays_beside_its_kpi(running: Path, typing: Callable[..., None], table_rows: Rows) -> None:
    typing(running, "kpixl_triggers", 5, {"判断・次の一手": "来期に見直す"})
    refresh(running, as_of=_OCTOBER)
    assert {row["KPI"]: row["判断・次の一手"] for row in table_rows(running, "kpixl_triggers")}[
        "受注"
    ] == "来期に見直す"


@pytest.mark.calc
def test_the_marks_are_what_the_spreadsheet_computes(
    running: Path,
    typing: Callable[..., None],
    recalculate: Callable[[Path], Path],
    table_rows: Rows,
) -> None:
    typing(running, _LOG, 1, {"日付": "夏ごろ", "KPI": "売上"})
    for day, goal in ((_SEPTEMBER, 60_000_000), (_OCTOBER, 64_000_000)):
        typing(running, "kpixl_kgis", 1, {"目標値": goal})
        refresh(running, as_of=day)
    cached, computed = (
        [row["変更間隔"] or "" for row in table_rows(path, _LOG)] for path in (running, recalculate(running))
    )
    assert cached == computed
    assert cached.count("3か月未満で変更") == 5


def test_before_anything_happened_no_month_is_missed(small_book: Callable[..., Path], table_rows: Rows) -> None:
    path = small_book()
    refresh(path, as_of=_SEPTEMBER)
    for table in ("kpixl_monthly", "kpixl_timeline"):
        assert {row["受注"] or None for row in table_rows(path, table)} == {None}
    assert {row["理由"] for row in table_rows(path, "kpixl_triggers")} == {None}
