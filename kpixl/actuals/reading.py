"""What do the cells of a row say?

Applies a rule of a mapping to rows: which of them are wanted, and what event, day, member, channel, amount and minutes
they give. Dates and numbers that can be written in one way only are read here, within the query; all others in
`freehand`. A moment with an offset is a day of the import's time zone.
"""

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from kpixl.actuals.amounts import scale_of
from kpixl.actuals.durations import CLOCK, UNITS, unit_of
from kpixl.actuals.expressions import local_time, strlen, try_strptime, where, whether
from kpixl.actuals.headings import plain
from kpixl.actuals.hours import tells_hours
from kpixl.actuals.identity import identity
from kpixl.actuals.names import Names
from kpixl.actuals.rows import Rows
from kpixl.actuals.rules import Rule, Value

__all__ = ["Terms", "staged"]

_PLAIN_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_WITH_OFFSET = rf"{_PLAIN_DAY} ?(?:Z|UTC|[-+]\d{{2}}:?\d{{2}})"
_MIDNIGHT = r"[ T]0?0:00(?::00(?:\.0+)?)? ?(?:Z|UTC|[-+]\d{2}:?\d{2})$"
_SUM_ENDS = ("計", "tal", "TAL", "tals")


@dataclass(frozen=True)
class Terms:
    """How an import reads: the time zone of its days, the first and last day it takes, and whether it keeps ids.

    `hashed` gives rows without an id one made from what stands in them; `hours_from` is the
    first day of which hours are counted; `members` and `channels` know who is meant.
    """

    timezone: str = "Asia/Tokyo"
    first: dt.date = dt.date(1900, 1, 1)
    last: dt.date = dt.date(2199, 12, 31)
    ids: bool = False
    hashed: bool = False
    hours_from: dt.date | None = None
    members: Names = field(default_factory=Names)
    channels: Names = field(default_factory=Names)


def staged(rule: Rule, rows: Rows, terms: Terms) -> Any:
    """Add what the rule asks for to the rows.

    WANTED; EVENT, MEMBER and CHANNEL as text; ID where ids are kept; DAY, AMOUNT, MINUTES, COUNT and SHARE, null where
    they cannot be read within the query, and the same with GIVEN as they stand in the file, with THERE whether anything
    stands there, which is quicker to ask; SUM_GIVEN the cell that may say that the row sums up others. COUNT and SHARE
    are there only where the rule asks for them, HOUR (null where no time is told) where it tells of hours.
    """
    import ibis  # noqa: PLC0415 - half a second that only an import should cost

    table = rows.table

    def cell(heading: str | None) -> Any:
        return ibis.null("string") if heading is None else table[rows.column(heading)]

    def given(heading: str | None) -> Any:
        """Return a cell as text, null where it is blank."""
        return cell(heading).cast("string")

    def text(value: Value) -> Any:
        return ibis.literal(value.fixed) if value.column is None else given(value.column)

    wanted = [
        _is_one_of(tuple(map(plain, values)))(given(column)).fill_null(False) for column, values in rule.where.items()
    ]
    if rule.event.column is None and not rule.where:
        wanted.append(cell(rule.occurred_at).notnull())
    if rule.count is not None:
        wanted.append(given(rule.count).strip().nullif("").notnull())
    given(rule.lead)  # a mapping that names a column which is not there is wrong, whether or not it is counted
    moment = _moment(cell(rule.occurred_at), None if rule.time is None else cell(rule.time))
    table = table.mutate(TIME=_time_in_query(moment, terms))  # apart, as DuckDB reads a value anew for each use
    day = table.TIME.cast("date")
    counts = {
        name: read
        for name, heading, inside in (("COUNT", rule.count, _count_in_query), ("SHARE", rule.share, _share_in_query))
        if heading is not None
        for read in (inside(cell(heading), rule),)
    }
    counts |= {f"{name}_GIVEN": given(rule.count if name == "COUNT" else rule.share) for name in tuple(counts)}
    if tells_hours(rule):
        counts["HOUR"] = _hour_in_query(table.TIME, moment, terms.hours_from)
    there = {"DAY": moment, "AMOUNT": cell(rule.amount), "MINUTES": cell(rule.minutes)}
    return (
        table.mutate(
            **{f"{name}_THERE": stored.notnull() for name, stored in there.items()},
            WANTED=ibis.and_(*wanted),
            EVENT=text(rule.event),
            MEMBER=text(rule.member),
            CHANNEL=text(rule.channel),
            ID=identity(rule, rows, hashed=terms.hashed) if terms.ids else ibis.null("string"),
            DAY=where(day.between(terms.first, terms.last), day),
            AMOUNT=_times(_number_in_query(cell(rule.amount)), scale_of(rule.amount)),
            MINUTES=_minutes_in_query(cell(rule.minutes), unit_of(rule.minutes, rule.minutes_unit)),
            DAY_GIVEN=moment.cast("string"),
            AMOUNT_GIVEN=given(rule.amount),
            MINUTES_GIVEN=given(rule.minutes),
            SUM_GIVEN=_sum_in(rule, rows),
            **counts,
        )
        .drop("TIME")
        .view()
    )


def _time_in_query(given: Any, terms: Terms) -> Any:
    """Return day and time of a cell that can be read in one way only, in the time zone of the import; else null."""
    import ibis  # noqa: PLC0415

    kind = given.type()
    if kind.is_timestamp() and kind.timezone is not None:
        return local_time(terms.timezone, given)
    if kind.is_timestamp() or kind.is_date():
        return given.cast("timestamp")
    if not kind.is_string():
        return ibis.null("timestamp")  # a serial number; to a database it would be microseconds of 1970
    digit = given < ":"  # in front; a database also reads infinity
    most = where((strlen(given) == len("2025-06-02 10:00:00")) & digit, try_strptime(given, "%Y-%m-%d %H:%M:%S"))
    read = ibis.cases(
        ((strlen(given) <= len("2025-06-02")) & digit, given.try_cast("timestamp")),
        (given.re_search(f"^{_PLAIN_DAY}$"), given.try_cast("timestamp")),
        (given.re_search(f"^{_WITH_OFFSET}$"), local_time(terms.timezone, given.try_cast("timestamp('UTC')"))),
    )
    return ibis.coalesce(most, read)


def _hour_in_query(moment: Any, given: Any, since: dt.date | None) -> Any:
    """Return the hour of a moment; null at midnight, also as it is written before an offset, which is a day alone."""
    if given.type().is_date() or not (given.type().is_timestamp() or given.type().is_string()):
        return moment.nullif(moment).hour().cast("int8")
    timed = moment != moment.cast("date").cast("timestamp")
    if given.type().is_string():
        timed = timed & ~((strlen(given) > len("2025-06-02 00:00:00")) & given.re_search(_MIDNIGHT))
    hour = where(timed, moment.hour().cast("int8"))
    return hour if since is None else where(moment >= dt.datetime.combine(since, dt.time()), hour)


def _moment(day: Any, time: Any) -> Any:
    """Return a cell with a day, with the time of day that stands in another behind it."""
    import ibis  # noqa: PLC0415

    if time is None or not day.type().is_string():
        return day
    time = time.cast("string").strip().nullif("")
    return ibis.ifelse(time.isnull() | day.isnull(), day, day.strip().concat(" ", time.fill_null("")))


def _minutes_in_query(given: Any, unit: str) -> Any:
    """Return minutes of a number in its unit, or of a length of time such as 0:02:23."""
    import ibis  # noqa: PLC0415

    kind = given.type()
    if kind.is_numeric() and not kind.is_boolean():
        return _times(_number_in_query(given), UNITS[unit])
    if kind.is_time():
        given = given.cast("string")
    elif not kind.is_string():
        return ibis.null("float64")
    clock = f"^{CLOCK}$"
    hours, minutes, seconds = (given.re_extract(clock, part).try_cast("float64") for part in (1, 2, 3))
    clocked = where(given.re_search(clock), hours * 60 + minutes + seconds / 60)
    number = _number_in_query(given)  # which most are
    return ibis.ifelse(number.isnull(), clocked, _times(number, UNITS[unit]))


def _count_in_query(given: Any, rule: Rule) -> Any:
    number = _number_in_query(given)
    return where((number >= 0) & (number == number.floor()), number)


def _share_in_query(given: Any, rule: Rule) -> Any:
    number = _number_in_query(given) / rule.share_divisor
    return where((number >= 0) & (number <= 1), number)


def _times(number: Any, scale: float) -> Any:
    return number if scale == 1 else number * scale


def _number_in_query(given: Any) -> Any:
    import ibis  # noqa: PLC0415

    kind = given.type()
    if kind.is_integer():
        return given  # of which sums are quicker
    if kind.is_numeric() and not kind.is_boolean():
        number = given.cast("float64")
    elif kind.is_string():
        plainly = (strlen(given) < len("1_0")) | ~given.contains("_")  # 1_000 is no number to a reader
        number = where(plainly, given.try_cast("float64"))
    else:
        return ibis.null("float64")
    return where(number.abs() < float("1e300"), number)  # neither infinite nor not a number


def _sum_in(rule: Rule, rows: Rows) -> Any:
    """Return the cell of a row that may say that it sums up others: its first one, or its id.

    So may the member and the channel, of which there are few: whoever counts rows by them asks those once each.
    """
    import ibis  # noqa: PLC0415

    told = {rows.column(heading) for heading in _figures(rule) if heading}
    told |= {rows.column(value.column) for value in (rule.member, rule.channel, rule.event) if value.column}
    names = [next(iter(rows.columns.values())), *([rows.column(rule.id)] if rule.id else [])]
    cells = [
        rows.table[name] for name in dict.fromkeys(names) if name not in told and rows.table[name].type().is_string()
    ]
    ends = [(cell, ibis.or_(*(cell.endswith(end) for end in _SUM_ENDS))) for cell in cells]
    return ibis.cases(*((said, cell) for cell, said in ends)) if ends else ibis.null("string")


def _figures(rule: Rule) -> tuple[str | None, ...]:
    return rule.occurred_at, rule.time, rule.amount, rule.minutes, rule.count, rule.share


@cache
def _is_one_of(values: tuple[str, ...]) -> Any:
    """Return the function that says of texts whether a reader would take them for one of `values`."""
    return whether(lambda texts: [plain(text) in values for text in texts])
