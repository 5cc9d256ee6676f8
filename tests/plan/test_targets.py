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
from kpixl.plan import REVENUE, Channel, Goal, Level, Member, Period, Plan, Stage, set_targets

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


def test_what_a_channel_wins_beyond_its_part_the_next_need_not_win(small_plan: Callable[..., Plan]) -> None:
    three = tuple(Channel(name, 1, (0.5, 0.5, 0.5)) for name in "ABC")
    assert set_targets(small_plan(channels=three)).orders.tolist() == [9, 8, 8]


def test_months_weigh_their_business_days(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan()
    assert plan.period.business_days.tolist() == [19, 21]
    assert set_targets(plan).team("lead").tolist() == [188, 207]  # 395 × 19/40 = 187.6


def test_months_weigh_their_season_too(small_plan: Callable[..., Plan]) -> None:
    season = [1.0] * 12
    season[8], season[9] = 21.0, 19.0
    period = Period(dt.date(2026, 9, 1), 2, small_plan().period.closures, tuple(season))
    assert set_targets(small_plan(period=period)).team("lead").tolist() == [198, 197]


def test_members_carry_by_weight(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan(
        period=SEPTEMBER,
        channels=(Channel("全部", 1, (0.2, 0.8, 0.3)),),
        members=(Member("佐藤", 4), Member("鈴木", 1), Member("高橋", 0)),
    )
    targets = set_targets(plan)
    assert targets.members("lead").tolist() == [[420, 105, 0]]
    assert targets.members(REVENUE).tolist() == [[40_000_000, 10_000_000, 0]]


def test_of_equal_remainders_the_first_is_rounded_up(small_plan: Callable[..., Plan]) -> None:
    # 98 meetings by 1.2 : 1 : 1 : 1 : 0.8 : 0.6 are 21, three times 17.5, 14 and 10.5; two of the halves go up
    weights = (1.2, 1.0, 1.0, 1.0, 0.8, 0.6)
    plan = small_plan(
        goal=Goal(98_000_000, 2_000_000),
        channels=(Channel("全部", 1, (1.0, 1.0, 0.5)),),
        members=tuple(Member(name, weight) for name, weight in zip("甲乙丙丁戊己", weights, strict=True)),
    )
    assert set_targets(plan).members("meeting").sum(axis=0).tolist() == [21, 18, 18, 17, 14, 10]


def test_secured_revenue_needs_no_orders_and_is_nobodys_target(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan(goal=Goal(50_000_000, 2_000_000, 10_000_000))
    targets = set_targets(plan)
    assert targets.orders.sum() == 20
    assert targets.existing.tolist() == pytest.approx([4_750_000, 5_250_000])  # 19 and 21 of 40 days
    assert targets.team(REVENUE).sum() == targets.members(REVENUE).sum() == 40_000_000
    assert targets.secured(dt.date(2026, 9, 30)) == pytest.approx(4_750_000)
    assert targets.secured(dt.date(2026, 10, 31)) == pytest.approx(10_000_000)


def test_who_joins_later_has_no_target_before(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan(members=(Member("佐藤"), Member("鈴木", joined=dt.date(2026, 10, 16))))
    targets = set_targets(plan)
    assert (targets.by_member[:, 0, 1] == 0).all()
    # Of 395 leads October has 207.4; 11 of his business days stand beside 21 of hers: 207.4 × 11 / 32 = 71.3
    assert targets.members("lead").tolist() == [[188, 0], [136, 71]]


def test_a_month_with_nobody_is_said(small_plan: Callable[..., Plan]) -> None:
    late = (Member("佐藤", joined=dt.date(2026, 10, 1)), Member("鈴木", 0))
    with pytest.raises(InvalidPlan, match="2026-09"):
        set_targets(small_plan(members=late))


def test_a_month_without_a_business_day_is_said(small_plan: Callable[..., Plan]) -> None:
    closed = tuple(dt.date(2026, 10, day) for day in range(1, 32))
    with pytest.raises(InvalidPlan, match="2026-10に営業日"):
        set_targets(small_plan(period=Period(dt.date(2026, 9, 1), 2, closed)))


def test_a_channel_may_have_a_unit_value_of_its_own(small_plan: Callable[..., Plan]) -> None:
    channels = (Channel("大口", 0.6, (0.5, 0.5, 0.5), unit_value=7_000_000), Channel("Web", 0.4, (0.5, 0.5, 0.5)))
    targets = set_targets(small_plan(channels=channels))
    # 30 million by 7: five orders, 35 million. Of 50 million 15 are left: eight orders of 2 million
    assert targets.orders.tolist() == [5, 8]
    assert targets.unit_value == 51_000_000 / 13
    assert targets.channels(REVENUE).sum(axis=0).tolist() == [35_000_000, 16_000_000]
    assert targets.team(REVENUE).sum() == pytest.approx(51_000_000)


def test_a_level_counts_beside_the_territory(small_plan: Callable[..., Plan]) -> None:
    levels = (Level("新人", 0.5), Level("ベテラン", 1.5))
    members = (Member("佐藤", 1, level="ベテラン"), Member("鈴木", 2, level="新人"))  # 1.5 : 1.0
    assert set_targets(small_plan(members=members, levels=levels)).members("won").sum(axis=0).tolist() == [15, 10]


def test_a_new_joiner_ramps_up(small_plan: Callable[..., Plan]) -> None:
    joiner = Member("鈴木", joined=dt.date(2026, 9, 1), ramp=1)
    targets = set_targets(small_plan(members=(Member("佐藤"), joiner)))
    assert targets.strength.tolist() == [[19, 9.5], [21, 21]]
    # 395 leads: a third of 187.6 in September, half of 207.4 in October
    assert targets.members("lead").sum(axis=0).tolist() == [229, 166]


def test_who_is_pinned_carries_just_that(small_plan: Callable[..., Plan]) -> None:
    members = (Member("佐藤"), Member("鈴木", pinned=5), Member("高橋"))
    targets = set_targets(small_plan(members=members))
    assert targets.members("won").sum(axis=0).tolist() == [10, 5, 10]
    assert targets.members("lead").sum(axis=0).tolist() == [158, 79, 158]  # 395 leads, a fifth is 79
    assert targets.team("won").tolist() == [12, 13]


def test_a_unit_value_far_above_the_goal_is_said(small_plan: Callable[..., Plan]) -> None:
    with pytest.raises(InvalidPlan, match=r"50,000,000.*1e"):
        set_targets(small_plan(goal=Goal(50_000_000, 1e30)))


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ((Member("佐藤"), Member("鈴木", pinned=26)), "26件"),
        ((Member("佐藤", pinned=5), Member("鈴木", pinned=5)), "25件"),
        ((Member("佐藤"), Member("鈴木", pinned=5, joined=dt.date(2026, 11, 1))), "鈴木"),
    ],
)
def test_pins_that_cannot_be_are_said(small_plan: Callable[..., Plan], members: tuple[Member, ...], said: str) -> None:
    with pytest.raises(InvalidPlan, match=said):
        set_targets(small_plan(members=members))


def test_stretch_asks_for_more_in_whole_numbers(small_plan: Callable[..., Plan]) -> None:
    targets = set_targets(small_plan(stretch=0.1))
    assert targets.stretched.sum(axis=1).tolist() == [435, 114, 77, 28]  # 395, 103, 70 and 25 by 1.1, rounded up
    assert targets.team("won").sum() == 25


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
    pins = st.none() | st.integers(0, 2)
    others = draw(st.lists(st.tuples(st.integers(0, 5), joined, pins), max_size=4))
    unit = draw(st.integers(1, 5_000_000))
    return Plan(
        "random",
        "ja",
        Goal(unit * draw(st.integers(10, 200)), unit),
        Period(start, months, seasonality=tuple(draw(st.lists(st.integers(1, 9), min_size=12, max_size=12)))),
        (*(Stage(event, event) for event in _EVENTS[: stages - 1]), Stage("won", "won")),
        tuple(Channel(f"C{n}", mix, tuple(rate / 100 for rate in rates)) for n, (mix, rates) in enumerate(channels)),
        (Member("M"), *(_member(n, weight, day, pin) for n, (weight, day, pin) in enumerate(others))),
    )


def _member(number: int, weight: int, joined: dt.date | None, pin: int | None) -> Member:
    return Member(f"M{number}", weight, joined, pinned=pin if weight and joined is None else None)


@settings(max_examples=60, deadline=None)
@given(_plans())
def test_sums_agree_whatever_the_plan(plan: Plan) -> None:
    targets = set_targets(plan)
    for counts in (targets.by_member, targets.by_channel):
        assert np.issubdtype(counts.dtype, np.integer)
        assert (counts >= 0).all()
    assert targets.orders.sum() == round(plan.goal.value / plan.goal.unit_value)
    for orders, channel, volumes in zip(targets.orders, plan.channels, targets.volumes, strict=True):
        needed = [int(orders)]
        for rate in reversed(channel.rates):
            needed.insert(0, math.ceil(needed[0] / Fraction(round(rate * 100), 100)))
        assert volumes.tolist() == needed
    for place, stage in enumerate(plan.stages):
        team = targets.team(stage.event)
        assert team.sum() == targets.volumes[:, place].sum()
        assert targets.members(stage.event).sum(axis=1).tolist() == team.tolist()
        assert targets.channels(stage.event).sum(axis=1).tolist() == team.tolist()
        assert targets.channels(stage.event).sum(axis=0).tolist() == targets.volumes[:, place].tolist()
        for member, shared, part in zip(
            plan.members, targets.members(stage.event).sum(axis=0), targets.shares.sum(axis=0), strict=True
        ):
            assert shared == member.pinned if stage.event == "won" and member.pinned is not None else True
            assert abs(shared - team.sum() * part) < 1
    assert targets.team(REVENUE).sum() >= plan.goal.value * (1 - 1e-12)


def test_the_same_plan_has_equal_targets(small_plan: Callable[..., Plan]) -> None:
    assert set_targets(small_plan()) == set_targets(small_plan())
    assert set_targets(small_plan()) != set_targets(small_plan(goal=Goal(60_000_000, 2_000_000)))
