"""施策ログ / Actions: measures and troubles with their day, and whether the rate they were to change did change.

A row is typed; the rates before and after, their difference and the verdict are written by a refresh beside it.
"""

import math

from kpixl.texts import say, section
from kpixl.tracking import Action, outcome
from kpixl.workbook.blocks import Column, Sheet, Table, Value, lettering
from kpixl.workbook.books import Book
from kpixl.workbook.state import State

__all__ = ["ACTIONS", "read_actions", "sheet"]

ACTIONS = "kpixl_actions"
_BLANK_ROWS = 20


def sheet(state: State) -> Sheet:
    """Return the sheet with the log of measures."""
    plan = state.plan
    steps = tuple(plan.step_name(step) for step in range(len(plan.stages) - 1))
    return Sheet(
        say("sheet.actions"),
        blocks=(
            lettering("B2", [[(say("actions.title"), "title")]]),
            lettering("B3", [[(say("actions.lead"), "lead")]]),
        ),
        tables=(
            Table(
                "B5",
                ACTIONS,
                (
                    Column(say("heading.date"), "date", 13, typed=True, choices="date"),
                    Column(say("heading.kind"), "text", 11, typed=True, choices=tuple(section("action_kind").values())),
                    Column(say("heading.step"), "text", 18, typed=True, choices=steps),
                    Column(say("heading.action"), "text", 44, typed=True),
                    Column(say("heading.rate_before"), "rate", 11),
                    Column(say("heading.rate_after"), "rate", 11),
                    Column(say("heading.rate_gap"), "points", 11),
                    Column(say("heading.outcome"), "verdict", 16),
                    Column(say("heading.trials_needed"), "count", 14),
                ),
                [_row(state, action) for action in state.actions or (None,) * _BLANK_ROWS],
                keys=0,
            ),
        ),
        freeze="B6",
        tab="typed",
    )


def _row(state: State, action: Action | None) -> tuple[Value, ...]:
    if action is None:
        return (None,) * 9
    typed = (action.day, action.kind, action.step, action.note)
    found = outcome(state.plan, state.tracking.values, action, state.tracking.as_of)
    if found is None:
        return (*typed, None, None, None, None, None)
    needed = None if math.isinf(found.trials_needed) else math.ceil(found.trials_needed)
    return (*typed, found.before, found.after, found.difference, say(f"verdict.{found.verdict}"), needed)


def read_actions(book: Book) -> tuple[Action | None, ...]:
    """Read the log, with an entry for every row of it so that each keeps its place."""
    actions = []
    for row in book.rows(ACTIONS, blank=True):
        day, step = row.date(say("heading.date"), None), row.text(say("heading.step"))
        kind, note = row.text(say("heading.kind")), row.text(say("heading.action"))
        actions.append(Action(day, kind, step, note) if day and step else None)
    return tuple(actions)
