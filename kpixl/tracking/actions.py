"""Did the measure work: the rate that a measure was to change, as long before it as after.

Method: the difference of two rates with its Newcombe interval (`engine.effect`), over equal spans on both sides of the
day, up to four weeks each. Where another entry of the log is about the same rate within these weeks, nobody can say
which of the two it was; that is said too. A difference is an effect only where it stands out among those of the days on
which nothing was done (`engine.placebo`), less what those who took no part went through in the same weeks.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl import engine
from kpixl.engine.rates import Verdict
from kpixl.engine.thresholds import DAYS_AROUND_A_MEASURE
from kpixl.errors import NothingToSay, NoTrials
from kpixl.plan import Plan
from kpixl.tracking.values import between, total

__all__ = ["Action", "Counted", "Outcome", "Pending", "Standing", "counted", "outcome", "outcomes"]

_DIFFERENCE = "difference"


@dataclass(frozen=True)
class Action:
    """A measure, a trouble or a change of the market: the day it began, what it was, and the step that it was about.

    `took_part` names the members or channels that it was tried with, where it was not all of them.
    """

    day: dt.date
    kind: str
    step: str
    note: str
    took_part: tuple[str, ...] = ()


class Pending(StrEnum):
    """Why nothing can be said of a measure."""

    NO_STEP = "no_step"
    NOT_BEGUN = "not_begun"
    NO_TRIALS = "no_trials"
    NO_RATE = "no_rate"


class Standing(StrEnum):
    """What may be said of a difference: that it is none, one as on other days, an effect, or that this is not known."""

    NONE = "none"
    DIFFERENCE = "difference"
    EFFECT = "effect"
    UNTESTED = "untested"


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
    trials would settle it (0: none), `overlaps` whether another entry may have caused it. `standing` says whether it
    stands out among the `placebo_days` on which nothing was done, on as many of which as `placebo_p` says it would be
    as large.
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
    standing: Standing = Standing.UNTESTED
    placebo_p: float = np.nan
    placebo_days: int = 0

    @property
    def judged(self) -> str:
        """What may be said of the measure: better or worse where it had an effect, else a difference, or unclear."""
        if self.verdict == Verdict.UNCLEAR:
            return self.verdict
        return self.verdict if self.standing is Standing.EFFECT and not self.overlaps else _DIFFERENCE


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
    standing, placebo_p, placebo_days = _standing(plan, values, action, counts.days, str(found.verdict))
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
        standing=standing,
        placebo_p=placebo_p,
        placebo_days=placebo_days,
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
    values = _of_those(values, action.took_part)
    before, after = between(values, first, action.day - dt.timedelta(days=1)), between(values, action.day, last)
    return Counted(days, *(total(frame, kpi) for frame in (before, after) for kpi in (upper, lower)))


def _standing(plan: Plan, values: pd.DataFrame, action: Action, days: int, verdict: str) -> tuple[Standing, float, int]:
    """Hold the difference against those of the days before, and against those who took no part where there are any."""
    place = [plan.step_name(step) for step in range(len(plan.stages) - 1)].index(action.step)
    steps = [plan.stages[place + 1].event, plan.stages[place].event]
    recorded = values.loc[values["kpi"].isin(steps), "date"].min().date()
    dates = pd.date_range(min(recorded, action.day - dt.timedelta(days=days)), _span(action.day, days)[1])
    won, tried = (_daily(_of_those(values, action.took_part), step, dates) for step in steps)
    others = [_daily(_of_those(values, action.took_part, others=True), step, dates) for step in steps]
    compared = others if action.took_part and others[1].any() else [None, None]
    at = int((pd.Timestamp(action.day) - dates[0]).days)
    try:
        found = engine.placebo(won, tried, at, days, other_successes=compared[0], other_trials=compared[1])
    except (NothingToSay, NoTrials):
        return Standing.NONE if verdict == Verdict.UNCLEAR else Standing.UNTESTED, np.nan, 0
    if verdict == Verdict.UNCLEAR:
        return Standing.NONE, found.p, found.days
    return Standing.EFFECT if found.stands else Standing.DIFFERENCE, found.p, found.days


def _of_those(values: pd.DataFrame, names: tuple[str, ...], *, others: bool = False) -> pd.DataFrame:
    """Return the values of the members or channels named, or of all others; all of them where none is named."""
    if not names:
        return values
    took_part = values["member"].isin(names) | values["channel"].isin(names)
    return values[~took_part if others else took_part]


def _daily(values: pd.DataFrame, kpi: str, dates: pd.DatetimeIndex) -> NDArray[np.float64]:
    sums = values[values["kpi"] == kpi].groupby("date")["value"].sum().reindex(dates, fill_value=0.0)
    return np.maximum(np.asarray(sums, dtype=np.float64), 0.0)


def _span(day: dt.date, days: int) -> tuple[dt.date, dt.date]:
    """Return the first and the last of so many days before `day` and as many from it on."""
    return day - dt.timedelta(days=days), day + dt.timedelta(days=days - 1)
