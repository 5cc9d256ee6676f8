"""Is it time to look at a KPI again: its attainment month by month, and the reasons to review it.

Method: the triggers of `engine.review` over the months that are over.
"""

import datetime as dt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl import engine
from kpixl.plan import Plan, Targets
from kpixl.tracking.values import between, total

__all__ = ["monthly", "triggers"]


def monthly(plan: Plan, values: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Return the actuals with a row per month of the plan and a column per KPI, up to `as_of`; 0 after it."""
    spans = zip(plan.period.starts, plan.period.ends, strict=True)
    frames = [between(values, start, min(end, as_of)) for start, end in spans]
    return pd.DataFrame(
        {kpi.key: [total(frame, kpi.key) for frame in frames] for kpi in plan.kpis}, index=list(plan.period.starts)
    )


def triggers(plan: Plan, targets: Targets, actuals: pd.DataFrame, as_of: dt.date) -> dict[str, list[str]]:
    """Return the reasons to review each KPI, by its key; no reasons while no month is over."""
    over = sum(end <= as_of for end in plan.period.ends)
    return {kpi.key: _reasons(targets.team(kpi.key)[:over], actuals[kpi.key].to_numpy()[:over]) for kpi in plan.kpis}


def _reasons(targets: NDArray[np.float64], actuals: NDArray[np.float64]) -> list[str]:
    if not len(actuals):
        return []
    found = engine.review(targets, actuals)
    return [str(trigger) for trigger, applies in zip(found.trigger, found.applies, strict=True) if applies]
