"""This week and those before it: what the business days of each week ask for, and what they brought.

A week runs from Monday to Sunday and is cut at the ends of its month, so that the weeks of a month add up to it.
"""

import datetime as dt

import pandas as pd

from kpixl.plan import Plan, Targets
from kpixl.tracking.values import between, totals

__all__ = ["MOST_WEEKS", "weeks"]

MOST_WEEKS = 6


def weeks(plan: Plan, targets: Targets, values: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Return a row per week and KPI of the month of `as_of`.

    Columns: start, end, days (business days of the week), kpi, target (the month's, by business days) and actual; the
    actual is missing where the week has not begun by `as_of`, and counts until then where it is not over.
    """
    period = plan.period
    month = period.month_of(as_of)
    business_days = period.business_days[month].item()
    rows = []
    for start, end in _weeks(period.starts[month], period.ends[month]):
        days = period.calendar.count(start, end)
        reached = totals(between(values, start, min(end, as_of)))
        for kpi in plan.kpis:
            target = targets.team(kpi.key)[month] * days / business_days if business_days else 0.0
            rows.append((start, end, days, kpi.key, target, reached.get(kpi.key, 0.0) if start <= as_of else None))
    return pd.DataFrame(rows, columns=["start", "end", "days", "kpi", "target", "actual"])


def _weeks(start: dt.date, end: dt.date) -> list[tuple[dt.date, dt.date]]:
    mondays = [start, *(day.date() for day in pd.date_range(start + dt.timedelta(days=1), end, freq="W-MON"))]
    return list(zip(mondays, [*(day - dt.timedelta(days=1) for day in mondays[1:]), end], strict=True))
