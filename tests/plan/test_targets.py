"""Targets: whole numbers, back-solved, spread by business days and weights, whose sums agree."""

import datetime as dt
import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpixl.errors import InvalidPlan
from kpixl.plan import REVENUE, Channel, Goal, Member, Period, Plan, Stage, set_targets

SEPTEMBER = Period(dt.date(2026, 9, 1), 1)
_EVENTS = ("lead", "appointment", "meeting", "qualified")


def test_one_channel_in_one_month_needs_what_the_back_solve_says(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan(period=SEPTEMBER, channels=(Channel("全部", 1, (0.2, 0.8, 0.3)),), members=(Member("佐藤"),))
    targets = set_targets(plan)
    assert targets.volumes.tolist() == [[525, 105, 84, 25]]
    assert [targets.team(kpi.key).tolist() for kpi in plan.kpis] == [[50_000_000], [525], [105], [84], [25]]


def test_each_channel_is_back_solved_through_its_own_rates(small_plan: Callable[..., Plan]) -> None:
    targets = set_targets(small_plan())
    assert targets.orders.tolist() == [15, 10]
    assert targets.volumes.tolist() == [[315, 63, 50, 15], [80, 40, 20, 10]]


def test_calls_may_be_several_per_lead(small_plan: Callable[..., Plan]) -> None:
    stages = (Stage("lead", "リード"), Stage("call", "架電", 40), Stage("won", "受注"))
    plan = small_plan(stages=stages, channels=(Channel("Web", 1, (2.5, 0.1)),), period=SEPTEMBER)
    assert set_targets(plan).volumes.tolist() == [[100, 250, 25]]


def test_mix_is_shared_out_in_whole_orders(small_plan: Callable[..., Plan]) -> None:
    three = tuple(Channel(name, 1, (0.5, 0.5, 0.5)) for name in "ABC")
    assert set_targets(small_plan(channels=three)).orders.tolist() == [9, 8, 8]


def test_months_weigh_their_business_days(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan()
    assert plan.period.business_days.tolist() == [19, 21]
    assert set_targets(plan).counts[0, :, 1].sum(axis=1).tolist() == [38, 42]  # 80 leads of the web


def test_months_weigh_their_season_too(small_plan: Callable[..., Plan]) -> None:
    season = [1.0] * 12
    season[8], season[9] = 21.0, 19.0
    period = Period(dt.date(2026, 9, 1), 2, small_plan().period.closures, tuple(season))
    assert set_targets(small_plan(period=period)).counts[0, :, 1].sum(axis=1).tolist() == [40, 40]


def test_members_carry_by_weight(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan(
        period=SEPTEMBER,
        channels=(Channel("全部", 1, (0.2, 0.8, 0.3)),),
        members=(Member("佐藤", 4), Member("鈴木", 1), Member("高橋", 0)),
    )
    targets = set_targets(plan)
    assert targets.members("lead").tolist() == [[420, 105, 0]]
    assert targets.members(REVENUE).tolist() == [[40_000_000, 10_000_000, 0]]


def test_secured_revenue_needs_no_orders_and_is_nobodys_target(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan(goal=Goal(50_000_000, 2_000_000, 10_000_000))
    targets = set_targets(plan)
    assert targets.orders.sum() == 20
    assert targets.existing.tolist() == pytest.approx([4_750_000, 5_250_000])  # 19 and 21 of 40 days
    assert targets.team(REVENUE).sum() == pytest.approx(50_000_000)
    assert targets.members(REVENUE).sum() == 40_000_000


def test_who_joins_later_has_no_target_before(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan(members=(Member("佐藤"), Member("鈴木", joined=dt.date(2026, 10, 16))))
    targets = set_targets(plan)
    by_member = targets.counts.sum(axis=2)
    assert (by_member[:, 0, 1] == 0).all()
    leads = targets.counts[0, 1]
    entitled = leads.sum(axis=1) * 11 / 32  # 11 of his business days beside 21 of hers
    assert (np.abs(leads[:, 1] - entitled) < 1).all()


def test_a_month_with_nobody_is_said(small_plan: Callable[..., Plan]) -> None:
    late = (Member("佐藤", joined=dt.date(2026, 10, 1)), Member("鈴木", 0))
    with pytest.raises(InvalidPlan, match="2026-09"):
        set_targets(small_plan(members=late))


def test_a_month_without_a_business_day_is_said(small_plan: Callable[..., Plan]) -> None:
    closed = tuple(dt.date(2026, 10, day) for day in range(1, 32))
    with pytest.raises(InvalidPlan, match="2026-10 に営業日"):
        set_targets(small_plan(period=Period(dt.date(2026, 9, 1), 2, closed)))


@st.composite
def _plans(draw: st.DrawFn) -> Plan:
    stages = draw(st.integers(2, 5))
    percents = st.integers(1, 100)
    channels = draw(
        st.lists(
            st.tuples(st.integers(0, 9), st.lists(percents, min_size=stages - 1, max_size=stages - 1)),
            min_size=1,
            max_size=4,
        )
    )
    if not any(mix for mix, _ in channels):
        channels[0] = (1, channels[0][1])
    months = draw(st.integers(1, 14))
    start = dt.date(draw(st.integers(2020, 2030)), draw(st.integers(1, 12)), 1)
    joined = st.none() | st.integers(0, 400).map(lambda days: start + dt.timedelta(days=days))
    others = draw(st.lists(st.tuples(st.integers(0, 5), joined), max_size=4))
    unit = draw(st.integers(1, 5_000_000))
    return Plan(
        "random",
        "ja",
        Goal(unit * draw(st.integers(1, 200)), unit),
        Period(start, months, seasonality=tuple(draw(st.lists(st.integers(1, 9), min_size=12, max_size=12)))),
        (*(Stage(event, event) for event in _EVENTS[: stages - 1]), Stage("won", "won")),
        tuple(Channel(f"C{n}", mix, tuple(rate / 100 for rate in rates)) for n, (mix, rates) in enumerate(channels)),
        (Member("M"), *(Member(f"M{n}", weight, day) for n, (weight, day) in enumerate(others))),
    )


@settings(max_examples=60, deadline=None)
@given(_plans())
def test_sums_agree_whatever_the_plan(plan: Plan) -> None:
    targets = set_targets(plan)
    assert np.issubdtype(targets.counts.dtype, np.integer)
    assert (targets.counts >= 0).all()
    assert targets.orders.sum() == round(plan.goal.value / plan.goal.unit_value)
    for channel, orders, volumes in zip(plan.channels, targets.orders, targets.volumes, strict=True):
        needed = [int(orders)]
        for rate in reversed(channel.rates):
            needed.insert(0, math.ceil(needed[0] / Fraction(round(rate * 100), 100)))
        assert volumes.tolist() == needed
    for place, stage in enumerate(plan.stages):
        team, members = targets.team(stage.event), targets.members(stage.event)
        assert members.sum(axis=1).tolist() == team.tolist()
        assert targets.counts[place].sum() == targets.volumes[:, place].sum() == team.sum()
    for month, end in enumerate(plan.period.ends):
        absent = [m for m, member in enumerate(plan.members) if member.joined and member.joined > end]
        assert targets.counts[:, month, :, absent].sum() == 0
    assert targets.team(REVENUE).sum() >= plan.goal.value * (1 - 1e-12)
