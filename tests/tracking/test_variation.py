"""How much each KPI varies is learned from its own last weeks; of a short past no more than it carries."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from kpixl import texts
from kpixl.plan import NOTHING_CLOSED, REVENUE, Plan
from kpixl.tracking import FewData, kpi_values, variation
from kpixl.tracking.closing import close

_AS_OF = dt.date(2026, 9, 30)
_MONDAYS = pd.date_range("2026-07-06", "2026-09-28", freq="W-MON")  # 13 weeks, of which the last has three days
_WEEKS = [18, 25, 21, 34, 12, 19, 30, 22, 15, 31, 20, 24, 13]
_NO_ENTRIES = pd.DataFrame(columns=["date", "member", "channel", "kpi", "value"])


@pytest.fixture
def quarter(small_plan: Callable[..., Plan]) -> Plan:
    """July to September without days off but those of September."""
    plan = small_plan()
    return replace(plan, period=replace(plan.period, start=dt.date(2026, 7, 1), months=3))


def _facts(event: str, counts: list[float], amounts: list[float] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": _MONDAYS[len(_MONDAYS) - len(counts) :],
            "member": "佐藤",
            "channel": "Web",
            "event": event,
            "count": counts,
            "amount": amounts or [0.0] * len(counts),
            "minutes": 0.0,
        }
    )


def _rows(plan: Plan, facts: pd.DataFrame, entries: pd.DataFrame = _NO_ENTRIES) -> dict[str, tuple[float, int, str]]:
    values = kpi_values(plan, facts, entries)
    targets, _ = close(plan, NOTHING_CLOSED, _AS_OF, in_use=True, whole=False)
    found = variation(plan, targets, facts, values, _AS_OF)
    return {row.kpi: (row.dispersion, row.weeks, row.reason) for row in found.itertuples()}


def test_the_weeks_of_the_last_60_business_days_are_held_against_their_business_days(quarter: Plan) -> None:
    """September's three days off leave its fourth week two days, and the last week ends on a Wednesday."""
    days = np.array([5] * 11 + [2, 3])
    ratio, weeks, reason = _rows(quarter, _facts("lead", _WEEKS))["lead"]
    pearson = sm.GLM(_WEEKS, np.ones(13), family=sm.families.Poisson(), exposure=days).fit().pearson_chi2
    assert (weeks, reason) == (13, "")
    assert ratio == pytest.approx((pearson + 1 + 0.25**2 * np.mean(_WEEKS)) / 13, rel=1e-9)


def test_a_week_in_which_nothing_came_counts_as_one(quarter: Plan) -> None:
    gap = _facts("lead", [20.0] * 8).drop(index=[2, 3, 4])
    steady, holes = (_rows(quarter, facts)["lead"] for facts in (_facts("lead", [20.0] * 8), gap))
    assert steady[1] == holes[1] == 8
    assert holes[0] > 3 * steady[0]


def test_of_few_weeks_it_is_at_least_the_usual(quarter: Plan) -> None:
    ratio, weeks, reason = _rows(quarter, _facts("lead", [20.0] * 3))["lead"]
    assert (weeks, reason) == (3, FewData.FEW_WEEKS)
    assert ratio >= 1 + 0.25**2 * 20


def test_of_nothing_it_is_the_usual_of_what_is_asked_for(quarter: Plan) -> None:
    targets, _ = close(quarter, NOTHING_CLOSED, _AS_OF, in_use=True, whole=False)
    ratio, weeks, reason = _rows(quarter, _facts("lead", []))["lead"]
    assert (weeks, reason) == (0, FewData.NO_WEEKS)
    a_week = targets.team("lead")[2] / 19 * 5  # September has 19 business days
    assert ratio == pytest.approx(1 + 0.25**2 * a_week)


def test_revenue_varies_by_number_and_size_of_deals(quarter: Plan) -> None:
    """By hand: sizes 1 and 3 million, mean 2, sample variance 13 / 12 of 1; v / m + dispersion x m, by 2 million."""
    sizes = [1e6, 3e6] * 6 + [2e6]
    orders = _facts("won", [1.0] * 13, sizes)
    found = _rows(quarter, orders)
    variance = np.var(sizes, ddof=1)
    assert found[REVENUE][0] == pytest.approx((variance / 2e6 + found["won"][0] * 2e6) / 2e6)
    assert found[REVENUE][1:] == (13, "")


def test_a_sum_of_several_deals_varies_less_than_one(quarter: Plan) -> None:
    """Four deals of 1 to 3 million in a fact: (sum - 4 x mean)² / 4 estimates the variance of a single one."""
    chance = np.random.default_rng(3)
    sums = chance.normal(2e6, 0.5e6, (13, 4)).sum(axis=1)
    found = _rows(quarter, _facts("won", [4.0] * 13, list(sums)))
    unexplained = found[REVENUE][0] - found["won"][0] * sums.sum() / 52 / 2e6
    assert 0.5**2 / 2 / 2 / 3 < unexplained < 0.5**2 / 2 / 2 * 3


def test_of_few_deals_the_sizes_are_taken_to_vary_as_widely_as_their_mean(quarter: Plan) -> None:
    found = _rows(quarter, _facts("won", [1.0] * 8, [2e6] * 8))
    assert found[REVENUE][2] == FewData.FEW_DEALS
    assert found[REVENUE][0] == pytest.approx(1 + found["won"][0])


def test_revenue_typed_without_orders_varies_as_its_weeks_do(quarter: Plan) -> None:
    typed = pd.DataFrame(
        {"date": _MONDAYS, "member": "", "channel": "", "kpi": REVENUE, "value": np.array(_WEEKS) * 2e6}
    )
    found = _rows(quarter, _facts("lead", []), typed)
    orders = _rows(quarter, _facts("lead", _WEEKS))
    assert found[REVENUE] == pytest.approx(orders["lead"])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_reason_has_a_sentence(language: str) -> None:
    with texts.speaking(language):
        for reason in FewData:
            assert texts.say(f"variation.{reason}", weeks=3)
