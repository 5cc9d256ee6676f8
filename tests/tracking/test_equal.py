"""What is tracked can be compared: equal where all numbers are."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kpixl.plan import Plan, set_targets
from kpixl.plan.audit import Audited
from kpixl.tracking import Tracking, track

_DAY = dt.date(2026, 9, 14)


@pytest.fixture
def tracked(september: Plan, values: Callable[..., pd.DataFrame]) -> Callable[[int], Tracking]:
    """Track September with so many orders of 佐藤."""

    def run(orders: int) -> Tracking:
        nothing = pd.DataFrame(columns=["date", "member", "channel", "event", "source", "count", "amount", "minutes"])
        return track(september, nothing, values((7, "佐藤", "Web", "won", orders)), _DAY)

    return run


def test_the_same_actuals_track_the_same(tracked: Callable[[int], Tracking]) -> None:
    assert tracked(2) == tracked(2)
    assert tracked(2).members == tracked(2).members


def test_one_order_more_tracks_otherwise(tracked: Callable[[int], Tracking]) -> None:
    assert tracked(2) != tracked(3)
    assert tracked(2).members != tracked(3).members
    assert tracked(2) != tracked(2).members


def test_a_plan_its_period_and_its_targets_are_equal_where_they_say_the_same(september: Plan) -> None:
    again = replace(september, members=tuple(september.members))
    assert (again, again.period, set_targets(again)) == (september, september.period, set_targets(september))
    later = replace(september.period, months=3)
    assert later != september.period
    assert set_targets(replace(september, period=later)) != set_targets(september)


def test_an_audit_of_the_same_past_is_the_same(september: Plan) -> None:
    targets = set_targets(september)
    past = {"won": np.array([3.0, np.nan])}
    assert Audited(september, targets, (), past) == Audited(september, set_targets(september), (), dict(past))
    assert Audited(september, targets, (), past) != Audited(september, targets, (), {"won": np.array([3.0, 4.0])})
