"""Closed months, on the targets sheet: their targets, and the first of the months that share the rest of the goal.

A refresh writes a row per closed month and member or channel, values only. The tables of targets look up closed months
here, so their targets never change; the formulas of later months share what is left of the goal. It is shared among
the months that were open when the settings were last changed: a fingerprint of the settings reveals a change that no
refresh has seen yet.
"""

import datetime as dt
from collections.abc import Callable

from kpixl.plan import CHANNEL, MEMBER, SECURED, Asked, History, Plan, Stage, Targets, fingerprint
from kpixl.texts import say, section
from kpixl.workbook.blocks import Block, Calc, Column, Content, Table, table_of
from kpixl.workbook.books import Book
from kpixl.workbook.columns import texts_of, values_of
from kpixl.workbook.layout import named
from kpixl.workbook.references import column_ref, row_number
from kpixl.workbook.schema import Key, kpi_key, step_keys
from kpixl.workbook.sheets.formulas import quoted
from kpixl.workbook.state import State
from kpixl.workbook.tables import BY_MEMBER, CHANNELS, FUNNEL, MEMBER_TARGETS, MEMBERS, RATES, TEAM

__all__ = [
    "FROM",
    "asked",
    "closed_note",
    "closed_table",
    "closing_table",
    "from_block",
    "months_formula",
    "read_history",
    "shared_from",
    "since_note",
    "to_come",
]

CLOSED, CLOSING, FROM = "kpixl_closed", "kpixl_closing", "kpixl_shared_from"
_KINDS = {kind: kind for kind in (MEMBER, CHANNEL, SECURED)}


def asked(key: str, kind: str, *, month: str = "", name: str = "") -> str:
    """Return the formula of a closed month's target for a kind, or of the sum over all months before `FROM`.

    `month` and `name` are formulas; without a name it is the sum over all names.
    """
    conditions = [(_closed("asked_kind"), quoted(kind)), (_closed("month"), month or f'"<"&{FROM}')]
    if name:
        conditions.append((_closed("asked_name"), name))
    return f"SUMIFS({column_ref(CLOSED, key)},{','.join(part for pair in conditions for part in pair)})"


def to_come(key: str) -> str:
    """Return the formula that sums a column of the team's table over the months that share the rest of the goal."""
    return f'SUMIFS({column_ref(TEAM, key)},{_months()},">="&{FROM})'


def months_formula() -> str:
    """Return the formula of how many months share the rest of the goal."""
    return f'COUNTIF({_months()},">="&{FROM})'


def shared_from(targets: Targets) -> dt.date:
    """Return the first month that shares the rest of the goal; the day after the plan's end if none is left."""
    period = targets.plan.period
    return period.starts[targets.since] if targets.since < period.months else period.end + dt.timedelta(days=1)


def closed_note(state: State) -> Calc:
    """Return the note on the month up to which targets are fixed."""
    until = state.tracking.targets.history.until
    told = _month_formula(section("closing")["note"], _until())
    return Calc(f'IF({_until()}=0,"",{told})', say("closing.note", month=f"{until:%Y-%m}") if until else "")


def since_note(state: State) -> Calc:
    """Return the note on the months that the funnel covers, once it no longer covers the whole period."""
    first = shared_from(state.tracking.targets)
    later = first > state.plan.period.start
    told = _month_formula(section("closing")["since_note"], FROM)
    value = say("closing.since_note", month=f"{first:%Y-%m}") if later else ""
    return Calc(f'IF({FROM}>MIN({_months()}),{told},"")', value)


def from_block(state: State, at: str) -> Block:
    """Return the cell with the first month that shares the rest: the first open month once a setting has changed."""
    same = f"ABS({_closing('fingerprint_now')}-{_closing('fingerprint')})<=1E-8"
    kept = f"IF({same},{_closing('shared_since')},EDATE({_until()},1))"
    formula = f"IF({_until()}=0,MIN({_months()}),{kept})"
    return named(FROM, at, Calc(formula, shared_from(state.tracking.targets)), "month")


def closing_table(state: State, at: str) -> Table:
    """Return the one-row table with the last closed month, and the fingerprint of the settings then and now."""
    targets = state.tracking.targets
    history = targets.history
    now = Calc(_fingerprint(state.plan), fingerprint(state.plan, targets.strength))
    columns = (
        Column("closed_until", "month", 12),
        Column("shared_since", "month", 12),
        Column("fingerprint", "decimal", 10),
        Column("fingerprint_now", "decimal", 10),
    )
    settings = history.fingerprint if history.until else None
    return Table(at, CLOSING, columns, [(history.until, history.since, settings, now)], keys=0)


def closed_table(state: State, at: str) -> Table:
    """Return the table with the targets of the closed months, by member and channel."""
    plan = state.plan
    return table_of(
        at,
        CLOSED,
        state.tracking.targets.history.asked,
        Column("month", "month", 12),
        (Column("asked_kind", "key", 10), "kind"),
        (Column("asked_name", "strong", 13), "name"),
        (Column(kpi_key(plan.kpis[0]), "money", 15), "revenue"),
        *((Column(kpi_key(stage), "count", 10), _count_of(stage)) for stage in plan.stages),
        room=1,
        keys=3,
    )


def _count_of(stage: Stage) -> Callable[[Asked], Content]:
    return lambda one: None if one.kind == SECURED else one.counts.get(stage.event, 0)


def read_history(book: Book, plan: Plan) -> History:
    """Read the targets of the closed months as written by the last refresh."""
    closed = book.rows(CLOSED)

    def numbers(key: Key) -> list[float]:
        return values_of(closed, key, lambda row: row.number(key, 0.0), own=float, known={None: 0.0})

    events = [stage.event for stage in plan.stages]
    counts = zip(*(map(round, numbers(kpi_key(stage))) for stage in plan.stages), strict=True)
    columns = (
        values_of(closed, "month", lambda row: row.date("month"), own=dt.date),
        values_of(closed, "asked_kind", lambda row: row.required("asked_kind"), known=_KINDS),
        texts_of(closed, "asked_name"),
        numbers(kpi_key(plan.kpis[0])),
        (dict(zip(events, row, strict=True)) for row in counts),
    )
    rows = tuple(map(Asked, *columns))
    for row in book.rows(CLOSING):
        until, since = (row.date(key, None) for key in ("closed_until", "shared_since"))
        return History(rows, until, since, row.number("fingerprint", 0.0))
    return History()


def _fingerprint(plan: Plan) -> str:
    """Return the formula of `plan.fingerprint`."""
    channel, member = ("channel", "member")

    def of_channels(key: str, table: str = CHANNELS) -> str:
        return f"SUMIFS({column_ref(table, key)},{column_ref(table, channel)},{column_ref(FUNNEL, channel)})"

    pins = column_ref(MEMBERS, "pinned")
    pinned = f"SUMIFS({pins},{column_ref(MEMBERS, member)},{column_ref(BY_MEMBER, member)})"
    figures = (
        (TEAM, "month", column_ref(TEAM, "month_weight")),
        (MEMBER_TARGETS, "month", column_ref(MEMBER_TARGETS, "strength")),
        (FUNNEL, "channel", of_channels("mix")),
        (FUNNEL, "channel", f"{of_channels('unit_value')}/kpixl_unit_value"),
        (BY_MEMBER, "member", pinned),
        *((FUNNEL, "channel", of_channels(step, RATES)) for step in step_keys(plan.stages)),
    )
    waves = "+".join(
        f"SUMPRODUCT({figure},SIN({1000 * number}+{_numbers(table, key)}))"
        for number, (table, key, figure) in enumerate(figures, 1)
    )
    goal = "(kpixl_goal+kpixl_existing/3)/kpixl_unit_value+LN(kpixl_unit_value)"
    return f"{goal}+COUNT({pins})/7+{waves}"


def _numbers(table: str, key: str) -> str:
    """Return the formula of the row numbers of a table as an array, from 1."""
    return row_number(table, key).replace("ROW()", f"ROW({column_ref(table, key)})", 1)


def _month_formula(text: str, month: str) -> str:
    """Return the formula of a sentence that contains a month, written like 2026-07."""
    before, _, after = text.partition("{month}")
    number = f'YEAR({month})&"-"&RIGHT("0"&MONTH({month}),2)'
    return f"{quoted(before)}&{number}&{quoted(after)}"


def _months() -> str:
    return column_ref(TEAM, "month")


def _closed(key: str) -> str:
    return column_ref(CLOSED, key)


def _closing(key: str) -> str:
    """Return the reference to a cell of the one-row table; a blank cell gives 0."""
    return f"SUM({column_ref(CLOSING, key)})"


def _until() -> str:
    return _closing("closed_until")
