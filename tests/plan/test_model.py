"""A plan that cannot be planned with is refused, with the name of what is wrong in it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from kpixl.errors import InvalidPlan
from kpixl.plan import Channel, Goal, Member, Period, Plan, Stage


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Goal(0, 1), "0"),
        (lambda: Goal(100, -5), "-5"),
        (lambda: Goal(100, 1, 100), "100"),
        (lambda: Period(dt.date(2026, 9, 2), 12), "2026-09-02"),
        (lambda: Period(dt.date(2026, 9, 1), 61), "61"),
        (lambda: Period(dt.date(2026, 9, 1), 12, (), (1.0,) * 11), "1.0"),
        (lambda: Period(dt.date(2026, 9, 1), 12, (), (0.0,) * 12), "0.0"),
    ],
)
def test_goal_and_period_say_what_was_given(make: Callable[[], object], told: str) -> None:
    with pytest.raises(InvalidPlan, match=told):
        make()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"stages": (Stage("won", "受注"),)}, "1"),
        ({"stages": (Stage("lead", "リード"), Stage("meeting", "商談"))}, "meeting"),
        ({"stages": (Stage("lead", "A"), Stage("meeting", "A"), Stage("won", "受注"))}, "A"),
        ({"channels": ()}, "チャネル"),
        ({"channels": (Channel(" ", 1, (0.5,) * 3),)}, "チャネル"),
        ({"channels": (Channel("Web", -1, (0.5,) * 3),)}, "Web.*-1"),
        ({"channels": (Channel("Web", 0, (0.5,) * 3),)}, "0"),
        ({"channels": (Channel("Web", 1, (0.5,) * 2),)}, "Web.*3.*2|Web.*2.*3"),
        ({"channels": (Channel("Web", 1, (0.5, 1.2, 0.5)),)}, "Web.*アポ→商談.*100%.*1.2|アポ→商談.*Web"),
        ({"channels": (Channel("Web", 1, (0.5, 0.0, 0.5)),)}, "アポ→商談"),
        ({"channels": (Channel("Web", 1, (0.5,) * 3),) * 2}, "Web"),
        ({"members": (Member("佐藤"), Member("佐藤"))}, "佐藤"),
        ({"members": (Member("Sato"), Member("SATO"))}, "Sato.*2"),  # one and the same to SUMIFS and MATCH
        ({"members": (Member("佐藤?"),)}, r"佐藤\?"),
        ({"channels": (Channel("=A1", 1, (0.5,) * 3),)}, "=A1"),
        ({"stages": (Stage("lead", "リード"), Stage("won", "売上"))}, "売上"),
        ({"stages": (Stage("lead", "担当"), Stage("won", "受注"))}, "担当"),
        ({"members": (Member("佐藤", -1),)}, "佐藤.*-1"),
        ({"members": (Member("佐藤", 0),)}, "0"),
        ({"members": ()}, "メンバー"),
    ],
)
def test_a_plan_names_what_is_wrong(small_plan: Callable[..., Plan], changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidPlan) as refused:
        small_plan(**changes)
    assert refused.match(told)


def test_a_period_knows_its_months() -> None:
    period = Period(dt.date(2027, 12, 1), 3)
    assert [str(day) for day in period.starts] == ["2027-12-01", "2028-01-01", "2028-02-01"]
    assert [str(day) for day in period.ends] == ["2027-12-31", "2028-01-31", "2028-02-29"]
    days = [dt.date(2027, 11, 30), dt.date(2028, 1, 31), dt.date(2030, 1, 1)]
    assert [period.month_of(day) for day in days] == [0, 1, 2]


def test_revenue_and_every_stage_are_tracked(small_plan: Callable[..., Plan]) -> None:
    names = [(kpi.name, kpi.event, kpi.money) for kpi in small_plan().kpis]
    assert names[0] == ("売上", "won", True)
    assert names[1:] == [
        (n, e, False) for n, e in (("リード", "lead"), ("アポ", "appointment"), ("商談", "meeting"), ("受注", "won"))
    ]
