"""When a KPI should be looked at again, month by month."""

import datetime as dt
from collections.abc import Callable

import pandas as pd

from kpixl.plan import Period, Plan, set_targets
from kpixl.tracking import kpi_values, track
from kpixl.tracking.review import monthly, triggers


def _facts(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    columns = ["date", "member", "channel", "event", "source", "count", "amount", "minutes"]
    return pd.DataFrame(
        [(pd.Timestamp(day), "", "", event, "crm", n, 0.0, 0.0) for day, event, n in rows], columns=columns
    )


def _entries() -> pd.DataFrame:
    return pd.DataFrame(columns=["date", "member", "channel", "kpi", "value"])


def test_actuals_fall_into_their_months_and_end_with_the_day(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan()
    first, second = plan.period.starts[:2]
    facts = _facts(
        [(f"{first:%Y-%m}-01", "lead", 3), (f"{first:%Y-%m}-28", "lead", 4), (f"{second:%Y-%m}-10", "lead", 5)]
    )
    frame = monthly(plan, kpi_values(plan, facts, _entries()), second.replace(day=9))
    assert frame["lead"].tolist()[:2] == [7, 0]
    frame = monthly(plan, kpi_values(plan, facts, _entries()), second.replace(day=10))
    assert frame["lead"].tolist()[:2] == [7, 5]


def test_three_months_of_nothing_are_misses_in_a_row(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan(period=Period(dt.date(2026, 9, 1), 3))
    nothing = monthly(plan, kpi_values(plan, _facts([]), _entries()), plan.period.end)
    found = triggers(plan, set_targets(plan), nothing, plan.period.end)
    assert found["won"] == ["misses"]


def test_no_month_over_no_reason(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan()
    assert set(map(tuple, track(plan, _facts([]), _entries(), plan.period.start).triggers.values())) == {()}


def test_one_month_is_too_early_to_change(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan()
    day = plan.period.ends[0]
    assert track(plan, _facts([]), _entries(), day).triggers["won"] == ["too_early"]
