"""The gap of the month, shared among the steps of the funnel."""

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from kpixl.plan import Plan
from kpixl.tracking import Tracking, track

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
