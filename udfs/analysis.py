"""Analysis: which factor made the gap, how sure a rate is, what the won deals have in common."""

from typing import Any

import numpy as np

from kpixl import engine, texts
from udfs.boundary import function
from udfs.cells import Grid, Table, columns_of, fields_of, spoken
from udfs.kinds import Flag, Matrix, Moments, Number, NumberRow, Outcomes, Text, Texts

__all__ = ["KPI_ATTRIBUTION", "KPI_EFFECT", "KPI_FACTORS", "KPI_HEATMAP", "KPI_RATE"]


@function("analysis")
def KPI_ATTRIBUTION(targets: Matrix, actuals: Matrix, method: Text = "lmdi") -> Any:
    """Contribution of each factor to a change, when factors multiply along a row and rows add up; totals last.

    Parameters
    ----------
    targets
        Factors before, or planned: a column per factor, a row per segment.
    actuals
        The same factors after, or as they turned out.
    method
        lmdi (if left out), shapley or sequential.

    Examples
    --------
    =KPI_ATTRIBUTION({1000,0.15,0.8},{1000,0.12,0.83})
    """
    shares = engine.attribution(targets, actuals, method=method)
    return shares if len(shares) == 1 else np.vstack([shares, shares.sum(axis=0)])


@function("analysis")
def KPI_RATE(successes: NumberRow, trials: NumberRow, confidence: Number = 0.95) -> Any:
    """How sure a rate is: rate, low and high end of its Wilson interval.

    Parameters
    ----------
    successes
        How often it worked.
    trials
        How often it was tried.
    confidence
        Probability of the interval, 95% if left out.

    Examples
    --------
    =KPI_RATE(18,20)
    """
    return engine.rate(successes, trials, confidence=confidence)


@function("analysis")
def KPI_EFFECT(
    before_successes: NumberRow,
    before_trials: NumberRow,
    after_successes: NumberRow,
    after_trials: NumberRow,
    confidence: Number = 0.95,
) -> Any:
    """Did the measure work: difference, low, high, p, trials still needed per side, verdict.

    Parameters
    ----------
    before_successes
        Successes before the measure.
    before_trials
        Trials before the measure.
    after_successes
        Successes after it.
    after_trials
        Trials after it.
    confidence
        Probability of the interval, 95% if left out.

    Examples
    --------
    =KPI_EFFECT(12,99,5,83)
    """
    found = engine.effect(before_successes, before_trials, after_successes, after_trials, confidence=confidence)
    *numbers, needed, verdict = fields_of(found)
    return *numbers, np.where(np.isinf(needed), np.nan, needed)[()], spoken("verdict", verdict)


@function("analysis")
def KPI_HEATMAP(times: Moments, outcomes: Outcomes, header: Flag = True) -> Grid:
    """Rate by weekday (Monday first) and hour; cells with under ten trials stay blank.

    Parameters
    ----------
    times
        When each call was made, date and time.
    outcomes
        TRUE or 1 where it got through, FALSE or 0 where not.

    Examples
    --------
    =KPI_HEATMAP({"2025/6/2 10:00";"2025/6/2 10:30"},{1;0})
    """
    found = engine.heatmap(times, outcomes)
    rows: Grid = found.rate.tolist()
    if not header:
        return rows
    weekdays = texts.section("udfs")["weekdays"]
    return [["", *found.hours.tolist()], *([day, *rates] for day, rates in zip(weekdays, rows, strict=True))]


@function("analysis")
def KPI_FACTORS(attributes: Texts, outcomes: Outcomes, header: Flag = True) -> Table:
    """What won deals have in common: per value trials, rate, shrunk rate, range, lift, verdict.

    Parameters
    ----------
    attributes
        Value of the attribute in each deal, such as its industry.
    outcomes
        TRUE or 1 where the deal was won, FALSE or 0 where not.

    Examples
    --------
    =KPI_FACTORS({"製造";"製造";"小売"},{1;0;0})
    """
    found = columns_of(engine.factors(attributes, outcomes))
    found["verdict"] = spoken("factor", found["verdict"])
    return Table(found, header)
