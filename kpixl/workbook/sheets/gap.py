"""ギャップ / Gap: the month's funnel against where it should be by now, and the step that costs the most.

Target, actual, gap and rates are native formulas on the progress table; the effect of each step (LMDI) and its rank
are written by a refresh (or live: `live_gap`). A bridge leads from the revenue due to the revenue made, and levers show
what would close the gap.
"""

from typing import Any

import pandas as pd

from kpixl.texts import say
from kpixl.tracking import records
from kpixl.workbook.blocks import (
    Block,
    Cell,
    Chart,
    Column,
    Series,
    Sheet,
    Table,
    Value,
    column_ref,
    lettering,
    row_number,
    this_row,
)
from kpixl.workbook.charts import rows_high
from kpixl.workbook.sheets.formulas import PROGRESS, unless_untouched
from kpixl.workbook.sheets.headlines import headline
from kpixl.workbook.sheets.lever_table import lever_sentence, lever_table
from kpixl.workbook.sheets.live_gap import effect_formulas, gap_blocks
from kpixl.workbook.sheets.spills import live_widths
from kpixl.workbook.sheets.waterfall import waterfall_chart, waterfall_table
from kpixl.workbook.state import State

__all__ = ["GAP", "bottleneck_sentence", "sheet"]

GAP = "kpixl_gap"
_SIZE = (1010, 280)


def sheet(state: State) -> Sheet:
    """Return the sheet with the gap of the month."""
    below = 7 + len(state.plan.stages) + 2
    columns = Chart(
        f"B{below}",
        "column",
        say("gap.chart"),
        GAP,
        say("heading.stage"),
        (Series(say("heading.pace"), "plan"), Series(say("heading.actual"), "actual")),
        _SIZE,
    )
    bridge = below + rows_high(columns) + 3
    fall = waterfall_chart(f"B{bridge + 1}", _SIZE)
    levers = bridge + rows_high(fall) + 2
    table = lever_table(state, f"B{levers + 2}")
    return Sheet(
        say("sheet.gap"),
        blocks=(
            lettering("B2", [[(say("gap.title"), "title")]]),
            Block("B3", ((Cell(bottleneck_sentence(state), "lead"),),), "kpixl_gap_note", analysed=True),
            *headline(state, "B5", "kpixl_gap_head", say("gap.section"), 9, found=not state.live),
            lettering(f"B{bridge - 2}", [[(say("gap.method"), "lead")]]),
            *headline(state, f"B{bridge}", "kpixl_waterfall_head", say("waterfall.section"), 9, found=not state.live),
            *headline(state, f"B{levers}", "kpixl_levers_head", say("levers.section"), 9, found=not state.live),
            Block(f"B{levers + 1}", ((Cell(lever_sentence(state), "lead"),),), "kpixl_levers_note", analysed=True),
            *(gap_blocks(state, "Z5", GAP, table) if state.live else ()),
        ),
        tables=(_gap(state), waterfall_table(state, "N6", GAP), table),
        charts=(columns, fall),
        widths=live_widths("Z", 10) if state.live else {},
        tab="computed",
        print_columns="A:L",
        breaks=(bridge,),
    )


def _gap(state: State) -> Table:
    stage, pace, actual = say("heading.stage"), say("heading.pace"), say("heading.actual")
    target_rate, actual_rate = say("heading.target_rate"), say("heading.actual_rate")
    live = effect_formulas(GAP) if state.live else {}
    place = f"MATCH({this_row(GAP, stage)},{column_ref(PROGRESS, say('heading.kpi'))},0)"
    return Table(
        "B6",
        GAP,
        (
            Column(stage, "strong", 24),
            Column(pace, "decimal", 12, f"INDEX({column_ref(PROGRESS, pace)},{place})"),
            Column(actual, "count", 12, f"INDEX({column_ref(PROGRESS, actual)},{place})"),
            Column(say("heading.gap"), "gap", 12, unless_untouched(f"{this_row(GAP, actual)}-{this_row(GAP, pace)}")),
            Column(
                say("heading.attainment"),
                "attainment",
                12,
                unless_untouched(f'IF({this_row(GAP, pace)}=0,"",{this_row(GAP, actual)}/{this_row(GAP, pace)})'),
            ),
            Column(target_rate, "rate", 12, _rate(pace)),
            Column(actual_rate, "rate", 12, _rate(actual)),
            Column(
                say("heading.rate_gap"),
                "points",
                12,
                f'IFERROR({this_row(GAP, actual_rate)}-{this_row(GAP, target_rate)},"")',
            ),
            Column(say("heading.effect"), "gap_money", 16, live.get("effect"), analysed=True),
            Column(say("heading.rank"), "count", 9, live.get("rank"), analysed=True),
        ),
        [_row(state, row) for row in records(state.tracking.gap)],
    )


def _rate(heading: str) -> str:
    """Return the formula for the rate from the row above to this row; the first row has none."""
    row = row_number(GAP, heading)
    above = f"INDEX({column_ref(GAP, heading)},{row}-1)"
    return f'IF({row}=1,"",IFERROR({this_row(GAP, heading)}/{above},""))'


def _row(state: State, row: dict[str, Any]) -> tuple[Value, ...]:
    rates = (_shown(row[column]) for column in ("target_rate", "actual_rate", "rate_gap"))
    compared = row["name"], float(row["target"]), float(row["actual"])
    if state.tracking.untouched:
        return (*compared, "", "", *rates, state.nothing, state.nothing)
    effect, rank = (state.nothing if pd.isna(row[column]) else float(row[column]) for column in ("effect", "rank"))
    return (*compared, float(row["gap"]), _shown(row["attainment"]), *rates, effect, rank)


def _shown(value: float) -> Value:
    return "" if pd.isna(value) else float(value)


def bottleneck_sentence(state: State) -> str:
    """Return which step costs the most this month, in a sentence."""
    if state.tracking.untouched:
        return say("progress.untouched", day=state.tracking.as_of)
    worst = state.tracking.bottleneck
    if worst is None:
        return say("gap.no_bottleneck", day=state.tracking.as_of)
    return say("gap.bottleneck", day=state.tracking.as_of, stage=worst["name"], effect=-worst["effect"])
