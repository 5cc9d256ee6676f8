"""Planning: from a goal to what each stage, member and month must bring."""

from typing import Any

import numpy as np

from kpixl import engine
from udfs.boundary import function
from udfs.cells import (
    Date,
    DateRow,
    Dates,
    Flag,
    Grid,
    Number,
    Numbers,
    NumbersOrBlank,
    Text,
    table,
)

__all__ = ["KPI_ALLOCATE", "KPI_BACKSOLVE", "KPI_BUSINESSDAYS", "KPI_FORWARD", "KPI_PHASE"]


@function("planning")
def KPI_BACKSOLVE(
    goal: Number, unit_value: Number, rates: Numbers, existing: Number = 0.0, rounding: Text = "each"
) -> Any:
    """Volume needed at each stage to reach a revenue goal, top of the funnel first, orders last.

    Parameters
    ----------
    rounding
        each: round up at every stage (if left out); end: compute exactly, then round up; none.
    """
    return engine.backsolve(goal, unit_value, rates, existing=existing, rounding=rounding)


@function("planning")
def KPI_FORWARD(volume: Number, rates: Numbers, unit_value: Number = 1.0, existing: Number = 0.0) -> Any:
    """Outcome if every KPI is met: volume times all rates times unit value, plus secured revenue.

    Parameters
    ----------
    volume
        What enters the funnel at the top.
    """
    return engine.forward(volume, rates, unit_value=unit_value, existing=existing)


@function("planning")
def KPI_ALLOCATE(
    total: Number,
    weights: Numbers,
    minimums: NumbersOrBlank | None = None,
    maximums: NumbersOrBlank | None = None,
    unit: Number = 1.0,
) -> Any:
    """Shares of a total by weights, in whole units that sum to the total exactly.

    Parameters
    ----------
    weights
        Relative claim of each; weight 0 gets its minimum only.
    minimums
        Least share of each; blank means none. A minimum equal to the maximum pins a share.
    maximums
        Largest share of each; blank means none.
    """
    least = None if minimums is None else np.nan_to_num(minimums, nan=0.0)
    most = None if maximums is None else np.nan_to_num(maximums, nan=np.inf)
    return engine.allocate(total, weights, minimums=least, maximums=most, unit=unit)


@function("planning")
def KPI_PHASE(
    total: Number,
    start_date: Date,
    end_date: Date,
    by: Text = "month",
    weights: Numbers | None = None,
    closures: Dates = (),
    unit: Number = 1.0,
    country: Text = "JP",
    header: Flag = True,
) -> Grid:
    """A target spread over months, weeks or days by business days and weights; the parts sum exactly.

    Parameters
    ----------
    total
        Target of the whole period, a multiple of unit.
    by
        month (if left out), week (from Monday) or day.
    weights
        Seasonal weight of each period; equal if left out.
    """
    phased = engine.phase(
        total, start_date, end_date, by=by, weights=weights, closures=closures, unit=unit, country=country
    )
    columns = {"date": phased.starts, "business_days": phased.business_days, "target": phased.shares}
    return table(columns, header=header)


@function("planning")
def KPI_BUSINESSDAYS(start_date: DateRow, end_date: DateRow, closures: Dates = (), country: Text = "JP") -> Any:
    """Business days from start to end, both included: not weekends, national holidays or closures."""
    return engine.businessdays(start_date, end_date, closures=closures, country=country)
