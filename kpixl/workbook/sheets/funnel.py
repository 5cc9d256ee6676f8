"""ファネル / Funnel: what every stage must bring, back-solved from the goal through each channel's own rates.

Everything here is native formulas: change the goal, a rate or the mix in the settings and the whole funnel follows.
"""

import numpy as np

from kpixl.engine.numbers import ceil
from kpixl.texts import say
from kpixl.workbook.blocks import Column, Sheet, Table, column_ref, headings_ref, lettering, this_row
from kpixl.workbook.sheets.settings import CHANNELS, MEMBERS, STAGES
from kpixl.workbook.state import State

__all__ = ["FUNNEL", "sheet"]

FUNNEL, NEEDS = "kpixl_funnel", "kpixl_needs"


def sheet(state: State) -> Sheet:
    """Return the sheet with the back-solved funnel."""
    below = 6 + len(state.plan.stages) + 3
    return Sheet(
        say("sheet.funnel"),
        blocks=(
            lettering("B2", [[(say("funnel.title"), "title")]]),
            lettering("B3", [[(say("funnel.lead"), "lead")]]),
            lettering("B5", [[(say("funnel.needs_section"), "section")]]),
            lettering(f"B{below - 1}", [[(say("funnel.channels_section"), "section")]]),
        ),
        tables=(_needs(state), _funnel(state, f"B{below}")),
    )


def _needs(state: State) -> Table:
    plan, volumes = state.plan, state.tracking.targets.volumes.sum(axis=0)
    days = int(plan.period.business_days.sum())
    people = sum(member.weight > 0 for member in plan.members)
    stage, total, daily, mine, bound = (
        say(f"heading.{key}") for key in ("stage", "whole_period", "per_day", "per_member_day", "capacity")
    )
    rows = []
    for volume, planned in zip(volumes, plan.stages, strict=True):
        per_day = volume / days
        per_member = per_day / people
        verdict = None if planned.capacity is None else "fits" if per_member <= planned.capacity else "too_much"
        rows.append(
            (
                planned.name,
                int(volume),
                volume / plan.period.months,
                volume / plan.period.months / people,
                per_day,
                per_member,
                planned.capacity if planned.capacity is not None else "",
                say(f"funnel.{verdict}") if verdict else "",
            )
        )
    people_formula = f'COUNTIF({column_ref(MEMBERS, say("heading.weight"))},">0")'
    capacity = f"INDEX({column_ref(STAGES, bound)},MATCH({this_row(NEEDS, stage)},{column_ref(STAGES, stage)},0))"
    headings = headings_ref(FUNNEL, say("heading.channel"), plan.stages[-1].name)
    return Table(
        "B6",
        NEEDS,
        (
            Column(stage, width=18),
            Column(
                total,
                "count",
                12,
                f"SUM(INDEX({FUNNEL}[],0,MATCH({this_row(NEEDS, stage)},{headings},0)))",
            ),
            Column(say("heading.per_month"), "decimal", 12, f"{this_row(NEEDS, total)}/kpixl_months"),
            Column(
                say("heading.per_member_month"),
                "decimal",
                12,
                f"{this_row(NEEDS, total)}/kpixl_months/{people_formula}",
            ),
            Column(
                daily,
                "decimal",
                12,
                f"{this_row(NEEDS, total)}/SUM({column_ref('kpixl_team', say('heading.business_days'))})",
            ),
            Column(mine, "decimal", 12, f"{this_row(NEEDS, daily)}/{people_formula}"),
            Column(bound, "count", 12, f'IF({capacity}="","",{capacity})'),
            Column(
                say("heading.verdict"),
                "status",
                14,
                f'IF({this_row(NEEDS, bound)}="","",IF({this_row(NEEDS, mine)}<={this_row(NEEDS, bound)},'
                f'"{say("funnel.fits")}","{say("funnel.too_much")}"))',
            ),
        ),
        rows,
    )


def _funnel(state: State, at: str) -> Table:
    plan, targets = state.plan, state.tracking.targets
    channel, mix, share = say("heading.channel"), say("heading.mix"), say("heading.share")
    total = ceil((plan.goal.value - plan.goal.existing) / plan.goal.unit_value)
    weights = np.array([entry.mix for entry in plan.channels])
    shares = np.round(total * weights / weights.sum(), 9)
    lookup = f"MATCH({this_row(FUNNEL, channel)},{column_ref(CHANNELS, channel)},0)"
    need = "ROUNDUP(ROUND((kpixl_goal-kpixl_existing)/kpixl_unit_value,9),0)"
    stages = []
    for step, stage in enumerate(plan.stages):
        if step == len(plan.stages) - 1:
            formula = _largest_remainder(this_row(FUNNEL, share), column_ref(FUNNEL, share))
        else:
            below = this_row(FUNNEL, plan.stages[step + 1].name)
            rate = f"INDEX({column_ref(CHANNELS, plan.step_name(step))},{lookup})"
            formula = f"ROUNDUP(ROUND({below}/{rate},9),0)"
        stages.append(Column(stage.name, "count", 12, formula))
    return Table(
        at,
        FUNNEL,
        (
            Column(channel, width=18),
            Column(mix, "share", 12, f"INDEX({column_ref(CHANNELS, mix)},{lookup})"),
            Column(
                share,
                "decimal",
                12,
                f"ROUND({need}*{this_row(FUNNEL, mix)}/SUM({column_ref(FUNNEL, mix)}),9)",
            ),
            *stages,
        ),
        [
            (entry.name, entry.mix, float(part), *(int(volume) for volume in row))
            for entry, part, row in zip(plan.channels, shares, targets.volumes, strict=True)
        ],
        total=True,
    )


def _largest_remainder(own: str, all_rows: str) -> str:
    """Return the formula that rounds a share to whole units so that all shares sum to their total.

    The same rule as `engine.allocate`: what rounding down leaves over goes to the largest remainders, the upper row
    first among equals.
    """
    rest, rests = f"ROUND({own}-INT({own}),9)", f"ROUND({all_rows}-INT({all_rows}),9)"
    larger = f"SUMPRODUCT(--({rests}>{rest}))+SUMPRODUCT(({rests}={rest})*(ROW({all_rows})<ROW({own})))"
    return f"INT({own})+IF({larger}<ROUND(SUM({all_rows}),0)-SUMPRODUCT(INT({all_rows})),1,0)"
