"""When do calls get through?"""

import datetime as dt

import numpy as np
import pytest

from kpixl.engine.factors import heatmap
from kpixl.errors import InvalidValue, NothingToSay

# 2 June 2025 is a Monday.
MONDAY_NINE = np.datetime64("2025-06-02T09:00")
SUNDAY_ELEVEN = np.datetime64("2025-06-08T11:59:59")


def test_a_cell_is_a_weekday_and_an_hour():
    grid = heatmap([MONDAY_NINE] * 10 + [SUNDAY_ELEVEN] * 20, [1] * 4 + [0] * 6 + [1] * 15 + [0] * 5)
    assert grid.hours.tolist() == [9, 10, 11]
    assert (grid.rate[0, 0], grid.rate[6, 2]) == (0.4, 0.75)
    assert np.isnan(grid.rate).sum() == 7 * 3 - 2
    assert grid.trials.sum() == 30


def test_nine_calls_are_too_few_to_show_a_rate_and_ten_are_enough():
    for calls, shown in [(9, False), (10, True)]:
        grid = heatmap([MONDAY_NINE] * calls, [1] * calls)
        assert grid.trials[0, 0] == calls
        assert np.isfinite(grid.rate[0, 0]) == shown


@pytest.mark.parametrize("day", [dt.date(1969, 12, 31), dt.date(2024, 2, 29), dt.date(2025, 6, 4)])
def test_weekdays_are_those_of_the_calendar_whatever_the_year(day):
    grid = heatmap([dt.datetime.combine(day, dt.time(13, 30))], [0])
    assert grid.trials[day.weekday()].tolist() == [1]
    assert grid.hours.tolist() == [13]


def test_without_a_call_there_is_nothing_to_say():
    with pytest.raises(NothingToSay) as caught:
        heatmap([], [])
    assert str(caught.value)


@pytest.mark.parametrize(
    ("times", "outcomes", "key"),
    [
        ([MONDAY_NINE, np.datetime64("NaT")], [1, 0], "heatmap_missing_time"),
        ([MONDAY_NINE], [3], "outcome_range"),
        ([MONDAY_NINE], [1, 0], "unequal_lengths"),
    ],
)
def test_what_cannot_be_placed_is_refused_with_a_reason(times, outcomes, key):
    with pytest.raises(InvalidValue) as caught:
        heatmap(times, outcomes)
    assert caught.value.key == key
    assert str(caught.value)
