"""Where deals are known, the landing goes by those that are open, if that would have come closer in months before."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from kpixl.actuals import MILESTONES
from kpixl.plan import NOTHING_CLOSED, REVENUE, Period, Plan
from kpixl.tracking import LandingBasis, ToCome, deals_to_come, progress
from kpixl.tracking.closing import close

_START = dt.date(2026, 1, 1)
_AS_OF = dt.date(2026, 8, 14)


def _deals(seed: int = 3, wave: float = 0.8) -> pd.DataFrame:
    """Return deals that take three weeks to be won, of which more begin in some weeks than in others.

    Half of all meetings become orders, 21 days after the deal began; the others are lost after 40.
    """
    chance = np.random.default_rng(seed)
    rows = []
    for day in pd.bdate_range(_START, dt.date(2026, 8, 31)):
        level = 3 * (1 + wave * np.sin(day.day_of_year / 40 * 2 * np.pi))
        for _ in range(chance.poisson(level)):
            won = chance.random() < 0.5
            rows.append((day, day + pd.Timedelta(days=21 if won else 40), won, float(chance.choice([1e6, 3e6]))))
    return pd.DataFrame(rows, columns=["begun", "ends", "won", "amount"])


def _frame(deals: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Return the deals as they are known on a day."""
    known = deals[deals["begun"] <= pd.Timestamp(as_of)]
    over = known["ends"] <= pd.Timestamp(as_of)
    days = {event: pd.Series(pd.NaT, index=known.index, dtype="datetime64[s]") for event in MILESTONES}
    days["meeting"] = known["begun"].astype("datetime64[s]")
    outcome = np.where(over, np.where(known["won"], "won", "lost"), "open")
    return pd.DataFrame(
        {
            **days,
            "begun": known["begun"],
            "ended": known["ends"].where(over),
            "outcome": outcome,
            "amount": known["amount"],
        }
    )


def _values(deals: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    won = deals[deals["won"] & (deals["ends"] <= pd.Timestamp(as_of))]
    count = pd.DataFrame({"date": won["ends"], "kpi": "won", "value": 1.0})
    money = pd.DataFrame({"date": won["ends"], "kpi": REVENUE, "value": won["amount"]})
    return pd.concat([count, money], ignore_index=True).assign(member="佐藤", channel="Web")


@pytest.fixture
def year(small_plan: Callable[..., Plan]) -> Plan:
    return small_plan(period=Period(_START, 12))


def _found(plan: Plan, deals: pd.DataFrame, as_of: dt.date = _AS_OF, values: pd.DataFrame | None = None) -> ToCome:
    targets, _ = close(plan, NOTHING_CLOSED, as_of, in_use=True, whole=False)
    known = _values(deals, as_of) if values is None else values
    return deals_to_come(plan, targets, known, _frame(deals, as_of), as_of)


def test_deals_that_come_in_waves_foresee_better_than_the_run_rate(year: Plan) -> None:
    deals = _deals()
    found = _found(year, deals)
    left = deals[deals["won"] & (deals["ends"] > pd.Timestamp(_AS_OF)) & (deals["ends"] <= "2026-08-31")]
    assert found.basis is LandingBasis.DEALS
    assert found.off < 0.8
    mean, variance = found.by_kpi["won"]
    assert abs(mean - len(left)) < 2 * variance**0.5
    amount, spread = (number * scale for number, scale in zip(found.by_kpi[REVENUE], (2e6, 2e6**2), strict=True))
    assert abs(amount - left["amount"].sum()) < 2 * spread**0.5


def test_the_landing_is_what_was_closed_and_what_is_to_come(year: Plan) -> None:
    deals = _deals()
    values, found = _values(deals, _AS_OF), _found(year, deals)
    targets, _ = close(year, NOTHING_CLOSED, _AS_OF, in_use=True, whole=False)
    row = progress(year, targets, values, _AS_OF, to_come=found.by_kpi).set_index("kpi")
    assert row.loc["won", "landing"] == pytest.approx(row.loc["won", "actual"] + found.by_kpi["won"][0])
    assert row.loc[REVENUE, "low"] < row.loc[REVENUE, "landing"] < row.loc[REVENUE, "high"]


def test_ranges_of_what_deals_bring_hold(year: Plan) -> None:
    """Of forty histories of their own: 80 % within 1.28 standard deviations, and binomial chance of a tenth of it."""
    held = []
    for seed in range(40):
        deals = _deals(seed)
        found = _found(year, deals)
        if found.by_kpi:
            mean, variance = found.by_kpi["won"]
            left = deals["won"] & (deals["ends"] > pd.Timestamp(_AS_OF)) & (deals["ends"] <= "2026-08-31")
            held.append(abs(mean - left.sum()) <= 1.2816 * variance**0.5 + 0.5)
    assert len(held) >= 25
    assert 0.66 <= np.mean(held) <= 0.94


def test_without_deals_or_with_few_of_them_it_is_the_run_rate(year: Plan) -> None:
    targets, _ = close(year, NOTHING_CLOSED, _AS_OF, in_use=True, whole=False)
    values = _values(_deals(), _AS_OF)
    assert deals_to_come(year, targets, values, None, _AS_OF) == ToCome(LandingBasis.RUN_RATE)
    assert _found(year, _deals().iloc[:15]).basis is LandingBasis.RUN_RATE


def test_deals_that_are_not_all_the_orders_are_not_asked(year: Plan) -> None:
    """Half of the orders have no deal in the list."""
    deals = _deals()
    values = _values(deals, _AS_OF)
    found = _found(year, deals, values=pd.concat([values, values], ignore_index=True))
    assert (found.basis, found.months) == (LandingBasis.RUN_RATE, 0)


def test_orders_typed_this_month_beside_the_list_bring_the_run_rate_back(year: Plan) -> None:
    deals = _deals()
    typed = pd.DataFrame(
        {"date": [pd.Timestamp(_AS_OF)], "kpi": "won", "value": 30.0, "member": "佐藤", "channel": "Web"}
    )
    found = _found(year, deals, values=pd.concat([_values(deals, _AS_OF), typed], ignore_index=True))
    assert found.basis is LandingBasis.RUN_RATE


def test_a_month_that_is_over_has_nothing_to_come(year: Plan) -> None:
    assert _found(year, _deals(), dt.date(2026, 7, 31)).by_kpi == {}
