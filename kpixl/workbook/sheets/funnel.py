"""ファネル / Funnel: what every stage must bring, back-solved from the goal through each channel's own rates.

All but the lead times is native formulas: change the goal, a rate or the mix in the settings and the whole funnel
follows. The lead times, how long before the orders the work must be done, are written by a refresh.
"""

import numpy as np

from kpixl import engine
from kpixl.plan import CHANNEL, Plan
from kpixl.texts import say
from kpixl.workbook.blocks import (
    Block,
    Calc,
    Cell,
    Column,
    Content,
    Sheet,
    Table,
    Value,
    column_ref,
    lettering,
    own_cell,
    this_row,
)
from kpixl.workbook.layout import above, beside, leads, over, printed, ruled, titled
from kpixl.workbook.schema import kpi_key, step_key
from kpixl.workbook.sheets.closed import FROM, asked, months_formula, shared_from, since_note, to_come
from kpixl.workbook.sheets.formulas import FUNNEL, kpi_column
from kpixl.workbook.sheets.settings import CHANNELS, MEMBERS, STAGES
from kpixl.workbook.state import State
from kpixl.xlsx.address import Area, address

__all__ = ["FUNNEL", "NEEDS", "sheet"]

NEEDS, LEADTIME = "kpixl_needs", "kpixl_leadtime"
_NOTHING = '""'  # in a formula


def sheet(state: State) -> Sheet:
    """Return the sheet with the back-solved funnel."""
    plan = state.plan
    below = 8 + len(plan.stages) + 3
    channels = _funnel(state, f"B{below}")
    needs, leadtime = _needs(state), _leadtime(state, beside(channels, "B8"))
    days_at = address(Area.parse(leadtime.at).left + 1, Area.parse(leadtime.at).top - 1)
    earned, orders = (f"SUM({column_ref(FUNNEL, name)})" for name in ("revenue", kpi_key(plan.stages[-1])))
    average = f"IFERROR({earned}/{orders},kpixl_unit_value)"
    lead_days = tuple(Cell(int(days), "count") for days in _lead_days(state))
    return Sheet(
        say("sheet.funnel"),
        blocks=(
            *titled(say("funnel.title"), say("funnel.lead")),
            Block("B4", ((Cell(since_note(state), "lead"),),), "kpixl_funnel_note"),
            lettering(
                "B5", [[(say("funnel.average_value"), "label"), None, (say("funnel.average_value_help"), "lead")]]
            ),
            Block("C5", ((Cell(Calc(average, state.tracking.targets.unit_value), "money"),),), "kpixl_average_value"),
            over(needs, say("funnel.needs_section")),
            over(channels, say("funnel.channels_section")),
            ruled(above(leadtime, 3), say("funnel.leadtime_section"), len(leadtime.columns)),
            leads(above(leadtime, 2), say("funnel.leadtime_lead")),
            lettering(above(leadtime), [[(say("funnel.lead_days"), "label")]]),
            Block(days_at, (lead_days,), "kpixl_lead_days"),
        ),
        tables=(needs, channels, leadtime),
        print_columns=printed(channels),
    )


def _needs(state: State) -> Table:
    plan, volumes = state.plan, state.tracking.targets.volumes.sum(axis=0)
    since = state.tracking.targets.since
    first, days = shared_from(state.tracking.targets), int(plan.period.business_days[since:].sum())
    months = plan.period.months - since
    people = sum(member.weight > 0 and (member.left or first) >= first for member in plan.members)
    stage, total, daily, mine, bound = ("stage", "whole_period", "per_day", "per_member_day", "capacity")
    rows: list[tuple[Value, ...]] = []
    for volume, planned in zip(volumes, plan.stages, strict=True):
        per_month, per_day = (volume / count if count else 0.0 for count in (months, days))
        per_member = per_day / people if people else 0.0
        rows.append(
            (
                planned.name,
                int(volume),
                per_month,
                per_month / people if people else 0.0,
                per_day,
                per_member,
                planned.capacity if planned.capacity is not None else "",
                _verdict(per_member, planned.capacity),
            )
        )
    names, weights, left = (column_ref(MEMBERS, key) for key in ("member", "territory", "left"))
    there = f'(({left}="")+({left}>={FROM})>0)'
    people_formula = f'SUMPRODUCT(({names}<>"")*(({weights}="")+({weights}>0)>0)*{there})'  # a blank weight counts as 1
    capacity = f"INDEX({column_ref(STAGES, bound)},MATCH({this_row(NEEDS, stage)},{column_ref(STAGES, stage)},0))"
    monthly = f"IFERROR({this_row(NEEDS, total)}/{months_formula()},0)"
    return Table(
        "B8",
        NEEDS,
        (
            Column(stage, "strong", 18),
            Column(
                total,
                "count",
                12,
                f"SUM({kpi_column(plan, FUNNEL, 'channel', this_row(NEEDS, stage))})",
            ),
            Column("per_month", "decimal", 12, monthly),
            Column(
                "per_member_month",
                "decimal",
                12,
                f"IFERROR({this_row(NEEDS, 'per_month')}/{people_formula},0)",
            ),
            Column(
                daily,
                "decimal",
                12,
                f"IFERROR({this_row(NEEDS, total)}/{to_come('business_days')},0)",
            ),
            Column(mine, "decimal", 12, f"IFERROR({this_row(NEEDS, daily)}/{people_formula},0)"),
            Column(bound, "count", 12, f'IF({capacity}="","",{capacity})'),
            Column("verdict", "status", 14, _verdict_formula(this_row(NEEDS, mine), NEEDS, bound)),
        ),
        rows,
    )


def _funnel(state: State, at: str) -> Table:
    plan, volumes = state.plan, state.tracking.targets.volumes
    channel, mix, need, worth = ("channel", "mix", "revenue_to_win", "unit_value")
    revenue, cost, monthly, bound = ("revenue", "cost", "leads_per_month", "leads_most")
    lookup = f"MATCH({this_row(FUNNEL, channel)},{column_ref(CHANNELS, channel)},0)"

    def setting(key: str, blank: str) -> str:
        cell = f"INDEX({column_ref(CHANNELS, key)},{lookup})"
        return f'IF({cell}="",{blank},{cell})'

    stages = []
    for step, stage in enumerate(plan.stages):
        if step == len(plan.stages) - 1:
            formula = None
        else:
            below = this_row(FUNNEL, kpi_key(plan.stages[step + 1]))
            rate = f"INDEX({column_ref(CHANNELS, step_key(plan.stages, step))},{lookup})"
            formula = f"ROUNDUP(ROUND({below}/{rate},9),0)"
        stages.append(Column(kpi_key(stage), "count", 12, formula))
    leads, orders = this_row(FUNNEL, kpi_key(plan.stages[0])), this_row(FUNNEL, kpi_key(plan.stages[-1]))
    mixes = np.array([entry.mix for entry in plan.channels])
    to_win = state.tracking.targets.to_win * mixes / mixes.sum()
    months = plan.period.months - state.tracking.targets.since
    rows: list[tuple[Content, ...]] = []
    for entry, part, value, row in zip(plan.channels, to_win, plan.unit_values, volumes, strict=True):
        per_month = row[0] / months if months else 0.0
        rows.append(
            (
                entry.name,
                entry.mix,
                float(part),
                float(value),
                *(int(volume) for volume in row[:-1]),
                Calc(_orders(len(rows), need, worth, revenue), int(row[-1])),
                float(row[-1] * value),
                "" if entry.cost_per_lead is None else float(row[0] * entry.cost_per_lead),
                per_month,
                "" if entry.capacity is None else entry.capacity,
                _verdict(per_month, entry.capacity),
            )
        )
    price = "cost_per_lead"
    return Table(
        at,
        FUNNEL,
        (
            Column(channel, "strong", 18),
            Column(mix, "share", 12, f"INDEX({column_ref(CHANNELS, mix)},{lookup})"),
            Column(
                need,
                "money",
                15,
                f"{_to_win(plan)}*{this_row(FUNNEL, mix)}/SUM({column_ref(FUNNEL, mix)})",
            ),
            Column(worth, "price", 13, setting("unit_value", "kpixl_unit_value")),
            *stages,
            Column(revenue, "money", 15, f"{orders}*{this_row(FUNNEL, worth)}"),
            Column(cost, "money", 14, f'IFERROR({leads}*({setting(price, _NOTHING)}),"")'),
            Column(monthly, "decimal", 11, f"IFERROR({leads}/{months_formula()},0)"),
            Column(bound, "count", 11, setting("channel_capacity", _NOTHING)),
            Column("verdict", "status", 12, _verdict_formula(this_row(FUNNEL, monthly), FUNNEL, bound)),
        ),
        rows,
        total=True,
    )


def _to_win(plan: Plan) -> str:
    """Return the formula of the revenue that is still to be asked for: none once no month is left."""
    secured = column_ref("kpixl_team", "secured")
    rest = f"MAX(0,kpixl_goal-SUM({secured})-{asked(kpi_key(plan.kpis[0]), CHANNEL)})"
    return f"({months_formula()}>0)*{rest}"


def _orders(row: int, need: str, worth: str, revenue: str) -> str:
    """Return the formula of a channel's orders: what the rows above leave of the revenue to win up to this one."""
    to_win = f"SUM({own_cell(0, need)}:{own_cell(row, need)})"
    won = f"-SUM({own_cell(0, revenue)}:{own_cell(row - 1, revenue)})" if row else ""
    return f"MAX(0,ROUNDUP(ROUND(({to_win}{won})/{own_cell(row, worth)},9),0))"


def _verdict(load: float, capacity: float | None) -> str:
    return "" if capacity is None else say("funnel.fits" if load <= capacity else "funnel.too_much")


def _verdict_formula(load: str, table: str, bound: str) -> str:
    most = this_row(table, bound)
    return f'IF({most}="","",IF({load}<={most},"{say("funnel.fits")}","{say("funnel.too_much")}"))'


def _lead_days(state: State) -> list[float]:
    """Return the business days from each stage to the order."""
    days = [stage.days for stage in state.plan.stages[:-1]]
    return [*np.cumsum(days[::-1])[::-1].tolist(), 0.0]


def _leadtime(state: State, at: str) -> Table:
    """Return what must happen in which month, so that the plan's orders come in theirs."""
    plan, targets = state.plan, state.tracking.targets
    found = engine.ahead(
        targets.by_channel.sum(axis=2).T,
        _lead_days(state)[:-1],
        plan.period.start,
        **plan.period.calendar.days_off,
    )
    return Table(
        at,
        LEADTIME,
        (Column("month", "month", 14), *(Column(kpi_key(stage), "count", 11) for stage in plan.stages)),
        [
            (month, *(float(volume) for volume in volumes))
            for month, volumes in zip(found.months.tolist(), found.volumes, strict=True)
        ],
    )
