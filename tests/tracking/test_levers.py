"""What would close the gap of a month, worked out by hand."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from kpixl.plan import Goal, Plan
from kpixl.tracking import Outlook, outlook, track

_FACTS = ["date", "member", "channel", "event", "source", "count", "amount", "minutes"]
_FRIDAY = dt.date(2026, 9, 18)  # 14 of the 19 business days are over


@pytest.fixture
def look(september: Plan, values: Callable[..., pd.DataFrame]) -> Callable[..., Outlook | None]:
    """Say how the month of a plan could still be made, with these counts by stage, top first, and this revenue."""

    def run(*counts: float, revenue: float, as_of: dt.date = _FRIDAY, plan: Plan = september) -> Outlook | None:
        stages = zip(plan.stages, counts, strict=True)
        rows = [(3, "佐藤", "Web", stage.event, count) for stage, count in stages]
        entries = values(*rows, (3, "佐藤", "Web", "revenue", revenue))
        tracked = track(plan, pd.DataFrame(columns=_FACTS), entries, as_of)
        return outlook(plan, tracked.progress, tracked.targets.unit_value, as_of)

    return run


def test_each_step_alone_must_grow_by_what_the_rest_lacks(look: Callable[..., Outlook | None]) -> None:
    """280 leads in 14 days are 100 more in 5; at 20%, 50% and 50% they make 5 orders of 200万円, 10 of them missing.

    The goal is 50 million, 28 million are there, so the rest must bring 22 million instead of 10: 2.2 times as much.
    """
    found = look(280, 56, 28, 14, revenue=28_000_000)
    assert found is not None
    assert found.days == 5
    assert found.goal == 50_000_000
    assert found.present == pytest.approx(38_000_000)
    assert [lever.kind for lever in found.levers] == ["volume", "rate", "rate", "rate", "money"]
    assert [lever.now for lever in found.levers] == pytest.approx([100, 0.2, 0.5, 0.5, 2_000_000])
    assert [found.levers[place].needed for place in (0, 1, 4)] == pytest.approx([220, 0.44, 4_400_000])
    assert math.isnan(found.levers[2].needed)  # 110%
    assert math.isnan(found.levers[3].needed)


def test_the_balanced_plan_reaches_the_goal_with_equal_shares(look: Callable[..., Outlook | None]) -> None:
    found = look(280, 56, 28, 14, revenue=28_000_000)
    assert found is not None
    assert found.outcome == pytest.approx(50_000_000)
    assert 28_000_000 + math.prod(lever.planned for lever in found.levers) == pytest.approx(50_000_000)
    assert [lever.planned / lever.now for lever in found.levers] == pytest.approx([2.2**0.2] * 5)
    assert [lever.share for lever in found.levers] == pytest.approx([0.2] * 5)


def test_a_rate_at_its_cap_carries_nothing(look: Callable[..., Outlook | None]) -> None:
    found = look(280, 56, 56, 14, revenue=28_000_000)
    assert found is not None
    full = found.levers[2]
    assert (full.now, full.planned, full.cap, full.share) == (1, 1, 1, pytest.approx(0))
    assert [lever.share for lever in found.levers if lever is not full] == pytest.approx([0.25] * 4)


def test_activities_per_lead_go_as_far_as_the_team_can(look: Callable[..., Outlook | None], september: Plan) -> None:
    """Two people can make 4 appointments a day each, 40 in the 5 days left: 0.4 for each of the 100 leads."""
    first, _, *rest = september.stages
    plan = replace(september, stages=(first, replace(september.stages[1], capacity=4.0), *rest))
    found = look(280, 56, 28, 14, revenue=28_000_000, plan=plan)
    assert found is not None
    assert found.levers[1].cap == pytest.approx(1.0)  # a rate may reach 100% in any case
    found = look(28, 56, 28, 14, revenue=28_000_000, plan=plan)
    assert found is not None
    assert found.levers[1].cap == pytest.approx(4.0)  # 10 leads left
    assert math.isnan(found.levers[1].needed)


def test_steps_without_any_count_are_taken_as_planned(look: Callable[..., Outlook | None]) -> None:
    found = look(280, 0, 0, 0, revenue=0)
    assert found is not None
    assert [lever.now for lever in found.levers] == pytest.approx([100, 0.2, 0.8, 25 / 84, 2_000_000])


def test_the_levers_need_not_win_what_is_secured(look: Callable[..., Outlook | None], september: Plan) -> None:
    """Of 50 million 18 are secured. 100 leads are still to come: 20, 10 and 2.5 orders of 200万円."""
    plan = replace(september, goal=Goal(50_000_000, 2_000_000, 18_000_000), kgis=())
    found = look(280, 56, 28, 7, revenue=14_000_000, plan=plan)
    assert found is not None
    assert found.goal == pytest.approx(32_000_000)
    assert found.present == pytest.approx(14_000_000 + 5_000_000)


def test_there_is_nothing_to_say_when_nothing_can_move(look: Callable[..., Outlook | None]) -> None:
    assert look(280, 56, 28, 14, revenue=28_000_000, as_of=dt.date(2026, 9, 30)) is None  # the month is over
    assert look(0, 0, 0, 0, revenue=0) is None  # nothing is known yet
    assert look(600, 150, 130, 40, revenue=80_000_000) is None  # the goal is passed already


def test_a_conversion_never_goes_beyond_all(look: Callable[..., Outlook | None]) -> None:
    """70 meetings of 56 appointments cannot be: the step counts as planned, and nothing asks for more than 100 %."""
    found = look(280, 56, 70, 14, revenue=28_000_000)
    assert found is not None
    assert found.levers[2].now == pytest.approx(0.8)
    for lever in found.levers[1:4]:
        assert lever.cap == 1
        assert lever.planned <= 1
        assert not lever.needed > 1


def test_calls_per_lead_are_an_activity(look: Callable[..., Outlook | None], september: Plan) -> None:
    first, second, *rest = september.stages
    plan = replace(september, stages=(first, replace(second, capacity=400.0), *rest))
    found = look(280, 672, 28, 14, revenue=28_000_000, plan=plan)
    assert found is not None
    assert [lever.kind for lever in found.levers] == ["volume", "activity", "rate", "rate", "money"]
    assert found.levers[1].now == pytest.approx(2.4)


@pytest.mark.parametrize("counts", [(280, 56, 28, -1), (280, -56, 28, 14)])
def test_below_zero_there_is_no_outlook(look: Callable[..., Outlook | None], counts: tuple[float, ...]) -> None:
    assert look(*counts, revenue=28_000_000) is None


def test_without_a_known_revenue_there_is_no_outlook(look: Callable[..., Outlook | None]) -> None:
    assert look(280, 56, 28, 14, revenue=-1_000_000) is None
