"""The rule of the alarm stands in the settings: at half of a month or week, 30 % of the target or less."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.errors import InvalidPlan
from kpixl.plan import Plan
from kpixl.workbook.books import Book
from kpixl.workbook.morning import look
from kpixl.workbook.reading import read_plan
from kpixl.workbook.refresh import refresh
from kpixl.xlsx import Package

_DAY = dt.date(2026, 9, 10)  # 8 of the 19 business days of the month are over, 4 of the 5 of the week
_FROZEN = Path(__file__).with_name("frozen") / "2026-11-24_inside_sales.xlsx"


def _rule(path: Path, after: Any, up_to: Any) -> None:
    with Package.open(path) as book:
        for name, value in {"kpixl_alert_after": after, "kpixl_alert_up_to": up_to}.items():
            title, cell = book.names[name].replace("$", "").split("!")
            book.set_cells(title.strip("'"), {cell: value})
        book.save()


def _with_calls(path: Path, typing: Callable[..., None], calls: int) -> None:
    typing(path, "kpixl_entries", 1, {"日付": dt.date(2026, 9, 9), "KPI": "リード", "値": calls})


def test_a_plan_warns_at_half_of_the_period_unless_told_otherwise(small_plan: Callable[..., Plan]) -> None:
    assert (small_plan().alert_after, small_plan().alert_up_to) == (0.5, 0.3)


@pytest.mark.parametrize("name", ["alert_after", "alert_up_to"])
def test_a_share_beyond_the_whole_is_refused(small_plan: Callable[..., Plan], name: str) -> None:
    with pytest.raises(InvalidPlan, match=r"0%から100%まで.*30"):
        small_plan(**{name: 30})


@pytest.mark.calc
def test_the_rule_in_the_settings_is_that_of_month_week_and_morning_look(
    small_book: Callable[..., Path],
    typing: Callable[..., None],
    table_rows: Callable[[Path, str], list[dict[str, Any]]],
    differences: Callable[..., tuple[int, dict[Any, Any]]],
) -> None:
    """Ten leads by the 10th: far from the month's target, and from the week's.

    With 8 of 19 days over, 42 %, the usual rule is silent about the month. Told to warn from 40 % on it does, and a
    week of which 80 % are over is warned of unless the rule waits until 90 %.
    """
    path = small_book()
    _with_calls(path, typing, 10)
    alarms = {}
    for after, up_to in ((None, None), (0.4, 0.3), (0.9, 0.3), (0.4, 0.01)):
        _rule(path, after, up_to)
        tracking = refresh(path, as_of=_DAY).tracking
        month = next(row["アラート"] for row in table_rows(path, "kpixl_progress") if row["KPI"] == "リード")
        week = next(row["アラート"] for row in table_rows(path, "kpixl_weeks") if row["KPI"] == "リード")
        alarms[after, up_to] = bool(tracking.kpi("lead")["alert"]), month, bool(week)
        assert differences(path)[1] == {}
        assert ("リード" in look(path, _DAY).alerts) == alarms[after, up_to][0]
    assert alarms[None, None] == (False, "なし", True)
    assert alarms[0.4, 0.3][0] and alarms[0.4, 0.3][1].startswith("期間の40%を過ぎて")
    assert alarms[0.9, 0.3] == (False, "なし", False)
    assert alarms[0.4, 0.01] == (False, "なし", False)


def test_an_older_plan_gets_the_rule_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "old.xlsx"
    path.write_bytes(_FROZEN.read_bytes())
    with Book(path) as book:
        plan = read_plan(book)
    said = refresh(path, as_of=dt.date(2025, 6, 18)).migrated
    assert sum("kpixl_alert_" in line for line in said) == 2
    with Book(path) as book:
        again = read_plan(book)
    assert (plan.alert_after, plan.alert_up_to) == (again.alert_after, again.alert_up_to) == (0.5, 0.3)
