"""Tracking: where the numbers stand, against where they should stand by now."""

from typing import Any

from kpixl import engine
from kpixl.engine.checks import equal_lengths
from udfs.boundary import function
from udfs.cells import DateRow, Dates, Flag, Grid, Number, NumberRow, Numbers, Text, Texts, columns_of, table

__all__ = ["FUNNEL_BOTTLENECK", "FUNNEL_GAP", "FUNNEL_RATES", "KPI_PACE"]


@function("tracking")
def FUNNEL_RATES(counts: Numbers) -> Any:
    """Conversion rate from each stage of the funnel to the next.

    Parameters
    ----------
    counts
        What each stage brought, top of the funnel first.
    """
    return engine.funnel_rates(counts)


@function("tracking")
def FUNNEL_GAP(
    targets: Numbers, actuals: Numbers, labels: Texts | None = None, unit_value: Number = 1.0, header: Flag = True
) -> Grid:
    """Target against actual per stage, with each stage's effect on the gap at the last; rank 1 is the bottleneck.

    Parameters
    ----------
    actuals
        Actual of each stage.
    unit_value
        What one of the last stage is worth: the revenue of an order gives effects in money. 1 if left out.
    """
    gap = engine.funnel_gap(targets, actuals, unit_value=unit_value)
    return table({"stage": _labels(labels, len(targets)), **columns_of(gap)}, header=header)


@function("tracking")
def FUNNEL_BOTTLENECK(targets: Numbers, actuals: Numbers, labels: Texts | None = None) -> str:
    """Name of the stage that costs most at the bottom of the funnel; blank when none does.

    Parameters
    ----------
    actuals
        Actual of each stage.
    """
    names = _labels(labels, len(targets))
    worst = engine.funnel_bottleneck(targets, actuals)
    return "" if worst is None else names[worst]


@function("tracking")
def KPI_PACE(
    target: NumberRow,
    start_date: DateRow,
    end_date: DateRow,
    as_of: DateRow | None = None,
    closures: Dates = (),
    country: Text = "JP",
) -> Any:
    """What should be reached by now: the part of the target that the business days so far stand for."""
    return engine.pace(target, start_date, end_date, as_of=as_of, closures=closures, country=country)


def _labels(labels: list[str] | None, count: int) -> list[str]:
    """Return the names of the stages, or their numbers where there are none."""
    if labels is None:
        return [str(number) for number in range(1, count + 1)]
    equal_lengths(targets=range(count), labels=labels)
    return labels
