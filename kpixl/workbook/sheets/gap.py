"""ギャップ / Gap: the month's funnel against where it should be by now, and the step that costs the most.

Target, actual, gap and rates are native formulas on the progress table; the effect of each step (LMDI) and its rank
are written by a refresh (in a live workbook: `live_gap`). A waterfall leads from the revenue due to the actual revenue,
and levers show what would close the gap.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from kpixl.plan import Plan
from kpixl.plan.currency import amount
from kpixl.texts import say
from kpixl.tracking import Basis, impossible, records
from kpixl.workbook.blocks import BY_ROW, Column, Sheet, Table, Value, figure, points
from kpixl.workbook.charts import rows_high
from kpixl.workbook.layout import leads, named, titled
from kpixl.workbook.references import column_ref, looked_up, row_number, this_row
from kpixl.workbook.sheets.formulas import judged_formula, quoted, unless_untouched
from kpixl.workbook.sheets.kept import live_headline
from kpixl.workbook.sheets.lever_table import lever_sentence, lever_table
from kpixl.workbook.sheets.live_gap import effect_formulas, gap_blocks
from kpixl.workbook.sheets.reasons import unjudged_sentences
from kpixl.workbook.sheets.span_words import span_head, words
from kpixl.workbook.sheets.spills import live_widths
from kpixl.workbook.sheets.telling import BRIDGE_TITLE, funnel_chart
from kpixl.workbook.sheets.waterfall import waterfall_chart
from kpixl.workbook.state import State
from kpixl.workbook.tables import GAP, PROGRESS

__all__ = ["bottleneck_sentence", "bottleneck_step", "gap_table", "sheet"]

_SIZE = (880, 270)  # pixels
_WIDTHS: dict[str, float] = {"B": 15, **dict.fromkeys("CDEFGHI", 10.3), "J": 14, "K": 8, "L": 8, "M": 11}


def sheet(state: State) -> Sheet:
    """Return the sheet with the gap of the month."""
    below = 7 + len(state.plan.stages) + 2
    columns = funnel_chart(f"B{below}", _SIZE)
    bridge = below + rows_high(columns) + 3
    fall = replace(waterfall_chart(f"B{bridge + 1}", _SIZE), titled=BRIDGE_TITLE)
    levers = bridge + rows_high(fall) + 2
    table = lever_table(state, f"B{levers + 2}")
    return Sheet(
        say("sheet.gap"),
        blocks=(
            *titled(say("gap.title")),
            named("kpixl_gap_note", "B3", bottleneck_sentence(state), analysed=True),
            *live_headline(state, "B5", "kpixl_gap_head", say("gap.section"), 12),
            leads(f"B{below - 2}", say("gap.method", **words(state))),
            *live_headline(state, f"B{bridge}", "kpixl_waterfall_head", say("waterfall.section"), 10),
            *live_headline(state, f"B{levers}", "kpixl_levers_head", say("levers.section"), 10),
            named("kpixl_levers_note", f"B{levers + 1}", lever_sentence(state), analysed=True),
            *(gap_blocks(state, "Z5", table) if state.live else ()),
        ),
        tables=(gap_table(state), table),
        charts=(columns, fall),
        widths=_WIDTHS | (live_widths("Z1", 10) if state.live else {}),
        tab="computed",
        print_columns="A:M",
        one_page=True,
    )


def gap_table(state: State) -> Table:
    """Return the table of the stages, against where they should be by now."""
    stage, pace, actual, target_rate, actual_rate = (
        this_row(GAP, key) for key in ("stage", "pace", "actual", "target_rate", "actual_rate")
    )
    live = effect_formulas(state.plan) if state.live else {}
    gap = unless_untouched(f'IF({actual}="","",{actual}-{pace})')
    attainment = unless_untouched(judged_formula(f'IF({pace}=0,"",{actual}/{pace})', actual))
    columns = (
        Column("stage", "strong", 24),
        Column("pace", "decimal", 12, looked_up(PROGRESS, "pace", "kpi", stage)),
        Column("actual", "count", 12, looked_up(PROGRESS, "actual", "kpi", stage)),
        Column("gap", "gap", 12, gap),
        Column("attainment", "attainment", 12, attainment),
        Column("target_rate", BY_ROW, 12, _rate("pace")),
        Column("actual_rate", BY_ROW, 12, _actual_rate(state.plan)),
        Column("rate_gap", "points", 12, _rate_gap(state.plan, actual_rate, target_rate)),
        Column("effect", "effect_money", 20, live.get("effect"), analysed=True),
        Column("rank", "count", 9, live.get("rank"), analysed=True),
        Column("matured_rate", "rate", 10, analysed=True),
        Column("rate_basis", "remark", 16, analysed=True),
    )
    frame = state.tracking.gap
    styles = tuple("times" if activity else "rate" for activity in frame["activity"])
    return Table("B6", GAP, columns, [_row(state, row) for row in records(frame)], row_styles=styles)


def _rate(key: str) -> str:
    """Return the formula of the rate from the row above to this row; the first row has none."""
    row = row_number(GAP, key)
    above = f"INDEX({column_ref(GAP, key)},{row}-1)"
    own = this_row(GAP, key)
    return f'IF({row}=1,"",IFERROR(IF(AND({above}>0,{own}>=0),{own}/{above},""),""))'


def _actual_rate(plan: Plan) -> str:
    """Return the formula of the actual rate: the matured one, else that of the counts unless it is beyond 100 %."""
    row, own, followed = row_number(GAP, "actual"), this_row(GAP, "actual"), this_row(GAP, "matured_rate")
    above = f"INDEX({column_ref(GAP, 'actual')},{row}-1)"
    most = f"IF({row}=2,1E+99,1)" if plan.is_activity(0) else "1"
    sound = f"AND({above}>0,{own}>=0,{own}<={above}*{most}*(1+1E-12))"
    return f'IF({row}=1,"",IF(ISNUMBER({followed}),{followed},IFERROR(IF({sound},{own}/{above},""),"")))'


def _rate_gap(plan: Plan, actual: str, target: str) -> str:
    """Return the formula of the gap between two rates in points; blank for an activity and for a step not judged."""
    slow = f"{this_row(GAP, 'rate_basis')}={quoted(say('rate_basis.slow'))}"
    difference = f'IF({slow},"",IFERROR(({actual}-{target})*100,""))'
    return f'IF({row_number(GAP, "stage")}=2,"",{difference})' if plan.is_activity(0) else difference


def _row(state: State, row: dict[str, Any]) -> tuple[Value, ...]:
    difference = "" if row["activity"] else points(row["rate_gap"])
    rates = (figure(row["target_rate"]), figure(row["actual_rate"]), difference)
    compared = row["name"], float(row["target"]), float(row["actual"]) if row["known"] else ""
    basis = figure(row["matured"], None), _basis(state, row["basis"]) if not row["activity"] else None
    if state.tracking.untouched:
        return (*compared, "", "", *rates, state.nothing, state.nothing, *basis)
    effect, rank = (figure(row[column], state.nothing) for column in ("effect", "rank"))
    return (*compared, figure(row["gap"]), figure(row["attainment"]), *rates, effect, rank, *basis)


def _basis(state: State, basis: str) -> str | None:
    """Return what the rate of a step rests on, in words; None for the first stage, which has none."""
    if not basis:
        return None
    called = {Basis.SAME: "same_rate", Basis.SLOW: "same_rate_slow"}.get(Basis(basis))
    return (span_head(state, called) if called else "") or say(f"rate_basis.{basis}")


def bottleneck_sentence(state: State) -> str:
    """Return the sentence on the step that costs the most this month, and on those that could not be judged and why."""
    tracking = state.tracking
    if tracking.untouched:
        return say("progress.untouched", day=tracking.as_of, **words(state))
    worst = tracking.bottleneck
    if worst is not None:
        told = say("gap.bottleneck", day=tracking.as_of, step=bottleneck_step(worst), effect=amount(-worst["effect"]))
    elif tracking.gap["effect"].isna().all():
        told = say("gap.no_judged_step", day=tracking.as_of)
    elif tracking.gap["effect"].isna().any():
        told = say("gap.no_known_bottleneck", day=tracking.as_of)
    else:
        told = say("gap.no_bottleneck", day=tracking.as_of)
    beyond = [
        say(
            "gap.impossible",
            step=state.plan.step_name(place - 1),
            above=tracking.gap["actual"].iloc[place - 1],
            reached=row["actual"],
            **words(state),
        )
        for place, row in zip(impossible(tracking.gap).index, records(impossible(tracking.gap)), strict=True)
    ]
    slow = [state.plan.step_name(place - 1) for place in np.flatnonzero(tracking.gap["basis"] == Basis.SLOW).tolist()]
    if slow:
        beyond.append(say("gap.slow", steps=say("join").join(slow), **words(state)))
    stages = tracking.progress[~tracking.progress["money"]]
    return " ".join([told, *beyond, *unjudged_sentences(state, stages)])


def bottleneck_step(worst: dict[str, Any]) -> str:
    """Return the wording of the step that costs the most: both stages, with the planned and the actual rate."""
    kind = "volume" if worst["stage_above"] is None else "activity" if worst["activity"] else "rate"
    kind = "matured" if kind == "rate" and not math.isnan(worst["matured"]) else kind
    key = f"gap.step_{kind}"
    return say(key, above=worst["stage_above"], stage=worst["name"], planned=worst["planned"], reached=worst["reached"])
