"""Business days are those of the Japanese calendar, unless another country is named."""

import ast
import datetime as dt
import pickle
from pathlib import Path

import numpy as np

import kpixl
from kpixl.engine.calendar import Calendar, business_dates, businessdays, months, national_holidays, today
from kpixl.errors import InvalidValue

_YEAR = [dt.date(2025, month, 1) for month in range(1, 13)]
_ENDS = [dt.date(2025, month + 1, 1) - dt.timedelta(1) for month in range(1, 12)] + [dt.date(2025, 12, 31)]


def test_japan_2025_by_month() -> None:
    starts, ends = np.array(_YEAR, dtype="datetime64[D]"), np.array(_ENDS, dtype="datetime64[D]")
    counts = businessdays(starts, ends)
    assert isinstance(counts, np.ndarray)
    assert counts.tolist() == [21, 18, 20, 21, 20, 21, 22, 20, 20, 22, 18, 23]


def test_single_days_give_a_plain_number() -> None:
    friday = dt.date(2025, 6, 6)
    assert businessdays(friday, friday) == 1
    assert businessdays(dt.date(2025, 6, 7), dt.date(2025, 6, 8)) == 0


def test_closures_are_off_once_however_often_they_are_named() -> None:
    closures = [dt.date(2025, 8, 13), dt.date(2025, 8, 14), dt.date(2025, 8, 14), dt.date(2025, 8, 16)]
    assert businessdays(dt.date(2025, 8, 1), dt.date(2025, 8, 31), closures=closures) == 18


def test_thanksgiving_is_a_holiday_elsewhere() -> None:
    day = dt.date(2025, 11, 27)
    assert businessdays(day, day, country="US") == 0
    assert businessdays(day, day, country="JP") == 1


def test_no_periods_have_no_days() -> None:
    none = np.array([], dtype="datetime64[D]")
    counts = businessdays(none, none)
    assert isinstance(counts, np.ndarray)
    assert counts.tolist() == []


def test_golden_week_has_few_business_dates() -> None:
    days = business_dates(dt.date(2025, 4, 28), dt.date(2025, 5, 7), closures=[dt.date(2025, 5, 2)])
    assert days.astype(str).tolist() == ["2025-04-28", "2025-04-30", "2025-05-01", "2025-05-07"]


def test_months_begin_on_the_first() -> None:
    assert months(dt.date(2024, 12, 31), 3).astype(str).tolist() == ["2024-12-01", "2025-01-01", "2025-02-01"]


def test_today_stands_in_for_a_missing_date() -> None:
    assert today(None) == np.datetime64(dt.date.today())


def test_a_reversed_period_is_named(refuses) -> None:
    with refuses(InvalidValue, "period_reversed") as caught:
        businessdays(np.array(["2025-06-01", "2025-07-02"], dtype="datetime64[D]"), dt.date(2025, 7, 1))
    assert "2025-07-02" in str(caught.value)
    with refuses(InvalidValue, "period_reversed"):
        business_dates(dt.date(2025, 6, 2), dt.date(2025, 6, 1))


def test_a_mistyped_century_is_refused(refuses) -> None:
    with refuses(InvalidValue, "period_too_long"):
        businessdays(dt.date(2025, 1, 1), dt.date(9025, 1, 1))


def test_an_unknown_country_is_refused(refuses) -> None:
    with refuses(InvalidValue, "country_unknown"):
        businessdays(dt.date(2025, 1, 1), dt.date(2025, 1, 2), country="日本")
    with refuses(InvalidValue, "country_unknown"):  # two capitals that are no country's
        businessdays(dt.date(2025, 1, 1), dt.date(2025, 1, 2), country="QQ")


def test_national_holidays_are_named_by_day() -> None:
    # Golden Week 2025: the 6th stands in for the 4th, which fell on a Sunday.
    days = national_holidays(dt.date(2025, 4, 29), dt.date(2025, 5, 31), "JP")
    assert [day.day for day in days] == [29, 3, 4, 5, 6]


def test_a_list_of_days_off_can_be_all_there_is() -> None:
    new_year = dt.date(2025, 1, 1)
    assert businessdays(new_year, new_year, country=None) == 1
    assert businessdays(new_year, new_year, country=None, closures=[new_year]) == 0


def test_a_calendar_counts_and_lists_the_days_of_its_functions() -> None:
    obon = Calendar((dt.date(2025, 8, 13), dt.date(2025, 8, 14)))
    first, last = dt.date(2025, 8, 11), dt.date(2025, 8, 17)  # the 11th is Mountain Day
    assert obon.count(first, last) == businessdays(first, last, **obon.days_off) == 2
    assert obon.dates(first, last).astype(str).tolist() == ["2025-08-12", "2025-08-15"]


def test_only_functions_of_the_contract_take_the_calendar_apart() -> None:
    apart = set()
    for path in Path(kpixl.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                names = {argument.arg for argument in [*node.args.args, *node.args.kwonlyargs]}
                apart |= {node.name} if {"closures", "country"} <= names else set()
    assert apart
    assert apart <= set(kpixl.__all__)


def test_a_half_day_counts_half() -> None:
    # 23 weekdays in December 2025; the 29th and the 30th are half days, the 31st is off
    year_end = {dt.date(2025, 12, 29): 0.5, dt.date(2025, 12, 30): 0.5, dt.date(2025, 12, 31): 0}
    december = dt.date(2025, 12, 1), dt.date(2025, 12, 31)
    assert businessdays(*december, closures=year_end) == 21
    assert businessdays(dt.date(2025, 12, 29), dt.date(2025, 12, 29), closures=year_end) == 0.5
    assert businessdays(dt.date(2025, 12, 30), dt.date(2025, 12, 31), closures=year_end) == 0.5
    assert business_dates(dt.date(2025, 12, 26), december[1], closures=year_end).astype(str).tolist() == [
        "2025-12-26", "2025-12-29", "2025-12-30"
    ]  # fmt: skip


def test_a_share_opens_a_weekend_or_a_holiday() -> None:
    # 2025-11-23 is Labour Thanksgiving Day, a Sunday, and the 24th off in its place
    fair = {dt.date(2025, 11, 22): 1, dt.date(2025, 11, 24): 0.3}
    assert businessdays(dt.date(2025, 11, 22), dt.date(2025, 11, 24), closures=fair) == 1.3
    starts = np.array(["2025-11-21", "2025-11-23", "2025-11-25"], dtype="datetime64[D]")
    counts = businessdays(starts, np.datetime64("2025-11-25"), closures=fair)
    assert np.array_equal(counts, [3.3, 1.3, 1.0])


def test_shares_of_all_days_add_up_without_a_remainder() -> None:
    days = [dt.date(2025, 6, day) for day in range(1, 31)]
    worked = businessdays(days[0], days[-1], closures=dict.fromkeys(days, 0.1), country=None)
    assert worked == 3.0


def test_a_share_lies_from_nothing_to_a_whole_day(refuses) -> None:
    for wrong in (-0.1, 1.5, float("nan")):
        with refuses(InvalidValue, "closure_share"):
            Calendar({dt.date(2025, 6, 2): wrong})


def test_a_calendar_hands_on_weekend_and_half_days() -> None:
    shop = Calendar({dt.date(2025, 6, 2): 0.5, dt.date(2025, 6, 3): 0}, weekend="0010000")
    first, last = dt.date(2025, 6, 1), dt.date(2025, 6, 8)  # eight days, of which a Wednesday, one and a half are off
    assert shop.count(first, last) == businessdays(first, last, **shop.days_off) == 5.5
    assert Calendar(weekend=1) == Calendar(weekend="0000011")


def test_a_calendar_that_has_counted_can_be_pickled() -> None:
    """In June 2026 the 1st is off, and four Wednesdays and four Sundays: 21 of 30 days are left."""
    calendar = Calendar([dt.date(2026, 6, 1)], None, "0010001")
    first, last = dt.date(2026, 6, 1), dt.date(2026, 6, 30)
    counted = calendar.count(first, last)
    copied = pickle.loads(pickle.dumps(calendar))  # noqa: S301 - our own bytes
    assert copied == calendar
    assert copied.count(first, last) == counted == 21
