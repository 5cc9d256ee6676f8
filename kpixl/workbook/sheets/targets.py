"""目標 / Targets: month × KPI for the team, then per member and per channel: whole numbers that sum.

Everything is a native formula: the team's months round the running total (`engine.spread`), and members and channels
take their part of what is left of it (`engine.share_table`, in `sheets.sharing`). So a change of goal, rate, mix or
weight in the settings changes every target of the open months, and every sum still adds up. Closed months show the
targets that were in force (`sheets.closed`), including those of members and channels since removed.
"""

import numpy as np
from numpy.typing import NDArray

from kpixl.plan import MEMBER, SECURED, Plan
from kpixl.texts import say
from kpixl.workbook.blocks import Calc, Column, Sheet, Table, Value
from kpixl.workbook.books import Book
from kpixl.workbook.layout import above, labels, named, over, printed, side_by_side, titled
from kpixl.workbook.references import column_ref, looked_up, this_row
from kpixl.workbook.schema import kpi_key, kpi_keys
from kpixl.workbook.sheets.calendar import days_between
from kpixl.workbook.sheets.closed import FROM, asked, closed_note, closed_table, closing_table, from_block, to_come
from kpixl.workbook.sheets.formulas import kpi_column
from kpixl.workbook.sheets.monthly import by_cell, revenue_column
from kpixl.workbook.sheets.sharing import largest_remainder, rounded
from kpixl.workbook.sheets.strength import share_columns, share_rows
from kpixl.workbook.state import State
from kpixl.workbook.tables import BY_MEMBER, CHANNEL_TARGETS, FUNNEL, MEMBER_TARGETS, SEASONALITY, TEAM

__all__ = ["channel_target", "member_target", "sheet", "shows_stretch", "target_column", "unit_value_formula"]

STRETCH = "kpixl_stretch_targets"


def sheet(state: State) -> Sheet:
    """Return the sheet with the targets."""
    makers = (_team, _by_member, closing_table, closed_table, *([_stretch] if state.stretched else []))
    tables = side_by_side(state, makers)
    team, by_member, closing, *lists = tables
    return Sheet(
        say("sheet.targets"),
        blocks=(
            *titled(say("targets.title"), say("targets.lead")),
            named("kpixl_closed_note", "B4", closed_note(state)),
            labels(above(closing, 2), say("closing.shared_from")),
            from_block(state, above(closing)),
            *(
                over(table, say(f"targets.{table.name.removeprefix('kpixl_').removesuffix('_targets')}_section"))
                for table in (team, by_member, *lists)
            ),
        ),
        tables=tuple(tables),
        freeze="C7",
        print_columns=printed(team),
    )


def shows_stretch(book: Book, plan: Plan) -> bool:
    """Say whether the workbook shows stretch targets: once the plan has any, and from then on.

    The table for them can be added only while the workbook is closed.
    """
    return book.has(STRETCH) or (plan.stretch > 0 and book.package is not None)


def member_target(plan: Plan, kpi: str, member: str) -> str:
    """Return the formula of a member's target in the tracked month; `kpi` and `member` are formulas of names."""
    return _tracked_target(plan, MEMBER_TARGETS, kpi, "member", member)


def channel_target(plan: Plan, kpi: str, channel: str) -> str:
    """Return the formula of a channel's target in the tracked month; `kpi` and `channel` are formulas of names."""
    return _tracked_target(plan, CHANNEL_TARGETS, kpi, "channel", channel)


def target_column(plan: Plan, table: str, kpi: str) -> str:
    """Return the formula of a KPI's column in a table of targets by month; `kpi` is the formula of its name."""
    return kpi_column(plan, table, "month", kpi)


def unit_value_formula(plan: Plan) -> str:
    """Return the formula of the planned value of an order in the tracked month."""
    revenue, orders = (
        looked_up(TEAM, kpi_key(kpi), "month", "kpixl_month_start") for kpi in (plan.kpis[0], plan.kpis[-1])
    )
    return f"IFERROR({revenue}/{orders},kpixl_average_value)"


def _tracked_target(plan: Plan, table: str, kpi: str, by: str, name: str) -> str:
    return (
        f"SUMIFS({target_column(plan, table, kpi)},"
        f"{column_ref(table, 'month')},kpixl_month_start,{column_ref(table, by)},{name})"
    )


def _team(state: State, at: str) -> Table:
    """Return the team's targets by month, with each month's part of what is left of the goal."""
    plan, targets = state.plan, state.tracking.targets
    month, days, weight, part, reached = (
        this_row(TEAM, key) for key in ("month", "business_days", "month_weight", "monthly_part", "share_to_date")
    )
    revenue = kpi_key(plan.kpis[0])
    so_far = f'SUMIFS({column_ref(TEAM, "monthly_part")},{column_ref(TEAM, "month")},"<="&{month})'
    columns = (
        Column("month", "month", 12),
        Column("business_days", "quantity", 8, days_between(month, f"EOMONTH({month},0)")),
        Column("month_weight", "decimal", 8, f"{days}*INDEX({column_ref(SEASONALITY, 'weight')},MONTH({month}))"),
        Column("monthly_part", "share", 9, f"IF({month}<{FROM},0,{weight}/{to_come('month_weight')})"),
        Column("share_to_date", "share", 9, so_far),
    )
    shared = (
        Column("secured", "money", 13, f"MAX(0,kpixl_existing-{asked(revenue, SECURED)})*{part}"),
        revenue_column(state, TEAM),
        *(
            Column(key, "count", 11, _spread(f"SUM({column_ref(FUNNEL, key)})", reached, part))
            for key in kpi_keys(plan.stages)
        ),
    )
    closed = (
        asked(revenue, SECURED, month=month),
        *(asked(key, MEMBER, month=month) for key in kpi_keys(plan.kpis)),
    )
    figures = np.array([targets.existing, *(targets.team(kpi.key) for kpi in plan.kpis)]).T.tolist()
    weights = np.where(np.arange(plan.period.months) < targets.since, 0.0, plan.period.weights)
    whole = max(weights.sum(), 1e-300)
    dated = zip(
        plan.period.starts,
        plan.period.business_days.tolist(),
        map(float, plan.period.weights),
        (weights / whole).tolist(),
        (np.cumsum(weights) / whole).tolist(),
        strict=True,
    )
    rows = [
        (
            *dates,
            *(
                Calc(was if place < targets.closed else str(column.formula), value)
                for column, was, value in zip(shared, closed, figures[place], strict=True)
            ),
        )
        for place, dates in enumerate(dated)
    ]
    return Table(at, TEAM, (*columns, *map(by_cell, shared)), rows, total=True)


def _spread(total: str, reached: str, part: str) -> str:
    """Return the formula of a month's part of a total: its rounded running total less that of the month before."""
    return f"{rounded(f'{total}*{reached}')}-{rounded(f'{total}*({reached}-{part})')}"


def _by_member(state: State, at: str) -> Table:
    """Return each member's part of what is shared, by strength or pin, in whole numbers."""
    plan, targets = state.plan, state.tracking.targets
    counts = targets.by_member[:, targets.since :].sum(axis=1)
    columns = share_columns(plan)
    return _whole_period(state, at, BY_MEMBER, columns, share_rows(plan, targets), counts, "{}")


def _stretch(state: State, at: str) -> Table:
    """Return the members' stretch targets: higher than the targets by a percentage, and shared like them."""
    plan, targets = state.plan, state.tracking.targets
    part = looked_up(BY_MEMBER, "share", "member", this_row(STRETCH, "member"))
    columns = (Column("member", "strong", 13), Column("share", "rate", 9, part))
    names = (member.name for member in plan.members)
    rows: list[tuple[Value, ...]] = list(zip(names, targets.shares.sum(axis=0).tolist(), strict=True))
    more = "ROUNDUP(ROUND({}*(1+kpixl_stretch),9),0)"
    return _whole_period(state, at, STRETCH, columns, rows, targets.stretched, more)


def _whole_period(
    state: State,
    at: str,
    name: str,
    columns: tuple[Column, ...],
    rows: list[tuple[Value, ...]],
    counts: NDArray[np.int64],
    volume: str,
) -> Table:
    """Return a table by member with each stage's `volume` split by the column of shares into whole numbers."""
    totals = {key: volume.format(f"SUM({column_ref(FUNNEL, key)})") for key in kpi_keys(state.plan.stages)}
    stages = (Column(key, "count", 11, largest_remainder(total, name, "share")) for key, total in totals.items())
    worth = state.tracking.targets.unit_value
    shared = [(*row, float(own[-1] * worth), *own.tolist()) for row, own in zip(rows, counts.T, strict=True)]
    return Table(at, name, (*columns, revenue_column(state, name), *stages), shared, total=True)
