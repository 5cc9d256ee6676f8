"""Who came in together, how many of them converted by when, and how many will?"""

import datetime as dt

import numpy as np
import pytest

from kpixl.engine.cohort import cohort
from kpixl.errors import InvalidValue, NothingToSay


def _entries(*months: tuple[str, int, dict[str, int]]):
    """Return starts and ends of cohorts: the day they came in, how many, and how many converted on which day."""
    starts, ends = [], []
    for day, entered, converted in months:
        starts += [day] * entered
        mine = [end for end, count in converted.items() for _ in range(count)]
        ends += mine + ["NaT"] * (entered - len(mine))
    return np.array(starts, dtype="datetime64[D]"), np.array(ends, dtype="datetime64[D]")


# 100 of January: 10, 20, 30 by 0, 1, 2 months; 100 of February: 20, 30 by 0, 1; 50 of March: 12 by 0.
_QUARTER = _entries(
    ("2025-01-10", 100, {"2025-01-20": 10, "2025-02-20": 10, "2025-03-20": 10}),
    ("2025-02-10", 100, {"2025-02-20": 20, "2025-03-20": 10}),
    ("2025-03-10", 50, {"2025-03-20": 12}),
)


def test_a_triangle_is_completed_by_the_chain_ladder():
    """By hand: (20 + 30) / (10 + 20) = 5 / 3, then 30 / 20 = 1.5; February 30 x 1.5, March 12 x 5 / 3 x 1.5."""
    found = cohort(*_QUARTER, as_of=dt.date(2025, 3, 31))
    assert found.period.astype(str).tolist() == ["2025-01-01", "2025-02-01", "2025-03-01"]
    assert found.entered.tolist() == [100, 100, 50]
    assert found.converted[0].tolist() == [10, 20, 30]
    assert found.converted[1][:2].tolist() == [20, 30]
    assert np.isnan(found.converted[1][2])
    assert found.expected == pytest.approx([30, 45, 30])


def test_a_month_that_goes_on_is_shown_and_makes_no_factor():
    """On 20 March the factor of February's second month is not known; March has no month that is over.

    Of the months over: January 10 and 20 by 0 and 1, February 20 by 0; the factor is 2, and of 100 + 100 / 2 leads that
    are developed 20 + 20 converted: 4 in 15.
    """
    found = cohort(*_QUARTER, as_of=dt.date(2025, 3, 20))
    assert found.converted[2][0] == 12
    assert found.expected == pytest.approx([30, 40, 50 * 40 / 150])


def test_where_nobody_has_converted_yet_the_older_cohorts_speak():
    starts, ends = _entries(
        ("2025-01-10", 100, {"2025-01-20": 10, "2025-02-20": 10}),
        ("2025-02-10", 60, {}),
    )
    # January doubles after its first month: 20 + 0 of 100 + 60 / 2 developed leads, half of February's still to come
    found = cohort(starts, ends, as_of=dt.date(2025, 2, 28))
    assert found.expected == pytest.approx([20, 60 * 20 / 130 / 2])


def test_nobody_converts_twice():
    starts, ends = _entries(
        ("2025-01-10", 10, {"2025-01-20": 1, "2025-02-20": 8}),
        ("2025-02-10", 10, {"2025-02-20": 5}),
    )
    assert cohort(starts, ends, as_of=dt.date(2025, 2, 28)).expected.tolist() == [9, 10]


def test_in_the_first_period_nothing_is_expected_beyond_what_is_there():
    starts, ends = _entries(("2025-01-10", 10, {"2025-01-12": 3}))
    assert cohort(starts, ends, as_of=dt.date(2025, 1, 15)).expected.tolist() == [3]


@pytest.mark.parametrize(
    ("by", "first", "second"),
    [("week", "2025-03-31", "2025-04-07"), ("month", "2025-04-01", None), ("quarter", "2025-04-01", None)],
)
def test_periods_are_months_quarters_or_weeks_from_monday(by, first, second):
    starts, ends = _entries(("2025-04-02", 2, {"2025-04-07": 1}))  # a Wednesday; the 7th is a Monday
    found = cohort(starts, ends, as_of=dt.date(2025, 4, 13), by=by)
    assert found.period.astype(str).tolist() == [first, second] if second else [first]
    assert found.converted[0].tolist() == ([0, 1] if second else [1])


def test_weeks_before_1970_begin_on_monday_too():
    starts, ends = _entries(("1969-12-30", 1, {}))
    assert cohort(starts, ends, as_of=dt.date(1970, 1, 4), by="week").period.astype(str).tolist() == ["1969-12-29"]


def test_a_developed_triangle_finds_what_the_young_ones_come_to():
    """5,000 entries a month, 30 % of which convert after a gamma wait: the expected comes within 5 % of the true."""
    chance = np.random.default_rng(2)
    starts = np.datetime64("2024-01-01") + np.sort(chance.integers(0, 366, 60_000))
    waits = np.where(chance.random(60_000) < 0.3, chance.gamma(2, 20, 60_000), np.nan)
    ends = starts + np.where(np.isnan(waits), 0, waits).astype("timedelta64[D]")
    ends[np.isnan(waits)] = np.datetime64("NaT")
    found = cohort(starts, ends, as_of=dt.date(2024, 12, 31))
    true = np.bincount(starts.astype("datetime64[M]").astype(int) - 648, ~np.isnan(waits))
    assert found.expected[:11] == pytest.approx(true[:11], rel=0.06)


@pytest.mark.parametrize(
    ("starts", "options", "kind", "key"),
    [
        (["2025-01-01"], {"by": "day"}, InvalidValue, "unknown_choice"),
        (["1900-01-01"], {}, InvalidValue, "cohort_too_long"),
        (["2025-07-01"], {}, NothingToSay, "no_entries"),
    ],
)
def test_what_cannot_be_is_refused(refuses, starts, options, kind, key):
    with refuses(kind, key):
        cohort(
            np.array(starts, "datetime64[D]"), np.array(["NaT"], "datetime64[D]"), as_of=dt.date(2025, 6, 30), **options
        )
