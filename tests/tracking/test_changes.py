"""Targets come into force with the first actuals; from then on a different one is a change."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from kpixl.plan import Goal, Plan, set_targets
from kpixl.tracking.changes import Change, InForce, changes, in_force, months_before

_DAY = dt.date(2026, 9, 18)
Values = Callable[..., pd.DataFrame]


def test_a_plan_without_actuals_is_still_being_made(small_plan: Callable[..., Plan], values: Values) -> None:
    plan = small_plan()
    assert in_force(plan, set_targets(plan), values(), {}, _DAY) == {}


def test_the_first_actuals_bring_the_targets_into_force(small_plan: Callable[..., Plan], values: Values) -> None:
    """25 orders of 200万円 from 395 leads, since the plan began."""
    plan = small_plan()
    found = in_force(plan, set_targets(plan), values((3, "佐藤", "", "lead", 1)), {}, _DAY)
    assert found["受注"] == InForce(25, plan.period.start)
    assert (found["リード"].target, found["売上"].target) == (395, 50_000_000)
    assert changes({}, found) == ()


def test_another_goal_is_a_change_of_what_it_changes(small_plan: Callable[..., Plan], values: Values) -> None:
    """From 25 to 30 orders on the 18th; what stays as it was keeps its day."""
    known = {"売上": InForce(50_000_000, dt.date(2026, 9, 1)), "受注": InForce(30, dt.date(2026, 9, 1))}
    plan = replace(small_plan(), goal=Goal(60_000_000, 2_000_000), kgis=())
    found = in_force(plan, set_targets(plan), values((3, "佐藤", "", "lead", 1)), known, _DAY)
    assert found["売上"] == InForce(60_000_000, _DAY)
    assert found["受注"] == known["受注"]
    assert changes(known, found) == (Change(_DAY, "売上", 50_000_000, 60_000_000),)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (dt.date(2026, 5, 31), 3, dt.date(2026, 2, 28)),
        (dt.date(2026, 1, 15), 3, dt.date(2025, 10, 15)),
        (dt.date(2025, 11, 30), -3, dt.date(2026, 2, 28)),
    ],
)
def test_months_are_counted_as_a_spreadsheet_counts_them(day: dt.date, months: int, before: dt.date) -> None:
    assert months_before(day, months) == before


def test_a_plan_that_is_taken_up_later_is_in_force_since_then(small_plan: Callable[..., Plan], values: Values) -> None:
    plan = small_plan()
    october = values((3, "佐藤", "", "lead", 1)).assign(date=pd.Timestamp(2026, 10, 20))
    found = in_force(plan, set_targets(plan), october, {}, dt.date(2026, 10, 21))
    assert found["受注"].since == dt.date(2026, 10, 1)
