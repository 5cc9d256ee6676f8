"""What is known at all: a blank is not zero, and what was never recorded is judged nowhere.

A KPI is recorded once anything of it was imported or typed in the plan's period. Of a month it is known unless it shows
nothing while a later stage of the funnel shows something: nobody sells without having met. The revenue is unknown while
orders come without amounts. What is known but below zero, after cancellations, is shown and not judged.
"""

import datetime as dt
from enum import StrEnum

import pandas as pd

from kpixl.plan import REVENUE, Plan, Span, SpanKind
from kpixl.tracking.values import between, totals

__all__ = ["Unjudged", "unjudged", "unjudged_of"]

_A_MONTH = dt.timedelta(days=30)


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


def unjudged_of(plan: Plan, values: pd.DataFrame, span: Span, as_of: dt.date) -> dict[str, Unjudged]:
    """Return the KPIs that are not to be judged in a span until `as_of`, by key, each with its reason.

    In a quarter it is those that are not known in one of its months, too. That a week shows nothing of a stage is
    nothing unusual: it is known if the month up to the day shows something.
    """
    if span.kind is SpanKind.WEEK:
        return unjudged(plan, values, span.start, as_of, shown_since=min(span.start, as_of - _A_MONTH))
    found = unjudged(plan, values, span.start, as_of)
    if span.kind is SpanKind.QUARTER:
        for start, end in zip(plan.period.starts[span.months], plan.period.ends[span.months], strict=True):
            in_month = unjudged(plan, values, start, min(end, as_of)) if start <= as_of else {}
            found |= {kpi: why for kpi, why in in_month.items() if why.unknown}
    return found


def unjudged(
    plan: Plan, values: pd.DataFrame, start: dt.date, end: dt.date, *, shown_since: dt.date | None = None
) -> dict[str, Unjudged]:
    """Return the KPIs that are not to be judged from `start` to `end`, by key, each with its reason.

    A stage is known if it shows something since `shown_since` (by default `start`).
    """
    ever = set(between(values, plan.period.start, end)["kpi"].unique())
    span = totals(between(values, start, end))
    shown = span if shown_since is None else totals(between(values, shown_since, end))
    found: dict[str, Unjudged] = {}
    later = 0.0
    for stage in reversed(plan.stages):
        actual = span.get(stage.event, 0.0)
        if stage.event not in ever:
            found[stage.event] = Unjudged.NOT_RECORDED
        elif actual == 0 and later > 0 and not shown.get(stage.event):
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
