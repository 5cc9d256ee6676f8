"""Closed months keep what was asked in them; what is left of the goal falls to the months to come."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpixl.errors import InvalidPlan
from kpixl.plan import REVENUE, Channel, Goal, Member, Period, Plan, Stage, Targets, set_targets

_START = dt.date(2026, 4, 1)


def _plan(**changes: Any) -> Plan:
    """Six months of 100 orders at a million, a lead in five of which becomes an order."""
    parts: dict[str, Any] = {
        "template": "half",
        "language": "ja",
        "goal": Goal(120_000_000, 1_000_000),
        "period": Period(_START, 6, seasonality=(1.0,) * 12),
        "stages": (Stage("lead", "リード"), Stage("won", "受注")),
        "channels": (Channel("紹介", 0.5, (0.2,)), Channel("Web", 0.5, (0.2,))),
        "members": (Member("佐藤"), Member("鈴木")),
    }
    return Plan(**parts | changes)


def _closed(plan: Plan, months: int) -> Targets:
    return set_targets(plan).closed_until(months)


def test_a_higher_goal_is_asked_of_the_months_to_come() -> None:
    before = _closed(_plan(), 3)
    asked = before.team("won")[:3].sum()
    after = set_targets(_plan(goal=Goal(180_000_000, 1_000_000)), before.history)
    assert after.team("won")[:3].tolist() == before.team("won")[:3].tolist()
    assert after.team("lead")[:3].tolist() == before.team("lead")[:3].tolist()
    assert after.team("won")[3:].sum() == 180 - asked
    assert after.team("lead")[3:].sum() == 5 * (180 - asked)  # one order in five leads
    assert after.team(REVENUE).sum() == 180_000_000


def test_closing_a_month_moves_no_other() -> None:
    members = (Member("佐藤", 1.3), Member("鈴木", pinned=17), Member("高橋", joined=dt.date(2026, 7, 6), ramp=2))
    channels = (Channel("紹介", 0.47, (0.23,)), Channel("Web", 0.53, (0.31,)))
    plan = _plan(members=members, channels=channels, goal=Goal(77_000_000, 1_000_000, 3_000_000))
    targets = first = set_targets(plan)
    for months in range(1, 7):
        targets = set_targets(plan, targets.closed_until(months).history)
        assert targets.closed == months
        assert (targets.by_member == first.by_member).all()
        assert (targets.by_channel == first.by_channel).all()
        assert targets.existing.tolist() == pytest.approx(first.existing.tolist())


def test_once_the_settings_are_changed_closing_moves_nothing_either() -> None:
    raised = _plan(goal=Goal(171_000_000, 1_000_000), members=(Member("佐藤"), Member("鈴木", 2.3)))
    targets = first = set_targets(raised, _closed(_plan(), 2).history)
    for months in range(3, 7):
        targets = set_targets(raised, targets.closed_until(months).history)
        assert (targets.by_member == first.by_member).all()
        assert (targets.by_channel == first.by_channel).all()


def test_a_lower_goal_asks_for_nothing_more_and_never_for_less_than_nothing() -> None:
    before = _closed(_plan(), 3)
    after = set_targets(_plan(goal=Goal(10_000_000, 1_000_000)), before.history)
    assert after.team("won")[3:].tolist() == after.team("lead")[3:].tolist() == [0, 0, 0]
    assert after.team("won").sum() == before.team("won")[:3].sum()


def test_a_weight_counts_from_the_next_month_on() -> None:
    before = _closed(_plan(), 3)
    after = set_targets(_plan(members=(Member("佐藤", 3), Member("鈴木"))), before.history)
    rest = after.team("won")[3:].sum()
    assert (after.by_member[:, :3] == before.by_member[:, :3]).all()
    assert after.by_member[-1, 3:].sum(axis=0).tolist() == pytest.approx([rest * 3 / 4, rest / 4], abs=1)
    assert after.team("won").tolist() == before.team("won").tolist()


def test_who_leaves_passes_the_targets_on_from_the_next_day() -> None:
    before = _closed(_plan(), 3)
    leaver = Member("佐藤", left=dt.date(2026, 7, 31))
    after = set_targets(_plan(members=(leaver, Member("鈴木"))), before.history)
    assert (after.by_member[:, :3] == before.by_member[:, :3]).all()
    assert after.by_member[-1, 3].tolist() == pytest.approx([10, 10], abs=2)
    assert (after.by_member[:, 4:, 0] == 0).all()
    assert after.by_member[-1, 4:, 1].tolist() == after.team("won")[4:].tolist()
    assert after.team("won").sum() == 120


def test_who_leaves_counts_up_to_and_including_the_last_day() -> None:
    targets = set_targets(_plan(members=(Member("佐藤", left=dt.date(2026, 4, 3)), Member("鈴木"))))
    assert targets.strength[:2].tolist() == [[3, 22], [0, 21]]  # Wednesday the 1st to Friday the 3rd


def test_who_leaves_before_joining_is_said() -> None:
    with pytest.raises(InvalidPlan, match=r"佐藤.*2026-04-30.*2026-05-01"):
        Member("佐藤", joined=dt.date(2026, 5, 1), left=dt.date(2026, 4, 30))


def test_members_and_channels_that_are_gone_keep_what_was_asked_of_them() -> None:
    before = _closed(_plan(), 3)
    plan = _plan(members=(Member("佐藤"), Member("高橋")), channels=(Channel("紹介", 1, (0.2,)),))
    after = set_targets(plan, before.history)
    for kpi in (REVENUE, "lead", "won"):
        assert after.team(kpi)[:3].tolist() == before.team(kpi)[:3].tolist()
        assert after.team(kpi)[3:].tolist() == after.members(kpi)[3:].sum(axis=1).tolist()
    assert {one.name for one in after.gone("member")} == {"鈴木"}
    assert after.by_month("member").tolist() == after.by_month("channel").tolist()
    assert (after.by_member[:, :3, 1] == 0).all()
    assert after.team("won").sum() == 120


def test_revenue_that_was_asked_stays_when_an_order_brings_more() -> None:
    before = _closed(_plan(), 3)
    after = set_targets(_plan(goal=Goal(120_000_000, 2_000_000)), before.history)
    assert after.team(REVENUE)[:3].tolist() == before.team(REVENUE)[:3].tolist()
    left = 120 - before.team("won")[:3].sum()
    assert after.team("won")[3:].sum() == np.ceil(left / 2)
    assert 120_000_000 <= after.team(REVENUE).sum() < 122_000_000
    assert after.channels(REVENUE)[:3].tolist() == before.channels(REVENUE)[:3].tolist()


def test_revenue_that_was_secured_stays_in_its_month() -> None:
    before = _closed(_plan(goal=Goal(120_000_000, 1_000_000, 12_000_000)), 3)
    after = set_targets(_plan(goal=Goal(120_000_000, 1_000_000, 30_000_000)), before.history)
    assert after.existing[:3].tolist() == before.existing[:3].tolist()
    assert after.existing.sum() == pytest.approx(30_000_000)
    assert 120_000_000 - 1e-6 <= after.team(REVENUE).sum() + after.existing.sum() < 121_000_000


def test_a_pin_counts_what_was_carried_already() -> None:
    before = _closed(_plan(), 3)
    after = set_targets(_plan(members=(Member("佐藤", pinned=50), Member("鈴木"))), before.history)
    assert after.by_member[-1, :, 0].sum() == 50
    assert after.team("won").sum() == 120


def test_a_period_that_begins_earlier_is_a_new_plan() -> None:
    before = _closed(_plan(), 2)
    earlier = _plan(period=Period(dt.date(2026, 3, 1), 7))
    assert set_targets(earlier, before.history).closed == 0


def test_a_period_that_is_over_asks_for_nothing_more() -> None:
    before = _closed(_plan(), 6)
    after = set_targets(_plan(goal=Goal(500_000_000, 1_000_000)), before.history)
    assert (after.by_member == before.by_member).all()
    assert not after.volumes.any()


_WEIGHTS = st.lists(
    st.tuples(st.sampled_from("ABCDE"), st.integers(1, 5)), min_size=1, max_size=4, unique_by=lambda x: x[0]
)
_MIXES = st.lists(
    st.tuples(st.sampled_from("PQR"), st.integers(1, 9), st.integers(5, 100)),
    min_size=1,
    max_size=3,
    unique_by=lambda x: x[0],
)


@st.composite
def _settings(draw: st.DrawFn) -> dict[str, Any]:
    members = []
    for name, weight in draw(_WEIGHTS):
        left = draw(st.none() | st.integers(0, 250)) if members else None
        joined = draw(st.none() | st.integers(0, 250)) if members else None
        first = None if joined is None else _START + dt.timedelta(days=joined)
        last = None if left is None else _START + dt.timedelta(days=max(left, joined or 0))
        members.append(Member(name, weight, first, left=last))
    unit = draw(st.integers(100_000, 3_000_000))
    value = draw(st.integers(5_000_000, 200_000_000))
    return {
        "goal": Goal(value, unit, draw(st.sampled_from([0, value // 10]))),
        "members": tuple(members),
        "channels": tuple(Channel(name, mix, (rate / 100,)) for name, mix, rate in draw(_MIXES)),
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), _settings()), min_size=2, max_size=4))
def test_whatever_is_changed_closed_months_stay_and_the_rest_comes_out(steps: list[tuple[int, dict[str, Any]]]) -> None:
    closed, targets = 0, None
    for months, changed in steps:
        plan = _plan(**changed)
        now = set_targets(plan) if targets is None else set_targets(plan, targets.history)
        if targets is not None:
            for kpi in (REVENUE, "lead", "won"):
                assert now.team(kpi)[:closed] == pytest.approx(targets.team(kpi)[:closed])
            for kind in ("member", "channel"):
                then = {(a.month, a.name): (a.counts, a.revenue) for a in targets.history.asked if a.kind == kind}
                kept = {(a.month, a.name): (a.counts, a.revenue) for a in now.history.asked if a.kind == kind}
                assert kept == then
        assert (now.by_member >= 0).all() and (now.by_channel >= 0).all()
        assert now.by_month("member").tolist() == now.by_month("channel").tolist()
        assert now.by_member[:, now.since :].sum(axis=(1, 2)).tolist() == now.volumes.sum(axis=0).tolist()
        assert now.by_channel[:, now.since :].sum(axis=1).T.tolist() == now.volumes.tolist()
        if now.volumes.any():
            won = now.channels(REVENUE).sum() + sum(one.revenue for one in now.gone("channel"))
            unit = plan.goal.unit_value
            assert -1e-3 <= won + now.existing.sum() - plan.goal.value < unit
        closed = min(closed + months, 6)
        targets = now.closed_until(closed)
        again = set_targets(plan, targets.history)
        assert (again.by_member == now.by_member).all() and (again.by_channel == now.by_channel).all()


def test_targets_are_as_before_where_nothing_is_closed(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan()
    assert set_targets(plan).closed_until(0).history == set_targets(plan).history
    assert (
        replace(set_targets(plan).closed_until(1), closed=0).by_member.tolist() == set_targets(plan).by_member.tolist()
    )
