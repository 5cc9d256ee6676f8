"""Scheduling: who brings how much, and when."""

from typing import Any

import numpy as np

from kpixl import engine, texts
from kpixl.engine.weekend import SATURDAY_SUNDAY
from udfs.boundary import function
from udfs.cells import Grid, Table, headings
from udfs.kinds import Closures, Country, Date, DateRow, Flag, Number, Numbers, NumbersOrBlank, Text, Weekend

__all__ = ["KPI_ALLOCATE", "KPI_BUSINESSDAYS", "KPI_LEADTIME", "KPI_PHASE"]


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

    Examples
    --------
    =KPI_ALLOCATE(100,{3;2;1})
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
    closures: Closures = (),
    unit: Number = 1.0,
    country: Country = "JP",
    header: Flag = True,
    weekend: Weekend = SATURDAY_SUNDAY,
) -> Table:
    """A target spread over months, weeks or days by business days and weights; the parts sum exactly.

    Parameters
    ----------
    total
        Target of the whole period, a multiple of unit.
    by
        month (if left out), week (from Monday) or day.
    weights
        Seasonal weight of each period; equal if left out.

    Examples
    --------
    =KPI_PHASE(120,"2025/4/1","2026/3/31")
    """
    phased = engine.phase(
        total,
        start_date,
        end_date,
        by=by,
        weights=weights,
        closures=closures,
        unit=unit,
        country=country,
        weekend=weekend,
    )
    columns = {"date": phased.starts, "business_days": phased.business_days, "target": phased.shares}
    return Table(columns, header)


@function("planning")
def KPI_BUSINESSDAYS(
    start_date: DateRow,
    end_date: DateRow,
    closures: Closures = (),
    country: Country = "JP",
    weekend: Weekend = SATURDAY_SUNDAY,
) -> Any:
    """Business days from start to end, both included: not weekends, national holidays or closures.

    Examples
    --------
    =KPI_BUSINESSDAYS("2025/6/1","2025/6/30")
    """
    return engine.businessdays(start_date, end_date, closures=closures, country=country, weekend=weekend)


@function("planning")
def KPI_LEADTIME(
    orders: Numbers,
    rates: Numbers,
    lead_days: Numbers,
    start_date: Date,
    closures: Closures = (),
    country: Country = "JP",
    header: Flag = True,
    weekend: Weekend = SATURDAY_SUNDAY,
) -> Grid:
    """What each stage must bring in which month so that the orders come in theirs; last row: the last day that counts.

    Parameters
    ----------
    orders
        Orders wanted in each month.
    lead_days
        Business days from each stage to the order, one for each rate.
    start_date
        Any day of the first month.

    Examples
    --------
    =KPI_LEADTIME({10;12;11},{0.2},{20},"2025/4/1")
    """
    found = engine.leadtime(orders, rates, lead_days, start_date, closures=closures, country=country, weekend=weekend)
    rows: Grid = [[month, *volumes] for month, volumes in zip(found.months, found.volumes, strict=True)]
    rows.append([texts.say("udfs.last_day"), *found.last_days])
    stages = [texts.say("udfs.stage_number", number=number) for number in range(1, len(rates) + 1)]
    return [[*headings("month"), *stages, *headings("orders")], *rows] if header else rows
