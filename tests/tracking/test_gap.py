"""The gap of the month, shared among the steps of the funnel."""

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpixl.plan import Plan
from kpixl.tracking import Tracking, track, waterfall

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
    assert tracking.bottleneck["name"] == "受注"
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
