"""日報 / Day sheet: a row for a member's day, a column for each KPI, and on top what is missing of the month's targets.

What is typed here counts as an entry, like a row of the actuals sheet: `kpixl.workbook.sheets.formulas` adds both up.
The figures on top are native formulas, for one member or the whole team. Nothing is below the table, so it can grow.
"""

from collections.abc import Iterator

import pandas as pd

from kpixl.errors import InvalidPlan
from kpixl.plan import Kpi, Plan
from kpixl.texts import say
from kpixl.tracking import VALUE_COLUMNS, between, last_typed, total
from kpixl.workbook.blocks import Block, Calc, Cell, Column, Sheet, Table, Value, figure, lettering
from kpixl.workbook.books import Book, Row
from kpixl.workbook.day_columns import counted_keys, day_column, day_keys
from kpixl.workbook.layout import labels, named, printed, titled
from kpixl.workbook.references import column_ref
from kpixl.workbook.schema import Key, columns_of, has_column, heading_of
from kpixl.workbook.sheets.calendar import days_between
from kpixl.workbook.sheets.formulas import (
    actuals_formula,
    event_formula,
    event_records,
    last_formula,
    of_kpi,
    quoted,
)
from kpixl.workbook.sheets.reasons import shown_actual
from kpixl.workbook.sheets.targets import member_target
from kpixl.workbook.state import State
from kpixl.workbook.tables import CHANNEL_LIST, DAYS, MEMBER_LIST, MEMBERS
from kpixl.xlsx.address import column_letters

__all__ = ["read_days", "read_shown_member", "sheet"]

_WHO, _LEFT, _FIGURES, _AS_OF, _NOTE = (f"kpixl_day_{name}" for name in ("member", "left", "figures", "as_of", "note"))
_TOP, _FIRST = 8, 5  # the heading row, and the first column with figures
_FIGURE_ROWS = ("target", "actual", "missing", "per_day")
_BLANK_ROWS = 20
_HEIGHTS = {1: 15.0, 2: 30.0, **dict.fromkeys(range(4, _TOP), 17.0)}  # points


def sheet(state: State) -> Sheet:
    """Return the sheet with the table of days, and the figures of the month above it."""
    table = _days(state.plan)
    return Sheet(
        say("sheet.days"),
        blocks=(
            *titled(say("days.title"), say("days.lead")),
            named(_NOTE, "E2", _note(state), "alert"),
            labels("B4", *(say(f"days.{key}") for key in ("member", "as_of", "left", "everyone"))),
            named(_WHO, "C4", state.shown_member or None, "strong", typed=True, choices=f"={MEMBER_LIST}"),
            named(_AS_OF, "C5", Calc("kpixl_as_of", state.tracking.as_of), "date"),
            named(_LEFT, "C6", Calc(days_between("kpixl_as_of+1", "kpixl_month_end"), _left(state)), "quantity"),
            lettering("D4", [[(say(f"days.{row}"), "aside")] for row in _FIGURE_ROWS]),
            Block("E4", tuple(zip(*_figures(state), strict=True)), _FIGURES, widens=True),
        ),
        tables=(table,),
        freeze=f"E{_TOP + 1}",
        heights=_HEIGHTS,
        tab="typed",
        print_columns=printed(table),
    )


def read_shown_member(book: Book, plan: Plan) -> str:
    """Return the name of the chosen member, "" for the whole team or if the workbook does not have this cell yet."""
    return book.name(_WHO, [member.name for member in plan.members])


def read_days(book: Book, plan: Plan) -> pd.DataFrame:
    """Read what was typed in the table of days: an entry for each cell with a number; its row needs a date."""
    members, channels = [entry.name for entry in plan.members], [entry.name for entry in plan.channels]
    rows = book.rows(DAYS)
    keys = [key for key in day_keys(plan) if has_column(DAYS, key)] if rows else []
    entries = []
    for row in rows:
        _refuse_former(book, row, plan)
        day = row.date("date", None)
        who = row.name("member", members), row.name("channel", channels)
        for key in keys:
            value = row.number(key, None)
            if value is not None:
                entries.append((day or row.date("date"), *who, key.removeprefix("kpi."), value))
    return pd.DataFrame(entries, columns=VALUE_COLUMNS)


def _refuse_former(book: Book, row: Row, plan: Plan) -> None:
    """Refuse a row with something in the column of a KPI that may not be typed any more, so that nothing is lost."""
    known = day_keys(plan)
    for (table, key), heading in book.written.headings.known.items():
        if table == DAYS and key.startswith("kpi.") and key not in known and row.raw(key) is not None:
            told = ", ".join(one.wording for one in known)
            raise InvalidPlan("unknown_kpi", cell=row.address(key), given=heading, known=told)


def _days(plan: Plan) -> Table:
    columns = (
        Column("date", "date", 13, typed=True, choices="plan_day"),
        Column("member", "text", 15, typed=True, choices=f"={MEMBER_LIST}"),
        Column("channel", "text", 15, typed=True, choices=f"={CHANNEL_LIST}"),
        *(day_column(plan, key) for key in day_keys(plan)),
    )
    return Table(f"B{_TOP}", DAYS, columns, [(None,) * len(columns)] * _BLANK_ROWS, typed=True)


def _left(state: State) -> float:
    """Return the business days of the month that are left after the tracked day, as on the board."""
    return state.plan.period.done_and_left(state.tracking.as_of)[1]


def _note(state: State) -> Calc:
    """Return the note that the chosen member is not in the settings, so that there is no target."""
    unknown = say("days.unknown")
    return Calc(f'IF(OR({_WHO}="",{_listed()}),"",{quoted(unknown)})', "" if _known(state) else unknown)


def _listed() -> str:
    return f"COUNTIF({column_ref(MEMBERS, 'member')},{_WHO})>0"


def _known(state: State) -> bool:
    return state.shown_member in ("", *(member.name for member in state.plan.members))


def _figures(state: State) -> Iterator[tuple[Cell | None, ...]]:
    """Yield the figures above each column: the month's target, the actual, what is missing, and how much of it a day.

    Only the KPIs of the funnel have targets for the month; of all else there is the actual.
    """
    kpis = {f"kpi.{kpi.key}": kpi for kpi in state.plan.kpis}
    counted = counted_keys(state.plan)
    for place, key in enumerate(_placed(state.plan), _FIRST):
        if key is None:
            yield (None,) * len(_FIGURE_ROWS)
        elif key in kpis:
            yield tuple(_of_kpi(state, kpis[key], column_letters(place)))
        else:
            yield None, Cell(_side(state, key) if key in counted else _by_hand(state, key), "quantity"), None, None


def _placed(plan: Plan) -> list[Key | None]:
    """Return the keys in the order of the workbook's columns, in which those of later are last; None for the user's."""
    keys, there = day_keys(plan), columns_of(DAYS)
    named_so = {heading_of(DAYS, key): key for key in keys}
    lead = tuple(heading_of(DAYS, key) for key in ("date", "member", "channel"))
    if there[: len(lead)] != lead or not named_so.keys() <= set(there):
        return [*keys]
    placed = [named_so.get(heading) for heading in there[len(lead) :]]
    last = max(place for place, key in enumerate(placed) if key is not None)
    return placed[: last + 1]


def _of_kpi(state: State, kpi: Kpi, letters: str) -> Iterator[Cell]:
    target, actual, missing = (f"{letters}{_TOP - up}" for up in (4, 3, 2))
    aim, made, left = _target(state, kpi), _actual(state, kpi), _left(state)
    known = "" not in (aim.value, made.value)
    lacking = max(0.0, float(str(aim.value)) - float(str(made.value))) if known else ""
    a_day = lacking / left if isinstance(lacking, float) and left else ""
    whole, most, daily = ("money", "still_money", "still_money") if kpi.money else ("count", "still", "still_daily")
    yield Cell(aim, whole)
    yield Cell(made, whole)
    yield Cell(Calc(f'IF(AND(ISNUMBER({target}),ISNUMBER({actual})),MAX(0,{target}-{actual}),"")', lacking), most)
    yield Cell(Calc(f'IF(AND(ISNUMBER({missing}),{_LEFT}>0),{missing}/{_LEFT},"")', a_day), daily)


def _target(state: State, kpi: Kpi) -> Calc:
    """Return the target of the month: the team's, or the chosen member's."""
    targets, month = state.tracking.targets, state.plan.period.month_of(state.tracking.as_of)
    of_member = f'IF({_listed()},{member_target(state.plan, quoted(kpi.name), _WHO)},"")'
    names = [member.name for member in state.plan.members]
    value: Value = float(state.tracking.kpi(kpi.key)["target"])
    if state.shown_member:
        known = state.shown_member in names
        value = float(targets.members(kpi.key)[month][names.index(state.shown_member)]) if known else ""
    return Calc(f'IF({_WHO}="",{of_kpi("target", kpi.name)},{of_member})', value)


def _actual(state: State, kpi: Kpi) -> Calc:
    """Return the actual of the month: the team's, or the chosen member's; blank while the team's is unknown."""
    team = of_kpi("actual", kpi.name)
    own = actuals_formula(state.plan, quoted(kpi.name), money=str(kpi.money).upper(), member=_WHO)
    value = shown_actual(state.tracking.kpi(kpi.key), "")
    if state.shown_member and value != "":
        value = total(_of_member(state), kpi.key)
    return Calc(f'IF(ISNUMBER({team}),IF({_WHO}="",{team},{own}),"")', value)


def _side(state: State, key: Key) -> Calc:
    """Return the month's count of an event outside the funnel; blank while it was never recorded."""
    plan, event, kind = state.plan, quoted(key.wording), key.removeprefix("kpi.")
    sums = (event_formula(plan, event, "count", member=who) for who in (None, _WHO))
    ever = between(state.tracking.values, plan.period.start, state.tracking.as_of)["kpi"].eq(kind).any()
    return Calc(
        f'IF(({event_records(plan, event, None)})>0,IF({_WHO}="",{",".join(sums)}),"")',
        total(_of_member(state), kind) if ever else "",
    )


def _by_hand(state: State, key: Key) -> Calc:
    """Return what was last typed this month of something followed by hand, which is nobody's own."""
    value = figure(last_typed(state.tracking.by_hand, key.wording, *state.span))
    return Calc(
        f'IF({_WHO}="",{last_formula(state.plan, quoted(key.wording))},"")', "" if state.shown_member else value
    )


def _of_member(state: State) -> pd.DataFrame:
    """Return the values of the month, only the chosen member's if one is chosen."""
    values = between(state.tracking.values, *state.span)
    return values[values["member"] == state.shown_member] if state.shown_member else values
