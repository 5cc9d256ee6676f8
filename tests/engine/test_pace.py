"""The pace is the part of the target that the business days so far stand for."""

import datetime as dt

import numpy as np
import pytest

from kpixl.engine import elapsed, pace
from kpixl.errors import InvalidValue, NothingToSay

_SEPTEMBER = dt.date(2026, 9, 1), dt.date(2026, 9, 30)


def test_silver_week_counts_for_nothing() -> None:
    assert pace(1, *_SEPTEMBER, as_of=dt.date(2026, 9, 18)) == pytest.approx(14 / 19)
    assert pace(1, *_SEPTEMBER, as_of=dt.date(2026, 9, 23)) == pytest.approx(14 / 19)


def test_golden_week_comes_first() -> None:
    assert pace(1, dt.date(2026, 5, 1), dt.date(2026, 5, 31), as_of=dt.date(2026, 5, 15)) == pytest.approx(8 / 18)


def test_before_the_period_nothing_and_after_it_everything() -> None:
    assert pace(50, *_SEPTEMBER, as_of=dt.date(2026, 8, 31)) == 0
    assert pace(50, *_SEPTEMBER, as_of=dt.date(2027, 1, 1)) == 50
    assert pace(50, *_SEPTEMBER, as_of=_SEPTEMBER[1]) == 50


def test_the_first_day_counts_when_it_is_over() -> None:
    assert pace(19, *_SEPTEMBER, as_of=_SEPTEMBER[0]) == 1


def test_the_holidays_are_those_of_the_country() -> None:
    """Labor Day is September 7th in the United States; where no holidays are kept September 2026 has 22 days."""
    friday = dt.date(2026, 9, 18)
    assert [int(days) for days in elapsed(*_SEPTEMBER, as_of=friday, country="US")] == [13, 21]
    assert [int(days) for days in elapsed(*_SEPTEMBER, as_of=friday, country=None)] == [14, 22]
    assert [int(days) for days in elapsed(*_SEPTEMBER, as_of=dt.date(2026, 9, 23), country=None)] == [17, 22]


def test_rows_are_answered_together() -> None:
    days = np.array(["2026-08-31", "2026-09-18", "2026-10-01"], dtype="datetime64[D]")
    assert pace(np.array([19.0, 19, 38]), *_SEPTEMBER, as_of=days) == pytest.approx([0, 14, 38])


def test_a_column_of_one_row_is_a_column() -> None:
    assert np.shape(pace(np.array([19.0]), *_SEPTEMBER, as_of=dt.date(2026, 9, 18))) == (1,)
    assert pace(np.array([[19.0], [38.0]]), *_SEPTEMBER, as_of=np.array(["2026-09-18"], "M8[D]")).shape == (2, 1)  # type: ignore[union-attr]


def test_one_period_has_its_days_for_every_row() -> None:
    done, days = elapsed(*_SEPTEMBER, as_of=np.array(["2026-09-18", "2026-09-30"], dtype="datetime64[D]"))
    assert (done.tolist(), days.tolist()) == ([14, 19], [19, 19])


def test_the_day_of_today_is_the_default() -> None:
    assert pace(7, dt.date(2000, 1, 1), dt.date(2000, 12, 31)) == 7


def test_closures_slow_nobody_down() -> None:
    closed = [dt.date(2026, 9, 18)]
    assert [int(days) for days in elapsed(*_SEPTEMBER, as_of=dt.date(2026, 9, 18), closures=closed)] == [13, 18]


def test_a_half_day_and_another_weekend_move_the_pace() -> None:
    # September 2026 without holidays: 22 weekdays, 26 days but for Sundays; from the 1st to the 5th four, and five
    days_off = {"country": None, "closures": {dt.date(2026, 9, 1): 0.5}}
    assert pace(43, *_SEPTEMBER, as_of=dt.date(2026, 9, 5), **days_off) == pytest.approx(7)
    assert pace(51, *_SEPTEMBER, as_of=dt.date(2026, 9, 5), weekend=11, **days_off) == pytest.approx(9)


def test_a_period_without_business_days_has_no_pace(refuses) -> None:
    with refuses(NothingToSay, "no_business_days") as caught:
        pace(1, np.array(["2026-09-01", "2026-09-05"], dtype="datetime64[D]"), dt.date(2026, 9, 6))
    assert "2026-09-05" in str(caught.value)
    assert np.asarray(caught.value.rows).tolist() == [False, True]


def test_a_reversed_period_is_refused(refuses) -> None:
    with refuses(InvalidValue, "period_reversed"):
        pace(1, _SEPTEMBER[1], _SEPTEMBER[0])
