"""What a rate of a step rests on: deals followed from the step's first stage, or the counts of the same month.

Where deals are known by id, those that entered a stage are followed until they reach the next one, are lost, or are
still open (`engine.lifetimes`): their rate is that of a step that has run its course (matured). Where they are not,
there is only what came out of a stage by what went in within the same time. That is as good while a step takes days;
where it takes longer than the time that is looked at, it compares others with others, and nothing is judged by it.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl.actuals import MILESTONES, WON
from kpixl.engine.answers import Answer
from kpixl.engine.lifetimes import CONVERTED, Curve, curve, lifetimes
from kpixl.engine.thresholds import AT_RISK, ENOUGH_TRIALS
from kpixl.plan import Plan
from kpixl.tracking.deals import Outcome, days_between, followed

__all__ = ["Basis", "Matured", "bases", "matured", "step_days", "too_slow", "unfollowed"]

Floats = NDArray[np.float64]

_MONTHS = 3  # of entries that a rate is about: those who came later are too young to tell
_REACHED = 0.9  # of the conversions have come at the age up to which deals are followed
_LISTED = 0.8  # of what is counted at a stage must be deals that are followed
_LINKED = 0.5  # of those that reached a stage must have been seen at the one before: else ids tell events, not deals
_A_WEEK = 5.0  # business days


class Basis(StrEnum):
    """What the rate of a step rests on; no verdict rests on a slow one."""

    MATURED = "matured"
    SAME = "same"
    SLOW = "slow"


@dataclass(frozen=True, eq=False)
class Matured(Answer):
    """The matured rates by step of the funnel, NaN where deals cannot be followed, and what they are counted from.

    `won` and `tried` are by step and member since the plan began, `of` of the rate's deals by step and channel (won,
    tried): what was won, and of how many entries, each counting for the share of conversions that come by its age.
    `days` are those of the middle conversion of each step, NaN where none is known.
    """

    rate: Floats
    won: Floats
    tried: Floats
    of: Floats
    days: Floats

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which steps have a matured rate."""
        known: NDArray[np.bool_] = ~np.isnan(self.rate)
        return known


def bases(plan: Plan, found: Matured, window: float) -> tuple[Basis, ...]:
    """Say for each step what its rate rests on, where `window` business days are looked at."""
    return tuple(
        Basis.MATURED if known else Basis.SLOW if late else Basis.SAME
        for known, late in zip(found.known, too_slow(plan, found, window), strict=True)
    )


def too_slow(plan: Plan, found: Matured, window: float) -> NDArray[np.bool_]:
    """Say for each step whether it takes longer than `window` business days, by its deals or by the settings."""
    slow: NDArray[np.bool_] = step_days(plan, found) > window
    return slow


def step_days(plan: Plan, found: Matured) -> Floats:
    """Return how many business days each step takes: the middle of its deals', or what the settings say if more."""
    lasts = np.where(np.isnan(found.days), 0.0, found.days * _A_WEEK / 7)
    return np.maximum(lasts, [stage.days for stage in plan.stages[:-1]])


def unfollowed(plan: Plan) -> Matured:
    """Return what is known where no deal can be followed: no matured rate."""
    steps, people, places = len(plan.stages) - 1, len(plan.members), len(plan.channels)
    nothing = np.full(steps, np.nan)
    people_of = np.zeros((steps, people))
    return Matured(nothing, people_of, people_of.copy(), np.zeros((steps, places, 2)), nothing.copy())


def matured(plan: Plan, frame: pd.DataFrame | None, values: pd.DataFrame, as_of: dt.date) -> Matured:
    """Return the matured rates of the plan's steps as of a day.

    Parameters
    ----------
    plan : Plan
        The plan.
    frame : DataFrame or None
        Deals as `kpixl.tracking.deals.deal_frame` gives them for `as_of`; None where no ids are known.
    values : DataFrame
        The KPI values, which say whether the deals are all that is counted.
    as_of : date
        The day.

    Returns
    -------
    Matured
        A step has a rate where at least ten deals entered it in the three months before the slowest of its conversions
        had time to come, and five were still followed at the age by which nine in ten conversions come. Of the curve of
        Aalen and Johansen up to that age; the members' and channels' counts are weighted by the same curve (the
        exposure of Stanard 1985), so that young deals count for what they can have become.
    """
    found = unfollowed(plan)
    if frame is None or not len(frame):
        return found
    known = followed(frame)
    for step in range(len(found.rate)):
        if not plan.is_activity(step):
            _follow(plan, known, values, as_of, step, found)
    return found


def _follow(plan: Plan, deals: pd.DataFrame, values: pd.DataFrame, as_of: dt.date, step: int, found: Matured) -> None:
    """Enter into `found` what the deals say of a step, if they can be followed through it."""
    upper, lower = (stage.event for stage in plan.stages[step : step + 2])
    if upper not in MILESTONES or lower not in (*MILESTONES, WON):
        return
    entered = _entered(deals, upper, lower)
    reached = entered["end"].notna()
    if not _all_followed(deals, values, upper, lower, as_of) or not reached.any():
        return
    found.days[step] = float(days_between(entered["start"], entered["end"])[reached].median())
    slowest = float(days_between(entered["start"], entered["end"])[reached].quantile(_REACHED))
    slowest = max(slowest, plan.stages[step].days * 7 / _A_WEEK)
    first = pd.Timestamp(as_of) - pd.DateOffset(months=_MONTHS) - pd.Timedelta(days=slowest)
    recent = entered[entered["start"] >= first]
    if len(recent) < ENOUGH_TRIALS:
        return
    steps, last, won, tried = _counted(recent, as_of)
    if _young(recent, as_of, slowest):
        return
    found.rate[step] = steps.converted[last]
    for one, name in enumerate(channel.name for channel in plan.channels):
        mine = (recent["channel"] == name).to_numpy()
        found.of[step, one] = won[mine].sum(), tried[mine].sum()
    since = entered[entered["start"] >= pd.Timestamp(plan.period.start)]
    if not len(since):
        return
    _, _, won, tried = _counted(since, as_of)
    for one, name in enumerate(member.name for member in plan.members):
        mine = (since["member"] == name).to_numpy()
        found.won[step, one], found.tried[step, one] = won[mine].sum(), tried[mine].sum()


def _counted(entered: pd.DataFrame, as_of: dt.date) -> tuple[Curve, int, Floats, Floats]:
    """Return the curve of the entries, its last place to be trusted, and by entry what was won of how much."""
    start, end, lost = (entered[column].to_numpy(dtype="datetime64[s]") for column in ("start", "end", "lost"))
    known = lifetimes(start, end, lost, np.datetime64(as_of))
    steps = curve(known.days, known.outcome)
    last = int(np.flatnonzero(steps.at_risk >= min(AT_RISK, len(entered)))[-1])
    until = pd.Series(pd.Timestamp(as_of), index=entered.index)
    ages = np.asarray(days_between(entered["start"], until), dtype=np.float64)
    whole = float(steps.converted[last])
    reached = steps.converted[np.minimum(steps.step(ages), last)]
    tried = reached / whole if whole else np.ones(len(ages))
    return steps, last, (known.outcome == CONVERTED).astype(np.float64), tried


def _young(entered: pd.DataFrame, as_of: dt.date, slowest: float) -> bool:
    """Say whether too few entries have had the time that the slowest conversions take, or have ended sooner."""
    had_time = entered["start"] <= pd.Timestamp(as_of) - pd.Timedelta(days=slowest)
    return int((had_time | entered["end"].notna() | entered["lost"].notna()).sum()) < ENOUGH_TRIALS


def _entered(deals: pd.DataFrame, upper: str, lower: str) -> pd.DataFrame:
    """Return the deals that entered a stage: when they did, reached the next one (or one beyond) and were lost."""
    mine = deals[deals[upper].notna()]
    beyond = list(MILESTONES[MILESTONES.index(lower) :]) if lower != WON else []
    won = mine["ended"].where(mine["outcome"] == Outcome.WON.value)
    end = pd.concat([mine[beyond], won], axis=1).min(axis=1)
    lost = mine["ended"].where(mine["outcome"] == Outcome.LOST.value)
    gone = lost.fillna(mine[upper].where(mine["outcome"] == Outcome.ENDED.value))
    start = mine[upper]
    return pd.DataFrame(
        {
            "start": start,
            "end": end.where(end.isna(), end.where(end >= start, start)),
            "lost": gone.where(gone.isna(), gone.where(gone >= start, start)),
            "member": mine["member"],
            "channel": mine["channel"],
        }
    )


def _all_followed(deals: pd.DataFrame, values: pd.DataFrame, upper: str, lower: str, as_of: dt.date) -> bool:
    """Say whether the deals are what is counted at both stages, and the same ones at both."""
    until = values[values["date"] <= pd.Timestamp(as_of)]
    for event in (upper, lower):
        counted = until[until["kpi"] == event]
        if not len(counted):
            return False
        days = deals["ended"].where(deals["outcome"] == Outcome.WON.value) if event == WON else deals[event]
        if (days >= counted["date"].min()).sum() < _LISTED * float(counted["value"].sum()):
            return False
    there = deals["outcome"] == Outcome.WON.value if lower == WON else deals[lower].notna()
    return bool(there.any()) and float(deals.loc[there, upper].notna().mean()) >= _LINKED
