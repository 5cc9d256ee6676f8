"""What to do this week, from the month's funnel; numbers by hand from 19 business days, 14 of them over."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from kpixl.plan import Channel, Plan
from kpixl.tracking import Tracking, agenda, track

_FACTS = ["date", "member", "channel", "event", "source", "count", "amount", "minutes"]
_FRIDAY = dt.date(2026, 9, 18)
Values = Callable[..., pd.DataFrame]


def _track(plan: Plan, entries: pd.DataFrame, day: dt.date = _FRIDAY) -> Tracking:
    return track(plan, pd.DataFrame(columns=_FACTS), entries, day)


def _entries(plan: Plan, values: Values, *counts: float) -> pd.DataFrame:
    stages = zip(plan.stages, counts, strict=True)
    return values(*((3, "佐藤", "Web", stage.event, count) for stage, count in stages))


def test_the_costliest_step_comes_first_with_what_each_day_left_has_to_bring(september: Plan, values: Values) -> None:
    """525 leads are wanted and 300 came: 225 in 5 days is 45 a day. Of 80 meetings 22 orders, less than 25 of 84."""
    tasks = agenda(_track(september, _entries(september, values, 300, 100, 80, 22)))
    assert [(task.kind, task.stage, task.above) for task in tasks] == [
        ("volume", "リード", None),
        ("rate", "受注", "商談"),
    ]
    assert tasks[0].needed == pytest.approx(45)
    assert tasks[0].so_far == pytest.approx(300 / 14)
    assert (tasks[1].planned, tasks[1].reached) == pytest.approx((25 / 84, 22 / 80))
    assert tasks[1].needed == pytest.approx(3 / 5)
    assert tasks[0].effect < tasks[1].effect < 0


def test_the_channels_furthest_behind_are_named_with_their_attainment_to_date(
    small_plan: Callable[..., Plan], values: Values
) -> None:
    plan = small_plan()
    plan = replace(plan, period=replace(plan.period, months=1))
    later = ((3, "佐藤", "Web", event, count) for event, count in (("appointment", 60), ("meeting", 40), ("won", 14)))
    entries = values((3, "佐藤", "展示会", "lead", 100), (3, "佐藤", "Web", "lead", 90), *later)
    first = next(task for task in agenda(_track(plan, entries)) if task.kind == "volume")
    due = 315 * 14 / 19  # of 25 orders the fairs bring 15, from 315 leads; the web is ahead with 90 of 80
    assert (first.kind, dict(first.who)) == ("volume", {"展示会": pytest.approx(100 / due)})


def test_what_each_person_does_is_put_to_those_behind(small_plan: Callable[..., Plan], values: Values) -> None:
    """Ten calls a lead are planned: the whole team's calls are short, and so is everybody."""
    base = small_plan()
    stages = (base.stages[0], replace(base.stages[1], event="call", name="架電", capacity=40.0), *base.stages[2:])
    plan = replace(base, stages=stages, channels=(Channel("Web", 1, (10.0, 0.1, 0.3)),))
    plan = replace(plan, period=replace(plan.period, months=1))
    assert plan.is_activity(0)
    leads, calls = (_target(plan, kpi) for kpi in ("lead", "call"))
    rows = [
        (3, "佐藤", "Web", "lead", leads),
        (3, "佐藤", "Web", "call", calls * 0.3),
        (3, "鈴木", "Web", "call", calls * 0.1),
        (3, "佐藤", "Web", "meeting", 20),
        (3, "佐藤", "Web", "won", 6),
    ]
    task = next(task for task in agenda(_track(plan, values(*rows))) if task.kind == "activity")
    assert (task.stage, list(task.who)) == ("架電", ["鈴木", "佐藤"])


def _target(plan: Plan, kpi: str) -> float:
    tracking = _track(plan, pd.DataFrame({"date": [], "member": [], "channel": [], "kpi": [], "value": []}))
    return float(tracking.kpi(kpi)["target"])


def test_nobody_is_named_for_a_rate_that_chance_may_have_made(september: Plan, values: Values) -> None:
    tasks = agenda(_track(september, _entries(september, values, 525, 105, 84, 17)))
    assert [(task.kind, dict(task.who)) for task in tasks] == [("rate", {})]


def test_there_is_nothing_to_do_before_anything_is_known_and_after_the_last_day(
    september: Plan, values: Values
) -> None:
    assert agenda(_track(september, values())) == ()
    assert agenda(_track(september, _entries(september, values, 300, 100, 80, 22), dt.date(2026, 9, 30))) == ()


def test_a_month_ahead_of_its_plan_asks_for_nothing(september: Plan, values: Values) -> None:
    assert agenda(_track(september, _entries(september, values, 525, 105, 84, 25))) == ()
