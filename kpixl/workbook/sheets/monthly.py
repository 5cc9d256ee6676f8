"""The targets by month and member or channel, in long lists: whole numbers whose rows and columns both sum.

The lists are each on a hidden sheet, for formulas and pivot tables; people read them in the target table (`matrix`).
Older workbooks have them to the right on the targets sheet; they are found by name and stay there.

Each member or channel takes its part of what is left of a month (`engine.share_table`, in `sheets.sharing`). Closed
months show the targets that were in force (`sheets.closed`), including those of members and channels since removed.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kpixl.plan import CHANNEL, MEMBER, REVENUE
from kpixl.workbook.blocks import Calc, Column, Content, Sheet, Table
from kpixl.workbook.references import column_ref, looked_up, this_row
from kpixl.workbook.schema import kpi_key, kpi_keys
from kpixl.workbook.sheets.closed import FROM, asked
from kpixl.workbook.sheets.sharing import Sharing
from kpixl.workbook.sheets.strength import strength_formula
from kpixl.workbook.state import State
from kpixl.workbook.tables import BY_MEMBER, CHANNEL_TARGETS, FUNNEL, MEMBER_TARGETS, TEAM

__all__ = ["by_cell", "channels_sheet", "members_sheet", "revenue_column"]


def members_sheet(state: State) -> Sheet:
    """Return the hidden sheet with the targets by month and member."""
    return Sheet(MEMBER_TARGETS, tables=(_member_targets(state, "B2"),), hidden=True)


def channels_sheet(state: State) -> Sheet:
    """Return the hidden sheet with the targets by month and channel."""
    return Sheet(CHANNEL_TARGETS, tables=(_channel_targets(state, "B2"),), hidden=True)


def _member_targets(state: State, at: str) -> Table:
    """Return the targets by month and member, with the strength of each member in each month."""
    targets = state.tracking.targets
    month, member, strength = (this_row(MEMBER_TARGETS, key) for key in ("month", "member", "strength"))
    months, members, strengths, parts = (
        column_ref(MEMBER_TARGETS, key) for key in ("month", "member", "strength", "monthly_part")
    )
    everyone = f"SUMIFS({strengths},{months},{month})"
    part = f"{looked_up(TEAM, 'monthly_part', 'month', month)}*{strength}/{everyone}"
    so_far = f'SUMIFS({parts},{members},{member},{months},"<="&{month})'
    columns = (
        Column("strength", "decimal", 9, strength_formula()),
        Column("monthly_part", "rate", 9, f"IF({month}<{FROM},0,{part})"),
        Column("due", "share", 9, f"IFERROR({so_far}/SUMIFS({parts},{members},{member}),0)"),
    )
    figures = np.stack([targets.strength, targets.parts, targets.due], axis=-1)
    return _by_month(state, at, MEMBER_TARGETS, columns, figures)


def _channel_targets(state: State, at: str) -> Table:
    """Return the targets by month and channel."""
    nothing = np.empty((state.plan.period.months, len(state.plan.channels), 0))
    return _by_month(state, at, CHANNEL_TARGETS, (), nothing)


def _by_month(state: State, at: str, name: str, columns: tuple[Column, ...], figures: NDArray[np.float64]) -> Table:
    """Return the targets by month and member or channel, beside `columns` with the values `figures`."""
    plan, targets = state.plan, state.tracking.targets
    if name == MEMBER_TARGETS:
        by, kind, whole, counts = "member", MEMBER, BY_MEMBER, targets.by_member
        names = [member.name for member in plan.members]
        worth, revenue = "kpixl_average_value", targets.members(REVENUE)
    else:
        by, kind, whole, counts = "channel", CHANNEL, FUNNEL, targets.by_channel
        names = [channel.name for channel in plan.channels]
        worth = f"INDEX({column_ref(FUNNEL, 'unit_value')},{this_row(name, 'number')})"
        revenue = targets.channels(REVENUE)
    earned = revenue_column(state, name, worth)
    stages = kpi_keys(plan.stages)
    keys = earned.key, *stages
    was: dict[str, str] = {}
    for key in kpi_keys(plan.kpis):
        was[key] = asked(key, kind, month=this_row(name, "month"), name=this_row(name, by))
    shared = [
        Sharing(
            name,
            (column_ref(TEAM, "month"), column_ref(TEAM, key)),
            column_ref(whole, key),
            "due" if name == MEMBER_TARGETS else None,
            FROM if targets.closed else None,
        ).cells(key, count, targets.closed)
        for key, count in zip(stages, counts, strict=True)
    ]
    figure_formulas = [str(column.formula) for column in columns]
    money, *asked_counts = (table.tolist() for table in (revenue, *counts))
    rows: list[tuple[Content, ...]] = []
    for m, start in enumerate(plan.period.starts):
        for p, who in enumerate(names):
            besides = map(Calc, figure_formulas, figures[m, p].tolist())
            if m < targets.closed:
                cells = [Calc(was[key], table[m][p]) for key, table in zip(keys, (money, *asked_counts), strict=True)]
            else:
                cells = [Calc(str(earned.formula), money[m][p]), *(column[m][p] for column in shared)]
            rows.append((start, who, p + 1, *besides, *cells))
    for gone in targets.gone(kind):
        cells = [Calc(was[earned.key], gone.revenue)]
        cells += [Calc(was[kpi_key(stage)], gone.counts.get(stage.event, 0)) for stage in plan.stages]
        rows.append((gone.month, gone.name, None, *(Calc("0", 0.0),) * len(columns), *cells))
    shown = (
        Column("month", "month", 12),
        Column(by, "strong", 13),
        Column("number", "key", 5),
        *map(by_cell, (*columns, earned)),
        *(Column(key, "count", 10) for key in stages),
    )
    return Table(at, name, shown, rows, keys=2)


def by_cell(column: Column) -> Column:
    """Return a column whose cells each have their own formula, since closed months need a different one."""
    return replace(column, formula=None)


def revenue_column(state: State, table: str, worth: str = "kpixl_average_value") -> Column:
    """Return the revenue column of a table of targets: the orders times the value of an order."""
    plan = state.plan
    return Column(kpi_key(plan.kpis[0]), "money", 15, f"{this_row(table, kpi_key(plan.stages[-1]))}*{worth}")
