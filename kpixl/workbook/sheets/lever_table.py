"""The levers of the gap sheet: what each step must reach in the rest of the month to close the gap, alone or together.

The table is written by a refresh (in a live workbook: `live_gap`). It is blank if the month is over or is going to
reach its goal anyway.
"""

import math

from kpixl.plan import Plan
from kpixl.plan.currency import amount
from kpixl.texts import say
from kpixl.tracking import Lever, Outlook, outlook
from kpixl.workbook.blocks import BY_ROW, Column, Table, Value
from kpixl.workbook.sheets.live_gap import lever_formulas
from kpixl.workbook.state import State
from kpixl.workbook.tables import LEVERS

__all__ = ["lever_sentence", "lever_table"]

_COLUMNS: dict[str, tuple[str, float]] = {
    "now": (BY_ROW, 14),
    "needed": (BY_ROW, 14),
    "verdict": ("status", 14),
    "cap": (BY_ROW, 14),
    "planned": (BY_ROW, 14),
    "growth": ("growth", 12),
    "share": ("share", 12),
}
_STYLES = {"volume": "decimal", "activity": "times", "rate": "rate", "money": "money"}


def _outlook(state: State) -> Outlook | None:
    """Return how the tracked month could still reach its goal; None if it will anyway, is over or cannot be judged."""
    tracking = state.tracking
    return outlook(tracking.plan, tracking.progress, state.unit_value, tracking.as_of, tracking.matured)


def lever_sentence(state: State) -> str:
    """Return the sentence on where the month is going, and how much more of everything would reach the goal."""
    found = _outlook(state)
    if found is None:
        return say("levers.none")
    short = found.outcome < found.goal * (1 - 1e-9)
    return say(
        "levers.short" if short else "levers.lead",
        days=found.days,
        present=amount(found.present),
        goal=amount(found.goal),
        outcome=amount(found.outcome),
        growth=max(lever.planned / lever.now for lever in found.levers) - 1,
    )


def lever_table(state: State, at: str) -> Table:
    """Return a row per step: its present level, the level needed alone, its cap, and its part in a balanced plan."""
    plan, found = state.plan, _outlook(state)
    levers = found.levers if found else (None,) * (len(plan.stages) + 1)
    live = lever_formulas() if state.live else {}
    steps = ["activity" if plan.is_activity(step) else "rate" for step in range(len(plan.stages) - 1)]
    kinds = ["volume", *steps, "money"]
    columns = (
        Column("levers.step", "strong", 16),
        *(Column(f"levers.{key}", *look, live.get(key), analysed=True) for key, look in _COLUMNS.items()),
    )
    rows = [(_name(plan, place), *_figures(state, lever)) for place, lever in enumerate(levers)]
    return Table(at, LEVERS, columns, rows, row_styles=tuple(_STYLES[kind] for kind in kinds))


def _name(plan: Plan, step: int) -> str:
    if step == 0:
        return say("levers.volume", stage=plan.stages[0].name)
    return plan.step_name(step - 1) if step < len(plan.stages) else say("settings.unit_value")


def _figures(state: State, lever: Lever | None) -> tuple[Value, ...]:
    if lever is None:
        return (state.nothing,) * 7
    alone = not math.isnan(lever.needed)
    return (
        lever.now,
        lever.needed if alone else state.nothing,
        say("levers.enough" if alone else "levers.not_enough"),
        lever.cap if math.isfinite(lever.cap) else state.nothing,
        lever.planned,
        lever.planned / lever.now - 1,
        state.nothing if math.isnan(lever.share) else lever.share,
    )
