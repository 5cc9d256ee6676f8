"""Which week, month or quarter somebody means: 2026-07-15, 2026-W29, 2026年7月第3週, 2026-Q2, 2026年度第2四半期.

A quarter is named by the year of the plan that it is in, by the calendar year in which that year begins.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import normalize

from kpixl.engine.numbers import parse_date
from kpixl.errors import InvalidValue
from kpixl.plan.period import Period
from kpixl.plan.span import Span, SpanKind, months_on, span_of
from kpixl.plan.template import parse_month
from kpixl.texts import say, section

__all__ = ["Wanted", "parse_quarter", "parse_week", "the_only"]

_ISO_WEEK = re.compile(r"(\d{4})(?:年|\s*-?\s*)(?:W|第)\s*(\d{1,2})週?", re.IGNORECASE)
_WEEK_OF_MONTH = re.compile(r"(.+月)\s*第?\s*(\d)週(?:\(.*\))?")
_QUARTER = re.compile(r"(?:FY)?(\d{4})(?:年度?|\s*-?\s*)(?:Q|第)\s*([1-4])(?:四半期)?(?:\(.*\))?", re.IGNORECASE)


@dataclass(frozen=True)
class Wanted:
    """A span as it was asked for: by any day of it, or as a quarter of a year of the plan.

    Without either it is the last one that is over. `given` is how somebody wrote it.
    """

    kind: SpanKind
    day: dt.date | None = None
    quarter: tuple[int, int] | None = None
    given: str = ""

    def within(self, period: Period) -> Span | None:
        """Return the span of a plan that is meant, None where none is named.

        Raises
        ------
        InvalidValue
            If it is not in the plan.
        """
        day = self.day
        if self.quarter is not None:
            year, number = self.quarter
            day = months_on(dt.date(year, period.start.month, 1), 3 * (number - 1))
        if day is None:
            return None
        span = span_of(period, self.kind, day)
        if not span.start <= day <= span.end and not self._clipped(span, day):
            form = "%Y-%m" if self.kind is SpanKind.MONTH else "%Y-%m-%d"
            first, last = f"{period.start:{form}}", f"{period.end:{form}}"
            noun = section(f"span.{self.kind}")["noun"]
            raise InvalidValue("report_outside", given=self.given or f"{day:{form}}", first=first, last=last, noun=noun)
        return span

    def _clipped(self, span: Span, day: dt.date) -> bool:
        """Say whether a day outside the plan is of the same week as its first or last one."""
        return self.kind is SpanKind.WEEK and day.isocalendar()[:2] == span.start.isocalendar()[:2]


def parse_week(text: str) -> Wanted:
    """Return the week that a text names: by any day of it, by its number in ISO 8601, or by its place in a month.

    >>> str(parse_week("2026-W29").day), str(parse_week("2026年7月第3週").day), str(parse_week("R8.7.15").day)
    ('2026-07-13', '2026-07-13', '2026-07-15')
    """
    plain = normalize("NFKC", text).strip()
    if not plain:
        return Wanted(SpanKind.WEEK)
    try:
        if found := _ISO_WEEK.fullmatch(plain):
            day = dt.date.fromisocalendar(int(found[1]), int(found[2]), 1)
        elif found := _WEEK_OF_MONTH.fullmatch(plain):
            day = _in_month(parse_month(found[1]), int(found[2]))
        else:
            day = parse_date(plain)
    except (InvalidValue, ValueError):
        raise InvalidValue("span_week", given=text[:40]) from None
    return Wanted(SpanKind.WEEK, day, given=text[:40])


def parse_quarter(text: str) -> Wanted:
    """Return the quarter that a text names: by any month or day of it, or by its number in a year of the plan.

    >>> parse_quarter("2026Q2").quarter, parse_quarter("2026年度第2四半期").quarter, str(parse_quarter("2026-07").day)
    ((2026, 2), (2026, 2), '2026-07-01')
    """
    plain = normalize("NFKC", text).strip()
    if not plain:
        return Wanted(SpanKind.QUARTER)
    if found := _QUARTER.fullmatch(plain):
        return Wanted(SpanKind.QUARTER, quarter=(int(found[1]), int(found[2])), given=text[:40])
    for read in (parse_month, parse_date):
        try:
            return Wanted(SpanKind.QUARTER, read(plain), given=text[:40])
        except InvalidValue:
            pass  # said as below
    raise InvalidValue("span_quarter", given=text[:40])


def the_only(asked: Mapping[str, dt.date | Wanted | None]) -> dt.date | Wanted | None:
    """Return the span that is asked for, by the name of an option; None where none is.

    Raises
    ------
    InvalidValue
        If more than one is.

    >>> str(the_only({"month": dt.date(2026, 7, 1), "week": None}))
    '2026-07-01'
    """
    given = [one for one in asked.values() if one is not None]
    if len(given) > 1:
        raise InvalidValue("one_span", options=say("join").join(asked))
    return given[0] if given else None


def _in_month(first: dt.date, number: int) -> dt.date:
    """Return the first day of a week of a month; the first one begins with the month."""
    monday = first - dt.timedelta(days=first.weekday()) + dt.timedelta(weeks=number - 1)
    day = max(monday, first)
    if number < 1 or day.month != first.month:
        raise ValueError(number)
    return day
