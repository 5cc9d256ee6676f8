"""Rates with a target: mails opened, minutes per connect, and what the funnel asks of the same steps."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from kpixl.plan import Indicator, Plan, set_targets
from kpixl.tracking import enterable, kpi_values, measured, side_events

_FRIDAY = dt.date(2026, 9, 18)
_OPENED = Indicator("開封率", "email_opened", "email_sent", target=0.25)
_TALK = Indicator("平均通話時間", "connect", "connect", target=8, measure="minutes")
_WIN = Indicator("成約率", "won", "meeting", role="main")
_VALUE = Indicator("受注単価", "won", "won", role="sub", measure="amount")


@pytest.fixture
def rated(september: Plan) -> Callable[..., dict[str, pd.Series]]:
    """Rate a plan with indicators, for facts of (day, channel, event, count, amount, minutes)."""

    def run(indicators: tuple[Indicator, ...], *rows: tuple[int, str, str, int, float, float], plan: Plan = september):
        plan = replace(plan, indicators=indicators)
        facts = pd.DataFrame(rows, columns=["day", "channel", "event", "count", "amount", "minutes"])
        facts = facts.assign(date=pd.Timestamp(2026, 9, 1) + pd.to_timedelta(facts["day"] - 1, "D"), member="佐藤")
        entries = pd.DataFrame(columns=["date", "member", "channel", "kpi", "value"])
        values = kpi_values(plan, facts, entries)
        frame = measured(plan, set_targets(plan), facts, values, _FRIDAY)
        return {row["name"]: row for _, row in frame.iterrows()}

    return run


def test_a_rate_of_events_beside_the_funnel(rated: Callable[..., dict[str, pd.Series]]) -> None:
    rows = (
        (3, "Web", "email_sent", 200, 0, 0),
        (4, "Web", "email_opened", 40, 0, 0),
        (25, "Web", "email_opened", 9, 0, 0),
    )
    row = rated((_OPENED,), *rows)["開封率"]
    assert (row["part"], row["whole"], row["actual"], row["attainment"]) == (40, 200, 0.2, pytest.approx(0.8))


def test_minutes_per_connect(rated: Callable[..., dict[str, pd.Series]]) -> None:
    row = rated((_TALK,), (3, "Web", "connect", 10, 0, 70), (4, "Web", "connect", 5, 0, 50))["平均通話時間"]
    assert (row["part"], row["whole"], row["actual"], row["attainment"]) == (120, 15, 8, 1)


def test_a_chosen_rate_of_the_funnel_has_the_funnels_target(rated: Callable[..., dict[str, pd.Series]]) -> None:
    row = rated((_WIN,), (3, "Web", "meeting", 50, 0, 0), (9, "Web", "won", 10, 20e6, 0))["成約率"]
    assert row["target"] == pytest.approx(25 / 84)
    assert (row["actual"], row["attainment"]) == (0.2, pytest.approx(0.2 * 84 / 25))


def test_the_score_of_a_survey_may_be_zero_or_less(rated: Callable[..., dict[str, pd.Series]]) -> None:
    score = Indicator("NPS", "nps", "nps", target=20, measure="amount")
    rows = (3, "Web", "nps", 4, 400, 0), (4, "Web", "nps", 6, -600, 0)
    assert rated((score,), *rows)["NPS"]["actual"] == -20
    assert rated((score,), (3, "Web", "nps", 5, 0, 0))["NPS"]["actual"] == 0
    assert rated((score,))["NPS"]["actual"] is None


def test_the_value_of_an_order_is_revenue_per_order(rated: Callable[..., dict[str, pd.Series]]) -> None:
    row = rated((_VALUE,), (3, "Web", "won", 4, 10e6, 0))["受注単価"]
    assert (row["target"], row["part"], row["whole"], row["actual"]) == (2e6, 10e6, 4, 2.5e6)


def test_a_rate_of_one_channel_counts_that_channel_alone(
    rated: Callable[..., dict[str, pd.Series]], small_plan: Callable[..., Plan]
) -> None:
    """The web asks for 10 orders of 20 meetings in the one month."""
    plan = small_plan()
    plan = replace(plan, period=replace(plan.period, months=1), kgis=())
    rows = ((3, "Web", "meeting", 8, 0, 0), (3, "Web", "won", 2, 4e6, 0), (3, "展示会", "meeting", 90, 0, 0))
    row = rated((replace(_WIN, channel="Web"),), *rows, plan=plan)["成約率"]
    assert (row["target"], row["part"], row["whole"], row["actual"]) == (0.5, 2, 8, 0.25)


def test_without_a_denominator_there_is_no_rate(rated: Callable[..., dict[str, pd.Series]]) -> None:
    row = rated((_OPENED,))["開封率"]
    assert (row["part"], row["whole"]) == (0, 0)
    assert row[["actual", "attainment"]].isna().all()


def test_candidates_and_plain_counts_are_not_followed(rated: Callable[..., dict[str, pd.Series]]) -> None:
    assert (
        rated((replace(_WIN, role=""), Indicator("商談数", "meeting", role="main"), Indicator("NPS", target=30))) == {}
    )


def test_only_what_a_rate_counts_stands_beside_the_kpis(september: Plan) -> None:
    cost = Indicator("獲得単価", "cost", "lead", measure="amount")
    counted = (_OPENED, _TALK, _WIN, cost, Indicator("訪問数", "visit"))
    assert side_events(replace(september, indicators=counted)) == ["email_opened", "email_sent", "connect"]


def test_a_sum_beside_the_funnel_is_followed_to_date(rated: Callable[..., dict[str, pd.Series]]) -> None:
    """14 of September's 19 business days are over: 190 visits in the one month ask for 140 by now."""
    visits = Indicator("訪問数", "visit", target=190)
    row = rated((visits,), (3, "Web", "visit", 30, 0, 0), (9, "Web", "visit", 40, 0, 0))["訪問数"]
    assert row["target"] == pytest.approx(140)
    assert (row["part"], row["actual"], row["attainment"]) == (70, 70, pytest.approx(0.5))


def test_money_and_minutes_are_summed(rated: Callable[..., dict[str, pd.Series]]) -> None:
    spent, talked = Indicator("営業コスト", "cost", measure="amount", role="sub"), replace(_TALK, base="", target=None)
    talked = replace(talked, role="sub")
    rows = rated((spent, talked), (3, "Web", "cost", 1, 90_000, 0), (4, "Web", "connect", 5, 0, 50))
    assert [row["actual"] for row in rows.values()] == [90_000, 50]
    assert all(pd.isna(row["target"]) for row in rows.values())


def test_a_chosen_rate_without_a_target_is_followed(rated: Callable[..., dict[str, pd.Series]]) -> None:
    row = rated((replace(_OPENED, target=None, role="sub"),), (3, "Web", "email_sent", 50, 0, 0))["開封率"]
    assert pd.isna(row["target"])


def test_a_stage_of_one_channel_has_the_channels_target(
    rated: Callable[..., dict[str, pd.Series]], small_plan: Callable[..., Plan]
) -> None:
    """The web asks for 20 meetings; 14 of 19 business days are over."""
    plan = small_plan()
    plan = replace(plan, period=replace(plan.period, months=1), kgis=())
    meetings = Indicator("Web 商談", "meeting", channel="Web", role="sub")
    row = rated((meetings,), (3, "Web", "meeting", 7, 0, 0), (3, "展示会", "meeting", 9, 0, 0), plan=plan)["Web 商談"]
    assert (row["target"], row["actual"]) == (pytest.approx(20 * 14 / 19), 7)


def test_what_is_cheaper_than_its_target_attains_more_than_all_of_it(
    rated: Callable[..., dict[str, pd.Series]],
) -> None:
    price = Indicator("リード獲得単価", "cost", "lead", measure="amount", target=2_500)
    row = rated((price,), (3, "Web", "cost", 1, 200_000, 0), (3, "Web", "lead", 100, 0, 0))["リード獲得単価"]
    assert (row["actual"], row["attainment"]) == (2_000, 1.25)


def test_less_is_better_of_what_costs_takes_long_or_is_called_so() -> None:
    assert Indicator("費用", "cost", "won", measure="amount").lower_is_better
    assert Indicator("日数", "won", "won", measure="days").lower_is_better
    assert Indicator("解約率").lower_is_better
    assert not Indicator("商談数", "meeting").lower_is_better


def test_replies_to_be_typed_are_not_asked_for(september: Plan) -> None:
    """The score itself may be typed where no survey is imported."""
    plan = replace(september, indicators=(Indicator("NPS", "nps", "nps", measure="amount", target=20),))
    assert side_events(plan) == ["nps"]
    assert "NPS" in enterable(plan)
    assert "NPSの回答" not in enterable(plan)
