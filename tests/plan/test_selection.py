"""Which KPIs to take: elasticities by hand, and few KPIs rather than many."""

import dataclasses
import datetime as dt
from collections import Counter
from typing import Any

import pytest

from kpixl.plan import Channel, Goal, Indicator, Member, Period, Plan, Stage, SuccessFactor
from kpixl.plan.selection import Suggestion, elasticity, select

_STAGES = (Stage("lead", "リード"), Stage("meeting", "商談"), Stage("won", "受注"))
_WEB, _FAIR = Channel("Web", 0.6, (0.5, 0.2)), Channel("展示会", 0.4, (0.2, 0.1), unit_value=2e6)


def _plan(*channels: Channel, existing: float = 0.0, **more: Any) -> Plan:
    return Plan(
        template="t",
        language="ja",
        goal=Goal(1e8, 1e6, existing),
        period=Period(dt.date(2025, 4, 1), 12),
        stages=_STAGES,
        channels=channels or (_WEB,),
        members=(Member("佐藤"),),
        **more,
    )


@pytest.mark.parametrize(
    "kpi",
    [
        Indicator("リード数", "lead"),
        Indicator("受注数", "won"),
        Indicator("商談化率", "meeting", "lead"),
        Indicator("リード受注率", "won", "lead"),
        Indicator("平均受注単価", "won", "won", measure="amount"),
        Indicator("顧客単価", "won", "lead", measure="amount"),
    ],
    ids=lambda kpi: kpi.name,
)
def test_in_a_product_every_factor_has_elasticity_1(kpi: Indicator) -> None:
    assert elasticity(_plan(), kpi) == pytest.approx(1.0)
    assert elasticity(_plan(_WEB, _FAIR), kpi) == pytest.approx(1.0)  # it grows in both channels


def test_a_kpi_of_one_channel_moves_the_share_of_its_revenue() -> None:
    rate = Indicator("展示会の受注率", "won", "meeting", channel="展示会")
    volume = Indicator("Web のリード", "lead", channel="Web")
    assert elasticity(_plan(_WEB, _FAIR), rate) == pytest.approx(0.4)
    assert elasticity(_plan(_WEB, _FAIR), volume) == pytest.approx(0.6)


def test_secured_revenue_does_not_grow_with_a_kpi() -> None:
    # 25 of 100 million are there already: one percent more leads bring one percent of the other 75
    assert elasticity(_plan(existing=2.5e7), Indicator("リード数", "lead")) == pytest.approx(0.75)


@pytest.mark.parametrize(
    "kpi",
    [
        Indicator("NPS"),
        Indicator("メール開封率", "email_opened", "email_sent"),
        Indicator("架電からの受注率", "won", "call"),
        Indicator("通話時間", "meeting", measure="minutes"),
        Indicator("商談の金額", "meeting", measure="amount"),
        Indicator("受注あたりのリード", "lead", "won"),
        Indicator("紹介のリード", "lead", channel="紹介"),
    ],
    ids=lambda kpi: kpi.name,
)
def test_what_is_not_in_the_formula_has_no_elasticity(kpi: Indicator) -> None:
    assert elasticity(_plan(), kpi) is None


def test_the_effect_weighs_as_much_as_each_rating() -> None:
    kpis = (
        Indicator("Web のリード", "lead", channel="Web", measurable=3, controllable=2, understandable=1),
        Indicator("NPS", measurable=2, controllable=2, understandable=2),
    )
    totals = [score.total for score in select(_plan(_WEB, _FAIR, indicators=kpis))]
    assert totals == pytest.approx([3 + 2 + 1 + 3 * 0.6, 6])


def _suggested(plan: Plan) -> dict[str, Suggestion]:
    return {score.indicator.name: score.suggestion for score in select(plan)}


def test_of_mere_candidates_three_are_taken_for_persons_and_five_in_all() -> None:
    kpis = [Indicator(f"候補{number}", timing="leading" if number else "lagging") for number in range(9)]
    found = Counter(_suggested(_plan(indicators=tuple(kpis))).values())
    assert found == {Suggestion.PERSON: 3, Suggestion.TEAM: 2, Suggestion.LEAVE: 4}


def test_what_moves_the_goal_is_taken_first() -> None:
    kpis = (*(Indicator(f"候補{number}") for number in range(9)), Indicator("商談数", "meeting"))
    assert _suggested(_plan(indicators=kpis))["商談数"] is Suggestion.PERSON


def test_of_too_many_the_sub_kpis_are_dropped() -> None:
    subs = [Indicator(f"サブ{number}", "meeting", role="sub", scope="team") for number in range(8)]
    main = Indicator("メイン", role="main", scope="team", measurable=2, controllable=2, understandable=2)
    mine = [Indicator(f"個人{number}", role="sub", scope="person") for number in range(3)]
    found = _suggested(_plan(indicators=(*subs, main, *mine)))
    assert found["メイン"] is Suggestion.KEEP
    assert Counter(found.values()) == {Suggestion.KEEP: 8, Suggestion.DROP: 4}


def test_a_person_keeps_five_at_most() -> None:
    mine = [Indicator(f"個人{number}", role="sub", scope="person") for number in range(7)]
    assert Counter(_suggested(_plan(indicators=tuple(mine))).values())[Suggestion.DROP] == 2


@pytest.mark.parametrize("rating", ["measurable", "controllable", "understandable"])
def test_a_lowest_rating_speaks_against_a_kpi(rating: str) -> None:
    chosen = Indicator("市場シェア", role="main", scope="team")
    poor = dataclasses.replace(chosen, **{rating: 1})
    candidate = dataclasses.replace(poor, role="", name="候補")
    found = _suggested(_plan(indicators=(poor, candidate)))
    assert found == {"市場シェア": Suggestion.DROP, "候補": Suggestion.LEAVE}
    assert _suggested(_plan(indicators=(chosen,))) == {"市場シェア": Suggestion.KEEP}


def test_a_success_factor_without_a_kpi_gets_one() -> None:
    served = [Indicator(f"KPI{n}", role="main", scope="person" if n < 3 else "team", csf="量") for n in range(5)]
    weak = Indicator("NPS", csf="満足", measurable=2, understandable=2, controllable=2, timing="lagging")
    strong = Indicator("商談数", "meeting", csf="量")
    plan = _plan(csfs=(SuccessFactor("量"), SuccessFactor("満足")), indicators=(*served, strong, weak))
    found = _suggested(plan)
    assert (found["NPS"], found["商談数"]) == (Suggestion.TEAM, Suggestion.LEAVE)


def test_where_all_kpis_lag_a_leading_one_is_taken() -> None:
    lagging = [
        Indicator(f"KPI{n}", role="main", scope="person" if n < 3 else "team", timing="lagging") for n in range(6)
    ]
    more = (Indicator("売上高", timing="lagging"), Indicator("架電数", understandable=2, controllable=2))
    found = _suggested(_plan(indicators=(*lagging, *more)))
    assert (found["架電数"], found["売上高"]) == (Suggestion.TEAM, Suggestion.LEAVE)
