"""The gap of the month, shared among the steps of the funnel."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpixl.plan import Plan
from kpixl.tracking import Tracking, bridged, impossible, track, waterfall

_FACTS = ["date", "member", "channel", "event", "source", "count", "amount", "minutes"]
_LAST_DAY = dt.date(2026, 9, 30)


@pytest.fixture
def tracked(september: Plan, values: Callable[..., pd.DataFrame]) -> Callable[..., Tracking]:
    """Track a month with these counts by stage, top first."""

    def run(*counts: float) -> Tracking:
        stages = zip(september.stages, counts, strict=True)
        entries = values(*((3, "佐藤", "Web", stage.event, count) for stage, count in stages))
        return track(september, pd.DataFrame(columns=_FACTS), entries, _LAST_DAY)

    return run


def test_the_step_that_costs_the_orders_is_the_bottleneck(tracked: Callable[..., Tracking]) -> None:
    """Everything as planned but the last step: 5 orders of 200万円 are missing, all of them there."""
    tracking = tracked(525, 105, 84, 20)
    assert tracking.bottleneck is not None
    assert (tracking.bottleneck["stage_above"], tracking.bottleneck["name"]) == ("商談", "受注")
    assert (tracking.bottleneck["planned"], tracking.bottleneck["reached"]) == pytest.approx((25 / 84, 20 / 84))
    assert tracking.gap["effect"].tolist() == pytest.approx([0, 0, 0, -10_000_000])
    assert tracking.gap["rank"].tolist()[-1] == 1


def test_effects_sum_to_the_gap_in_revenue(tracked: Callable[..., Tracking]) -> None:
    tracking = tracked(400, 110, 60, 21)
    assert tracking.gap["effect"].sum() == pytest.approx((21 - 25) * 2_000_000)


def test_a_plan_that_is_met_has_no_bottleneck(tracked: Callable[..., Tracking]) -> None:
    assert tracked(525, 105, 84, 25).bottleneck is None


def test_only_leads_so_far_still_gives_numbers(tracked: Callable[..., Tracking]) -> None:
    gap = tracked(525, 0, 0, 0).gap
    assert gap["actual"].tolist() == [525, 0, 0, 0]
    assert gap["effect"].sum() == pytest.approx(-25 * 2_000_000)


def test_the_bridge_goes_from_the_revenue_due_to_the_revenue_made(
    september: Plan, values: Callable[..., pd.DataFrame]
) -> None:
    """5 orders of 200万円 are missing; the 20 that came brought 38 million instead of 40."""
    counts = zip(september.stages, (525, 105, 84, 20), strict=True)
    rows = [(3, "佐藤", "Web", stage.event, count) for stage, count in counts]
    entries = values(*rows, (3, "佐藤", "Web", "revenue", 38_000_000))
    tracking = track(september, pd.DataFrame(columns=_FACTS), entries, _LAST_DAY)
    bridge = waterfall(tracking.progress, tracking.gap)
    assert bridge["step"].tolist() == ["target", "リード", "アポ", "商談", "受注", "value", "actual"]
    assert bridge["change"].tolist() == pytest.approx([50e6, 0, 0, 0, -10e6, -2e6, 38e6])
    assert bridge["after"].tolist() == pytest.approx([50e6, 50e6, 50e6, 50e6, 40e6, 38e6, 38e6])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(0, 3000), min_size=4, max_size=4),
    revenue=st.integers(0, 10**9),
    day=st.integers(1, 30),
)
def test_the_steps_of_the_bridge_sum_to_the_gap_whatever_happens(
    september: Plan, values: Callable[..., pd.DataFrame], counts: list[int], revenue: int, day: int
) -> None:
    rows = [(1, "佐藤", "Web", stage.event, count) for stage, count in zip(september.stages, counts, strict=True)]
    entries = values(*rows, (1, "佐藤", "Web", "revenue", revenue))
    tracking = track(september, pd.DataFrame(columns=_FACTS), entries, dt.date(2026, 9, day))
    bridge = waterfall(tracking.progress, tracking.gap)
    start, *steps, end = bridge["change"]
    assert end == revenue
    assert start + sum(steps) == pytest.approx(end, abs=1e-3)
    assert bridge["after"].iloc[-2] == pytest.approx(revenue, abs=1e-3)


def test_too_few_leads_are_a_matter_of_volume(tracked: Callable[..., Tracking]) -> None:
    worst = tracked(262.5, 52.5, 42, 12.5).bottleneck
    assert worst is not None
    assert (worst["stage_above"], worst["name"], worst["planned"], worst["reached"]) == (None, "リード", 525, 262.5)


def test_a_step_over_a_stage_that_was_not_recorded_leads_from_the_one_above(tracked: Callable[..., Tracking]) -> None:
    """No appointment is on record: of 525 leads 84 should have met and 42 did, all of what is missing."""
    tracking = tracked(525, 0, 42, 12.5)
    worst = tracking.bottleneck
    assert worst is not None
    assert (worst["stage_above"], worst["name"]) == ("リード", "商談")
    assert (worst["planned"], worst["reached"]) == pytest.approx((84 / 525, 42 / 525))
    assert tracking.gap["effect"].isna().tolist() == [False, True, False, False]
    assert tracking.gap["effect"].sum() == pytest.approx(-12.5 * 2_000_000)


def test_a_conversion_beyond_all_is_judged_nowhere(tracked: Callable[..., Tracking]) -> None:
    """84 meetings of 70 appointments: one of the two is wrong, so neither step has an effect; the last one has."""
    tracking = tracked(525, 70, 84, 20)
    assert math.isnan(tracking.gap["actual_rate"].tolist()[2])
    assert tracking.gap["effect"].isna().tolist() == [False, True, True, False]
    assert impossible(tracking.gap)["name"].tolist() == ["商談"]
    assert tracking.bottleneck is not None
    assert tracking.bottleneck["name"] == "受注"


def test_calls_per_lead_may_be_many(september: Plan, values: Callable[..., pd.DataFrame]) -> None:
    first, second, *rest = september.stages
    plan = replace(september, stages=(first, replace(second, capacity=20.0), *rest))
    counts = zip(plan.stages, (100, 240, 84, 20), strict=True)
    entries = values(*((3, "佐藤", "Web", stage.event, count) for stage, count in counts))
    gap = track(plan, pd.DataFrame(columns=_FACTS), entries, _LAST_DAY).gap
    assert gap["activity"].tolist() == [False, True, False, False]
    assert gap["effect"].notna().all()
    assert impossible(gap).empty


def test_below_zero_nothing_has_an_effect(tracked: Callable[..., Tracking]) -> None:
    tracking = tracked(525, 105, 84, -1)
    assert tracking.gap["actual"].tolist()[-1] == -1
    assert tracking.gap["effect"].isna().all()
    assert not bridged(tracking.progress, tracking.gap)
