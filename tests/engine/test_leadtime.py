"""Work is due before its orders: as many business days as the sale takes."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpixl.engine import backsolve
from kpixl.engine.leadtime import leadtime
from kpixl.errors import InvalidValue, NothingToSay

_APRIL = dt.date(2025, 4, 1)


def test_without_lead_time_every_month_is_back_solved() -> None:
    found = leadtime([25, 30], [0.2, 0.8, 0.3], [0, 0, 0], _APRIL)
    assert found.months.astype(str).tolist() == ["2025-04-01", "2025-05-01"]
    assert found.volumes.tolist() == [[525, 105, 84, 25], backsolve(30, 1, [0.2, 0.8, 0.3]).tolist()]
    assert found.last_days.astype(str).tolist() == ["2025-05-30"] * 4


def test_a_months_lead_moves_everything_a_month_ahead() -> None:
    # 21 business days before those of April 2025 are all 20 of March and the last of February
    found = leadtime([21], [1.0], [21], _APRIL)
    assert found.months.astype(str).tolist() == ["2025-02-01", "2025-03-01", "2025-04-01"]
    assert found.volumes.tolist() == [[1, 0], [20, 0], [0, 21]]


def test_work_after_the_last_day_no_longer_counts() -> None:
    # 30 April 2025 is the last business day; the 29th is a holiday, so five days before it is the 22nd
    found = leadtime([10], [0.5], [5], _APRIL)
    assert found.last_days.astype(str).tolist() == ["2025-04-22", "2025-04-30"]


def test_closures_lengthen_the_way() -> None:
    found = leadtime([10], [0.5], [5], _APRIL, closures=[dt.date(2025, 4, 28)])
    assert str(found.last_days[0]) == "2025-04-21"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 120), st.integers(0, 60))
def test_nothing_is_lost_on_the_way(orders: list[int], lead: int, more: int) -> None:
    found = leadtime(orders, [0.3, 0.5], [lead + more, lead], _APRIL)
    needed = np.array([backsolve(count, 1, [0.3, 0.5]) for count in orders])
    assert found.volumes.sum(axis=0).tolist() == needed.sum(axis=0).tolist()
    assert (found.volumes >= 0).all()
    assert found.volumes[-len(orders) :, -1].tolist() == orders


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (([1], [0.5], [1.5]), "lead_days_whole"),
        (([1], [0.5], [1001]), "lead_days_whole"),
        (([1], [0.5, 0.5], [1, 2]), "lead_days_grow"),
        (([1], [0.5], [1, 1]), "unequal_lengths"),
        (([-1], [0.5], [1]), "vector_range"),
    ],
)
def test_bad_arguments_are_named(refuses, arguments: tuple[list[float], list[float], list[float]], key: str) -> None:
    with refuses(InvalidValue, key):
        leadtime(*arguments, _APRIL)


def test_a_month_of_holidays_has_no_orders(refuses) -> None:
    april = [dt.date(2025, 4, day) for day in range(1, 31)]
    with refuses(NothingToSay, "no_business_days"):
        leadtime([1], [0.5], [1], _APRIL, closures=april)


def test_a_half_day_is_half_the_work_of_a_day() -> None:
    # 20.5 days in April: five of them before it stand for 4.9 of 20 meetings
    found = leadtime([10], [0.5, 1], [5, 1], _APRIL, closures={dt.date(2025, 4, 28): 0.5})
    assert found.volumes[:, 0].tolist() == [5, 15]
    assert found.last_days.astype(str).tolist() == ["2025-04-22", "2025-04-28", "2025-04-30"]


def test_a_shop_that_closes_on_wednesdays_is_ahead_of_its_saturdays() -> None:
    found = leadtime([1], [1.0], [2], _APRIL, country=None, weekend="0010000")
    assert str(found.last_days[0]) == "2025-04-27"  # a Sunday: Monday and Tuesday are left, the 30th is a Wednesday


def test_days_are_sought_as_far_back_as_needed() -> None:
    winter = [dt.date(2024, 12, 1) + dt.timedelta(day) for day in range(121)]
    found = leadtime([1], [1.0], [1], _APRIL, closures=winter)
    assert str(found.months[0]) == "2024-11-01"
