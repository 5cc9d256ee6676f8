"""The analyses of the gap in a live workbook: what each step costs, and what would close the gap.

FUNNEL_GAP and KPI_LEVERS are each in a block beside the sheet's tables, whose cells take the figures from there. The
drivers of the rest of the month and their caps are native formulas on the progress and the settings.
"""

from itertools import pairwise

import numpy as np

from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.tracking import drivers
from kpixl.workbook.blocks import BY_ROW, Block, Calc, Cell, Table, lettering
from kpixl.workbook.layout import ruled
from kpixl.workbook.references import column_ref, looked_up, row_number, this_row
from kpixl.workbook.sheets.calendar import days_between
from kpixl.workbook.sheets.formulas import of_kpi, quoted, unless_untouched
from kpixl.workbook.sheets.spills import Given, number_from, spilled
from kpixl.workbook.sheets.targets import unit_value_formula
from kpixl.workbook.state import State
from kpixl.workbook.tables import GAP, LEVERS, MEMBERS, STAGES
from kpixl.xlsx.address import Area, address

__all__ = ["effect_formulas", "gap_blocks", "lever_formulas"]

EFFECTS, DRIVERS, LEVER_PLAN = "kpixl_live_gap", "kpixl_live_drivers", "kpixl_live_levers"
FOLLOWED = "kpixl_live_followed"
_GAP_COLUMNS = {
    "stage": "text",
    "pace": "decimal",
    "actual": "decimal",
    "gap": "gap",
    "board.attained": "attainment",
    "target_rate": "rate",
    "actual_rate": "rate",
    "rate_gap": "growth",
    "effect": "gap_money",
    "rank": "count",
}
_NO_HEADER = Given("FALSE", False)


def gap_blocks(state: State, at: str, levers: Table) -> tuple[Block, ...]:
    """Return the blocks, one below the other, with their section title at `at`; `levers` has a row for each driver."""
    frame = state.tracking.gap
    left, top, *_ = Area.parse(at)
    names = {"pace": "target", "stage": "name"}
    pace, stage = (Given(column_ref(GAP, key), frame[column].to_list()) for key, column in names.items())
    counts = _followed(state, address(left + len(_GAP_COLUMNS) + 1, top + 2))
    actual = Given(FOLLOWED, [cell.value for cell in counts])
    worth = Given(unit_value_formula(state.plan), state.unit_value)
    arguments = (pace, actual, stage, worth, _NO_HEADER)
    below = top + len(frame) + 4
    return (
        ruled(at, say("live.section")),
        lettering(address(left + len(_GAP_COLUMNS) + 1, top + 1), [[(say("live.followed"), "heading")]]),
        Block(
            address(left + len(_GAP_COLUMNS) + 1, top + 2),
            tuple((Cell(count, "decimal"),) for count in counts),
            FOLLOWED,
        ),
        *spilled(address(left, top + 1), EFFECTS, "FUNNEL_GAP", arguments, _GAP_COLUMNS, ["decimal"] * len(frame)),
        *_lever_blocks(state, left, below, levers),
    )


def _followed(state: State, at: str) -> list[Calc]:
    """Return what the funnel makes of its first stage by the matured rates, else by those of the counts."""
    left, top, *_ = Area.parse(at)
    rates, actuals = column_ref(GAP, "matured_rate"), column_ref(GAP, "actual")
    found = [Calc(f"MAX(0,N(INDEX({actuals},1)))", 0.0)]
    for place in range(1, len(state.tracking.gap)):
        above = address(left, top + place - 1)
        own, upper = f"MAX(0,N(INDEX({actuals},{place + 1})))", f"MAX(0,N(INDEX({actuals},{place})))"
        counted = f"IF(OR({above}={upper},{upper}=0),{own},{above}*{own}/{upper})"
        rate = f"INDEX({rates},{place + 1})"
        found.append(Calc(f"IF(ISNUMBER({rate}),{above}*{rate},{counted})", 0.0))
    values = state.tracking.gap["followed"].clip(lower=0).to_list()
    return [Calc(one.formula, float(value)) for one, value in zip(found, values, strict=True)]


def effect_formulas(plan: Plan) -> dict[str, str]:
    """Return the formulas of the gap table's analysed columns, by key.

    These are not judged: unknown stages, a step above 100% and the step before it, one too slow for the month, and all
    steps if the orders are unknown or any actual is negative (see `kpixl.tracking.gap`). The rank is among the judged.
    """
    stage, actual, followed, effect = ("stage", "actual", "matured_rate", "effect")
    row, rates, actuals = row_number(GAP, stage), column_ref(GAP, followed), column_ref(GAP, actual)
    last = len(plan.stages)
    slow = f"{this_row(GAP, 'rate_basis')}={quoted(say('rate_basis.slow'))}"
    first_conversion = 3 if plan.is_activity(0) else 2
    beyond = "OR({})".format(
        ",".join(
            f"IF(AND({place}>={first_conversion},{place}<={last},NOT(ISNUMBER({this_row(GAP, followed)}))),"
            f"AND(NOT(ISNUMBER(INDEX({rates},MIN({place},{last})))),N(INDEX({actuals},MAX({place}-1,1)))>0,"
            f"N(INDEX({actuals},MIN({place},{last})))>N(INDEX({actuals},MAX({place}-1,1)))*(1+1E-12)),FALSE)"
            for place in (row, f"({row}+1)")
        )
    )
    sure = f"AND(ISNUMBER(INDEX({actuals},{last})),MIN({actuals})>=0,ISNUMBER({this_row(GAP, actual)}))"
    effect_cell = number_from(EFFECTS, GAP, stage, list(_GAP_COLUMNS).index("effect") + 1)
    effects, own = column_ref(GAP, effect), this_row(GAP, effect)
    smaller = f"SUMPRODUCT(ISNUMBER({effects})*({effects}<{own}))"
    tied = f"SUMPRODUCT(ISNUMBER({effects})*({effects}={own})*(ROW({effects})<ROW({own})))"
    return {
        "effect": unless_untouched(f'IF({sure},IF(OR({slow},{beyond}),"",{effect_cell}),"")'),
        "rank": f'IF(ISNUMBER({own}),1+{smaller}+{tied},"")',
    }


def lever_formulas() -> dict[str, str]:
    """Return the formulas of the lever table's columns, by key."""
    step = "levers.step"
    read = {"now": 2, "needed": 3, "cap": 4, "planned": 5}
    now, needed, planned, growth = (this_row(LEVERS, f"levers.{key}") for key in ("now", "needed", "planned", "growth"))
    every = column_ref(LEVERS, "levers.growth")
    enough, short = (say(f"levers.{key}") for key in ("enough", "not_enough"))
    return {
        **{key: number_from(LEVER_PLAN, LEVERS, step, column) for key, column in read.items()},
        "verdict": f'IF({now}="","",IF(ISNUMBER({needed}),"{enough}","{short}"))',
        "growth": f'IF({now}="","",{planned}/{now}-1)',
        "share": f'IFERROR(LN(1+{growth})/SUMPRODUCT(LN(1+{every})),"")',
    }


def _lever_blocks(state: State, left: int, top: int, levers: Table) -> tuple[Block, ...]:
    """Return the drivers of the rest of the month with their caps, and beside them the level that each must reach."""
    tracking, revenue = state.tracking, state.plan.kpis[0].name
    values, caps = drivers(state.plan, tracking.progress, state.unit_value, tracking.as_of, tracking.matured)
    count = len(values)
    names = [f"x{place}" for place in range(count)]
    money = tracking.progress[tracking.progress["money"]].iloc[0]
    rest = Given(
        f"{of_kpi('target', revenue)}-N({of_kpi('actual', revenue)})",
        float(money["target"] - money["actual"]),
    )
    known = Given(f"INDEX({DRIVERS},0,2)", values.tolist())
    limits = Given(f"INDEX({DRIVERS},0,3)", [None if np.isinf(cap) else cap for cap in caps.tolist()])
    made, actuals = of_kpi("actual", revenue), column_ref(GAP, "actual")
    nothing = Given(
        f"OR(NOT(ISNUMBER({made})),N({made})<0,MIN({actuals})<0,kpixl_elapsed>=1,SUM({actuals})=0,"
        f"MIN({known.formula})<=0,PRODUCT({known.formula})>={rest.formula})",
        bool(
            money["unjudged"]
            or tracking.gap["actual"].min() < 0
            or state.plan.period.elapsed(tracking.as_of) >= 1
            or not tracking.gap["actual"].any()
            or values.min() <= 0
            or values.prod() >= rest.cells
        ),
    )
    formula = " * ".join(names)
    arguments = (
        rest,
        Given(f'"{formula}"', formula),
        Given("{" + ";".join(f'"{name}"' for name in names) + "}", names),
        known,
        limits,
        _NO_HEADER,
    )
    shown = {f"levers.{key}": BY_ROW for key in ("now", "needed", "cap", "planned")}
    cells = tuple(
        (
            Cell(row[0]),
            Cell(Calc(now, float(value)), style),
            Cell(Calc(limit, "" if np.isinf(cap) else float(cap)), style),
        )
        for row, style, now, limit, value, cap in zip(
            levers.rows, levers.row_styles, _values(state), _caps(state), values, caps, strict=True
        )
    )
    return (
        lettering(address(left, top), [[(say(f"levers.{key}"), "heading") for key in ("step", "now", "cap")]]),
        Block(address(left, top + 1), cells, DRIVERS),
        *spilled(
            address(left + 4, top),
            LEVER_PLAN,
            "KPI_LEVERS",
            arguments,
            {"live.driver": "text", **shown},
            [*levers.row_styles, "money"],
            unless=nothing,
        ),
    )


def _values(state: State) -> list[str]:
    """Return the formulas of the drivers: the leads to come, the rates, the value of an order."""
    plan = state.plan
    target, actual = ([of_kpi(key, stage.name) for stage in plan.stages] for key in ("target", "actual"))
    made = f"N({of_kpi('actual', plan.kpis[0].name)})"
    actual = [f"N({formula})" for formula in actual]
    rest = "(1-kpixl_elapsed)"
    leads = f"IF(AND(kpixl_elapsed>0,{actual[0]}>0),{actual[0]}*{rest}/kpixl_elapsed,{target[0]}*{rest})"
    rates = [
        f"IF(AND({part}>0,{whole}>0),{part}/{whole},IFERROR({planned}/{of},0))"
        if plan.is_activity(step)
        else f"IF(AND({part}>0,{whole}>0,{part}<={whole}),{part}/{whole},IFERROR(MIN(1,{planned}/{of}),0))"
        for step, ((whole, part), (of, planned)) in enumerate(zip(pairwise(actual), pairwise(target), strict=True))
    ]
    followed, basis = column_ref(GAP, "matured_rate"), column_ref(GAP, "rate_basis")
    slow = quoted(say("rate_basis.slow"))
    rates = [
        rate
        if plan.is_activity(step)
        else f"IF(N(INDEX({followed},{step + 2}))>0,INDEX({followed},{step + 2}),"
        f"IF(INDEX({basis},{step + 2})={slow},IFERROR(MIN(1,{planned}/{of}),0),{rate}))"
        for step, (rate, (of, planned)) in enumerate(zip(rates, pairwise(target), strict=True))
    ]
    return [leads, *rates, f"IF(MIN({actual[-1]},{made})>0,{made}/{actual[-1]},{unit_value_formula(plan)})"]


def _caps(state: State) -> list[str]:
    """Return the formulas of the caps: 100% for rates, the team's capacity for activities per lead."""
    plan = state.plan
    daily = looked_up(STAGES, "capacity", "stage", quoted(plan.stages[1].name))
    people = f"COUNTA({column_ref(MEMBERS, 'member')})"
    days = days_between("kpixl_as_of+1", "kpixl_month_end")
    able = f'IF({daily}="",1,MAX(1,IFERROR({daily}*{people}*{days}/INDEX({DRIVERS},1,2),1)))'
    return ['""', able, *["1"] * (len(plan.stages) - 2), '""']
