"""Did the measure work: the rate that a measure was to change, as long before it as after.

Method: the difference of two rates with its Newcombe interval (`engine.effect`), over equal spans on both sides of the
day, up to four weeks each.
"""

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from kpixl import engine
from kpixl.errors import NoTrials
from kpixl.plan import Plan
from kpixl.tracking.values import between, total

__all__ = ["Action", "Outcome", "outcome"]

_LONGEST = 28  # days on either side: long enough to count, short enough to be about the measure


@dataclass(frozen=True)
class Action:
    """A measure or a trouble: the day it began, what it was, and the step of the funnel that it was to change."""

    day: dt.date
    kind: str
    step: str
    note: str


@dataclass(frozen=True)
class Outcome:
    """The rate before and after, their difference, the verdict, and how many more trials would settle it (0: none)."""

    before: float
    after: float
    difference: float
    verdict: str
    trials_needed: float


def outcome(plan: Plan, values: pd.DataFrame, action: Action, as_of: dt.date) -> Outcome | None:
    """Return what became of the rate that `action` was to change.

    None while there is nothing to compare: no such step, no day since, nothing that went into the step, or more that
    came out of it than went in (calls per lead are no rate).
    """
    steps = [plan.step_name(step) for step in range(len(plan.stages) - 1)]
    span = min((as_of - action.day).days + 1, _LONGEST)
    if action.step not in steps or span < 1:
        return None
    step = steps.index(action.step)
    lower, upper = plan.stages[step].event, plan.stages[step + 1].event
    length = dt.timedelta(days=span)
    before = between(values, action.day - length, action.day - dt.timedelta(days=1))
    after = between(values, action.day, action.day + length - dt.timedelta(days=1))
    counts = [total(frame, kpi) for frame in (before, after) for kpi in (upper, lower)]
    if counts[0] > counts[1] or counts[2] > counts[3]:
        return None
    try:
        found = engine.effect(*counts)
    except NoTrials:
        return None
    return Outcome(
        counts[0] / counts[1],
        counts[2] / counts[3],
        float(found.difference),
        str(found.verdict),
        float(found.trials_needed),
    )
