"""A plan that cannot be planned with is refused, with the name of what is wrong in it."""

import datetime as dt
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from kpixl.errors import InvalidPlan
from kpixl.plan import Channel, Goal, Indicator, Kgi, Level, Member, Period, Plan, Stage, SuccessFactor
from kpixl.workbook.day_columns import day_keys


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
        (lambda: Member("佐藤", -1), "佐藤.*-1"),
        (lambda: Member("佐藤", ramp=61), "佐藤.*61"),
        (lambda: Member("佐藤", capacity=-2), "佐藤.*-2"),
        (lambda: Member("佐藤", pinned=1.5), "佐藤.*1.5"),
        (lambda: Level("新人", -0.5), "新人.*-0.5"),
        (lambda: Kgi("利益", "profit", 1), "利益.*profit"),
        (lambda: Kgi("利益", growth=0.1), "利益"),
        (lambda: Kgi("利益", last_year=100), "利益"),
        (lambda: Indicator("開封率", timing="soon"), "開封率.*soon"),
        (lambda: Indicator("開封率", role="major"), "開封率.*major"),
        (lambda: Indicator("開封率", scope="all"), "開封率.*all"),
        (lambda: Indicator("開封率", controllable=4), "開封率.*4"),
    ],
)
def test_each_noun_says_what_was_given(make: Callable[[], object], told: str) -> None:
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
        ({"members": (Member("佐藤", 0),)}, "0"),
        ({"members": ()}, "メンバー"),
        ({"members": (Member("佐藤", level="神"),)}, "佐藤.*神"),
        ({"levels": (Level("新人", 1), Level("新人", 2))}, "新人.*2"),
        ({"csfs": (SuccessFactor("新規"), SuccessFactor("新規"))}, "新規.*2"),
        ({"indicators": (Indicator("開封率"), Indicator("開封率"))}, "開封率.*2"),
        ({"indicators": (Indicator("受注率", channel="紹介"),)}, "受注率.*紹介.*展示会, Web"),
        ({"kgis": (Kgi("受注数", "orders", 25),)}, "受注数"),
        ({"kgis": (Kgi("売上", "revenue", 1),)}, "売上"),
        ({"stages": (Stage("lead", "リード", days=1.5), Stage("won", "受注"))}, "リード.*1.5"),
        ({"stretch": 1.5}, "1.5"),
        ({"channels": (Channel("Web", 1, (0.5,) * 3, unit_value=0),)}, "Web.*0"),
        ({"channels": (Channel("Web", 1, (0.5,) * 3, cost_per_lead=-1),)}, "Web.*-1"),
        ({"channels": (Channel("Web", 1, (0.5,) * 3, capacity=-1),)}, "Web.*-1"),
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


def test_a_goal_may_be_a_growth_on_last_year() -> None:
    assert Kgi("売上", "revenue", last_year=100_000_000, growth=0.15).target == pytest.approx(115_000_000)
    assert Kgi("コスト", "cost", last_year=20_000_000, growth=-0.05).target == pytest.approx(19_000_000)
    assert Kgi("売上", "revenue", 120_000_000, last_year=100_000_000).target == 120_000_000


def test_a_plan_without_kgis_has_its_goal(small_plan: Callable[..., Plan]) -> None:
    kgis = small_plan().kgis
    assert [(kgi.name, kgi.measure, kgi.target, kgi.priority) for kgi in kgis] == [("売上", "revenue", 50_000_000, 1)]


def test_a_person_is_measured_by_the_kpis_chosen_for_persons(small_plan: Callable[..., Plan]) -> None:
    assert [kpi.key for kpi in small_plan().personal_kpis] == ["revenue", "appointment", "meeting", "won"]
    chosen = (
        Indicator("アポ", "appointment", role="main", scope="person"),
        Indicator("商談", "meeting", role="main", scope="team"),
        Indicator("受注", "won", scope="person"),  # a candidate only
    )
    assert [kpi.key for kpi in small_plan(indicators=chosen).personal_kpis] == ["appointment"]


def test_a_plan_can_be_pickled_whatever_was_asked_of_it(small_plan: Callable[..., Plan]) -> None:
    plan = small_plan()
    keys = day_keys(plan)
    assert plan.period.calendar.count(plan.period.start, plan.period.end) == 40  # 19 in September, 21 in October
    copied = pickle.loads(pickle.dumps(plan))  # noqa: S301 - our own bytes
    assert copied == plan
    assert day_keys(copied) == keys
