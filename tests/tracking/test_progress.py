"""Progress: every KPI of the month against what its business days stand for."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from kpixl.plan import Plan, set_targets
from kpixl.tracking import burn_up, progress

_FRIDAY = dt.date(2026, 9, 18)  # 14 of the 19 business days are over
Values = Callable[..., pd.DataFrame]


def _row(plan: Plan, values: pd.DataFrame, as_of: dt.date, kpi: str) -> pd.Series:
    return progress(plan, set_targets(plan), values, as_of).set_index("kpi").loc[kpi]


def test_the_pace_is_the_share_of_business_days(september: Plan, values: Values) -> None:
    row = _row(september, values((3, "佐藤", "Web", "won", 12), (18, "鈴木", "Web", "won", 8)), _FRIDAY, "won")
    assert row["target"] == 25
    assert row["pace"] == pytest.approx(25 * 14 / 19)
    assert row["actual"] == 20
    assert row["attainment"] == pytest.approx(0.8)
    assert row["gap"] == pytest.approx(20 - 25 * 14 / 19)
    assert row["status"] == "on_track"


def test_revenue_is_tracked_in_money(september: Plan, values: Values) -> None:
    row = _row(september, values((3, "佐藤", "Web", "revenue", 30e6)), _FRIDAY, "revenue")
    assert bool(row["money"])
    assert (row["target"], row["actual"], row["attainment"]) == (50e6, 30e6, pytest.approx(0.6))


def test_what_lies_after_the_day_does_not_count_yet(september: Plan, values: Values) -> None:
    row = _row(september, values((18, "佐藤", "Web", "won", 1), (24, "佐藤", "Web", "won", 5)), _FRIDAY, "won")
    assert row["actual"] == row["actual_to_date"] == 1


def test_on_the_last_day_the_pace_is_the_target_and_the_landing_the_actual(september: Plan, values: Values) -> None:
    row = _row(september, values((3, "佐藤", "Web", "won", 20)), dt.date(2026, 9, 30), "won")
    assert row["pace"] == row["target"] == 25
    assert row["landing"] == row["low"] == row["high"] == 20
    assert row["status"] == "will_miss"


def test_past_the_half_at_thirty_percent_the_alert_is_raised(september: Plan, values: Values) -> None:
    few, enough = values((3, "佐藤", "Web", "won", 7)), values((3, "佐藤", "Web", "won", 8))  # 28% and 32% of 25
    assert bool(_row(september, few, _FRIDAY, "won")["alert"])
    assert not bool(_row(september, enough, _FRIDAY, "won")["alert"])
    assert not bool(_row(september, few, dt.date(2026, 9, 10), "won")["alert"])  # 8 of 19 days


def test_to_date_counts_the_months_before(small_plan: Callable[..., Plan], values: Values) -> None:
    plan = small_plan()
    october = values((3, "佐藤", "Web", "won", 9)).assign(date=pd.Timestamp(2026, 10, 1))
    everything = pd.concat([values((30, "佐藤", "Web", "won", 4)), october])
    row = _row(plan, everything, dt.date(2026, 10, 1), "won")
    september, october_target = set_targets(plan).team("won")
    assert row["target_to_date"] == pytest.approx(september + october_target / 21)
    assert (row["actual"], row["actual_to_date"]) == (9, 13)


def _burn_up(plan: Plan, values: pd.DataFrame, as_of: dt.date, **changes: float) -> pd.DataFrame:
    row = _row(plan, values, as_of, "meeting").to_dict() | {"kpi": "meeting", **changes}
    return burn_up(plan, values, as_of, row).set_index("date")


def test_the_burn_up_stops_at_the_day(september: Plan, values: Values) -> None:
    known = values((3, "佐藤", "Web", "meeting", 10), (18, "佐藤", "Web", "meeting", 5))
    frame = _burn_up(september, known, _FRIDAY)
    assert len(frame) == 30
    assert frame["pace"].iloc[-1] == pytest.approx(84)
    assert frame["pace"][pd.Timestamp(_FRIDAY)] == pytest.approx(84 * 14 / 19)
    assert frame["actual"].iloc[[1, 2, 16, 17]].tolist() == [0, 10, 10, 15]
    assert np.isnan(frame["actual"].iloc[18:]).all()


def test_from_the_day_on_the_burn_up_goes_to_the_landing_by_business_days(september: Plan, values: Values) -> None:
    """Of the 5 business days left one is over on Thursday 24th: a fifth of the way from 15 to each end."""
    known = values((3, "佐藤", "Web", "meeting", 15))
    frame = _burn_up(september, known, _FRIDAY, landing=20, low=16, high=25)
    assert frame.loc["2026-09-18", ["landing", "low", "high"]].tolist() == [15, 15, 15]
    assert frame.loc["2026-09-23", ["landing", "low", "high"]].tolist() == [15, 15, 15]  # three days off
    assert frame.loc["2026-09-24", ["landing", "low", "high"]].tolist() == pytest.approx([16, 15.2, 17])
    assert frame.loc["2026-09-30", ["landing", "low", "high"]].tolist() == pytest.approx([20, 16, 25])
    assert frame.loc[:"2026-09-17", ["landing", "low", "high"]].isna().all(axis=None)


def test_a_month_that_is_over_has_no_forecast(september: Plan, values: Values) -> None:
    frame = _burn_up(september, values((3, "佐藤", "Web", "meeting", 15)), dt.date(2026, 9, 30))
    assert frame[["landing", "low", "high"]].isna().all(axis=None)
