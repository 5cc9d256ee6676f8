"""Who is strong in what: each member against their own targets, and their rates against the team's.

A strength or weakness is named only where it is more than chance: the Wilson interval of the member's rate must
leave out the rate of the rest of the team (Wilson 1927, through `engine.rate`), at a confidence that allows for
looking at every member at once (Bonferroni).
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl import engine
from kpixl.errors import NoTrials
from kpixl.plan import Plan, Targets
from kpixl.tracking.improvement import improvement
from kpixl.tracking.ranking import ranking
from kpixl.tracking.values import between, stage_counts, totals_by
from kpixl.tracking.workload import workload

__all__ = ["MemberFrames", "members", "skills"]

_CHANCE = 0.05  # that anybody at all is named for a step in which all are equally good
_ROUNDING = 1e-12


@dataclass(frozen=True)
class MemberFrames:
    """The members in three frames with a row per member and a column per KPI: pace, actual, attainment.

    `rank` orders the members by attainment of the orders, then of the stages before; `skills` says for each member
    which steps are a strength (+1) or a weakness (-1), a column per step. `ranking`, `improvement` and `workload` are
    those of the modules of these names.
    """

    pace: pd.DataFrame
    actual: pd.DataFrame
    attainment: pd.DataFrame
    skills: pd.DataFrame
    rank: pd.Series
    ranking: pd.DataFrame
    improvement: pd.DataFrame
    workload: pd.DataFrame

    def mvp(self, orders: str) -> str | None:
        """Return who leads the members that are on or above their pace of the `orders` (a KPI's key), if anybody is."""
        reached = self.rank[self.attainment[orders] >= 1 - _ROUNDING]
        return str(reached.idxmin()) if len(reached) else None


def members(plan: Plan, targets: Targets, values: pd.DataFrame, as_of: dt.date) -> MemberFrames:
    """Return how each member of the plan stands in the month of `as_of`."""
    period = plan.period
    month = period.month_of(as_of)
    start = period.starts[month]
    share = period.elapsed(as_of)
    mine = between(values, start, as_of)
    names = [member.name for member in plan.members]
    keys = [kpi.key for kpi in plan.kpis]
    pace = pd.DataFrame({key: targets.members(key)[month] * share for key in keys}, index=names)
    actual = pd.DataFrame({key: totals_by(mine, "member", key, names) for key in keys}, index=names)
    attainment = (actual / pace).where(pace > 0)
    so_far = between(values, period.start, as_of)
    return MemberFrames(
        pace,
        actual,
        attainment,
        skills(plan, so_far),
        _rank(plan, actual, attainment),
        ranking(plan, so_far),
        improvement(plan, targets, values, attainment, as_of),
        workload(plan, targets, values, as_of),
    )


def skills(plan: Plan, values: pd.DataFrame) -> pd.DataFrame:
    """Return +1, 0 or -1 by member and step of the funnel: better or worse than the rest beyond chance, or not."""
    counts = stage_counts(plan, values)
    found = {plan.step_name(s): _beyond_chance(counts[s + 1], counts[s]) for s in range(len(counts) - 1)}
    return pd.DataFrame(found, index=[member.name for member in plan.members])


def _beyond_chance(successes: NDArray[np.float64], trials: NDArray[np.float64]) -> list[int]:
    rest_successes, rest_trials = successes.sum() - successes, trials.sum() - trials
    confidence = 1 - _CHANCE / len(trials)
    return [
        _verdict(*row, confidence=confidence)
        for row in zip(successes, trials, rest_successes, rest_trials, strict=True)
    ]


def _verdict(successes: float, trials: float, rest_successes: float, rest_trials: float, *, confidence: float) -> int:
    if rest_trials == 0 or successes > trials:
        return 0
    try:
        own = engine.rate(successes, trials, confidence=confidence)
    except NoTrials:
        return 0
    rest = rest_successes / rest_trials
    return int(own.low > rest) - int(own.high < rest)


def _rank(plan: Plan, actual: pd.DataFrame, attainment: pd.DataFrame) -> pd.Series:
    """Rank by attainment of the orders; ties by their number, then by the stages before, from the last up."""
    stages = [stage.event for stage in reversed(plan.stages)]
    order = pd.concat([attainment[stages[0]].fillna(0), actual[stages]], axis=1)
    keys = [tuple(row) for row in order.round(9).to_numpy()]
    return pd.Series([1 + sum(other > key for other in keys) for key in keys], index=actual.index)
