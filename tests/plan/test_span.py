"""A report is about a week, a month or a quarter of a plan, and knows what of the targets falls to it."""

import datetime as dt

import numpy as np
import pytest

from kpixl.errors import InvalidValue
from kpixl.plan import Period, Span, SpanKind, Wanted, parse_month, parse_quarter, parse_week, span_of

_YEAR = Period(dt.date(2026, 4, 1), 12)
_WEEK, _MONTH, _QUARTER = SpanKind.WEEK, SpanKind.MONTH, SpanKind.QUARTER


def _days(span: Span | None) -> tuple[str, str] | None:
    return None if span is None else (str(span.start), str(span.end))


def test_a_quarter_sums_the_targets_of_its_months() -> None:
    monthly = np.arange(1.0, 13.0)
    assert [float(span_of(_YEAR, _QUARTER, day).of(monthly)) for day in _YEAR.starts[::3]] == [6, 15, 24, 33]


def test_a_week_has_the_part_of_a_month_that_its_business_days_are() -> None:
    """July 2026 has 23 working days from Monday to Friday."""
    week = span_of(_YEAR, _WEEK, dt.date(2026, 7, 15))
    assert float(week.of(np.full(12, 230.0))) == pytest.approx(50)
    assert week.business_days == 5


def test_a_week_across_the_end_of_a_month_has_a_part_of_both() -> None:
    """29 and 30 June are two of 22 days, 1 to 3 July three of 23."""
    week = span_of(_YEAR, _WEEK, dt.date(2026, 7, 3))
    assert _days(week) == ("2026-06-29", "2026-07-05")
    assert float(week.of([0, 0, 220, 230, *[0] * 8])) == pytest.approx(20 + 30)


def test_all_weeks_and_all_quarters_make_the_whole_plan() -> None:
    monthly = np.arange(1.0, 13.0)
    for kind in SpanKind:
        span: Span | None = span_of(_YEAR, kind, _YEAR.start)
        total, days = 0.0, 0
        while span:
            total += float(span.of(monthly))
            days += (span.end - span.start).days + 1
            span = span.later
        assert (total, days) == (pytest.approx(78), 365)


def test_the_first_and_the_last_week_end_with_the_plan() -> None:
    assert _days(span_of(_YEAR, _WEEK, _YEAR.start)) == ("2026-04-01", "2026-04-05")
    assert _days(span_of(_YEAR, _WEEK, _YEAR.end)) == ("2027-03-29", "2027-03-31")
    assert span_of(_YEAR, _WEEK, _YEAR.start).earlier is None
    assert span_of(_YEAR, _QUARTER, _YEAR.end).later is None


def test_a_plan_of_seven_months_ends_with_a_quarter_of_one() -> None:
    seven = Period(dt.date(2026, 4, 1), 7)
    assert _days(span_of(seven, _QUARTER, seven.end)) == ("2026-10-01", "2026-10-31")


@pytest.mark.parametrize(
    ("kind", "day", "before", "year_ago"),
    [
        (_MONTH, "2026-07-15", ("2026-06-01", "2026-06-30"), ("2025-07-01", "2025-07-31")),
        (_QUARTER, "2026-07-15", ("2026-04-01", "2026-06-30"), ("2025-07-01", "2025-09-30")),
        (_WEEK, "2026-07-15", ("2026-07-06", "2026-07-12"), ("2025-07-14", "2025-07-20")),
        (_WEEK, "2026-04-02", ("2026-03-23", "2026-03-29"), ("2025-03-31", "2025-04-06")),
    ],
)
def test_the_one_before_and_the_same_one_of_last_year(
    kind: SpanKind, day: str, before: tuple[str, str], year_ago: tuple[str, str]
) -> None:
    span = span_of(_YEAR, kind, dt.date.fromisoformat(day))
    first, last = span.back()
    assert (str(first), str(last)) == before
    first, last = span.back(years=1)
    assert (str(first), str(last)) == year_ago


def test_what_is_due_of_a_quarter_is_that_of_its_months_over_and_a_part_of_the_one_that_runs() -> None:
    """On 14 August 2026 ten of 21 working days of August are over."""
    due = span_of(_YEAR, _QUARTER, dt.date(2026, 8, 14)).due(dt.date(2026, 8, 14))
    assert due.tolist() == pytest.approx([0, 0, 0, 1, 10 / 21, *[0] * 7])


def test_a_week_is_over_with_its_last_business_day() -> None:
    friday = dt.date(2026, 7, 17)
    assert span_of(_YEAR, _WEEK, friday).over(friday)
    assert not span_of(_YEAR, _WEEK, friday).over(friday - dt.timedelta(days=1))
    assert not span_of(_YEAR, _MONTH, friday).over(dt.date(2026, 7, 30))
    assert span_of(_YEAR, _MONTH, friday).over(dt.date(2026, 7, 31))


def test_a_week_is_named_by_the_month_of_its_thursday_as_the_grid_of_weeks_counts_it() -> None:
    for day, month, number in (("2026-07-15", 7, 3), ("2026-06-30", 7, 1), ("2026-08-01", 7, 5), ("2026-04-01", 4, 1)):
        span = span_of(_YEAR, _WEEK, dt.date.fromisoformat(day))
        assert (span.shown_day.month, span.number) == (month, number)


def test_a_quarter_is_counted_from_the_beginning_of_the_plans_year() -> None:
    two_years = Period(dt.date(2026, 4, 1), 24)
    for day, year, number in (("2026-04-01", 2026, 1), ("2027-02-01", 2026, 4), ("2027-07-01", 2027, 2)):
        span = span_of(two_years, _QUARTER, dt.date.fromisoformat(day))
        assert (span.year.year, span.number) == (year, number)


@pytest.mark.parametrize(
    "text", ["2026-07-15", "2026-W29", "2026w29", "2026年7月第3週", "R8.7.15", "２０２６年７月第３週（7/13〜7/19）"]
)
def test_a_week_is_written_as_people_write_it(text: str) -> None:
    assert _days(parse_week(text).within(_YEAR)) == ("2026-07-13", "2026-07-19")


@pytest.mark.parametrize(
    "text",
    [
        "2026Q2",
        "2026-Q2",
        "FY2026 Q2",
        "2026年度第2四半期",
        "2026年第2四半期（7〜9月）",
        "2026-08",
        "2026-09-30",
        "R8.8",
    ],
)
def test_a_quarter_is_written_as_people_write_it(text: str) -> None:
    assert _days(parse_quarter(text).within(_YEAR)) == ("2026-07-01", "2026-09-30")


@pytest.mark.parametrize("text", ["W29", "2026-W54", "2026年7月第6週", "7月", "next"])
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="2026-W29"):
        parse_week(text)


@pytest.mark.parametrize("text", ["Q2", "2026Q5", "second"])
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="2026Q2"):
        parse_quarter(text)


def test_a_span_outside_the_plan_names_what_is_inside() -> None:
    for wanted in (parse_week("2026-03-15"), parse_quarter("2027Q1"), parse_quarter("2026-03")):
        with pytest.raises(InvalidValue, match="2026-04-01から2027-03-31"):
            wanted.within(_YEAR)
    with pytest.raises(InvalidValue, match="2026-04から2027-03"):
        Wanted(_MONTH, parse_month("2026-03")).within(_YEAR)


def test_a_week_that_the_plan_begins_in_is_meant_by_its_earlier_days_too() -> None:
    assert _days(parse_week("2026-W14").within(_YEAR)) == ("2026-04-01", "2026-04-05")
