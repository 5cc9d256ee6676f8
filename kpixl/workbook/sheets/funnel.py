"""ファネル / Funnel: what every stage must bring, back-solved from the goal through each channel's own rates.

Everything except the lead times is a native formula: change the goal, a rate or the mix in the settings, and the whole
funnel follows. The lead times, that is, how long before the orders the work must be done, are written by a refresh.
"""

import numpy as np

from kpixl import engine
from kpixl.plan import CHANNEL, Plan
from kpixl.texts import say
from kpixl.workbook.blocks import Block, Calc, Cell, Column, Content, Sheet, Table, Value
from kpixl.workbook.layout import above, beside, labels, leads, named, over, printed, ruled, titled
from kpixl.workbook.references import column_ref, looked_up, own_cell, this_row
from kpixl.workbook.schema import kpi_key, step_keys
from kpixl.workbook.sheets.closed import FROM, asked, months_formula, shared_from, since_note, to_come
from kpixl.workbook.sheets.formulas import kpi_column
from kpixl.workbook.state import State
from kpixl.workbook.tables import CHANNELS, FUNNEL, MEMBERS, NEEDS, RATES, STAGES
from kpixl.xlsx.address import address

__all__ = ["sheet"]

LEADTIME = "kpixl_leadtime"


def sheet(state: State) -> Sheet:
    """Return the sheet with the back-solved funnel."""
    plan = state.plan
    below = 8 + len(plan.stages) + 3
    channels = _funnel(state, f"B{below}")
    needs, leadtime = _needs(state), _leadtime(state, beside(channels, "B8"))
    days_at = address(leadtime.area.left + 1, leadtime.area.top - 1)
    earned, orders = (f"SUM({column_ref(FUNNEL, name)})" for name in ("revenue", kpi_key(plan.stages[-1])))
    average = f"IFERROR({earned}/{orders},kpixl_unit_value)"
    lead_days = tuple(Cell(int(days), "count") for days in _lead_days(state))
    return Sheet(
        say("sheet.funnel"),
        blocks=(
            *titled(say("funnel.title"), say("funnel.lead")),
            named("kpixl_funnel_note", "B4", since_note(state)),
            labels("B5", say("funnel.average_value")),
            named("kpixl_average_value", "C5", Calc(average, state.tracking.targets.unit_value), "money"),
            leads("D5", say("funnel.average_value_help")),
            over(needs, say("funnel.needs_section")),
            over(channels, say("funnel.channels_section")),
            ruled(above(leadtime, 3), say("funnel.leadtime_section"), len(leadtime.columns)),
            leads(above(leadtime, 2), say("funnel.leadtime_lead")),
            labels(above(leadtime), say("funnel.lead_days")),
            Block(days_at, (lead_days,), "kpixl_lead_days"),
        ),
        tables=(needs, channels, leadtime),
        print_columns=printed(channels),
    )


def _needs(state: State) -> Table:
    """Return the volume that each stage needs: in all, per month, per business day, and per member."""
    plan, targets = state.plan, state.tracking.targets
    first, days = shared_from(targets), plan.period.business_days[targets.since :].sum().item()
    months = plan.period.months - targets.since
    people = sum(member.weight > 0 and (member.left or first) >= first for member in plan.members)
    rows: list[tuple[Value, ...]] = []
    for volume, planned in zip(targets.volumes.sum(axis=0), plan.stages, strict=True):
        per_month, per_day = (volume / count if count else 0.0 for count in (months, days))
        of_each = [load / people if people else 0.0 for load in (per_month, per_day)]
        most = "" if planned.capacity is None else planned.capacity
        verdict = _verdict(of_each[1], planned.capacity)
        rows.append((planned.name, int(volume), per_month, of_each[0], per_day, of_each[1], most, verdict))
    names, weights, left = (column_ref(MEMBERS, key) for key in ("member", "territory", "left"))
    there = f'(({left}="")+({left}>={FROM})>0)'
    counted = f'SUMPRODUCT(({names}<>"")*(({weights}="")+({weights}>0)>0)*{there})'  # a blank weight counts as 1
    stage, total, per_month_cell, daily, mine = (
        this_row(NEEDS, key) for key in ("stage", "whole_period", "per_month", "per_day", "per_member_day")
    )
    capacity = looked_up(STAGES, "capacity", "stage", stage)
    columns = (
        Column("stage", "strong", 13),
        Column("whole_period", "count", 10, f"SUM({kpi_column(plan, FUNNEL, 'channel', stage)})"),
        Column("per_month", "decimal", 9, f"IFERROR({total}/{months_formula()},0)"),
        Column("per_member_month", "decimal", 9, f"IFERROR({per_month_cell}/{counted},0)"),
        Column("per_day", "decimal", 9, f"IFERROR({total}/{to_come('business_days')},0)"),
        Column("per_member_day", "decimal", 9, f"IFERROR({daily}/{counted},0)"),
        Column("capacity", "count", 9, f'IF({capacity}="","",{capacity})'),
        Column("verdict", "status", 12, _verdict_formula(mine, NEEDS, "capacity")),
    )
    return Table("B8", NEEDS, columns, rows)


def _funnel(state: State, at: str) -> Table:
    """Return the volume of every stage that each channel must bring, its cost, and whether it is within capacity."""
    plan, targets = state.plan, state.tracking.targets

    def setting(key: str) -> str:
        return looked_up(CHANNELS, key, "channel", this_row(FUNNEL, "channel"))

    def rate(step: str) -> str:
        return looked_up(RATES, step, "channel", this_row(FUNNEL, "channel"))

    def given(key: str, otherwise: str = '""') -> str:
        return f'IF({setting(key)}="",{otherwise},{setting(key)})'

    mix, worth, monthly = (this_row(FUNNEL, key) for key in ("mix", "unit_value", "leads_per_month"))
    counts = [this_row(FUNNEL, kpi_key(stage)) for stage in plan.stages]
    steps = zip(counts[1:], step_keys(plan.stages), strict=True)
    volumes = [f"ROUNDUP(ROUND({below}/{rate(step)},9),0)" for below, step in steps]
    columns = (
        Column("channel", "strong", 13),
        Column("mix", "share", 10, setting("mix")),
        Column("revenue_to_win", "money", 14, f"{_to_win(plan)}*{mix}/SUM({column_ref(FUNNEL, 'mix')})"),
        Column("unit_value", "price", 12, given("unit_value", "kpixl_unit_value")),
        *(
            Column(kpi_key(stage), "count", 9, formula)
            for stage, formula in zip(plan.stages, [*volumes, None], strict=True)
        ),
        Column("revenue", "money", 14, f"{counts[-1]}*{worth}"),
        Column("cost", "money", 13, f'IFERROR({counts[0]}*({given("cost_per_lead")}),"")'),
        Column("leads_per_month", "decimal", 9, f"IFERROR({counts[0]}/{months_formula()},0)"),
        Column("leads_most", "count", 9, given("channel_capacity")),
        Column("verdict", "status", 10, _verdict_formula(monthly, FUNNEL, "leads_most")),
    )
    mixes = np.array([channel.mix for channel in plan.channels])
    to_win = targets.to_win * mixes / mixes.sum()
    months = plan.period.months - targets.since
    rows: list[tuple[Content, ...]] = []
    for channel, part, value, row in zip(plan.channels, to_win, plan.unit_values, targets.volumes, strict=True):
        per_month = row[0] / months if months else 0.0
        rows.append(
            (
                channel.name,
                channel.mix,
                float(part),
                float(value),
                *(int(volume) for volume in row[:-1]),
                Calc(_orders(len(rows)), int(row[-1])),
                float(row[-1] * value),
                "" if channel.cost_per_lead is None else float(row[0] * channel.cost_per_lead),
                per_month,
                "" if channel.capacity is None else channel.capacity,
                _verdict(per_month, channel.capacity),
            )
        )
    return Table(at, FUNNEL, columns, rows, total=True)


def _to_win(plan: Plan) -> str:
    """Return the formula of the revenue still to be won; 0 once no month is left."""
    secured = column_ref("kpixl_team", "secured")
    rest = f"MAX(0,kpixl_goal-SUM({secured})-{asked(kpi_key(plan.kpis[0]), CHANNEL)})"
    return f"({months_formula()}>0)*{rest}"


def _orders(row: int) -> str:
    """Return the formula of a channel's orders: the revenue to win up to its row, less that won in the rows above."""
    to_win = f"SUM({own_cell(0, 'revenue_to_win')}:{own_cell(row, 'revenue_to_win')})"
    won = f"-SUM({own_cell(0, 'revenue')}:{own_cell(row - 1, 'revenue')})" if row else ""
    return f"MAX(0,ROUNDUP(ROUND(({to_win}{won})/{own_cell(row, 'unit_value')},9),0))"


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
    """Return the volume of each stage by month that is needed for the orders to come in their planned months."""
    plan, targets = state.plan, state.tracking.targets
    schedule = engine.ahead(
        targets.by_channel.sum(axis=2).T,
        _lead_days(state)[:-1],
        plan.period.start,
        **plan.period.calendar.days_off,
    )
    columns = Column("month", "month", 14), *(Column(kpi_key(stage), "count", 11) for stage in plan.stages)
    rows = [
        (month, *map(float, volumes)) for month, volumes in zip(schedule.months.tolist(), schedule.volumes, strict=True)
    ]
    return Table(at, LEADTIME, columns, rows)
