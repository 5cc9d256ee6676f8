"""見直し / Review: attainment by month, the reasons to review a KPI, and a log of changed targets.

Attainment is a native formula. A refresh writes the reasons and the targets in force; if a target differs from that of
the last refresh, it logs the change. The user types the decision, and the reason for a change.
"""

import datetime as dt
import math
from collections.abc import Iterator, Sequence

from kpixl.engine.numbers import parse_date
from kpixl.errors import InvalidValue
from kpixl.plan import Kpi
from kpixl.texts import say
from kpixl.tracking import SHORTEST, InForce, months_before
from kpixl.workbook.blocks import Column, Sheet, Sparkline, Table, Value
from kpixl.workbook.books import Book
from kpixl.workbook.layout import TWO_LINES, above, beside, headline, labels, over, printed, ruled, titled
from kpixl.workbook.references import column_ref, looked_up, this_row
from kpixl.workbook.schema import kpi_key
from kpixl.workbook.sheets.formulas import actuals_formula, known_formula, quoted, unless_untouched
from kpixl.workbook.sheets.outlook import outlook_share
from kpixl.workbook.state import State
from kpixl.workbook.tables import MONTHLY, TEAM
from kpixl.xlsx.address import Area, address, column_letters

__all__ = ["CHANGES", "TRIGGERS", "course_lines", "month_rows", "read_changes", "read_in_force", "sheet"]

TRIGGERS, CHANGES = "kpixl_triggers", "kpixl_changes"
_CHANGE_ROWS = 5
_TOP = 7  # the heading row of the first tables
_LOGGED = ("date", "kpi", "before", "after")


def sheet(state: State) -> Sheet:
    """Return the sheet for the review of the plan."""
    monthly = _monthly(state)
    triggers = _triggers(state, beside(monthly, f"B{_TOP}"))
    changes = _changes(state, beside(monthly, f"B{_TOP + len(triggers.rows) + 3}"))
    lines = _lines(monthly)
    title = say("review.triggers_section")
    return Sheet(
        say("sheet.review"),
        blocks=(
            *titled(say("review.title"), say("review.lead")),
            ruled(above(monthly, 2), say("review.monthly_section"), len(monthly.columns)),
            labels(above(monthly), say("review.course")),
            over(changes, say("review.changes_section")),
            *headline(state, above(triggers), "kpixl_triggers_head", title, len(triggers.columns)),
        ),
        tables=(monthly, triggers, changes),
        sparklines=lines,
        widths={column_letters(monthly.area.right + 1): 2},
        heights=dict.fromkeys(range(_TOP + 1, _TOP + 1 + len(triggers.rows)), TWO_LINES),
        tab="computed",
        print_columns=printed(triggers),
    )


def read_in_force(book: Book) -> dict[str, InForce]:
    """Read the targets in force at the last refresh, by KPI name; rows without a target are left out."""
    in_force = {}
    for row in book.rows(TRIGGERS):
        target = row.number("target_in_force", None)
        since = row.date("in_force_since", None)
        if target is not None and since is not None:
            in_force[row.text("kpi")] = InForce(target, since)
    return in_force


def read_changes(book: Book) -> tuple[tuple[Value, ...], ...]:
    """Read the log of changes unchecked, up to the last row that is not blank."""
    rows = [tuple(row.raw(key) for key in (*_LOGGED, "reason")) for row in book.rows(CHANGES, blank=True)]
    last = max((number for number, row in enumerate(rows, 1) if any(cell is not None for cell in row)), default=0)
    return tuple(row[: len(_LOGGED)] for row in rows[:last])


def month_rows(state: State) -> list[tuple[Value, ...]]:
    """Return a row per month: its first day, and the attainment of every KPI as the formulas show it."""
    shares = state.tracking.attainment.to_numpy(dtype=float).tolist()
    return [
        (start, *("" if math.isnan(share) else share for share in row))
        for start, row in zip(state.plan.period.starts, shares, strict=True)
    ]


def _monthly(state: State) -> Table:
    kpis = (Column(kpi_key(kpi), "attainment", 9, _attainment(state, kpi)) for kpi in state.plan.kpis)
    return Table(f"B{_TOP}", MONTHLY, (Column("month", "month", 11), *kpis), month_rows(state))


def _lines(monthly: Table) -> tuple[Sparkline, ...]:
    """Return a small chart of the months above the heading of each KPI."""
    left, top, *_ = monthly.body
    return tuple(Sparkline(address(left + 1 + place, top - 2), cells) for place, cells in enumerate(_courses(monthly)))


def course_lines(state: State, column: str, top: int) -> tuple[Sparkline, ...]:
    """Return a small chart of the months of each KPI for another sheet, in its `column` from row `top` down."""
    lines = enumerate(_courses(_monthly(state)), top)
    return tuple(Sparkline(f"{column}{row}", cells, say("sheet.review"), MONTHLY) for row, cells in lines)


def _courses(monthly: Table) -> Iterator[str]:
    """Yield the cells with the months of each KPI."""
    left, top, right, bottom = monthly.body
    yield from (str(Area(column, top, column, bottom)) for column in range(left + 1, right + 1))


def _attainment(state: State, kpi: Kpi) -> str:
    """Return the formula of a month's attainment: against the pace while it runs; blank if unknown or not begun."""
    month = this_row(MONTHLY, "month")
    target = looked_up(TEAM, kpi_key(kpi), "month", month)
    until = f"MIN(EOMONTH({month},0),kpixl_as_of)"
    actual = actuals_formula(state.plan, quoted(kpi.name), money=str(kpi.money).upper(), since=month, until=until)
    share = f"IF({month}=kpixl_month_start,{unless_untouched(outlook_share(quoted(kpi.name)), '0')},1)"
    judged = f'IF(({actual})<0,"",IFERROR(({actual})/({target}*{share}),""))'
    known = known_formula(state.plan, kpi, since=month, until=until, value=judged)
    return f'IF({month}>kpixl_as_of,"",{known})'


def _triggers(state: State, at: str) -> Table:
    tracking = state.tracking
    rows: list[tuple[Value, ...]] = []
    for kpi in state.plan.kpis:
        holding = tracking.in_force.get(kpi.name)
        reasons = say("join").join(say(f"trigger.{reason}") for reason in tracking.triggers[kpi.key])
        calm = say("review.none") if holding else None
        use = (holding.target, holding.since, holding.months(tracking.as_of)) if holding else (None, None, None)
        rows.append((kpi.name, *use, reasons or calm, None))
    columns = (
        Column("kpi", "strong", 13),
        Column("target_in_force", "count", 14),
        Column("in_force_since", "date", 13),
        Column("months_in_force", "count", 14, analysed=True),
        Column("reasons", "remark", 23, analysed=True),
        Column("decision", "remark", 14, typed=True),
    )
    return Table(at, TRIGGERS, columns, rows)


def _changes(state: State, at: str) -> Table:
    """Return the log with new changes appended, and blank rows below."""
    new = [(change.day, change.kpi, change.before, change.after) for change in state.tracking.changes]
    entered = [*state.changes, *new]
    rows = [*entered, *[(None,) * len(_LOGGED)] * max(_CHANGE_ROWS - len(entered), 3)]
    date, kpi = (this_row(CHANGES, key) for key in ("date", "kpi"))
    dates, kpis = (column_ref(CHANGES, key) for key in ("date", "kpi"))
    earlier = f'COUNTIFS({kpis},{kpi},{dates},">"&EDATE({date},-{SHORTEST}),{dates},"<"&{date})'
    soon = f"OR({date}<EDATE(kpixl_start,{SHORTEST}),{earlier}>0)"
    word = quoted(say("review.too_soon"))
    columns = (
        Column("date", "date", 13),
        Column("kpi", "remark", 14),
        Column("before", "count", 14),
        Column("after", "count", 14),
        Column("reason", "remark", 23, typed=True),
        Column("interval", "alert", 14, f'IF(OR(NOT(ISNUMBER({date})),{kpi}=""),"",IF({soon},{word},""))'),
    )
    logged = [(*row, None, say("review.too_soon") if _too_soon(state, row, rows) else "") for row in rows]
    return Table(at, CHANGES, columns, logged, keys=0)


def _too_soon(state: State, row: Sequence[Value], rows: Sequence[Sequence[Value]]) -> bool:
    """Say whether a target was changed before it had been in force for three months."""
    day, kpi = _day(row[0]), str(row[1] or "").casefold()
    if day is None or not kpi:
        return False
    start = state.plan.period.start
    first = months_before(day, SHORTEST)
    others = (_day(other[0]) for other in rows if str(other[1] or "").casefold() == kpi)
    return day < months_before(start, -SHORTEST) or any(other and first < other < day for other in others)


def _day(value: Value) -> dt.date | None:
    """Return the date in a cell if a spreadsheet takes it for one: a date or a serial number, but not a text."""
    if value is None or isinstance(value, str | bool):
        return None
    try:
        return parse_date(value)
    except InvalidValue:
        return None
