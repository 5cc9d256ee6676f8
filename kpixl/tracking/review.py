"""Is it time to look at a KPI again: its attainment month by month, and the reasons to review it.

Method: the triggers of `engine.review` over the months that are over and in which the present target was in force.
Beside them: a target far beyond what was ever reached (`engine.feasibility`), and signs of a changed market, be it
that the log says so or that the rate into the stage moved beyond chance (`engine.effect`).
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl import engine, texts
from kpixl.engine.rates import Verdict
from kpixl.engine.review import Trigger
from kpixl.engine.smart import Reach
from kpixl.engine.thresholds import MONTHS_BEFORE, MONTHS_KEPT, SHIFT, SHIFT_CONFIDENCE
from kpixl.plan import Plan, Targets
from kpixl.tracking.actions import Action
from kpixl.tracking.changes import InForce, months_before
from kpixl.tracking.day_shares import DayShares
from kpixl.tracking.recorded import unjudged
from kpixl.tracking.values import between, totals

__all__ = ["attainment", "market_changes", "monthly", "triggers"]


def monthly(plan: Plan, values: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Return the actuals with a row per month of the plan and a column per KPI, up to `as_of`; 0 after it."""
    spans = zip(plan.period.starts, plan.period.ends, strict=True)
    sums = [totals(between(values, start, min(end, as_of))) for start, end in spans]
    return pd.DataFrame(
        {kpi.key: [month.get(kpi.key, 0.0) for month in sums] for kpi in plan.kpis}, index=list(plan.period.starts)
    )


def attainment(
    plan: Plan,
    targets: Targets,
    actuals: pd.DataFrame,
    as_of: dt.date,
    *,
    known: pd.DataFrame,
    shares: DayShares | None = None,
) -> pd.DataFrame:
    """Return `actuals` by month and KPI as shares of the team's targets, in the month of `as_of` of the pace.

    The pace goes by the days of `shares`. `actuals` are those of `monthly`, `known` says which are judged (see
    `judged`). Missing are the others, months without a target, and that of `as_of` while it goes on and nothing
    happened in it.
    """
    period = plan.period
    month = period.month_of(as_of)
    due = np.where(np.arange(period.months) < month, 1.0, 0.0)
    weighed = shares or DayShares(period)
    over = as_of >= period.ends[month]
    begun = over or bool(actuals.iloc[month].any())
    asked = {}
    for kpi in plan.kpis:
        due[month] = weighed.elapsed(kpi.key, as_of) if begun else 0.0
        asked[kpi.key] = targets.team(kpi.key) * due
    target = pd.DataFrame(asked, index=actuals.index)
    return (actuals / target).where((target > 0) & known)


def judged(plan: Plan, values: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Say for each month that has begun by `as_of`, and each KPI, whether it is judged; later months are not."""
    period = plan.period
    keys = [kpi.key for kpi in plan.kpis]
    frame = pd.DataFrame(False, index=list(period.starts), columns=keys)
    for start, end in zip(period.starts, period.ends, strict=True):
        if start <= as_of:
            reasons = unjudged(plan, values, start, min(end, as_of))
            frame.loc[start] = [key not in reasons for key in keys]
    return frame


def market_changes(plan: Plan, log: Sequence[Action | None], as_of: dt.date) -> tuple[Action, ...]:
    """Return the entries of the log whose kind is a change of the market, of the last three months."""
    since, kind = months_before(as_of, MONTHS_BEFORE), texts.section("action_kind", plan.language)["market"]
    return tuple(action for action in log if action and action.kind == kind and since < action.day <= as_of)


def triggers(
    plan: Plan,
    targets: Targets,
    actuals: pd.DataFrame,
    as_of: dt.date,
    *,
    in_force: Mapping[str, InForce],
    known: pd.DataFrame | None = None,
    market: Sequence[Action] = (),
) -> dict[str, list[str]]:
    """Return the reasons to review each KPI, by its key: none while no month is over and the market is as it was.

    `actuals` are those of `monthly`, `in_force` the targets by the KPI's name and since when they hold; while a target
    is not in force there is nothing to review. `market` tells of changes of the market. `known` (that of `judged`;
    None: every month) says which months are judged: those count that follow the last one that is over and is not.
    """
    over = sum(end <= as_of for end in plan.period.ends)
    sure = actuals.notna() if known is None else known
    stages = [stage.event for stage in plan.stages]
    found: dict[str, list[str]] = {}
    for kpi in plan.kpis:
        target, actual = targets.team(kpi.key), actuals[kpi.key].to_numpy()[:over]
        first = _since_unjudged(sure[kpi.key].to_numpy()[:over])
        found[kpi.key] = reasons = []
        if kpi.name not in in_force:
            continue
        reasons += _reasons(plan, target, actual, in_force[kpi.name], as_of, first)
        if _leaps(target[plan.period.month_of(as_of)], actual[first:]):
            reasons.append("leap")
        if kpi.key in stages[1:]:
            above = stages[stages.index(kpi.key) - 1]
            both = max(first, _since_unjudged(sure[above].to_numpy()[:over]))
            activity = plan.is_activity(stages.index(above))
            if not activity and _shifted(actuals[above].to_numpy()[both:over], actual[both:]):
                reasons.append("shift")
        if _concerned(plan, kpi.event, market):
            reasons.append("market")
    return found


def _reasons(
    plan: Plan,
    targets: NDArray[np.float64],
    actuals: NDArray[np.float64],
    holding: InForce,
    as_of: dt.date,
    known: int,
) -> list[str]:
    """Return the triggers of the engine over the months from `known` on at whose end the present target held."""
    first = max(known, sum(end < holding.since for end in plan.period.ends))
    if not len(actuals) or known >= len(actuals):
        return []
    if first >= len(actuals):
        return [Trigger.TOO_EARLY.value]
    months = holding.months(as_of)
    found = engine.review(targets[first : len(actuals)], actuals[first:], months_in_use=months)
    return [str(trigger) for trigger, applies in zip(found.trigger, found.applies, strict=True) if applies]


def _since_unjudged(sure: NDArray[np.bool_]) -> int:
    """Return the place of the first month after the last one that is not judged."""
    return int(np.max(np.flatnonzero(~sure), initial=-1)) + 1


def _leaps(target: float, history: NDArray[np.float64]) -> bool:
    enough = len(history) >= MONTHS_KEPT and history.any()
    return bool(enough) and engine.feasibility(float(target), history).verdict is Reach.LEAP


def _shifted(above: NDArray[np.float64], counts: NDArray[np.float64]) -> bool:
    """Say whether the rate of the last three months differs, beyond chance and by a tenth, from the three before."""
    if len(counts) < 2 * MONTHS_BEFORE:
        return False
    before, after = slice(-2 * MONTHS_BEFORE, -MONTHS_BEFORE), slice(-MONTHS_BEFORE, None)
    won_1, tried_1, won_2, tried_2 = counts[before].sum(), above[before].sum(), counts[after].sum(), above[after].sum()
    if not (tried_1 and tried_2) or won_1 > tried_1 or won_2 > tried_2:
        return False
    found = engine.effect(won_1, tried_1, won_2, tried_2, confidence=SHIFT_CONFIDENCE)
    return bool(found.verdict != Verdict.UNCLEAR and abs(float(found.difference)) >= SHIFT * won_1 / tried_1)


def _concerned(plan: Plan, event: str, market: Sequence[Action]) -> bool:
    """Say whether a change of the market is about a stage: about the step into it, or about no step in particular."""
    into = {stage.event: plan.step_name(step) for step, stage in enumerate(plan.stages[1:])}
    return any(not action.step or action.step == into.get(event) for action in market)
