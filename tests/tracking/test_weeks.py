"""The weeks of a month: cut at its ends, with its target by business days."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpixl.plan import Period, Plan, set_targets
from kpixl.tracking import MOST_WEEKS, weeks

_FRIDAY = dt.date(2026, 9, 18)
Values = Callable[..., pd.DataFrame]


def _meetings(plan: Plan, values: pd.DataFrame, as_of: dt.date = _FRIDAY) -> pd.DataFrame:
    frame = weeks(plan, set_targets(plan), values, as_of)
    return frame[frame["kpi"] == "meeting"].reset_index(drop=True)


def test_september_has_five_weeks_with_the_days_off_taken_out(september: Plan, values: Values) -> None:
    """From Tuesday 1st to Sunday 6th are 4 days; in the fourth week three of five are holidays."""
    frame = _meetings(september, values())
    assert [(start.day, end.day) for start, end in zip(frame["start"], frame["end"], strict=True)] == [
        (1, 6),
        (7, 13),
        (14, 20),
        (21, 27),
        (28, 30),
    ]
    assert frame["days"].tolist() == [4, 5, 5, 2, 3]
    assert frame["target"].tolist() == pytest.approx([84 * days / 19 for days in (4, 5, 5, 2, 3)])


def test_each_week_counts_its_own_and_none_that_has_not_begun(september: Plan, values: Values) -> None:
    known = values(
        *((day, "佐藤", "Web", "meeting", count) for day, count in ((6, 1), (7, 2), (18, 4), (19, 8), (28, 16)))
    )
    assert _meetings(september, known)["actual"].iloc[:3].tolist() == [1, 2, 4]
    assert _meetings(september, known)["actual"].iloc[3:].isna().all()
    assert _meetings(september, known, dt.date(2026, 9, 30))["actual"].tolist() == [1, 2, 12, 0, 16]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(day=st.dates(dt.date(2000, 1, 1), dt.date(2060, 12, 31)))
def test_the_weeks_of_a_month_are_the_month(september: Plan, values: Values, day: dt.date) -> None:
    plan = replace(september, period=Period(day.replace(day=1), 1), kgis=())
    frame = _meetings(plan, values(), day)
    found = list(zip(frame["start"], frame["end"], strict=True))
    days = [first + dt.timedelta(days=n) for first, last in found for n in range((last - first).days + 1)]
    assert days == [plan.period.start + dt.timedelta(days=n) for n in range(plan.period.end.day)]
    assert len(found) <= MOST_WEEKS
    assert all(first.weekday() == 0 for first, _ in found[1:])
    assert all(last.weekday() == 6 for _, last in found[:-1])
    assert frame["target"].sum() == pytest.approx(84)
