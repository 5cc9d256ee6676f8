"""The work left: what must be done a day beside what can be done a day."""

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from kpixl.plan import Channel, Goal, Member, Plan, Stage, set_targets
from kpixl.tracking.workload import workload

Values = Callable[..., pd.DataFrame]
_FRIDAY = dt.date(2026, 9, 18)  # 14 of the 19 business days are over


def _workload(plan: Plan, values: pd.DataFrame, as_of: dt.date = _FRIDAY) -> pd.DataFrame:
    return workload(plan, set_targets(plan), values, as_of).set_index(["member", "stage"])


@pytest.fixture
def plan(small_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """80 meetings, 38 of them in September; half of it for each of two, who can do 4 a day."""

    def make(**changes: object) -> Plan:
        return small_plan(goal=Goal(80, 1), channels=(Channel("Web", 1, (1, 1, 1)),), **changes)

    return make


def test_what_is_missing_is_spread_over_the_days_left(plan: Callable[..., Plan], values: Values) -> None:
    known = values((3, "佐藤", "Web", "meeting", 9), (3, "鈴木", "Web", "meeting", 30))
    frame = _workload(plan(), known)
    row = frame.loc["佐藤", "商談"]
    assert (row["target"], row["actual"], row["days_left"]) == (19, 9, 5)
    assert (row["needed"], row["load"]) == (2, 0.5)
    assert frame.loc["鈴木", "商談"]["needed"] == 0


def test_a_members_own_capacity_goes_for_the_first_bounded_stage(plan: Callable[..., Plan], values: Values) -> None:
    stages = (Stage("lead", "リード"), Stage("call", "架電", 40), Stage("meeting", "商談", 4), Stage("won", "受注"))
    team = (Member("佐藤", capacity=1), Member("鈴木"))
    frame = _workload(plan(members=team, stages=stages), values())
    assert frame["capacity"].to_dict() == {
        ("佐藤", "架電"): 1,
        ("鈴木", "架電"): 40,
        ("佐藤", "商談"): 4,
        ("鈴木", "商談"): 4,
    }
    assert frame.loc["佐藤", "架電"]["load"] == pytest.approx(19 / 5)


def test_who_joins_later_has_fewer_days_left(plan: Callable[..., Plan], values: Values) -> None:
    """The 25th and the 28th to the 30th."""
    team = (Member("佐藤"), Member("鈴木", joined=dt.date(2026, 9, 25)), Member("高橋", joined=dt.date(2026, 10, 1)))
    frame = _workload(plan(members=team), values())
    assert frame["days_left"].to_dict() == {("佐藤", "商談"): 5, ("鈴木", "商談"): 4, ("高橋", "商談"): 0}
    assert pd.isna(frame.loc["高橋", "商談"]["needed"])


def test_on_the_last_day_nothing_is_left_to_spread(plan: Callable[..., Plan], values: Values) -> None:
    frame = _workload(plan(), values(), dt.date(2026, 9, 30))
    assert frame["days_left"].tolist() == [0, 0]
    assert frame["load"].isna().all()


def test_a_plan_without_bounds_has_no_load(plan: Callable[..., Plan], values: Values) -> None:
    stages = (Stage("lead", "リード"), Stage("appointment", "アポ"), Stage("meeting", "商談"), Stage("won", "受注"))
    assert _workload(plan(stages=stages), values()).empty
