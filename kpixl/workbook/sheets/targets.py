"""目標 / Targets: month × KPI for the team, then per member and per channel: whole numbers that sum.

Everything is native formulas: the team's months round the running total (`engine.spread`), members and channels each
take their part of what is still to give (`engine.share_table`, in `sheets.sharing`). So a change of goal, rate, mix or
weight in the settings moves every target, and every sum stays whole.
"""

import numpy as np
from numpy.typing import NDArray

from kpixl.plan import REVENUE, Plan
from kpixl.texts import say
from kpixl.workbook.blocks import (
    Column,
    Content,
    Sheet,
    Table,
    Value,
    column_ref,
    headings_ref,
    lettering,
    this_row,
)
from kpixl.workbook.sheets.funnel import FUNNEL
from kpixl.workbook.sheets.settings import CLOSURES, SEASONALITY
from kpixl.workbook.sheets.sharing import Sharing, largest_remainder, rounded
from kpixl.workbook.sheets.strength import share_columns, share_rows, strength_formula
from kpixl.workbook.state import State
from kpixl.xlsx.address import column_letters

__all__ = [
    "BY_MEMBER",
    "CHANNEL_TARGETS",
    "MEMBER_TARGETS",
    "TEAM",
    "channel_target",
    "member_target",
    "sheet",
    "target_column",
]

TEAM, BY_MEMBER, STRETCH = "kpixl_team", "kpixl_by_member", "kpixl_stretch_targets"
MEMBER_TARGETS, CHANNEL_TARGETS = "kpixl_member_targets", "kpixl_channel_targets"


def sheet(state: State) -> Sheet:
    """Return the sheet with the targets."""
    tables: list[Table] = []
    left = 2
    for make in (_team, _by_member, _stretch, _member_targets, _channel_targets):
        tables.append(make(state, f"{column_letters(left)}6"))
        left += len(tables[-1].columns) + 1
    return Sheet(
        say("sheet.targets"),
        blocks=(
            lettering("B2", [[(say("targets.title"), "title")]]),
            lettering("B3", [[(say("targets.lead"), "lead")]]),
            *(
                lettering(
                    table.at.replace("6", "5"),
                    [[(say(f"targets.{key}_section"), "section"), *[("", "section")] * (len(table.columns) - 1)]],
                )
                for table, key in zip(
                    tables, ("team", "by_member", "stretch", "month_member", "month_channel"), strict=True
                )
            ),
        ),
        tables=tuple(tables),
        freeze="C7",
        print_columns=f"A:{column_letters(1 + len(tables[0].columns))}",
        print_tables=tuple(table.name for table in tables[1:]),
    )


def member_target(plan: Plan, kpi: str, member: str) -> str:
    """Return the formula of a member's target in the tracked month; `kpi` and `member` are formulas of names."""
    return _tracked_target(plan, MEMBER_TARGETS, kpi, say("heading.member"), member)


def channel_target(plan: Plan, kpi: str, channel: str) -> str:
    """Return the formula of a channel's target in the tracked month; `kpi` and `channel` are formulas of names."""
    return _tracked_target(plan, CHANNEL_TARGETS, kpi, say("heading.channel"), channel)


def target_column(plan: Plan, table: str, kpi: str) -> str:
    """Return the formula of a KPI's column in a table of targets by month; `kpi` is a formula of its name."""
    headings = headings_ref(table, say("heading.month"), plan.stages[-1].name)
    return f"INDEX({table}[],0,MATCH({kpi},{headings},0))"


def _tracked_target(plan: Plan, table: str, kpi: str, by: str, name: str) -> str:
    return (
        f"SUMIFS({target_column(plan, table, kpi)},"
        f"{column_ref(table, say('heading.month'))},kpixl_month_start,{column_ref(table, by)},{name})"
    )


def _team(state: State, at: str) -> Table:
    plan, targets = state.plan, state.tracking.targets
    month, days, weight, reached = (
        say(f"heading.{key}") for key in ("month", "business_days", "month_weight", "share_to_date")
    )
    all_weights = f"SUM({column_ref(TEAM, weight)})"
    by_kpi = [targets.team(kpi.key) for kpi in plan.kpis]
    running = np.cumsum(plan.period.weights) / plan.period.weights.sum()
    return Table(
        at,
        TEAM,
        (
            Column(month, "month", 12),
            Column(
                days,
                "count",
                8,
                f"NETWORKDAYS({this_row(TEAM, month)},EOMONTH({this_row(TEAM, month)},0),"
                f"{column_ref(CLOSURES, say('heading.date'))})",
            ),
            Column(
                weight,
                "decimal",
                8,
                f"{this_row(TEAM, days)}*INDEX({column_ref(SEASONALITY, say('heading.weight'))},"
                f"MONTH({this_row(TEAM, month)}))",
            ),
            Column(
                reached,
                "share",
                9,
                f'SUMIFS({column_ref(TEAM, weight)},{column_ref(TEAM, month)},"<="&{this_row(TEAM, month)})'
                f"/{all_weights}",
            ),
            _revenue(state, TEAM),
            *(
                Column(stage.name, "count", 11, _spread(f"SUM({column_ref(FUNNEL, stage.name)})", reached, weight))
                for stage in plan.stages
            ),
        ),
        [
            (start, int(count), float(weight_of), float(part), *(float(values[place]) for values in by_kpi))
            for place, (start, count, weight_of, part) in enumerate(
                zip(plan.period.starts, plan.period.business_days, plan.period.weights, running, strict=True)
            )
        ],
        total=True,
    )


def _spread(total: str, reached: str, weight: str) -> str:
    """Return the formula of a month's part of a total: the running total rounded, less the one of the month before."""
    now = this_row(TEAM, reached)
    before = f"{now}-{this_row(TEAM, weight)}/SUM({column_ref(TEAM, weight)})"
    return f"{rounded(f'{total}*{now}')}-{rounded(f'{total}*({before})')}"


def _by_member(state: State, at: str) -> Table:
    """Return what each member carries in the whole period: the part that strength or a pin gives, in whole units."""
    plan, targets = state.plan, state.tracking.targets
    counts = targets.by_member.sum(axis=1)
    return _whole_period(
        state, at, BY_MEMBER, share_columns(plan, BY_MEMBER, MEMBER_TARGETS), share_rows(plan, targets), counts, "{}"
    )


def _stretch(state: State, at: str) -> Table:
    """Return what the members aim at: so much more than the target, shared like it."""
    plan, targets = state.plan, state.tracking.targets
    member, share = say("heading.member"), say("heading.share")
    part = f"INDEX({column_ref(BY_MEMBER, share)},MATCH({this_row(STRETCH, member)},{column_ref(BY_MEMBER, member)},0))"
    columns = (Column(member, "strong", 13), Column(share, "rate", 9, part))
    rows: list[tuple[Value, ...]] = [
        (entry.name, float(own)) for entry, own in zip(plan.members, targets.shares.sum(axis=0), strict=True)
    ]
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
    """Return a table of whole numbers by member: each stage's `volume` shared by the column of shares."""
    plan, share = state.plan, say("heading.share")
    stages = (
        Column(
            stage.name,
            "count",
            11,
            largest_remainder(volume.format(f"SUM({column_ref(FUNNEL, stage.name)})"), name, share),
        )
        for stage in plan.stages
    )
    worth = state.tracking.targets.unit_value
    return Table(
        at,
        name,
        (*columns, _revenue(state, name), *stages),
        [
            (*row, float(own[-1] * worth), *(int(count) for count in own))
            for row, own in zip(rows, counts.T, strict=True)
        ],
        total=True,
    )


def _revenue(state: State, table: str, worth: str = "kpixl_average_value") -> Column:
    plan = state.plan
    return Column(plan.kpis[0].name, "money", 15, f"{this_row(table, plan.stages[-1].name)}*{worth}")


def _member_targets(state: State, at: str) -> Table:
    plan, targets = state.plan, state.tracking.targets
    month, member, strength, part, due = (
        say(f"heading.{key}") for key in ("month", "member", "strength", "monthly_part", "due")
    )
    own_month, own_member = this_row(MEMBER_TARGETS, month), this_row(MEMBER_TARGETS, member)
    weight, parts = column_ref(TEAM, say("heading.month_weight")), column_ref(MEMBER_TARGETS, part)
    months, members = column_ref(MEMBER_TARGETS, month), column_ref(MEMBER_TARGETS, member)
    of_month = f"INDEX({weight},MATCH({own_month},{column_ref(TEAM, month)},0))/SUM({weight})"
    everyone = f"SUMIFS({column_ref(MEMBER_TARGETS, strength)},{months},{own_month})"
    so_far = f'SUMIFS({parts},{members},{own_member},{months},"<="&{own_month})'
    columns = (
        Column(strength, "decimal", 9, strength_formula(MEMBER_TARGETS)),
        Column(part, "rate", 9, f"{of_month}*{this_row(MEMBER_TARGETS, strength)}/{everyone}"),
        Column(due, "share", 9, f"IFERROR({so_far}/SUMIFS({parts},{members},{own_member}),0)"),
    )
    figures = np.stack([targets.strength, targets.parts, targets.due], axis=-1)
    names = [entry.name for entry in plan.members]
    return _by_month(state, at, MEMBER_TARGETS, "member", names, columns, figures, BY_MEMBER)


def _channel_targets(state: State, at: str) -> Table:
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
    number = say("heading.number")
    members = by == "member"
    counts = targets.by_member if members else targets.by_channel
    worth = f"INDEX({column_ref(FUNNEL, say('heading.unit_value'))},{this_row(name, number)})"
    revenue = (targets.members if members else targets.channels)(REVENUE)
    month = say("heading.month")
    shared = [
        Sharing(
            name,
            month,
            number,
            (column_ref(TEAM, month), column_ref(TEAM, stage.name)),
            column_ref(whole, stage.name),
            say("heading.due") if members else None,
        ).cells(stage.name, count)
        for stage, count in zip(plan.stages, counts, strict=True)
    ]
    rows: list[tuple[Content, ...]] = [
        (start, who, p + 1, *figures[m, p].tolist(), float(revenue[m, p]), *(cells[m][p] for cells in shared))
        for m, start in enumerate(plan.period.starts)
        for p, who in enumerate(names)
    ]
    return Table(
        at,
        name,
        (
            Column(month, "month", 12),
            Column(say(f"heading.{by}"), "strong", 13),
            Column(number, "key", 5),
            *columns,
            _revenue(state, name) if members else _revenue(state, name, worth),
            *(Column(stage.name, "count", 10) for stage in plan.stages),
        ),
        rows,
        keys=2,
    )
