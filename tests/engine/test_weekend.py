"""A weekend is written as NETWORKDAYS.INTL writes it, and days are counted as it counts them."""

import datetime as dt

import numpy as np
import pytest

from kpixl.engine import businessdays
from kpixl.engine.weekend import weekend_days
from kpixl.errors import InvalidValue

_SPAN = dt.date(2025, 8, 1), dt.date(2025, 9, 15)
_OBON = [dt.date(2025, 8, day) for day in (13, 14, 16, 17)]
# what LibreOffice answers to NETWORKDAYS.INTL for this span and these holidays
_INTL: dict[int | str, int] = {
    **dict(enumerate([30, 29, 29, 31, 32, 30, 29], 1)),
    **dict(enumerate([36, 35, 36, 37, 37, 35, 36], 11)),
    "0000000": 42,
    "0010000": 37,
    "1000001": 29,
    "0100100": 29,
}


@pytest.mark.parametrize("weekend", _INTL)
def test_days_are_those_of_networkdays_intl(weekend: int | str) -> None:
    assert businessdays(*_SPAN, closures=_OBON, country=None, weekend=weekend) == _INTL[weekend]


def test_saturday_and_sunday_are_off_if_nothing_is_said() -> None:
    assert businessdays(*_SPAN, weekend=1) == businessdays(*_SPAN, weekend="0000011") == businessdays(*_SPAN)


@pytest.mark.parametrize("digits", ["0000011", "0000001", "1010101", "0111111", "0000000"])
def test_any_seven_digits_are_counted_as_numpy_counts_them(digits: str) -> None:
    starts = np.datetime64("2025-01-01") + np.arange(40)
    ends = starts + np.arange(40) * 3
    mask = [digit == "0" for digit in digits]
    expected = np.busday_count(starts, ends + 1, weekmask=mask, holidays=["2025-01-01", "2025-02-11"])
    closed = [dt.date(2025, 1, 1), dt.date(2025, 2, 11)]
    assert np.array_equal(businessdays(starts, ends, closures=closed, country=None, weekend=digits), expected)


def test_digits_that_a_cell_made_a_number_of_are_still_digits() -> None:
    assert weekend_days(1000001.0) == "1000001"
    assert weekend_days(11.0) == weekend_days("11") == "0000001"


def test_what_is_no_weekend_is_refused_in_words(refuses) -> None:
    for wrong in (0, 8, 10, 18, 1.5, -1, float("nan"), "", "土日", "0000021", "000001", "00000011"):
        with refuses(InvalidValue, "weekend_unknown"):
            weekend_days(wrong)


def test_a_week_without_a_working_day_is_refused(refuses) -> None:
    for wrong in ("1111111", 1111111):
        with refuses(InvalidValue, "weekend_all"):
            businessdays(*_SPAN, weekend=wrong)
