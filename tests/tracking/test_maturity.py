"""Rates of deals that are followed to their end, and what is said where none can be."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kpixl.actuals import DEAL_COLUMNS, RECORD_COLUMNS
from kpixl.plan import Member, Plan
from kpixl.tracking import Basis, Tracking, bases, track
from kpixl.tracking.agenda import agenda
from kpixl.tracking.maturity import unfollowed

_FACTS = ["date", "member", "channel", "event", "source", "count", "amount", "minutes"]
_DAY = dt.date(2026, 9, 30)
_NO_DEALS = pd.DataFrame(columns=DEAL_COLUMNS)
Events = list[tuple[str, str, dt.date, str]]


def _records(events: Events) -> pd.DataFrame:
    rows = [("crm", one, event, day, member, "Web", 1.0, 0.0, 0.0) for one, event, day, member in events]
    frame = pd.DataFrame(rows, columns=RECORD_COLUMNS)
    return frame.assign(date=pd.to_datetime(frame["date"]))


def _track(plan: Plan, events: Events, *, ids: bool = True, as_of: dt.date = _DAY) -> Tracking:
    records = _records([one for one in events if one[2] <= as_of])
    facts = records.rename(columns={"id": "deal"})[_FACTS]
    entries = pd.DataFrame(columns=["date", "member", "channel", "kpi", "value"])
    return track(plan, facts, entries, as_of, listed=(_NO_DEALS, records) if ids else None)


def _growing(plan: Plan, days: int, rate: float, months: int, *, names: tuple[str, ...] = ("佐藤",)) -> Events:
    """Deals that meet, a fifth more of them each month, of which a part is won `days` later and the rest is open."""
    events: Events = []
    for month in range(months):
        first = (pd.Timestamp(plan.period.start) + pd.DateOffset(months=month)).date()
        for number in range(round(20 * 1.2**month)):
            day = first + dt.timedelta(days=number % 28)
            one, name = f"{month}-{number}", names[number % len(names)]
            events += [(one, event, day, name) for event in ("lead", "appointment", "meeting")]
            if number % 10 < round(10 * rate):
                events.append((one, "won", day + dt.timedelta(days=days), name))
    return events


@pytest.fixture
def long(september: Plan) -> Plan:
    """A plan of a year from April, in which an order takes 44 business days from the meeting."""
    first, second, third, last = september.stages
    period = replace(september.period, start=dt.date(2026, 4, 1), months=12)
    return replace(september, period=period, stages=(first, second, replace(third, days=44.0), last))


def test_a_growing_business_is_not_judged_by_meetings_that_have_had_no_time(long: Plan) -> None:
    """Three of ten are won after 61 days; half a year of growth makes 20 % of it in the same month."""
    events = _growing(long, 61, 0.3, 6)
    gap = _track(long, events).gap
    assert gap["basis"].tolist()[-1] == Basis.MATURED
    assert gap["actual_rate"].tolist()[-1] == pytest.approx(0.3, abs=0.05)
    same = gap["actual"].iloc[3] / gap["actual"].iloc[2]
    assert same < 0.24


def test_without_ids_a_step_longer_than_the_month_is_not_judged(long: Plan) -> None:
    tracking = _track(long, _growing(long, 61, 0.1, 6), ids=False)
    gap = tracking.gap
    assert gap["basis"].tolist() == ["", Basis.SAME, Basis.SAME, Basis.SLOW]
    assert math.isnan(gap["effect"].iloc[3])
    assert math.isnan(gap["rate_gap"].iloc[3])
    assert gap["actual_rate"].iloc[3] < 0.1  # it is shown, as the rate of the same month
    assert all(task.stage != "受注" for task in agenda(tracking))
    assert tracking.bottleneck is None or tracking.bottleneck["name"] != "受注"


def test_more_orders_than_meetings_in_a_month_are_no_rate(long: Plan) -> None:
    """A good quarter is followed by a month of two meetings: its orders are 5 times as many."""
    last = [("x", event, dt.date(2026, 9, 3), "佐藤") for event in ("lead", "appointment", "meeting")]
    events = _growing(long, 61, 0.5, 4) + last
    gap = _track(long, events, ids=False).gap
    assert gap["actual"].iloc[3] > gap["actual"].iloc[2]
    assert math.isnan(gap["actual_rate"].iloc[3])


def test_who_joined_late_is_not_weak_for_deals_that_are_still_young(long: Plan) -> None:
    """Both win three of ten after 61 days; 鈴木 came in August, so none of his 91 deals can be won yet."""
    plan = replace(long, members=(Member("佐藤"), Member("鈴木")))
    events = _growing(plan, 61, 0.3, 6)
    young = {one for one, event, day, _ in events if event == "meeting" and day >= dt.date(2026, 8, 1)}
    late = [(f"s{one}", event, day, "鈴木") for one, event, day, _ in events if one in young]
    followed = _track(plan, events + late)
    assert followed.members.skills["商談→受注"].tolist() == [0, 0]
    won, tried = followed.matured.won[2], followed.matured.tried[2]
    assert won[0] / tried[0] == pytest.approx(0.3, abs=0.05)
    assert (won[1], tried[1]) == (0, 0)


def test_a_step_is_slow_only_where_it_takes_longer_than_what_is_looked_at(long: Plan) -> None:
    """An order takes 44 business days from the meeting: longer than a month, not longer than half a year."""
    assert bases(long, unfollowed(long), 19.0) == (Basis.SAME, Basis.SAME, Basis.SLOW)
    assert set(bases(long, unfollowed(long), 120.0)) == {Basis.SAME}


def test_ids_of_single_events_are_no_deals(september: Plan) -> None:
    """An activity log has an id for each row: nothing can be followed by it."""
    day = dt.date(2026, 9, 3)
    stages = ("lead", "appointment", "meeting", "won")
    events = [(f"{event}{number}", event, day, "佐藤") for event in stages for number in range(20)]
    assert np.isnan(_track(september, events).matured.rate).all()


def test_a_rate_that_has_run_its_course_is_that_of_the_product_limit(long: Plan) -> None:
    """Without losses it is Kaplan and Meier's, computed by statsmodels' survival function in another way."""
    from statsmodels.duration.survfunc import SurvfuncRight

    events = _growing(long, 40, 0.4, 6)
    tracking = _track(long, events)
    frame = tracking.deals
    assert frame is not None
    days = 40.0
    first = pd.Timestamp(_DAY) - pd.DateOffset(months=3) - pd.Timedelta(days=max(days, 44 * 7 / 5))
    mine = frame[frame["meeting"] >= first]
    won = mine["outcome"] == "won"
    until = mine["ended"].where(won, pd.Timestamp(_DAY))
    survival = SurvfuncRight((until - mine["meeting"]).dt.days.to_numpy(), won.to_numpy().astype(int))
    assert tracking.matured.rate[2] == pytest.approx(1 - survival.surv_prob[-1], abs=1e-9)


@pytest.mark.parametrize("as_of", [dt.date(2026, 4, 15), dt.date(2026, 5, 20)])
def test_before_deals_have_had_time_there_is_no_matured_rate(long: Plan, as_of: dt.date) -> None:
    found = _track(long, _growing(long, 61, 0.3, 6), as_of=as_of)
    assert math.isnan(found.matured.rate[2])
    assert found.gap["basis"].iloc[3] == Basis.SLOW


def test_the_bridge_still_leads_to_the_revenue_made(long: Plan, values: Callable[..., pd.DataFrame]) -> None:
    from kpixl.tracking import waterfall

    tracking = _track(long, _growing(long, 61, 0.3, 6))
    bridge = waterfall(tracking.progress, tracking.gap)
    start, *steps, end = bridge["change"]
    assert start + sum(steps) == pytest.approx(end, abs=1e-3)
