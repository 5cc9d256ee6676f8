"""Did the measure work: the rate that a measure was to change, as long before it as after.

Method: the difference of two rates with its Newcombe interval (`engine.effect`), over equal spans on both sides of the
day, up to four weeks each. Where another entry of the log is about the same rate within these weeks, nobody can say
which of the two it was; that is said too.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from kpixl import engine
from kpixl.engine.thresholds import DAYS_AROUND_A_MEASURE
from kpixl.plan import Plan
from kpixl.tracking.values import between, total

__all__ = ["Action", "Counted", "Outcome", "Pending", "counted", "outcome", "outcomes"]


@dataclass(frozen=True)
class Action:
    """A measure, a trouble or a change of the market: the day it began, what it was, and the step that it was about."""

    day: dt.date
    kind: str
    step: str
    note: str


class Pending(StrEnum):
    """Why nothing can be said of a measure."""

    NO_STEP = "no_step"
    NOT_BEGUN = "not_begun"
    NO_TRIALS = "no_trials"
    NO_RATE = "no_rate"


@dataclass(frozen=True)
class Counted:
    """What was tried, and won of it, at the step of a measure in so many days before it and from its day on."""

    days: int
    won_before: float
    tried_before: float
    won_after: float
    tried_after: float

    @property
    def pending(self) -> Pending | None:
        """Why these counts make no two rates, None if they do."""
        sides = (self.won_before, self.tried_before), (self.won_after, self.tried_after)
        if not all(0 <= won <= tried for won, tried in sides):
            return Pending.NO_RATE
        return None if min(self.tried_before, self.tried_after) > 0 else Pending.NO_TRIALS


@dataclass(frozen=True)
class Outcome:
    """The rate before and after, from how many trials each, and what their difference allows to say.

    `low` to `high` is the 95 % interval of the difference, `p` its two-sided p-value, `trials_needed` how many more
    trials would settle it (0: none), `overlaps` whether another entry may have caused it.
    """

    before: float
    after: float
    trials_before: float
    trials_after: float
    difference: float
    low: float
    high: float
    p: float
    verdict: str
    trials_needed: float
    days: int
    overlaps: bool


def outcomes(
    plan: Plan, values: pd.DataFrame, log: Sequence[Action | None], as_of: dt.date
) -> tuple[Outcome | Pending | None, ...]:
    """Return what became of each entry of the log, None for an entry without a day."""
    known = [action for action in log if action]
    return tuple(outcome(plan, values, action, as_of, known) if action else None for action in log)


def outcome(
    plan: Plan, values: pd.DataFrame, action: Action, as_of: dt.date, log: Sequence[Action] = ()
) -> Outcome | Pending:
    """Return what became of the rate that `action` was to change, or why there is nothing to compare yet.

    A step with more coming out than went in has no rate, nor has an activity per head, such as calls per lead. The
    other entries of the `log` tell whether something else happened to the same rate in the same weeks.
    """
    counts = counted(plan, values, action, as_of)
    if isinstance(counts, Pending):
        return counts
    if counts.pending is not None:
        return counts.pending
    found = engine.effect(counts.won_before, counts.tried_before, counts.won_after, counts.tried_after)
    others = (other for other in log if other is not action and other.step == action.step)
    first, last = _span(action.day, counts.days)
    return Outcome(
        before=counts.won_before / counts.tried_before,
        after=counts.won_after / counts.tried_after,
        trials_before=counts.tried_before,
        trials_after=counts.tried_after,
        difference=float(found.difference),
        low=float(found.low),
        high=float(found.high),
        p=float(found.p),
        verdict=str(found.verdict),
        trials_needed=float(found.trials_needed),
        days=counts.days,
        overlaps=any(first <= other.day <= last for other in others),
    )


def counted(plan: Plan, values: pd.DataFrame, action: Action, as_of: dt.date) -> Counted | Pending:
    """Return what was tried and won around the day of `action`, or why there is nothing to count yet."""
    steps = [plan.step_name(step) for step in range(len(plan.stages) - 1)]
    if action.step not in steps:
        return Pending.NO_STEP
    days = min((as_of - action.day).days + 1, DAYS_AROUND_A_MEASURE)
    if days < 1:
        return Pending.NOT_BEGUN
    place = steps.index(action.step)
    if plan.is_activity(place):
        return Pending.NO_RATE
    lower, upper = plan.stages[place].event, plan.stages[place + 1].event
    first, last = _span(action.day, days)
    before, after = between(values, first, action.day - dt.timedelta(days=1)), between(values, action.day, last)
    return Counted(days, *(total(frame, kpi) for frame in (before, after) for kpi in (upper, lower)))


def _span(day: dt.date, days: int) -> tuple[dt.date, dt.date]:
    """Return the first and the last of so many days before `day` and as many from it on."""
    return day - dt.timedelta(days=days), day + dt.timedelta(days=days - 1)
