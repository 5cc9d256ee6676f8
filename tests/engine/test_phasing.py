"""A target is spread over time by business days, and the parts add up."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from kpixl.engine import phase
from kpixl.errors import InvalidValue, NothingToSay

_START, _END = dt.date(2025, 4, 1), dt.date(2026, 3, 31)


def test_a_year_by_month_follows_the_business_days() -> None:
    phased = phase(242, dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    assert phased.starts.astype(str).tolist() == [f"2025-{month:02}-01" for month in range(1, 13)]
    assert phased.business_days.tolist() == [21, 18, 20, 21, 20, 21, 22, 20, 20, 22, 18, 23]
    # 246 business days: four months lose one unit against their days, those with the smallest remainders.
    assert phased.shares.sum() == 242
    assert (abs(phased.shares - 242 * phased.business_days / 246) < 1).all()


def test_a_target_of_one_per_business_day_is_the_business_days() -> None:
    phased = phase(246, dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    assert phased.shares.tolist() == [21, 18, 20, 21, 20, 21, 22, 20, 20, 22, 18, 23]


def test_weeks_begin_on_monday_and_are_cut_by_the_period() -> None:
    phased = phase(9, dt.date(2025, 6, 5), dt.date(2025, 6, 17), by="week")
    assert phased.starts.astype(str).tolist() == ["2025-06-05", "2025-06-09", "2025-06-16"]
    assert phased.business_days.tolist() == [2, 5, 2]
    assert phased.shares.tolist() == [2, 5, 2]


def test_days_are_the_business_days() -> None:
    phased = phase(6, dt.date(2025, 6, 6), dt.date(2025, 6, 10), by="day")
    assert phased.starts.astype(str).tolist() == ["2025-06-06", "2025-06-09", "2025-06-10"]
    assert phased.shares.tolist() == [2, 2, 2]


def test_a_week_may_begin_on_the_last_day() -> None:
    phased = phase(6, dt.date(2025, 6, 2), dt.date(2025, 6, 9), by="week")
    assert phased.starts.astype(str).tolist() == ["2025-06-02", "2025-06-09"]
    assert phased.shares.tolist() == [5, 1]


def test_days_off_and_holidays_bring_nothing() -> None:
    """May 2025 has 20 business days in Japan, 19 with the 2nd closed; in the United States Memorial Day leaves 21."""
    may = dt.date(2025, 5, 1), dt.date(2025, 5, 31)
    assert phase(0, *may).business_days.tolist() == [20]
    assert phase(0, *may, closures=[dt.date(2025, 5, 2)]).business_days.tolist() == [19]
    assert phase(0, *may, country="US").business_days.tolist() == [21]


def test_the_parts_are_whole_units() -> None:
    """May has 20 business days and June 21: 48.8 and 51.2 of 100, in tens."""
    assert phase(100, dt.date(2025, 5, 1), dt.date(2025, 6, 30), unit=10).shares.tolist() == [50, 50]
    assert phase(100, dt.date(2025, 5, 1), dt.date(2025, 6, 30)).shares.tolist() == [49, 51]


def test_seasons_weigh_the_business_days() -> None:
    # 21 × 1 against 21 × 2 (April and June 2025; May counts nothing)
    assert phase(63, dt.date(2025, 4, 1), dt.date(2025, 6, 30), weights=[1, 0, 2]).shares.tolist() == [21, 0, 42]


def test_a_month_cut_short_counts_its_days_only() -> None:
    phased = phase(3, dt.date(2025, 5, 29), dt.date(2025, 6, 2))
    assert phased.starts.astype(str).tolist() == ["2025-05-29", "2025-06-01"]
    assert phased.shares.tolist() == [2, 1]


@given(st.integers(0, 10**9), st.sampled_from(["month", "week", "day"]))
def test_the_parts_sum_to_the_whole(total: int, by: str) -> None:
    assert phase(total, _START, _END, by=by).shares.sum() == total


def test_half_days_and_open_saturdays_have_their_part() -> None:
    year_end = {dt.date(2025, 12, 29): 0.5, dt.date(2025, 12, 30): 0.5, dt.date(2025, 12, 31): 0}
    phased = phase(39, dt.date(2025, 11, 1), dt.date(2025, 12, 31), closures=year_end)
    assert phased.business_days.tolist() == [18, 21]
    assert phased.shares.tolist() == [18, 21]
    days = phase(9, dt.date(2025, 12, 26), dt.date(2025, 12, 31), by="day", closures=year_end, weekend=11)
    assert days.business_days.tolist() == [1, 1, 0.5, 0.5]  # Friday, Saturday, two half days


def test_a_holiday_alone_says_nothing(refuses) -> None:
    with refuses(NothingToSay, "no_business_days"):
        phase(1, dt.date(2025, 1, 1), dt.date(2025, 1, 1))


def test_bad_arguments_are_named(refuses) -> None:
    with refuses(InvalidValue, "unknown_choice"):
        phase(1, _START, _END, by="year")
    with refuses(InvalidValue, "unequal_lengths"):
        phase(1, _START, _END, weights=[1, 2])
