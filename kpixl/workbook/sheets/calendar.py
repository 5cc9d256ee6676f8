"""How much of each day of the plan is worked, on a hidden sheet: what every formula that counts business days adds up.

A day that stands in the list of closures is worked for the share that is open, any other unless it is a weekly day off.
The days off, which may be written in words, are read into digits by one formula, as `kpixl.plan.weekend` reads them.

Where the pace of a KPI goes by what days brought in the past, its weights are here too, as they add up from the start
of the plan (`kpixl.tracking.day_shares`); a refresh writes them, and `weight_between` looks them up.
"""

import datetime as dt

import numpy as np

from kpixl.engine.weekend import SATURDAY_SUNDAY, WEEKENDS
from kpixl.plan import Plan
from kpixl.plan.weekend import words_besides
from kpixl.texts import say, section
from kpixl.workbook.blocks import Calc, Column, Sheet, Table
from kpixl.workbook.layout import named
from kpixl.workbook.references import column_ref, this_row
from kpixl.workbook.schema import kpi_key
from kpixl.workbook.sheets.formulas import kpi_column, quoted
from kpixl.workbook.state import State
from kpixl.workbook.tables import CALENDAR, CLOSURES, DAY_WEIGHTS

__all__ = ["PACE_BY", "WHOLE", "calendar_sheet", "days_between", "pace_words", "weighed", "weight_between"]

PACE_BY = "kpixl_pace_by"
WEEKEND, DAYS_OFF = "kpixl_weekend", "kpixl_days_off"
_DAYS, _WORKED = "kpixl_dates", "kpixl_worked"
WHOLE = f"SUM({_WORKED})"  # the formula of all business days of the plan
_SHEET = "kpixl_calendar"  # hidden, so the title needs no translation


def days_between(first: str, last: str) -> str:
    """Return the formula of the business days from `first` to `last`, both included; 0 if `last` is before `first`.

    >>> days_between("kpixl_month_start", "kpixl_as_of")
    'SUMIFS(kpixl_worked,kpixl_dates,">="&kpixl_month_start,kpixl_dates,"<="&kpixl_as_of)'
    """
    return f'SUMIFS({_WORKED},{_DAYS},">="&{first},{_DAYS},"<="&{last})'


def pace_words() -> tuple[str, str]:
    """Return the words for a pace by business days, and for one as the past has it."""
    return say("settings.pace_days"), say("settings.pace_learned")


def weighed(plan: Plan, kpi: str) -> str:
    """Return the condition that a KPI has learned weights which count; `kpi` is the formula of its name."""
    return f"AND({PACE_BY}={quoted(pace_words()[1])},N({_weight_by(plan, kpi, 'kpixl_month_end')})>0)"


def weight_between(plan: Plan, kpi: str, first: str, last: str) -> str:
    """Return the formula of what the days from `first` to `last` weigh for a KPI that is `weighed`."""
    return f"{_weight_by(plan, kpi, last)}-{_weight_by(plan, kpi, f'{first}-1')}"


def _weight_by(plan: Plan, kpi: str, day: str) -> str:
    """Return the formula of what all days of the plan up to one weigh."""
    column, row = kpi_column(plan, DAY_WEIGHTS, "date", kpi), f"MATCH({day},{column_ref(DAY_WEIGHTS, 'date')},0)"
    return column.replace("[],0,", f"[],{row},", 1) if column.startswith("INDEX(") else f"INDEX({column},{row})"


def calendar_sheet(state: State) -> Sheet:
    """Return the hidden sheet with a row for each day of the plan."""
    period = state.plan.period
    return Sheet(
        _SHEET,
        blocks=(named(DAYS_OFF, "B3", Calc(_days_off(), period.weekend), "digits"),),
        tables=(_calendar(state), _weights(state)),
        names={_DAYS: column_ref(CALENDAR, "date"), _WORKED: column_ref(CALENDAR, "open")},
        hidden=True,
    )


def _calendar(state: State) -> Table:
    period = state.plan.period
    days = np.arange(np.datetime64(period.start), np.datetime64(period.end) + np.timedelta64(1, "D"))
    worked = np.asarray(period.calendar.count(days, days)).tolist()
    day = this_row(CALENDAR, "date")
    listed = f"INDEX({column_ref(CLOSURES, 'open')},MATCH({day},{column_ref(CLOSURES, 'date')},0))"
    formula = f"IFERROR(N({listed}),1-MID({DAYS_OFF},WEEKDAY({day},2),1))"
    columns = Column("date", "date", 12), Column("open", "quantity", 11, formula)
    return Table("B5", CALENDAR, columns, list(zip(days.tolist(), worked, strict=True)))


def _weights(state: State) -> Table:
    """Return what the days of the plan weigh, added up, by KPI: blank for those that go by business days."""
    plan, shares = state.plan, state.tracking.shares
    by_kpi = shares.learned
    columns = (Column("date", "date", 12), *(Column(kpi_key(kpi), "quantity") for kpi in plan.kpis))
    if not by_kpi:
        return Table("E5", DAY_WEIGHTS, columns, [(None,) * len(columns)])
    days = (plan.period.end - plan.period.start).days + 1
    sums = [by_kpi[kpi.key].before.tolist() if kpi.key in by_kpi else [None] * (days + 1) for kpi in plan.kpis]
    dates = [plan.period.start + dt.timedelta(days=place - 1) for place in range(days + 1)]
    return Table("E5", DAY_WEIGHTS, columns, list(zip(dates, *sums, strict=True)))


def _days_off() -> str:
    """Return the formula that reads the days off: a number, seven digits, words, or blank for Saturday and Sunday."""
    numbered = ",".join(quoted(WEEKENDS.get(number, SATURDAY_SUNDAY)) for number in range(1, max(WEEKENDS) + 1))
    names, said = section("weekend")["days"], WEEKEND
    for word in words_besides():
        if any(name in word for name in names):
            said = f'SUBSTITUTE({said},{quoted(word)},"")'
    words = "&".join(f"ISNUMBER(SEARCH({quoted(name)},{said}))*1" for name in names)
    digits = f'IF(LEN({WEEKEND})=7,{WEEKEND}&"",IFERROR(CHOOSE({WEEKEND},{numbered}),{quoted(SATURDAY_SUNDAY)}))'
    return f'IF({WEEKEND}="",{quoted(SATURDAY_SUNDAY)},IF(ISNUMBER(-{WEEKEND}),{digits},{words}))'
