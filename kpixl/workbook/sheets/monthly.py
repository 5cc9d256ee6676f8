"""The targets by month and member or channel, on the sheet of the targets: whole numbers that sum both ways.

Each member or channel takes their part of what a month has still to give (`engine.share_table`, in `sheets.sharing`).
Closed months show what was asked in them (`sheets.closed`), also of members and channels that are gone since.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kpixl.plan import CHANNEL, MEMBER, REVENUE
from kpixl.workbook.blocks import Calc, Column, Content, Table, column_ref, this_row
from kpixl.workbook.schema import kpi_key
from kpixl.workbook.sheets.closed import FROM, asked
from kpixl.workbook.sheets.funnel import FUNNEL
from kpixl.workbook.sheets.sharing import Sharing
from kpixl.workbook.sheets.strength import strength_formula
from kpixl.workbook.state import State

__all__ = [
    "BY_MEMBER",
    "CHANNEL_TARGETS",
    "MEMBER_TARGETS",
    "TEAM",
    "channel_targets",
    "member_targets",
    "revenue_column",
]

TEAM, BY_MEMBER = "kpixl_team", "kpixl_by_member"
MEMBER_TARGETS, CHANNEL_TARGETS = "kpixl_member_targets", "kpixl_channel_targets"


def member_targets(state: State, at: str) -> Table:
    """Return the targets by month and member, with how much each counts in each month."""
    plan, targets = state.plan, state.tracking.targets
    month, member, strength, part, due = ("month", "member", "strength", "monthly_part", "due")
    own_month, own_member = this_row(MEMBER_TARGETS, month), this_row(MEMBER_TARGETS, member)
    parts = column_ref(MEMBER_TARGETS, part)
    months, members = column_ref(MEMBER_TARGETS, month), column_ref(MEMBER_TARGETS, member)
    of_month = f"INDEX({column_ref(TEAM, part)},MATCH({own_month},{column_ref(TEAM, month)},0))"
    everyone = f"SUMIFS({column_ref(MEMBER_TARGETS, strength)},{months},{own_month})"
    so_far = f'SUMIFS({parts},{members},{own_member},{months},"<="&{own_month})'
    columns = (
        Column(strength, "decimal", 9, strength_formula(MEMBER_TARGETS, BY_MEMBER)),
        Column(
            part,
            "rate",
            9,
            f"IF({own_month}<{FROM},0,{of_month}*{this_row(MEMBER_TARGETS, strength)}/{everyone})",
        ),
        Column(due, "share", 9, f"IFERROR({so_far}/SUMIFS({parts},{members},{own_member}),0)"),
    )
    figures = np.stack([targets.strength, targets.parts, targets.due], axis=-1)
    names = [entry.name for entry in plan.members]
    return _by_month(state, at, MEMBER_TARGETS, "member", names, columns, figures, BY_MEMBER)


def channel_targets(state: State, at: str) -> Table:
    """Return the targets by month and channel."""
    plan = state.plan
    names = [entry.name for entry in plan.channels]
    nothing = np.empty((plan.period.months, len(names), 0))
    return _by_month(state, at, CHANNEL_TARGETS, "channel", names, (), nothing, FUNNEL)


def _by_month(
    state: State,
    at: str,
    name: str,
    by: str,
    names: list[str],
    columns: tuple[Column, ...],
    figures: NDArray[np.float64],
    whole: str,
) -> Table:
    """Return the whole numbers by month and member or channel (`by`), which sum to those of the table `whole`."""
    plan, targets = state.plan, state.tracking.targets
    number = "number"
    members = by == "member"
    kind = MEMBER if members else CHANNEL
    counts = targets.by_member if members else targets.by_channel
    worth = "kpixl_average_value"
    if not members:
        worth = f"INDEX({column_ref(FUNNEL, 'unit_value')},{this_row(name, number)})"
    earned = revenue_column(state, name, worth)
    revenue = (targets.members if members else targets.channels)(REVENUE)
    month, asked_of = "month", this_row(name, by)
    was: dict[str, str] = {
        kpi_key(kpi): asked(kpi_key(kpi), kind, month=this_row(name, month), name=asked_of) for kpi in plan.kpis
    }
    shared = [
        Sharing(
            name,
            month,
            number,
            (column_ref(TEAM, month), column_ref(TEAM, kpi_key(stage))),
            column_ref(whole, kpi_key(stage)),
            "due" if members else None,
            FROM if targets.closed else None,
        ).cells(kpi_key(stage), count)
        for stage, count in zip(plan.stages, counts, strict=True)
    ]
    rows: list[tuple[Content, ...]] = []
    for m, start in enumerate(plan.period.starts):
        closed = m < targets.closed
        for p, who in enumerate(names):
            money = Calc(was[earned.key] if closed else str(earned.formula), float(revenue[m, p]))
            own = (cells[m][p] for cells in shared)
            given = (
                Calc(was[kpi_key(stage)], cell.value) if closed else cell
                for stage, cell in zip(plan.stages, own, strict=True)
            )
            own_figures = (
                Calc(str(column.formula), figure)
                for column, figure in zip(columns, figures[m, p].tolist(), strict=True)
            )
            rows.append((start, who, p + 1, *own_figures, money, *given))
    rows += [
        (
            one.month,
            one.name,
            None,
            *(Calc("0", 0.0),) * len(columns),
            Calc(was[earned.key], one.revenue),
            *(Calc(was[kpi_key(stage)], one.counts.get(stage.event, 0)) for stage in plan.stages),
        )
        for one in targets.gone(kind)
    ]
    return Table(
        at,
        name,
        (
            Column(month, "month", 12),
            Column(by, "strong", 13),
            Column(number, "key", 5),
            *(replace(column, formula=None) for column in (*columns, earned)),  # closed months have other formulas
            *(Column(kpi_key(stage), "count", 10) for stage in plan.stages),
        ),
        rows,
        keys=2,
    )


def revenue_column(state: State, table: str, worth: str = "kpixl_average_value") -> Column:
    """Return the column of the revenue in a table of targets: its orders by what one of them is worth."""
    plan = state.plan
    return Column(kpi_key(plan.kpis[0]), "money", 15, f"{this_row(table, kpi_key(plan.stages[-1]))}*{worth}")
