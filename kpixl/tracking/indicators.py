"""Measures beside the funnel's KPIs, such as mails opened, minutes per connect or cost, against their targets.

A measure is the count, amount or minutes of an event in the month so far, per count of another where it is a rate. Its
target is its own, or what the plan's funnel makes of the same stages. What deals tell is in `customers`.
"""

import datetime as dt
import math

import pandas as pd

from kpixl.plan import REVENUE, Indicator, Plan, Targets
from kpixl.plan.glossary import SCORES
from kpixl.tracking.by_hand import last_typed
from kpixl.tracking.customers import of_deals
from kpixl.tracking.values import between, followed_measures, numerator, total

__all__ = ["attained", "measured"]


def measured(
    plan: Plan,
    targets: Targets,
    facts: pd.DataFrame,
    values: pd.DataFrame,
    as_of: dt.date,
    deals: pd.DataFrame | None = None,
    by_hand: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return a row per followed measure for the month of `as_of`; `deals` is as `tracking.deals.deal_frame` gives it.

    The score of a survey is the one typed last (`by_hand`) where no reply was imported.

    Columns: name, target (of a sum: to date), part (numerator), whole (denominator), actual and attainment; missing
    where there is nothing to divide by, or the numerator was never recorded or is below zero: then it is not known to
    be 0. The score of a survey may well be 0 or less.
    """
    start = plan.period.starts[plan.period.month_of(as_of)]
    rows = []
    for one in followed_measures(plan):
        if one.of_deals:
            part, whole = of_deals(one, deals, start, as_of)
            sure = not math.isnan(part)
        else:
            part, whole = _counted(plan, one, facts, values, start, as_of)
            sure = (part >= 0 or one.event in SCORES) and _recorded(plan, one, facts, values, as_of)
        actual = (part if whole is None else part / whole if whole > 0 else None) if sure else None
        if one.is_score and by_hand is not None and not _recorded(plan, one, facts, values, as_of):
            actual = last_typed(by_hand, one.name, start, as_of)
        target = _target(plan, targets, one, as_of)
        rows.append((one.name, target, part, whole, actual, attained(one, actual, target)))
    return pd.DataFrame(rows, columns=["name", "target", "part", "whole", "actual", "attainment"])


def attained(one: Indicator, actual: float | None, target: float | None) -> float | None:
    """Return how much of a target is attained; where less is better, the target by the actual."""
    part, whole = (target, actual) if one.lower_is_better else (actual, target)
    if actual is None or target is None or not whole or (one.lower_is_better and whole < 0):
        return None
    return float(part) / float(whole) if part is not None else None


def _counted(
    plan: Plan, one: Indicator, facts: pd.DataFrame, values: pd.DataFrame, start: dt.date, as_of: dt.date
) -> tuple[float, float | None]:
    mine, raw = (_of_channel(between(frame, start, as_of), one.channel) for frame in (values, facts))
    key = numerator(plan, one)
    counted = total(mine, key or one.event)
    summed = float(raw.loc[raw["event"] == one.event, one.measure].sum())
    return counted if key or one.measure == "count" else summed, total(mine, one.base) if one.base else None


def _recorded(plan: Plan, one: Indicator, facts: pd.DataFrame, values: pd.DataFrame, as_of: dt.date) -> bool:
    """Say whether a measure's numerator was ever recorded in the plan's period, by whichever channel."""
    mine, raw = (between(frame, plan.period.start, as_of) for frame in (values, facts))
    key = numerator(plan, one)
    if key or one.measure == "count":
        return bool((mine["kpi"] == (key or one.event)).any())
    summed = raw.loc[raw["event"] == one.event, one.measure]
    return bool(len(summed)) if one.event in SCORES else bool((summed != 0).any())


def _target(plan: Plan, targets: Targets, one: Indicator, as_of: dt.date) -> float | None:
    """Return a measure's own target, or what the funnel asks; of a sum what is due by now of the month's part of it."""
    month = plan.period.month_of(as_of)
    if one.base or one.of_deals:
        return _planned(plan, targets, one, month) if one.target is None else one.target
    if one.target is None:
        due = _asked(plan, targets, one, str(numerator(plan, one)), month) if numerator(plan, one) else None
    else:
        revenue = targets.team(REVENUE)
        due = one.target * float(revenue[month] / revenue.sum()) if revenue.sum() else None
    return None if due is None else due * plan.period.elapsed(as_of)


def _planned(plan: Plan, targets: Targets, one: Indicator, month: int) -> float | None:
    """Return the rate that the funnel asks for, where both of its stages are KPIs of the plan."""
    if numerator(plan, one) is None or one.base not in {stage.event for stage in plan.stages}:
        return None
    whole = _asked(plan, targets, one, one.base, month)
    return _asked(plan, targets, one, str(numerator(plan, one)), month) / whole if whole else None


def _asked(plan: Plan, targets: Targets, one: Indicator, kpi: str, month: int) -> float:
    if one.channel:
        channels = [channel.name for channel in plan.channels]
        return float(targets.channels(kpi)[month, channels.index(one.channel)])
    return float(targets.team(kpi)[month])


def _of_channel(frame: pd.DataFrame, channel: str) -> pd.DataFrame:
    return frame[frame["channel"] == channel] if channel else frame
