"""What people type is read as they meant it."""

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpixl.engine.numbers import ceil, from_serial, is_whole, parse_date, parse_moment, parse_number, to_serial
from kpixl.errors import InvalidValue


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1億2,000万円", 120_000_000),
        ("1億円", 100_000_000),
        ("1.5億", 150_000_000),
        ("1兆2億3万4", 1_000_200_030_004),
        ("3千", 3_000),
        ("5千万円", 50_000_000),
        ("3千5百", 3_500),
        ("千円", 1_000),
        ("120百万円", 120_000_000),
        ("2十3", 23),
        ("１２３", 123),
        ("１，２００", 1_200),
        ("1,200", 1_200),
        ("¥1,000", 1_000),
        ("￥１，０００", 1_000),
        ("\\1,000", 1_000),
        ("-¥1,000", -1_000),
        ("¥-1,000", -1_000),
        ("▲5", -5),
        ("△5", -5),
        ("(5)", -5),
        ("（１，２００円）", -1_200),
        ("−5", -5),
        ("－５", -5),
        ("+5", 5),
        ("20%", 0.2),
        ("２０％", 0.2),
        ("▲2.5%", -0.025),
        ("500件", 500),
        (" 12 社 ", 12),
        (".5", 0.5),
        ("1E+08", 100_000_000),
    ],
)
def test_numbers_as_people_write_them(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "abc", "1,2", "1万2億", "万", "億円", "1億1億", "(5", "5)", "-▲5", "(-5)", "1 %%", "１月", "1.2.3", "20%円"],
)
def test_other_text_is_no_number(refuses, text: str) -> None:
    with refuses(InvalidValue, "number_text"):
        parse_number(text)


def test_currency_cells_come_as_decimals() -> None:
    assert parse_number(Decimal("12.50")) == 12.5


@pytest.mark.parametrize("value", [True, False, np.bool_(True), dt.date(2025, 6, 2), None, [1]])
def test_what_is_no_number_is_refused(refuses, value: object) -> None:
    with refuses(InvalidValue, "number_kind"):
        parse_number(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [math.inf, math.nan, 10**400, "1e999", Decimal("sNaN")])
def test_what_is_too_large_is_refused(refuses, value: float) -> None:
    with refuses(InvalidValue, "number_finite"):
        parse_number(value)


def test_endless_text_is_refused(refuses) -> None:
    with refuses(InvalidValue, "text_too_long"):
        parse_number("9" * 101)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_number_reads_as_itself(number: float) -> None:
    assert parse_number(repr(number)) == number


@pytest.mark.parametrize(
    "text",
    [
        "2025-06-02",
        "2025/6/2",
        "2025.6.2",
        "2025年6月2日",
        "２０２５年６月２日",
        "令和7年6月2日",
        "令和七年六月二日".replace("七", "7").replace("六", "6").replace("二", "2"),
        "R7.6.2",
        "r7/6/2",
        "令7.6.2",
        "20250602",
        "2025/6/2 14:05",
        "2025-06-02T14:05:30.25Z",
        "2025-06-02T14:05+09:00",
        "2025年6月2日(月)",
        "2025年6月2日 9時30分",
        "45810",
        "平成37年6月2日",
    ],
)
def test_dates_as_people_write_them(text: str) -> None:
    assert parse_date(text) == dt.date(2025, 6, 2)


def test_the_first_year_of_an_era_is_gannen() -> None:
    assert parse_date("平成元年1月8日") == dt.date(1989, 1, 8)
    assert parse_date("令和元年5月1日") == dt.date(2019, 5, 1)
    assert parse_date("昭和64年1月7日") == dt.date(1989, 1, 7)
    assert parse_date("大正15年12月25日") == dt.date(1926, 12, 25)
    assert parse_date("M45.7.29") == dt.date(1912, 7, 29)


def test_serials_are_those_of_excel() -> None:
    assert parse_date(1) == dt.date(1900, 1, 1)
    assert parse_date(59) == dt.date(1900, 2, 28)
    assert parse_date(61) == dt.date(1900, 3, 1)
    assert parse_date(45658.99) == dt.date(2025, 1, 1)
    assert parse_date(2_958_465) == dt.date(9999, 12, 31)


def test_dates_stay_dates() -> None:
    assert parse_date(dt.date(2025, 6, 2)) == dt.date(2025, 6, 2)
    assert parse_date(dt.datetime(2025, 6, 2, 14, 5)) == dt.date(2025, 6, 2)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("2025-06", "date_text"),
        ("2025年6月", "date_text"),
        ("6/2", "date_text"),
        ("来週", "date_text"),
        ("", "date_text"),
        ("2025-02-29", "date_missing"),
        ("20251301", "date_missing"),
        ("令和7年13月1日", "date_missing"),
        ("令和0年1月1日", "date_missing"),
        (0, "date_serial"),
        (60, "date_serial"),
        (2_958_466, "date_serial"),
        (-1, "date_serial"),
        (True, "number_kind"),
    ],
)
def test_what_is_no_day_is_refused(refuses, value: str | float, key: str) -> None:
    with refuses(InvalidValue, key):
        parse_date(value)


@given(st.dates(min_value=dt.date(1900, 3, 1)))
def test_serials_go_there_and_back(day: dt.date) -> None:
    days = np.array([day], dtype="datetime64[D]")
    assert from_serial(to_serial(days))[0] == days[0]
    assert parse_date(day.isoformat()) == day


def test_serials_before_march_1900_go_there_and_back() -> None:
    days = np.array(["1900-01-01", "1900-02-28"], dtype="datetime64[D]")
    assert to_serial(days).tolist() == [1, 59]


def test_rounding_up_does_not_trip_over_floating_point() -> None:
    assert ceil(21 / 0.35) == 60
    assert ceil(60.0001) == 61
    assert ceil(-0.5) == 0
    assert ceil(np.array([21 / 0.35, 60.0001, 0.0])).tolist() == [60, 61, 0]


@given(st.integers(1, 10**9), st.integers(1, 1000))
def test_a_whole_quotient_needs_no_more_than_itself(count: int, percent: int) -> None:
    rate = percent / 1000
    exact = -(-count * 1000 // percent)
    assert ceil(count / rate) == exact


def test_whole_but_for_the_last_bits_is_whole() -> None:
    assert is_whole(21 / 0.35)
    assert not is_whole(60.001)


@pytest.mark.parametrize(
    "text",
    [
        "2025-06-02T14:05:00+09:00",
        "2025/6/2 14:05",
        "2025年6月2日(月) 14時5分",
        "R7.6.2 14:05",
        dt.datetime(2025, 6, 2, 14, 5, 0, 999, tzinfo=dt.UTC),
        45810 + (14 * 60 + 5) / 1440,
    ],
)
def test_moments_as_people_write_them(text: str) -> None:
    assert parse_moment(text) == dt.datetime(2025, 6, 2, 14, 5)


@pytest.mark.parametrize("text", ["2025-06-02", "20250602", 45810, "45810", dt.date(2025, 6, 2)])
def test_a_day_without_a_time_begins_at_midnight(text: str) -> None:
    assert parse_moment(text) == dt.datetime(2025, 6, 2)


@pytest.mark.parametrize(
    "text", ["2025-06-02 24:00", "2025-06-02 12:60", "2025年6月2日 9時75分", "2025-06-02 12:00:75"]
)
def test_a_time_that_no_clock_has_is_refused(refuses, text: str) -> None:
    with refuses(InvalidValue, "time_missing"):
        parse_moment(text)


@pytest.mark.parametrize("serial", [0.0, -1.0, 60.0, 2_958_466.0])
def test_a_column_with_a_serial_that_no_calendar_has_is_refused(serial: float) -> None:
    with pytest.raises(InvalidValue) as refused:
        from_serial(np.array([45810.0, serial]))
    assert refused.value.key == "date_serial"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("12k", 12_000), ("12K", 12_000), ("1,200k", 1_200_000), ("1.5M", 1_500_000), ("１．５Ｍ", 1_500_000)),
        *(("2B", 2e9), ("2bn", 2e9), ("2 BN", 2e9), ("¥1.5M", 1_500_000), ("1.5M円", 1_500_000), ("12k件", 12_000)),
        *(("▲3M", -3_000_000), ("(2k)", -2_000), ("$2B", 2e9), ("1.1M JPY", 1_100_000), (".5k", 500)),
    ],
)
def test_english_magnitudes(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize("text", ["1.5m", "3b", "5k%", "1億2k", "1e3k", "k", "Mk", "2kk", "1.5 m"])
def test_letters_that_may_mean_something_else(text: str) -> None:
    """A small m may be metres, minutes, months or thousandths."""
    with pytest.raises(InvalidValue):
        parse_number(text)
