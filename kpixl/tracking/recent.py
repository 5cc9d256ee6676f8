"""The rates of the last full months by channel, and the plan at these rates instead of those that were typed.

A rate takes the place of the typed one if it rests on `ENOUGH_CASES` cases and is one that a plan can have: above zero,
and no conversion beyond 100%. All others stay as typed.
"""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpixl.engine.thresholds import ENOUGH_CASES, MONTHS_BEFORE
from kpixl.plan import Plan
from kpixl.tracking.breakdown import breakdown
from kpixl.tracking.changes import months_before

__all__ = ["at_recent_rates", "most_per_case", "recent_counts", "recent_span", "taken"]


def recent_span(as_of: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of the full months before that of `as_of`."""
    month = as_of.replace(day=1)
    return months_before(month, MONTHS_BEFORE), month - dt.timedelta(days=1)


def recent_counts(plan: Plan, values: pd.DataFrame, as_of: dt.date) -> NDArray[np.float64]:
    """Return what came in of each stage in these months, with a row per channel of the plan."""
    frame = breakdown(plan, values, "channel", *recent_span(as_of)).iloc[: len(plan.channels)]
    return frame[[stage.event for stage in plan.stages]].to_numpy(dtype=float)


def most_per_case(plan: Plan, step: int) -> float:
    """Return how high the rate of a step can be in a plan."""
    return 100.0 if plan.is_activity(step) else 1.0


def taken(plan: Plan, counts: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say for each channel and step whether the recent rate can take the place of the typed one."""
    cases, made = counts[:, :-1], counts[:, 1:]
    most = np.array([most_per_case(plan, step) for step in range(len(plan.stages) - 1)])
    sure: NDArray[np.bool_] = (cases >= ENOUGH_CASES) & (made > 0) & (made <= most * cases)
    return sure


def at_recent_rates(plan: Plan, values: pd.DataFrame, as_of: dt.date) -> Plan:
    """Return the plan at the recent rates if it asks for them (`by_actuals`), else as it is."""
    if not plan.by_actuals:
        return plan
    counts = recent_counts(plan, values, as_of)
    rates = np.array([channel.rates for channel in plan.channels])
    rates = np.divide(counts[:, 1:], counts[:, :-1], out=rates, where=taken(plan, counts))
    channels = (replace(channel, rates=tuple(own)) for channel, own in zip(plan.channels, rates.tolist(), strict=True))
    return replace(plan, channels=tuple(channels))
