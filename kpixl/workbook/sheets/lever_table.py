"""The levers of the gap sheet: what each step must become in the rest of the month to close the gap, alone or together.

An analysis, written by a refresh; it is blank where the month is over, or goes on to its goal by itself.
"""

import math

from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.tracking import Lever, Outlook, outlook
from kpixl.workbook.blocks import BY_ROW, Column, Table, Value
from kpixl.workbook.state import State

__all__ = ["LEVERS", "lever_sentence", "lever_table", "month_outlook"]

LEVERS = "kpixl_levers"
_STYLES = {"volume": "decimal", "rate": "rate", "money": "money"}


def month_outlook(state: State) -> Outlook | None:
    """Return how the tracked month could still be made, if it needs to be and can."""
    tracking = state.tracking
    return outlook(tracking.plan, tracking.progress, tracking.targets.unit_value, tracking.as_of)


def lever_sentence(state: State) -> str:
    """Return in a sentence where the month goes, and how much more of everything would make it."""
    found = month_outlook(state)
    if found is None:
        return say("levers.none")
    short = found.outcome < found.goal * (1 - 1e-9)
    return say(
        "levers.short" if short else "levers.lead",
        days=found.days,
        present=found.present,
        goal=found.goal,
        outcome=found.outcome,
        growth=max(lever.planned / lever.now for lever in found.levers) - 1,
    )


def lever_table(state: State, at: str) -> Table:
    """Return a row per step: as it goes now, what it must become alone, its cap, and its part in a balanced plan."""
    plan, found = state.plan, month_outlook(state)
    levers = found.levers if found else (None,) * (len(plan.stages) + 1)
    kinds = ["volume", *["rate"] * (len(plan.stages) - 1), "money"]
    return Table(
        at,
        LEVERS,
        (
            Column(say("levers.step"), "strong", 16),
            Column(say("levers.now"), BY_ROW, 14),
            Column(say("levers.needed"), BY_ROW, 14),
            Column(say("levers.verdict"), "status", 14),
            Column(say("levers.cap"), BY_ROW, 14),
            Column(say("levers.planned"), BY_ROW, 14),
            Column(say("levers.growth"), "points", 12),
            Column(say("levers.share"), "share", 12),
        ),
        [(_name(plan, place), *_figures(lever)) for place, lever in enumerate(levers)],
        row_styles=tuple(_STYLES[kind] for kind in kinds),
    )


def _name(plan: Plan, step: int) -> str:
    if step == 0:
        return say("levers.volume", stage=plan.stages[0].name)
    return plan.step_name(step - 1) if step < len(plan.stages) else say("settings.unit_value")


def _figures(lever: Lever | None) -> tuple[Value, ...]:
    if lever is None:
        return (None,) * 7
    alone = not math.isnan(lever.needed)
    return (
        lever.now,
        lever.needed if alone else None,
        say("levers.enough" if alone else "levers.not_enough"),
        lever.cap if math.isfinite(lever.cap) else None,
        lever.planned,
        lever.planned / lever.now - 1,
        None if math.isnan(lever.share) else lever.share,
    )
