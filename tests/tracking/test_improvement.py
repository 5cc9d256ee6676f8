"""The most improved: each member against their own months before."""

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportions_ztest

from kpixl.plan import Channel, Goal, Plan, set_targets
from kpixl.tracking import VALUE_COLUMNS
from kpixl.tracking.improvement import improvement, most_improved
from kpixl.tracking.members import members

_LAST = dt.date(2026, 10, 31)
_ALL = ("revenue", "appointment", "meeting", "won")


@pytest.fixture
def plan(small_plan: Callable[..., Plan]) -> Plan:
    """80 of everything, an order worth 1: 38 in September and 42 in October, half of it for each of two."""
    return small_plan(goal=Goal(80, 1), channels=(Channel("Web", 1, (1, 1, 1)),))


def _improvement(plan: Plan, *rows: tuple[int, str, str, float], as_of: dt.date = _LAST) -> pd.DataFrame:
    """Rows are (month, member, KPI, value)."""
    dated = [(dt.date(2026, month, 2), name, "", kpi, value) for month, name, kpi, value in rows]
    frame = pd.DataFrame(dated, columns=VALUE_COLUMNS)
    values = frame.assign(date=pd.to_datetime(frame["date"]))
    targets = set_targets(plan)
    return improvement(plan, targets, values, members(plan, targets, values, as_of).attainment, as_of)


def test_attainment_is_the_median_of_the_kpis_against_last_month(plan: Plan) -> None:
    """佐藤 had 200 %, 100 %, 0 % and 0 % of 19 in September, and has 21 of 21 in everything in October."""
    before = (
        (9, "佐藤", "appointment", 38),
        (9, "佐藤", "meeting", 19),
        (9, "佐藤", "won", 0),
        (9, "佐藤", "revenue", 0),
    )
    frame = _improvement(plan, *before, *((10, "佐藤", kpi, 21) for kpi in _ALL))
    row = frame.loc["佐藤"]
    assert (row["attainment_before"], row["attainment"], row["change"]) == pytest.approx((0.5, 1.0, 0.5))
    assert frame.loc["鈴木", "change"] == 0
    assert most_improved(frame) == "佐藤"


def test_a_rate_that_rose_beyond_chance_is_named(plan: Plan) -> None:
    """From 20 of 100 to 40 of 100: p = .002, far below the 5 % shared among the two rates that are looked at."""
    frame = _improvement(
        plan,
        *((9, "佐藤", kpi, value) for kpi, value in (("appointment", 100), ("meeting", 20))),
        *((10, "佐藤", kpi, value) for kpi, value in (("appointment", 100), ("meeting", 40))),
        *((9, "鈴木", kpi, value) for kpi, value in (("appointment", 10), ("meeting", 4))),
        *((10, "鈴木", kpi, value) for kpi, value in (("appointment", 10), ("meeting", 9))),
    )
    row = frame.loc["佐藤"]
    assert (row["step"], row["rate_before"], row["rate"]) == ("アポ→商談", pytest.approx(0.2), pytest.approx(0.4))
    assert row["p"] == pytest.approx(proportions_ztest([20, 40], [100, 100])[1])
    assert pd.isna(frame.loc["鈴木", "step"])  # from 4 to 9 of 10: p = .019, above .05 / 4
    assert most_improved(frame) == "佐藤"


def test_the_first_month_has_nothing_to_improve_on(plan: Plan) -> None:
    frame = _improvement(plan, (9, "佐藤", "won", 19), as_of=dt.date(2026, 9, 30))
    assert frame["attainment_before"].isna().all()
    assert most_improved(frame) is None


def test_who_fell_behind_has_not_improved(plan: Plan) -> None:
    rows = [(9, name, kpi, 19) for name in ("佐藤", "鈴木") for kpi in _ALL]
    assert most_improved(_improvement(plan, *rows)) is None
