"""When a KPI should be looked at again, month by month."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from kpixl.plan import Channel, Goal, Period, Plan, set_targets
from kpixl.tracking import Action, InForce, kpi_values, track
from kpixl.tracking.review import attainment, market_changes, monthly, triggers


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
    known = {kpi.name: InForce(0, plan.period.start) for kpi in plan.kpis}
    found = triggers(plan, set_targets(plan), nothing, plan.period.end, in_force=known)
    assert found["won"] == ["misses"]
    assert triggers(plan, set_targets(plan), nothing, plan.period.end, in_force={})["won"] == []


def test_no_month_over_no_reason(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan()
    assert set(map(tuple, track(plan, _facts([]), _entries(), plan.period.start).triggers.values())) == {()}


def test_one_month_is_too_early_to_change(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan()
    day = plan.period.ends[0]
    triggered = track(plan, _facts([("2026-09-02", "lead", 1)]), _entries(), day).triggers
    assert triggered["lead"] == ["too_early"]
    assert triggered["won"] == []  # never recorded: nothing to judge


@pytest.fixture
def half_year(small_plan: Callable[..., Plan]) -> Plan:
    """Six months without days off; of 120 leads 60 appointments, 30 meetings and 15 orders are wanted."""
    return small_plan(
        goal=Goal(15, 1), period=Period(dt.date(2026, 9, 1), 6), channels=(Channel("Web", 1, (0.5, 0.5, 0.5)),)
    )


def _reasons(plan: Plan, in_force: dict[str, InForce] | None = None, **counts: list[float]) -> dict[str, list[str]]:
    """Return the triggers at the end of the plan, of months with these counts by KPI."""
    actuals = pd.DataFrame({kpi.key: counts.get(kpi.key, [0.0] * 6) for kpi in plan.kpis}, index=plan.period.starts)
    known = {kpi.name: InForce(0, plan.period.start) for kpi in plan.kpis} | (in_force or {})
    return triggers(plan, set_targets(plan), actuals, plan.period.end, in_force=known)


def test_a_target_of_more_than_the_best_and_a_fifth_is_a_leap(half_year: Plan) -> None:
    """The last month asks for about 20 of 120 leads: a leap from 10 at best, none from 30."""
    assert "leap" in _reasons(half_year, lead=[10, 9, 8, 10, 9, 8])["lead"]
    assert "leap" not in _reasons(half_year, lead=[10, 9, 8, 10, 9, 30])["lead"]
    assert "leap" not in _reasons(half_year)["lead"]  # nothing was ever reached: nothing to leap from


def test_a_rate_that_moved_beyond_chance_asks_whether_the_market_changed(half_year: Plan) -> None:
    """From 150 of 300 to 90 of 300; from 150 to 135 of 300 is chance; 5,000 to 5,250 of 10,000 is too little."""
    lead, fewer = [100.0] * 6, [50.0, 50, 50, 30, 30, 30]
    assert "shift" in _reasons(half_year, lead=lead, appointment=fewer)["appointment"]
    chance = _reasons(half_year, lead=lead, appointment=[50, 50, 50, 45, 45, 45])
    assert "shift" not in chance["appointment"]
    many = _reasons(half_year, lead=[10_000] * 6, appointment=[5000] * 3 + [5250] * 3)
    assert "shift" not in many["appointment"]


def test_a_logged_market_change_concerns_its_step_for_three_months(half_year: Plan) -> None:
    day = dt.date(2027, 1, 10)
    log = [
        Action(dt.date(2026, 10, 11), "市場の変化", "アポ→商談", ""),
        Action(dt.date(2026, 10, 10), "市場の変化", "", "三か月より前"),
        Action(day, "施策", "商談→受注", ""),
        None,
    ]
    market = market_changes(half_year, log, day)
    assert market == (log[0],)
    actuals = pd.DataFrame({kpi.key: [0.0] * 6 for kpi in half_year.kpis}, index=half_year.period.starts)
    targets = set_targets(half_year)
    known = {kpi.name: InForce(0, half_year.period.start) for kpi in half_year.kpis}
    found = triggers(half_year, targets, actuals, day, in_force=known, market=market)
    assert [kpi for kpi, reasons in found.items() if "market" in reasons] == ["meeting"]
    everybody = (Action(day, "市場の変化", "", "法改正"),)
    found = triggers(half_year, targets, actuals, day, in_force=known, market=everybody)
    assert all("market" in reasons for reasons in found.values())


def test_a_changed_target_is_judged_by_the_months_since(half_year: Plan) -> None:
    """Nothing since September means misses and a standstill, but not for a target of six weeks."""
    assert _reasons(half_year)["won"] == ["misses", "stagnation"]
    changed = {"受注": InForce(15, dt.date(2027, 1, 15))}
    assert _reasons(half_year, changed)["won"] == ["too_early"]
    on_the_last_day = {"受注": InForce(15, half_year.period.end)}
    assert _reasons(half_year, on_the_last_day)["won"] == ["too_early"]


def test_attainment_of_the_running_month_is_against_its_pace(half_year: Plan) -> None:
    """October 2026 has 22 business days, of which one is over; what lies ahead has no attainment."""
    targets, day = set_targets(half_year), dt.date(2026, 10, 1)
    known = _known(half_year, day)
    actuals = pd.DataFrame({kpi.key: [0.0] * 6 for kpi in half_year.kpis}, index=half_year.period.starts)
    actuals.loc[half_year.period.start, "won"] = 2 * targets.team("won")[0]
    frame = attainment(half_year, targets, actuals, day, known=known)
    assert frame["won"].tolist()[0] == 2
    assert np.isnan(frame["won"].tolist()[1:]).all()
    actuals.loc[dt.date(2026, 10, 1), "won"] = targets.team("won")[1] / 11
    frame = attainment(half_year, targets, actuals, day, known=known)
    assert frame["won"].tolist()[:2] == [2, pytest.approx(2)]
    assert frame["lead"].tolist()[1] == 0


def test_a_month_that_is_over_and_brought_nothing_is_a_month_of_nought(half_year: Plan) -> None:
    day = half_year.period.ends[1]
    actuals = pd.DataFrame({kpi.key: [0.0] * 6 for kpi in half_year.kpis}, index=half_year.period.starts)
    frame = attainment(half_year, set_targets(half_year), actuals, day, known=_known(half_year, day))
    assert frame["won"].tolist()[:2] == [0, 0]


def test_months_before_the_first_record_have_no_attainment(half_year: Plan) -> None:
    """Leads are recorded from October on, orders never; a recorded month without any is a month of nought."""
    facts = _facts([("2026-10-31", "lead", 5), ("2026-12-01", "lead", 5)])
    found = track(half_year, facts, _entries(), half_year.period.end).attainment
    assert np.isnan(found["lead"].tolist()).tolist() == [True, False, False, False, False, False]
    assert found["lead"].tolist()[2] == 0
    assert found["won"].isna().all()


def test_a_month_without_orders_but_with_what_follows_from_them_says_nothing(half_year: Plan) -> None:
    """Meetings of October without a single appointment: somebody has not recorded them."""
    facts = _facts([("2026-09-02", "appointment", 9), ("2026-09-02", "meeting", 4), ("2026-10-05", "meeting", 4)])
    found = track(half_year, facts, _entries(), dt.date(2026, 10, 31)).attainment
    assert np.isnan(found["appointment"].tolist()).tolist()[:2] == [False, True]
    assert np.isnan(found["meeting"].tolist()).tolist()[:2] == [False, False]


def test_misses_in_a_row_begin_after_the_last_month_that_is_not_known(half_year: Plan) -> None:
    facts = _facts([("2026-09-02", "won", 1), ("2026-12-01", "appointment", 0), ("2026-12-01", "won", 1)])
    lead = [(f"{start:%Y-%m}-05", "lead", 1.0) for start in half_year.period.starts if start.month != 12]
    found = track(half_year, pd.concat([facts, _facts(lead)]), _entries(), half_year.period.end).triggers
    assert "misses" not in found["lead"]  # December has orders and no lead; two months follow
    assert "misses" in found["won"]


def _known(plan: Plan, day: dt.date) -> pd.DataFrame:
    """Everything that has begun is known."""
    rows = [[start <= day] * len(plan.kpis) for start in plan.period.starts]
    return pd.DataFrame(rows, index=list(plan.period.starts), columns=[kpi.key for kpi in plan.kpis])
