"""時間帯 / Hours: when calls get through and mails are opened, by hour and weekday, over the last three months.

One month has too few calls for its hours. Only what is beyond chance is called a better time (`tracking.hours`).
"""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.thresholds import ENOUGH_TRIALS
from kpixl.texts import say, section
from kpixl.tracking.hours import Better, HourMap, call_hours, mail_hours
from kpixl.workbook.blocks import Column, Sheet, Table
from kpixl.workbook.layout import leads, over, titled
from kpixl.workbook.schema import Key
from kpixl.workbook.sheets.hours import HOURS
from kpixl.workbook.state import State

__all__ = ["better_hours", "page"]

_MONTHS = 3
_ROWS_APART = 4


def page(state: State) -> Sheet | None:
    """Return the page; None where no time of day is known."""
    since, until = _span(state)
    if state.hours_are_lost:
        return Sheet(say("page.hours"), blocks=titled(say("page.hours"), say("hours.lost", sheet=HOURS)))
    calls, mails = call_hours(state.hours, since, until), mail_hours(state.hours, since, until)
    if calls is None and mails is None:
        return None
    blocks, tables, row = [*titled(say("page.hours"), say("hours.lead", since=since, until=until))], [], 5
    if calls is not None:
        told = *_found(calls), say("hours.calls_note", least=ENOUGH_TRIALS)
        blocks.append(leads(f"B{row}", *told))
        row += len(told) + 2
        tables.append(_table(f"B{row}", "report_connect_hours", calls, calls.rate, "heat_rate"))
        tables.append(_table(f"L{row}", "report_call_hours", calls, calls.tried, "count"))
        row += len(calls.hours) + _ROWS_APART
    if mails is not None:
        blocks.append(leads(f"B{row}", say("hours.mails_note")))
        tables.append(_table(f"B{row + 3}", "report_mail_hours", mails, mails.won, "count"))
    blocks += [over(table, say(f"hours.{table.name.removeprefix('report_')}")) for table in tables]
    columns = "A:J" if calls is None else "A:T"
    return Sheet(say("page.hours"), blocks=tuple(blocks), tables=tuple(tables), print_columns=columns, one_page=True)


def better_hours(state: State) -> str:
    """Return in a sentence when more calls get through than at other times; "" where nothing is beyond chance."""
    found = call_hours(state.hours, *_span(state))
    return _sentence(found.better[0]) if found is not None and found.better else ""


def _span(state: State) -> tuple[dt.date, dt.date]:
    """Return the last three months of the report, from the first of one on."""
    until = state.tracking.as_of
    months = until.year * 12 + until.month - _MONTHS
    return dt.date(months // 12, months % 12 + 1, 1), until


def _found(one: HourMap) -> list[str]:
    return [_sentence(better) for better in one.better] or [say("hours.none", looks=one.looks)]


def _sentence(better: Better) -> str:
    return say(
        "hours.better", when=_when(better), rate=better.rate, won=better.won, tried=better.tried, others=better.others
    )


def _when(better: Better) -> str:
    days = say("hours.days_join").join(section("hours")["weekdays"][day] for day in better.weekdays)
    if not better.hours:
        return say("hours.on_days", days=days)
    first, last = better.hours[0], better.hours[-1] + 1
    return say("hours.at" if not days else "hours.on_at", days=days, first=first, last=last)


def _table(at: str, name: str, one: HourMap, cells: NDArray[np.float64], style: str) -> Table:
    """Return a row for each hour, by weekday and for all; blank where there is nothing, or too little to say."""
    weekdays = section("hours")["weekdays"]
    columns = (
        Column(Key("hour_of_day", say("hours.hour")), "strong", 10),
        *(Column(Key(f"weekday_{number}", text), style, 8) for number, text in enumerate(weekdays)),
        Column(Key("whole_week", say("hours.all")), style, 9),
    )
    rows = []
    for place, hour in enumerate(one.hours):
        tried, won = float(one.tried[:, place].sum()), float(one.won[:, place].sum())
        whole = cells[:, place].sum() if style == "count" else won / tried if tried >= ENOUGH_TRIALS else np.nan
        shown = map(_counted if style == "count" else _rated, (*cells[:, place], whole))
        rows.append((say("hours.from", hour=hour), *shown))
    return Table(at, name, columns, rows)


def _counted(value: float) -> float | None:
    return float(value) or None


def _rated(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
