"""What is known at all: a blank is not zero, and what was never recorded is judged nowhere.

A KPI is recorded once anything of it was imported or typed in the plan's period. Of a month it is known unless it shows
nothing while a later stage of the funnel shows something: nobody sells without having met. The revenue is unknown while
orders come without amounts. What is known but below zero, after cancellations, is shown and not judged.
"""

import datetime as dt
from enum import StrEnum

import pandas as pd

from kpixl.plan import REVENUE, Plan
from kpixl.tracking.values import between, totals

__all__ = ["Unjudged", "unjudged"]


class Unjudged(StrEnum):
    """Why a KPI of a span is not judged; the first three also mean that its value is not known."""

    NOT_RECORDED = "not_recorded"
    SKIPPED = "skipped"
    NO_AMOUNT = "no_amount"
    NEGATIVE = "negative"

    @property
    def unknown(self) -> bool:
        """Whether there is no value to show."""
        return self is not Unjudged.NEGATIVE


def unjudged(plan: Plan, values: pd.DataFrame, start: dt.date, end: dt.date) -> dict[str, Unjudged]:
    """Return the KPIs that are not to be judged from `start` to `end`, by key, each with its reason."""
    counted = values[["date", "kpi", "value"]]
    ever = set(between(counted, plan.period.start, end)["kpi"].unique())
    span = totals(between(counted, start, end))
    found: dict[str, Unjudged] = {}
    later = 0.0
    for stage in reversed(plan.stages):
        actual = span.get(stage.event, 0.0)
        if stage.event not in ever:
            found[stage.event] = Unjudged.NOT_RECORDED
        elif actual == 0 and later > 0:
            found[stage.event] = Unjudged.SKIPPED
        elif actual < 0:
            found[stage.event] = Unjudged.NEGATIVE
        later += actual
    orders = plan.stages[-1].event
    if REVENUE not in ever:
        found[REVENUE] = Unjudged.NO_AMOUNT if orders in ever else Unjudged.NOT_RECORDED
    elif REVENUE not in span and span.get(orders, 0.0) > 0:
        found[REVENUE] = Unjudged.NO_AMOUNT
    elif span.get(REVENUE, 0.0) < 0:
        found[REVENUE] = Unjudged.NEGATIVE
    return found
