"""The rates of the last full months by channel, offered on the settings sheet below the rates that are typed.

They are native formulas: what came in of each stage, and the rate of each step. They stand in the columns of the typed
rates, so that both can be compared; one cell has the plan made at them (`rates`). A rate is shown from `ENOUGH_CASES`
cases on. The block has room for a few more channels than the plan has; beyond that it stays as it is.
"""

import datetime as dt

from kpixl.engine.thresholds import ENOUGH_CASES
from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.tracking import recent_counts, recent_span
from kpixl.workbook.blocks import Block, Calc, Cell
from kpixl.workbook.references import column_ref, looked_up
from kpixl.workbook.schema import kpi_key
from kpixl.workbook.sheets.formulas import quoted
from kpixl.workbook.sheets.rates import SINCE, UNTIL, by_actuals, taken_rates
from kpixl.workbook.sheets.said import either, told
from kpixl.workbook.state import State
from kpixl.workbook.tables import FUNNEL, RATES
from kpixl.xlsx.address import address, column_letters

__all__ = ["recent_rates", "recent_rows"]

_LEAST = 6  # channels that there is room for
_LEFT = 2
_NOTE = 3  # the column of the note, behind that of the title
_Counts = dict[str, list[float]]  # by channel, a count for each stage


def recent_rows(plan: Plan) -> int:
    """Return how many rows the section takes, with its title and headings."""
    return 3 + 2 * _room(plan)


def recent_rates(state: State, row: int) -> Block:
    """Return the section as a block: its title with the months, the counts and the rates."""
    plan, room = state.plan, _room(state.plan)
    since, until = recent_span(state.tracking.as_of)
    head = told("settings.recent_head", since=_month(SINCE, since), until=_month(UNTIL, until))
    fit, every = taken_rates(state)
    used = told("settings.recent_used", count=fit, all=every)
    offered = say("settings.recent_note", cases=ENOUGH_CASES)
    note = Cell(either(by_actuals(plan), used, Calc(quoted(offered), offered)), "lead")
    steps = [plan.step_name(step) for step in range(len(plan.stages) - 1)]
    counts = recent_counts(plan, state.tracking.values, state.tracking.as_of).tolist()
    found = {channel.name: own for channel, own in zip(plan.channels, counts, strict=True)}
    return Block(
        f"B{row}",
        (
            (Cell(head, "headline"), *[None] * (_NOTE - 1), note),
            _heads(say("settings.recent_counts"), [stage.name for stage in plan.stages]),
            *(_counted(plan, row + 2, place, found) for place in range(room)),
            _heads(say("settings.recent_rates"), ["", *steps]),
            *(_rated(plan, row + 2, room, place, found) for place in range(room)),
        ),
        "kpixl_recent_rates",
    )


def _room(plan: Plan) -> int:
    return max(_LEAST, len(plan.channels) + 2)


def _heads(title: str, names: list[str]) -> tuple[Cell, ...]:
    return tuple(Cell(text, "subheading") for text in (title, *names))


def _month(formula: str, day: dt.date) -> Calc:
    return Calc(f'YEAR({formula})&"/"&MONTH({formula})', f"{day.year}/{day.month}")


def _name(place: int) -> str:
    return f'IFERROR(INDEX({column_ref(FUNNEL, "channel")},{place + 1})&"","")'


def _counted(plan: Plan, top: int, place: int, counts: _Counts) -> tuple[Cell, ...]:
    """Return a channel's row of counts."""
    channel = plan.channels[place].name if place < len(plan.channels) else ""
    own = f"B{top + place}"  # relative, as the block may have another place in an older workbook
    cells = [Cell(Calc(_name(place), channel), "strong")]
    for number, stage in enumerate(plan.stages):
        made = looked_up(RATES, kpi_key(stage), "channel", own)
        value = counts[channel][number] if channel else ""
        cells.append(Cell(Calc(f'IFERROR({made},"")', value), "count"))
    return tuple(cells)


def _rated(plan: Plan, top: int, room: int, place: int, counts: _Counts) -> tuple[Cell, ...]:
    """Return a channel's row of rates, each below the count of the stage that it leads to."""
    channel = plan.channels[place].name if place < len(plan.channels) else ""
    at = top + place
    cells = [Cell(Calc(f"B{at}", channel), "strong"), Cell("", "text")]
    for step in range(len(plan.stages) - 1):
        before, after = (address(_LEFT + 1 + column, at) for column in (step, step + 1))
        letters = column_letters(_LEFT + 2 + step)
        recorded = f"SUM({letters}{top}:{letters}{top + room - 1})>0"  # else nothing is known of the stage
        formula = f'IF(AND(N({before})>={ENOUGH_CASES},{recorded}),{after}/{before},"")'
        value: float | str = ""
        if channel and sum(row[step + 1] for row in counts.values()) > 0:
            cases, made = counts[channel][step : step + 2]
            value = made / cases if cases >= ENOUGH_CASES else ""
        cells.append(Cell(Calc(formula, value), "times" if plan.is_activity(step) else "rate"))
    return tuple(cells)
