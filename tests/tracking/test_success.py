"""Drivers of the months that reached the goal: of people where they are known, of the team where they are not."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kpixl.plan import Goal, Indicator, Member, Period, Plan, set_targets
from kpixl.tracking import VALUE_COLUMNS, kpi_values
from kpixl.tracking.success import SetApart, success_drivers

_WIN = Indicator("受注率", "won", "meeting", unit="%")
_MEETING_RATE = Indicator("商談化率", "meeting", "appointment", unit="%")
_MEMBERS = tuple(Member(name) for name in "甲乙丙丁戊己")


@pytest.fixture
def year(small_plan: Callable[..., Plan]) -> Plan:
    """A year in which six people are to win 3 orders a month each."""
    plan = small_plan(members=_MEMBERS, indicators=(_WIN, _MEETING_RATE), goal=Goal(432_000_000, 2_000_000))
    return replace(plan, period=Period(dt.date(2025, 4, 1), 12), kgis=())


def _found(plan: Plan, wins: np.ndarray, *, named: bool = True, seed: int = 0) -> dict[str, SetApart]:
    """Let everybody hold meetings on each business day, and win them at their rate of the month."""
    chance = np.random.default_rng(seed)
    days = list(pd.bdate_range("2025-04-01", "2026-03-31"))
    rows = []
    for person, member in enumerate(plan.members):
        for day in days:
            asked = int(chance.poisson(1.0))
            held = int(chance.binomial(asked, 0.6))
            won = int(chance.binomial(held, wins[person, (day.month - 4) % 12]))
            name = member.name if named else ""
            counts = {"appointment": asked, "meeting": held, "won": won}
            rows += [(day, name, "", event, n, 2e6 * n * (event == "won"), 0.0) for event, n in counts.items() if n]
    facts = pd.DataFrame(rows, columns=["date", "member", "channel", "event", "count", "amount", "minutes"])
    values = kpi_values(plan, facts, pd.DataFrame(columns=VALUE_COLUMNS))
    return success_drivers(plan, set_targets(plan), facts, values, dt.date(2026, 3, 31))


def test_a_skill_that_some_have_is_found_and_said_with_its_size(year: Plan) -> None:
    skill = np.repeat([[0.06], [0.12], [0.2], [0.26], [0.34], [0.45]], 12, axis=1)
    found = _found(year, skill)
    assert "商談化率" not in found
    one = found["受注率"]
    assert one.people
    assert one.reached > one.missed
    assert one.p < 0.05
    assert one.months_reached + one.months_missed == 72


def test_good_months_are_found_where_people_are_not_recorded(year: Plan) -> None:
    good = np.tile(np.where(np.isin(np.arange(12), [1, 2, 5, 7, 8, 10]), 0.36, 0.1), (6, 1))
    found = _found(year, good, named=False)
    assert not found["受注率"].people
    assert found["受注率"].months_reached + found["受注率"].months_missed == 12


def test_where_all_are_alike_luck_is_no_success_factor(year: Plan) -> None:
    alike = np.full((6, 12), 0.24)
    claimed = sum(bool(_found(year, alike, seed=seed)) for seed in range(20))
    assert claimed <= 1


def test_a_year_without_a_reached_month_says_nothing(year: Plan) -> None:
    assert _found(year, np.full((6, 12), 0.01)) == {}
